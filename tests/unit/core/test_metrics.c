#include "core/dashboard.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/dashboard_builder.h"

static struct bw_metrics metrics_of(const struct bw_dashboard *dashboard)
{
	struct bw_metrics metrics;

	bw_dashboard_metrics(dashboard, &metrics);
	return metrics;
}

static void an_empty_system_is_not_available(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(true);
	struct bw_metrics metrics = metrics_of(dashboard);

	assert_true(metrics.availability_pct == 0);
	assert_true(metrics.breaker_health_pct == 100);
	assert_true(metrics.health_score == 70);
	bw_dashboard_destroy(dashboard);
}

static void thirds_are_rounded(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(true);
	struct bw_metrics metrics;

	build_component(dashboard, "a", "healthy", 1);
	build_component(dashboard, "b", "degraded", 2);
	build_component(dashboard, "c", "unknown", 2);
	build_component(dashboard, "d", "unhealthy", -1);
	build_component(dashboard, "e", "error", -1);
	build_component(dashboard, "f", "unhealthy", -1);
	build_breaker(dashboard, "x", "closed");
	build_breaker(dashboard, "y", "open");
	build_breaker(dashboard, "z", "half_open");
	metrics = metrics_of(dashboard);
	assert_true(metrics.availability_pct == 33.33);
	assert_true(metrics.average_response_ms == 1.67);
	assert_true(metrics.breaker_health_pct == 33.33);
	assert_int_equal(metrics.available_components, 2);
	assert_int_equal(metrics.total_components, 6);
	assert_int_equal(metrics.response_times, 3);
	assert_int_equal(metrics.breakers_closed, 1);
	assert_int_equal(metrics.breakers_total, 3);
	bw_dashboard_destroy(dashboard);
}

static void set_int_response(struct bw_dashboard *dashboard, const char *name, int64_t ms)
{
	const struct bw_component_view view = { .status = "healthy",
						.has_response_time = true,
						.response_time_ms = bw_number_from_int(ms) };

	assert_int_equal(bw_dashboard_set_component(dashboard, name, &view), BW_OK);
}

/* Wanted values are Python's sum(list) / len(list). */
static void large_ints_are_averaged_exactly(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(true);

	set_int_response(dashboard, "a", INT64_C(9007199254740992));
	set_int_response(dashboard, "b", 3);
	set_int_response(dashboard, "c", 8314);
	assert_true(metrics_of(dashboard).average_response_ms == 3002399751583103.0);
	set_int_response(dashboard, "a", -INT64_C(9007199254740993));
	set_int_response(dashboard, "b", -2);
	set_int_response(dashboard, "c", 0);
	assert_true(metrics_of(dashboard).average_response_ms == -3002399751580331.5);
	/* A third of a millisecond decides which way 2^60 + 128 is rounded. */
	set_int_response(dashboard, "a", (INT64_C(1) << 60) + 129);
	set_int_response(dashboard, "b", (INT64_C(1) << 60) + 128);
	set_int_response(dashboard, "c", (INT64_C(1) << 60) + 128);
	assert_true(metrics_of(dashboard).average_response_ms == 0x1p60 + 256);
	set_int_response(dashboard, "a", INT64_MAX);
	set_int_response(dashboard, "b", INT64_MAX);
	set_int_response(dashboard, "c", INT64_MAX);
	assert_true(metrics_of(dashboard).average_response_ms == 0x1p63);
	bw_dashboard_destroy(dashboard);
}

static void unknown_resources_count_as_nothing_earned(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(false);
	struct bw_history_point point;

	build_component(dashboard, "a", "healthy", 1);
	assert_true(metrics_of(dashboard).health_score == 65);
	assert_int_equal(bw_dashboard_sample(dashboard, builder_now, &point), BW_OK);
	assert_true(point.health_score == 65);
	assert_true(isnan(point.cpu_usage.value));
	build_resources(dashboard, 10, 20, 30);
	assert_true(metrics_of(dashboard).health_score == 95);
	assert_int_equal(bw_dashboard_sample(dashboard, builder_now, &point), BW_OK);
	assert_true(point.cpu_usage.value == 10);
	assert_true(point.memory_usage.value == 20);
	assert_int_equal(bw_history_count(bw_dashboard_history(dashboard)), 2);
	bw_dashboard_destroy(dashboard);
}

static void what_was_not_measured_is_no_point(void **state)
{
	struct bw_dashboard *ours = build_dashboard(false), *reference = build_dashboard(true);
	struct bw_history_point point;

	assert_int_equal(bw_dashboard_sample(reference, builder_now, &point), BW_OK);
	assert_true(point.availability == 0 && point.circuit_breaker_health == 100);
	assert_int_equal(bw_dashboard_sample(ours, builder_now, &point), BW_OK);
	assert_true(isnan(point.health_score) && isnan(point.availability));
	assert_true(isnan(point.response_time) && isnan(point.circuit_breaker_health));
	build_breaker(ours, "b", "open");
	assert_int_equal(bw_dashboard_sample(ours, builder_now, &point), BW_OK);
	assert_true(isnan(point.availability) && point.circuit_breaker_health == 0);
	build_component(ours, "a", "unhealthy", 1);
	assert_int_equal(bw_dashboard_sample(ours, builder_now, &point), BW_OK);
	assert_true(point.availability == 0 && !isnan(point.health_score));
	bw_dashboard_destroy(ours);
	bw_dashboard_destroy(reference);
}

static void the_curve_can_be_changed(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(true);
	const struct bw_dashboard_config config = {
		bw_dashboard_config_default.thresholds, BW_RESPONSE_REFERENCE, true, 30, 24, { 0 }
	};

	build_component(dashboard, "a", "healthy", 1000);
	assert_true(metrics_of(dashboard).health_score == 98);
	assert_int_equal(bw_dashboard_configure(dashboard, &config), BW_OK);
	assert_true(metrics_of(dashboard).health_score == 90);
	bw_dashboard_destroy(dashboard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_system_is_not_available),
		cmocka_unit_test(thirds_are_rounded),
		cmocka_unit_test(large_ints_are_averaged_exactly),
		cmocka_unit_test(unknown_resources_count_as_nothing_earned),
		cmocka_unit_test(what_was_not_measured_is_no_point),
		cmocka_unit_test(the_curve_can_be_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
