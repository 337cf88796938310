/* sqlite_read.c - what start-up wants back, and the results of one component.
 *
 * Stored numbers are foreign: a health or state that no enum knows is left out, not believed.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "storage/sqlite_db.h"

#define US_PER_MS INT64_C(1000)

enum { ROWS_FIRST = 256, TEXTS_BYTES_MAX = 64 << 20 };

static bool has_health(sqlite3_stmt *statement, int column, enum bw_health *out)
{
	int64_t value = sqlite3_column_int64(statement, column);

	if (value < 0 || value >= BW_HEALTH_MAX)
		return false;
	*out = (enum bw_health)value;
	return true;
}

static bool has_value(sqlite3_stmt *statement, int column)
{
	return sqlite3_column_type(statement, column) != SQLITE_NULL;
}

static char *text_of(sqlite3_stmt *statement, int column)
{
	return (char *)sqlite3_column_text(statement, column);
}

/* Steps a query of our own through its rows. */
static enum bw_status each_row(struct store_sqlite *db, sqlite3_stmt *statement,
			       void (*visit)(void *arg, sqlite3_stmt *row), void *arg,
			       struct bw_error *err)
{
	enum bw_status status = BW_OK;
	int code;

	while ((code = sqlite3_step(statement)) == SQLITE_ROW)
		visit(arg, statement);
	if (code != SQLITE_DONE)
		status = sqlite_fail(db, code, "read the store", err);
	sqlite3_finalize(statement);
	return status;
}

static enum bw_status prepare(struct store_sqlite *db, const char *sql, sqlite3_stmt **out,
			      struct bw_error *err)
{
	int code = sqlite3_prepare_v2(db->handle, sql, -1, out, NULL);

	return code == SQLITE_OK ? BW_OK : sqlite_fail(db, code, "read the store", err);
}

struct visitor {
	union {
		void (*point)(void *arg, const struct bw_history_point *point);
		void (*state)(void *arg, const struct store_state *state);
		void (*change)(void *arg, const struct bw_change *change);
		void (*record)(void *arg, const struct store_record *record);
	};
	void *arg;
};

/* --- points --- */

static double double_of(sqlite3_stmt *row, int column)
{
	return has_value(row, column) ? sqlite3_column_double(row, column) : NAN;
}

static struct bw_number number_of(sqlite3_stmt *row, int column)
{
	if (sqlite3_column_type(row, column) == SQLITE_INTEGER)
		return bw_number_from_int(sqlite3_column_int64(row, column));
	return bw_number_from_double(double_of(row, column));
}

static void visit_point(void *arg, sqlite3_stmt *row)
{
	const struct visitor *visitor = arg;
	const struct bw_history_point point = {
		.time = { sqlite3_column_int64(row, 0) },
		.health_score = double_of(row, 1),
		.availability = double_of(row, 2),
		.response_time = double_of(row, 3),
		.circuit_breaker_health = double_of(row, 4),
		.cpu_usage = number_of(row, 5),
		.memory_usage = number_of(row, 6),
	};

	visitor->point(visitor->arg, &point);
}

enum bw_status store_sqlite_each_point(struct store_sqlite *db, struct bw_wall from,
				       void (*visit)(void *arg,
						     const struct bw_history_point *point),
				       void *arg, struct bw_error *err)
{
	struct visitor visitor = { .point = visit, .arg = arg };
	sqlite3_stmt *select;
	enum bw_status status = prepare(
		db, "SELECT * FROM point WHERE time_us >= ?1 ORDER BY time_us", &select, err);

	if (status != BW_OK)
		return status;
	sqlite3_bind_int64(select, 1, from.us);
	return each_row(db, select, visit_point, &visitor, err);
}

/* --- states --- */

static void visit_state(void *arg, sqlite3_stmt *row)
{
	const struct visitor *visitor = arg;
	struct store_state state = {
		.component = text_of(row, 0),
		.since = { sqlite3_column_int64(row, 2) },
		.last_check = { sqlite3_column_int64(row, 3) },
		.has_response = has_value(row, 4),
		.response_us = sqlite3_column_int64(row, 4),
		.error = text_of(row, 5),
	};

	if (state.component != NULL && has_health(row, 1, &state.health))
		visitor->state(visitor->arg, &state);
}

