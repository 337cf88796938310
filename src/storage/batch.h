/* batch.h - one batch of writes, one transaction, and a bounded piece of tidying in it.
 *
 * Private to src/storage.
 * Errors:  those of sql.h; then nothing of the batch is in the database or in memory.
 * Threads: the store's.
 */
#ifndef BW_STORAGE_BATCH_H
#define BW_STORAGE_BATCH_H

#include "storage/horizon.h"
#include "storage/ledger.h"
#include "storage/write.h"

struct batch_target {
	struct sql *sql;
	struct ledger *ledger;
	struct horizon *horizon;
	struct store_bounds bounds;
	int64_t mono_us;          /* now */
	bool is_pressed, is_over; /* private */
	bool is_durable;          /* on the disk itself when it returns, whatever is in it */
	bool forgets;             /* memory: records are not kept, nobody could ever read them */
};

/* The queue is only read. *refused: how many writes were passed over because the tables would not
 * take them. */
BW_MUST_USE enum bw_status batch_write(struct batch_target *target, const struct store_queue *queue,
				       uint64_t *refused, struct bw_error *err);

#endif
