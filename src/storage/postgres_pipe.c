/* postgres_pipe.c - libpq's pipeline mode. Each thing sent puts a mark into `pending`; answers come
 * in the same order, and the server passes over what follows a failure until the next sync. So a
 * whole transaction, its COMMIT included, may be on its way before the first answer is read.
 *
 * A statement with rows is followed by a sync; what was pending is collected, then its rows come
 * one at a time, so that a long answer is never in memory as a whole.
 *
 * Invariant: while there is a stream, nothing is pending.
 */
#include "storage/postgres_pipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/xalloc.h"

enum item { ITEM_CONTROL, ITEM_ANSWER, ITEM_WRITE, ITEM_COMMIT, ITEM_SYNC };

enum { PENDING_BYTES_MAX = 1 << 20, NAME_MAX_BYTES = 16 };

static void push(struct postgres *pg, enum item item)
{
	bw_assert(pg->pending_count < POSTGRES_PENDING_MAX);
	pg->pending[pg->pending_count++] = (uint8_t)item;
}

/* --- answers --- */

static bool went_well(const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_SINGLE_TUPLE:
	case PGRES_PIPELINE_SYNC:
		return true;
	default:
		return false;
	}
}

static enum bw_status take(struct postgres *pg, enum item item, PGresult *result,
			   struct bw_error *err)
{
	enum bw_status status = BW_OK;

	if (!went_well(result))
		status = postgres_link_fail(&pg->link, result, err);
	else if (item == ITEM_COMMIT && strcmp(PQcmdStatus(result), "COMMIT") != 0)
		status = bw_fail(err, BW_EIO, "PostgreSQL took the transaction back");
	else if (item == ITEM_WRITE)
		pg->changed = strtoll(PQcmdTuples(result), NULL, 10);
	if (item == ITEM_ANSWER && status == BW_OK) {
		PQclear(pg->answer);
		pg->answer = result;
	} else {
		PQclear(result);
	}
	return status;
}

/* One pending answer. What follows a failure was passed over, and says nothing more. */
static enum bw_status collect_one(struct postgres *pg, enum item item, enum bw_status before,
				  struct bw_error *err)
{
	PGresult *result = NULL, *end = NULL;
	enum bw_status status = postgres_link_result(&pg->link, &result, err);

	if (status != BW_OK)
		return status;
	if (result == NULL) {
		status = bw_fail(err, BW_EIO, "PostgreSQL answered out of order");
		postgres_link_drop(&pg->link);
		return status;
	}
	if (before != BW_OK && PQresultStatus(result) == PGRES_PIPELINE_ABORTED) {
		PQclear(result);
		status = before;
	} else {
		status = take(pg, item, result, before != BW_OK ? NULL : err);
		status = before != BW_OK ? before : status;
	}
	if (item == ITEM_SYNC || pg->link.connection == NULL)
		return status;
	if (postgres_link_result(&pg->link, &end, before != BW_OK ? NULL : err) != BW_OK)
		return BW_EIO;
	PQclear(end);
	return status;
}

static enum bw_status collect(struct postgres *pg, struct bw_error *err)
{
	enum bw_status status = BW_OK;

	for (size_t nth = 0; nth < pg->pending_count && pg->link.connection != NULL; nth++)
		status = collect_one(pg, pg->pending[nth], status, err);
	pg->pending_count = 0;
	pg->pending_bytes = 0;
	return status;
}

static enum bw_status sync_all(struct postgres *pg, struct bw_error *err)
{
	if (!PQpipelineSync(pg->link.connection))
		return postgres_link_fail(&pg->link, NULL, err);
	return postgres_link_flush(&pg->link, err);
}

enum bw_status postgres_settle(struct postgres *pg, struct bw_error *err)
{
	enum bw_status status;

	bw_assert(pg->stream < 0);
	if (pg->pending_count == 0)
		return BW_OK;
	status = sync_all(pg, err);
	if (status != BW_OK)
		return status;
	push(pg, ITEM_SYNC);
	return collect(pg, err);
}

