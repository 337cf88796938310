/* test_breaker_rule.c - limits, open periods, texts and the check of a configuration. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "core/breaker_rule.h"

#define YEAR_US (365 * 86400 * BW_SECOND_US)

static struct bw_breaker_config good(void)
{
	return bw_breaker_config_default;
}

static void expect_refused(const struct bw_breaker_config *config, const char *name)
{
	struct bw_error err = { "" };

	assert_int_equal(bw_breaker_config_check(config, &err), BW_EINVAL);
	assert_non_null(strstr(err.text, name));
	assert_int_equal(bw_breaker_config_check(config, NULL), BW_EINVAL);
}

#define REFUSE(member, value, name)                                                                \
	do {                                                                                       \
		struct bw_breaker_config config = good();                                          \
		config.member = value;                                                             \
		expect_refused(&config, name);                                                     \
	} while (0)

#define ACCEPT(member, value)                                                                      \
	do {                                                                                       \
		struct bw_breaker_config config = good();                                          \
		config.member = value;                                                             \
		assert_int_equal(bw_breaker_config_check(&config, NULL), BW_OK);                   \
	} while (0)

static void test_bad_configurations_are_refused_by_name(void **state)
{
	expect_refused(NULL, "no configuration");
	REFUSE(strategy, (enum bw_breaker_strategy)4, "strategy");
	REFUSE(failure_threshold, 0, "failure_threshold");
	REFUSE(failure_threshold, 1000001, "failure_threshold");
	REFUSE(failure_rate_threshold, 0, "failure_rate_threshold");
	REFUSE(failure_rate_threshold, 1.01, "failure_rate_threshold");
	REFUSE(failure_rate_threshold, NAN, "failure_rate_threshold");
	REFUSE(timeout_threshold_us, 0, "timeout_threshold");
	REFUSE(timeout_threshold_us, YEAR_US + 1, "timeout_threshold");
	REFUSE(recovery_timeout_us, -1, "recovery_timeout");
	REFUSE(success_threshold, 0, "success_threshold");
	REFUSE(window_us, 59, "window");
	REFUSE(window_us, INT64_MAX, "window");
	REFUSE(minimum_calls, 0, "minimum_calls");
	REFUSE(max_probes, -1, "max_probes");
	REFUSE(max_probes, 9, "max_probes");
	REFUSE(retry_multiplier, 0.99, "retry_multiplier");
	REFUSE(retry_multiplier, INFINITY, "retry_multiplier");
	REFUSE(retry_multiplier, NAN, "retry_multiplier");
	REFUSE(retry_jitter, -0.1, "retry_jitter");
	REFUSE(retry_jitter, 1.1, "retry_jitter");
	REFUSE(retry_jitter, NAN, "retry_jitter");
	REFUSE(max_open_us, -1, "max_open");
	REFUSE(lump_us, -1, "lump");
	REFUSE(min_failing_workers, 0, "min_failing_workers");
	REFUSE(min_failing_workers, 65, "min_failing_workers");
	REFUSE(slow_threshold_us, -1, "slow_threshold");
}

static void test_the_limits_themselves_are_allowed(void **state)
{
	ACCEPT(failure_threshold, 1000000);
	ACCEPT(failure_rate_threshold, 1);
	ACCEPT(timeout_threshold_us, 1);
	ACCEPT(timeout_threshold_us, YEAR_US);
	ACCEPT(recovery_timeout_us, 0);
	ACCEPT(window_us, 60);
	ACCEPT(max_probes, 8);
	ACCEPT(retry_jitter, 1);
	ACCEPT(min_failing_workers, 64);
	ACCEPT(slow_threshold_us, 1);
}

static void test_every_comparison_is_at_least(void **state)
{
	static const struct {
		enum bw_breaker_strategy strategy;
		struct bw_breaker_sums sums;
		bool trips;
		enum bw_breaker_cause cause;
	} rows[] = {
		{ BW_BREAKER_CONSECUTIVE, { 5, 5, 5, 5 }, true, BW_BREAKER_BY_CONSECUTIVE },
		{ BW_BREAKER_CONSECUTIVE, { 4, 9, 9, 9 }, false, 0 },
		{ BW_BREAKER_FAILURE_RATE, { 9, 10, 5, 0 }, true, BW_BREAKER_BY_FAILURE_RATE },
		{ BW_BREAKER_FAILURE_RATE, { 9, 11, 5, 9 }, false, 0 },
		{ BW_BREAKER_FAILURE_RATE, { 9, 9, 9, 9 }, false, 0 },
		{ BW_BREAKER_TIMEOUT_RATE, { 9, 10, 9, 5 }, true, BW_BREAKER_BY_TIMEOUT_RATE },
		{ BW_BREAKER_TIMEOUT_RATE, { 9, 10, 9, 4 }, false, 0 },
		{ BW_BREAKER_COMBINED, { 5, 10, 5, 5 }, true, BW_BREAKER_BY_CONSECUTIVE },
		{ BW_BREAKER_COMBINED, { 4, 10, 5, 5 }, true, BW_BREAKER_BY_FAILURE_RATE },
		{ BW_BREAKER_COMBINED, { 4, 10, 4, 5 }, true, BW_BREAKER_BY_TIMEOUT_RATE },
		{ BW_BREAKER_COMBINED, { 4, 10, 4, 4 }, false, 0 },
		{ BW_BREAKER_COMBINED, { 0, 0, 0, 0 }, false, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct bw_breaker_limits limits = { rows[i].strategy, 5, 10, 5000 };
		enum bw_breaker_cause cause = BW_BREAKER_BY_RESET;

		assert_int_equal(bw_breaker_trips(&limits, &rows[i].sums, &cause), rows[i].trips);
		assert_int_equal(cause, rows[i].trips ? rows[i].cause : BW_BREAKER_BY_RESET);
	}
}

static void test_the_open_period_grows_to_its_maximum_and_is_drawn_around_it(void **state)
{
	static const struct {
		struct bw_breaker_retry retry;
		uint64_t reopens;
		double random;
		int64_t us;
	} rows[] = {
		{ { 60000000, 0, 1, 0 }, 0, 0.9, 60000000 },
		{ { 60000000, 0, 1, 0 }, 1000000000, 0.9, 60000000 },
		{ { 60000000, 0, 2, 0 }, 0, 0, 60000000 },
		{ { 60000000, 0, 2, 0 }, 3, 0, 480000000 },
		{ { 60000000, 300000000, 2, 0 }, 3, 0, 300000000 },
		{ { 10000000, 0, 1.15, 0 }, 2, 0, 13225000 }, /* a hair less, as a double */
		{ { 60000000, 30000000, 1, 0 }, 0, 0, 30000000 },
		{ { 60000000, 0, 2, 0 }, UINT64_MAX, 0, 4 * YEAR_US },
		{ { 60000000, 0, 1, 0.5 }, 0, 0, 30000000 },
		{ { 60000000, 0, 1, 0.5 }, 0, 0.5, 60000000 },
		{ { 60000000, 60000000, 2, 0.5 }, 5, 0.75, 75000000 },
		{ { 60000000, 0, 1, 1 }, 0, 0, 0 },
		{ { 0, 0, 2, 1 }, 9, 0.7, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
			bw_breaker_open_period_us(&rows[i].retry, rows[i].reopens, rows[i].random),
			rows[i].us);
}

