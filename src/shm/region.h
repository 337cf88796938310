/* region.h - making a region out of memory; registry.c makes more of them for its breakers.
 *
 * Owns:    a region is its caller's, to be given to bw_region_close().
 * Threads: as bw_region_open().
 */
#ifndef BW_SHM_REGION_H
#define BW_SHM_REGION_H

#include "shm/handle.h"

/* A region in memory of this process, on the clock and with the promises of `like`. */
BW_MUST_USE enum bw_status bw_region_local(const struct bw_region *like, struct bw_region **out,
					   struct bw_error *err);

#endif
