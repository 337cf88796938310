/* test_guard.c - breakers by name: what a new configuration keeps, makes and takes away, and that
 * every transition is told once.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/guard.h"
#include "support/fake_io.h"
#include "support/folder.h"

struct voice {
	struct io_loop *loop;
	struct guards *guards;
	char heard[512];
	struct bw_breaker *restless; /* one that gives orders while it is listened to, so often */
	int restless_orders;
};

static void add_word(struct voice *voice, const char *word)
{
	size_t len = strlen(voice->heard);

	snprintf(voice->heard + len, sizeof(voice->heard) - len, "%s%s", len ? " " : "", word);
}

static void on_change(void *arg, struct guard *guard, const struct guard_event *told)
{
	struct voice *voice = arg;
	char word[128];

	if (voice->restless_orders > 0) {
		voice->restless_orders--;
		bw_breaker_reset(voice->restless);
		return;
	}
	snprintf(word, sizeof(word), "%s:%s>%s%s%s", guard_name(guard),
		 bw_breaker_state_text(told->event.from), bw_breaker_state_text(told->event.to),
		 told->is_past ? "(past)" : "", told->is_own ? "" : "(other)");
	add_word(arg, word);
}

static void on_missed(void *arg, struct guard *guard, uint64_t count)
{
	(void)guard;
	(void)count;
	add_word(arg, "missed");
}

static void on_found(void *arg, struct guard *guard)
{
	char word[128];

	snprintf(word, sizeof(word), "found %s", guard_name(guard));
	add_word(arg, word);
}

static void on_overruled(void *arg, struct guard *guard)
{
	char word[128];

	snprintf(word, sizeof(word), "overruled %s", guard_name(guard));
	add_word(arg, word);
}

static void on_gone(void *arg, struct guard *guard)
{
	add_word(arg, guard_name(guard));
}

static void create_guards(struct voice *voice, struct shared_region *region)
{
	const struct guard_listener listener = { .changed = on_change,
						 .missed = on_missed,
						 .found = on_found,
						 .gone = on_gone,
						 .overruled = on_overruled,
						 .arg = voice };

	voice->guards = guards_create(voice->loop, region, &listener);
}

static int set_up(void **state)
{
	struct voice *voice = calloc(1, sizeof(*voice));

	voice->loop = io_loop_create();
	create_guards(voice, NULL);
	*state = voice;
	return 0;
}

static int tear_down(void **state)
{
	struct voice *voice = *state;

	guards_destroy(voice->guards);
	io_loop_destroy(voice->loop);
	free(voice);
	return 0;
}

/* --- with a region in a folder of its own --- */

static int64_t loop_now_us(void *arg)
{
	return io_loop_mono(arg).us;
}

static int64_t loop_wall_us(void *arg)
{
	return io_loop_wall(arg).us;
}

struct shared {
	struct voice voice;
	struct folder folder;
	struct bw_clock clock;
	struct shared_region *region;
	struct bw_region *theirs; /* another process would open it like this */
	char path[FOLDER_PATH_MAX + 32];
};

static struct bw_region *open_theirs(struct shared *shared)
{
	const struct bw_region_options options = { .fallback = BW_REGION_ERROR,
						   .path = shared->path,
						   .clock = &shared->clock };
	struct bw_region *region = NULL;

	assert_int_equal(bw_region_open(&options, &region, NULL), BW_OK);
	return region;
}

static int set_up_shared(void **state)
{
	struct shared *shared = calloc(1, sizeof(*shared));

	shared->voice.loop = io_loop_create();
	folder_init(&shared->folder);
	folder_name(&shared->folder, "region", shared->path, sizeof(shared->path));
	shared->clock = (struct bw_clock){ .now_us = loop_now_us,
					   .wall_us = loop_wall_us,
					   .arg = shared->voice.loop };
	shared->theirs = open_theirs(shared);
	const struct region_settings settings = { .shared = true, .path = shared->path };
	shared->region = shared_region_create(&shared->clock);
	assert_true(shared_region_set(shared->region, &settings, 1));
	assert_true(shared_region_open(shared->region));
	create_guards(&shared->voice, shared->region);
	*state = shared;
	return 0;
}

static int tear_down_shared(void **state)
{
	struct shared *shared = *state;

	guards_destroy(shared->voice.guards);
	shared_region_destroy(shared->region);
	bw_region_close(shared->theirs);
	io_loop_destroy(shared->voice.loop);
	folder_finish(&shared->folder);
	free(shared);
	return 0;
}

static struct bw_breaker_config config_of(int failures)
{
	struct bw_breaker_config config = bw_breaker_config_default;

	config.failure_threshold = failures;
	config.success_threshold = 1;
	config.recovery_timeout_us = 10 * BW_SECOND_US;
	return config;
}

