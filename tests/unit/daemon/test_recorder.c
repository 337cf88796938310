/* test_recorder.c - which rows and marks the engine writes, and when, on the scripted loop.
 *
 * The linker gives store_append_row() to this file, which keeps each row as a line of text:
 *   "30000 component a: status=healthy hold=25 response_us=0 \"text\""
 * with milliseconds since the loop began.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/daemon/bed.h"

#define ONE "components:\n  - name: a\n" BED_TEN BED_PEER
#define GUARDED ONE "    breaker: { failure_threshold: 2, recovery_timeout: 60s }\n"
#define VIEWED                                                                                     \
	"breakers: [{ name: b, failure_threshold: 1 }]\n" ONE                                      \
	"    breaker: b\n  - { name: view, breaker: b, every: 10s, jitter: 0s }\n"

static struct bed bed;
static char text[1 << 18];
static size_t len;
static int64_t bounds[3];

void __wrap_store_append_row(struct store *store, const struct store_row *row);
void __wrap_store_set_bounds(struct store *store, int64_t history_us, int64_t rollups_us,
			     int64_t limit_bytes);

static void add(const char *format, ...) BW_PRINTF(1, 2);

static void add(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	len += (size_t)vsnprintf(text + len, sizeof(text) - len, format, args);
	va_end(args);
	assert_true(len < sizeof(text));
}

void __wrap_store_append_row(struct store *store, const struct store_row *row)
{
	const struct series_schema *schema = series_schema(row->kind);
	int64_t at_us = row->time.us - FAKE_WALL_START_US;

	assert_non_null(store);
	add("%lld", (long long)(at_us / 1000));
	if (at_us % 1000 != 0)
		add(".%03lld", (long long)(at_us % 1000));
	add(" %s %s: %s=%s", schema->name, row->name, schema->fields[0].name,
	    series_state_word(row->kind, (int)row->cells[0].value.integer));
	for (size_t i = 1; i < schema->field_count; i++) {
		const struct series_cell *cell = &row->cells[i];

		if (cell->type == SERIES_INTEGER)
			add(" %s=%lld", schema->fields[i].name, (long long)cell->value.integer);
		else if (cell->type == SERIES_REAL)
			add(" %s=%.15g", schema->fields[i].name, cell->value.real);
	}
	if (row->text != NULL && row->text[0] != '\0')
		add(" \"%s\"", row->text);
	add("\n");
}

void __wrap_store_set_bounds(struct store *store, int64_t history_us, int64_t rollups_us,
			     int64_t limit_bytes)
{
	(void)store;
	bounds[0] = history_us;
	bounds[1] = rollups_us;
	bounds[2] = limit_bytes;
}

static void forget(void)
{
	len = 0;
	text[0] = '\0';
}

static int set_up(void **state)
{
	(void)state;
	forget();
	bed_init(&bed);
	bed_open_store(&bed);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	bed_finish(&bed);
	return 0;
}

static int64_t now_ms(void)
{
	return (io_loop_wall(bed.loop).us - FAKE_WALL_START_US) / 1000;
}

/* The line that begins so, the first or the last of them. */
static const char *line(const char *begins, bool last)
{
	static char found[512];
	const char *at = text;

	found[0] = '\0';
	while (*at != '\0' && (last || found[0] == '\0')) {
		const char *row = strchr(at, ' ') + 1;
		size_t size = strcspn(at, "\n");

		if (strncmp(row, begins, strlen(begins)) == 0)
			snprintf(found, sizeof(found), "%.*s", (int)size, at);
		at += size + 1;
	}
	return found;
}

static const char *first(const char *begins)
{
	return line(begins, false);
}

static const char *latest(const char *begins)
{
	return line(begins, true);
}

static void assert_has(const char *line_text, const char *part)
{
	if (strstr(line_text, part) == NULL)
		fail_msg("no `%s` in `%s` of\n%s", part, line_text, text);
}

static void assert_not(const char *line_text, const char *part)
{
	if (line_text[0] == '\0' || strstr(line_text, part) != NULL)
		fail_msg("`%s` in `%s` of\n%s", part, line_text, text);
}

