/* postgres_setup.c - from a connection to one that the store can use: the session's settings, the
 * tables, and the right to write for an instance.
 *
 * One daemon an instance: an advisory lock that lives as long as the session. A server that did not
 * notice yet that our own former session is gone is told to end it: the row of the instance says
 * who holds the lock.
 *
 * Who comes back after a lost connection must find the instance as it was left: the store's heads
 * are in memory, and somebody else may have written meanwhile.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/embedded.h"
#include "base/xalloc.h"
#include "storage/postgres_impl.h"

/* Made by tools/embed.py from src/storage/migrations/postgres. */
extern const struct bw_embedded store_postgres_migrations[];
extern const size_t store_postgres_migrations_count;

#define TABLES "bellwether"

/* The server gives up a little later than we do: a session that was dropped leaves nothing
 * behind. The keepalives are the server's, so that it notices a daemon's machine that vanished. */
static const char session_sql[] =
	"SET search_path = " TABLES "; SET statement_timeout = '15s'; SET lock_timeout = '3s'; "
	"SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = error; "
	"SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; "
	"SET tcp_keepalives_count = 3; "
	"SELECT current_setting('server_encoding'), current_setting('synchronous_commit'), "
	"pg_is_in_recovery()";

static enum bw_status check_session(struct postgres *pg, const PGresult *answer,
				    struct bw_error *err)
{
	const char *encoding = PQgetvalue(answer, 0, 0);

	if (strcmp(encoding, "UTF8") != 0)
		return bw_fail(err, BW_EIO,
			       "the PostgreSQL database is encoded in %.32s; make one with "
			       "ENCODING 'UTF8'",
			       encoding);
	if (pg->purpose == SQL_WRITER && PQgetvalue(answer, 0, 2)[0] == 't')
		return bw_fail(err, BW_EIO,
			       "the PostgreSQL server is a standby that nobody can write to; name "
			       "its primary in storage.url");
	pg->lazy_commit = strcmp(PQgetvalue(answer, 0, 1), "off") == 0;
	return BW_OK;
}

static enum bw_status begin_session(struct postgres *pg, struct bw_error *err)
{
	PGresult *answer = NULL;
	enum bw_status status = postgres_link_execute(&pg->link, session_sql, &answer, err);

	if (status == BW_OK)
		status = check_session(pg, answer, err);
	PQclear(answer);
	if (status == BW_OK && pg->purpose == SQL_READER)
		status = postgres_link_execute(&pg->link, "SET default_transaction_read_only = on",
					       NULL, err);
	return status;
}

/* The first value of the first row; `standard` when there is none. */
static enum bw_status ask_number(struct postgres *pg, const char *sql, long standard, long *out,
				 struct bw_error *err)
{
	PGresult *answer = NULL;
	enum bw_status status = postgres_link_execute(&pg->link, sql, &answer, err);

	if (status != BW_OK)
		return status;
	*out = PQntuples(answer) > 0 && !PQgetisnull(answer, 0, 0)
		       ? strtol(PQgetvalue(answer, 0, 0), NULL, 10)
		       : standard;
	PQclear(answer);
	return BW_OK;
}

/* --- the tables --- */

/* 0: there are no tables. */
static enum bw_status read_version(struct postgres *pg, long *out, struct bw_error *err)
{
	long known = (long)store_postgres_migrations_count;
	enum bw_status status = ask_number(
		pg, "SELECT CASE WHEN to_regclass('" TABLES ".store') IS NULL THEN 0 ELSE 1 END", 0,
		out, err);

	if (status == BW_OK && *out != 0)
		status = ask_number(pg, "SELECT version FROM " TABLES ".store", 0, out, err);
	if (status == BW_OK && *out > known)
		return bw_fail(err, BW_EIO,
			       "the PostgreSQL database was written by a newer Bellwether (schema "
			       "%ld, this one knows %ld); use that version or another database",
			       *out, known);
	return status;
}

static enum bw_status apply(struct postgres *pg, long version, struct bw_error *err)
{
	const struct bw_embedded *step = &store_postgres_migrations[version];
	char number[96];
	enum bw_status status =
		postgres_link_execute(&pg->link, (const char *)step->data, NULL, err);

