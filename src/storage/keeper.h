/* keeper.h - the database together with its file: opens, writes, and begins anew after damage.
 *
 * Private to src/storage.
 * Owns:    the connection, the ledger, and the lock of the file from its first success to finish.
 * Errors:  BW_EIO: try again later; the text says why. Damage is dealt with here.
 * Threads: one at a time; the ledger's heads are for others, too (heads.h).
 */
#ifndef BW_STORAGE_KEEPER_H
#define BW_STORAGE_KEEPER_H

#include "storage/horizon.h"
#include "storage/ledger.h"
#include "storage/write.h"

struct store_keeper {
	char *path;      /* or a URL; NULL: in memory */
	char *instance;  /* never NULL */
	struct sql *sql; /* NULL: could not be opened */
	struct ledger *ledger;
	struct horizon horizon;
	int64_t synced_us;   /* monotonic: when all that had been written was on the disk itself */
	uint64_t generation; /* another one with every opening */
	int lock_file;       /* -1: not held */
	int set_aside;       /* damaged files so far */
	int64_t saved;       /* rows of tables taken over from the latest */
	char notice[256];    /* what the latest damage led to; empty: none */
};

/* Opens nothing yet. `path` NULL or "" means memory, `instance` NULL "". */
void store_keeper_init(struct store_keeper *keeper, const char *path, const char *instance);
/* Folds the log into the file; that can take as long as the disk does. */
void store_keeper_close(struct store_keeper *keeper);
void store_keeper_finish(struct store_keeper *keeper);

BW_MUST_USE enum bw_status store_keeper_open(struct store_keeper *keeper, struct bw_wall now,
					     struct bw_error *err);
/* Sets the present file aside and opens a new one. */
BW_MUST_USE enum bw_status store_keeper_begin_anew(struct store_keeper *keeper, struct bw_wall now,
						   struct bw_error *err);

struct store_keeper_write {
	const struct store_queue *queue; /* may be empty */
	struct store_bounds bounds;
	struct bw_wall now;
	int64_t mono_us;  /* CLOCK_MONOTONIC */
	uint64_t refused; /* writes that were passed over, because the tables would not take them */
};

/* Opens when need be, then writes the queue in one transaction. */
BW_MUST_USE enum bw_status store_keeper_write(struct store_keeper *keeper,
					      struct store_keeper_write *write,
					      struct bw_error *err);
/* A connection of its own for who only reads. Not for memory. */
BW_MUST_USE enum bw_status store_keeper_open_reader(const struct store_keeper *keeper,
						    struct sql **out, struct bw_error *err);

#endif
