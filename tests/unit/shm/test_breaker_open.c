/* test_breaker_open.c - when a breaker opens, and for how long: one test for each rule of
 * docs/internals/breaker.md, on a fake clock.
 */
#include "support/breaker_builder.h"

static void test_a_new_breaker_is_closed_and_its_window_empty(void **state)
{
	struct bw_breaker_snapshot seen;

	world_open(NULL);
	seen = look(5000);
	assert_int_equal(seen.state, BW_BREAKER_CLOSED);
	assert_int_equal(seen.generation, 1);
	assert_int_equal(seen.window.total_calls, 0);
	assert_true(seen.window.success_rate == 1.0);
	assert_true(seen.window.failure_rate == 0.0);
	assert_true(seen.window.uptime_percentage == 100.0);
	assert_false(seen.has_retry);
	assert_false(seen.has_transition);
	assert_false(seen.window.has_last_failure);
	assert_int_equal(seen.left_closed_wall_us, 0);
}

static void test_consecutive_opens_at_the_threshold(void **state)
{
	struct bw_breaker_config config = config_of(BW_BREAKER_CONSECUTIVE);

	world_open(&config);
	calls(BW_BREAKER_FAILURE, 4, 1);
	expect_state(BW_BREAKER_CLOSED);
	calls(BW_BREAKER_SUCCESS, 1, 1);
	calls(BW_BREAKER_TIMEOUT, 4, 1);
	expect_state(BW_BREAKER_CLOSED);
	calls(BW_BREAKER_TIMEOUT, 1, 1);
	expect_state(BW_BREAKER_OPEN);
	expect_last_event(BW_BREAKER_CLOSED, BW_BREAKER_OPEN, BW_BREAKER_BY_CONSECUTIVE);
}

static void test_a_success_ends_the_run(void **state)
{
	world_open(NULL);
	calls(BW_BREAKER_FAILURE, 4, 1);
	assert_int_equal(look(0).consecutive_failures, 4);
	calls(BW_BREAKER_SUCCESS, 1, 1);
	assert_int_equal(look(0).consecutive_failures, 0);
}

static void test_failure_rate_opens_at_the_threshold_and_the_minimum_is_inclusive(void **state)
{
	struct bw_breaker_config config = config_of(BW_BREAKER_FAILURE_RATE);

	world_open(&config);
	calls(BW_BREAKER_FAILURE, 4, 1);
	expect_state(BW_BREAKER_CLOSED);
	calls(BW_BREAKER_FAILURE, 1, 1);
	expect_state(BW_BREAKER_OPEN);

	world_open(&config);
	calls(BW_BREAKER_SUCCESS, 5, 1);
	calls(BW_BREAKER_FAILURE, 4, 1);
	expect_state(BW_BREAKER_CLOSED);
	calls(BW_BREAKER_FAILURE, 1, 1);
	expect_state(BW_BREAKER_OPEN);
	expect_last_event(BW_BREAKER_CLOSED, BW_BREAKER_OPEN, BW_BREAKER_BY_FAILURE_RATE);
}

static void test_only_a_failing_outcome_is_a_reason_to_judge(void **state)
{
	struct bw_breaker_config config = config_of(BW_BREAKER_FAILURE_RATE);

	world_open(&config);
	calls(BW_BREAKER_FAILURE, 4, 1);
	calls(BW_BREAKER_SUCCESS, 1, 1);
	expect_state(BW_BREAKER_CLOSED);
	calls(BW_BREAKER_FAILURE, 1, 1);
	expect_state(BW_BREAKER_OPEN);
}