	snprintf(number, sizeof(number),
		 "DELETE FROM store; INSERT INTO store (version) VALUES (%ld)", version + 1);
	if (status == BW_OK)
		status = postgres_link_execute(&pg->link, number, NULL, err);
	return status;
}

/* CREATE SCHEMA asks for more rights than its existence: an administrator may have made it. */
static enum bw_status make_schema(struct postgres *pg, struct bw_error *err)
{
	long found;
	enum bw_status status =
		ask_number(pg, "SELECT count(*) FROM pg_namespace WHERE nspname = '" TABLES "'", 0,
			   &found, err);

	if (status == BW_OK && found == 0)
		status = postgres_link_execute(&pg->link, "CREATE SCHEMA " TABLES, NULL, err);
	return status;
}

static enum bw_status upgrade(struct postgres *pg, struct bw_error *err)
{
	long version = 0;
	enum bw_status status;

	postgres_link_wait(&pg->link, POSTGRES_SETUP_US);
	status = postgres_link_execute(
		&pg->link,
		"BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'; "
		"SELECT pg_advisory_xact_lock(" POSTGRES_LOCK_CLASS ", 0)",
		NULL, err);

	if (status == BW_OK)
		status = read_version(pg, &version, err);
	if (status == BW_OK && version == 0)
		status = make_schema(pg, err);
	for (; status == BW_OK && version < (long)store_postgres_migrations_count; version++)
		status = apply(pg, version, err);
	if (status == BW_OK)
		status = postgres_link_execute(&pg->link, "COMMIT", NULL, err);
	return status;
}

static enum bw_status bring_tables(struct postgres *pg, struct bw_error *err)
{
	long version = 0;
	enum bw_status status = read_version(pg, &version, err);

	if (status != BW_OK || version == (long)store_postgres_migrations_count)
		return status;
	if (pg->purpose == SQL_WRITER)
		return upgrade(pg, err);
	if (version == 0)
		return bw_fail(err, BW_EIO, "there is no history of Bellwether in this database");
	return bw_fail(err, BW_EIO,
		       "the PostgreSQL database was written by an older Bellwether; start this "
		       "version's daemon on it first");
}

/* --- the instance --- */

/* `sql` with {n}: the instance's name, {t}: our token, {i}: its number. */
static enum bw_status ask_about_instance(struct postgres *pg, const char *sql, long *out,
					 struct bw_error *err)
{
	char *name = PQescapeLiteral(pg->link.connection, pg->instance, strlen(pg->instance));
	struct bw_buf text;
	enum bw_status status;

	if (name == NULL)
		return postgres_link_fail(&pg->link, NULL, err);
	bw_buf_init(&text, 0);
	for (; *sql != '\0'; sql++) {
		if (strncmp(sql, "{n}", 3) == 0)
			bw_buf_text(&text, name);
		else if (strncmp(sql, "{t}", 3) == 0)
			bw_buf_format(&text, "'%s'", pg->token);
		else if (strncmp(sql, "{i}", 3) == 0)
			bw_buf_format(&text, "%d", pg->instance_id);
		else
			bw_buf_append(&text, sql, 1);
		sql += *sql == '{' ? 2 : 0;
	}
	PQfreemem(name);
	xalloc_must(text.status);
	status = ask_number(pg, text.data, 0, out, err);
	bw_buf_finish(&text);
	return status;
}

static enum bw_status find_instance(struct postgres *pg, struct bw_error *err)
{
	long id = 0;
	enum bw_status status =
		ask_about_instance(pg, "SELECT id FROM instance WHERE name = {n}", &id, err);

	if (status == BW_OK && id == 0 && pg->purpose == SQL_WRITER && !pg->claimed)
		status = ask_about_instance(pg,
					    "INSERT INTO instance (name) VALUES ({n}) "
					    "ON CONFLICT (name) DO UPDATE SET name = excluded.name "
					    "RETURNING id",
					    &id, err);
	pg->instance_id = (int)id;
	return status;
}

static enum bw_status try_lock(struct postgres *pg, bool *got, struct bw_error *err)
{
	long locked = 0;
	enum bw_status status = ask_about_instance(
		pg, "SELECT pg_try_advisory_lock(" POSTGRES_LOCK_CLASS ", {i})::integer", &locked,
		err);