static void test_results_are_rows(void **state)
{
	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, ONE "    timeout: 5s\n");
	bed_seconds(&bed, 12);
	assert_has(first("component a:"), "status=healthy hold=25 maintenance=0 response_us=");
	bed_peer(&bed, IO_REFUSED);
	bed_seconds(&bed, 10);
	assert_has(latest("component a:"), "status=unhealthy hold=25 maintenance=0 ");
	assert_has(latest("component a:"), "\"connection refused");
}

static void test_what_is_shown_is_recorded(void **state)
{
	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, ONE "    down_after: 3\n");
	bed_seconds(&bed, 12);
	bed_peer(&bed, IO_REFUSED);
	bed_seconds(&bed, 10);
	assert_has(latest("component a:"), "status=healthy ");
	assert_has(latest("component a:"), "\"connection refused");
	bed_seconds(&bed, 20);
	assert_has(latest("component a:"), "status=unhealthy ");
}

static void test_a_breaker_speaks_for_its_component(void **state)
{
	(void)state;
	bed_peer(&bed, IO_REFUSED);
	bed_start(&bed, GUARDED);
	bed_seconds(&bed, 25);
	assert_has(first("breaker a: state=open"), "state=open hold=65 calls=2 failure_rate=1 ");
	forget();
	bed_seconds(&bed, 20);
	assert_has(latest("component a:"), "status=unhealthy hold=");
	assert_has(latest("component a:"), "Circuit breaker open");
	assert_not(latest("component a:"), "response_us");
}

static void test_a_viewer_has_rows_of_its_own(void **state)
{
	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, VIEWED);
	bed_seconds(&bed, 25);
	assert_has(latest("component view:"), "status=healthy hold=");
	bed_peer(&bed, IO_REFUSED);
	bed_seconds(&bed, 11);
	assert_has(latest("component view:"), "status=unhealthy hold=");
}

static void test_points_take_the_rest_along(void **state)
{
	char expected[64];

	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, "refresh_interval: 30s\n" GUARDED);
	bed_seconds(&bed, 70);
	assert_int_equal(bed.samples, 3);
	snprintf(expected, sizeof(expected), "status=healthy hold=65 health_score=%.15g ",
		 bed.point.health_score);
	assert_has(latest("system "), expected);
	assert_has(latest("system "), " availability=100 ");
	assert_has(latest("system "), " availability_points=30 breaker_points=25 response_points=");
	assert_not(latest("system "), "cpu_usage"); /* this host has no /proc */
	assert_has(latest("host "), "state=unknown hold=65");
	assert_not(latest("host "), "cpu_usage");
	assert_has(latest("breaker a:"), "state=closed hold=65 calls=");
	assert_has(latest("breaker a:"), " failure_rate=0 timeout_rate=0 ");
}

static void test_a_breaker_without_calls_has_no_rates(void **state)
{
	(void)state;
	bed_start(&bed, "breakers: [{ name: idle }]\n");
	bed_seconds(&bed, 60);
	assert_has(latest("breaker idle:"), "state=closed hold=65 calls=0 rejected=0");
}

static void test_a_change_of_the_whole_is_a_mark(void **state)
{
	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, "refresh_interval: 10m\n" ONE "    critical: true\n");
	bed_seconds(&bed, 60);
	assert_has(latest("system "), "status=healthy hold=1205 ");
	bed_peer(&bed, IO_REFUSED);
	bed_seconds(&bed, 12);
	assert_has(latest("system "), "status=unhealthy");
	assert_not(latest("system "), "hold");
}

