/* history_data.c - one day of many components, the same for every store that is measured, and what
 * Bellwether's own makes of it.
 *
 * Usage: history_data csv COMPONENTS          component,second,status,response_us a line
 *        history_data openmetrics COMPONENTS  for promtool; seconds
 *        history_data prometheus COMPONENTS   for VictoriaMetrics; milliseconds
 *        history_data fill DATABASE COMPONENTS
 *        history_data year DATABASE           a year of one component as rollups
 *        history_data ask DATABASE            times of questions, one JSON line
 *
 * A component is looked at every 30 s, some milliseconds late; its response time wanders over the
 * day around its own level with lognormal noise and rare spikes; one look in two hundred fails.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "series/rollup.h"
#include "storage/ledger_impl.h"
#include "storage/statements.h"
#include "storage/store.h"

#define START_US (INT64_C(20000) * 86400 * BW_SECOND_US)
#define DAY_US (86400 * BW_SECOND_US)
#define STEP_US (30 * BW_SECOND_US)

enum { STEPS = 2880, YEAR_DAYS = 365, ROUNDS = 50 };

struct look {
	int64_t time_us, response_us; /* response -1: none */
	int status;
};

static double chance(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (double)(*seed >> 11) / 9007199254740992.0;
}

static double normal(uint64_t *seed)
{
	return sqrt(-2 * log(1 - chance(seed))) * cos(6.283185307179586 * chance(seed));
}

static struct look look_at(int component, int64_t step)
{
	uint64_t seed =
		((uint64_t)component * 100003 + (uint64_t)step + 1) * UINT64_C(0x9e3779b97f4a7c15);
	const double level = 2000.0 * (1 + component % 50);
	const double wave = 1 + 0.3 * sin((double)step / STEPS * 6.283185307179586 + component);
	struct look look = { .time_us = START_US + step * STEP_US +
					1000 * (int64_t)(5 * chance(&seed) + component % 30000),
			     .status = BW_HEALTH_HEALTHY };

	(void)chance(&seed);
	look.response_us = (int64_t)(level * wave * exp(0.08 * normal(&seed)));
	if (chance(&seed) < 0.005) {
		look.status = BW_HEALTH_UNHEALTHY;
		look.response_us = -1;
	} else if (chance(&seed) < 0.01) {
		look.response_us *= 5;
	}
	return look;
}

static void name_of(int component, char name[32])
{
	snprintf(name, 32, "service-%04d", component);
}

/* --- for others --- */

static void write_csv(int components)
{
	for (int64_t step = 0; step < STEPS; step++) {
		for (int component = 0; component < components; component++) {
			const struct look look = look_at(component, step);

			printf("%d,%lld.%03d,%d,%lld\n", component,
			       (long long)(look.time_us / BW_SECOND_US),
			       (int)(look.time_us % BW_SECOND_US / 1000), look.status,
			       (long long)look.response_us);
		}
	}
}

static void write_metric(const char *metric, int components, bool is_open)
{
	if (is_open)
		printf("# TYPE %s gauge\n", metric);
	for (int component = 0; component < components; component++) {
		for (int64_t step = 0; step < STEPS; step++) {
			const struct look look = look_at(component, step);
			const int64_t value =
				strcmp(metric, "status") == 0 ? look.status : look.response_us;

			if (value < 0)
				continue;
			printf("%s{component=\"service-%04d\"} %lld ", metric, component,
			       (long long)value);
			if (is_open)
				printf("%lld.%03d\n", (long long)(look.time_us / BW_SECOND_US),
				       (int)(look.time_us % BW_SECOND_US / 1000));
			else
				printf("%lld\n", (long long)(look.time_us / 1000));
		}
	}
}

static void write_metrics(int components, bool is_open)
{
	write_metric("status", components, is_open);
	write_metric("response_us", components, is_open);
	if (is_open)
		puts("# EOF");
}

