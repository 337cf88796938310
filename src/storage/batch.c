/* batch.c - changes, states and records are rows of their own tables; what is rows of series is the
 * ledger's.
 *
 * "Old" counts from the newest time in the batch, as far as it is believed (horizon.h).
 */
#include "storage/batch.h"

#include "storage/ledger_impl.h"
#include "storage/statements.h"

enum {
	TRIM_CHANGES = 256, /* removed in one batch that adds some, and twice those */
	TRIM_RECORDS =
		64, /* ended ones of a kind removed in one batch, and twice those that came */
	TRIM_TEXTS = 256,
	DAYS = 2,            /* of series that become rollups with one batch... */
	ROWS_A_DAY = 1000,   /* ...and one more for so many rows of it */
	ROOM_TRIES = 24,     /* eighths that may go for one batch */
	RECORDS_MAX = 10000, /* ended ones of a kind that are kept, however young */
};

#define LOG_BYTES_MAX (INT64_C(32) << 20)

struct batch {
	struct batch_target *target;
	int64_t changes, records;
	int64_t newest_us;   /* INT64_MIN: the batch has no time */
	int64_t believed_us; /* that old is counted from */
	uint64_t refused;
	struct bw_error *err;
};

static enum bw_status run(struct batch *batch, int statement, const struct sql_value *values,
			  size_t count)
{
	return sql_run(batch->target->sql, statement, values, count, batch->err);
}

/* --- one write --- */

static enum bw_status write_state(struct batch *batch, const struct store_state *state)
{
	const struct sql_value values[] = {
		sql_text(state->component),
		sql_integer(state->health),
		sql_integer(state->since.us),
		sql_integer(state->last_check.us),
		state->has_response ? sql_integer(state->response_us)
				    : (struct sql_value){ .type = SQL_NULL },
		sql_text(state->error),
	};

	return run(batch, SQL_STATE_PUT, values, 6);
}

static enum bw_status write_change(struct batch *batch, const struct bw_change *change)
{
	const struct sql_value values[] = {
		sql_integer((int64_t)change->id),
		sql_integer(change->at.us),
		sql_text(bw_change_kind_text(change->kind)),
		sql_text(change->name),
		sql_text(change->from),
		sql_text(change->to),
		sql_text(change->text),
	};

	batch->changes++;
	if (change->at.us > batch->newest_us)
		batch->newest_us = change->at.us;
	return run(batch, SQL_CHANGE_PUT, values, 7);
}

static enum bw_status write_record(struct batch *batch, const struct store_record *record)
{
	const struct sql_value values[] = {
		sql_integer(record->kind),
		sql_integer((int64_t)record->id),
		sql_integer(record->ended.us),
		sql_text(record->text),
	};

	batch->records++;
	if (batch->target->forgets)
		return BW_OK;
	return run(batch, SQL_RECORD_PUT, values, 4);
}

static enum bw_status write_one(struct batch *batch, const struct store_write *write)
{
	const struct sql_value name = sql_text(write->removed);

	switch (write->kind) {
	case STORE_WRITE_CHANGE:
		return write_change(batch, &write->change);
	case STORE_WRITE_RECORD:
		return write_record(batch, &write->record);
	case STORE_WRITE_REMOVE:
		return run(batch, SQL_STATE_REMOVE, &name, 1);
	case STORE_WRITE_STATE:
		return write_state(batch, &write->state);
	}
	return BW_OK;
}

/* A row the tables refuse must not keep all others out for ever. */
static enum bw_status write_list(struct batch *batch, const struct store_list *list)
{
	enum bw_status status = BW_OK;

	for (const struct store_write *write = list->head; write != NULL && status == BW_OK;
	     write = write->next) {
		status = write_one(batch, write);
		if (status != BW_EINVAL)
			continue;
		batch->refused++;
		status = BW_OK;
	}
	return status;
}

/* --- tidying --- */

static enum bw_status trim_records(struct batch *batch, int64_t cutoff_us)
{
	enum bw_status status = BW_OK;

	for (int kind = 0; kind < STORE_RECORD_KINDS && status == BW_OK; kind++) {
		const struct sql_value values[] = {
			sql_integer(kind), sql_integer(cutoff_us), sql_integer(RECORDS_MAX - 1),
			sql_integer(TRIM_RECORDS + 2 * batch->records)
		};

		status = run(batch, SQL_RECORD_TRIM, values, 4);
	}
	return status;
}

static enum bw_status trim_changes(struct batch *batch, int64_t cutoff_us)
{
	const struct sql_value values[] = { sql_integer(cutoff_us),
					    sql_integer(TRIM_CHANGES + 2 * batch->changes) };

	return run(batch, SQL_CHANGE_TRIM, values, 2);
}