	*got = locked == 1;
	return status;
}

/* A session of our own that the server still keeps is ended; of others a moment is waited for:
 * one that was killed just now goes by itself. */
static enum bw_status wait_for_lock(struct postgres *pg, bool *got, struct bw_error *err)
{
	PGresult *answer = NULL;
	struct bw_error refused = { "" };
	long ended;
	enum bw_status status = ask_about_instance(
		pg,
		"SELECT count(pg_terminate_backend(pid)) FROM pg_locks JOIN instance ON "
		"instance.id = {i} AND backend = pid AND holder = {t} WHERE locktype = 'advisory' "
		"AND classid = " POSTGRES_LOCK_CLASS " AND objid = {i} AND granted",
		&ended, err);
	char lock[96];

	if (status != BW_OK)
		return status;
	snprintf(lock, sizeof(lock), "SELECT pg_advisory_lock(" POSTGRES_LOCK_CLASS ", %d)",
		 pg->instance_id);
	status = postgres_link_execute(&pg->link, lock, &answer, &refused);
	*got = status == BW_OK;
	PQclear(answer);
	if (pg->link.connection == NULL)
		return bw_fail(err, status, "%s", refused.text);
	return BW_OK;
}

static enum bw_status refuse_stranger(const struct postgres *pg, struct bw_error *err)
{
	return bw_fail(err, BW_EIO,
		       "another Bellwether wrote as instance \"%.64s\" meanwhile, or its tables "
		       "were replaced; restart this one",
		       pg->instance);
}

static enum bw_status claim(struct postgres *pg, struct bw_error *err)
{
	long rows = 0;
	enum bw_status status = ask_about_instance(
		pg,
		pg->claimed ? "UPDATE instance SET backend = pg_backend_pid() WHERE id = {i} AND "
			      "holder = {t} RETURNING 1"
			    : "UPDATE instance SET holder = {t}, backend = pg_backend_pid(), "
			      "since = now() WHERE id = {i} RETURNING 1",
		&rows, err);

	if (status == BW_OK && rows != 1)
		return refuse_stranger(pg, err);
	pg->claimed = pg->claimed || status == BW_OK;
	return status;
}

static enum bw_status take_instance(struct postgres *pg, struct bw_error *err)
{
	bool got = false;
	enum bw_status status =
		pg->instance_id != 0 ? try_lock(pg, &got, err) : refuse_stranger(pg, err);

	if (status == BW_OK && !got)
		status = wait_for_lock(pg, &got, err);
	if (status == BW_OK && !got)
		return bw_fail(err, BW_EIO,
			       "the PostgreSQL database is in use by another Bellwether with the "
			       "instance \"%.64s\"; stop that one or give this one another "
			       "storage.instance",
			       pg->instance);
	return status == BW_OK ? claim(pg, err) : status;
}

static void make_token(struct postgres *pg)
{
	unsigned char bytes[16];
	ssize_t got;

	if (pg->token[0] != '\0')
		return;
	got = getrandom(bytes, sizeof(bytes), 0);
	bw_assert(got == (ssize_t)sizeof(bytes));
	for (size_t nth = 0; nth < sizeof(bytes); nth++)
		snprintf(pg->token + 2 * nth, 3, "%02x", bytes[nth]);
}

enum bw_status postgres_set_up(struct postgres *pg, struct bw_error *err)
{
	enum bw_status status = postgres_link_connect(&pg->link, err);

	if (status != BW_OK)
		return status;
	make_token(pg);
	postgres_link_wait(&pg->link, POSTGRES_ANSWER_US);
	status = begin_session(pg, err);
	if (status == BW_OK)
		status = bring_tables(pg, err);
	postgres_link_wait(&pg->link, POSTGRES_ANSWER_US);
	if (status == BW_OK)
		status = find_instance(pg, err);
	if (status == BW_OK && pg->purpose == SQL_WRITER)
		status = take_instance(pg, err);
	if (status == BW_OK && !PQenterPipelineMode(pg->link.connection))
		status = postgres_link_fail(&pg->link, NULL, err);
	if (status != BW_OK)
		postgres_link_drop(&pg->link);
	return status == BW_EINVAL ? BW_EIO : status;
}
