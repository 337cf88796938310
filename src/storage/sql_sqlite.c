/* sql_sqlite.c - a file of SQLite: opens it, checks that it is whole, and runs the statements.
 *
 * WAL with synchronous=NORMAL: a commit is one write to the log without fsync(), so a killed
 * process loses nothing that was committed, and a power cut at most what came after the last
 * checkpoint. Durable transactions are synchronous=FULL: one fsync() more. The application id is
 * set in the transaction that makes the schema, before WAL is switched on: a file is either empty
 * or says that it is ours.
 *
 * The cache is small and nothing is mapped: the store's share of the daemon's memory is bounded,
 * and a full disk is an error code, never a SIGBUS.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/assert.h"
#include "base/embedded.h"
#include "base/xalloc.h"
#include "storage/file.h"
#include "storage/sql.h"
#include "storage/sqlite_upgrade.h"
#include "storage/statements.h"

/* Made by tools/embed.py from src/storage/migrations. */
extern const struct bw_embedded store_migrations[];
extern const size_t store_migrations_count;

/* Files up to this size are read through when they are opened. It costs some 10 ms a MiB, which
 * start-up can spare once; in larger files damage is noticed when it is met. */
#define CHECK_BYTES_MAX (INT64_C(1) << 20)

static const char setup_sql[] =
	"PRAGMA page_size=8192; PRAGMA cache_size=-512; PRAGMA temp_store=MEMORY;"
	"PRAGMA mmap_size=0; PRAGMA trusted_schema=OFF;"
	"PRAGMA journal_size_limit=4194304; PRAGMA auto_vacuum=INCREMENTAL;";
static const char reader_sql[] = "PRAGMA cache_size=-2048; PRAGMA temp_store=MEMORY;"
				 "PRAGMA mmap_size=0; PRAGMA trusted_schema=OFF;"
				 "PRAGMA query_only=ON;";