static struct guard *add(struct voice *voice, const char *name, int failures)
{
	struct bw_breaker_config config = config_of(failures);

	return guards_configure(voice->guards, name, &config);
}

static bool call(struct guard *guard, enum bw_breaker_outcome outcome)
{
	struct guard_ticket ticket;
	bool admitted = guard_acquire(guard, &ticket);

	if (admitted)
		guard_record(guard, &ticket, outcome, 1000);
	return admitted;
}

static void test_every_transition_is_told_once(void **state)
{
	struct voice *voice = *state;

	guards_begin(voice->guards);
	struct guard *guard = add(voice, "g", 2);
	assert_true(call(guard, BW_BREAKER_FAILURE));
	assert_string_equal(voice->heard, "");
	assert_true(call(guard, BW_BREAKER_FAILURE));
	assert_false(call(guard, BW_BREAKER_SUCCESS));
	fake_advance(voice->loop, 11 * BW_SECOND_US);
	assert_true(call(guard, BW_BREAKER_SUCCESS));
	assert_int_equal(guard_command(guard, GUARD_FORCE_OPEN, 0), BW_OK);
	assert_int_equal(guard_command(guard, GUARD_DISABLE, 0), BW_OK);
	assert_int_equal(guard_command(guard, GUARD_ENABLE, 0), BW_OK);
	assert_int_equal(guard_command(guard, GUARD_RESET, 0), BW_OK);
	assert_int_equal(guard_command(guard, GUARD_METRICS_ONLY, 0), BW_OK);
	assert_int_equal(guard_command(guard, GUARD_RESET, 0), BW_OK);
	assert_int_equal(guard_command(guard, GUARD_OPEN_FOR, BW_SECOND_US), BW_OK);
	assert_string_equal(voice->heard, "g:closed>open g:open>half_open g:half_open>closed "
					  "g:closed>forced_open g:forced_open>disabled "
					  "g:disabled>closed g:closed>closed "
					  "g:closed>metrics_only g:metrics_only>closed "
					  "g:closed>open");
	assert_int_equal(guard_events(guard), 10);
	assert_int_equal(guard_missed(guard), 0);
}

static int64_t left_closed_us(const struct guard *guard)
{
	struct bw_breaker_snapshot now;

	guard_snapshot(guard, &now);
	return now.left_closed_wall_us;
}

static void test_a_probe_that_fails_does_not_begin_a_new_trouble(void **state)
{
	struct voice *voice = *state;

	guards_begin(voice->guards);
	struct guard *guard = add(voice, "g", 1);
	assert_int_equal(left_closed_us(guard), 0);
	call(guard, BW_BREAKER_FAILURE);
	assert_int_equal(left_closed_us(guard), FAKE_WALL_START_US);
	fake_advance(voice->loop, 11 * BW_SECOND_US);
	assert_true(call(guard, BW_BREAKER_FAILURE));
	assert_int_equal(left_closed_us(guard), FAKE_WALL_START_US);
	fake_advance(voice->loop, 11 * BW_SECOND_US);
	assert_true(call(guard, BW_BREAKER_SUCCESS));
	assert_int_equal(left_closed_us(guard), 0);
}

static void test_a_new_configuration_keeps_adds_and_removes(void **state)
{
	struct voice *voice = *state;
	struct bw_breaker_snapshot snapshot;
	struct bw_breaker_config config;

	guards_begin(voice->guards);
	for (int i = 0; i < 20; i++) {
		char name[8];

		snprintf(name, sizeof(name), "g%d", i);
		call(add(voice, name, 1), BW_BREAKER_FAILURE);
	}
	guards_end(voice->guards);
	voice->heard[0] = '\0';
	guards_begin(voice->guards);
	struct guard *kept = add(voice, "g7", 3);
	add(voice, "new", 1);
	for (int i = 10; i < 20; i++) {
		char name[8];

		snprintf(name, sizeof(name), "g%d", i);
		add(voice, name, 1);
	}
	guards_end(voice->guards);
	assert_string_equal(voice->heard, "g0 g1 g2 g3 g4 g5 g6 g8 g9");
	assert_int_equal(guards_count(voice->guards), 12);
	guard_snapshot(kept, &snapshot);
	assert_int_equal(snapshot.state, BW_BREAKER_OPEN); /* what it knew, it knows */
	guard_config(kept, &config);
	assert_int_equal(config.failure_threshold, 3);
	assert_null(guards_find(voice->guards, "g0"));
	assert_ptr_equal(guards_find(voice->guards, "g7"), kept);
	assert_non_null(guards_find(voice->guards, "new"));
}

