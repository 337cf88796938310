/* test_registry.c - breakers by name: created once, found by all, configured for all. */
#include "shm/registry.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "shm/words.h"
#include "support/failing_allocator.h"
#include "support/region_place.h"

static struct bw_region *private_region(unsigned breakers)
{
	struct bw_region_options options = { .mode = BW_REGION_PRIVATE, .breakers = breakers };
	struct bw_region *region = NULL;

	assert_int_equal(bw_region_open(&options, &region, NULL), BW_OK);
	return region;
}

static struct bw_breaker *open_ok(struct bw_region *region, const char *name,
				  const struct bw_breaker_config *config)
{
	struct bw_breaker *breaker = NULL;
	struct bw_error err = { "" };

	if (bw_breaker_open(region, name, config, &breaker, &err) != BW_OK)
		fail_msg("%s", err.text);
	return breaker;
}

static void test_the_first_creates_and_the_others_attach(void **state)
{
	struct bw_region *region = private_region(4);
	struct bw_breaker *one = open_ok(region, "feed", NULL);
	struct bw_breaker *two = open_ok(region, "feed", NULL);
	struct bw_breaker *found = NULL;

	assert_int_equal(bw_breaker_origin(one), BW_BREAKER_CREATED);
	assert_int_equal(bw_breaker_origin(two), BW_BREAKER_ATTACHED);
	assert_ptr_equal(one->cell, two->cell);
	assert_string_equal(bw_breaker_name(two), "feed");
	assert_int_equal(bw_breaker_find(region, "feed", &found, NULL), BW_OK);
	assert_ptr_equal(found->cell, one->cell);
	assert_int_equal(bw_breaker_origin(found), BW_BREAKER_ATTACHED);
	assert_int_equal(bw_breaker_find(region, "fee", &found, NULL), BW_ENOTFOUND);
	assert_int_equal(bw_breaker_find(region, "", &found, NULL), BW_ENOTFOUND);
	bw_breaker_close(found);
	bw_breaker_close(one);
	bw_breaker_close(two);
	bw_breaker_close(NULL);
	bw_region_close(region);
}

static void test_another_configuration_is_reported_and_the_first_stays(void **state)
{
	struct bw_region *region = private_region(4);
	struct bw_breaker_config mine = bw_breaker_config_default, holds;
	struct bw_breaker *one, *two, *three;

	mine.failure_threshold = 7;
	one = open_ok(region, "feed", &mine);
	two = open_ok(region, "feed", &bw_breaker_config_default);
	three = open_ok(region, "feed", &mine);
	assert_int_equal(bw_breaker_origin(two), BW_BREAKER_ATTACHED_DIFFERENT);
	assert_int_equal(bw_breaker_origin(three), BW_BREAKER_ATTACHED);
	bw_breaker_config(two, &holds);
	assert_int_equal(holds.failure_threshold, 7);
	bw_breaker_close(one);
	bw_breaker_close(two);
	bw_breaker_close(three);
	bw_region_close(region);
}

static void test_configure_holds_for_every_handle_at_once(void **state)
{
	struct bw_region *region = private_region(4);
	struct bw_breaker *one = open_ok(region, "feed", NULL);
	struct bw_breaker *two = open_ok(region, "feed", NULL);
	struct bw_breaker_config config = bw_breaker_config_default, holds;

	assert_int_equal(breaker_rules(two)->failure_threshold, 5);
	for (int threshold = 6; threshold < 16; threshold++) {
		config.failure_threshold = threshold;
		assert_int_equal(bw_breaker_configure(one, &config, NULL), BW_OK);
		bw_breaker_config(two, &holds);
		assert_int_equal(holds.failure_threshold, threshold);
		assert_int_equal(breaker_rules(two)->failure_threshold, threshold);
		assert_int_equal(breaker_rules(one)->failure_threshold, threshold);
	}
	assert_int_equal(atomic_load(&one->cell->config_index), 11);
	assert_int_equal(bw_breaker_configure(one, &config, NULL), BW_OK);
	assert_int_equal(atomic_load(&one->cell->config_index), 11);
	config.window_us = 1;
	assert_int_equal(bw_breaker_configure(one, &config, NULL), BW_EINVAL);
	assert_int_equal(bw_breaker_configure(one, NULL, NULL), BW_EINVAL);
	assert_int_equal(bw_breaker_configure(NULL, &config, NULL), BW_EINVAL);
	bw_breaker_close(one);
	bw_breaker_close(two);
	bw_region_close(region);
}

