/* sqlite.h - the store's tables in an SQLite database: open, write a batch, read.
 *
 * Private to src/storage.
 * Errors:  BW_ECORRUPT: the file is damaged and must be set aside. BW_EIO: it refuses for now or
 *          for good (disk full, read-only, locked, of a newer version); the text says which.
 * Threads: one at a time.
 */
#ifndef BW_STORAGE_SQLITE_H
#define BW_STORAGE_SQLITE_H

#include "storage/write.h"

struct store_sqlite;

/* `path` of a file that store_file_inspect() accepted; NULL: in memory, of bounded size. Brings the
 * schema up to date. */
BW_MUST_USE enum bw_status store_sqlite_open(const char *path, struct store_sqlite **out,
					     struct bw_error *err);
void store_sqlite_close(struct store_sqlite *db);

/* All of the queue in one transaction, and removes some of what is older than `history_us` before
 * the newest of it. The queue is only read. */
BW_MUST_USE enum bw_status store_sqlite_write(struct store_sqlite *db,
					      const struct store_queue *queue, int64_t history_us,
					      struct bw_error *err);

/* How many rows of the latest batch were passed over because the tables would not take them, for
 * example after damage to the schema that no check has met yet. */
int store_sqlite_refused(const struct store_sqlite *db);

BW_MUST_USE enum bw_status store_sqlite_each_point(
	struct store_sqlite *db, struct bw_wall from,
	void (*visit)(void *arg, const struct bw_history_point *point), void *arg,
	struct bw_error *err);
BW_MUST_USE enum bw_status store_sqlite_each_state(struct store_sqlite *db,
						   void (*visit)(void *arg,
								 const struct store_state *state),
						   void *arg, struct bw_error *err);
BW_MUST_USE enum bw_status store_sqlite_each_change(struct store_sqlite *db, struct bw_wall from,
						    void (*visit)(void *arg,
								  const struct bw_change *change),
						    void *arg, struct bw_error *err);

BW_MUST_USE enum bw_status store_sqlite_each_record(
	struct store_sqlite *db, enum store_record_kind kind, size_t ended_max,
	void (*visit)(void *arg, const struct store_record *record), void *arg,
	struct bw_error *err);

struct store_results_wanted {
	const char *component;
	struct bw_wall from, to;
	size_t limit; /* 1..STORE_ROWS_MAX */
};
struct store_results; /* the rows with the memory of their texts */

BW_MUST_USE enum bw_status store_sqlite_results(struct store_sqlite *db,
						const struct store_results_wanted *wanted,
						struct store_results **out, struct bw_error *err);
const struct store_history *store_results_get(const struct store_results *results);
void store_results_destroy(struct store_results *results);

#endif
