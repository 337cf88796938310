/* salvage.c - goes through each table from its newest row down. Where a page cannot be read it asks
 * for rows further and further down, until one is met again: single numbers first, because a page
 * has some ten to some hundred rows, then twice as far each time, because whole branches may be
 * missing.
 *
 * Numbers of texts and series that were lost must not be given again, or rows that speak of the old
 * ones would speak of the new: rows of unknown series are not kept, and after a gap among the texts
 * the next number is far above the others.
 */
#include "storage/salvage.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "storage/file.h"

enum {
	COLUMNS_MAX = 8,
	STEPS_OF_ONE = 1024,
	COMMIT_ROWS = 4096,
	TEXT_GAP = 1000000,
	SQL_MAX = 512,
};

static const struct table {
	const char *name, *columns, *marks;
} tables[] = {
	/* What chunks need comes before them. */
	{ "series", "id, kind, name", "?1, ?2, ?3" },
	{ "text", "id, hash, used_us, text", "?1, ?2, ?3, ?4" },
	{ "head", "series, log, data", "?1, ?2, ?3" },
	{ "log", "id, data", "?1, ?2" },
	{ "record", "kind, id, ended_us, text", "?1, ?2, ?3, ?4" },
	{ "state", "component, health, since_us, last_check_us, response_us, error",
	  "?1, ?2, ?3, ?4, ?5, ?6" },
	{ "change", "id, at_us, kind, name, word_before, word_after, text",
	  "?1, ?2, ?3, ?4, ?5, ?6, ?7" },
	{ "chunk", "id, level, series, from_us, to_us, row_count, data",
	  "?1, ?2, ?3, ?4, ?5, ?6, ?7" },
};

struct salvage {
	sqlite3 *from, *to;
	sqlite3_stmt *read, *write;
	int64_t until_us;
	int64_t rows;
	bool has_gap; /* in the present table */
};

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * BW_SECOND_US + now.tv_nsec / 1000;
}

static bool prepare(struct salvage *salvage, const struct table *table)
{
	char text[SQL_MAX];

	snprintf(text, sizeof(text),
		 "SELECT rowid, %s FROM \"%s\" NOT INDEXED WHERE rowid <= ?1 ORDER BY rowid DESC",
		 table->columns, table->name);
	if (sqlite3_prepare_v2(salvage->from, text, -1, &salvage->read, NULL) != SQLITE_OK)
		return false;
	snprintf(text, sizeof(text), "INSERT OR IGNORE INTO \"%s\" (%s) VALUES (%s)", table->name,
		 table->columns, table->marks);
	return sqlite3_prepare_v2(salvage->to, text, -1, &salvage->write, NULL) == SQLITE_OK;
}

static void execute(struct salvage *salvage, const char *sql)
{
	sqlite3_exec(salvage->to, sql, NULL, NULL, NULL);
}

static void keep_row(struct salvage *salvage)
{
	int count = sqlite3_column_count(salvage->read) - 1;

	for (int nth = 0; nth < count; nth++)
		sqlite3_bind_value(salvage->write, nth + 1,
				   sqlite3_column_value(salvage->read, nth + 1));
	if (sqlite3_step(salvage->write) == SQLITE_DONE)
		salvage->rows += sqlite3_changes(salvage->to);
	sqlite3_reset(salvage->write);
	if (salvage->rows % COMMIT_ROWS == 0)
		execute(salvage, "COMMIT; BEGIN");
}

/* Rows from *at down, until the end or a page that cannot be read; *at is then the last number that
 * was read, or tried. true: the end. */
static bool read_down(struct salvage *salvage, int64_t *at, bool *has_rows)
{
	int code;

	*has_rows = false;
	sqlite3_bind_int64(salvage->read, 1, *at);
	while ((code = sqlite3_step(salvage->read)) == SQLITE_ROW) {
		*at = sqlite3_column_int64(salvage->read, 0);
		*has_rows = true;
		keep_row(salvage);
		if (now_us() > salvage->until_us)
			break;
	}
	sqlite3_reset(salvage->read);
	return code == SQLITE_DONE;
}