static void test_a_start_marks_the_end_of_the_daemon_before(void **state)
{
	char expected[64];

	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, GUARDED "  - name: went\n" BED_TEN BED_PEER);
	assert_string_equal(text, ""); /* there was none */
	bed_seconds(&bed, 40);
	snprintf(expected, sizeof(expected), "%lld component a: status=none",
		 (long long)now_ms() + 1);
	bed_stop(&bed);
	bed_seconds(&bed, 300);
	forget();
	bed_open_store(&bed);
	bed_start(&bed, GUARDED);
	assert_string_equal(first("component a:"), expected);
	assert_has(first("component went:"), " component went: status=none");
	assert_has(first("breaker a:"), " breaker a: state=none");
	assert_has(first("system "), " system : status=none");
	assert_has(first("host "), " host : state=none");
	bed_stop(&bed);
	forget();
	bed_open_store(&bed); /* and with the mark it is gone */
	bed_start(&bed, GUARDED);
	assert_has(first("component a:"), "status=none");
	assert_string_equal(first("component went:"), "");
}

static void test_a_reload_ends_what_goes_and_what_is_disabled(void **state)
{
	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, GUARDED "  - name: went\n" BED_TEN BED_PEER);
	bed_seconds(&bed, 40);
	forget();
	bed_reload(&bed, ONE "    enabled: false\n"
			     "storage: { history: 2h, rollups: 3h, limit: 8MiB }\n");
	assert_string_equal(strchr(first("component a:"), ' '), " component a: status=none");
	assert_string_equal(strchr(first("component went:"), ' '), " component went: status=none");
	assert_string_equal(strchr(first("breaker a:"), ' '), " breaker a: state=none");
	assert_int_equal(bounds[0], 7200 * BW_SECOND_US);
	assert_int_equal(bounds[1], 10800 * BW_SECOND_US);
	assert_int_equal(bounds[2], 8 << 20);
	forget();
	bed_seconds(&bed, 60);
	assert_string_equal(first("component "), "");
}

static void test_a_clock_set_forward_leaves_a_gap(void **state)
{
	int64_t before;

	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, ONE);
	bed_seconds(&bed, 40);
	forget();
	before = now_ms();
	fake_shift_wall(bed.loop, 3600 * BW_SECOND_US);
	bed_seconds(&bed, 6);
	const char *mark = first("component a: status=none");
	assert_has(mark, "none");
	assert_in_range(strtoll(mark, NULL, 10), before, before + 6001);
	assert_has(first("system "), " system : status=none");
	forget();
	fake_shift_wall(bed.loop, -7200 * BW_SECOND_US);
	bed_seconds(&bed, 6);
	assert_string_equal(first("component a: status=none"), "");
}

static void test_maintenance_is_marked_at_its_edges(void **state)
{
	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, "maintenance: [{ name: w, match: [\"component=a\"], from: "
			"2026-03-02T14:31:00Z, until: 2026-03-02T14:33:00Z }]\n"
			"components:\n  - name: a\n    every: 50s\n    jitter: 0s\n" BED_PEER
			"  - name: b\n    every: 50s\n    jitter: 0s\n" BED_PEER);
	bed_seconds(&bed, 59);
	assert_has(latest("component a:"), "maintenance=0 ");
	forget();
	bed_seconds(&bed, 10);
	assert_has(first("component a:"), "status=healthy maintenance=1");
	assert_not(first("component a:"), "hold");
	assert_string_equal(first("component b:"), "");
	bed_seconds(&bed, 100);
	assert_has(latest("component a:"), "hold=105 maintenance=1 ");
	assert_has(latest("component b:"), "hold=105 maintenance=0 ");
	forget();
	bed_seconds(&bed, 16);
	assert_has(first("component a: status=healthy maintenance=0"), "maintenance=0");
	assert_not(first("component a: status=healthy maintenance=0"), "hold");
}

int main(void)
{
#define row(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		row(test_results_are_rows),
		row(test_what_is_shown_is_recorded),
		row(test_a_breaker_speaks_for_its_component),
		row(test_a_viewer_has_rows_of_its_own),
		row(test_points_take_the_rest_along),
		row(test_a_breaker_without_calls_has_no_rates),
		row(test_a_change_of_the_whole_is_a_mark),
		row(test_a_start_marks_the_end_of_the_daemon_before),
		row(test_a_reload_ends_what_goes_and_what_is_disabled),
		row(test_a_clock_set_forward_leaves_a_gap),
		row(test_maintenance_is_marked_at_its_edges),
	};
#undef row

	return cmocka_run_group_tests(tests, NULL, NULL);
}
