/* sqlite_write.c - one batch, one transaction, and a bounded piece of tidying in it.
 *
 * Results are keyed by a component's number and the millisecond; error texts stand once in a table
 * of their own. A text's `used_ms` is renewed at most once an hour of results, so that a component
 * that fails all day costs no second write a time.
 *
 * Tidying goes round the components, a few a batch, and then rests, because to remove one row a
 * batch from each would touch every component's oldest page all the time.
 */
#include <stdlib.h>

#include "base/xalloc.h"
#include "storage/sqlite_db.h"

#define HOUR_MS INT64_C(3600000)
#define US_PER_MS INT64_C(1000)

enum {
	TRIM_COMPONENTS = 64, /* looked at in one batch */
	TRIM_CHANGES = 256,   /* removed in one batch that adds some, and twice those */
	TRIM_ROWS = 2000,     /* removed in one batch, and twice the rows that came */
	TRIM_REST = 60,       /* batches between two rounds */
	TRIM_RECORDS =
		64, /* ended ones of a kind removed in one batch, and twice those that came */
	RECORDS_MAX = 10000, /* ended ones of a kind that are kept, however young */
};

static int run(sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	sqlite3_reset(statement);
	return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
}

static void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
	sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

static void bind_optional(sqlite3_stmt *statement, int at, bool is_there, int64_t value)
{
	if (is_there)
		sqlite3_bind_int64(statement, at, value);
	else
		sqlite3_bind_null(statement, at);
}

/* --- components and messages --- */

