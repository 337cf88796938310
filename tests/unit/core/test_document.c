#include "core/dashboard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/dashboard_builder.h"

static void fill(struct bw_dashboard *dashboard)
{
	const struct bw_overview_view overview = {
		.status = "degraded",
		.version = "1.2.3",
		.uptime_seconds = bw_number_from_double(12.5),
		.healthy = bw_number_from_int(1),
		.degraded = bw_number_from_int(2),
	};

	build_component(dashboard, "db", "healthy", 12.25);
	build_component(dashboard, "api", "unknown", -1);
	build_component(dashboard, "cache", "degraded", -1);
	build_breaker(dashboard, "b", "closed");
	build_resources(dashboard, 10.5, 20, 30);
	assert_int_equal(bw_dashboard_set_overview(dashboard, &overview), BW_OK);
}

static void the_whole_document(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(false);
	char *text;

	fill(dashboard);
	text = build_document(dashboard);
	assert_string_equal(
		text,
		"{\"overview\":{\"overall_status\":\"degraded\",\"health_percentage\":33.3,"
		"\"total_components\":3,\"component_breakdown\":{\"healthy\":1,\"degraded\":2,"
		"\"unhealthy\":0.0,\"unknown\":1},\"uptime_seconds\":12.5,\"version\":\"1.2.3\"},"
		"\"components\":{\"db\":{\"status\":\"healthy\",\"response_time_ms\":12.25,"
		"\"last_check\":null,\"has_error\":false,\"error_message\":null},"
		"\"api\":{\"status\":\"unknown\",\"response_time_ms\":null,\"last_check\":null,"
		"\"has_error\":false,\"error_message\":null},"
		"\"cache\":{\"status\":\"degraded\",\"response_time_ms\":null,\"last_check\":null,"
		"\"has_error\":false,\"error_message\":null}},"
		"\"circuit_breakers\":{\"total_breakers\":1,\"states\":{\"closed\":1,\"open\":0,"
		"\"half_open\":0},\"breakers\":{\"b\":{\"state\":\"closed\",\"failure_count\":0.0,"
		"\"success_rate\":0.0,\"avg_response_time\":0.0,\"total_calls\":0.0}}},"
		"\"resources\":{\"cpu_percent\":10.5,\"memory_percent\":20.0,\"disk_percent\":30.0,"
		"\"memory_used_mb\":0.0,\"memory_total_mb\":0.0,\"disk_used_gb\":0.0,"
		"\"disk_total_gb\":0.0,\"load_average\":[],\"known\":true},"
		"\"metrics\":{\"availability_percentage\":66.67,\"average_response_time_ms\":12.25,"
		"\"circuit_breaker_health\":100.0,\"system_health_score\":84.9,"
		"\"resource_utilization\":{\"cpu_percent\":10.5,\"memory_percent\":20.0,"
		"\"disk_percent\":30.0},\"performance_indicators\":{\"total_components\":3,"
		"\"available_components\":2,\"response_times_collected\":1,"
		"\"circuit_breakers_closed\":1,\"circuit_breakers_total\":1},\"score_factors\":{"
		"\"availability\":{\"weight\":0.3,\"score\":66.67,\"points_lost\":10.0,\"known\":"
		"true},"
		"\"breaker_health\":{\"weight\":0.25,\"score\":100.0,\"points_lost\":0.0,"
		"\"known\":true},\"cpu_performance\":{\"weight\":0.2,\"score\":89.5,"
		"\"points_lost\":2.1,\"known\":true},\"memory_performance\":{\"weight\":0.15,"
		"\"score\":80.0,\"points_lost\":3.0,\"known\":true},\"response_time\":{"
		"\"weight\":0.1,\"score\":100.0,\"points_lost\":0.0,\"known\":true}},"
		"\"usual_health_score\":null},\"alerts\":[],"
		"\"historical\":{\"data\":[],\"summary\":{\"points\":0,\"timespan_hours\":0}},"
		"\"metadata\":{\"last_updated\":\"2026-03-02T14:30:00+00:00\","
		"\"uptime_seconds\":90.0,\"dashboard_version\":\"1.0.0\","
		"\"auto_refresh_interval\":30}}");
	free(text);
	bw_dashboard_destroy(dashboard);
}

static void the_error_document(void **state)
{
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	bw_dashboard_write_error("no \"db\"", builder_now, &buf);
	assert_string_equal(
		buf.data,
		"{\"overview\":{\"overall_status\":\"error\",\"health_percentage\":0,"
		"\"error\":\"no \\\"db\\\"\"},\"components\":{},\"circuit_breakers\":{},"
		"\"resources\":{},\"metrics\":{},\"alerts\":[{\"severity\":\"critical\","
		"\"type\":\"dashboard_error\",\"title\":\"Dashboard Error\",\"message\":"
		"\"Failed to generate dashboard data: no \\\"db\\\"\","
		"\"timestamp\":\"2026-03-02T14:30:00+00:00\"}],\"historical\":{\"data\":[],"
		"\"summary\":{\"points\":0,\"timespan_hours\":0}},\"metadata\":{\"last_updated\":"
		"\"2026-03-02T14:30:00+00:00\",\"dashboard_version\":\"1.0.0\",\"error\":true}}");
	bw_buf_finish(&buf);
}

