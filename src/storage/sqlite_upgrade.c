/* sqlite_upgrade.c - reads the old tables in the order of their keys, and seals what belongs into
 * one chunk: a day of one component is in memory at a time.
 *
 * The old rows do not say how long they speak. They came at a regular pace, so each chunk's rows
 * speak twice as long as the step that half of them keep to. What the whole was is not in the old
 * points: they say "unknown".
 */
#include "storage/sqlite_upgrade.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "core/health.h"
#include "series/chunk.h"
#include "storage/ledger_impl.h"

#define MS_US INT64_C(1000)

enum { HOLD_MIN_S = 5, HOLD_ALONE_S = 90, ROWS_MAX = CHUNK_ROWS_MAX };

static const char prepare_sql[] =
	"INSERT INTO text SELECT id, hash, used_ms * 1000, text FROM message WHERE text IS NOT "
	"NULL;"
	"INSERT INTO series SELECT id, 1, name FROM component "
	"WHERE name IS NOT NULL AND length(name) <= 512 ORDER BY id;"
	"INSERT INTO series SELECT (SELECT COALESCE(max(id), 0) + 1 FROM component), 0, '' "
	"WHERE EXISTS (SELECT 1 FROM point);";
static const char results_sql[] =
	"SELECT component_id, time_ms * 1000, health, response_us, message_id FROM result "
	"JOIN series ON series.id = component_id ORDER BY component_id, time_ms";
static const char points_sql[] =
	"SELECT (SELECT id FROM series WHERE kind = 0), time_us, health_score, availability, "
	"response_time, breaker_health, cpu_usage, memory_usage FROM point ORDER BY time_us";
static const char drop_sql[] = "DROP TABLE result; DROP TABLE point; DROP TABLE message;"
			       "DROP TABLE component;";

struct upgrade {
	struct sql *sql;
	sqlite3 *handle;
	struct heads_series series; /* of the rows gathered; id 0: none yet */
	struct series_rows rows;
	struct bw_error *err;
};

static enum bw_status fail(struct upgrade *upgrade)
{
	int code = sqlite3_errcode(upgrade->handle) & 0xff;
	bool damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB;

	return bw_fail(upgrade->err, damaged ? BW_ECORRUPT : BW_EIO,
		       "cannot bring the store up to date: %s", sqlite3_errmsg(upgrade->handle));
}