enum bw_status store_sqlite_each_state(struct store_sqlite *db,
				       void (*visit)(void *arg, const struct store_state *state),
				       void *arg, struct bw_error *err)
{
	struct visitor visitor = { .state = visit, .arg = arg };
	sqlite3_stmt *select;
	enum bw_status status =
		prepare(db,
			"SELECT name, health, since_us, last_check_us, response_us, error "
			"FROM state JOIN component ON component.id = component_id "
			"ORDER BY last_check_us, component_id",
			&select, err);

	if (status != BW_OK)
		return status;
	return each_row(db, select, visit_state, &visitor, err);
}

/* --- changes --- */

#define CHANGE_ID_MAX UINT64_C(0x1000000000000)
#define CHANGE_AT_MAX_US (INT64_C(253402300800) * BW_SECOND_US) /* the year 10000 */

/* Numbers that no daemon ever wrote; nobody need count with them. */
static bool is_plausible(const struct bw_change *change)
{
	return change->id > 0 && change->id < CHANGE_ID_MAX && change->at.us > 0 &&
	       change->at.us < CHANGE_AT_MAX_US;
}

static void visit_change(void *arg, sqlite3_stmt *row)
{
	const struct visitor *visitor = arg;
	const char *kind = text_of(row, 2);
	struct bw_change change = {
		.id = (uint64_t)sqlite3_column_int64(row, 0),
		.at = { sqlite3_column_int64(row, 1) },
		.name = text_of(row, 3),
		.from = text_of(row, 4),
		.to = text_of(row, 5),
		.text = text_of(row, 6),
	};

	if (is_plausible(&change) && kind != NULL &&
	    bw_change_kind_parse(kind, &change.kind) == BW_OK && change.name != NULL &&
	    change.from != NULL && change.to != NULL && change.text != NULL)
		visitor->change(visitor->arg, &change);
}

enum bw_status store_sqlite_each_change(struct store_sqlite *db, struct bw_wall from,
					void (*visit)(void *arg, const struct bw_change *change),
					void *arg, struct bw_error *err)
{
	struct visitor visitor = { .change = visit, .arg = arg };
	sqlite3_stmt *select;
	enum bw_status status =
		prepare(db,
			"SELECT * FROM (SELECT * FROM change WHERE at_us >= ?1 OR "
			"kind IN ('daemon', 'overall') ORDER BY id DESC LIMIT ?2) ORDER BY id",
			&select, err);

	if (status != BW_OK)
		return status;
	sqlite3_bind_int64(select, 1, from.us);
	sqlite3_bind_int(select, 2, BW_JOURNAL_MAX);
	return each_row(db, select, visit_change, &visitor, err);
}

/* --- records --- */

struct record_visitor {
	struct visitor visitor;
	enum store_record_kind kind;
};

static void visit_record(void *arg, sqlite3_stmt *row)
{
	const struct record_visitor *records = arg;
	const struct store_record record = {
		.kind = records->kind,
		.id = (uint64_t)sqlite3_column_int64(row, 0),
		.ended = { sqlite3_column_int64(row, 1) },
		.text = text_of(row, 2),
	};

	if (record.text != NULL && sqlite3_column_bytes(row, 2) <= STORE_RECORD_MAX)
		records->visitor.record(records->visitor.arg, &record);
}

/* The one with the highest number is always among them, so that no number is given twice. */
static const char records_sql[] =
	"SELECT id, ended_us, text FROM record WHERE kind = ?1 AND (ended_us = 0 OR "
	"rowid IN (SELECT rowid FROM record WHERE kind = ?1 AND ended_us != 0 "
	"ORDER BY ended_us DESC, id DESC LIMIT ?2) OR "
	"id = (SELECT max(id) FROM record WHERE kind = ?1)) ORDER BY ended_us != 0, id";

enum bw_status store_sqlite_each_record(struct store_sqlite *db, enum store_record_kind kind,
					size_t ended_max,
					void (*visit)(void *arg, const struct store_record *record),
					void *arg, struct bw_error *err)
{
	struct record_visitor records = { { .record = visit, .arg = arg }, kind };
	sqlite3_stmt *select;
	enum bw_status status = prepare(db, records_sql, &select, err);

	if (status != BW_OK)
		return status;
	sqlite3_bind_int(select, 1, (int)kind);
	sqlite3_bind_int64(select, 2, (int64_t)ended_max);
	return each_row(db, select, visit_record, &records, err);
}

