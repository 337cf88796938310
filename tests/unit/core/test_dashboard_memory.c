/* Each allocation of each call fails once: the call must say so and the model must be what it was.
 */
#include "core/dashboard.h"

#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/dashboard_builder.h"
#include "support/failing_allocator.h"

static struct bw_dashboard *filled(void)
{
	struct bw_dashboard *dashboard = build_dashboard(true);
	char name[16];

	/* Full pages and full maps, so that one more of anything has to allocate. */
	for (int i = 0; i < 64; i++) {
		(void)snprintf(name, sizeof(name), "n%d", i);
		build_component(dashboard, name, i % 2 ? "healthy" : "unhealthy", i);
		build_breaker(dashboard, name, "open");
		assert_int_equal(bw_dashboard_sample(dashboard, builder_now, NULL), BW_OK);
	}
	build_resources(dashboard, 99, 99, 99);
	build_overall(dashboard, "unhealthy");
	return dashboard;
}

typedef enum bw_status call(struct bw_dashboard *dashboard);

static enum bw_status new_component(struct bw_dashboard *dashboard)
{
	const struct bw_component_view view = { .status = "healthy", .critical = true };

	return bw_dashboard_set_component(dashboard, "new", &view);
}

static enum bw_status longer_component(struct bw_dashboard *dashboard)
{
	static char error[20000];
	const struct bw_component_view view = { .status = "degraded", .error = error };

	memset(error, 'e', sizeof(error) - 1);
	return bw_dashboard_set_component(dashboard, "n1", &view);
}

static enum bw_status new_breaker(struct bw_dashboard *dashboard)
{
	const struct bw_breaker_view view = { .state = "closed" };

	return bw_dashboard_set_breaker(dashboard, "new", &view);
}

static enum bw_status longer_breaker(struct bw_dashboard *dashboard)
{
	static char extra[20000];
	const struct bw_breaker_view view = { .state = "half_open", .extra_members = extra };

	(void)snprintf(extra, sizeof(extra), "\"x\":\"%19000d\"", 1);
	return bw_dashboard_set_breaker(dashboard, "n1", &view);
}

static enum bw_status other_resources(struct bw_dashboard *dashboard)
{
	const struct bw_resources_view view = { .known = true, .extra_members = "\"x\":1" };

	return bw_dashboard_set_resources(dashboard, &view);
}

static enum bw_status other_overview(struct bw_dashboard *dashboard)
{
	const struct bw_overview_view view = { .status = "degraded", .version = "2" };

	return bw_dashboard_set_overview(dashboard, &view);
}

static enum bw_status sample(struct bw_dashboard *dashboard)
{
	return bw_dashboard_sample(dashboard, builder_now, NULL);
}

static enum bw_status find_alerts(struct bw_dashboard *dashboard)
{
	struct bw_alert_list list = { 0 };
	struct bw_metrics metrics;
	enum bw_status status;

	bw_dashboard_metrics(dashboard, &metrics);
	status = bw_dashboard_find_alerts(dashboard, &metrics, builder_now, &list);
	assert_int_equal(list.count, status == BW_OK ? 68 : 0);
	bw_alert_list_finish(&list);
	return status;
}

static enum bw_status write(struct bw_dashboard *dashboard)
{
	const struct bw_document_options options = { .now = builder_now };
	struct bw_buf buf;
	enum bw_status status;

	bw_buf_init(&buf, 0);
	bw_dashboard_write(dashboard, &options, &buf);
	status = buf.status;
	bw_buf_finish(&buf);
	return status;
}

static enum bw_status write_for_daemon(struct bw_dashboard *dashboard)
{
	struct bw_dashboard_config config = {
		bw_dashboard_config_default.thresholds, BW_RESPONSE_CONTINUOUS, false, 30, 24, { 0 }
	};
	enum bw_status status;

	assert_int_equal(bw_dashboard_configure(dashboard, &config), BW_OK);
	status = write(dashboard);
	config.reference_rules = true;
	assert_int_equal(bw_dashboard_configure(dashboard, &config), BW_OK);
	return status;
}