static void test_every_text_and_none_for_what_is_none(void **state)
{
	assert_string_equal(bw_breaker_state_text(BW_BREAKER_METRICS_ONLY), "metrics_only");
	assert_string_equal(bw_breaker_state_text((enum bw_breaker_state)6), "unknown");
	assert_string_equal(bw_breaker_reason_text(BW_BREAKER_REJECTED_FORCED_OPEN), "forced_open");
	assert_string_equal(bw_breaker_reason_text((enum bw_breaker_reason)4), "unknown");
	assert_string_equal(bw_breaker_outcome_text(BW_BREAKER_REJECTED_LOCAL), "rejected_local");
	assert_string_equal(bw_breaker_outcome_text((enum bw_breaker_outcome) - 1), "unknown");
	assert_string_equal(bw_breaker_strategy_text(BW_BREAKER_COMBINED), "combined");
	assert_string_equal(bw_breaker_strategy_text((enum bw_breaker_strategy)99), "unknown");
	assert_string_equal(bw_breaker_cause_text(BW_BREAKER_BY_CONSECUTIVE),
			    "consecutive_failures");
	assert_string_equal(bw_breaker_cause_text(BW_BREAKER_WOULD_HAVE_OPENED),
			    "would_have_opened");
	assert_string_equal(bw_breaker_cause_text((enum bw_breaker_cause)13), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_configurations_are_refused_by_name),
		cmocka_unit_test(test_the_limits_themselves_are_allowed),
		cmocka_unit_test(test_every_comparison_is_at_least),
		cmocka_unit_test(test_the_open_period_grows_to_its_maximum_and_is_drawn_around_it),
		cmocka_unit_test(test_every_text_and_none_for_what_is_none),
	};

	return cmocka_run_group_tests_name("breaker rule", tests, NULL, NULL);
}
