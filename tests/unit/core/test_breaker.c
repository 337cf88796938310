/* test_breaker.c - opening, half-open and probes: one test for each rule of
 * docs/internals/breaker.md, on a fake clock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/breaker_builder.h"

static void test_bad_configurations_are_refused(void **state)
{
	struct bw_breaker_config good = bw_breaker_config_default;
	struct bw_breaker_config bad[12];
	struct bw_breaker breaker;
	struct bw_error err;

	for (size_t i = 0; i < 12; i++)
		bad[i] = good;
	bad[0].failure_threshold = 0;
	bad[1].failure_rate_threshold = 0;
	bad[2].failure_rate_threshold = 1.01;
	bad[3].failure_rate_threshold = 0.0 / 0.0;
	bad[4].timeout_threshold_us = 0;
	bad[5].recovery_timeout_us = -1;
	bad[6].success_threshold = 0;
	bad[7].window_us = 59;
	bad[8].minimum_calls = 0;
	bad[9].max_probes = 9;
	bad[10].strategy = (enum bw_breaker_strategy)4;
	bad[11].window_us = INT64_MAX;
	for (size_t i = 0; i < 12; i++) {
		err.text[0] = '\0';
		assert_int_equal(bw_breaker_init(&breaker, &bad[i], at_ms(0), &err), BW_EINVAL);
		assert_int_not_equal(err.text[0], '\0');
	}
}

static void test_a_new_breaker_is_closed_and_its_window_empty(void **state)
{
	struct bw_breaker breaker = breaker_default();
	struct bw_breaker_snapshot seen = look(&breaker, 5000);

	assert_int_equal(seen.state, BW_BREAKER_CLOSED);
	assert_int_equal(seen.window.total_calls, 0);
	assert_true(seen.window.success_rate == 1.0);
	assert_true(seen.window.failure_rate == 0.0);
	assert_true(seen.window.uptime_percentage == 100.0);
	assert_false(seen.has_retry);
	assert_false(seen.window.has_last_failure);
}

static void test_consecutive_opens_at_the_threshold(void **state)
{
	struct bw_breaker_config config = config_of(BW_BREAKER_CONSECUTIVE);
	struct bw_breaker breaker = breaker_of(&config);

	calls(&breaker, BW_BREAKER_FAILURE, 4, 1);
	expect_state(&breaker, BW_BREAKER_CLOSED);
	calls(&breaker, BW_BREAKER_SUCCESS, 1, 1);
	calls(&breaker, BW_BREAKER_TIMEOUT, 4, 1);
	expect_state(&breaker, BW_BREAKER_CLOSED);
	calls(&breaker, BW_BREAKER_TIMEOUT, 1, 1);
	expect_state(&breaker, BW_BREAKER_OPEN);
}

static void test_failure_rate_opens_at_the_threshold_and_the_minimum_is_inclusive(void **state)
{
	struct bw_breaker_config config = config_of(BW_BREAKER_FAILURE_RATE);
	struct bw_breaker breaker = breaker_of(&config);

	calls(&breaker, BW_BREAKER_FAILURE, 4, 1);
	expect_state(&breaker, BW_BREAKER_CLOSED);
	calls(&breaker, BW_BREAKER_FAILURE, 1, 1);
	expect_state(&breaker, BW_BREAKER_OPEN);

	breaker = breaker_of(&config);
	calls(&breaker, BW_BREAKER_SUCCESS, 5, 1);
	calls(&breaker, BW_BREAKER_FAILURE, 4, 1);
	expect_state(&breaker, BW_BREAKER_CLOSED);
	calls(&breaker, BW_BREAKER_FAILURE, 1, 1);
	expect_state(&breaker, BW_BREAKER_OPEN);
}

static void test_only_a_failing_outcome_is_a_reason_to_judge(void **state)
{
	struct bw_breaker_config config = config_of(BW_BREAKER_FAILURE_RATE);
	struct bw_breaker breaker = breaker_of(&config);

	calls(&breaker, BW_BREAKER_FAILURE, 4, 1);
	calls(&breaker, BW_BREAKER_SUCCESS, 1, 1);
	expect_state(&breaker, BW_BREAKER_CLOSED);
	calls(&breaker, BW_BREAKER_FAILURE, 1, 1);
	expect_state(&breaker, BW_BREAKER_OPEN);
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
		struct bw_breaker breaker;

		config.failure_rate_threshold = rows[i].threshold;
		config.minimum_calls = rows[i].ok + rows[i].failed;
		breaker = breaker_of(&config);
		calls(&breaker, BW_BREAKER_SUCCESS, rows[i].ok, 1);
		calls(&breaker, BW_BREAKER_FAILURE, rows[i].failed, 1);
		expect_state(&breaker, rows[i].opens ? BW_BREAKER_OPEN : BW_BREAKER_CLOSED);
	}
}

static void test_timeout_rate_uses_the_timeout_threshold(void **state)
{
	struct bw_breaker_config config = config_of(BW_BREAKER_TIMEOUT_RATE);
	struct bw_breaker breaker;

	config.timeout_threshold_us = 200 * MS;
	breaker = breaker_of(&config);
	for (int i = 0; i < 20; i++)
		call(&breaker, BW_BREAKER_FAILURE, 199, 1);
	expect_state(&breaker, BW_BREAKER_CLOSED);
	for (int i = 0; i < 20; i++) {
		expect_state(&breaker, BW_BREAKER_CLOSED);
		call(&breaker, BW_BREAKER_FAILURE, 200, 1);
	}
	expect_state(&breaker, BW_BREAKER_OPEN);
}

static void test_a_slow_success_is_no_timeout(void **state)
{
	struct bw_breaker_config config = config_of(BW_BREAKER_TIMEOUT_RATE);
	struct bw_breaker breaker = breaker_of(&config);

	for (int i = 0; i < 10; i++)
		call(&breaker, BW_BREAKER_SUCCESS, 60000, 1);
	assert_true(look(&breaker, 1).window.timeout_rate == 0.0);
	expect_state(&breaker, BW_BREAKER_CLOSED);
}

static void test_combined_opens_for_any_of_the_three(void **state)
{
	struct bw_breaker_config config = config_of(BW_BREAKER_COMBINED);
	struct bw_breaker breaker;

	config.minimum_calls = 6;
	breaker = breaker_of(&config);
	calls(&breaker, BW_BREAKER_FAILURE, 5, 1);
	expect_state(&breaker, BW_BREAKER_OPEN);

	breaker = breaker_of(&config);
	for (int i = 0; i < 3; i++) {
		expect_state(&breaker, BW_BREAKER_CLOSED);
		calls(&breaker, BW_BREAKER_SUCCESS, 1, 1);
		calls(&breaker, BW_BREAKER_FAILURE, 1, 1);
	}
	expect_state(&breaker, BW_BREAKER_OPEN);
}

static void test_calls_leave_the_window(void **state)
{
	struct bw_breaker_config config = config_of(BW_BREAKER_FAILURE_RATE);
	struct bw_breaker breaker = breaker_of(&config);

	calls(&breaker, BW_BREAKER_FAILURE, 4, 500);
	assert_int_equal(look(&breaker, 59999).window.total_calls, 4);
	assert_int_equal(look(&breaker, 60000).window.total_calls, 0);
	calls(&breaker, BW_BREAKER_FAILURE, 4, 60000);
	expect_state(&breaker, BW_BREAKER_CLOSED);
}

static void test_a_reused_bucket_starts_at_zero(void **state)
{
	struct bw_breaker breaker = breaker_default();

	calls(&breaker, BW_BREAKER_SUCCESS, 7, 1500);
	calls(&breaker, BW_BREAKER_SUCCESS, 2, 1500 + 64000);
	assert_int_equal(look(&breaker, 65500).window.total_calls, 2);
}

static void test_time_never_moves_the_window_back(void **state)
{
	struct bw_breaker_config config = config_of(BW_BREAKER_FAILURE_RATE);
	struct bw_breaker breaker = breaker_of(&config);

	calls(&breaker, BW_BREAKER_FAILURE, 3, 100000);
	assert_int_equal(look(&breaker, 20000).window.total_calls, 3);
	calls(&breaker, BW_BREAKER_SUCCESS, 9, 20000);
	assert_int_equal(look(&breaker, 100000).window.total_calls, 3);
	calls(&breaker, BW_BREAKER_FAILURE, 1, 90000);
	expect_state(&breaker, BW_BREAKER_CLOSED);
	calls(&breaker, BW_BREAKER_FAILURE, 1, 90000);
	expect_state(&breaker, BW_BREAKER_OPEN);
}

static void test_a_clock_from_the_far_future_does_not_block_recording(void **state)
{
	struct bw_breaker breaker = breaker_default();
	int64_t year_ms = INT64_C(365) * 86400 * 1000;

	calls(&breaker, BW_BREAKER_SUCCESS, 1, 10 * year_ms);
	calls(&breaker, BW_BREAKER_SUCCESS, 3, 5000);
	assert_int_equal(look(&breaker, 5000).window.total_calls, 3);
}

static void test_an_open_breaker_rejects_until_the_recovery_timeout(void **state)
{
	struct bw_breaker breaker = breaker_open();
	struct bw_breaker_ticket ticket = bw_breaker_acquire(&breaker, at_ms(30000));

	assert_false(ticket.admitted);
	assert_int_equal(ticket.reason, BW_BREAKER_REJECTED_OPEN);
	assert_string_equal(bw_breaker_reason_text(ticket.reason), "open");
	assert_int_equal(ticket.retry_after_us, 40000 * MS);
	ticket = bw_breaker_acquire(&breaker, (struct bw_mono){ 69999999 });
	assert_false(ticket.admitted);
	assert_int_equal(ticket.retry_after_us, 1);
	assert_true(bw_breaker_acquire(&breaker, at_ms(70000)).admitted);
	expect_state(&breaker, BW_BREAKER_HALF_OPEN);
}

static void test_reading_never_transitions(void **state)
{
	struct bw_breaker breaker = breaker_open();
	struct bw_breaker_snapshot seen = look(&breaker, 69999);

	assert_true(seen.has_retry);
	assert_false(seen.retry_due);
	assert_int_equal(seen.time_until_retry_us, 1000);
	seen = look(&breaker, 500000);
	assert_int_equal(seen.state, BW_BREAKER_OPEN);
	assert_true(seen.retry_due);
	assert_int_equal(seen.time_until_retry_us, 0);
}

static void test_a_retry_time_of_zero_stays_zero(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;
	struct bw_breaker breaker;
	struct bw_breaker_snapshot seen;

	config.recovery_timeout_us = 0;
	breaker = breaker_of(&config);
	calls(&breaker, BW_BREAKER_FAILURE, 5, 10);
	seen = look(&breaker, 10);
	assert_int_equal(seen.state, BW_BREAKER_OPEN);
	assert_true(seen.has_retry && seen.retry_due);
	assert_int_equal(seen.time_until_retry_us, 0);
	assert_true(bw_breaker_acquire(&breaker, at_ms(10)).admitted);
}

static void test_a_late_failure_does_not_lengthen_the_open_period(void **state)
{
	struct bw_breaker breaker = breaker_default();
	struct bw_breaker_ticket slow = bw_breaker_acquire(&breaker, at_ms(1));

	calls(&breaker, BW_BREAKER_FAILURE, 5, 10000);
	assert_false(
		bw_breaker_record(&breaker, &slow, BW_BREAKER_FAILURE, 50000 * MS, at_ms(50000)));
	assert_int_equal(look(&breaker, 50000).time_until_retry_us, 20000 * MS);
	assert_int_equal(look(&breaker, 50000).window.total_calls, 5);
	assert_int_equal(breaker.lifetime.late, 1);
	assert_int_equal(breaker.lifetime.failure, 6);
}

static void test_a_late_success_does_not_close(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;
	struct bw_breaker breaker;
	struct bw_breaker_ticket slow;

	config.success_threshold = 1;
	breaker = breaker_of(&config);
	slow = bw_breaker_acquire(&breaker, at_ms(1));
	calls(&breaker, BW_BREAKER_FAILURE, 5, 10000);
	assert_true(bw_breaker_acquire(&breaker, at_ms(70000)).admitted);
	assert_false(bw_breaker_record(&breaker, &slow, BW_BREAKER_SUCCESS, 1, at_ms(70001)));
	expect_state(&breaker, BW_BREAKER_HALF_OPEN);
	assert_int_equal(look(&breaker, 70001).probes_in_flight, 1);
}

static void test_half_open_closes_after_enough_successes_with_an_empty_window(void **state)
{
	struct bw_breaker breaker = breaker_open();

	calls(&breaker, BW_BREAKER_SUCCESS, 2, 70000);
	expect_state(&breaker, BW_BREAKER_HALF_OPEN);
	calls(&breaker, BW_BREAKER_SUCCESS, 1, 70000);
	expect_state(&breaker, BW_BREAKER_CLOSED);
	assert_int_equal(look(&breaker, 70000).window.total_calls, 0);
	assert_int_equal(look(&breaker, 70000).consecutive_failures, 0);
	calls(&breaker, BW_BREAKER_FAILURE, 4, 70001);
	expect_state(&breaker, BW_BREAKER_CLOSED);
}

static void test_any_failure_in_half_open_reopens(void **state)
{
	struct bw_breaker_ticket probe;
	struct bw_breaker breaker = breaker_half_open(&probe);

	calls(&breaker, BW_BREAKER_SUCCESS, 1, 70001);
	assert_true(bw_breaker_record(&breaker, &probe, BW_BREAKER_TIMEOUT, 1, at_ms(71000)));
	expect_state(&breaker, BW_BREAKER_OPEN);
	assert_int_equal(look(&breaker, 71000).time_until_retry_us, 60000 * MS);
}

static void test_probes_in_flight_and_successes_never_pass_the_threshold(void **state)
{
	struct bw_breaker_ticket probe;
	struct bw_breaker breaker = breaker_half_open(&probe);
	struct bw_breaker_ticket ticket;

	assert_true(bw_breaker_acquire(&breaker, at_ms(70001)).admitted);
	assert_true(bw_breaker_acquire(&breaker, at_ms(70001)).admitted);
	ticket = bw_breaker_acquire(&breaker, at_ms(70001));
	assert_false(ticket.admitted);
	assert_int_equal(ticket.reason, BW_BREAKER_REJECTED_HALF_OPEN_FULL);
	assert_true(bw_breaker_record(&breaker, &probe, BW_BREAKER_SUCCESS, 1, at_ms(70002)));
	assert_false(bw_breaker_acquire(&breaker, at_ms(70002)).admitted);
	assert_int_equal(look(&breaker, 70002).probes_in_flight, 2);
}

static void test_max_probes_limits_what_is_in_flight(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;
	struct bw_breaker breaker;

	config.max_probes = 1;
	breaker = breaker_of(&config);
	calls(&breaker, BW_BREAKER_FAILURE, 5, 0);
	for (int i = 0; i < 3; i++) {
		struct bw_breaker_ticket probe = bw_breaker_acquire(&breaker, at_ms(60000));

		assert_true(probe.admitted);
		assert_false(bw_breaker_acquire(&breaker, at_ms(60000)).admitted);
		bw_breaker_record(&breaker, &probe, BW_BREAKER_SUCCESS, 1, at_ms(60000));
	}
	expect_state(&breaker, BW_BREAKER_CLOSED);
}

static void test_more_successes_than_leases_still_close(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;
	struct bw_breaker breaker;

	config.success_threshold = 20;
	breaker = breaker_of(&config);
	calls(&breaker, BW_BREAKER_FAILURE, 5, 0);
	for (int i = 0; i < 8; i++)
		assert_true(bw_breaker_acquire(&breaker, at_ms(60000)).admitted);
	assert_false(bw_breaker_acquire(&breaker, at_ms(60000)).admitted);
	calls(&breaker, BW_BREAKER_SUCCESS, 20, 90000);
	expect_state(&breaker, BW_BREAKER_CLOSED);
}

static void test_an_ignored_outcome_records_nothing_and_frees_the_probe(void **state)
{
	static const enum bw_breaker_outcome outcomes[] = {
		BW_BREAKER_IGNORED,
		BW_BREAKER_CANCELLED,
		BW_BREAKER_REJECTED_LOCAL,
	};

	for (size_t i = 0; i < 3; i++) {
		struct bw_breaker_ticket probe;
		struct bw_breaker breaker = breaker_half_open(&probe);

		assert_true(bw_breaker_record(&breaker, &probe, outcomes[i], 1, at_ms(70001)));
		assert_int_equal(look(&breaker, 70001).probes_in_flight, 0);
		expect_state(&breaker, BW_BREAKER_HALF_OPEN);
		assert_int_equal(breaker.lifetime.ignored, 1);

		breaker = breaker_default();
		calls(&breaker, BW_BREAKER_FAILURE, 4, 1);
		calls(&breaker, outcomes[i], 1, 1);
		assert_int_equal(look(&breaker, 1).window.total_calls, 4);
		calls(&breaker, BW_BREAKER_FAILURE, 1, 1);
		expect_state(&breaker, BW_BREAKER_OPEN);
	}
}

static void test_an_expired_lease_is_stolen_and_only_its_owner_frees_it(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;
	struct bw_breaker_ticket lost, thief;
	struct bw_breaker breaker;

	config.max_probes = 1;
	breaker = breaker_of(&config);
	calls(&breaker, BW_BREAKER_FAILURE, 5, 0);
	lost = bw_breaker_acquire(&breaker, at_ms(60000));
	assert_true(lost.admitted);
	assert_int_equal(lost.lease_deadline.us, 71000 * MS);
	assert_false(bw_breaker_acquire(&breaker, at_ms(70999)).admitted);
	thief = bw_breaker_acquire(&breaker, at_ms(71000));
	assert_true(thief.admitted);
	assert_int_equal(thief.lease, lost.lease);
	assert_true(bw_breaker_record(&breaker, &lost, BW_BREAKER_IGNORED, 1, at_ms(71001)));
	assert_int_equal(look(&breaker, 71001).probes_in_flight, 1);
	assert_true(bw_breaker_record(&breaker, &thief, BW_BREAKER_IGNORED, 1, at_ms(71002)));
	assert_int_equal(look(&breaker, 71002).probes_in_flight, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_configurations_are_refused),
		cmocka_unit_test(test_a_new_breaker_is_closed_and_its_window_empty),
		cmocka_unit_test(test_consecutive_opens_at_the_threshold),
		cmocka_unit_test(
			test_failure_rate_opens_at_the_threshold_and_the_minimum_is_inclusive),
		cmocka_unit_test(test_only_a_failing_outcome_is_a_reason_to_judge),
		cmocka_unit_test(test_rates_are_compared_as_integers),
		cmocka_unit_test(test_timeout_rate_uses_the_timeout_threshold),
		cmocka_unit_test(test_a_slow_success_is_no_timeout),
		cmocka_unit_test(test_combined_opens_for_any_of_the_three),
		cmocka_unit_test(test_calls_leave_the_window),
		cmocka_unit_test(test_a_reused_bucket_starts_at_zero),
		cmocka_unit_test(test_time_never_moves_the_window_back),
		cmocka_unit_test(test_a_clock_from_the_far_future_does_not_block_recording),
		cmocka_unit_test(test_an_open_breaker_rejects_until_the_recovery_timeout),
		cmocka_unit_test(test_reading_never_transitions),
		cmocka_unit_test(test_a_retry_time_of_zero_stays_zero),
		cmocka_unit_test(test_a_late_failure_does_not_lengthen_the_open_period),
		cmocka_unit_test(test_a_late_success_does_not_close),
		cmocka_unit_test(test_half_open_closes_after_enough_successes_with_an_empty_window),
		cmocka_unit_test(test_any_failure_in_half_open_reopens),
		cmocka_unit_test(test_probes_in_flight_and_successes_never_pass_the_threshold),
		cmocka_unit_test(test_max_probes_limits_what_is_in_flight),
		cmocka_unit_test(test_more_successes_than_leases_still_close),
		cmocka_unit_test(test_an_ignored_outcome_records_nothing_and_frees_the_probe),
		cmocka_unit_test(test_an_expired_lease_is_stolen_and_only_its_owner_frees_it),
	};

	return cmocka_run_group_tests_name("breaker", tests, NULL, NULL);
}
