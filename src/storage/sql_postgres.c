/* sql_postgres.c - the store's statements on a PostgreSQL server.
 *
 * What changes rows is sent without waiting for its answer; commit() waits for all. A failure
 * within a transaction is what everything answers until it is rolled back.
 *
 * A row the server refuses fails its whole transaction there. So the transaction fails as if the
 * disk had refused, and when it is tried again every row stands behind a savepoint of its own, and
 * the bad one is passed over.
 *
 * One statement's rows come at a time; when another begins the rest of the first is read into
 * memory.
 *
 * Connections that are gone are made anew at the beginning of a transaction, or of a statement
 * outside of one; never within.
 *
 * The bound is about the rows that live: files of a server do not shrink when rows go. Chunks are
 * weighed by the server as they come and go (migrations/postgres), the rest is counted once a
 * minute.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "storage/postgres_pipe.h"

#define OTHERS_US (60 * BW_SECOND_US)

enum { ROW_BYTES = 64 };

static struct postgres *of(struct sql *sql)
{
	return (struct postgres *)sql;
}

/* --- rows that were read --- */

static void clear_rows(struct postgres_statement *statement)
{
	PQclear(statement->current);
	while (statement->spooled_next < statement->spooled_count)
		PQclear(statement->spooled[statement->spooled_next++]);
	free(statement->spooled);
	statement->current = NULL;
	statement->spooled = NULL;
	statement->spooled_next = statement->spooled_count = statement->spooled_cap = 0;
}

static void spool(struct postgres_statement *statement, PGresult *result)
{
	if (statement->spooled_count == statement->spooled_cap) {
		statement->spooled_cap = statement->spooled_cap * 2 + 16;
		statement->spooled = xrealloc(statement->spooled,
					      statement->spooled_cap * sizeof(*statement->spooled));
	}
	statement->spooled[statement->spooled_count++] = result;
}

/* Makes way for another statement. */
static enum bw_status put_aside(struct postgres *pg, struct bw_error *err)
{
	enum bw_status status = BW_OK;

	while (status == BW_OK && pg->stream >= 0) {
		struct postgres_statement *statement = &pg->statements[pg->stream];
		PGresult *result;

		status = postgres_fetch(pg, &result, err);
		if (result != NULL)
			spool(statement, result);
	}
	return status;
}

/* --- transactions --- */

static int64_t total_bytes(const struct postgres *pg)
{
	return pg->chunk_bytes + pg->added_chunks + pg->other_bytes + pg->added_others;
}

/* Of a connection that is gone. */
static void forget(struct postgres *pg)
{
	for (int nth = 0; nth < SQL_STATEMENTS; nth++) {
		clear_rows(&pg->statements[nth]);
		pg->statements[nth].prepared = false;
	}
	pg->stream = -1;
	pg->pending_count = 0;
	pg->pending_bytes = 0;
}

static enum bw_status note_failure(struct postgres *pg, enum bw_status status,
				   const struct bw_error *err)
{
	if (pg->link.connection == NULL)
		forget(pg);
	if (!pg->in_transaction || pg->failed != BW_OK)
		return status;
	if (status == BW_EINVAL) {
		pg->careful = true;
		status = BW_EIO;
	}
	pg->failed = status;
	bw_text_format(pg->failure, sizeof(pg->failure), "%s", err->text);
	return status;
}

static enum bw_status ready(struct postgres *pg, struct bw_error *err)
{
	enum bw_status status = BW_OK;

	if (pg->in_transaction && pg->failed != BW_OK)
		return bw_fail(err, pg->failed, "%s", pg->failure);
	if (!pg->in_transaction && (!postgres_link_is_alive(&pg->link) || pg->instance_id == 0)) {
		postgres_link_drop(&pg->link);
		forget(pg);
		status = postgres_set_up(pg, err);
	}
	postgres_link_wait(&pg->link, POSTGRES_ANSWER_US);
	return status;
}

static void roll_back(struct sql *sql)
{
	struct postgres *pg = of(sql);
	enum bw_status status = BW_OK;

	if (!pg->in_transaction)
		return;
	pg->in_transaction = false;
	pg->failed = BW_OK;
	pg->weighed = false;
	postgres_link_wait(&pg->link, POSTGRES_ANSWER_US);
	postgres_discard(pg);
	/* What failed before is no news; the connection may still be good for the next one. */
	if (pg->link.connection != NULL && postgres_settle(pg, NULL) != BW_OK)
		pg->pending_count = 0;
	if (pg->link.connection != NULL)
		status = postgres_control(pg, "ROLLBACK", NULL);
	if (pg->link.connection != NULL && status == BW_OK)
		status = postgres_settle(pg, NULL);
	if (status != BW_OK)
		postgres_link_drop(&pg->link);
	if (pg->link.connection == NULL)
		forget(pg);
}

