/* keeper.h - the database together with its file: opens, writes, and begins anew after damage.
 *
 * Private to src/storage.
 * Owns:    the connection, and the lock of the file from its first success to finish.
 * Errors:  BW_EIO: try again later; the text says why. Damage is dealt with here.
 * Threads: one at a time.
 */
#ifndef BW_STORAGE_KEEPER_H
#define BW_STORAGE_KEEPER_H

#include "storage/sqlite.h"

struct store_keeper {
	char *path;                    /* NULL: in memory */
	struct store_sqlite *database; /* NULL: could not be opened */
	int lock_file;                 /* -1: not held */
	int set_aside;                 /* damaged files so far */
	char notice[256];              /* what the latest damage led to; empty: none */
};

/* Opens nothing yet. `path` NULL or "" means memory. */
void store_keeper_init(struct store_keeper *keeper, const char *path);
/* Folds the log into the file; that can take as long as the disk does. */
void store_keeper_close(struct store_keeper *keeper);
void store_keeper_finish(struct store_keeper *keeper);

BW_MUST_USE enum bw_status store_keeper_open(struct store_keeper *keeper, struct bw_wall now,
					     struct bw_error *err);
/* Sets the present file aside and opens a new one. */
BW_MUST_USE enum bw_status store_keeper_begin_anew(struct store_keeper *keeper, struct bw_wall now,
						   struct bw_error *err);
/* Opens when need be, then writes the queue, which may be empty, in one transaction. */
BW_MUST_USE enum bw_status store_keeper_write(struct store_keeper *keeper,
					      const struct store_queue *queue, int64_t history_us,
					      struct bw_wall now, struct bw_error *err);

#endif