static enum bw_status write_error(struct bw_dashboard *dashboard)
{
	struct bw_buf buf;
	enum bw_status status;

	bw_buf_init(&buf, 0);
	bw_dashboard_write_error("why", builder_now, &buf);
	status = buf.status;
	bw_buf_finish(&buf);
	return status;
}

static enum bw_status alerts(struct bw_dashboard *dashboard)
{
	struct bw_alert found[2];
	size_t count = 7;
	enum bw_status status = bw_dashboard_alerts(dashboard, builder_now, found, 2, &count);

	assert_int_equal(count, status == BW_OK ? 68 : 7);
	return status;
}

static enum bw_status document(struct bw_dashboard *dashboard)
{
	struct bw_error err = { 0 };
	char *text = NULL;
	enum bw_status status = bw_dashboard_document(dashboard, builder_now, &text, NULL, &err);

	assert_int_equal(text != NULL, status == BW_OK);
	assert_string_equal(err.text, status == BW_OK ? "" : "no memory");
	free(text);
	return status;
}

static enum bw_status error_document(struct bw_dashboard *dashboard)
{
	char *text = NULL;
	enum bw_status status = bw_dashboard_error_document("why", builder_now, &text, NULL);

	assert_int_equal(text != NULL, status == BW_OK);
	free(text);
	return status;
}

static enum bw_status restore(struct bw_dashboard *dashboard)
{
	const struct bw_history_point point = { .time = builder_now };

	return bw_dashboard_restore(dashboard, &point);
}

/* Returns how many allocations the call makes when all goes well. */
static long fail_each(call *make_call)
{
	for (long nth = 0;; nth++) {
		struct bw_dashboard *dashboard = filled();
		char *before = build_document(dashboard), *after;
		struct bw_health_tally tally_before, tally_after;
		enum bw_status status;
		const char *json;
		size_t len;

		bw_dashboard_tally(dashboard, &tally_before);
		failing_allocator_arm(nth);
		status = make_call(dashboard);
		if (!failing_allocator_disarm()) {
			assert_int_equal(status, BW_OK);
			free(before);
			bw_dashboard_destroy(dashboard);
			return nth;
		}
		assert_int_equal(status, BW_ENOMEM);
		after = build_document(dashboard);
		assert_string_equal(after, before);
		bw_dashboard_tally(dashboard, &tally_after);
		assert_memory_equal(&tally_after, &tally_before, sizeof(tally_after));
		assert_false(bw_dashboard_component_fragment(dashboard, "new", &json, &len));
		assert_false(bw_dashboard_breaker_fragment(dashboard, "new", &json, &len));
		free(before);
		free(after);
		assert_int_equal(make_call(dashboard), BW_OK);
		bw_dashboard_destroy(dashboard);
	}
}

static void every_call_survives_every_failure(void **state)
{
	static const struct {
		call *make_call;
		long allocations; /* at least */
	} rows[] = {
		{ new_component, 6 },    { longer_component, 2 }, { new_breaker, 6 },
		{ longer_breaker, 2 },   { other_resources, 1 },  { other_overview, 2 },
		{ sample, 1 },           { find_alerts, 4 },      { write, 1 },
		{ write_for_daemon, 2 }, { write_error, 2 },      { alerts, 4 },
		{ document, 5 },         { error_document, 2 },   { restore, 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_in_range(fail_each(rows[i].make_call), rows[i].allocations, 50);
}

static void create_survives_every_failure(void **state)
{
	const struct bw_dashboard_config config = { bw_dashboard_config_default.thresholds,
						    .refresh_interval_s = 30,
						    .retention_hours = 24 };

	for (long nth = 0;; nth++) {
		struct bw_dashboard *dashboard = NULL;
		enum bw_status status;

		failing_allocator_arm(nth);
		status = bw_dashboard_create(&config, &dashboard);
		if (!failing_allocator_disarm()) {
			assert_int_equal(status, BW_OK);
			assert_in_range(nth, 6, 50);
			bw_dashboard_destroy(dashboard);
			break;
		}
		assert_int_equal(status, BW_ENOMEM);
		assert_null(dashboard);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_survives_every_failure),
		cmocka_unit_test(create_survives_every_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
