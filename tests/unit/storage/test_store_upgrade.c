/* test_store_upgrade.c - what a file of an earlier version knew is known afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "alerts/alert.h"
#include "base/embedded.h"
#include "support/store_builder.h"

extern const struct bw_embedded store_migrations[];

static struct store_bed bed;

static int begin(void **state)
{
	(void)state;
	store_bed_begin(&bed);
	return 0;
}

static int end(void **state)
{
	(void)state;
	store_bed_end(&bed);
	return 0;
}

/* A file of that version with these rows. */
static void make_old_file(int version, const char *rows)
{
	char setup[128];
	sqlite3 *handle;

	snprintf(setup, sizeof(setup), "PRAGMA application_id=%d; PRAGMA user_version=%d;",
		 0x426c7774, version);
	folder_write(&bed.folder, "data/keep", "");
	assert_int_equal(sqlite3_open(bed.path, &handle), SQLITE_OK);
	for (int nth = 0; nth < version; nth++)
		assert_int_equal(sqlite3_exec(handle, (const char *)store_migrations[nth].data,
					      NULL, NULL, NULL),
				 SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, setup, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, rows, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
}

struct decoded {
	size_t count;
	struct alert alerts[16];
};

static void decode(void *arg, const struct store_record *record)
{
	struct decoded *decoded = arg;
	struct bw_error err = { "" };

	assert_true(decoded->count < 16);
	if (alert_decode(record->text, &decoded->alerts[decoded->count], &err) != BW_OK)
		fail_msg("%s: %s", err.text, record->text);
	assert_int_equal(decoded->alerts[decoded->count].id, record->id);
	assert_int_equal(decoded->alerts[decoded->count].resolved.us, record->ended.us);
	decoded->count++;
}

static void test_alerts_of_a_file_from_before_go_on(void **state)
{
	static const struct {
		const char *row, *rule, *subject, *type;
		enum alert_subject_kind kind;
		enum bw_severity severity;
	} rows[] = {
		{ "'system_health','System Unhealthy'", "system_unhealthy", "", "system_health",
		  ALERT_SUBJECT_SYSTEM, BW_SEVERITY_CRITICAL },
		{ "'system_health','System Degraded'", "system_degraded", "", "system_health",
		  ALERT_SUBJECT_SYSTEM, BW_SEVERITY_CRITICAL },
		{ "'resource_usage','High CPU Usage'", "cpu_usage", "", "resource_usage",
		  ALERT_SUBJECT_RESOURCE, BW_SEVERITY_CRITICAL },
		{ "'resource_usage','High Disk Usage'", "disk_usage", "", "resource_usage",
		  ALERT_SUBJECT_RESOURCE, BW_SEVERITY_CRITICAL },
		{ "'performance','Slow Response Times'", "response_time", "", "performance",
		  ALERT_SUBJECT_SYSTEM, BW_SEVERITY_CRITICAL },
		{ "'circuit_breaker','Circuit Breaker Open: a: b'", "breaker_open", "a: b",
		  "circuit_breaker", ALERT_SUBJECT_BREAKER, BW_SEVERITY_CRITICAL },
		{ "'circuit_breaker','Circuit Breaker Testing: x'", "breaker_half_open", "x",
		  "circuit_breaker", ALERT_SUBJECT_BREAKER, BW_SEVERITY_CRITICAL },
		{ "'failure_rate','High Failure Rate: \"y\"'", "failure_rate", "\"y\"",
		  "failure_rate", ALERT_SUBJECT_BREAKER, BW_SEVERITY_CRITICAL },
		{ "'storage','History Not Kept'", "storage_not_kept", "", "storage",
		  ALERT_SUBJECT_SYSTEM, BW_SEVERITY_CRITICAL },
	};
	enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
	struct decoded decoded = { 0 };
	char sql[4096] = "";

	(void)state;
	for (int nth = 0; nth < ROWS; nth++)
		snprintf(sql + strlen(sql), sizeof(sql) - strlen(sql),
			 "INSERT INTO alert VALUES (%d,1,2,%s,'it''s \"so\"',11,22,0);", nth + 1,
			 rows[nth].row);
	snprintf(sql + strlen(sql), sizeof(sql) - strlen(sql),
		 "INSERT INTO alert VALUES (70,2,0,'performance','Slow Response Times','m',1,2,3);"
		 "INSERT INTO alert VALUES (71,7,0,'what','is this','m',1,2,3);");
	make_old_file(2, sql);
	assert_int_equal(store_bed_open(&bed), BW_OK);
	assert_string_equal(store_bed_status(&bed).trouble, "");
	store_load_records(bed.store, STORE_RECORD_ALERT, 9, decode, &decoded);
	assert_int_equal(decoded.count, ROWS + 1);
	for (int nth = 0; nth < ROWS; nth++) {
		const struct alert *alert = &decoded.alerts[nth];

		assert_int_equal(alert->id, nth + 1);
		assert_int_equal(alert->state, ALERT_FIRING);
		assert_string_equal(alert->rule_name, rows[nth].rule);
		assert_string_equal(alert->type, rows[nth].type);
		assert_string_equal(alert->subject, rows[nth].subject);
		assert_int_equal(alert->subject_kind, rows[nth].kind);
		assert_int_equal(alert->severity, rows[nth].severity);
		assert_string_equal(alert->message, "it's \"so\"");
		assert_int_equal(alert->started.us, 11);
		assert_int_equal(alert->fired.us, 22);
	}
	assert_int_equal(decoded.alerts[ROWS].id, 70);
	assert_int_equal(decoded.alerts[ROWS].state, ALERT_RESOLVED);
	assert_int_equal(decoded.alerts[ROWS].severity, BW_SEVERITY_INFO);
	for (size_t nth = 0; nth < decoded.count; nth++)
		alert_finish(&decoded.alerts[nth]);
}

/* --- results and points --- */

/* Three days of two components every half minute, one of them failing at times, and of the whole;
 * written as the daemon of that time did. */
static const char old_rows[] =
	"INSERT INTO component VALUES (3, 'database'), (7, 'cache'), (8, 'silent');"
	"INSERT INTO message VALUES (5, 77, 1772461800000, 'connection refused');"
	"INSERT INTO state VALUES (3, 3, 10, 20, NULL, 'connection refused');"
	"INSERT INTO record VALUES (1, 4, 0, '{}');"
	"INSERT INTO change VALUES (9, 1772461800000000, 'overall', '', 'a', 'b', 'c');"
	"WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 8639) "
	"INSERT INTO result SELECT c.id, 1772461800000 + i * 30000 + c.id, "
	"CASE WHEN i % 100 = 0 THEN 3 ELSE 1 END, CASE WHEN i % 100 = 0 THEN NULL ELSE 1000 + i "
	"END, "
	"CASE WHEN i % 100 = 0 THEN 5 END FROM n, component AS c WHERE c.id != 8 ORDER BY 1, 2;"
	"INSERT INTO result VALUES (3, 1, 9, 1, NULL);"
	"WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 8639) "
	"INSERT INTO point SELECT 1772461800000123 + i * 30000000, 97.3, 100.0, 0.1 * i, NULL, "
	"i % 100, i % 100 + 0.5 FROM n;";

struct found {
	size_t count, failed, right;
	int64_t hold_s;
	int calls;
	enum bw_status status;
};

static void look_at_result(struct store_view *view, struct found *found, int64_t nth,
			   const struct series_cell *cells)
{
	bool failed = nth % 100 == 0;
	int64_t text = cells[SERIES_COMPONENT_ERROR].value.integer;

	found->failed += cells[SERIES_COMPONENT_STATUS].value.integer == BW_HEALTH_UNHEALTHY &&
			 cells[SERIES_COMPONENT_RESPONSE].type == SERIES_ABSENT &&
			 strcmp(store_view_text(view, text), "connection refused") == 0;
	found->right += !failed && cells[SERIES_COMPONENT_RESPONSE].value.integer == 1000 + nth &&
			cells[SERIES_COMPONENT_STATUS].value.integer == BW_HEALTH_HEALTHY &&
			store_view_text(view, text)[0] == '\0';
	found->hold_s = cells[SERIES_COMPONENT_HOLD].value.integer;
}

static enum bw_status read_results(void *arg, struct store_view *view, struct bw_error *err)
{
	const struct view_wanted wanted = {
		.kind = SERIES_COMPONENT, .name = "database", .from_us = 0, .to_us = INT64_MAX
	};
	struct series_cell cells[SERIES_FIELDS_MAX];
	struct found *found = arg;
	struct series_rows rows;
	int64_t time_us;

	if (store_view_rows(view, &wanted, &rows, err) != BW_OK)
		return BW_EIO;
	found->count = rows.count;
	for (size_t nth = 0; nth < rows.count; nth++) {
		series_rows_get(&rows, nth, &time_us, cells);
		if (time_us == STORE_NOON_US + (int64_t)nth * 30 * BW_SECOND_US + 3000)
			look_at_result(view, found, (int64_t)nth, cells);
	}
	series_rows_finish(&rows);
	return BW_OK;
}

static enum bw_status read_points(void *arg, struct store_view *view, struct bw_error *err)
{
	const struct view_wanted wanted = {
		.kind = SERIES_SYSTEM, .name = "", .from_us = 0, .to_us = INT64_MAX
	};
	struct series_cell cells[SERIES_FIELDS_MAX];
	struct found *found = arg;
	struct series_rows rows;
	int64_t time_us;

	if (store_view_rows(view, &wanted, &rows, err) != BW_OK)
		return BW_EIO;
	found->count = rows.count;
	for (size_t nth = 0; nth < rows.count; nth++) {
		series_rows_get(&rows, nth, &time_us, cells);
		found->right +=
			time_us == STORE_NOON_US + 123 + (int64_t)nth * 30 * BW_SECOND_US &&
			cells[SERIES_SYSTEM_HEALTH_SCORE].value.real == 97.3 &&
			cells[SERIES_SYSTEM_RESPONSE_TIME].value.real == 0.1 * (double)nth &&
			cells[SERIES_SYSTEM_CIRCUIT_BREAKER_HEALTH].type == SERIES_ABSENT &&
			cells[SERIES_SYSTEM_CPU_USAGE].type == SERIES_INTEGER &&
			cells[SERIES_SYSTEM_MEMORY_USAGE].value.real == (double)(nth % 100) + 0.5;
	}
	series_rows_finish(&rows);
	return BW_OK;
}

static void take_found(void *arg, enum bw_status status, const struct bw_error *error)
{
	struct found *found = arg;

	(void)error;
	found->calls++;
	found->status = status;
}

static struct found ask(enum bw_status (*work)(void *arg, struct store_view *view,
					       struct bw_error *err))
{
	struct found found = { 0 };
	const struct store_question question = { work, take_found, &found };

	assert_int_equal(store_ask(bed.store, &question), BW_OK);
	while (found.calls == 0) {
		store_flush(bed.store);
		store_dispatch(bed.store);
	}
	assert_int_equal(found.status, BW_OK);
	return found;
}

static void count_states(void *arg, const struct store_state *state)
{
	assert_string_equal(state->component, "database");
	*(int *)arg += 1;
}

static void count_records(void *arg, const struct store_record *record)
{
	*(int *)arg += record->id == 4;
}

static void test_results_and_points_of_a_file_from_before_are_rows(void **state)
{
	int states = 0, records = 0;
	struct found found;

	(void)state;
	make_old_file(3, old_rows);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(store_bed_open(&bed), BW_OK);
		assert_string_equal(store_bed_status(&bed).trouble, "");
		assert_int_equal(store_bed_status(&bed).damaged, 0);
		found = ask(read_results);
		assert_int_equal(found.count, 8640);
		assert_int_equal(found.failed, 87);
		assert_int_equal(found.right, 8640 - 87);
		assert_int_equal(found.hold_s, 61);
		found = ask(read_points);
		assert_int_equal(found.count, 8640);
		assert_int_equal(found.right, 8640);
		store_bed_close(&bed);
	}
	assert_int_equal(store_bed_open(&bed), BW_OK);
	store_load_states(bed.store, count_states, &states);
	store_load_records(bed.store, STORE_RECORD_SILENCE, 9, count_records, &records);
	assert_int_equal(states, 1);
	assert_int_equal(records, 1);
	store_bed_append(&bed, "database", 3 * STORE_DAY_US / 1000, "connection refused");
	store_bed_append(&bed, "another", 3 * STORE_DAY_US / 1000, "of another kind");
	assert_string_equal(store_bed_ask(&bed, "database", 0, INT64_C(1) << 30, 1).last_error,
			    "connection refused");
	assert_string_equal(store_bed_ask(&bed, "another", 0, INT64_C(1) << 30, 1).last_error,
			    "of another kind");
	/* Pages of the old tables are given back. */
	assert_in_range(store_bed_status(&bed).file_bytes, 1, 400000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_alerts_of_a_file_from_before_go_on, begin,
						end),
		cmocka_unit_test_setup_teardown(
			test_results_and_points_of_a_file_from_before_are_rows, begin, end),
	};

	return cmocka_run_group_tests_name("store upgrade", tests, NULL, NULL);
}
