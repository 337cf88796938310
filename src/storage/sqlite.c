/* sqlite.c - opens the database, checks that it is whole, and brings its schema up to date.
 *
 * WAL with synchronous=NORMAL: a commit is one write to the log without fsync(), so a killed
 * process loses nothing that was committed, and a power cut at most what came after the last
 * checkpoint. Batches with records, of which somebody may tell the world, are synchronous=FULL: one
 * fsync() more. The application id is set in the transaction that makes the schema, before WAL is
 * switched on: a file is either empty or says that it is ours.
 *
 * The cache is small and nothing is mapped: the store's share of the daemon's memory is bounded,
 * and a full disk is an error code, never a SIGBUS.
 */
#include "storage/sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/embedded.h"
#include "base/xalloc.h"
#include "storage/file.h"
#include "storage/sqlite_db.h"

/* Made by tools/embed.py from src/storage/migrations. */
extern const struct bw_embedded store_migrations[];
extern const size_t store_migrations_count;

/* Files up to this size are read through when they are opened. It costs some 10 ms a MiB, which
 * start-up can spare once; in larger files damage is noticed when it is met. */
#define CHECK_BYTES_MAX (INT64_C(1) << 20)

static const char setup_sql[] =
	"PRAGMA cache_size=-512; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0;"
	"PRAGMA trusted_schema=OFF; PRAGMA journal_size_limit=4194304;";