/* The last place of `pending` is the sync's. */
static enum bw_status make_room(struct postgres *pg, struct bw_error *err)
{
	bool full = pg->pending_count >= POSTGRES_PENDING_MAX - 2 ||
		    pg->pending_bytes > PENDING_BYTES_MAX;

	return full ? postgres_settle(pg, err) : BW_OK;
}

/* --- what is sent --- */

static enum bw_status send_text(struct postgres *pg, const char *sql, enum item item,
				struct bw_error *err)
{
	enum bw_status status = make_room(pg, err);

	if (status != BW_OK)
		return status;
	if (!PQsendQueryParams(pg->link.connection, sql, 0, NULL, NULL, NULL, NULL, 0))
		return postgres_link_fail(&pg->link, NULL, err);
	push(pg, item);
	return BW_OK;
}

enum bw_status postgres_control(struct postgres *pg, const char *sql, struct bw_error *err)
{
	return send_text(pg, sql, strcmp(sql, "COMMIT") == 0 ? ITEM_COMMIT : ITEM_CONTROL, err);
}

enum bw_status postgres_ask(struct postgres *pg, const char *sql, int64_t *out,
			    struct bw_error *err)
{
	enum bw_status status = send_text(pg, sql, ITEM_ANSWER, err);

	if (status == BW_OK)
		status = postgres_settle(pg, err);
	if (status == BW_OK && PQntuples(pg->answer) > 0)
		*out = strtoll(PQgetvalue(pg->answer, 0, 0), NULL, 10);
	return status;
}

/* {i}, {v} and {w}: statements.h; how many bytes of the text they are. */
static size_t put_mark(struct bw_buf *out, const char *mark, int instance)
{
	if (mark[1] == 'i')
		bw_buf_text(out, "instance, ");
	else
		bw_buf_format(out, mark[1] == 'v' ? "%d, " : "instance = %d AND ", instance);
	return 3;
}

/* What is deleted is picked by a subquery. A server that knows nothing of a table yet may run that
 * once a row of it; an array is made once, and looked up in the index. */
static char *expand(const char *text, int instance)
{
	static const char pick[] = "IN (SELECT";
	bool deletes = strncmp(text, "DELETE", 6) == 0;
	int depth = 0, picked_at = -1;
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	while (*text != '\0') {
		if (*text == '{') {
			text += put_mark(&buf, text, instance);
			continue;
		}
		if (deletes && picked_at < 0 && strncmp(text, pick, sizeof(pick) - 1) == 0) {
			bw_buf_text(&buf, "= ANY (ARRAY(SELECT");
			picked_at = depth++;
			text += sizeof(pick) - 1;
			continue;
		}
		depth += (*text == '(') - (*text == ')');
		bw_buf_byte(&buf, *text);
		if (*text++ == ')' && depth == picked_at) {
			bw_buf_byte(&buf, ')');
			picked_at = -1;
		}
	}
	xalloc_must(buf.status);
	return bw_buf_take(&buf, NULL);
}

static void name_statement(int statement, char name[NAME_MAX_BYTES])
{
	snprintf(name, NAME_MAX_BYTES, "s%d", statement);
}

static enum bw_status ask_to_prepare(struct postgres *pg, int statement, struct bw_error *err)
{
	char *text = expand(sql_texts[statement], pg->instance_id), name[NAME_MAX_BYTES];
	PGconn *connection = pg->link.connection;
	int sent;

	name_statement(statement, name);
	sent = PQsendPrepare(connection, name, text, 0, NULL);
	free(text);
	if (sent)
		push(pg, ITEM_CONTROL);
	if (sent && PQsendDescribePrepared(connection, name))
		push(pg, ITEM_ANSWER);
	else
		return postgres_link_fail(&pg->link, NULL, err);
	return postgres_settle(pg, err);
}

enum bw_status postgres_prepare(struct postgres *pg, int nth, struct bw_error *err)
{
	struct postgres_statement *statement = &pg->statements[nth];
	enum bw_status status;

