/* test_guard.c - breakers by name: what a new configuration keeps, makes and takes away, and that
 * every transition is told once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/guard.h"
#include "support/fake_io.h"

struct voice {
	struct io_loop *loop;
	struct guards *guards;
	char heard[512];
};

static void add_word(struct voice *voice, const char *word)
{
	size_t len = strlen(voice->heard);

	snprintf(voice->heard + len, sizeof(voice->heard) - len, "%s%s", len ? " " : "", word);
}

static void on_change(void *arg, struct guard *guard, enum bw_breaker_state from,
		      enum bw_breaker_state to)
{
	char word[128];

	snprintf(word, sizeof(word), "%s:%s>%s", guard_name(guard), bw_breaker_state_text(from),
		 bw_breaker_state_text(to));
	add_word(arg, word);
}

static void on_gone(void *arg, const char *name)
{
	add_word(arg, name);
}

static int set_up(void **state)
{
	struct voice *voice = calloc(1, sizeof(*voice));

	voice->loop = io_loop_create();
	voice->guards = guards_create(voice->loop, on_change, voice);
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
	struct bw_breaker_ticket ticket = guard_acquire(guard);

	if (bw_breaker_ticket_admitted(ticket))
		guard_record(guard, &ticket, outcome, 1000);
	return bw_breaker_ticket_admitted(ticket);
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
	guard_command(guard, GUARD_FORCE_OPEN);
	guard_command(guard, GUARD_FORCE_OPEN);
	guard_command(guard, GUARD_DISABLE);
	guard_command(guard, GUARD_ENABLE);
	guard_command(guard, GUARD_RESET);
	assert_string_equal(voice->heard, "g:closed>open g:open>half_open g:half_open>closed "
					  "g:closed>forced_open g:forced_open>disabled "
					  "g:disabled>closed");
}

static void test_a_probe_that_fails_does_not_begin_a_new_trouble(void **state)
{
	struct voice *voice = *state;

	guards_begin(voice->guards);
	struct guard *guard = add(voice, "g", 1);
	assert_int_equal(guard_left_closed(guard).us, 0);
	call(guard, BW_BREAKER_FAILURE);
	assert_int_equal(guard_left_closed(guard).us, FAKE_WALL_START_US);
	fake_advance(voice->loop, 11 * BW_SECOND_US);
	assert_true(call(guard, BW_BREAKER_FAILURE));
	assert_int_equal(guard_left_closed(guard).us, FAKE_WALL_START_US);
	fake_advance(voice->loop, 11 * BW_SECOND_US);
	assert_true(call(guard, BW_BREAKER_SUCCESS));
	assert_int_equal(guard_left_closed(guard).us, 0);
}

static void test_a_new_configuration_keeps_adds_and_removes(void **state)
{
	struct voice *voice = *state;
	struct bw_breaker_snapshot snapshot;

	guards_begin(voice->guards);
	for (int i = 0; i < 20; i++) {
		char name[8];

		snprintf(name, sizeof(name), "g%d", i);
		call(add(voice, name, 1), BW_BREAKER_FAILURE);
	}
	guards_end(voice->guards, on_gone, voice);
	voice->heard[0] = '\0';
	guards_begin(voice->guards);
	struct guard *kept = add(voice, "g7", 3);
	add(voice, "new", 1);
	for (int i = 10; i < 20; i++) {
		char name[8];

		snprintf(name, sizeof(name), "g%d", i);
		add(voice, name, 1);
	}
	guards_end(voice->guards, on_gone, voice);
	assert_string_equal(voice->heard, "g0 g1 g2 g3 g4 g5 g6 g8 g9");
	assert_int_equal(guards_count(voice->guards), 12);
	guard_snapshot(kept, &snapshot);
	assert_int_equal(snapshot.state, BW_BREAKER_OPEN); /* what it knew, it knows */
	assert_int_equal(guard_config(kept)->failure_threshold, 3);
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
	struct bw_breaker_ticket probe = guard_acquire(guard);
	assert_true(bw_breaker_ticket_admitted(probe));
	assert_false(bw_breaker_ticket_admitted(guard_acquire(guard)));
	guard_record(guard, &probe, BW_BREAKER_CANCELLED, 0);
	assert_true(call(guard, BW_BREAKER_SUCCESS));
}

int main(void)
{
#define row(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		row(test_every_transition_is_told_once),
		row(test_a_probe_that_fails_does_not_begin_a_new_trouble),
		row(test_a_new_configuration_keeps_adds_and_removes),
		row(test_a_cancelled_probe_frees_its_place),
	};
#undef row

	return cmocka_run_group_tests(tests, NULL, NULL);
}