static int component_find(struct store_sqlite *db, const char *name, int64_t *id)
{
	sqlite3_stmt *find = db->statements[SQLITE_COMPONENT_FIND];
	int code;

	bind_text(find, 1, name);
	code = sqlite3_step(find);
	*id = code == SQLITE_ROW ? sqlite3_column_int64(find, 0) : 0;
	sqlite3_reset(find);
	return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

static void remember_id(struct store_sqlite *db, const char *name, int64_t id)
{
	int64_t *copy = xmalloc(sizeof(*copy));

	*copy = id;
	/* Without memory for the shortcut the long way is taken again. */
	if (bw_strmap_put(db->component_ids, name, copy) != BW_OK)
		free(copy);
}

static int component_id(struct store_sqlite *db, const char *name, int64_t *id)
{
	sqlite3_stmt *add = db->statements[SQLITE_COMPONENT_ADD];
	const int64_t *known = bw_strmap_get(db->component_ids, name);
	int code;

	if (known != NULL) {
		*id = *known;
		return SQLITE_OK;
	}
	code = component_find(db, name, id);
	if (code != SQLITE_OK)
		return code;
	if (*id == 0) {
		bind_text(add, 1, name);
		code = run(add);
		if (code != SQLITE_OK)
			return code;
		*id = sqlite3_last_insert_rowid(db->handle);
	}
	remember_id(db, name, *id);
	return SQLITE_OK;
}

static int64_t hash_text(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	/* 32 bits are shorter on disk, and the text is compared anyway. */
	return (int64_t)((hash ^ hash >> 32) & UINT32_MAX);
}

static int message_id(struct store_sqlite *db, const char *text, int64_t now_ms, int64_t *id)
{
	sqlite3_stmt *find = db->statements[SQLITE_MESSAGE_FIND];
	sqlite3_stmt *add = db->statements[SQLITE_MESSAGE_ADD];
	sqlite3_stmt *use = db->statements[SQLITE_MESSAGE_USE];
	int64_t hash = hash_text(text), used_ms = 0;
	int code;

	sqlite3_bind_int64(find, 1, hash);
	bind_text(find, 2, text);
	code = sqlite3_step(find);
	if (code == SQLITE_ROW) {
		*id = sqlite3_column_int64(find, 0);
		used_ms = sqlite3_column_int64(find, 1);
	}
	sqlite3_reset(find);
	if (code == SQLITE_ROW) {
		if (now_ms - used_ms < HOUR_MS)
			return SQLITE_OK;
		sqlite3_bind_int64(use, 1, *id);
		sqlite3_bind_int64(use, 2, now_ms);
		return run(use);
	}
	if (code != SQLITE_DONE)
		return code;
	sqlite3_bind_int64(add, 1, hash);
	sqlite3_bind_int64(add, 2, now_ms);
	bind_text(add, 3, text);
	code = run(add);
	*id = sqlite3_last_insert_rowid(db->handle);
	return code;
}

/* --- one write --- */

static int write_result(struct store_sqlite *db, const struct store_result *result)
{
	sqlite3_stmt *put = db->statements[SQLITE_RESULT_PUT];
	int64_t time_ms = result->time.us / US_PER_MS, component = 0, message = 0;
	int code = component_id(db, result->component, &component);

	if (code == SQLITE_OK && result->error != NULL)
		code = message_id(db, result->error, time_ms, &message);
	if (code != SQLITE_OK)
		return code;
	sqlite3_bind_int64(put, 1, component);
	sqlite3_bind_int64(put, 2, time_ms);
	sqlite3_bind_int(put, 3, (int)result->health);
	bind_optional(put, 4, result->has_response, result->response_us);
	bind_optional(put, 5, result->error != NULL, message);
	return run(put);
}

static int write_state(struct store_sqlite *db, const struct store_state *state)
{
	sqlite3_stmt *put = db->statements[SQLITE_STATE_PUT];
	int64_t component = 0;
	int code = component_id(db, state->component, &component);

	if (code != SQLITE_OK)
		return code;
	sqlite3_bind_int64(put, 1, component);
	sqlite3_bind_int(put, 2, (int)state->health);
	sqlite3_bind_int64(put, 3, state->since.us);
	sqlite3_bind_int64(put, 4, state->last_check.us);
	bind_optional(put, 5, state->has_response, state->response_us);
	bind_text(put, 6, state->error);
	return run(put);
}

static void bind_number(sqlite3_stmt *statement, int at, struct bw_number number)
{
	if (number.is_integer)
		sqlite3_bind_int64(statement, at, number.integer);
	else
		sqlite3_bind_double(statement, at, number.value);
}

static int write_point(struct store_sqlite *db, const struct bw_history_point *point)
{
	sqlite3_stmt *put = db->statements[SQLITE_POINT_PUT];

	/* SQLite keeps NaN as NULL, which is what it means here. */
	sqlite3_bind_int64(put, 1, point->time.us);
	sqlite3_bind_double(put, 2, point->health_score);
	sqlite3_bind_double(put, 3, point->availability);
	sqlite3_bind_double(put, 4, point->response_time);
	sqlite3_bind_double(put, 5, point->circuit_breaker_health);
	bind_number(put, 6, point->cpu_usage);
	bind_number(put, 7, point->memory_usage);
	return run(put);
}

static int write_change(struct store_sqlite *db, const struct bw_change *change)
{
	sqlite3_stmt *put = db->statements[SQLITE_CHANGE_PUT];

	sqlite3_bind_int64(put, 1, (int64_t)change->id);
	sqlite3_bind_int64(put, 2, change->at.us);
	bind_text(put, 3, bw_change_kind_text(change->kind));
	bind_text(put, 4, change->name);
	bind_text(put, 5, change->from);
	bind_text(put, 6, change->to);
	bind_text(put, 7, change->text);
	return run(put);
}

/* Memory has no restart to be read after. */
static int write_record(struct store_sqlite *db, const struct store_record *record)
{
	sqlite3_stmt *put = db->statements[SQLITE_RECORD_PUT];

	if (db->in_memory)
		return SQLITE_OK;
	sqlite3_bind_int(put, 1, (int)record->kind);
	sqlite3_bind_int64(put, 2, (int64_t)record->id);
	sqlite3_bind_int64(put, 3, record->ended.us);
	bind_text(put, 4, record->text);
	return run(put);
}

/* The results stay until they are too old; the tidying then forgets the name. */
static int write_removal(struct store_sqlite *db, const char *name)
{
	sqlite3_stmt *remove = db->statements[SQLITE_STATE_REMOVE];
	int64_t id = 0;
	int code = component_find(db, name, &id);

	if (code != SQLITE_OK || id == 0)
		return code;
	sqlite3_bind_int64(remove, 1, id);
	return run(remove);
}

static int write_one(struct store_sqlite *db, const struct store_write *write)
{
	switch (write->kind) {
	case STORE_WRITE_CHANGE:
		return write_change(db, &write->change);
	case STORE_WRITE_POINT:
		return write_point(db, &write->point);
	case STORE_WRITE_RECORD:
		return write_record(db, &write->record);
	case STORE_WRITE_REMOVE:
		return write_removal(db, write->removed);
	case STORE_WRITE_RESULT:
		return write_result(db, &write->result);
	case STORE_WRITE_STATE:
		return write_state(db, &write->state);
	}
	return SQLITE_OK;
}

/* --- tidying --- */

/* The name of a removed component whose results are all gone. */
static int forget_empty(struct store_sqlite *db, int64_t id)
{
	sqlite3_stmt *forget = db->statements[SQLITE_COMPONENT_FORGET];
	int code;

	sqlite3_bind_int64(forget, 1, id);
	code = run(forget);
	if (code == SQLITE_OK && sqlite3_changes64(db->handle) > 0)
		sqlite_forget_ids(db);
	return code;
}

static int trim_component(struct store_sqlite *db, int64_t cutoff_ms, int64_t *rows)
{
	sqlite3_stmt *next = db->statements[SQLITE_COMPONENT_NEXT];
	sqlite3_stmt *trim = db->statements[SQLITE_RESULT_TRIM];
	int64_t id = 0, removed;
	bool stateless = false;
	int code;

	sqlite3_bind_int64(next, 1, db->trim_after);
	code = sqlite3_step(next);
	if (code == SQLITE_ROW) {
		id = sqlite3_column_int64(next, 0);
		stateless = sqlite3_column_int(next, 1) != 0;
	}
	sqlite3_reset(next);
	if (code == SQLITE_DONE) {
		db->trim_after = 0;
		db->trim_rest = TRIM_REST;
		return SQLITE_OK;
	}
	if (code != SQLITE_ROW)
		return code;
	sqlite3_bind_int64(trim, 1, id);
	sqlite3_bind_int64(trim, 2, cutoff_ms);
	sqlite3_bind_int64(trim, 3, *rows);
	code = run(trim);
	if (code != SQLITE_OK)
		return code;
	removed = sqlite3_changes64(db->handle);
	*rows -= removed;
	if (*rows <= 0)
		return SQLITE_OK;
	db->trim_after = id;
	return stateless ? forget_empty(db, id) : SQLITE_OK;
}

static int trim_results(struct store_sqlite *db, int64_t cutoff_ms, int64_t rows)
{
	int code = SQLITE_OK;

	if (db->trim_rest > 0) {
		db->trim_rest--;
		return SQLITE_OK;
	}
	for (int nth = 0; nth < TRIM_COMPONENTS && rows > 0 && code == SQLITE_OK; nth++) {
		code = trim_component(db, cutoff_ms, &rows);
		if (db->trim_rest > 0)
			break;
	}
	return code;
}

struct batch {
	int64_t rows, changes, records;
	bool has_time;
	struct bw_wall newest;
};

static void note_write(struct batch *batch, const struct store_write *write)
{
	struct bw_wall time;

	batch->rows++;
	batch->changes += write->kind == STORE_WRITE_CHANGE;
	batch->records += write->kind == STORE_WRITE_RECORD;
	if (write->kind == STORE_WRITE_RESULT)
		time = write->result.time;
	else if (write->kind == STORE_WRITE_POINT)
		time = write->point.time;
	else if (write->kind == STORE_WRITE_CHANGE)
		time = write->change.at;
	else
		return;
	if (!batch->has_time || time.us > batch->newest.us)
		batch->newest = time;
	batch->has_time = true;
}

static int trim_changes(struct store_sqlite *db, int64_t cutoff_us, int64_t added)
{
	sqlite3_stmt *trim = db->statements[SQLITE_CHANGE_TRIM];

	if (added == 0)
		return SQLITE_OK;
	sqlite3_bind_int64(trim, 1, cutoff_us);
	sqlite3_bind_int64(trim, 2, TRIM_CHANGES + 2 * added);
	return run(trim);
}

static int trim_records(struct store_sqlite *db, int64_t cutoff_us, int64_t added)
{
	sqlite3_stmt *trim = db->statements[SQLITE_RECORD_TRIM];
	int code = SQLITE_OK;

	for (int kind = 0; kind < STORE_RECORD_KINDS && code == SQLITE_OK; kind++) {
		sqlite3_bind_int(trim, 1, kind);
		sqlite3_bind_int64(trim, 2, cutoff_us);
		sqlite3_bind_int(trim, 3, RECORDS_MAX - 1);
		sqlite3_bind_int64(trim, 4, TRIM_RECORDS + 2 * added);
		code = run(trim);
	}
	return code;
}

static int tidy(struct store_sqlite *db, const struct batch *batch, int64_t history_us)
{
	int64_t cutoff_us = batch->has_time ? batch->newest.us - history_us : INT64_MIN;
	int64_t cutoff_ms = cutoff_us / US_PER_MS;
	sqlite3_stmt *points = db->statements[SQLITE_POINT_TRIM];
	sqlite3_stmt *messages = db->statements[SQLITE_MESSAGE_TRIM];
	int code = SQLITE_OK;

	if (batch->records > 0)
		code = trim_records(db, cutoff_us, batch->records);
	if (code == SQLITE_OK)
		code = trim_results(db, cutoff_ms, TRIM_ROWS + 2 * batch->rows);
	if (code != SQLITE_OK || !batch->has_time)
		return code;
	sqlite3_bind_int64(points, 1, cutoff_us);
	code = run(points);
	if (code == SQLITE_OK)
		code = trim_changes(db, cutoff_us, batch->changes);
	if (code != SQLITE_OK)
		return code;
	/* One hour because used_ms may be that much behind, one for results not yet tidied. */
	sqlite3_bind_int64(messages, 1, cutoff_ms - 2 * HOUR_MS);
	return run(messages);
}

/* --- the batch --- */

/* A row the tables refuse must not keep all others out for ever. */
static bool is_about_the_row(int code)
{
	int primary = code & 0xff;

	return primary == SQLITE_CONSTRAINT || primary == SQLITE_TOOBIG ||
	       primary == SQLITE_MISMATCH;
}

static int write_list(struct store_sqlite *db, const struct store_list *list, struct batch *batch)
{
	int code = SQLITE_OK;

	for (const struct store_write *write = list->head; write != NULL && code == SQLITE_OK;
	     write = write->next) {
		code = write_one(db, write);
		if (is_about_the_row(code)) {
			db->refused++;
			code = SQLITE_OK;
		}
		note_write(batch, write);
	}
	return code;
}

/* Records are on the disk itself when their commit has returned. */
static int set_sync(struct store_sqlite *db, const struct store_queue *queue)
{
	bool syncs = queue->lists[STORE_LIST_IN_FORCE].count > 0 ||
		     queue->lists[STORE_LIST_ENDED].count > 0;
	int code = SQLITE_OK;

	if (syncs != db->syncs)
		code = sqlite3_exec(db->handle,
				    syncs ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
				    NULL, NULL, NULL);
	if (code == SQLITE_OK)
		db->syncs = syncs;
	return code;
}

static int write_all(struct store_sqlite *db, const struct store_queue *queue, int64_t history_us)
{
	struct batch batch = { 0 };
	int code = set_sync(db, queue);

	db->refused = 0;
	if (code == SQLITE_OK)
		code = sqlite3_exec(db->handle, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	for (int nth = 0; nth < STORE_LISTS && code == SQLITE_OK; nth++)
		code = write_list(db, &queue->lists[nth], &batch);
	if (code == SQLITE_OK)
		code = tidy(db, &batch, history_us);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db->handle, "COMMIT", NULL, NULL, NULL);
	return code;
}

int store_sqlite_refused(const struct store_sqlite *db)
{
	return db->refused;
}

static void roll_back(struct store_sqlite *db)
{
	if (sqlite3_get_autocommit(db->handle) == 0)
		sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
	sqlite_forget_ids(db);
}

/* Memory has no disk to grow on: the oldest eighth of the time kept makes room, and of the changes.
 */
static int make_room(struct store_sqlite *db)
{
	return sqlite3_exec(db->handle,
			    "DELETE FROM result WHERE time_ms <= "
			    "(SELECT min(time_ms) + (max(time_ms) - min(time_ms)) / 8 FROM result);"
			    "DELETE FROM change WHERE id <= "
			    "(SELECT min(id) + (max(id) - min(id)) / 8 FROM change);",
			    NULL, NULL, NULL);
}

enum bw_status store_sqlite_write(struct store_sqlite *db, const struct store_queue *queue,
				  int64_t history_us, struct bw_error *err)
{
	int code = write_all(db, queue, history_us);
	enum bw_status status = BW_OK;

	if (code == SQLITE_OK)
		return BW_OK;
	if (db->in_memory && code == SQLITE_FULL) {
		roll_back(db);
		code = make_room(db);
		if (code == SQLITE_OK)
			code = write_all(db, queue, history_us);
	}
	if (code != SQLITE_OK) {
		status = sqlite_fail(db, code, "write to the store", err);
		roll_back(db);
	}
	return status;
}