static void test_names_are_one_to_63_bytes_of_utf8_without_controls(void **state)
{
	static const char *const good[] = { "a", "market data, \"EU\" <1>", "h\xc3\xa9llo" };
	static const char *const bad[] = { "",     "a\nb",  "\x7f", "\xc2\x80",
					   "\xc3", "\377x", "\t",   "a\xc0\xaf" };
	struct bw_region *region = private_region(8);
	struct bw_breaker *breaker = NULL;
	char name[66];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		breaker = open_ok(region, good[i], NULL);
		assert_string_equal(bw_breaker_name(breaker), good[i]);
		bw_breaker_close(breaker);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct bw_error err = { "" };

		assert_int_equal(bw_breaker_open(region, bad[i], NULL, &breaker, &err), BW_EINVAL);
		assert_string_not_equal(err.text, "");
	}
	memset(name, 'n', sizeof(name));
	name[64] = '\0';
	assert_int_equal(bw_breaker_open(region, name, NULL, &breaker, NULL), BW_EINVAL);
	name[63] = '\0';
	bw_breaker_close(open_ok(region, name, NULL));
	assert_int_equal(bw_registry_count(region), 4);
	bw_region_close(region);
}

static void test_arguments_that_are_missing_are_refused(void **state)
{
	struct bw_region *region = private_region(1);
	struct bw_breaker_config bad = bw_breaker_config_default;
	struct bw_breaker *breaker = NULL;

	bad.failure_threshold = 0;
	assert_int_equal(bw_breaker_open(NULL, "a", NULL, &breaker, NULL), BW_EINVAL);
	assert_int_equal(bw_breaker_open(region, NULL, NULL, &breaker, NULL), BW_EINVAL);
	assert_int_equal(bw_breaker_open(region, "a", NULL, NULL, NULL), BW_EINVAL);
	assert_int_equal(bw_breaker_open(region, "a", &bad, &breaker, NULL), BW_EINVAL);
	assert_int_equal(bw_breaker_find(region, NULL, &breaker, NULL), BW_EINVAL);
	assert_int_equal(bw_breaker_find(NULL, "a", &breaker, NULL), BW_EINVAL);
	assert_null(breaker);
	assert_int_equal(bw_registry_count(region), 0);
	bw_region_close(region);
}

static void test_all_names_come_once(void **state)
{
	struct bw_region *region = private_region(8);
	char name[BW_BREAKER_NAME_MAX + 1];
	size_t cursor = 0;

	assert_false(bw_region_next(region, &cursor, name));
	bw_breaker_close(open_ok(region, "one", NULL));
	bw_breaker_close(open_ok(region, "two", NULL));
	cursor = 0;
	assert_true(bw_region_next(region, &cursor, name));
	assert_string_equal(name, "one");
	assert_true(bw_region_next(region, &cursor, name));
	assert_string_equal(name, "two");
	assert_false(bw_region_next(region, &cursor, name));
	assert_false(bw_region_next(region, &cursor, name));
	bw_region_close(region);
}

static void test_a_full_region_says_so_or_gives_a_private_breaker(void **state)
{
	struct region_place place;
	struct bw_region_options options;
	struct bw_region *strict, *lenient;
	struct bw_breaker *breaker = NULL, *again;
	struct bw_error err;
	char name[] = "a";

	place_init(&place);
	strict = place_open(&place, BW_REGION_SHARED);
	for (; name[0] < 'e'; name[0]++)
		bw_breaker_close(open_ok(strict, name, NULL));
	assert_int_equal(bw_breaker_open(strict, "more", NULL, &breaker, &err), BW_ELIMIT);
	assert_non_null(strstr(err.text, "room for 4 breakers"));
	options = place_options(&place, BW_REGION_SHARED);
	options.fallback = BW_REGION_LOCAL;
	assert_int_equal(bw_region_open(&options, &lenient, NULL), BW_OK);
	breaker = open_ok(lenient, "more", NULL);
	again = open_ok(lenient, "more", NULL);
	assert_false(bw_breaker_is_shared(breaker));
	assert_ptr_equal(breaker->cell, again->cell);
	assert_int_equal(bw_breaker_find(strict, "more", &breaker, NULL), BW_ENOTFOUND);
	bw_breaker_close(again);
	bw_breaker_close(breaker);
	bw_region_close(strict);
	bw_region_close(lenient);
	place_finish(&place);
}

