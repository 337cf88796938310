/* test_crew.c - who of the workers is alive, dead, late, and the cause. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "daemon/crew.h"

enum { WORKERS = 32 };

#define NOW_US (1000 * BW_SECOND_US)

static struct bw_breaker_worker workers[WORKERS];
static struct bw_breaker_config config;
static struct crew crew;

/* Workers 101, 102, ... that are alive and had a result a second ago. */
static int set_up(void **state)
{
	(void)state;
	config = bw_breaker_config_default;
	memset(workers, 0, sizeof(workers));
	for (int i = 0; i < WORKERS; i++) {
		workers[i] = (struct bw_breaker_worker){ .pid = 101 + i,
							 .command = "python3",
							 .is_alive = true,
							 .admitted = 10,
							 .last_result_us = NOW_US - BW_SECOND_US };
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	crew_finish(&crew);
	return 0;
}

static const struct crew_sum *take(size_t count, int64_t after_us)
{
	crew_take(&crew, workers, count, &config, NOW_US + after_us);
	return &crew.sum;
}

static void fail_of(int nth)
{
	workers[nth].failed = 1;
	workers[nth].last_failure_us = NOW_US - BW_SECOND_US;
}

static void test_who_ended_in_peace_is_not_counted(void **state)
{
	(void)state;
	workers[1].is_alive = false;
	workers[2].is_alive = false;
	workers[2].in_flight = 3;
	workers[3].in_flight = 2;
	const struct crew_sum *sum = take(4, 0);
	assert_int_equal(sum->total, 3);
	assert_int_equal(sum->alive, 2);
	assert_int_equal(sum->dead, 1);
	assert_int_equal(sum->in_flight, 2);
	assert_int_equal(take(0, 0)->total, 0);
}

static void test_few_that_fail_are_the_cause(void **state)
{
	(void)state;
	assert_string_equal(take(WORKERS, 0)->cause, "");
	fail_of(7);
	assert_string_equal(take(WORKERS, 0)->cause,
			    "1 of 32 workers is the cause: pid 108 python3");
	assert_int_equal(crew.sum.failing, 1);
	fail_of(8);
	assert_string_equal(take(WORKERS, 0)->cause,
			    "2 of 32 workers are the cause: pid 108 python3, pid 109 python3");
	for (int i = 0; i < 8; i++)
		fail_of(i);
	workers[8].last_failure_us = 0;
	assert_string_equal(take(WORKERS, 0)->cause,
			    "8 of 32 workers are the cause: pid 101 python3, pid 102 python3, "
			    "pid 103 python3, ...");
	fail_of(8);
	assert_string_equal(take(WORKERS, 0)->cause, ""); /* more than a quarter: not theirs */
	assert_int_equal(crew.sum.failing, 9);
}

static void test_only_witnesses_accuse(void **state)
{
	(void)state;
	fail_of(0);
	assert_string_equal(take(3, 0)->cause, "");
	assert_string_not_equal(take(4, 0)->cause, "");
	workers[1].last_result_us = 0; /* idle: it cannot say whether calls work */
	assert_string_equal(take(4, 0)->cause, "");
	workers[1].last_result_us = NOW_US;
	workers[1].is_alive = false;
	assert_string_equal(take(4, 0)->cause, "");
}

static void test_failures_leave_with_the_window(void **state)
{
	(void)state;
	fail_of(0);
	assert_int_equal(take(8, 0)->failing, 1);
	assert_int_equal(take(8, config.window_us)->failing, 0);
	assert_string_equal(crew.sum.cause, "");
}

static void test_a_call_that_says_when_it_began_is_overdue_by_that(void **state)
{
	(void)state;
	workers[0].in_flight = 1;
	workers[0].busy_since_us = NOW_US - config.timeout_threshold_us;
	assert_int_equal(take(1, 0)->overdue, 0);
	assert_int_equal(take(1, 1)->overdue, 1);
	assert_int_equal(crew_busy_since_us(&crew, &workers[0]), workers[0].busy_since_us);
}

static void test_a_call_that_says_nothing_is_overdue_when_nothing_moves(void **state)
{
	(void)state;
	workers[0].in_flight = 2;
	workers[1].in_flight = 1;
	assert_int_equal(take(2, 0)->overdue, 0);
	workers[1].admitted++; /* it ended one and began another */
	assert_int_equal(take(2, config.timeout_threshold_us)->overdue, 0);
	assert_int_equal(take(2, config.timeout_threshold_us + 1)->overdue, 2);
	assert_int_equal(crew_busy_since_us(&crew, &workers[0]), NOW_US);
	assert_int_equal(take(2, 3 * config.timeout_threshold_us)->overdue, 3);
	workers[0].in_flight = 0;
	assert_int_equal(crew_busy_since_us(&crew, &workers[0]), 0);
	assert_int_equal(take(2, 3 * config.timeout_threshold_us)->overdue, 1);
}

static void test_a_command_is_foreign_text(void **state)
{
	char out[16];

	(void)state;
	memcpy(workers[0].command, "a\033[1m \"b\xff\n<x>", 13);
	crew_command(&workers[0], out);
	assert_string_equal(out, "a?[1m?\"b?\?<x>");
	memset(workers[0].command, 'x', sizeof(workers[0].command)); /* no NUL */
	crew_command(&workers[0], out);
	assert_int_equal(strlen(out), 15);
}

int main(void)
{
#define row(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		row(test_who_ended_in_peace_is_not_counted),
		row(test_few_that_fail_are_the_cause),
		row(test_only_witnesses_accuse),
		row(test_failures_leave_with_the_window),
		row(test_a_call_that_says_when_it_began_is_overdue_by_that),
		row(test_a_call_that_says_nothing_is_overdue_when_nothing_moves),
		row(test_a_command_is_foreign_text),
	};
#undef row

	return cmocka_run_group_tests(tests, NULL, NULL);
}
