/* test_schedule.c - the grid, the spread, the jitter and what happens to missed turns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/schedule.h"

#define SECOND BW_SECOND_US

static struct bw_schedule schedule_of(int64_t interval_us, int64_t jitter_us)
{
	struct bw_schedule schedule;

	assert_int_equal(bw_schedule_init(&schedule, "database", interval_us, jitter_us,
					  (struct bw_mono){ 0 }),
			 BW_OK);
	return schedule;
}

static void test_bad_values_are_refused(void **state)
{
	static const struct {
		int64_t interval_us, jitter_us;
	} rows[] = { { 0, 0 }, { -1, 0 }, { 10, -1 }, { 10, 6 }, { INT64_MAX, 0 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bw_schedule fresh;

		assert_int_equal(bw_schedule_init(&fresh, "x", rows[i].interval_us,
						  rows[i].jitter_us, (struct bw_mono){ 0 }),
				 BW_EINVAL);
	}
}

static void test_first_runs_are_spread_by_name_and_alike_after_a_restart(void **state)
{
	int per_tenth[10] = { 0 };

	for (int i = 0; i < 1000; i++) {
		struct bw_schedule first, again;
		char name[32];
		int64_t delay_us;

		snprintf(name, sizeof(name), "component-%d", i);
		assert_int_equal(bw_schedule_init(&first, name, 30 * SECOND, 0,
						  (struct bw_mono){ 5 * SECOND }),
				 BW_OK);
		assert_int_equal(bw_schedule_init(&again, name, 30 * SECOND, 3 * SECOND,
						  (struct bw_mono){ 77 * SECOND }),
				 BW_OK);
		delay_us = bw_schedule_next(&first, (struct bw_mono){ 5 * SECOND });
		assert_in_range(delay_us, 0, BW_SCHEDULE_SPREAD_MAX_US - 1);
		assert_int_equal(delay_us,
				 bw_schedule_next(&again, (struct bw_mono){ 77 * SECOND }));
		per_tenth[delay_us * 10 / BW_SCHEDULE_SPREAD_MAX_US]++;
	}
	for (int i = 0; i < 10; i++)
		assert_in_range(per_tenth[i], 60, 140);
}

static void test_a_short_interval_is_the_most_a_first_run_waits(void **state)
{
	struct bw_schedule schedule = schedule_of(100000, 0);

	assert_in_range(bw_schedule_next(&schedule, (struct bw_mono){ 0 }), 0, 99999);
}

static void test_later_runs_follow_the_grid_whatever_a_run_took(void **state)
{
	struct bw_schedule schedule = schedule_of(10 * SECOND, 0);
	int64_t first_us = bw_schedule_next(&schedule, (struct bw_mono){ 0 });
	static const int64_t took_us[] = { 1, 4 * SECOND, 9999999, 0 };

	for (int turn = 0; turn < 4; turn++) {
		struct bw_mono ended = { first_us + turn * 10 * SECOND + took_us[turn] };

		assert_int_equal(bw_schedule_next(&schedule, ended), 10 * SECOND - took_us[turn]);
	}
}

static void test_an_overdue_run_comes_at_once_and_missed_turns_are_skipped(void **state)
{
	static const struct {
		int64_t late_us; /* after the grid point */
		int64_t delay_us, after_us;
	} rows[] = {
		{ 0, 0, 10 * SECOND },
		{ 3 * SECOND, 0, 7 * SECOND },
		{ 10 * SECOND, 0, 0 },
		{ 10 * SECOND + 1, 10 * SECOND - 1, 20 * SECOND - 1 },
		{ 35 * SECOND, 5 * SECOND, 15 * SECOND },
		{ INT64_C(86400) * 365 * SECOND + 1, 10 * SECOND - 1, 20 * SECOND - 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bw_schedule schedule = schedule_of(10 * SECOND, 0);
		struct bw_mono now = bw_mono_add(schedule.planned, rows[i].late_us);

		assert_int_equal(bw_schedule_next(&schedule, now), rows[i].delay_us);
		assert_int_equal(bw_schedule_next(&schedule, now), rows[i].after_us);
	}
}

static void test_jitter_moves_a_run_but_not_the_grid(void **state)
{
	struct bw_schedule schedule = schedule_of(10 * SECOND, SECOND);
	int64_t first_us = bw_schedule_next(&schedule, (struct bw_mono){ 0 });
	int64_t least = INT64_MAX, most = 0;

	for (int turn = 1; turn <= 1000; turn++) {
		struct bw_mono point = { first_us + turn * 10 * SECOND };
		int64_t delay_us = bw_schedule_next(&schedule, bw_mono_add(point, -5 * SECOND));

		assert_in_range(delay_us, 4 * SECOND, 6 * SECOND);
		least = delay_us < least ? delay_us : least;
		most = delay_us > most ? delay_us : most;
	}
	assert_true(least < 4 * SECOND + SECOND / 10 && most > 6 * SECOND - SECOND / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_values_are_refused),
		cmocka_unit_test(test_first_runs_are_spread_by_name_and_alike_after_a_restart),
		cmocka_unit_test(test_a_short_interval_is_the_most_a_first_run_waits),
		cmocka_unit_test(test_later_runs_follow_the_grid_whatever_a_run_took),
		cmocka_unit_test(test_an_overdue_run_comes_at_once_and_missed_turns_are_skipped),
		cmocka_unit_test(test_jitter_moves_a_run_but_not_the_grid),
	};

	return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
