/* guard_pool.h - private breakers for guards, many to one piece of memory.
 *
 * Owns:    its regions. A pool lives until the last breaker in it was given back.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_GUARD_POOL_H
#define BW_DAEMON_GUARD_POOL_H

#include <bellwether/breaker.h>

#include "io/loop.h"

struct guard_pools;

struct guard_pools *guard_pools_create(struct io_loop *loop);
/* Every breaker was given back. */
void guard_pools_destroy(struct guard_pools *pools);
/* One that begins anew, on the loop's clock. */
struct bw_breaker *guard_pools_take(struct guard_pools *pools,
				    const struct bw_breaker_config *config);
void guard_pools_give_back(struct guard_pools *pools, struct bw_breaker *breaker);

#endif
