/* test_breaker_states.c - generations, overrides, metrics and new configurations: one test for each
 * rule of docs/internals/breaker.md, on a fake clock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/breaker_builder.h"

static void test_every_transition_reset_and_override_bumps_the_generation(void **state)
{
	struct bw_breaker breaker = breaker_default();
	uint32_t last = breaker.generation;
	void (*const moves[])(struct bw_breaker *, struct bw_mono) = {
		bw_breaker_reset,   bw_breaker_reset,  bw_breaker_force_open,   bw_breaker_enable,
		bw_breaker_disable, bw_breaker_enable, bw_breaker_metrics_only, bw_breaker_enable,
	};

	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
		moves[i](&breaker, at_ms(1));
		assert_int_equal(breaker.generation, ++last);
	}
	calls(&breaker, BW_BREAKER_FAILURE, 5, 1);
	assert_int_equal(breaker.generation, ++last);
	calls(&breaker, BW_BREAKER_IGNORED, 1, 60001);
	assert_int_equal(breaker.generation, ++last);
	calls(&breaker, BW_BREAKER_SUCCESS, 3, 60001);
	assert_int_equal(breaker.generation, ++last);
}

static void test_the_generation_is_never_zero(void **state)
{
	struct bw_breaker breaker = breaker_default();

	breaker.generation = UINT32_MAX;
	bw_breaker_reset(&breaker, at_ms(1));
	assert_int_equal(breaker.generation, 1);
	calls(&breaker, BW_BREAKER_SUCCESS, 2, 1);
	assert_int_equal(look(&breaker, 1).window.total_calls, 2);
}

static void test_reset_closes_empties_the_window_and_keeps_lifetime_totals(void **state)
{
	struct bw_breaker breaker = breaker_open();
	struct bw_breaker_snapshot seen;

	bw_breaker_reset(&breaker, at_ms(11000));
	seen = look(&breaker, 11000);
	assert_int_equal(seen.state, BW_BREAKER_CLOSED);
	assert_int_equal(seen.window.total_calls, 0);
	assert_int_equal(seen.consecutive_failures, 0);
	assert_int_equal(seen.lifetime.admitted, 5);
	assert_int_equal(seen.lifetime.failure, 5);
	calls(&breaker, BW_BREAKER_FAILURE, 4, 11001);
	expect_state(&breaker, BW_BREAKER_CLOSED);
}

static void test_reset_makes_calls_in_flight_late(void **state)
{
	struct bw_breaker breaker = breaker_default();
	struct bw_breaker_ticket ticket = bw_breaker_acquire(&breaker, at_ms(1));

	bw_breaker_reset(&breaker, at_ms(2));
	assert_false(bw_breaker_record(&breaker, &ticket, BW_BREAKER_FAILURE, 1, at_ms(3)));
	assert_int_equal(look(&breaker, 3).window.total_calls, 0);
}

static void test_forced_open_never_times_out(void **state)
{
	struct bw_breaker breaker = breaker_default();
	struct bw_breaker_ticket ticket;

	bw_breaker_force_open(&breaker, at_ms(0));
	ticket = bw_breaker_acquire(&breaker, at_ms(INT64_C(86400) * 1000 * 365));
	assert_false(ticket.admitted);
	assert_int_equal(ticket.reason, BW_BREAKER_REJECTED_FORCED_OPEN);
	assert_false(look(&breaker, 1).has_retry);
	assert_int_equal(breaker.lifetime.rejected, 1);
	bw_breaker_enable(&breaker, at_ms(1));
	expect_state(&breaker, BW_BREAKER_CLOSED);
}

static void test_disabled_admits_all_and_keeps_lifetime_totals_only(void **state)
{
	struct bw_breaker breaker = breaker_open();
	struct bw_breaker_snapshot before;

	bw_breaker_disable(&breaker, at_ms(11000));
	before = look(&breaker, 11000);
	calls(&breaker, BW_BREAKER_FAILURE, 50, 11000);
	expect_state(&breaker, BW_BREAKER_DISABLED);
	assert_int_equal(look(&breaker, 11000).window.total_calls, before.window.total_calls);
	assert_int_equal(look(&breaker, 11000).lifetime.failure, 55);
}

static void test_metrics_only_records_and_never_opens(void **state)
{
	struct bw_breaker breaker = breaker_default();

	bw_breaker_metrics_only(&breaker, at_ms(0));
	calls(&breaker, BW_BREAKER_FAILURE, 50, 1);
	expect_state(&breaker, BW_BREAKER_METRICS_ONLY);
	assert_int_equal(look(&breaker, 1).window.total_calls, 50);
	assert_int_equal(look(&breaker, 1).consecutive_failures, 50);
}

static void test_enable_touches_no_state_but_the_overrides(void **state)
{
	struct bw_breaker breaker = breaker_open();
	uint32_t generation = breaker.generation;

	bw_breaker_enable(&breaker, at_ms(10001));
	expect_state(&breaker, BW_BREAKER_OPEN);
	assert_int_equal(breaker.generation, generation);
}

static void test_rejections_never_enter_the_rates(void **state)
{
	struct bw_breaker breaker = breaker_open();

	for (int i = 0; i < 100; i++) {
		struct bw_breaker_ticket ticket = bw_breaker_acquire(&breaker, at_ms(20000));

		assert_false(
			bw_breaker_record(&breaker, &ticket, BW_BREAKER_FAILURE, 1, at_ms(20000)));
	}
	assert_int_equal(look(&breaker, 20000).window.total_calls, 5);
	assert_int_equal(breaker.lifetime.rejected, 100);
	assert_int_equal(breaker.lifetime.failure, 5);
}

static void test_metrics_of_the_window(void **state)
{
	struct bw_breaker breaker = breaker_default();
	struct bw_breaker_snapshot seen;

	call(&breaker, BW_BREAKER_SUCCESS, 100, 1000);
	call(&breaker, BW_BREAKER_FAILURE, 11000, 2000);
	call(&breaker, BW_BREAKER_TIMEOUT, 300, 3000);
	call(&breaker, BW_BREAKER_SUCCESS, 200, 4000);
	seen = look(&breaker, 5000);
	assert_int_equal(seen.window.total_calls, 4);
	assert_true(seen.window.success_rate == 0.5);
	assert_true(seen.window.failure_rate == 0.5);
	assert_true(seen.window.timeout_rate == 0.5);
	assert_true(seen.window.avg_response_time_s == 2.9);
	assert_true(seen.window.has_last_failure);
	assert_int_equal(seen.window.last_failure.us, 3000 * MS);
	assert_int_equal(seen.lifetime.timeout, 2);
	assert_int_equal(seen.lifetime.failure, 2);
	assert_false(look(&breaker, 90000).window.has_last_failure);
}

static void test_an_open_breaker_still_shows_why(void **state)
{
	struct bw_breaker breaker = breaker_open();
	struct bw_breaker_snapshot seen = look(&breaker, 20000);

	assert_int_equal(seen.window.total_calls, 5);
	assert_true(seen.window.failure_rate == 1.0);
	assert_int_equal(seen.consecutive_failures, 5);
	assert_true(seen.has_transition);
	assert_int_equal(seen.changed_at.us, 10000 * MS);
}

static void test_uptime_is_the_share_of_the_window_spent_closed(void **state)
{
	struct bw_breaker breaker = breaker_open();

	assert_true(look(&breaker, 10000).window.uptime_percentage == 100.0);
	assert_true(look(&breaker, 40000).window.uptime_percentage == 50.0);
	assert_true(look(&breaker, 70000).window.uptime_percentage == 0.0);
	calls(&breaker, BW_BREAKER_SUCCESS, 3, 73000);
	assert_true(look(&breaker, 88000).window.uptime_percentage == 25.0);
	assert_true(look(&breaker, 133000).window.uptime_percentage == 100.0);
}

static void test_uptime_survives_more_flips_than_it_keeps(void **state)
{
	struct bw_breaker breaker = breaker_default();

	for (int64_t ms = 1000; ms < 100000; ms += 1000) {
		bw_breaker_force_open(&breaker, at_ms(ms));
		bw_breaker_enable(&breaker, at_ms(ms + 500));
	}
	bw_breaker_force_open(&breaker, at_ms(100000));
	assert_true(look(&breaker, 160000).window.uptime_percentage == 0.0);
	assert_true(look(&breaker, 130000).window.uptime_percentage <= 50.0);
}

static void test_configure_keeps_state_and_counts(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;
	struct bw_breaker breaker = breaker_default();

	calls(&breaker, BW_BREAKER_FAILURE, 3, 1000);
	config.failure_threshold = 4;
	assert_int_equal(bw_breaker_configure(&breaker, &config, NULL), BW_OK);
	calls(&breaker, BW_BREAKER_FAILURE, 1, 1000);
	expect_state(&breaker, BW_BREAKER_OPEN);
	config.recovery_timeout_us = 5000 * MS;
	assert_int_equal(bw_breaker_configure(&breaker, &config, NULL), BW_OK);
	assert_int_equal(look(&breaker, 2000).time_until_retry_us, 4000 * MS);
	config.failure_threshold = 0;
	assert_int_equal(bw_breaker_configure(&breaker, &config, NULL), BW_EINVAL);
	assert_int_equal(breaker.config.failure_threshold, 4);
}

static void test_another_window_starts_empty(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;
	struct bw_breaker breaker = breaker_default();

	calls(&breaker, BW_BREAKER_SUCCESS, 3, 100000);
	config.window_us *= 10;
	assert_int_equal(bw_breaker_configure(&breaker, &config, NULL), BW_OK);
	assert_int_equal(look(&breaker, 100000).window.total_calls, 0);
	calls(&breaker, BW_BREAKER_SUCCESS, 3, 100000);
	assert_int_equal(look(&breaker, 600000).window.total_calls, 3);
}

static void test_a_lower_success_threshold_never_leaves_it_half_open(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;
	struct bw_breaker breaker = breaker_open();

	calls(&breaker, BW_BREAKER_SUCCESS, 2, 70000);
	config.success_threshold = 1;
	assert_int_equal(bw_breaker_configure(&breaker, &config, NULL), BW_OK);
	calls(&breaker, BW_BREAKER_SUCCESS, 1, 70001);
	expect_state(&breaker, BW_BREAKER_CLOSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_transition_reset_and_override_bumps_the_generation),
		cmocka_unit_test(test_the_generation_is_never_zero),
		cmocka_unit_test(test_reset_closes_empties_the_window_and_keeps_lifetime_totals),
		cmocka_unit_test(test_reset_makes_calls_in_flight_late),
		cmocka_unit_test(test_forced_open_never_times_out),
		cmocka_unit_test(test_disabled_admits_all_and_keeps_lifetime_totals_only),
		cmocka_unit_test(test_metrics_only_records_and_never_opens),
		cmocka_unit_test(test_enable_touches_no_state_but_the_overrides),
		cmocka_unit_test(test_rejections_never_enter_the_rates),
		cmocka_unit_test(test_metrics_of_the_window),
		cmocka_unit_test(test_an_open_breaker_still_shows_why),
		cmocka_unit_test(test_uptime_is_the_share_of_the_window_spent_closed),
		cmocka_unit_test(test_uptime_survives_more_flips_than_it_keeps),
		cmocka_unit_test(test_configure_keeps_state_and_counts),
		cmocka_unit_test(test_another_window_starts_empty),
		cmocka_unit_test(test_a_lower_success_threshold_never_leaves_it_half_open),
	};

	return cmocka_run_group_tests_name("breaker states", tests, NULL, NULL);
}