static char *write(struct bw_dashboard *dashboard, const struct bw_document_options *options)
{
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	bw_dashboard_write(dashboard, options, &buf);
	return bw_buf_take(&buf, NULL);
}

static void options_are_put_where_they_belong(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(false);
	struct bw_alert_list list = { 0 };
	struct bw_document_options options = { .now = builder_now,
					       .alerts = &list,
					       .extra_members = "\"jobs\":[]",
					       .metadata_members = "\"sequence\":7" };
	char *text;

	bw_alert_list_add(&list)->type = "storage";
	text = write(dashboard, &options);
	assert_non_null(strstr(text, "\"alerts\":[{\"severity\":\"info\",\"type\":\"storage\","));
	assert_non_null(strstr(text, "\"auto_refresh_interval\":30,\"sequence\":7},\"jobs\":[]}"));
	free(text);
	options.alerts_json = "[{\"id\":\"a1\"}]";
	text = write(dashboard, &options);
	assert_non_null(strstr(text, "\"alerts\":[{\"id\":\"a1\"}],\"historical\""));
	free(text);
	bw_alert_list_finish(&list);
	bw_dashboard_destroy(dashboard);
}

static void history_is_what_was_before(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(false);
	const char *one =
		"\"summary\":{\"points\":1,\"timespan_hours\":24,\"avg_health_score\":65.0";
	char *text;

	build_component(dashboard, "a", "healthy", 1);
	assert_int_equal(bw_dashboard_sample(dashboard, builder_now, NULL), BW_OK);
	text = build_document(dashboard);
	assert_non_null(strstr(text, one));
	assert_non_null(strstr(text, "\"usual_health_score\":65.0"));
	assert_non_null(strstr(text, "\"cpu_usage\":null"));
	free(text);
	text = build_document(dashboard);
	assert_non_null(strstr(text, one));
	free(text);
	assert_int_equal(bw_dashboard_sample(dashboard, builder_now, NULL), BW_OK);
	text = build_document(dashboard);
	assert_non_null(strstr(text, "\"summary\":{\"points\":2,"));
	free(text);
	bw_dashboard_destroy(dashboard);
}

static void unknown_resources_say_so(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(false);
	char *text = build_document(dashboard);

	assert_non_null(strstr(text, "\"resources\":{\"cpu_percent\":0,"));
	assert_non_null(strstr(text, "\"known\":false}"));
	assert_non_null(strstr(text, "\"cpu_performance\":{\"weight\":0.2,\"score\":0.0,"
				     "\"points_lost\":20.0,\"known\":false}"));
	free(text);
	bw_dashboard_destroy(dashboard);
}

static char *metadata(struct bw_dashboard *dashboard)
{
	struct bw_buf buf;
	struct bw_json json;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_dashboard_write_metadata(dashboard, builder_now, "\"x\":1", &json);
	return bw_buf_take(&buf, NULL);
}

static void metadata_knows_the_last_document(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(false);
	char *text = metadata(dashboard);

	assert_string_equal(text, "{\"version\":\"1.0.0\",\"last_updated\":null,"
				  "\"uptime_seconds\":90.0,\"refresh_interval\":30,"
				  "\"retention_hours\":24,\"x\":1}");
	free(text);
	free(build_document(dashboard));
	text = metadata(dashboard);
	assert_non_null(strstr(text, "\"last_updated\":\"2026-03-02T14:30:00+00:00\""));
	free(text);
	bw_dashboard_destroy(dashboard);
}

static void a_document_without_room_is_a_failure(void **state)
{
	struct bw_dashboard *dashboard = build_dashboard(false);
	static char extra[20000];
	const struct bw_document_options options = { .now = builder_now, .extra_members = extra };
	struct bw_buf buf;
	char *text;

	(void)snprintf(extra, sizeof(extra), "\"x\":\"%19000d\"", 1);
	for (size_t limit = 1000; limit < 20000; limit += 9000) {
		bw_buf_init(&buf, limit);
		bw_dashboard_write(dashboard, &options, &buf);
		assert_int_equal(buf.status, BW_ELIMIT);
		bw_buf_finish(&buf);
	}
	text = metadata(dashboard);
	assert_non_null(strstr(text, "\"last_updated\":null"));
	free(text);
	bw_dashboard_destroy(dashboard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_document),
		cmocka_unit_test(the_error_document),
		cmocka_unit_test(options_are_put_where_they_belong),
		cmocka_unit_test(history_is_what_was_before),
		cmocka_unit_test(unknown_resources_say_so),
		cmocka_unit_test(metadata_knows_the_last_document),
		cmocka_unit_test(a_document_without_room_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