static enum bw_status begin(struct sql *sql, bool durable, struct bw_error *err)
{
	struct postgres *pg = of(sql);
	struct bw_error own;
	enum bw_status status;

	bw_assert(!pg->in_transaction);
	err = err != NULL ? err : &own;
	status = ready(pg, err);
	if (status == BW_OK)
		status = put_aside(pg, err);
	if (status != BW_OK)
		return note_failure(pg, status, err);
	pg->in_transaction = true;
	pg->removes = false;
	pg->before_bytes = total_bytes(pg);
	if (pg->purpose == SQL_READER)
		status = postgres_control(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
					  err);
	else
		status = postgres_control(pg, "BEGIN", err);
	if (status == BW_OK && durable && pg->lazy_commit)
		status = postgres_control(pg, "SET LOCAL synchronous_commit = on", err);
	if (status == BW_OK)
		return BW_OK;
	status = note_failure(pg, status, err);
	roll_back(sql);
	return status;
}

/* --- how much there is --- */

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * BW_SECOND_US + now.tv_nsec / 1000;
}

static enum bw_status ask_about(struct postgres *pg, const char *format, int64_t *out,
				struct bw_error *err)
{
	char sql[1024];
	const char *at = format;
	size_t len = 0;

	for (; *at != '\0'; at++) {
		int put = *at == '#' ? snprintf(sql + len, sizeof(sql) - len, "%d", pg->instance_id)
				     : snprintf(sql + len, sizeof(sql) - len, "%c", *at);

		len += (size_t)put;
		bw_assert(len < sizeof(sql));
	}
	return postgres_ask(pg, sql, out, err);
}

static enum bw_status weigh_chunks(struct postgres *pg, struct bw_error *err)
{
	enum bw_status status = ask_about(
		pg, "SELECT coalesce(sum(bytes), 0)::bigint FROM weight WHERE instance = #",
		&pg->chunk_bytes, err);

	if (status == BW_OK)
		pg->added_chunks = 0;
	return status;
}

static enum bw_status weigh_others(struct postgres *pg, struct bw_error *err)
{
	static const char fold_sql[] =
		"WITH gone AS (DELETE FROM weight WHERE instance = # RETURNING bytes) "
		"INSERT INTO weight SELECT #, sum(bytes) FROM gone HAVING count(*) > 0 "
		"RETURNING bytes";
	static const char others_sql[] =
		"SELECT ((SELECT coalesce(sum(octet_length(data) + 64), 0) FROM log "
		"WHERE instance = #) + (SELECT coalesce(sum(octet_length(data) + 64), 0) FROM head "
		"WHERE instance = #) + (SELECT coalesce(sum(octet_length(text) + 128), 0) FROM "
		"text "
		"WHERE instance = #) + (SELECT coalesce(sum(octet_length(text) + 96), 0) FROM "
		"record "
		"WHERE instance = #) + (SELECT coalesce(sum(octet_length(text) + 192), 0) "
		"FROM change WHERE instance = #) + (SELECT 192 * count(*) FROM state "
		"WHERE instance = #) + (SELECT 128 * count(*) FROM series WHERE instance = #)"
		")::bigint";
	enum bw_status status = ask_about(pg, others_sql, &pg->other_bytes, err);

	if (status == BW_OK)
		status = ask_about(pg, fold_sql, &pg->chunk_bytes, err);
	if (status == BW_OK)
		pg->added_others = 0;
	pg->others_at_us = now_us();
	return status;
}

/* Once a minute, and when that would say that there is no room. */
static bool must_weigh_others(const struct postgres *pg)
{
	bool is_tight = pg->bound_bytes > 0 && pg->added_others > 0 &&
			total_bytes(pg) > pg->bound_bytes / 8 * 7;

	return pg->others_at_us == 0 || is_tight || now_us() - pg->others_at_us > OTHERS_US;
}

static int64_t bytes(struct sql *sql, int64_t *unused)
{
	struct postgres *pg = of(sql);
	enum bw_status status = BW_OK;
	struct bw_error err;

	*unused = 0;
	if (pg->weighed || pg->in_transaction || pg->link.connection == NULL ||
	    put_aside(pg, &err) != BW_OK)
		return total_bytes(pg);
	postgres_link_wait(&pg->link, POSTGRES_ANSWER_US);
	status = weigh_chunks(pg, &err);
	if (status == BW_OK && pg->purpose == SQL_WRITER && must_weigh_others(pg))
		status = weigh_others(pg, &err);
	if (status != BW_OK)
		(void)note_failure(pg, status, &err);
	pg->weighed = status == BW_OK;
	return total_bytes(pg);
}