static void test_a_cell_that_was_not_finished_is_invisible_and_taken_by_the_next(void **state)
{
	struct bw_region *region = private_region(2);
	struct bw_breaker *first = open_ok(region, "first", NULL), *next;
	struct segment_cell *half = region_cell(region, 1);
	char name[BW_BREAKER_NAME_MAX + 1];
	size_t cursor = 1;

	atomic_store(&half->name[0], UINT64_C(0x666c6168));
	atomic_store(&half->config_index, 1);
	assert_false(bw_region_next(region, &cursor, name));
	assert_int_equal(bw_breaker_find(region, "half", &next, NULL), BW_ENOTFOUND);
	next = open_ok(region, "next", NULL);
	assert_ptr_equal(next->cell, half);
	assert_int_equal(bw_breaker_origin(next), BW_BREAKER_CREATED);
	assert_int_equal(breaker_rules(next)->failure_threshold, 5);
	cursor = 1;
	assert_true(bw_region_next(region, &cursor, name));
	assert_string_equal(name, "next");
	bw_breaker_close(first);
	bw_breaker_close(next);
	bw_region_close(region);
}

static void test_a_gap_before_it_does_not_hide_a_breaker(void **state)
{
	struct bw_region *region = private_region(4);
	struct bw_breaker *found;

	bw_breaker_close(open_ok(region, "one", NULL));
	bw_breaker_close(open_ok(region, "two", NULL));
	atomic_store(&region_cell(region, 0)->ready, 0);
	assert_int_equal(bw_breaker_find(region, "two", &found, NULL), BW_OK);
	bw_breaker_close(found);
	bw_region_close(region);
}

static void test_bytes_that_are_no_name_are_passed_over(void **state)
{
	struct bw_region *region = private_region(3);
	struct bw_breaker *breaker;
	char name[BW_BREAKER_NAME_MAX + 1];
	size_t cursor = 0;

	bw_breaker_close(open_ok(region, "one", NULL));
	bw_breaker_close(open_ok(region, "two", NULL));
	for (int i = 0; i < SEGMENT_NAME_BYTES / 8; i++)
		atomic_store(&region_cell(region, 0)->name[i], UINT64_C(0x4141414141414141));
	assert_true(bw_region_next(region, &cursor, name));
	assert_string_equal(name, "two");
	assert_false(bw_region_next(region, &cursor, name));
	breaker = open_ok(region, "three", NULL);
	assert_ptr_equal(breaker->cell, region_cell(region, 2));
	bw_breaker_close(breaker);
	bw_region_close(region);
}

/* ---- the lock ---- */

