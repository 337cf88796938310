#include "core/dashboard.h"

#include <math.h>
#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/dashboard_builder.h"

static void assert_contains(struct bw_dashboard *dashboard, const char *part)
{
	char *text = build_document(dashboard);

	if (!strstr(text, part))
		print_error("not found: %s\nin: %s\n", part, text);
	assert_non_null(strstr(text, part));
	free(text);
}

static void bad_configurations_are_refused(void **state)
{
	struct bw_dashboard *dashboard = NULL;
	const struct bw_dashboard_config good = { bw_dashboard_config_default.thresholds,
						  .refresh_interval_s = 1, .retention_hours = 1 };
	struct bw_dashboard_config config = good;

	config.refresh_interval_s = 0;
	assert_int_equal(bw_dashboard_create(&config, &dashboard), BW_EINVAL);
	config = good;
	config.retention_hours = 0;
	assert_int_equal(bw_dashboard_create(&config, &dashboard), BW_EINVAL);
	config = good;
	config.thresholds.cpu_usage = NAN;
	assert_int_equal(bw_dashboard_create(&config, &dashboard), BW_EINVAL);
	assert_null(dashboard);
	dashboard = build_dashboard(false);
	assert_int_equal(bw_dashboard_configure(dashboard, &config), BW_EINVAL);
	assert_int_equal(bw_dashboard_configure(dashboard, &good), BW_OK);
	assert_contains(dashboard, "\"uptime_seconds\":90.0");
	assert_contains(dashboard, "\"auto_refresh_interval\":1");
	bw_dashboard_destroy(dashboard);
	bw_dashboard_destroy(NULL);
}

static void tally_follows_every_change(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(false);
	const struct bw_component_view broken = { .status = "unhealthy", .critical = true };
	struct bw_health_tally tally;

	build_component(dashboard, "a", "healthy", 1);
	build_component(dashboard, "b", "no such word", -1);
	assert_int_equal(bw_dashboard_set_component(dashboard, "c", &broken), BW_OK);
	build_component(dashboard, "a", "degraded", 2);
	bw_dashboard_tally(dashboard, &tally);
	assert_int_equal(tally.total, 3);
	assert_int_equal(tally.count[BW_HEALTH_HEALTHY], 0);
	assert_int_equal(tally.count[BW_HEALTH_DEGRADED], 1);
	assert_int_equal(tally.count[BW_HEALTH_UNKNOWN], 1);
	assert_int_equal(tally.critical_unhealthy, 1);
	bw_dashboard_remove_component(dashboard, "c");
	bw_dashboard_remove_component(dashboard, "never there");
	bw_dashboard_tally(dashboard, &tally);
	assert_int_equal(tally.total, 2);
	assert_int_equal(tally.critical_unhealthy, 0);
	bw_dashboard_clear_components(dashboard);
	bw_dashboard_tally(dashboard, &tally);
	assert_int_equal(tally.total, 0);
	assert_contains(dashboard, "\"components\":{},");
	bw_dashboard_destroy(dashboard);
}

static void order_of_components_is_that_of_coming(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(false);
	const char *json;
	size_t len;

	build_component(dashboard, "z", "healthy", 1);
	build_component(dashboard, "a", "healthy", 1);
	build_component(dashboard, "z", "degraded", 1234.5);
	assert_contains(
		dashboard,
		"\"components\":{\"z\":{\"status\":\"degraded\",\"response_time_ms\":1234.5,"
		"\"last_check\":null,\"has_error\":false,\"error_message\":null},\"a\":{");
	assert_true(bw_dashboard_component_fragment(dashboard, "a", &json, &len));
	assert_memory_equal(json, "{\"status\":\"healthy\"", 19);
	assert_int_equal(json[len - 1], '}');
	assert_false(bw_dashboard_component_fragment(dashboard, "b", &json, &len));
	bw_dashboard_destroy(dashboard);
}