static enum bw_status bound(struct sql *sql, int64_t bytes, struct bw_error *err)
{
	of(sql)->bound_bytes = bytes;
	return BW_OK;
}

static enum bw_status check_bound(struct postgres *pg, struct bw_error *err)
{
	enum bw_status status;
	bool makes_room;

	if (pg->bound_bytes == 0 || total_bytes(pg) <= pg->bound_bytes)
		return BW_OK;
	status = weigh_chunks(pg, err);
	if (status == BW_OK)
		status = weigh_others(pg, err);
	makes_room = pg->removes && total_bytes(pg) < pg->before_bytes;
	if (status == BW_OK && total_bytes(pg) > pg->bound_bytes && !makes_room)
		status = bw_fail(err, BW_ELIMIT, "storage.limit is reached");
	return status;
}

static enum bw_status commit(struct sql *sql, struct bw_error *err)
{
	struct postgres *pg = of(sql);
	struct bw_error own;
	enum bw_status status;

	bw_assert(pg->in_transaction);
	err = err != NULL ? err : &own;
	status = ready(pg, err);
	if (status == BW_OK)
		status = put_aside(pg, err);
	if (status == BW_OK)
		status = check_bound(pg, err);
	if (status == BW_OK)
		status = postgres_control(pg, "COMMIT", err);
	if (status == BW_OK)
		status = postgres_settle(pg, err);
	if (status != BW_OK) {
		status = note_failure(pg, status, err);
		roll_back(sql);
		return status;
	}
	pg->in_transaction = false;
	pg->careful = false;
	pg->weighed = false;
	return BW_OK;
}

/* --- statements --- */

/* Heads and states take the place of older ones. */
static void note_weight(struct postgres *pg, int statement, const struct sql_value *values,
			size_t count)
{
	int64_t added = ROW_BYTES;

	pg->weighed = pg->weighed && pg->in_transaction;
	if (strncmp(sql_texts[statement], "DELETE FROM chunk", 17) == 0)
		pg->removes = true;
	if (strncmp(sql_texts[statement], "INSERT", 6) != 0 || statement == SQL_HEAD_PUT ||
	    statement == SQL_STATE_PUT || statement == SQL_FIGURE_PUT)
		return;
	for (size_t nth = 0; nth < count; nth++) {
		if (values[nth].type == SQL_BLOB)
			added += (int64_t)values[nth].len;
		else if (values[nth].type == SQL_TEXT)
			added += (int64_t)strlen(values[nth].data);
	}
	if (statement == SQL_CHUNK_ADD)
		pg->added_chunks += added;
	else
		pg->added_others += added;
}

/* Behind a savepoint: BW_EINVAL leaves the transaction as it was. */
static enum bw_status send_carefully(struct postgres *pg, int statement,
				     const struct sql_value *values, size_t count,
				     struct bw_error *err)
{
	enum bw_status status = postgres_control(pg, "SAVEPOINT row", err);

	if (status == BW_OK)
		status = postgres_settle(pg, err);
	if (status != BW_OK)
		return note_failure(pg, status, err);
	status = postgres_send(pg, statement, values, count, err);
	if (status == BW_OK)
		status = postgres_settle(pg, err);
	if (status == BW_OK)
		return BW_OK;
	if (status == BW_EINVAL && postgres_control(pg, "ROLLBACK TO row", NULL) == BW_OK &&
	    postgres_settle(pg, NULL) == BW_OK)
		return BW_EINVAL;
	return note_failure(pg, status == BW_EINVAL ? BW_EIO : status, err);
}

static enum bw_status send_write(struct postgres *pg, int statement, const struct sql_value *values,
				 size_t count, struct bw_error *err)
{
	enum bw_status status;

	note_weight(pg, statement, values, count);
	if (pg->in_transaction && pg->careful)
		return send_carefully(pg, statement, values, count, err);
	status = postgres_send(pg, statement, values, count, err);
	if (status == BW_OK && !pg->in_transaction)
		status = postgres_settle(pg, err);
	return status == BW_OK ? BW_OK : note_failure(pg, status, err);
}