static int64_t newest_number(struct salvage *salvage, const char *name)
{
	sqlite3_stmt *statement = NULL;
	int64_t number = INT64_MAX;
	char text[SQL_MAX];

	snprintf(text, sizeof(text), "SELECT max(rowid) FROM \"%s\"", name);
	if (sqlite3_prepare_v2(salvage->from, text, -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

static void copy_table(struct salvage *salvage, const struct table *table)
{
	int64_t at = newest_number(salvage, table->name), step = 1;
	bool has_rows;

	salvage->has_gap = at == INT64_MAX;
	for (int tries = 0; !read_down(salvage, &at, &has_rows); tries++) {
		salvage->has_gap = true;
		if (has_rows)
			tries = 0;
		step = tries < STEPS_OF_ONE ? 1 : step < INT64_MAX / 2 ? 2 * step : step;
		if (at < step || now_us() > salvage->until_us)
			break;
		at -= step;
	}
}

/* Kinds and names are in an index, too: without them no row would be anybody's. */
static void read_names(struct salvage *salvage)
{
	static const char text[] = "SELECT id, id, kind, name FROM series "
				   "INDEXED BY sqlite_autoindex_series_1 WHERE kind >= 0";

	sqlite3_finalize(salvage->read);
	if (sqlite3_prepare_v2(salvage->from, text, -1, &salvage->read, NULL) != SQLITE_OK)
		return;
	while (sqlite3_step(salvage->read) == SQLITE_ROW)
		keep_row(salvage);
}

static void end_table(struct salvage *salvage, const struct table *table)
{
	char text[SQL_MAX];

	if (strcmp(table->name, "series") == 0 && salvage->has_gap)
		read_names(salvage);

	if (strcmp(table->name, "text") != 0 || !salvage->has_gap)
		return;
	snprintf(text, sizeof(text),
		 "INSERT INTO text SELECT COALESCE(max(id), 0) + %d, 0, COALESCE(max(used_us), 0), "
		 "'' FROM text",
		 TEXT_GAP);
	execute(salvage, text);
}

static void copy_tables(struct salvage *salvage)
{
	execute(salvage, "PRAGMA synchronous=OFF; BEGIN");
	for (size_t nth = 0; nth < sizeof(tables) / sizeof(tables[0]); nth++) {
		if (prepare(salvage, &tables[nth])) {
			copy_table(salvage, &tables[nth]);
			end_table(salvage, &tables[nth]);
		}
		sqlite3_finalize(salvage->read);
		sqlite3_finalize(salvage->write);
		salvage->read = salvage->write = NULL;
	}
	execute(salvage, "DELETE FROM chunk WHERE series NOT IN (SELECT id FROM series);"
			 "DELETE FROM head WHERE series NOT IN (SELECT id FROM series);"
			 "COMMIT");
}

static int64_t version_of(sqlite3 *handle)
{
	sqlite3_stmt *statement = NULL;
	int64_t version = -1;

	if (sqlite3_prepare_v2(handle, "PRAGMA user_version", -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		version = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return version;
}

/* Readers of a log make a file beside it. */
static void remove_shared(const char *damaged)
{
	char name[STORE_PATH_MAX + 8];

	snprintf(name, sizeof(name), "%s-shm", damaged);
	(void)unlink(name);
}

int64_t salvage_rows(const char *damaged, const char *path)
{
	struct salvage salvage = { .until_us = now_us() + SALVAGE_US };
	bool is_open =
		sqlite3_open_v2(damaged, &salvage.from, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
		sqlite3_open_v2(path, &salvage.to, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK;

	/* A file that is shorter than it says is read as far as it goes. */
	if (is_open)
		sqlite3_exec(salvage.from, "PRAGMA writable_schema=ON", NULL, NULL, NULL);
	if (is_open && version_of(salvage.from) == version_of(salvage.to))
		copy_tables(&salvage);
	sqlite3_close(salvage.from);
	sqlite3_close(salvage.to);
	remove_shared(damaged);
	return salvage.rows;
}