static void extra_members_stand_behind_ours(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(false);
	const struct bw_component_view component = { .status = "healthy",
						     .error = "half \"open\"",
						     .extra_members = "\"kind\":\"redis\"" };
	const struct bw_breaker_view breaker = { .state = "closed",
						 .total_calls = bw_number_from_int(3),
						 .extra_members = "\"x\":1" };
	const struct bw_resources_view resources = { .load_averages = 1,
						     .known = true,
						     .extra_members = "\"cores\":2" };

	assert_int_equal(bw_dashboard_set_component(dashboard, "c", &component), BW_OK);
	assert_int_equal(bw_dashboard_set_breaker(dashboard, "b", &breaker), BW_OK);
	assert_int_equal(bw_dashboard_set_resources(dashboard, &resources), BW_OK);
	assert_int_equal(bw_dashboard_set_resources(dashboard, &resources), BW_OK);
	assert_contains(dashboard, "\"has_error\":true,\"error_message\":\"half \\\"open\\\"\","
				   "\"kind\":\"redis\"}");
	assert_contains(dashboard, "\"total_calls\":3,\"x\":1}");
	assert_contains(dashboard, "\"load_average\":[0.0],\"known\":true,\"cores\":2}");
	bw_dashboard_destroy(dashboard);
}

static void breakers_are_counted_by_state(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(false);
	const char *json;
	size_t len;

	build_breaker(dashboard, "a", "closed");
	build_breaker(dashboard, "b", "open");
	build_breaker(dashboard, "c", "half_open");
	build_breaker(dashboard, "d", "forced_open");
	build_breaker(dashboard, "b", "half_open");
	assert_contains(dashboard,
			"\"circuit_breakers\":{\"total_breakers\":4,\"states\":"
			"{\"closed\":1,\"open\":0,\"half_open\":2},\"breakers\":{\"a\":");
	assert_true(bw_dashboard_breaker_fragment(dashboard, "d", &json, &len));
	assert_memory_equal(json, "{\"state\":\"forced_open\"", 22);
	assert_false(bw_dashboard_breaker_fragment(dashboard, "e", &json, &len));
	bw_dashboard_remove_breaker(dashboard, "c");
	bw_dashboard_remove_breaker(dashboard, "c");
	assert_contains(dashboard, "\"total_breakers\":3,\"states\":{\"closed\":1,\"open\":0,"
				   "\"half_open\":1}");
	bw_dashboard_clear_breakers(dashboard);
	assert_contains(dashboard, "\"states\":{\"closed\":0,\"open\":0,\"half_open\":0},"
				   "\"breakers\":{}}");
	bw_dashboard_destroy(dashboard);
}

static void what_cannot_be_shown_is_refused(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(false);
	const struct bw_component_view no_status = { 0 };
	const struct bw_component_view healthy = { .status = "healthy" };
	const struct bw_breaker_view no_state = { 0 };
	const struct bw_resources_view many = { .load_averages = BW_LOAD_AVERAGES_MAX + 1 };
	char name[4098];

	memset(name, 'n', sizeof(name));
	name[4097] = '\0';
	assert_int_equal(bw_dashboard_set_component(dashboard, "a", &no_status), BW_EINVAL);
	assert_int_equal(bw_dashboard_set_component(dashboard, name, &healthy), BW_EINVAL);
	assert_int_equal(bw_dashboard_set_breaker(dashboard, "a", &no_state), BW_EINVAL);
	assert_int_equal(bw_dashboard_set_resources(dashboard, &many), BW_ELIMIT);
	name[4096] = '\0';
	assert_int_equal(bw_dashboard_set_component(dashboard, name, &healthy), BW_OK);
	bw_dashboard_destroy(dashboard);
}

static void ten_thousand_components_come_and_go(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(false);
	struct bw_health_tally tally;
	char name[32];

	for (int i = 0; i < 10000; i++) {
		(void)snprintf(name, sizeof(name), "component-%d", i);
		build_component(dashboard, name, "healthy", i);
	}
	for (int i = 0; i < 10000; i++) {
		(void)snprintf(name, sizeof(name), "component-%d", i);
		if (i % 3)
			bw_dashboard_remove_component(dashboard, name);
		else
			build_component(dashboard, name, "unhealthy", 0.5);
	}
	bw_dashboard_tally(dashboard, &tally);
	assert_int_equal(tally.total, 3334);
	assert_int_equal(tally.count[BW_HEALTH_UNHEALTHY], 3334);
	assert_contains(dashboard, "\"error_message\":null},\"component-9999\":{");
	assert_contains(dashboard, "\"average_response_time_ms\":0.5");
	bw_dashboard_destroy(dashboard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_configurations_are_refused),
		cmocka_unit_test(tally_follows_every_change),
		cmocka_unit_test(order_of_components_is_that_of_coming),
		cmocka_unit_test(extra_members_stand_behind_ours),
		cmocka_unit_test(breakers_are_counted_by_state),
		cmocka_unit_test(what_cannot_be_shown_is_refused),
		cmocka_unit_test(ten_thousand_components_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
