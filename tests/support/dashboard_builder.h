/* dashboard_builder.h - short ways to fill a dashboard in tests. Every call must succeed. */
#ifndef BW_TESTS_DASHBOARD_BUILDER_H
#define BW_TESTS_DASHBOARD_BUILDER_H

#include "core/dashboard.h"

static const struct bw_wall builder_now = { INT64_C(1772461800000000) }; /* 2026-03-02T14:30Z */

static inline struct bw_dashboard *build_dashboard(bool reference_rules)
{
	const struct bw_dashboard_config config = {
		.thresholds = bw_dashboard_config_default.thresholds,
		.response_curve = BW_RESPONSE_CONTINUOUS,
		.reference_rules = reference_rules,
		.refresh_interval_s = 30,
		.retention_hours = 24,
		.start = { builder_now.us - 90 * BW_SECOND_US },
	};
	struct bw_dashboard *dashboard = NULL;

	assert_int_equal(bw_dashboard_create(&config, &dashboard), BW_OK);
	return dashboard;
}

/* A response time below 0 means that there is none. */
static inline void build_component(struct bw_dashboard *dashboard, const char *name,
				   const char *status, double response_ms)
{
	const struct bw_component_view view = {
		.status = status,
		.has_response_time = response_ms >= 0,
		.response_time_ms = bw_number_from_double(response_ms),
	};

	assert_int_equal(bw_dashboard_set_component(dashboard, name, &view), BW_OK);
}

static inline void build_breaker(struct bw_dashboard *dashboard, const char *name,
				 const char *state)
{
	const struct bw_breaker_view view = { .state = state };

	assert_int_equal(bw_dashboard_set_breaker(dashboard, name, &view), BW_OK);
}

static inline void build_failure_rate(struct bw_dashboard *dashboard, const char *name, double rate)
{
	const struct bw_breaker_view view = {
		.state = "closed",
		.has_failure_rate = true,
		.failure_rate = rate,
	};

	assert_int_equal(bw_dashboard_set_breaker(dashboard, name, &view), BW_OK);
}

static inline void build_resources(struct bw_dashboard *dashboard, double cpu, double memory,
				   double disk)
{
	const struct bw_resources_view view = {
		.cpu_percent = bw_number_from_double(cpu),
		.memory_percent = bw_number_from_double(memory),
		.disk_percent = bw_number_from_double(disk),
		.known = true,
	};

	assert_int_equal(bw_dashboard_set_resources(dashboard, &view), BW_OK);
}

static inline void build_overall(struct bw_dashboard *dashboard, const char *status)
{
	const struct bw_overview_view view = { .status = status };

	assert_int_equal(bw_dashboard_set_overview(dashboard, &view), BW_OK);
}

/* The document of builder_now without alerts; free() it. */
static inline char *build_document(struct bw_dashboard *dashboard)
{
	const struct bw_document_options options = { .now = builder_now };
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	bw_dashboard_write(dashboard, &options, &buf);
	assert_int_equal(buf.status, BW_OK);
	return bw_buf_take(&buf, NULL);
}

#endif