static int64_t longer(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static enum bw_status trim_texts(struct batch *batch, int64_t cutoff_us)
{
	/* What is marked as used is so once an hour; a day of rows may not be expired yet. */
	const struct sql_value values[] = { sql_integer(cutoff_us - 2 * LEDGER_DAY_US),
					    sql_integer(TRIM_TEXTS) };

	return run(batch, SQL_TEXT_TRIM, values, 2);
}

static enum bw_status expire(struct batch *batch, size_t rows)
{
	const struct batch_target *target = batch->target;
	const struct ledger_bounds bounds = {
		.raw_until_us = batch->believed_us - target->bounds.history_us,
		.rollup_until_us = target->bounds.rollups_us > 0
					   ? batch->believed_us - target->bounds.rollups_us
					   : INT64_MIN,
		.makes_rollups = target->bounds.rollups_us > 0,
		.newest_us = batch->believed_us,
		.days = DAYS + (int)(rows / ROWS_A_DAY),
	};
	enum bw_status status = BW_OK;

	if (target->is_pressed)
		status = ledger_press(target->ledger, target->sql, target->is_over, batch->err);
	if (status == BW_OK)
		status = ledger_expire(target->ledger, target->sql, &bounds, batch->err);
	return status;
}

static enum bw_status tidy(struct batch *batch, size_t rows)
{
	const struct store_bounds *bounds = &batch->target->bounds;
	const bool has_time = batch->newest_us != INT64_MIN;

	if (has_time)
		batch->believed_us = horizon_advance(batch->target->horizon, batch->newest_us,
						     batch->target->mono_us, bounds->patience_us);
	const int64_t cutoff_us = has_time ? batch->believed_us - bounds->history_us : INT64_MIN;
	enum bw_status status = BW_OK;

	if (batch->records > 0)
		status = trim_records(batch, cutoff_us);
	if (status != BW_OK || !has_time)
		return status;
	if (batch->changes > 0)
		status = trim_changes(
			batch, batch->believed_us - longer(bounds->history_us, bounds->rollups_us));
	if (status == BW_OK)
		status = expire(batch, rows);
	return status == BW_OK ? trim_texts(batch, cutoff_us) : status;
}

/* --- the batch --- */

static void note_rows(struct batch *batch, const struct row_queue *rows)
{
	struct row_cursor cursor = { 0 };
	const struct row_item *item;

	while ((item = row_queue_next(rows, &cursor)) != NULL) {
		if (item->time_us > batch->newest_us)
			batch->newest_us = item->time_us;
	}
}

static enum bw_status write_all(struct batch *batch, const struct store_queue *queue)
{
	const struct batch_target *target = batch->target;
	enum bw_status status = BW_OK;

	for (int nth = 0; nth < STORE_LISTS && status == BW_OK; nth++)
		status = write_list(batch, &queue->lists[nth]);
	if (status == BW_OK)
		status = ledger_write(target->ledger, target->sql, &queue->rows, batch->err);
	note_rows(batch, &queue->rows);
	if (status == BW_OK)
		status = tidy(batch, queue->rows.count);
	if (status == BW_OK)
		status = target->sql->driver->commit(target->sql, batch->err);
	return status;
}

/* Records are on the disk itself when their commit has returned. */
static bool must_be_durable(const struct store_queue *queue)
{
	return queue->lists[STORE_LIST_IN_FORCE].count > 0 ||
	       queue->lists[STORE_LIST_ENDED].count > 0;
}

static enum bw_status try_once(struct batch *batch, const struct store_queue *queue)
{
	struct sql *sql = batch->target->sql;
	enum bw_status status = sql->driver->begin(
		sql, batch->target->is_durable || must_be_durable(queue), batch->err);

	if (status == BW_OK)
		status = write_all(batch, queue);
	if (status == BW_OK) {
		ledger_commit(batch->target->ledger);
		return BW_OK;
	}
	sql->driver->roll_back(sql);
	ledger_roll_back(batch->target->ledger);
	return status;
}

/* Is so much of the bound in use that room should be made before there is none? After a bound was
 * lowered there may be more than it allows. */
static void look_at_bound(struct batch_target *target)
{
	const int64_t limit_bytes = target->bounds.limit_bytes;
	int64_t unused, bytes = target->sql->driver->bytes(target->sql, &unused);
	int64_t log_bytes = limit_bytes / 4 < LOG_BYTES_MAX ? limit_bytes / 4 : LOG_BYTES_MAX;

	target->is_pressed =
		limit_bytes > 0 && bytes - unused > (limit_bytes - log_bytes) / 16 * 15;
	target->is_over = limit_bytes > 0 && bytes - unused > limit_bytes - log_bytes;
}

enum bw_status batch_write(struct batch_target *target, const struct store_queue *queue,
			   uint64_t *refused, struct bw_error *err)
{
	struct batch batch = { .target = target, .newest_us = INT64_MIN, .err = err };
	struct sql *sql = target->sql;
	enum bw_status status = sql->driver->bound(sql, target->bounds.limit_bytes, err);

	if (status != BW_OK)
		return status;
	look_at_bound(target);
	status = try_once(&batch, queue);
	for (int nth = 0; status == BW_ELIMIT && nth < ROOM_TRIES; nth++) {
		status = ledger_make_room(target->ledger, sql, err);
		batch = (struct batch){ .target = target, .newest_us = INT64_MIN, .err = err };
		if (status == BW_OK)
			status = try_once(&batch, queue);
	}
	*refused = batch.refused;
	return status;
}