/* 8 MiB at 4 KiB a page. */
static const char memory_sql[] = "PRAGMA max_page_count=2048;";
static const char log_sql[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;";

enum { BUSY_MS = 1000 };

static const char *const statement_texts[SQLITE_STATEMENTS] = {
	[SQLITE_CHANGE_PUT] = "INSERT OR REPLACE INTO change VALUES (?1,?2,?3,?4,?5,?6,?7)",
	[SQLITE_CHANGE_TRIM] =
		"DELETE FROM change WHERE id IN (SELECT id FROM change WHERE at_us <= ?1 AND "
		"(kind NOT IN ('daemon', 'overall') OR "
		"kind = 'daemon' AND id < (SELECT id FROM change WHERE kind = 'daemon' "
		"ORDER BY id DESC LIMIT 1 OFFSET 999) OR "
		"kind = 'overall' AND id < (SELECT id FROM change WHERE kind = 'overall' "
		"ORDER BY id DESC LIMIT 1 OFFSET 999)) ORDER BY at_us LIMIT ?2)",
	[SQLITE_COMPONENT_ADD] = "INSERT INTO component (name) VALUES (?1)",
	[SQLITE_COMPONENT_FIND] = "SELECT id FROM component WHERE name = ?1",
	[SQLITE_COMPONENT_FORGET] = "DELETE FROM component WHERE id = ?1 AND NOT EXISTS "
				    "(SELECT 1 FROM result WHERE component_id = ?1) AND NOT EXISTS "
				    "(SELECT 1 FROM state WHERE component_id = ?1)",
	[SQLITE_COMPONENT_NEXT] =
		"SELECT id, NOT EXISTS (SELECT 1 FROM state WHERE component_id = component.id) "
		"FROM component WHERE id > ?1 ORDER BY id LIMIT 1",
	[SQLITE_MESSAGE_ADD] = "INSERT INTO message (hash, used_ms, text) VALUES (?1,?2,?3)",
	[SQLITE_MESSAGE_FIND] = "SELECT id, used_ms FROM message WHERE hash = ?1 AND text = ?2",
	[SQLITE_MESSAGE_TRIM] = "DELETE FROM message WHERE id IN (SELECT id FROM message "
				"WHERE used_ms < ?1 ORDER BY used_ms LIMIT 256)",
	[SQLITE_MESSAGE_USE] = "UPDATE message SET used_ms = ?2 WHERE id = ?1",
	[SQLITE_POINT_PUT] = "INSERT OR REPLACE INTO point VALUES (?1,?2,?3,?4,?5,?6,?7)",
	[SQLITE_POINT_TRIM] = "DELETE FROM point WHERE time_us IN (SELECT time_us FROM point "
			      "WHERE time_us <= ?1 ORDER BY time_us LIMIT 256)",
	[SQLITE_RECORD_PUT] = "INSERT OR REPLACE INTO record VALUES (?1,?2,?3,?4)",
	[SQLITE_RECORD_TRIM] =
		"DELETE FROM record WHERE rowid IN (SELECT rowid FROM record WHERE kind = ?1 AND "
		"ended_us != 0 AND (ended_us <= ?2 OR ended_us < (SELECT ended_us FROM record "
		"WHERE kind = ?1 AND ended_us != 0 ORDER BY ended_us DESC LIMIT 1 OFFSET ?3)) AND "
		"id < (SELECT max(id) FROM record WHERE kind = ?1) ORDER BY ended_us LIMIT ?4)",
	[SQLITE_RESULT_PUT] = "INSERT OR REPLACE INTO result VALUES (?1,?2,?3,?4,?5)",
	[SQLITE_RESULT_TRIM] =
		"DELETE FROM result WHERE component_id = ?1 AND time_ms IN (SELECT time_ms FROM "
		"result WHERE component_id = ?1 AND time_ms <= ?2 ORDER BY time_ms LIMIT ?3)",
	[SQLITE_STATE_PUT] = "INSERT OR REPLACE INTO state VALUES (?1,?2,?3,?4,?5,?6)",
	[SQLITE_STATE_REMOVE] = "DELETE FROM state WHERE component_id = ?1",
};

enum bw_status sqlite_fail(struct store_sqlite *db, int code, const char *what,
			   struct bw_error *err)
{
	int primary = code & 0xff;
	bool damaged = primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
	const char *why = db->handle != NULL ? sqlite3_errmsg(db->handle) : sqlite3_errstr(code);

	return bw_fail(err, damaged ? BW_ECORRUPT : BW_EIO, "cannot %s: %s", what, why);
}

static enum bw_status execute(struct store_sqlite *db, const char *sql, const char *what,
			      struct bw_error *err)
{
	int code = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? BW_OK : sqlite_fail(db, code, what, err);
}

/* The first column of the first row of a query that always has one. */
static enum bw_status query_text(struct store_sqlite *db, const char *sql, char out[64],
				 struct bw_error *err)
{
	sqlite3_stmt *statement = NULL;
	enum bw_status status = BW_OK;
	int code = sqlite3_prepare_v2(db->handle, sql, -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW) {
		const unsigned char *text = sqlite3_column_text(statement, 0);

		snprintf(out, 64, "%s", text != NULL ? (const char *)text : "");
	} else {
		status = sqlite_fail(db, code, "read the store", err);
	}
	sqlite3_finalize(statement);
	return status;
}

static enum bw_status check_whole(struct store_sqlite *db, const char *path, struct bw_error *err)
{
	char answer[64];
	enum bw_status status;

	if (store_file_bytes(path) > CHECK_BYTES_MAX)
		return BW_OK;
	status = query_text(db, "PRAGMA quick_check(1)", answer, err);
	if (status != BW_OK)
		return status;
	if (strcmp(answer, "ok") != 0)
		return bw_fail(err, BW_ECORRUPT, "%s is damaged: %s", path, answer);
	return BW_OK;
}

static enum bw_status migrate(struct store_sqlite *db, struct bw_error *err)
{
	enum bw_status status;
	char text[64];
	size_t version;

	status = query_text(db, "PRAGMA user_version", text, err);
	if (status != BW_OK)
		return status;
	version = strtoul(text, NULL, 10);
	if (version > store_migrations_count)
		return bw_fail(err, BW_EIO,
			       "the store was written by a newer Bellwether (schema %zu, this one "
			       "knows %zu); use that version or another storage.path",
			       version, store_migrations_count);
	for (; version < store_migrations_count; version++) {
		char pragmas[128];

		snprintf(pragmas, sizeof(pragmas),
			 "PRAGMA application_id=%d; PRAGMA user_version=%zu; COMMIT;",
			 STORE_APPLICATION_ID, version + 1);
		status = execute(db, "BEGIN IMMEDIATE", "begin the store", err);
		if (status == BW_OK)
			status = execute(db, (const char *)store_migrations[version].data,
					 "make the tables of the store", err);
		if (status == BW_OK)
			status = execute(db, pragmas, "make the tables of the store", err);
		if (status != BW_OK)
			return status;
	}
	return BW_OK;
}

static enum bw_status prepare_all(struct store_sqlite *db, struct bw_error *err)
{
	for (int nth = 0; nth < SQLITE_STATEMENTS; nth++) {
		int code =
			sqlite3_prepare_v3(db->handle, statement_texts[nth], -1,
					   SQLITE_PREPARE_PERSISTENT, &db->statements[nth], NULL);

		if (code != SQLITE_OK)
			return sqlite_fail(db, code, "prepare the store", err);
	}
	return BW_OK;
}

static enum bw_status set_up(struct store_sqlite *db, const char *path, struct bw_error *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	int code = sqlite3_open_v2(path != NULL ? path : ":memory:", &db->handle, flags, NULL);
	enum bw_status status;

	if (code != SQLITE_OK)
		return sqlite_fail(db, code, "open the store", err);
	sqlite3_busy_timeout(db->handle, BUSY_MS);
	if (sqlite3_db_readonly(db->handle, "main") == 1)
		return bw_fail(err, BW_EIO, "%s is read-only", path);
	status = execute(db, setup_sql, "set up the store", err);
	if (status == BW_OK && path != NULL)
		status = check_whole(db, path, err);
	if (status == BW_OK)
		status = migrate(db, err);
	if (status == BW_OK)
		status = execute(db, path != NULL ? log_sql : memory_sql, "set up the store", err);
	if (status == BW_OK)
		status = prepare_all(db, err);
	return status;
}

enum bw_status store_sqlite_open(const char *path, struct store_sqlite **out, struct bw_error *err)
{
	struct store_sqlite *db = xcalloc(1, sizeof(*db));
	enum bw_status status;

	db->in_memory = path == NULL;
	db->component_ids = bw_strmap_create();
	if (db->component_ids == NULL)
		status = bw_fail(err, BW_EIO, "cannot open the store: no memory");
	else
		status = set_up(db, path, err);
	if (status != BW_OK) {
		store_sqlite_close(db);
		return status;
	}
	*out = db;
	return BW_OK;
}

void sqlite_forget_ids(struct store_sqlite *db)
{
	struct bw_strmap_entry entry;
	size_t cursor = 0;

	while (bw_strmap_next(db->component_ids, &cursor, &entry))
		free(entry.value);
	bw_strmap_clear(db->component_ids);
}

void store_sqlite_close(struct store_sqlite *db)
{
	if (db == NULL)
		return;
	for (int nth = 0; nth < SQLITE_STATEMENTS; nth++)
		sqlite3_finalize(db->statements[nth]);
	int code = sqlite3_close(db->handle);
	bw_assert(code == SQLITE_OK);
	if (db->component_ids != NULL)
		sqlite_forget_ids(db);
	bw_strmap_destroy(db->component_ids);
	free(db);
}