static enum bw_status start(struct sql *sql, int statement, const struct sql_value *values,
			    size_t count, struct bw_error *err)
{
	struct postgres *pg = of(sql);
	struct bw_error own;
	enum bw_status status;

	err = err != NULL ? err : &own;
	status = ready(pg, err);
	if (status != BW_OK)
		return status;
	status = put_aside(pg, err);
	clear_rows(&pg->statements[statement]);
	if (status == BW_OK)
		status = postgres_prepare(pg, statement, err);
	if (status != BW_OK)
		return note_failure(pg, status, err);
	if (!pg->statements[statement].has_rows)
		return send_write(pg, statement, values, count, err);
	status = postgres_open_stream(pg, statement, values, count, err);
	return status == BW_OK ? BW_OK : note_failure(pg, status, err);
}

/* The next piece of the statement's rows, NULL at the end. */
static enum bw_status next_piece(struct postgres *pg, int nth, PGresult **out, struct bw_error *err)
{
	struct postgres_statement *statement = &pg->statements[nth];

	*out = NULL;
	if (statement->spooled_next < statement->spooled_count) {
		*out = statement->spooled[statement->spooled_next++];
		return BW_OK;
	}
	if (pg->stream != nth)
		return BW_OK;
	postgres_link_wait(&pg->link, POSTGRES_ANSWER_US);
	return postgres_fetch(pg, out, err);
}

static enum bw_status step(struct sql *sql, int nth, bool *has, struct bw_error *err)
{
	struct postgres *pg = of(sql);
	struct postgres_statement *statement = &pg->statements[nth];
	struct bw_error own;
	enum bw_status status;

	err = err != NULL ? err : &own;
	if (pg->in_transaction && pg->failed != BW_OK)
		return bw_fail(err, pg->failed, "%s", pg->failure);
	*has = statement->current != NULL && ++statement->row < PQntuples(statement->current);
	if (*has)
		return BW_OK;
	PQclear(statement->current);
	statement->current = NULL;
	statement->row = 0;
	status = next_piece(pg, nth, &statement->current, err);
	*has = statement->current != NULL;
	if (status != BW_OK)
		return note_failure(pg, status, err);
	if (!*has)
		clear_rows(statement);
	return BW_OK;
}

static void column(struct sql *sql, int nth, int which, struct sql_value *out)
{
	const struct postgres_statement *statement = &of(sql)->statements[nth];

	bw_assert(statement->current != NULL);
	postgres_decode(statement->current, statement->row, which, out);
}

static void reset(struct sql *sql, int nth)
{
	struct postgres *pg = of(sql);
	struct bw_error err = { "" };
	enum bw_status status = BW_OK;

	clear_rows(&pg->statements[nth]);
	postgres_link_wait(&pg->link, POSTGRES_ANSWER_US);
	while (status == BW_OK && pg->stream == nth) {
		PGresult *result;

		status = postgres_fetch(pg, &result, &err);
		PQclear(result);
	}
	if (status != BW_OK)
		(void)note_failure(pg, status, &err);
}

static int64_t changed(struct sql *sql)
{
	struct postgres *pg = of(sql);
	struct bw_error err = { "" };
	enum bw_status status;

	if (pg->link.connection == NULL || pg->failed != BW_OK)
		return 0;
	status = put_aside(pg, &err);
	if (status == BW_OK)
		status = postgres_settle(pg, &err);
	if (status == BW_OK)
		return pg->changed;
	(void)note_failure(pg, status, &err);
	return 0;
}

/* --- the whole --- */

static void destroy(struct sql *sql)
{
	struct postgres *pg = of(sql);

	if (pg == NULL)
		return;
	forget(pg);
	PQclear(pg->answer);
	postgres_link_finish(&pg->link);
	free(pg->instance);
	free(pg);
}

static const struct sql_driver driver = {
	.name = "postgres",
	.close = destroy,
	.start = start,
	.step = step,
	.column = column,
	.reset = reset,
	.changed = changed,
	.begin = begin,
	.commit = commit,
	.roll_back = roll_back,
	.bytes = bytes,
	.bound = bound,
};

enum bw_status sql_postgres_open(const struct sql_place *place, struct sql **out,
				 struct bw_error *err)
{
	struct postgres *pg = xcalloc(1, sizeof(*pg));
	enum bw_status status;

	pg->sql.driver = &driver;
	pg->purpose = place->purpose;
	pg->instance = xstrdup(place->instance != NULL ? place->instance : "");
	pg->stream = -1;
	status = postgres_link_init(&pg->link, place->where, pg->instance, err);
	if (status == BW_OK)
		status = postgres_set_up(pg, err);
	if (status != BW_OK) {
		destroy(&pg->sql);
		return status == BW_EINVAL ? BW_EIO : status;
	}
	*out = &pg->sql;
	return BW_OK;
}
