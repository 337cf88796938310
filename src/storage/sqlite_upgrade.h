/* sqlite_upgrade.h - results and points of a file from before there were series become rows.
 *
 * Private to src/storage.
 * Errors:  those of sql.h.
 * Threads: one at a time.
 */
#ifndef BW_STORAGE_SQLITE_UPGRADE_H
#define BW_STORAGE_SQLITE_UPGRADE_H

#include <sqlite3.h>

#include "storage/sql.h"

/* The schema that has them as chunks. */
enum { SQLITE_UPGRADE_VERSION = 4 };

/* Within the transaction that brings the tables to that schema; `handle` is the connection of
 * `sql`. The old tables are gone afterwards. */
BW_MUST_USE enum bw_status sqlite_upgrade(struct sql *sql, sqlite3 *handle, struct bw_error *err);

#endif