static void test_a_cancelled_probe_frees_its_place(void **state)
{
	struct voice *voice = *state;
	struct guard *guard;

	guards_begin(voice->guards);
	guard = add(voice, "g", 1);
	call(guard, BW_BREAKER_FAILURE);
	fake_advance(voice->loop, 11 * BW_SECOND_US);
	struct guard_ticket probe, refused;

	assert_true(guard_acquire(guard, &probe));
	assert_false(guard_acquire(guard, &refused));
	guard_record(guard, &probe, BW_BREAKER_CANCELLED, 0);
	assert_true(call(guard, BW_BREAKER_SUCCESS));
}

static void test_hundreds_of_private_ones_are_each_their_own(void **state)
{
	struct voice *voice = *state;
	char name[16];

	guards_begin(voice->guards);
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "g%d", i);
		if (i % 3 == 0)
			call(add(voice, name, 1), BW_BREAKER_FAILURE);
		else
			add(voice, name, 1);
	}
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "g%d", i);
		assert_int_equal(left_closed_us(guards_find(voice->guards, name)) != 0, i % 3 == 0);
	}
	guards_begin(voice->guards);
	add(voice, "g199", 1);
	guards_end(voice->guards);
	assert_int_equal(guards_count(voice->guards), 1);
	guards_begin(voice->guards);
	assert_int_equal(left_closed_us(add(voice, "g0", 1)), 0); /* it begins anew */
}

/* --- shared --- */

static struct bw_breaker *theirs_of(struct shared *shared, const char *name, int failures)
{
	const struct bw_breaker_config config = config_of(failures);
	struct bw_breaker *breaker = NULL;

	assert_int_equal(bw_breaker_open(shared->theirs, name, &config, &breaker, NULL), BW_OK);
	return breaker;
}

static void fail_once(struct bw_breaker *breaker)
{
	struct bw_breaker_ticket ticket = bw_breaker_acquire(breaker);

	bw_breaker_record(breaker, ticket, BW_BREAKER_FAILURE, 1000);
}

static void test_breakers_of_others_are_found_and_heard(void **state)
{
	struct shared *shared = *state;
	struct voice *voice = &shared->voice;
	struct bw_breaker *theirs = theirs_of(shared, "theirs", 1);

	fail_once(theirs);
	guards_listen(voice->guards);
	assert_string_equal(voice->heard, "found theirs theirs:closed>open(past)");
	voice->heard[0] = '\0';
	bw_breaker_reset(theirs);
	guards_listen(voice->guards);
	guards_listen(voice->guards);
	assert_string_equal(voice->heard, "theirs:open>closed");
	struct guard *guard = guards_find(voice->guards, "theirs");
	assert_true(guard_is_shared(guard));
	assert_false(guard_is_configured(guard));
	assert_true(guard_look(guard));
	assert_false(guard_look(guard));
	assert_int_equal(guard_crew(guard)->sum.alive, 1);
	bw_breaker_close(theirs);
}

static void test_orders_without_end_are_not_read_without_end(void **state)
{
	struct shared *shared = *state;
	struct voice *voice = &shared->voice;
	struct bw_breaker *theirs = theirs_of(shared, "theirs", 1);

	for (int i = 0; i < 100; i++)
		bw_breaker_reset(theirs);
	voice->restless = theirs;
	voice->restless_orders = 1000;
	guards_listen(voice->guards);
	assert_true(voice->restless_orders > 0);
	assert_in_range(guard_events(guards_find(voice->guards, "theirs")), 60, 65);
	bw_breaker_close(theirs);
}

static void test_one_name_is_one_breaker(void **state)
{
	struct shared *shared = *state;
	struct voice *voice = &shared->voice;
	struct bw_breaker *theirs = theirs_of(shared, "g", 1);
	struct bw_breaker_config config;

	guards_begin(voice->guards);
	struct guard *guard = add(voice, "g", 3);
	guards_end(voice->guards);
	assert_string_equal(voice->heard, "overruled g");
	voice->heard[0] = '\0';
	bw_breaker_config(theirs, &config);
	assert_int_equal(config.failure_threshold, 3);
	fail_once(theirs);
	fail_once(theirs);
	assert_true(call(guard, BW_BREAKER_FAILURE));
	assert_false(bw_breaker_ticket_admitted(bw_breaker_acquire(theirs)));
	assert_int_equal(guards_left_out(voice->guards), 0);
	bw_breaker_close(theirs);
}

static void test_what_leaves_the_configuration_stays_in_the_region(void **state)
{
	struct shared *shared = *state;
	struct voice *voice = &shared->voice;

	guards_begin(voice->guards);
	struct guard *guard = add(voice, "g", 1);
	guards_end(voice->guards);
	guards_begin(voice->guards);
	guards_end(voice->guards);
	assert_string_equal(voice->heard, "");
	assert_ptr_equal(guards_find(voice->guards, "g"), guard);
	assert_false(guard_is_configured(guard));
	struct bw_breaker *theirs = theirs_of(shared, "g", 4);
	assert_int_equal(bw_breaker_origin(theirs), BW_BREAKER_ATTACHED_DIFFERENT);
	bw_breaker_close(theirs);
	guards_begin(voice->guards);
	assert_ptr_equal(add(voice, "g", 1), guard);
	guards_end(voice->guards);
	assert_true(guard_is_configured(guard));
}

