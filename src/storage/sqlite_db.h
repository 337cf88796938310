/* sqlite_db.h - what sqlite.c, sqlite_write.c and sqlite_read.c share: the connection and its
 * prepared statements.
 */
#ifndef BW_STORAGE_SQLITE_DB_H
#define BW_STORAGE_SQLITE_DB_H

#include <sqlite3.h>
#include <stdbool.h>

#include "base/strmap.h"
#include "storage/sqlite.h"

/* Sorted; the texts are in sqlite.c. */
enum sqlite_statement {
	SQLITE_CHANGE_PUT,
	SQLITE_CHANGE_TRIM,
	SQLITE_COMPONENT_ADD,
	SQLITE_COMPONENT_FIND,
	SQLITE_COMPONENT_FORGET,
	SQLITE_COMPONENT_NEXT,
	SQLITE_MESSAGE_ADD,
	SQLITE_MESSAGE_FIND,
	SQLITE_MESSAGE_TRIM,
	SQLITE_MESSAGE_USE,
	SQLITE_POINT_PUT,
	SQLITE_POINT_TRIM,
	SQLITE_RECORD_PUT,
	SQLITE_RECORD_TRIM,
	SQLITE_RESULT_PUT,
	SQLITE_RESULT_TRIM,
	SQLITE_STATE_PUT,
	SQLITE_STATE_REMOVE,
	SQLITE_STATEMENTS,
};

struct store_sqlite {
	sqlite3 *handle;
	int refused; /* rows of the latest batch that the tables would not take */
	bool in_memory;
	bool syncs; /* a commit waits for the disk itself, not only for the kernel */
	sqlite3_stmt *statements[SQLITE_STATEMENTS];
	struct bw_strmap *component_ids; /* values are int64_t of its own; emptied by a rollback */
	int64_t trim_after;              /* id of the component whose results were trimmed last */
	int trim_rest;                   /* batches to go before the next round over components */
};

/* The shortcuts by name may be wrong from now on. */
void sqlite_forget_ids(struct store_sqlite *db);
/* Turns the code of a failed call into a status and a text: "cannot <what>: why". */
enum bw_status sqlite_fail(struct store_sqlite *db, int code, const char *what,
			   struct bw_error *err);

#endif