/* --- results --- */

struct store_results {
	struct store_history history;
	size_t cap, limit;
	struct bw_arena *texts;
	struct bw_strmap *by_text; /* a copy of each different error, once */
	bool texts_full;
};

const struct store_history *store_results_get(const struct store_results *results)
{
	return &results->history;
}

void store_results_destroy(struct store_results *results)
{
	if (results == NULL)
		return;
	free(results->history.rows);
	bw_arena_destroy(results->texts);
	bw_strmap_destroy(results->by_text);
	free(results);
}

/* One copy of each text: thousands of rows in a row have the same error. */
static const char *keep_text(struct store_results *results, const char *text)
{
	char *copy;

	if (text == NULL)
		return NULL;
	copy = bw_strmap_get(results->by_text, text);
	if (copy != NULL)
		return copy;
	copy = bw_arena_text(results->texts, text);
	results->texts_full = copy == NULL || bw_strmap_put(results->by_text, copy, copy) != BW_OK;
	return copy;
}

static void visit_result(void *arg, sqlite3_stmt *row)
{
	struct store_results *results = arg;
	struct store_history *history = &results->history;
	struct store_history_row *added;
	const char *error;

	if (history->count == results->limit || results->texts_full) {
		history->cut = true;
		return;
	}
	if (history->count == results->cap) {
		results->cap = results->cap > 0 ? 2 * results->cap : ROWS_FIRST;
		history->rows = xrealloc(history->rows, results->cap * sizeof(*history->rows));
	}
	error = keep_text(results, text_of(row, 3));
	if (results->texts_full) {
		history->cut = true;
		return;
	}
	added = &history->rows[history->count];
	*added = (struct store_history_row){
		.time = { sqlite3_column_int64(row, 0) * US_PER_MS },
		.has_response = has_value(row, 2),
		.response_us = sqlite3_column_int64(row, 2),
		.error = error,
	};
	if (has_health(row, 1, &added->health))
		history->count++;
}

/* They came newest first, so that the limit keeps the newest. */
static void turn_round(struct store_history *history)
{
	for (size_t i = 0; i < history->count / 2; i++) {
		struct store_history_row *a = &history->rows[i];
		struct store_history_row *b = &history->rows[history->count - 1 - i];
		struct store_history_row held = *a;

		*a = *b;
		*b = held;
	}
}

enum bw_status store_sqlite_results(struct store_sqlite *db,
				    const struct store_results_wanted *wanted,
				    struct store_results **out, struct bw_error *err)
{
	struct store_results *results;
	sqlite3_stmt *select;
	enum bw_status status =
		prepare(db,
			"SELECT time_ms, health, response_us, text FROM result "
			"LEFT JOIN message ON message.id = message_id "
			"WHERE component_id = (SELECT id FROM component WHERE name = ?1) "
			"AND time_ms BETWEEN ?2 AND ?3 ORDER BY time_ms DESC LIMIT ?4",
			&select, err);

	if (status != BW_OK)
		return status;
	results = xcalloc(1, sizeof(*results));
	results->limit = wanted->limit;
	results->texts = bw_arena_create(TEXTS_BYTES_MAX);
	results->by_text = bw_strmap_create();
	if (results->texts == NULL || results->by_text == NULL) {
		sqlite3_finalize(select);
		store_results_destroy(results);
		return bw_fail(err, BW_EIO, "cannot read the store: no memory");
	}
	sqlite3_bind_text(select, 1, wanted->component, -1, SQLITE_STATIC);
	sqlite3_bind_int64(select, 2, wanted->from.us / US_PER_MS);
	sqlite3_bind_int64(select, 3, wanted->to.us / US_PER_MS);
	sqlite3_bind_int64(select, 4, (int64_t)wanted->limit + 1);
	status = each_row(db, select, visit_result, results, err);
	if (status != BW_OK) {
		store_results_destroy(results);
		return status;
	}
	turn_round(&results->history);
	*out = results;
	return BW_OK;
}