/* --- our own --- */

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double cpu_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void cells_of(const struct look *look, struct series_cell *cells)
{
	cells[SERIES_COMPONENT_STATUS] =
		(struct series_cell){ SERIES_INTEGER, { .integer = look->status } };
	cells[SERIES_COMPONENT_HOLD] = (struct series_cell){ SERIES_INTEGER, { .integer = 65 } };
	cells[SERIES_COMPONENT_MAINTENANCE] =
		(struct series_cell){ SERIES_INTEGER, { .integer = 0 } };
	cells[SERIES_COMPONENT_ERROR] = (struct series_cell){ .type = SERIES_ABSENT };
	cells[SERIES_COMPONENT_RESPONSE] =
		(struct series_cell){ look->response_us < 0 ? SERIES_ABSENT : SERIES_INTEGER,
				      { .integer =
						look->response_us < 0 ? 0 : look->response_us } };
}

/* A commit has what a second brings, as a daemon's has. */
static void append_all(struct store *store, int components)
{
	const int a_second = components < 30 ? 1 : components / 30;
	char name[32];

	for (int64_t step = 0; step < STEPS; step++) {
		for (int component = 0; component < components; component++) {
			const struct look look = look_at(component, step);
			struct store_row row = { .kind = SERIES_COMPONENT,
						 .name = name,
						 .time = { look.time_us },
						 .text = look.response_us < 0 ? "connection refused"
									      : NULL };

			name_of(component, name);
			cells_of(&look, row.cells);
			store_append_row(store, &row);
			if (component % a_second == a_second - 1)
				store_flush(store);
		}
	}
	store_flush(store);
}

static int fill(const char *path, int components)
{
	const struct store_config config = { .path = path,
					     .history_us = 7 * DAY_US,
					     .rollups_us = 400 * DAY_US };
	const double began_s = now_s(), began_cpu_s = cpu_s();
	struct store_status status;
	struct bw_error err = { "" };
	struct store *store;

	if (store_open(&config, (struct bw_wall){ START_US }, &store, &err) != BW_OK) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	append_all(store, components);
	store_status(store, &status);
	store_close(store, 60 * BW_SECOND_US);
	printf("{\"rows\": %llu, \"dropped\": %llu, \"head_bytes\": %llu, \"seconds\": %.3f, "
	       "\"cpu_seconds\": %.3f}\n",
	       (unsigned long long)status.written, (unsigned long long)status.dropped,
	       (unsigned long long)status.head_bytes, now_s() - began_s, cpu_s() - began_cpu_s);
	return status.dropped > 0;
}

static enum bw_status put_level(struct sql *sql, const struct series_rows *rows, int64_t day_us,
				enum rollup_level level, struct bw_error *err)
{
	struct rollup_buckets buckets;
	struct bw_buf bytes;
	const struct ledger_chunk chunk = { level, day_us, day_us + DAY_US - 1, 1, &bytes };
	enum bw_status status;

	bw_buf_init(&bytes, 0);
	rollup_init(&buckets, SERIES_COMPONENT);
	status = rollup_rows(SERIES_COMPONENT, rows, day_us, day_us + DAY_US,
			     rollup_level_us(level), &buckets);
	rollup_encode(&bytes, level, &buckets);
	if (status == BW_OK)
		status = ledger_add_chunk(sql, 1, &chunk, err);
	bw_buf_finish(&bytes);
	rollup_finish(&buckets);
	return status;
}

static enum bw_status put_day(struct sql *sql, int day, struct bw_error *err)
{
	struct series_cell cells[SERIES_FIELDS_MAX];
	struct series_rows rows;
	enum bw_status status = BW_OK;

	series_rows_init(&rows, SERIES_COMPONENT_FIELDS);
	for (int64_t step = 0; step < STEPS && status == BW_OK; step++) {
		const struct look look = look_at(7, day * STEPS + step);

		cells_of(&look, cells);
		status = series_rows_add(&rows, look.time_us, cells);
	}
	for (int level = ROLLUP_5M; level < ROLLUP_LEVELS && status == BW_OK; level++)
		status = put_level(sql, &rows, START_US + day * DAY_US, (enum rollup_level)level,
				   err);
	series_rows_finish(&rows);
	return status;
}