static void test_rates_are_compared_as_integers(void **state)
{
	static const struct {
		double threshold;
		int ok, failed;
		bool opens;
	} rows[] = {
		{ 0.3, 7, 3, true }, { 0.3, 701, 300, false }, { 0.1, 9, 1, true },
		{ 0.7, 3, 7, true }, { 1.0, 0, 5, true },      { 0.0001, 9999, 1, true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bw_breaker_config config = config_of(BW_BREAKER_FAILURE_RATE);

		config.failure_rate_threshold = rows[i].threshold;
		config.minimum_calls = rows[i].ok + rows[i].failed;
		world_open(&config);
		calls(BW_BREAKER_SUCCESS, rows[i].ok, 1);
		calls(BW_BREAKER_FAILURE, rows[i].failed, 1);
		expect_state(rows[i].opens ? BW_BREAKER_OPEN : BW_BREAKER_CLOSED);
	}
}

static void test_timeout_rate_uses_the_timeout_threshold(void **state)
{
	struct bw_breaker_config config = config_of(BW_BREAKER_TIMEOUT_RATE);

	config.timeout_threshold_us = 200 * MS;
	world_open(&config);
	for (int i = 0; i < 20; i++)
		call(BW_BREAKER_FAILURE, 199, 1);
	expect_state(BW_BREAKER_CLOSED);
	for (int i = 0; i < 20; i++) {
		expect_state(BW_BREAKER_CLOSED);
		call(BW_BREAKER_FAILURE, 200, 1);
	}
	expect_state(BW_BREAKER_OPEN);
	expect_last_event(BW_BREAKER_CLOSED, BW_BREAKER_OPEN, BW_BREAKER_BY_TIMEOUT_RATE);
}

static void test_a_slow_success_is_no_timeout_unless_it_counts(void **state)
{
	struct bw_breaker_config config = config_of(BW_BREAKER_TIMEOUT_RATE);

	world_open(&config);
	for (int i = 0; i < 10; i++)
		call(BW_BREAKER_SUCCESS, 60000, 1);
	assert_true(look(1).window.timeout_rate == 0.0);

	config.slow_success_counts = true;
	config.slow_threshold_us = 500 * MS;
	world_open(&config);
	for (int i = 0; i < 9; i++)
		call(BW_BREAKER_SUCCESS, 500, 1);
	call(BW_BREAKER_SUCCESS, 499, 1);
	assert_true(look(1).window.timeout_rate == 0.9);
	assert_true(look(1).window.failure_rate == 0.0);
	assert_int_equal(look(1).lifetime.timeout, 0);
	expect_state(BW_BREAKER_CLOSED);
	/* Judged on a failing outcome only: 9 of 11. */
	calls(BW_BREAKER_FAILURE, 1, 1);
	expect_state(BW_BREAKER_OPEN);
	expect_last_event(BW_BREAKER_CLOSED, BW_BREAKER_OPEN, BW_BREAKER_BY_TIMEOUT_RATE);
}

static void test_slow_successes_open_a_combined_breaker_too(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;

	config.slow_success_counts = true;
	world_open(&config);
	for (int i = 0; i < 9; i++)
		call(BW_BREAKER_SUCCESS, 10000, 1);
	calls(BW_BREAKER_FAILURE, 1, 1);
	expect_last_event(BW_BREAKER_CLOSED, BW_BREAKER_OPEN, BW_BREAKER_BY_TIMEOUT_RATE);
}

static void test_combined_opens_for_any_of_the_three(void **state)
{
	struct bw_breaker_config config = config_of(BW_BREAKER_COMBINED);

	config.minimum_calls = 6;
	world_open(&config);
	calls(BW_BREAKER_FAILURE, 5, 1);
	expect_state(BW_BREAKER_OPEN);

	world_open(&config);
	for (int i = 0; i < 3; i++) {
		expect_state(BW_BREAKER_CLOSED);
		calls(BW_BREAKER_SUCCESS, 1, 1);
		calls(BW_BREAKER_FAILURE, 1, 1);
	}
	expect_state(BW_BREAKER_OPEN);
}

static void test_other_outcomes_leave_run_and_rates_alone(void **state)
{
	static const enum bw_breaker_outcome others[] = { BW_BREAKER_IGNORED, BW_BREAKER_CANCELLED,
							  BW_BREAKER_REJECTED_LOCAL };

	world_open(NULL);
	calls(BW_BREAKER_FAILURE, 3, 1);
	for (size_t i = 0; i < 3; i++)
		assert_true(call(others[i], 1, 1));
	assert_int_equal(look(1).window.total_calls, 3);
	assert_int_equal(look(1).consecutive_failures, 3);
	assert_int_equal(look(1).lifetime.ignored, 3);
	assert_int_equal(look(1).lifetime.success, 0);
}

static void test_a_negative_duration_counts_as_zero(void **state)
{
	world_open(NULL);
	call(BW_BREAKER_SUCCESS, -5000, 1);
	call(BW_BREAKER_FAILURE, -5000, 1);
	assert_true(look(1).window.avg_response_time_s == 0.0);
	assert_int_equal(look(1).lifetime.timeout, 0);
}

/* --- the open period --- */

static void test_an_open_breaker_rejects_until_the_recovery_timeout(void **state)
{
	struct bw_breaker_ticket ticket;

	world_of_open();
	ticket = acquire_at(30000);
	assert_false(bw_breaker_ticket_admitted(ticket));
	assert_int_equal(bw_breaker_ticket_reason(ticket), BW_BREAKER_REJECTED_OPEN);
	assert_int_equal(bw_breaker_ticket_state(ticket), BW_BREAKER_OPEN);
	assert_int_equal(bw_breaker_ticket_retry_after_us(ticket), 40000 * MS);
	world.now_us = 69999999;
	ticket = bw_breaker_acquire(world.breaker);
	assert_false(bw_breaker_ticket_admitted(ticket));
	assert_int_equal(bw_breaker_ticket_retry_after_us(ticket), 1);
	assert_true(admitted_at(70000));
	expect_state(BW_BREAKER_HALF_OPEN);
	expect_last_event(BW_BREAKER_OPEN, BW_BREAKER_HALF_OPEN, BW_BREAKER_BY_RECOVERY_TIMEOUT);
}

static void test_an_opening_within_a_millisecond_is_rounded_down(void **state)
{
	world_open(NULL);
	world.now_us = 10000999;
	for (int i = 0; i < 5; i++)
		bw_breaker_record(world.breaker, bw_breaker_acquire(world.breaker),
				  BW_BREAKER_FAILURE, 1);
	world.now_us += 60000000;
	assert_true(bw_breaker_ticket_admitted(bw_breaker_acquire(world.breaker)));
}

static void test_reading_never_transitions(void **state)
{
	struct bw_breaker_snapshot seen;

	world_of_open();
	seen = look(69999);
	assert_true(seen.has_retry);
	assert_false(seen.retry_due);
	assert_int_equal(seen.time_until_retry_us, 1000);
	seen = look(500000);
	assert_int_equal(seen.state, BW_BREAKER_OPEN);
	assert_true(seen.retry_due);
	assert_int_equal(seen.time_until_retry_us, 0);
}

static void test_a_retry_time_of_zero_stays_zero(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;
	struct bw_breaker_snapshot seen;

	config.recovery_timeout_us = 0;
	world_open(&config);
	calls(BW_BREAKER_FAILURE, 5, 10);
	seen = look(10);
	assert_int_equal(seen.state, BW_BREAKER_OPEN);
	assert_true(seen.has_retry && seen.retry_due);
	assert_int_equal(seen.time_until_retry_us, 0);
	assert_true(admitted_at(10));
}

static void test_the_open_period_runs_from_the_opening(void **state)
{
	struct bw_breaker_ticket slow;

	world_open(NULL);
	slow = acquire_at(1);
	calls(BW_BREAKER_FAILURE, 5, 10000);
	assert_false(record_at(slow, BW_BREAKER_FAILURE, 50000, 50000));
	assert_int_equal(look(50000).time_until_retry_us, 20000 * MS);
	assert_int_equal(look(50000).window.total_calls, 5);
	assert_int_equal(look(50000).lifetime.late, 1);
	assert_int_equal(look(50000).lifetime.failure, 6);
}

static void reopen_at(int64_t ms)
{
	calls(BW_BREAKER_FAILURE, 1, ms);
	expect_state(BW_BREAKER_OPEN);
}

static void test_reopenings_in_a_row_lengthen_the_open_period(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;

	config.retry_multiplier = 2;
	config.max_open_us = 300000 * MS;
	world_open(&config);
	calls(BW_BREAKER_FAILURE, 5, 0);
	assert_int_equal(look(0).time_until_retry_us, 60000 * MS);
	reopen_at(60000);
	assert_int_equal(look(60000).time_until_retry_us, 120000 * MS);
	reopen_at(180000);
	assert_int_equal(look(180000).time_until_retry_us, 240000 * MS);
	reopen_at(420000);
	assert_int_equal(look(420000).time_until_retry_us, 300000 * MS);
	/* Closed in between: it begins anew. */
	calls(BW_BREAKER_SUCCESS, 3, 720000);
	calls(BW_BREAKER_FAILURE, 5, 720000);
	assert_int_equal(look(720000).time_until_retry_us, 60000 * MS);
}

static void test_jitter_draws_the_open_period_from_around_it(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;
	static const struct {
		double random;
		int64_t ms;
	} rows[] = { { 0.0, 48000 }, { 0.5, 60000 }, { 0.75, 66000 } };

	config.retry_jitter = 0.2;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		world_open(&config);
		world.random = rows[i].random;
		world.draws = 0;
		calls(BW_BREAKER_FAILURE, 5, 0);
		assert_int_equal(look(0).time_until_retry_us, rows[i].ms * MS);
		assert_int_equal(world.draws, 1);
	}
	config.retry_jitter = 0;
	world_open(&config);
	world.draws = 0;
	calls(BW_BREAKER_FAILURE, 5, 0);
	assert_int_equal(world.draws, 0);
}

