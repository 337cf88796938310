#include "eval/tick.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/dashboard.h"

static struct bw_dashboard *model(void)
{
	struct bw_dashboard *dashboard = NULL;

	assert_int_equal(bw_dashboard_create(&bw_dashboard_config_default, &dashboard), BW_OK);
	return dashboard;
}

static enum bw_status feed(const char *line, struct bw_error *err)
{
	struct bw_dashboard *dashboard = model();
	struct tick tick;
	enum bw_status status = tick_read(line, strlen(line), &tick, err);

	if (status == BW_OK) {
		if (!tick.error)
			status = tick_apply(&tick, dashboard, err);
		tick_finish(&tick);
	}
	bw_dashboard_destroy(dashboard);
	return status;
}

#define NOW "\"now\":\"2026-03-02T14:30:00Z\""
#define HEALTH(members) "{" NOW ",\"health\":{" members "}}"
#define BREAKER(members) "{" NOW ",\"health\":{},\"breakers\":{\"b\":{" members "}}}"

static void good_ticks_are_taken(void **state)
{
	static const char *const rows[] = {
		HEALTH(""),
		"{" NOW ",\"error\":\"gone\"}",
		"{" NOW ",\"error\":\"gone\",\"health\":3}",
		HEALTH("\"unheard\":[{}]"),
		HEALTH("\"components\":{\"\":{\"status\":\"x\"}}"),
		HEALTH("\"components\":{\"a\":{\"status\":\"x\",\"response_time_ms\":null,"
		       "\"last_check\":null,\"error\":null}}"),
		HEALTH("\"resource_usage\":{\"load_average\":[1,2.5],\"cpu_percent\":-1e300}"),
		BREAKER(""),
	};
	struct bw_error err;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(feed(rows[i], &err), BW_OK);
}

static void complaints_name_the_place(void **state)
{
	static const struct {
		const char *line, *why;
	} rows[] = {
		{ "[]", "an object expected, not a list" },
		{ "7", "not JSON at column 1: '[' or '{' expected near '7'" },
		{ "{}", "now: missing; a time as text expected" },
		{ "{\"now\":5}", "now: a time as text expected, not a number" },
		{ "{\"now\":\"noon\"}",
		  "now: not a time; ISO 8601 expected, as 2026-03-02T14:30:00+00:00" },
		{ "{" NOW "}", "health: missing; an object expected" },
		{ "{" NOW ",\"health\":[]}", "health: an object expected, not a list" },
		{ "{" NOW ",\"error\":null}", "error: text expected, not null" },
		{ HEALTH("\"status\":true"), "health.status: text expected, not true" },
		{ HEALTH("\"version\":1.5"), "health.version: text expected, not a number" },
		{ HEALTH("\"uptime_seconds\":\"1\""),
		  "health.uptime_seconds: a number expected, not text" },
		{ HEALTH("\"checks_summary\":{\"healthy\":false}"),
		  "health.checks_summary.healthy: a number expected, not false" },
		{ HEALTH("\"components\":[]"),
		  "health.components: an object expected, not a list" },
		{ HEALTH("\"components\":{\"a\":1}"),
		  "health.components.a: an object expected, not a number" },
		{ HEALTH("\"components\":{\"a\":{}}"),
		  "health.components.a.status: missing; text expected" },
		{ HEALTH("\"components\":{\"a\":{\"status\":\"x\",\"response_time_ms\":\"5\"}}"),
		  "health.components.a.response_time_ms: a number or null expected, not text" },
		{ HEALTH("\"components\":{\"a\":{\"status\":\"x\",\"error\":{}}}"),
		  "health.components.a.error: text or null expected, not an object" },
		{ HEALTH("\"components\":{\"a\":{\"status\":\"x\",\"last_check\":0}}"),
		  "health.components.a.last_check: text or null expected, not a number" },
		{ HEALTH("\"components\":{\"a\\n\\u001b\":1}"),
		  "health.components.a??: an object expected, not a number" },
		{ HEALTH("\"resource_usage\":{\"cpu_percent\":\"81\"}"),
		  "health.resource_usage.cpu_percent: a number expected, not text" },
		{ HEALTH("\"resource_usage\":{\"disk_total_gb\":null}"),
		  "health.resource_usage.disk_total_gb: a number expected, not null" },
		{ HEALTH("\"resource_usage\":{\"load_average\":1}"),
		  "health.resource_usage.load_average: a list of numbers expected, not a number" },
		{ HEALTH("\"resource_usage\":{\"load_average\":[1,\"2\"]}"),
		  "health.resource_usage.load_average.1: a number expected, not text" },
		{ HEALTH("\"resource_usage\":{\"load_average\":"
			 "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}"),
		  "health.resource_usage.load_average: more than 16 numbers" },
		{ "{" NOW ",\"health\":{},\"breakers\":[]}",
		  "breakers: an object expected, not a list" },
		{ BREAKER("\"state\":1"), "breakers.b.state: text expected, not a number" },
		{ BREAKER("\"consecutive_failures\":[]"),
		  "breakers.b.consecutive_failures: a number expected, not a list" },
		{ BREAKER("\"metrics\":7"),
		  "breakers.b.metrics: an object expected, not a number" },
		{ BREAKER("\"metrics\":{\"success_rate\":{}}"),
		  "breakers.b.metrics.success_rate: a number expected, not an object" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bw_error err = { "" };

		assert_int_equal(feed(rows[i].line, &err), BW_EPARSE);
		assert_string_equal(err.text, rows[i].why);
	}
}

static void what_is_not_json_is_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"{",
		"{" NOW ",}",
		"{" NOW ",\"health\":{}} x",
		"{" NOW "," NOW "}",
		"{" NOW ",\"health\":{\"status\":\"\xff\"}}",
		"{" NOW ",\"health\":{\"a\":1e999}}",
		"{" NOW ",\"health\":{\"a\":99999999999999999999}}",
		"{" NOW ",\"health\":{\"a\":NaN}}",
		"{" NOW ",\"health\":{\"a\":\"\\ud800\"}}",
		"{" NOW ",\"health\":{\"a\":\"\\u0000\"}}",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bw_error err = { "" };

		assert_int_equal(feed(rows[i], &err), BW_EPARSE);
		assert_memory_equal(err.text, "not JSON at column ", 19);
	}
}

