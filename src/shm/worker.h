/* worker.h - the worker table: a slot for each thread that calls, taken and given back.
 *
 * Owns:    the slots of this process in one region.
 * Threads: any; start and finish as the region's open and close.
 * Fork:    a child has no slots; its first call registers (handle.h).
 */
#ifndef BW_SHM_WORKER_H
#define BW_SHM_WORKER_H

#include "shm/handle.h"

/* What a region needs so that threads can register. BW_ENOMEM; a kernel or a process that cannot
 * give threads slots of their own lets them share slot 0. */
BW_MUST_USE enum bw_status bw_worker_start(struct bw_region *region, struct bw_error *err);
/* Gives this process's slots back. Takes what bw_worker_start() left half done. */
void bw_worker_finish(struct bw_region *region);
/* The registry's spin word of this process: true when it was free. Emptied in a child. */
bool bw_worker_lock(struct bw_region *region);
void bw_worker_unlock(struct bw_region *region);
/* Slots that are owned. */
unsigned bw_worker_count(const struct bw_region *region);
/* false: the owner of the slot is gone. `is_foreign`: of another pid namespace, so that its results
 * have to tell. */
bool bw_worker_is_alive(const struct bw_region *region, const struct segment_worker *worker,
			bool *is_foreign);

#endif