/* 8 MiB at 8 KiB a page: chunks of some 700 bytes leave less of a page unused than at 4. */
static const char memory_sql[] = "PRAGMA max_page_count=1024;";
static const char log_sql[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;";

enum {
	BUSY_MS = 1000,
	TEXT_BYTES_MAX = 2048,
	GIVE_BACK_PAGES = 64,     /* at most, a call of bound() */
	DISK_BYTES_MIN = 1 << 20, /* a disk with less is full itself */
	LOG_PARTS = 8,
	LOG_PAGES_MAX = 128, /* 1 MiB: the log is on the disk beside the file all the time */
};

struct sqlite {
	struct sql base;
	sqlite3 *handle;
	bool in_memory, is_reader;
	bool syncs; /* a commit waits for the disk itself, not only for the kernel */
	int64_t bound_bytes, page_bytes;
	char *path;
	sqlite3_stmt *statements[SQL_STATEMENTS];
};

static struct sqlite *of(struct sql *sql)
{
	return (struct sqlite *)sql;
}

static int64_t number_of(struct sqlite *db, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	int64_t number = 0;

	if (sqlite3_prepare_v2(db->handle, sql, -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

/* Two kinds of full have one code. It is the bound when much of it is used, and the disk has room;
 * how much the failed transaction wanted is not known any more. */
static bool is_at_bound(struct sqlite *db)
{
	struct statvfs disk;

	if (db->in_memory)
		return true;
	return db->bound_bytes > 0 &&
	       number_of(db, "PRAGMA page_count") * db->page_bytes > db->bound_bytes / 2 &&
	       statvfs(db->path, &disk) == 0 && disk.f_bavail * disk.f_frsize >= DISK_BYTES_MIN;
}

static enum bw_status status_of(struct sqlite *db, int code)
{
	switch (code & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return BW_ECORRUPT;
	case SQLITE_CONSTRAINT:
	case SQLITE_TOOBIG:
	case SQLITE_MISMATCH:
		return BW_EINVAL;
	case SQLITE_FULL:
		return is_at_bound(db) ? BW_ELIMIT : BW_EIO;
	default:
		return BW_EIO;
	}
}

/* Turns the code of a failed call into a status and a text: "cannot <what>: why". */
static enum bw_status fail(struct sqlite *db, int code, const char *what, struct bw_error *err)
{
	const char *why = db->handle != NULL ? sqlite3_errmsg(db->handle) : sqlite3_errstr(code);
	char text[256];

	snprintf(text, sizeof(text), "%s", why);
	return bw_fail(err, status_of(db, code), "cannot %s: %s", what, text);
}

static enum bw_status execute(struct sqlite *db, const char *sql, const char *what,
			      struct bw_error *err)
{
	int code = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? BW_OK : fail(db, code, what, err);
}

/* --- statements --- */

/* The text without its marks for instances, and with SQLite's own sign for numbered parameters. */
static void write_text(const char *from, char out[TEXT_BYTES_MAX])
{
	size_t len = 0;

	for (; *from != '\0'; from++) {
		if (*from == '{') {
			from = strchr(from, '}');
			continue;
		}
		bw_assert(len < TEXT_BYTES_MAX - 1);
		out[len++] = *from == '$' ? '?' : *from;
	}
	out[len] = '\0';
}

static int prepare(struct sqlite *db, int statement)
{
	char text[TEXT_BYTES_MAX];

	if (db->statements[statement] != NULL)
		return SQLITE_OK;
	write_text(sql_texts[statement], text);
	return sqlite3_prepare_v3(db->handle, text, -1, SQLITE_PREPARE_PERSISTENT,
				  &db->statements[statement], NULL);
}

static void bind(sqlite3_stmt *statement, int at, const struct sql_value *value)
{
	switch (value->type) {
	case SQL_NULL:
		sqlite3_bind_null(statement, at);
		break;
	case SQL_INTEGER:
		sqlite3_bind_int64(statement, at, value->integer);
		break;
	case SQL_REAL:
		sqlite3_bind_double(statement, at, value->real);
		break;
	case SQL_TEXT:
		sqlite3_bind_text(statement, at, value->data, -1, SQLITE_STATIC);
		break;
	case SQL_BLOB:
		sqlite3_bind_blob64(statement, at, value->data, value->len, SQLITE_STATIC);
		break;
	}
}

static const char *doing(const struct sqlite *db)
{
	return db->is_reader ? "read the store" : "write to the store";
}

static enum bw_status start(struct sql *sql, int statement, const struct sql_value *values,
			    size_t count, struct bw_error *err)
{
	struct sqlite *db = of(sql);
	int code = prepare(db, statement);

	if (code != SQLITE_OK)
		return fail(db, code, doing(db), err);
	for (size_t nth = 0; nth < count; nth++)
		bind(db->statements[statement], (int)nth + 1, &values[nth]);
	return BW_OK;
}

static enum bw_status step(struct sql *sql, int statement, bool *has, struct bw_error *err)
{
	struct sqlite *db = of(sql);
	int code = sqlite3_step(db->statements[statement]);

	*has = code == SQLITE_ROW;
	if (code == SQLITE_ROW)
		return BW_OK;
	if (code == SQLITE_DONE) {
		sqlite3_reset(db->statements[statement]);
		return BW_OK;
	}
	return fail(db, code, doing(db), err);
}

static void column(struct sql *sql, int statement, int nth, struct sql_value *out)
{
	sqlite3_stmt *row = of(sql)->statements[statement];

	*out = (struct sql_value){ .type = SQL_NULL };
	switch (sqlite3_column_type(row, nth)) {
	case SQLITE_INTEGER:
		out->type = SQL_INTEGER;
		out->integer = sqlite3_column_int64(row, nth);
		break;
	case SQLITE_FLOAT:
		out->type = SQL_REAL;
		out->real = sqlite3_column_double(row, nth);
		break;
	case SQLITE_TEXT:
		out->type = SQL_TEXT;
		out->data = sqlite3_column_text(row, nth);
		out->len = (size_t)sqlite3_column_bytes(row, nth);
		break;
	case SQLITE_BLOB:
		out->type = SQL_BLOB;
		out->data = sqlite3_column_blob(row, nth);
		out->len = (size_t)sqlite3_column_bytes(row, nth);
		break;
	}
}

static void reset(struct sql *sql, int statement)
{
	if (of(sql)->statements[statement] != NULL)
		sqlite3_reset(of(sql)->statements[statement]);
}

static int64_t changed(struct sql *sql)
{
	return sqlite3_changes64(of(sql)->handle);
}

/* --- transactions --- */

static enum bw_status begin(struct sql *sql, bool durable, struct bw_error *err)
{
	struct sqlite *db = of(sql);
	enum bw_status status = BW_OK;

	if (durable != db->syncs)
		status = execute(db,
				 durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
				 "set up the store", err);
	if (status != BW_OK)
		return status;
	db->syncs = durable;
	return execute(db, db->is_reader ? "BEGIN" : "BEGIN IMMEDIATE", doing(db), err);
}

static enum bw_status commit(struct sql *sql, struct bw_error *err)
{
	return execute(of(sql), "COMMIT", doing(of(sql)), err);
}

static void roll_back(struct sql *sql)
{
	if (sqlite3_get_autocommit(of(sql)->handle) == 0)
		sqlite3_exec(of(sql)->handle, "ROLLBACK", NULL, NULL, NULL);
}

/* --- sizes --- */

static int64_t bytes(struct sql *sql, int64_t *unused)
{
	struct sqlite *db = of(sql);
	int64_t pages = number_of(db, "PRAGMA page_count");
	int64_t taken = store_file_bytes(db->path);

	*unused = number_of(db, "PRAGMA freelist_count") * db->page_bytes;
	/* What is only in the log yet will be in the file. */
	if (db->in_memory)
		return pages * db->page_bytes;
	return taken > pages * db->page_bytes ? taken : pages * db->page_bytes;
}

/* Of a bound a part is for the log: both are on the disk at once. A checkpoint comes at an eighth
 * of that part, so that a transaction may be as long as the rest. */
static int64_t log_pages(const struct sqlite *db)
{
	int64_t pages = db->bound_bytes / db->page_bytes / 32;

	return pages > LOG_PAGES_MAX ? LOG_PAGES_MAX : pages;
}

static int64_t pages_allowed(const struct sqlite *db)
{
	return db->bound_bytes / db->page_bytes - LOG_PARTS * log_pages(db);
}

/* A file that is longer already is taken as it is: SQLite then bounds it there. */
static enum bw_status set_bound(struct sqlite *db, int64_t bound_bytes, struct bw_error *err)
{
	char text[192];

	db->bound_bytes = bound_bytes;
	if (bound_bytes == 0)
		return execute(db,
			       "PRAGMA max_page_count=4294967294; PRAGMA wal_autocheckpoint=128;"
			       "PRAGMA journal_size_limit=1048576",
			       "set up the store", err);
	snprintf(text, sizeof(text),
		 "PRAGMA max_page_count=%lld; PRAGMA wal_autocheckpoint=%lld;"
		 "PRAGMA journal_size_limit=%lld",
		 (long long)pages_allowed(db), (long long)log_pages(db),
		 (long long)log_pages(db) * db->page_bytes);
	return execute(db, text, "set up the store", err);
}

static enum bw_status bound(struct sql *sql, int64_t bound_bytes, struct bw_error *err)
{
	struct sqlite *db = of(sql);
	enum bw_status status = BW_OK;
	int64_t pages, free_pages;
	bool is_above;
	char text[64];

	if (db->in_memory)
		return BW_OK;
	if (bound_bytes != db->bound_bytes)
		status = set_bound(db, bound_bytes, err);
	if (status != BW_OK)
		return status;
	pages = number_of(db, "PRAGMA page_count");
	free_pages = number_of(db, "PRAGMA freelist_count");
	is_above = bound_bytes > 0 && pages > pages_allowed(db);
	/* Some are kept for what comes next. */
	if (!is_above && free_pages < GIVE_BACK_PAGES + pages / 16)
		return BW_OK;
	snprintf(text, sizeof(text), "PRAGMA incremental_vacuum(%d)", GIVE_BACK_PAGES);
	status = execute(db, text, "give back what the store does not need", err);
	return status == BW_OK && is_above ? set_bound(db, bound_bytes, err) : status;
}

/* --- opening and closing --- */

static void close_file(struct sql *sql)
{
	struct sqlite *db = of(sql);
	int code;

	for (int nth = 0; nth < SQL_STATEMENTS; nth++)
		sqlite3_finalize(db->statements[nth]);
	code = sqlite3_close(db->handle);
	bw_assert(code == SQLITE_OK);
	free(db->path);
	free(db);
}

static const struct sql_driver driver = {
	.name = "sqlite",
	.close = close_file,
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

/* The first column of the first row of a query that always has one. */
static enum bw_status query_text(struct sqlite *db, const char *sql, char out[64],
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
		status = fail(db, code, "read the store", err);
	}
	sqlite3_finalize(statement);
	return status;
}

static enum bw_status check_whole(struct sqlite *db, struct bw_error *err)
{
	char answer[64];
	enum bw_status status;

	if (store_file_bytes(db->path) > CHECK_BYTES_MAX)
		return BW_OK;
	status = query_text(db, "PRAGMA quick_check(1)", answer, err);
	if (status != BW_OK)
		return status;
	if (strcmp(answer, "ok") != 0)
		return bw_fail(err, BW_ECORRUPT, "%s is damaged: %s", db->path, answer);
	return BW_OK;
}

static enum bw_status read_version(struct sqlite *db, size_t *out, struct bw_error *err)
{
	char text[64];
	enum bw_status status = query_text(db, "PRAGMA user_version", text, err);

	if (status != BW_OK)
		return status;
	*out = strtoul(text, NULL, 10);
	if (*out > store_migrations_count)
		return bw_fail(err, BW_EIO,
			       "the store was written by a newer Bellwether (schema %zu, this one "
			       "knows %zu); use that version or another storage.path",
			       *out, store_migrations_count);
	return BW_OK;
}

static enum bw_status migrate_once(struct sqlite *db, size_t version, struct bw_error *err)
{
	char pragmas[128];
	enum bw_status status = execute(db, "BEGIN IMMEDIATE", "begin the store", err);

	snprintf(pragmas, sizeof(pragmas),
		 "PRAGMA application_id=%d; PRAGMA user_version=%zu; COMMIT;", STORE_APPLICATION_ID,
		 version + 1);
	if (status == BW_OK)
		status = execute(db, (const char *)store_migrations[version].data,
				 "make the tables of the store", err);
	if (status == BW_OK && version + 1 == SQLITE_UPGRADE_VERSION)
		status = sqlite_upgrade(&db->base, db->handle, err);
	if (status == BW_OK)
		status = execute(db, pragmas, "make the tables of the store", err);
	return status;
}

static enum bw_status migrate(struct sqlite *db, struct bw_error *err)
{
	size_t version = 0, before;
	enum bw_status status = read_version(db, &version, err);

	before = version;
	for (; status == BW_OK && version < store_migrations_count; version++)
		status = migrate_once(db, version, err);
	/* Rows became chunks: most pages are free, and from now on free pages can be given back. */
	if (status == BW_OK && before > 0 && before < SQLITE_UPGRADE_VERSION)
		sqlite3_exec(db->handle, "VACUUM", NULL, NULL, NULL);
	return status;
}

static enum bw_status set_up_writer(struct sqlite *db, struct bw_error *err)
{
	enum bw_status status;

	if (sqlite3_db_readonly(db->handle, "main") == 1)
		return bw_fail(err, BW_EIO, "%s is read-only", db->path);
	status = execute(db, setup_sql, "set up the store", err);
	if (status == BW_OK && !db->in_memory)
		status = check_whole(db, err);
	if (status == BW_OK)
		status = migrate(db, err);
	if (status == BW_OK)
		status = execute(db, db->in_memory ? memory_sql : log_sql, "set up the store", err);
	return status;
}

static enum bw_status set_up_reader(struct sqlite *db, struct bw_error *err)
{
	size_t version;
	enum bw_status status = execute(db, reader_sql, "set up the store", err);

	if (status == BW_OK)
		status = read_version(db, &version, err);
	if (status == BW_OK && version < store_migrations_count)
		return bw_fail(err, BW_EIO,
			       "%s was written by an earlier Bellwether (schema %zu, this one "
			       "reads %zu); start the daemon on it once",
			       db->path, version, store_migrations_count);
	return status;
}

static enum bw_status set_up(struct sqlite *db, struct bw_error *err)
{
	int flags =
		SQLITE_OPEN_NOMUTEX |
		(db->is_reader ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	int code = sqlite3_open_v2(db->in_memory ? ":memory:" : db->path, &db->handle, flags, NULL);
	char text[64];
	enum bw_status status;

	if (code != SQLITE_OK)
		return fail(db, code, "open the store", err);
	sqlite3_busy_timeout(db->handle, BUSY_MS);
	status = db->is_reader ? set_up_reader(db, err) : set_up_writer(db, err);
	if (status == BW_OK)
		status = query_text(db, "PRAGMA page_size", text, err);
	if (status == BW_OK)
		db->page_bytes = strtoll(text, NULL, 10);
	return status;
}

enum bw_status sql_sqlite_open(const struct sql_place *place, struct sql **out,
			       struct bw_error *err)
{
	struct sqlite *db = xcalloc(1, sizeof(*db));
	enum bw_status status;

	db->base.driver = &driver;
	db->in_memory = place->where == NULL;
	db->is_reader = place->purpose == SQL_READER;
	if (!db->in_memory)
		db->path = xstrdup(place->where);
	status = set_up(db, err);
	if (status != BW_OK) {
		close_file(&db->base);
		return status;
	}
	*out = &db->base;
	return BW_OK;
}