static void test_open_for_serves_retry_after(void **state)
{
	uint32_t generation;

	world_open(NULL);
	at(1000);
	assert_int_equal(bw_breaker_open_for(world.breaker, 30000 * MS), BW_OK);
	expect_last_event(BW_BREAKER_CLOSED, BW_BREAKER_OPEN, BW_BREAKER_BY_OPEN_FOR);
	assert_int_equal(look(1000).time_until_retry_us, 30000 * MS);
	/* Again while open: that time holds, and what was in flight is late. */
	generation = generation_now();
	assert_int_equal(bw_breaker_open_until(world.breaker, 5000 * MS), BW_OK);
	assert_int_equal(generation_now(), generation + 1);
	assert_int_equal(look(1000).time_until_retry_us, 4000 * MS);
	assert_false(admitted_at(4999));
	assert_true(admitted_at(5000));
	/* From half-open too. */
	assert_int_equal(bw_breaker_open_for(world.breaker, 1000 * MS), BW_OK);
	expect_last_event(BW_BREAKER_HALF_OPEN, BW_BREAKER_OPEN, BW_BREAKER_BY_OPEN_FOR);
	assert_int_equal(bw_breaker_open_for(world.breaker, -1), BW_EINVAL);
}

static void test_open_for_leaves_overrides_alone(void **state)
{
	uint32_t generation;

	world_open(NULL);
	bw_breaker_disable(world.breaker);
	generation = generation_now();
	assert_int_equal(bw_breaker_open_for(world.breaker, 1000), BW_OK);
	expect_state(BW_BREAKER_DISABLED);
	assert_int_equal(generation_now(), generation);
}