static int fill_year(const char *path)
{
	const struct sql_value series[] = { sql_integer(1), sql_integer(SERIES_COMPONENT),
					    sql_text("service-0007") };
	struct bw_error err = { "" };
	struct sql *sql;
	enum bw_status status = sql_open(&(struct sql_place){ path, "", SQL_WRITER }, &sql, &err);

	if (status != BW_OK)
		return 1;
	status = sql->driver->begin(sql, false, &err);
	if (status == BW_OK)
		status = sql_run(sql, SQL_SERIES_ADD, series, 3, &err);
	for (int day = 0; day < YEAR_DAYS && status == BW_OK; day++)
		status = put_day(sql, day, &err);
	if (status == BW_OK)
		status = sql->driver->commit(sql, &err);
	sql->driver->close(sql);
	return status != BW_OK;
}

/* --- questions --- */

enum question { ROWS_OF_A_DAY, YEAR_OF_DAYS, YEAR_OF_STATES, YEAR_UPTIME, QUESTIONS };

static enum bw_status ask(struct store_view *view, enum question question, struct bw_error *err)
{
	const int64_t days = question == ROWS_OF_A_DAY ? 1 : YEAR_DAYS;
	const struct view_wanted wanted = {
		SERIES_COMPONENT, "service-0007", START_US, START_US + days * DAY_US, 0, true
	};
	struct rollup_buckets buckets = { 0 };
	struct timeline points = { 0 };
	struct series_rows rows = { 0 };
	struct uptime uptime;
	enum bw_status status;

	if (question == ROWS_OF_A_DAY) {
		status = store_view_rows(view, &wanted, &rows, err);
		series_rows_finish(&rows);
	} else if (question == YEAR_OF_DAYS) {
		status = store_view_buckets(view, &wanted, DAY_US, &buckets, err);
		rollup_finish(&buckets);
	} else if (question == YEAR_OF_STATES) {
		status = store_view_timeline(view, &wanted, &points, err);
		timeline_finish(&points);
	} else {
		status = store_view_uptime(view, &wanted, &uptime, err);
	}
	return status;
}

static int compare(const void *left, const void *right)
{
	const double a = *(const double *)left, b = *(const double *)right;

	return a < b ? -1 : a > b;
}

/* The first after opening, and the median of those that follow, in ms. */
static int ask_all(const char *path)
{
	static const char *const names[QUESTIONS] = { "day_rows", "year_buckets", "year_states",
						      "year_uptime" };

	for (int question = 0; question < QUESTIONS; question++) {
		double times_ms[ROUNDS];
		struct bw_error err = { "" };
		struct store_view *view;

		if (store_view_open(path, "", &view, &err) != BW_OK)
			return 1;
		for (int round = 0; round < ROUNDS; round++) {
			const double began_s = now_s();

			if (ask(view, (enum question)question, &err) != BW_OK)
				return 1;
			times_ms[round] = (now_s() - began_s) * 1000;
		}
		store_view_close(view);
		printf("%s\"%s\": {\"cold_ms\": %.3f, ", question == 0 ? "{" : ", ",
		       names[question], times_ms[0]);
		qsort(times_ms, ROUNDS, sizeof(times_ms[0]), compare);
		printf("\"warm_ms\": %.3f}", times_ms[ROUNDS / 2]);
	}
	puts("}");
	return 0;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 2 ? argv[1] : "";

	if (strcmp(mode, "csv") == 0)
		write_csv((int)strtol(argv[2], NULL, 10));
	else if (strcmp(mode, "openmetrics") == 0 || strcmp(mode, "prometheus") == 0)
		write_metrics((int)strtol(argv[2], NULL, 10), mode[0] == 'o');
	else if (strcmp(mode, "fill") == 0 && argc == 4)
		return fill(argv[2], (int)strtol(argv[3], NULL, 10));
	else if (strcmp(mode, "year") == 0)
		return fill_year(argv[2]);
	else if (strcmp(mode, "ask") == 0)
		return ask_all(argv[2]);
	else
		return 2;
	return 0;
}