static void a_long_breaker_name_is_refused(void **state)
{
	char line[512], name[282];
	struct bw_error err;

	memset(name, 'n', sizeof(name));
	name[281] = '\0';
	(void)snprintf(line, sizeof(line), "{" NOW ",\"health\":{},\"breakers\":{\"%s\":{}}}",
		       name);
	assert_int_equal(feed(line, &err), BW_EPARSE);
	assert_non_null(strstr(err.text, "nnn...: a name of more than 280 bytes"));
	name[280] = '\0';
	(void)snprintf(line, sizeof(line), "{" NOW ",\"health\":{},\"breakers\":{\"%s\":{}}}",
		       name);
	assert_int_equal(feed(line, &err), BW_OK);
}

static void a_tick_replaces_the_one_before(void **state)
{
	static const char first[] =
		HEALTH("\"components\":{\"a\":{\"status\":\"healthy\"},\"b\":{\"status\":\"x\"}}");
	static const char second[] = HEALTH("\"components\":{\"c\":{\"status\":\"degraded\"}}");
	struct bw_dashboard *dashboard = model();
	struct bw_health_tally tally;
	struct tick tick;

	assert_int_equal(tick_read(first, strlen(first), &tick, NULL), BW_OK);
	assert_int_equal(tick_apply(&tick, dashboard, NULL), BW_OK);
	tick_finish(&tick);
	bw_dashboard_tally(dashboard, &tally);
	assert_int_equal(tally.total, 2);
	assert_int_equal(tick_read(second, strlen(second), &tick, NULL), BW_OK);
	assert_true(tick.now.us == INT64_C(1772461800000000));
	assert_int_equal(tick_apply(&tick, dashboard, NULL), BW_OK);
	tick_finish(&tick);
	bw_dashboard_tally(dashboard, &tally);
	assert_int_equal(tally.total, 1);
	assert_int_equal(tally.count[BW_HEALTH_DEGRADED], 1);
	bw_dashboard_destroy(dashboard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ticks_are_taken),
		cmocka_unit_test(complaints_name_the_place),
		cmocka_unit_test(what_is_not_json_is_refused),
		cmocka_unit_test(a_long_breaker_name_is_refused),
		cmocka_unit_test(a_tick_replaces_the_one_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
