/* store_look.c - through SQLite or libpq themselves, beside the store. */
#include "support/store_look.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SQL_MAX = 2048 };

/* `instead` for each {w}. */
static void expand(char out[SQL_MAX], const char *sql, const char *instead)
{
	size_t len = 0;

	while (*sql != '\0') {
		bool is_mark = strncmp(sql, "{w}", 3) == 0;

		len += (size_t)snprintf(out + len, SQL_MAX - len, "%.*s", is_mark ? 600 : 1,
					is_mark ? instead : sql);
		assert_true(len < SQL_MAX);
		sql += is_mark ? 3 : 1;
	}
}

static int ask_file(const char *path, const char *sql)
{
	sqlite3_stmt *statement;
	sqlite3 *handle;
	int number;

	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	number = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(handle);
	return number;
}

static int ask_server(const char *sql)
{
	PGconn *connection = PQconnectdb(store_bed_url());
	PGresult *result;
	int number;

	PQclear(PQexec(connection, "SET search_path = bellwether"));
	result = PQexec(connection, sql);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		fail_msg("%s", PQerrorMessage(connection));
	number = (int)strtol(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	PQfinish(connection);
	return number;
}

int store_look_number(const struct store_bed *bed, const char *sql)
{
	char own[FOLDER_PATH_MAX + 128], text[SQL_MAX];

	snprintf(own, sizeof(own), "instance = (SELECT id FROM instance WHERE name = '%s') AND ",
		 bed->instance);
	expand(text, sql, store_bed_url() != NULL ? own : "");
	return store_bed_url() != NULL ? ask_server(text) : ask_file(bed->path, text);
}
