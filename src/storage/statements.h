/* statements.h - every statement of the store, once for all drivers.
 *
 * Where several daemons share a database, each row has an `instance` of its own. The texts mark the
 * places: {i} in a list of columns, {v} in the list of their values, {w} at the beginning of a
 * condition. SQLite leaves them out; PostgreSQL writes "instance, ", the instance as a literal and
 * a comma, and "instance = <literal> AND ".
 *
 * Private to src/storage.
 */
#ifndef BW_STORAGE_STATEMENTS_H
#define BW_STORAGE_STATEMENTS_H

/* Sorted; the comment says parameters -> columns of the rows. */
enum sql_statement {
	SQL_CHANGE_ASK,    /* from, to, kind or "", any name (0 or 1), name, limit -> as put */
	SQL_CHANGE_DROP,   /* the oldest eighth */
	SQL_CHANGE_LOAD,   /* from, limit -> as put */
	SQL_CHANGE_PUT,    /* id, at_us, kind, name, from, to, text */
	SQL_CHANGE_TRIM,   /* until, limit */
	SQL_CHUNK_ADD,     /* level, series, from, to, rows, data */
	SQL_CHUNK_BEFORE,  /* level, series, before -> from, data: the two that begin last */
	SQL_CHUNK_FIRST,   /* level, series -> from */
	SQL_CHUNK_LAST,    /* level, series -> from */
	SQL_CHUNK_RANGE,   /* level, series, from at least, from at most, to at least
				-> from, to, data */
	SQL_CHUNK_REMOVE,  /* level, series, from at least, from below */
	SQL_FIGURE_GET,    /* name -> value */
	SQL_FIGURE_PUT,    /* name, value */
	SQL_HEAD_ALL,      /* -> series, log, data */
	SQL_HEAD_PUT,      /* series, log, data */
	SQL_HEAD_REMOVE,   /* series */
	SQL_LOG_ADD,       /* id, data */
	SQL_LOG_ALL,       /* -> id, data */
	SQL_LOG_TRIM,      /* below */
	SQL_RECORD_LOAD,   /* kind, ended at most -> id, ended, text */
	SQL_RECORD_PUT,    /* kind, id, ended, text */
	SQL_RECORD_TRIM,   /* kind, until, newest that stay, limit */
	SQL_SERIES_ADD,    /* id, kind, name */
	SQL_SERIES_ALL,    /* -> id, kind, name */
	SQL_SERIES_REMOVE, /* id */
	SQL_STATE_ALL,     /* -> component, health, since, last check, response, error */
	SQL_STATE_PUT,     /* the same */
	SQL_STATE_REMOVE,  /* component */
	SQL_TEXT_ADD,      /* id, hash, used, text */
	SQL_TEXT_FIND,     /* hash, text -> id, used */
	SQL_TEXT_GET,      /* id -> text */
	SQL_TEXT_LAST,     /* -> highest id, or 0 */
	SQL_TEXT_TRIM,     /* used before, limit */
	SQL_TEXT_USE,      /* used, id */
	SQL_STATEMENTS,
};

extern const char *const sql_texts[SQL_STATEMENTS];

#endif
