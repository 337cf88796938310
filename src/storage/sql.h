/* sql.h - a database that speaks SQL, as little of it as the store needs.
 *
 * One table of statements (statements.h) serves both: parameters are $1..$n, in the order of their
 * first use, and the dialect is what SQLite and PostgreSQL share (ON CONFLICT, no AUTOINCREMENT).
 * What differs (the schema's types, pragmas, locks) is the driver's own.
 *
 * Private to src/storage.
 * Owns:    the connection and its prepared statements.
 * Errors:  BW_ECORRUPT: the file is damaged. BW_EIO: it refuses for now or for good; BW_ELIMIT: the
 *          bound on its size is reached (make room, try again); BW_EINVAL: a row the tables refuse.
 *          The text is of the latest failure.
 * Threads: one at a time.
 */
#ifndef BW_STORAGE_SQL_H
#define BW_STORAGE_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/time.h"

enum { SQL_PARAMETERS_MAX = 12 };

struct sql; /* a connection */

struct sql_value {
	enum { SQL_NULL, SQL_INTEGER, SQL_REAL, SQL_TEXT, SQL_BLOB } type;
	int64_t integer;
	double real;
	const void *data; /* TEXT (NUL-terminated) and BLOB; borrowed */
	size_t len;       /* BLOB */
};

struct sql_driver {
	/* "sqlite", "postgres". */
	const char *name;
	void (*close)(struct sql *sql);
	/* `statement` is a number of sql_texts[] (statements.h), prepared at the first use. */
	enum bw_status (*start)(struct sql *sql, int statement, const struct sql_value *values,
				size_t count, struct bw_error *err);
	/* The next row; *has false at the end, and then the statement is done. */
	enum bw_status (*step)(struct sql *sql, int statement, bool *has, struct bw_error *err);
	/* Of the present row; borrowed until the next step. */
	void (*column)(struct sql *sql, int statement, int nth, struct sql_value *out);
	/* Ends a statement early. */
	void (*reset)(struct sql *sql, int statement);
	int64_t (*changed)(struct sql *sql); /* rows of the latest statement that writes */
	/* `durable`: on the disk itself when the commit returns. Of a reader: what it sees from now
	 * until commit() or roll_back() is of one moment. */
	enum bw_status (*begin)(struct sql *sql, bool durable, struct bw_error *err);
	enum bw_status (*commit)(struct sql *sql, struct bw_error *err);
	void (*roll_back)(struct sql *sql);
	/* Everything it takes on disk, its logs included; `unused` of it is free for new rows. */
	int64_t (*bytes)(struct sql *sql, int64_t *unused);
	/* Bytes it may take; 0: no bound. Gives back what it can, a little a call, outside of a
	 * transaction. */
	enum bw_status (*bound)(struct sql *sql, int64_t bytes, struct bw_error *err);
};

struct sql {
	const struct sql_driver *driver;
};

enum sql_purpose { SQL_WRITER, SQL_READER };

struct sql_place {
	const char *where;    /* a path, a postgresql:// URL, NULL: memory */
	const char *instance; /* whose rows; only PostgreSQL holds those of several */
	enum sql_purpose purpose;
};

/* Opens, and for a writer checks and brings the schema up to date. The lock of a file is the
 * keeper's, that of an instance on a server the driver's. */
BW_MUST_USE enum bw_status sql_sqlite_open(const struct sql_place *place, struct sql **out,
					   struct bw_error *err);
BW_MUST_USE enum bw_status sql_postgres_open(const struct sql_place *place, struct sql **out,
					     struct bw_error *err);
bool sql_is_url(const char *where);
/* By what `where` looks like. */
BW_MUST_USE enum bw_status sql_open(const struct sql_place *place, struct sql **out,
				    struct bw_error *err);

/* start, step once, reset: for statements without rows, or whose one row does not matter. */
BW_MUST_USE enum bw_status sql_run(struct sql *sql, int statement, const struct sql_value *values,
				   size_t count, struct bw_error *err);

#endif