static void test_leaving_and_joining_a_region(void **state)
{
	struct shared *shared = *state;
	struct voice *voice = &shared->voice;
	struct bw_breaker *theirs = theirs_of(shared, "theirs", 1);
	struct guard_ticket ticket;
	struct bw_breaker_snapshot now;

	guards_begin(voice->guards);
	struct guard *guard = add(voice, "g", 1);
	guards_end(voice->guards);
	guards_listen(voice->guards);
	assert_true(guard_acquire(guard, &ticket));
	voice->heard[0] = '\0';
	guards_leave(voice->guards);
	assert_string_equal(voice->heard, "theirs");
	assert_false(guard_is_shared(guard));
	guard_record(guard, &ticket, BW_BREAKER_FAILURE, 1000); /* admitted by another breaker */
	guard_snapshot(guard, &now);
	assert_int_equal(now.state, BW_BREAKER_CLOSED);
	assert_true(call(guard, BW_BREAKER_FAILURE));
	voice->heard[0] = '\0';
	guards_join(voice->guards);
	guards_listen(voice->guards);
	assert_string_equal(voice->heard, "found theirs");
	assert_true(guard_is_shared(guard));
	guard_snapshot(guard, &now);
	assert_int_equal(now.state, BW_BREAKER_CLOSED); /* the region is the authority */
	bw_breaker_close(theirs);
}

static void test_a_name_too_long_to_share_is_private(void **state)
{
	struct shared *shared = *state;
	struct voice *voice = &shared->voice;
	char name[BW_BREAKER_NAME_MAX + 2];

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	guards_begin(voice->guards);
	struct guard *guard = add(voice, name, 1);
	add(voice, "g", 1);
	guards_end(voice->guards);
	assert_int_equal(guards_left_out(voice->guards), 1);
	assert_true(call(guard, BW_BREAKER_FAILURE));
	assert_false(call(guard, BW_BREAKER_FAILURE));
}

static void test_a_registry_that_is_held_is_waited_for_once(void **state)
{
	struct shared *shared = *state;
	struct voice *voice = &shared->voice;
	struct bw_breaker *theirs = theirs_of(shared, "differs", 9);
	int fd = open(shared->path, O_RDWR | O_CLOEXEC);

	assert_int_equal(flock(fd, LOCK_EX), 0);
	guards_begin(voice->guards);
	struct guard *differs = add(voice, "differs", 1);
	for (int i = 0; i < 50; i++) { /* would be five seconds of waiting */
		char name[8];

		snprintf(name, sizeof(name), "g%d", i);
		add(voice, name, 1);
	}
	guards_end(voice->guards);
	assert_true(guards_are_held_off(voice->guards));
	assert_true(guard_is_shared(differs));
	struct guard *guard = guards_find(voice->guards, "g7");
	assert_false(guard_is_shared(guard));
	assert_true(call(guard, BW_BREAKER_FAILURE));
	assert_false(guards_settle(voice->guards));
	assert_true(guards_are_held_off(voice->guards));
	close(fd);
	assert_true(guards_settle(voice->guards));
	assert_false(guards_are_held_off(voice->guards));
	assert_true(guard_is_shared(guard));
	assert_int_equal(guards_left_out(voice->guards), 0);
	struct bw_breaker_config config;
	bw_breaker_config(theirs, &config);
	assert_int_equal(config.failure_threshold, 1);
	bw_breaker_close(theirs);
}

int main(void)
{
#define row(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define shared(test) cmocka_unit_test_setup_teardown(test, set_up_shared, tear_down_shared)
	const struct CMUnitTest tests[] = {
		row(test_every_transition_is_told_once),
		row(test_a_probe_that_fails_does_not_begin_a_new_trouble),
		row(test_a_new_configuration_keeps_adds_and_removes),
		row(test_a_cancelled_probe_frees_its_place),
		row(test_hundreds_of_private_ones_are_each_their_own),
		shared(test_breakers_of_others_are_found_and_heard),
		shared(test_orders_without_end_are_not_read_without_end),
		shared(test_one_name_is_one_breaker),
		shared(test_what_leaves_the_configuration_stays_in_the_region),
		shared(test_leaving_and_joining_a_region),
		shared(test_a_name_too_long_to_share_is_private),
		shared(test_a_registry_that_is_held_is_waited_for_once),
	};
#undef shared
#undef row

	return cmocka_run_group_tests(tests, NULL, NULL);
}
