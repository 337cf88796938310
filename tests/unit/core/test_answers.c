#include <bellwether/dashboard.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/dashboard_builder.h"

static struct bw_dashboard *sick(void)
{
	struct bw_dashboard *dashboard = build_dashboard(true);

	build_component(dashboard, "database", "healthy", 20);
	build_component(dashboard, "cache", "unhealthy", 40);
	build_breaker(dashboard, "tiingo", "open");
	build_resources(dashboard, 81.5, 50, 95);
	build_overall(dashboard, "unhealthy");
	return dashboard;
}

static void alerts_are_copied_as_far_as_there_is_room(void **state)
{
	struct bw_dashboard *dashboard = sick();
	struct bw_alert found[4];
	size_t count = 0;

	assert_int_equal(bw_dashboard_alerts(dashboard, builder_now, NULL, 0, &count), BW_OK);
	assert_int_equal(count, 4);
	memset(found, 0x55, sizeof(found));
	assert_int_equal(bw_dashboard_alerts(dashboard, builder_now, found, 2, &count), BW_OK);
	assert_int_equal(count, 4);
	assert_string_equal(found[0].title, "System Unhealthy");
	assert_string_equal(found[1].message, "CPU usage is 81.5%, above threshold of 80.0%");
	assert_int_equal(found[2].title[0], 0x55);
	assert_int_equal(bw_dashboard_alerts(dashboard, builder_now, found, 4, &count), BW_OK);
	bw_dashboard_destroy(dashboard);
	assert_string_equal(found[3].title, "Circuit Breaker Open: tiingo");
	assert_int_equal(found[3].severity, BW_SEVERITY_CRITICAL);
	assert_string_equal(found[3].type, "circuit_breaker");
	assert_int_equal(found[3].time.us, builder_now.us);
}

static void nothing_wrong_is_no_alert(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(true);
	struct bw_alert found;
	size_t count = 1;

	assert_int_equal(bw_dashboard_alerts(dashboard, builder_now, &found, 1, &count), BW_OK);
	assert_int_equal(count, 0);
	bw_dashboard_destroy(dashboard);
}

static void the_document_is_what_the_parts_make(void **state)
{
	struct bw_dashboard *dashboard = sick();
	struct bw_document_options options = { .now = builder_now };
	struct bw_alert_list alerts = { 0 };
	struct bw_metrics metrics;
	struct bw_buf buf;
	char *text = NULL;
	size_t len = 0;

	bw_dashboard_metrics(dashboard, &metrics);
	assert_int_equal(bw_dashboard_find_alerts(dashboard, &metrics, builder_now, &alerts),
			 BW_OK);
	options.alerts = &alerts;
	bw_buf_init(&buf, 0);
	bw_dashboard_write(dashboard, &options, &buf);
	assert_int_equal(bw_dashboard_document(dashboard, builder_now, &text, &len, NULL), BW_OK);
	assert_string_equal(text, buf.data);
	assert_int_equal(len, buf.len);
	free(text);
	bw_buf_finish(&buf);
	bw_alert_list_finish(&alerts);
	bw_dashboard_destroy(dashboard);
}

static void more_alerts_than_the_limit_are_an_error_and_no_document(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(true);
	struct bw_error err = { 0 };
	size_t count = 3;
	char *text = NULL;
	char name[16];

	for (int i = 0; i <= BW_ALERTS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "n%d", i);
		build_breaker(dashboard, name, "open");
	}
	assert_int_equal(bw_dashboard_document(dashboard, builder_now, &text, NULL, &err),
			 BW_ELIMIT);
	assert_string_equal(err.text, "more than 50000 alerts");
	assert_null(text);
	assert_int_equal(bw_dashboard_alerts(dashboard, builder_now, NULL, 0, &count), BW_ELIMIT);
	assert_int_equal(count, 3);
	bw_dashboard_destroy(dashboard);
}

static void an_error_document_names_its_error(void **state)
{
	char *text = NULL;
	size_t len = 0;

	assert_int_equal(bw_dashboard_error_document("a \"b\"", builder_now, &text, &len), BW_OK);
	assert_int_equal(strlen(text), len);
	assert_non_null(strstr(text, "\"overall_status\":\"error\""));
	assert_non_null(strstr(text, "\"Failed to generate dashboard data: a \\\"b\\\"\""));
	free(text);
}