static void test_open_for_is_no_reopening(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;

	config.retry_multiplier = 2;
	world_open(&config);
	calls(BW_BREAKER_FAILURE, 5, 0);
	reopen_at(60000);
	bw_breaker_open_for(world.breaker, 1000 * MS);
	reopen_at(61000);
	assert_int_equal(look(61000).time_until_retry_us, 240000 * MS);
}

/* --- lump and quorum --- */

static void test_failures_within_the_lump_count_once(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;

	config.lump_us = 100 * MS;
	world_open(&config);
	for (int i = 0; i < 40; i++)
		assert_true(call(BW_BREAKER_FAILURE, 1, i * 10));
	assert_int_equal(look(400).consecutive_failures, 4);
	assert_int_equal(look(400).window.total_calls, 4);
	assert_int_equal(look(400).lifetime.failure, 40);
	expect_state(BW_BREAKER_CLOSED);
	calls(BW_BREAKER_FAILURE, 1, 400);
	expect_state(BW_BREAKER_OPEN);
}

static void test_a_lump_does_not_outlive_its_cycle(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;

	config.lump_us = 60000 * MS;
	world_open(&config);
	calls(BW_BREAKER_FAILURE, 2, 1);
	assert_int_equal(look(1).consecutive_failures, 1);
	bw_breaker_reset(world.breaker);
	calls(BW_BREAKER_FAILURE, 1, 2);
	assert_int_equal(look(2).consecutive_failures, 1);
}

static void test_a_lumped_probe_reopens_all_the_same(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;

	config.lump_us = 50000 * MS;
	config.failure_threshold = 1;
	config.recovery_timeout_us = 1000 * MS;
	world_open(&config);
	calls(BW_BREAKER_FAILURE, 1, 0);
	calls(BW_BREAKER_FAILURE, 1, 1000);
	expect_state(BW_BREAKER_OPEN);
	assert_int_equal(look(1000).window.total_calls, 1);
}

