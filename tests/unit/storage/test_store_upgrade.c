/* test_store_upgrade.c - what a file of an earlier version knew of alerts is known afterwards. */
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

/* A file of the version before records, with what its daemon knew of alerts. */
static void make_old_file(const char *rows)
{
	char setup[128];
	sqlite3 *handle;

	snprintf(setup, sizeof(setup), "PRAGMA application_id=%d; PRAGMA user_version=2;",
		 0x426c7774);
	folder_write(&bed.folder, "data/keep", "");
	assert_int_equal(sqlite3_open(bed.path, &handle), SQLITE_OK);
	for (int nth = 0; nth < 2; nth++)
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
	make_old_file(sql);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_alerts_of_a_file_from_before_go_on, begin,
						end),
	};

	return cmocka_run_group_tests_name("store upgrade", tests, NULL, NULL);
}