	if (statement->prepared)
		return BW_OK;
	status = postgres_settle(pg, err);
	if (status == BW_OK)
		status = ask_to_prepare(pg, nth, err);
	if (status != BW_OK)
		return status;
	statement->has_rows = PQnfields(pg->answer) > 0;
	statement->parameters = PQnparams(pg->answer);
	bw_assert(statement->parameters <= SQL_PARAMETERS_MAX);
	for (int at = 0; at < statement->parameters; at++)
		statement->types[at] = PQparamtype(pg->answer, at);
	statement->prepared = true;
	return BW_OK;
}

static enum bw_status send_values(struct postgres *pg, int nth, const struct sql_value *values,
				  size_t count, struct bw_error *err)
{
	struct postgres_statement *statement = &pg->statements[nth];
	struct postgres_bytes bytes[SQL_PARAMETERS_MAX];
	const char *data[SQL_PARAMETERS_MAX];
	int lens[SQL_PARAMETERS_MAX], formats[SQL_PARAMETERS_MAX];
	char name[NAME_MAX_BYTES];
	enum bw_status status = BW_OK;
	size_t at;

	bw_assert(count == (size_t)statement->parameters);
	for (at = 0; at < count && status == BW_OK; at++) {
		status = postgres_encode(&values[at], statement->types[at], &bytes[at]);
		data[at] = bytes[at].data;
		lens[at] = bytes[at].len;
		formats[at] = 1;
		pg->pending_bytes += (size_t)lens[at];
	}
	name_statement(nth, name);
	if (status != BW_OK)
		status = bw_fail(err, status, "PostgreSQL has no place for such a value");
	else if (!PQsendQueryPrepared(pg->link.connection, name, (int)count, data, lens, formats,
				      1))
		status = postgres_link_fail(&pg->link, NULL, err);
	while (at > 0)
		free(bytes[--at].repaired);
	return status;
}

enum bw_status postgres_send(struct postgres *pg, int statement, const struct sql_value *values,
			     size_t count, struct bw_error *err)
{
	enum bw_status status = make_room(pg, err);

	if (status == BW_OK)
		status = send_values(pg, statement, values, count, err);
	if (status == BW_OK)
		push(pg, ITEM_WRITE);
	return status;
}

/* --- rows --- */

enum bw_status postgres_open_stream(struct postgres *pg, int statement,
				    const struct sql_value *values, size_t count,
				    struct bw_error *err)
{
	enum bw_status status = send_values(pg, statement, values, count, err);

	if (status == BW_OK)
		status = sync_all(pg, err);
	if (status != BW_OK)
		return status;
	status = collect(pg, err);
	if (pg->link.connection == NULL)
		return status;
	pg->stream = statement;
	if (status == BW_OK) {
		/* Where it is refused all rows come at once, and nothing else changes. */
		(void)PQsetSingleRowMode(pg->link.connection);
		return BW_OK;
	}
	postgres_discard(pg);
	return status;
}

/* Behind the last row: the end of the statement was read, the sync comes. */
static enum bw_status end_stream(struct postgres *pg, struct bw_error *err)
{
	PGresult *sync = NULL;
	enum bw_status status = postgres_link_result(&pg->link, &sync, err);

	PQclear(sync);
	pg->stream = -1;
	return status;
}

enum bw_status postgres_fetch(struct postgres *pg, PGresult **out, struct bw_error *err)
{
	enum bw_status status, failed = BW_OK;
	PGresult *result = NULL;

	*out = NULL;
	for (;;) {
		status = postgres_link_result(&pg->link, &result, err);
		if (status != BW_OK || pg->link.connection == NULL)
			break;
		if (result == NULL) {
			status = end_stream(pg, err);
			return failed != BW_OK ? failed : status;
		}
		if (went_well(result) && PQntuples(result) > 0) {
			*out = result;
			return BW_OK;
		}
		if (!went_well(result))
			failed = postgres_link_fail(&pg->link, result, err);
		PQclear(result);
	}
	pg->stream = -1;
	return failed != BW_OK ? failed : status;
}

void postgres_discard(struct postgres *pg)
{
	enum bw_status status = BW_OK;
	PGresult *result;

	while (status == BW_OK && pg->link.connection != NULL && pg->stream >= 0) {
		status = postgres_fetch(pg, &result, NULL);
		PQclear(result);
	}
}