static void points_are_read_and_restored(void **state)
{
	struct bw_dashboard *dashboard = sick(), *other = build_dashboard(true);
	struct bw_wall later = { builder_now.us + 30 * BW_SECOND_US };
	struct bw_history_point point, last;

	assert_int_equal(bw_dashboard_points(dashboard), 0);
	assert_false(bw_dashboard_point(dashboard, 0, &point));
	assert_int_equal(bw_dashboard_sample(dashboard, builder_now, NULL), BW_OK);
	assert_int_equal(bw_dashboard_sample(dashboard, later, &last), BW_OK);
	for (size_t i = 0; i < bw_dashboard_points(dashboard); i++) {
		assert_true(bw_dashboard_point(dashboard, i, &point));
		assert_int_equal(bw_dashboard_restore(other, &point), BW_OK);
	}
	assert_int_equal(bw_dashboard_points(other), 2);
	assert_true(bw_dashboard_point(other, 1, &point));
	assert_int_equal(point.time.us, later.us);
	assert_true(point.health_score == last.health_score);
	assert_false(bw_dashboard_point(other, 2, &point));
	bw_dashboard_destroy(dashboard);
	bw_dashboard_destroy(other);
}

static void a_broken_contract_is_einval(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(true);
	const struct bw_component_view component = { 0 };
	const struct bw_breaker_view breaker = { 0 };
	char *text = NULL;
	size_t count;
	struct bw_alert alert;
	struct bw_dashboard *out = NULL;

	assert_int_equal(bw_dashboard_create(NULL, &out), BW_EINVAL);
	assert_int_equal(bw_dashboard_create(&bw_dashboard_config_default, NULL), BW_EINVAL);
	assert_int_equal(bw_dashboard_configure(dashboard, NULL), BW_EINVAL);
	assert_int_equal(bw_dashboard_set_component(dashboard, "a", &component), BW_EINVAL);
	assert_int_equal(bw_dashboard_set_component(dashboard, NULL, &component), BW_EINVAL);
	assert_int_equal(bw_dashboard_set_component(dashboard, "a", NULL), BW_EINVAL);
	assert_int_equal(bw_dashboard_set_breaker(dashboard, "a", &breaker), BW_EINVAL);
	assert_int_equal(bw_dashboard_set_breaker(NULL, "a", &breaker), BW_EINVAL);
	assert_int_equal(bw_dashboard_set_resources(dashboard, NULL), BW_EINVAL);
	assert_int_equal(bw_dashboard_set_overview(dashboard, NULL), BW_EINVAL);
	assert_int_equal(bw_dashboard_sample(NULL, builder_now, NULL), BW_EINVAL);
	assert_int_equal(bw_dashboard_restore(dashboard, NULL), BW_EINVAL);
	assert_int_equal(bw_dashboard_alerts(dashboard, builder_now, NULL, 1, &count), BW_EINVAL);
	assert_int_equal(bw_dashboard_alerts(dashboard, builder_now, &alert, 1, NULL), BW_EINVAL);
	assert_int_equal(bw_dashboard_document(dashboard, builder_now, NULL, NULL, NULL),
			 BW_EINVAL);
	assert_int_equal(bw_dashboard_error_document(NULL, builder_now, &text, NULL), BW_EINVAL);
	bw_dashboard_destroy(dashboard);
	bw_dashboard_destroy(NULL);
}

static void a_word_outside_its_table_has_a_text(void **state)
{
	assert_string_equal(bw_severity_text((enum bw_severity)99), "unknown");
	assert_string_equal(bw_score_factor_text(BW_FACTOR_MAX), "unknown");
	assert_string_equal(bw_score_factor_text(BW_FACTOR_CPU), "cpu_performance");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alerts_are_copied_as_far_as_there_is_room),
		cmocka_unit_test(nothing_wrong_is_no_alert),
		cmocka_unit_test(the_document_is_what_the_parts_make),
		cmocka_unit_test(more_alerts_than_the_limit_are_an_error_and_no_document),
		cmocka_unit_test(an_error_document_names_its_error),
		cmocka_unit_test(points_are_read_and_restored),
		cmocka_unit_test(a_broken_contract_is_einval),
		cmocka_unit_test(a_word_outside_its_table_has_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
