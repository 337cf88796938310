#include "core/dashboard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/dashboard_builder.h"

static struct bw_alert_list find(const struct bw_dashboard *dashboard)
{
	struct bw_alert_list list = { 0 };
	struct bw_metrics metrics;

	bw_dashboard_metrics(dashboard, &metrics);
	assert_int_equal(bw_dashboard_find_alerts(dashboard, &metrics, builder_now, &list), BW_OK);
	return list;
}

static void assert_alert(const struct bw_alert *alert, enum bw_severity severity, const char *type,
			 const char *title, const char *message)
{
	assert_int_equal(alert->severity, severity);
	assert_string_equal(alert->type, type);
	assert_string_equal(alert->title, title);
	assert_string_equal(alert->message, message);
	assert_true(alert->time.us == builder_now.us);
}

static void nothing_wrong_nothing_found(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(false);
	struct bw_alert_list list;

	build_overall(dashboard, "healthy");
	build_resources(dashboard, 80, 85, 90);
	build_component(dashboard, "a", "healthy", 5000);
	build_breaker(dashboard, "b", "closed");
	build_breaker(dashboard, "c", "forced_open");
	build_failure_rate(dashboard, "d", 0.1);
	list = find(dashboard);
	assert_int_equal(list.count, 0);
	bw_alert_list_finish(&list);
	bw_dashboard_destroy(dashboard);
}

static void everything_wrong_is_found_in_order(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(false);
	struct bw_alert_list list;

	build_overall(dashboard, "unhealthy");
	build_resources(dashboard, 80.01, 100, 99.95);
	build_component(dashboard, "a", "unhealthy", 5000.06);
	build_breaker(dashboard, "one", "open");
	build_failure_rate(dashboard, "two", 0.25);
	build_breaker(dashboard, "three", "half_open");
	list = find(dashboard);
	assert_int_equal(list.count, 8);
	assert_alert(&list.items[0], BW_SEVERITY_CRITICAL, "system_health", "System Unhealthy",
		     "One or more critical components are unhealthy");
	assert_alert(&list.items[1], BW_SEVERITY_WARNING, "resource_usage", "High CPU Usage",
		     "CPU usage is 80.01%, above threshold of 80.0%");
	assert_alert(&list.items[2], BW_SEVERITY_WARNING, "resource_usage", "High Memory Usage",
		     "Memory usage is 100.0%, above threshold of 85.0%");
	assert_alert(&list.items[3], BW_SEVERITY_CRITICAL, "resource_usage", "High Disk Usage",
		     "Disk usage is 99.95%, above threshold of 90.0%");
	assert_alert(&list.items[4], BW_SEVERITY_WARNING, "performance", "Slow Response Times",
		     "Average response time is 5000.1ms, above threshold of 5000.0ms");
	assert_alert(&list.items[5], BW_SEVERITY_CRITICAL, "circuit_breaker",
		     "Circuit Breaker Open: one",
		     "Circuit breaker for one is open due to failures");
	assert_alert(&list.items[6], BW_SEVERITY_INFO, "circuit_breaker",
		     "Circuit Breaker Testing: three",
		     "Circuit breaker for three is testing recovery");
	assert_alert(&list.items[7], BW_SEVERITY_WARNING, "failure_rate", "High Failure Rate: two",
		     "Failure rate of two is 25.0%, above threshold of 10.0%");
	bw_alert_list_finish(&list);
	bw_dashboard_destroy(dashboard);
}

static void the_reference_knows_no_failure_rate(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(true);
	struct bw_alert_list list;

	build_overall(dashboard, "degraded");
	build_failure_rate(dashboard, "two", 0.9);
	list = find(dashboard);
	assert_int_equal(list.count, 1);
	assert_alert(&list.items[0], BW_SEVERITY_WARNING, "system_health", "System Degraded",
		     "System is operating with reduced functionality");
	bw_alert_list_finish(&list);
	bw_dashboard_destroy(dashboard);
}

static void an_int_is_shown_as_an_int(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(true);
	const struct bw_resources_view view = { .cpu_percent = bw_number_from_int(81),
						.known = true };
	struct bw_alert_list list;

	assert_int_equal(bw_dashboard_set_resources(dashboard, &view), BW_OK);
	list = find(dashboard);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0].message, "CPU usage is 81%, above threshold of 80.0%");
	bw_alert_list_finish(&list);
	bw_dashboard_destroy(dashboard);
}

static void unknown_resources_raise_nothing(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(false);
	const struct bw_resources_view view = { .cpu_percent = bw_number_from_int(99) };
	struct bw_alert_list list;

	assert_int_equal(bw_dashboard_set_resources(dashboard, &view), BW_OK);
	list = find(dashboard);
	assert_int_equal(list.count, 0);
	bw_dashboard_destroy(dashboard);
}

static void a_long_name_is_cut_visibly(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(true);
	struct bw_alert_list list;
	char name[1001];

	memset(name, 'n', 1000);
	name[1000] = '\0';
	build_breaker(dashboard, name, "open");
	list = find(dashboard);
	assert_int_equal(strlen(list.items[0].title), BW_ALERT_TITLE_MAX - 1);
	assert_string_equal(list.items[0].title + BW_ALERT_TITLE_MAX - 5, "n...");
	bw_alert_list_finish(&list);
	bw_dashboard_destroy(dashboard);
}

static void a_full_list_keeps_what_was_found_first(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(true);
	struct bw_alert_list list = { 0 };
	struct bw_metrics metrics;

	while (list.count < BW_ALERTS_MAX)
		assert_non_null(bw_alert_list_add(&list));
	list.count--;
	build_breaker(dashboard, "a", "open");
	bw_dashboard_metrics(dashboard, &metrics);
	assert_int_equal(bw_dashboard_find_alerts(dashboard, &metrics, builder_now, &list), BW_OK);
	assert_int_equal(list.count, BW_ALERTS_MAX);
	list.count--;
	build_breaker(dashboard, "b", "open");
	assert_int_equal(bw_dashboard_find_alerts(dashboard, &metrics, builder_now, &list),
			 BW_ELIMIT);
	assert_int_equal(list.count, BW_ALERTS_MAX);
	assert_string_equal(list.items[BW_ALERTS_MAX - 1].title, "Circuit Breaker Open: a");
	bw_alert_list_finish(&list);
	bw_dashboard_destroy(dashboard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_wrong_nothing_found),
		cmocka_unit_test(everything_wrong_is_found_in_order),
		cmocka_unit_test(the_reference_knows_no_failure_rate),
		cmocka_unit_test(an_int_is_shown_as_an_int),
		cmocka_unit_test(unknown_resources_raise_nothing),
		cmocka_unit_test(a_long_name_is_cut_visibly),
		cmocka_unit_test(a_full_list_keeps_what_was_found_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