static enum bw_status execute(struct upgrade *upgrade, const char *sql)
{
	if (sqlite3_exec(upgrade->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
		return fail(upgrade);
	return BW_OK;
}

/* --- how long they speak --- */

static int compare(const void *a, const void *b)
{
	const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

static int64_t hold_of(const struct series_rows *rows)
{
	size_t count = rows->count - 1;
	int64_t *steps, hold_s;

	if (count == 0)
		return HOLD_ALONE_S;
	steps = xcalloc(count, sizeof(*steps));
	for (size_t nth = 0; nth < count; nth++)
		steps[nth] = rows->times_us[nth + 1] - rows->times_us[nth];
	qsort(steps, count, sizeof(*steps), compare);
	hold_s = 2 * steps[count / 2] / BW_SECOND_US + 1;
	free(steps);
	return hold_s < HOLD_MIN_S ? HOLD_MIN_S : hold_s;
}

static void set_hold(struct series_rows *rows)
{
	/* The second field of every kind. */
	struct series_column *column = &rows->columns[SERIES_COMPONENT_HOLD];
	int64_t hold_s = hold_of(rows);

	for (size_t nth = 0; nth < rows->count; nth++) {
		column->types[nth] = SERIES_INTEGER;
		column->values[nth].integer = hold_s;
	}
}

/* --- rows --- */

static enum bw_status flush(struct upgrade *upgrade)
{
	enum bw_status status;
	uint64_t chunks = 0;

	if (upgrade->rows.count == 0)
		return BW_OK;
	set_hold(&upgrade->rows);
	status = ledger_put_chunks(upgrade->sql, &upgrade->series, &upgrade->rows, &chunks,
				   upgrade->err);
	series_rows_clear(&upgrade->rows);
	return status;
}

/* Is this row of another chunk than those before? */
static bool is_apart(const struct upgrade *upgrade, int64_t series, int64_t time_us)
{
	const struct series_rows *rows = &upgrade->rows;

	return rows->count > 0 &&
	       (series != upgrade->series.id || rows->count == ROWS_MAX ||
		ledger_day(time_us) != ledger_day(rows->times_us[rows->count - 1]));
}

static struct series_cell cell_of(sqlite3_stmt *row, int column)
{
	switch (sqlite3_column_type(row, column)) {
	case SQLITE_INTEGER:
		return (struct series_cell){ SERIES_INTEGER,
					     { .integer = sqlite3_column_int64(row, column) } };
	case SQLITE_FLOAT:
		return (struct series_cell){ SERIES_REAL,
					     { .real = sqlite3_column_double(row, column) } };
	default:
		return (struct series_cell){ .type = SERIES_ABSENT };
	}
}

static bool read_result(sqlite3_stmt *row, struct series_cell *cells)
{
	cells[SERIES_COMPONENT_STATUS] = cell_of(row, 2);
	cells[SERIES_COMPONENT_RESPONSE] = cell_of(row, 3);
	cells[SERIES_COMPONENT_ERROR] = cell_of(row, 4);
	if (cells[SERIES_COMPONENT_ERROR].type != SERIES_INTEGER)
		cells[SERIES_COMPONENT_ERROR] =
			(struct series_cell){ SERIES_INTEGER, { .integer = 0 } };
	return cells[SERIES_COMPONENT_STATUS].type == SERIES_INTEGER &&
	       cells[SERIES_COMPONENT_STATUS].value.integer >= 0 &&
	       cells[SERIES_COMPONENT_STATUS].value.integer < BW_HEALTH_MAX;
}

static bool read_point(sqlite3_stmt *row, struct series_cell *cells)
{
	cells[SERIES_SYSTEM_STATUS] = (struct series_cell){ SERIES_INTEGER, { .integer = 0 } };
	cells[SERIES_SYSTEM_HEALTH_SCORE] = cell_of(row, 2);
	cells[SERIES_SYSTEM_AVAILABILITY] = cell_of(row, 3);
	cells[SERIES_SYSTEM_RESPONSE_TIME] = cell_of(row, 4);
	cells[SERIES_SYSTEM_CIRCUIT_BREAKER_HEALTH] = cell_of(row, 5);
	cells[SERIES_SYSTEM_CPU_USAGE] = cell_of(row, 6);
	cells[SERIES_SYSTEM_MEMORY_USAGE] = cell_of(row, 7);
	return true;
}

static enum bw_status take(struct upgrade *upgrade, sqlite3_stmt *row,
			   bool (*read)(sqlite3_stmt *row, struct series_cell *cells))
{
	int64_t series = sqlite3_column_int64(row, 0), time_us = sqlite3_column_int64(row, 1);
	struct series_cell cells[SERIES_FIELDS_MAX] = { 0 };
	enum bw_status status = BW_OK;

	if (!read(row, cells))
		return BW_OK;
	if (is_apart(upgrade, series, time_us))
		status = flush(upgrade);
	upgrade->series.id = series;
	xalloc_must(series_rows_add(&upgrade->rows, time_us, cells));
	return status;
}

static enum bw_status convert(struct upgrade *upgrade, enum series_kind kind, const char *sql,
			      bool (*read)(sqlite3_stmt *row, struct series_cell *cells))
{
	enum bw_status status = BW_OK;
	sqlite3_stmt *rows = NULL;
	int code = sqlite3_prepare_v2(upgrade->handle, sql, -1, &rows, NULL);

	upgrade->series = (struct heads_series){ .kind = kind, .oldest_us = INT64_MIN };
	series_rows_init(&upgrade->rows, series_schema(kind)->field_count);
	while (code == SQLITE_OK && status == BW_OK && (code = sqlite3_step(rows)) == SQLITE_ROW) {
		code = SQLITE_OK;
		status = take(upgrade, rows, read);
	}
	if (status == BW_OK && code != SQLITE_DONE)
		status = fail(upgrade);
	if (status == BW_OK)
		status = flush(upgrade);
	sqlite3_finalize(rows);
	series_rows_finish(&upgrade->rows);
	return status;
}

enum bw_status sqlite_upgrade(struct sql *sql, sqlite3 *handle, struct bw_error *err)
{
	struct upgrade upgrade = { .sql = sql, .handle = handle, .err = err };
	enum bw_status status = execute(&upgrade, prepare_sql);

	if (status == BW_OK)
		status = convert(&upgrade, SERIES_COMPONENT, results_sql, read_result);
	if (status == BW_OK)
		status = convert(&upgrade, SERIES_SYSTEM, points_sql, read_point);
	return status == BW_OK ? execute(&upgrade, drop_sql) : status;
}