static int lock_file(const struct region_place *place)
{
	int fd = open(place->path, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	return fd;
}

static void test_a_held_lock_times_out_and_the_fallback_is_private(void **state)
{
	struct region_place place;
	struct bw_region_options options;
	struct bw_region *strict, *lenient;
	struct bw_breaker *there, *breaker = NULL;
	int fd;

	place_init(&place);
	strict = place_open(&place, BW_REGION_SHARED);
	options = place_options(&place, BW_REGION_SHARED);
	options.fallback = BW_REGION_LOCAL;
	assert_int_equal(bw_region_open(&options, &lenient, NULL), BW_OK);
	there = open_ok(strict, "there", NULL);
	fd = lock_file(&place);
	assert_int_equal(bw_breaker_open(strict, "new", NULL, &breaker, NULL), BW_ETIMEDOUT);
	assert_int_equal(bw_breaker_configure(there, &(struct bw_breaker_config){ 0 }, NULL),
			 BW_EINVAL);
	assert_int_equal(bw_breaker_configure(there, &bw_breaker_config_default, NULL),
			 BW_ETIMEDOUT);
	breaker = open_ok(lenient, "new", NULL);
	assert_false(bw_breaker_is_shared(breaker));
	bw_breaker_close(breaker);
	breaker = open_ok(lenient, "there", NULL);
	assert_true(bw_breaker_is_shared(breaker));
	bw_breaker_close(breaker);
	assert_int_equal(close(fd), 0);
	breaker = open_ok(strict, "new", NULL);
	assert_true(bw_breaker_is_shared(breaker));
	bw_breaker_close(breaker);
	bw_breaker_close(there);
	bw_region_close(strict);
	bw_region_close(lenient);
	place_finish(&place);
}

static int hold_lock_and_stop(void *arg)
{
	const struct region_place *place = arg;
	int fd = open(place->path, O_RDWR | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX) != 0)
		return 1;
	(void)raise(SIGSTOP);
	return 0;
}

static void test_a_stopped_holder_stops_nobody_and_a_killed_one_holds_nothing(void **state)
{
	struct region_place place;
	struct bw_region *region;
	struct bw_breaker *breaker = NULL;
	int status;
	pid_t pid;

	place_init(&place);
	region = place_open(&place, BW_REGION_SHARED);
	pid = place_fork(hold_lock_and_stop, &place);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(bw_breaker_open(region, "feed", NULL, &breaker, NULL), BW_ETIMEDOUT);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(place_wait(pid), -1);
	breaker = open_ok(region, "feed", NULL);
	bw_breaker_close(breaker);
	bw_region_close(region);
	place_finish(&place);
}

static void test_a_file_that_lost_its_name_gives_no_new_breakers(void **state)
{
	struct region_place place;
	struct bw_region_options options;
	struct bw_region *region, *other;
	struct bw_breaker *breaker = NULL;
	struct bw_region_info info;

	place_init(&place);
	options = place_options(&place, BW_REGION_SHARED);
	options.fallback = BW_REGION_LOCAL;
	assert_int_equal(bw_region_open(&options, &region, NULL), BW_OK);
	bw_breaker_close(open_ok(region, "old", NULL));
	bw_region_info(region, &info);
	assert_string_equal(info.trouble.text, "");
	assert_int_equal(unlink(place.path), 0);
	bw_region_info(region, &info);
	assert_int_equal(info.kind, BW_REGION_IS_SHARED);
	assert_non_null(strstr(info.trouble.text, "removed while in use"));
	breaker = open_ok(region, "new", NULL);
	assert_false(bw_breaker_is_shared(breaker));
	bw_breaker_close(breaker);
	other = place_open(&place, BW_REGION_SHARED);
	breaker = open_ok(region, "newer", NULL);
	assert_false(bw_breaker_is_shared(breaker));
	bw_breaker_close(breaker);
	breaker = open_ok(region, "old", NULL);
	assert_true(bw_breaker_is_shared(breaker));
	bw_breaker_close(breaker);
	assert_int_equal(bw_registry_count(other), 0);
	bw_region_close(region);
	bw_region_close(other);
	place_finish(&place);
}

/* ---- many at once ---- */

enum { NAMES = 90, RACERS = 8 };

static void name_of(int i, char out[16])
{
	(void)snprintf(out, 16, "breaker-%d", i);
}

static int create_all(void *arg)
{
	struct bw_region *region = arg;
	struct bw_breaker *breaker;
	char name[16];
	int created = 0;

	for (int i = 0; i < NAMES; i++) {
		name_of(i, name);
		if (bw_breaker_open(region, name, NULL, &breaker, NULL) != BW_OK)
			return 99;
		created += bw_breaker_origin(breaker) == BW_BREAKER_CREATED;
		bw_breaker_close(breaker);
	}
	return created;
}

struct racer {
	struct bw_region *region;
	int *gate; /* closed by the parent: all begin at once */
};

static int create_all_at_once(void *arg)
{
	struct racer *racer = arg;
	char byte;

	(void)close(racer->gate[1]);
	(void)!read(racer->gate[0], &byte, 1);
	return create_all(racer->region);
}