/* The nth slot that is not this thread's. */
static uint32_t other_slot(uint32_t nth)
{
	uint32_t own = region_slot(world.region);

	return nth < own ? nth : nth + 1;
}

/* A failure of another worker, whose process has the slot `leader`. */
static void fail_as(uint32_t slot, uint32_t leader, int64_t ms)
{
	region_worker(world.region, slot)->leader = leader;
	world.breaker->lanes[slot].last_failure = word_tagged(generation_now(), (uint64_t)ms);
}

static void test_opening_needs_failures_of_enough_processes(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;

	config.min_failing_workers = 3;
	world_open_shaped(&config, 8, 1);
	calls(BW_BREAKER_FAILURE, 10, 1);
	expect_state(BW_BREAKER_CLOSED);
	/* Two threads of one other process are one process. */
	fail_as(other_slot(3), other_slot(3), 1);
	fail_as(other_slot(4), other_slot(3), 1);
	calls(BW_BREAKER_FAILURE, 1, 1);
	expect_state(BW_BREAKER_CLOSED);
	fail_as(other_slot(4), other_slot(4), 1);
	calls(BW_BREAKER_FAILURE, 1, 1);
	expect_state(BW_BREAKER_OPEN);
}

static void test_a_worker_with_an_impossible_leader_is_a_process_of_its_own(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;

	config.min_failing_workers = 3;
	world_open_shaped(&config, 8, 1);
	fail_as(other_slot(3), 4711, 1);
	fail_as(other_slot(4), UINT32_MAX, 1);
	calls(BW_BREAKER_FAILURE, 5, 1);
	expect_state(BW_BREAKER_OPEN);
}

static void test_old_failures_are_no_part_of_the_quorum(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;

	config.min_failing_workers = 2;
	world_open_shaped(&config, 8, 1);
	fail_as(other_slot(3), other_slot(3), 1000);
	calls(BW_BREAKER_FAILURE, 10, 61000);
	expect_state(BW_BREAKER_CLOSED);
	/* Of the window before, and of the cycle before. */
	fail_as(other_slot(3), other_slot(3), 61000);
	bw_breaker_reset(world.breaker);
	calls(BW_BREAKER_FAILURE, 10, 61000);
	expect_state(BW_BREAKER_CLOSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		breaker_test(test_a_new_breaker_is_closed_and_its_window_empty),
		breaker_test(test_consecutive_opens_at_the_threshold),
		breaker_test(test_a_success_ends_the_run),
		breaker_test(test_failure_rate_opens_at_the_threshold_and_the_minimum_is_inclusive),
		breaker_test(test_only_a_failing_outcome_is_a_reason_to_judge),
		breaker_test(test_rates_are_compared_as_integers),
		breaker_test(test_timeout_rate_uses_the_timeout_threshold),
		breaker_test(test_a_slow_success_is_no_timeout_unless_it_counts),
		breaker_test(test_slow_successes_open_a_combined_breaker_too),
		breaker_test(test_combined_opens_for_any_of_the_three),
		breaker_test(test_other_outcomes_leave_run_and_rates_alone),
		breaker_test(test_a_negative_duration_counts_as_zero),
		breaker_test(test_an_open_breaker_rejects_until_the_recovery_timeout),
		breaker_test(test_an_opening_within_a_millisecond_is_rounded_down),
		breaker_test(test_reading_never_transitions),
		breaker_test(test_a_retry_time_of_zero_stays_zero),
		breaker_test(test_the_open_period_runs_from_the_opening),
		breaker_test(test_reopenings_in_a_row_lengthen_the_open_period),
		breaker_test(test_jitter_draws_the_open_period_from_around_it),
		breaker_test(test_open_for_serves_retry_after),
		breaker_test(test_open_for_leaves_overrides_alone),
		breaker_test(test_open_for_is_no_reopening),
		breaker_test(test_failures_within_the_lump_count_once),
		breaker_test(test_a_lump_does_not_outlive_its_cycle),
		breaker_test(test_a_lumped_probe_reopens_all_the_same),
		breaker_test(test_opening_needs_failures_of_enough_processes),
		breaker_test(test_a_worker_with_an_impossible_leader_is_a_process_of_its_own),
		breaker_test(test_old_failures_are_no_part_of_the_quorum),
	};

	return cmocka_run_group_tests_name("breaker: opening", tests, NULL, NULL);
}