static struct bw_region *region_for_racers(struct region_place *place)
{
	struct bw_region_options options;
	struct bw_region *region;

	place_init(place);
	options = place_options(place, BW_REGION_SHARED);
	options.breakers = NAMES;
	assert_int_equal(bw_region_open(&options, &region, NULL), BW_OK);
	return region;
}

static void test_of_many_processes_one_creates_each_name(void **state)
{
	struct region_place place;
	struct bw_region *region = region_for_racers(&place);
	pid_t pids[RACERS];
	int created = 0, gate[2];

	assert_int_equal(pipe(gate), 0);
	for (int i = 0; i < RACERS; i++)
		pids[i] = place_fork(create_all_at_once, &(struct racer){ region, gate });
	assert_int_equal(close(gate[0]), 0);
	assert_int_equal(close(gate[1]), 0);
	for (int i = 0; i < RACERS; i++) {
		int count = place_wait(pids[i]);

		assert_in_range(count, 0, NAMES);
		created += count;
	}
	assert_int_equal(created, NAMES);
	assert_int_equal(bw_registry_count(region), NAMES);
	bw_region_close(region);
	place_finish(&place);
}

static void *create_in_thread(void *arg)
{
	return (void *)(intptr_t)create_all(arg);
}

static void test_of_many_threads_one_creates_each_name(void **state)
{
	struct region_place place;
	struct bw_region *region = region_for_racers(&place);
	pthread_t threads[RACERS];
	intptr_t created = 0;

	for (int i = 0; i < RACERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, create_in_thread, region), 0);
	for (int i = 0; i < RACERS; i++) {
		void *count;

		assert_int_equal(pthread_join(threads[i], &count), 0);
		created += (intptr_t)count;
	}
	assert_int_equal(created, NAMES);
	bw_region_close(region);
	place_finish(&place);
}

static void test_every_allocation_may_fail(void **state)
{
	struct region_place place;
	struct bw_region_options options;
	struct bw_region *region;
	struct bw_breaker *breaker = NULL;
	char name[] = "a";
	bool failed = true;

	place_init(&place);
	options = place_options(&place, BW_REGION_SHARED);
	options.fallback = BW_REGION_LOCAL;
	assert_int_equal(bw_region_open(&options, &region, NULL), BW_OK);
	for (; name[0] < 'e'; name[0]++)
		bw_breaker_close(open_ok(region, name, NULL));
	for (long nth = 0; failed; nth++) {
		enum bw_status status;

		breaker = NULL;
		failing_allocator_arm(nth);
		status = bw_breaker_open(region, "one more", NULL, &breaker, NULL);
		failed = failing_allocator_disarm();
		assert_int_equal(status, failed ? BW_ENOMEM : BW_OK);
		bw_breaker_close(breaker);
	}
	bw_region_close(region);
	place_finish(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_creates_and_the_others_attach),
		cmocka_unit_test(test_another_configuration_is_reported_and_the_first_stays),
		cmocka_unit_test(test_configure_holds_for_every_handle_at_once),
		cmocka_unit_test(test_names_are_one_to_63_bytes_of_utf8_without_controls),
		cmocka_unit_test(test_arguments_that_are_missing_are_refused),
		cmocka_unit_test(test_all_names_come_once),
		cmocka_unit_test(test_a_full_region_says_so_or_gives_a_private_breaker),
		cmocka_unit_test(
			test_a_cell_that_was_not_finished_is_invisible_and_taken_by_the_next),
		cmocka_unit_test(test_a_gap_before_it_does_not_hide_a_breaker),
		cmocka_unit_test(test_bytes_that_are_no_name_are_passed_over),
		cmocka_unit_test(test_a_held_lock_times_out_and_the_fallback_is_private),
		cmocka_unit_test(test_a_stopped_holder_stops_nobody_and_a_killed_one_holds_nothing),
		cmocka_unit_test(test_a_file_that_lost_its_name_gives_no_new_breakers),
		cmocka_unit_test(test_of_many_processes_one_creates_each_name),
		cmocka_unit_test(test_of_many_threads_one_creates_each_name),
		cmocka_unit_test(test_every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
