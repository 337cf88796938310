/* guard_pool.c - regions of private memory with room for POOL_CELLS breakers each.
 *
 * A region of its own for each of ten thousand guards would take two mappings each. A cell cannot
 * be given back, so each is used once, under a number for a name: what a guard is called matters
 * only in the shared region. A pool is freed with its last breaker, so there are never more pools
 * than guards.
 */
#include "daemon/guard_pool.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/xalloc.h"

enum { POOL_CELLS = 64, CELL_NAME_MAX = 16 };

struct pool {
	struct bw_region *region;
	unsigned used, living;
	struct pool *next;
	struct bw_breaker *breakers[POOL_CELLS]; /* NULL: given back, or not used yet */
};

struct guard_pools {
	struct io_loop *loop;
	struct pool *first; /* the newest; the only one with unused cells */
};

static int64_t now_us(void *arg)
{
	return io_loop_mono(arg).us;
}

static int64_t wall_us(void *arg)
{
	return io_loop_wall(arg).us;
}

struct guard_pools *guard_pools_create(struct io_loop *loop)
{
	struct guard_pools *pools = xcalloc(1, sizeof(*pools));

	pools->loop = loop;
	return pools;
}

void guard_pools_destroy(struct guard_pools *pools)
{
	if (pools == NULL)
		return;
	bw_assert(pools->first == NULL);
	free(pools);
}

static void add_pool(struct guard_pools *pools)
{
	const struct bw_clock clock = { .now_us = now_us, .wall_us = wall_us, .arg = pools->loop };
	const struct bw_region_options options = {
		.mode = BW_REGION_PRIVATE,
		.fallback = BW_REGION_ERROR,
		.clock = &clock,
		.breakers = POOL_CELLS,
		.workers = 1,
		.shards = 1,
		.serial = true,
	};
	struct pool *pool = xcalloc(1, sizeof(*pool));

	xalloc_must(bw_region_open(&options, &pool->region, NULL));
	pool->next = pools->first;
	pools->first = pool;
}

struct bw_breaker *guard_pools_take(struct guard_pools *pools,
				    const struct bw_breaker_config *config)
{
	char name[CELL_NAME_MAX];
	struct pool *pool;

	if (pools->first == NULL || pools->first->used == POOL_CELLS)
		add_pool(pools);
	pool = pools->first;
	snprintf(name, sizeof(name), "%u", pool->used);
	xalloc_must(bw_breaker_open(pool->region, name, config, &pool->breakers[pool->used], NULL));
	pool->living++;
	return pool->breakers[pool->used++];
}

static bool forget(struct pool *pool, const struct bw_breaker *breaker)
{
	for (unsigned i = 0; i < pool->used; i++) {
		if (pool->breakers[i] != breaker)
			continue;
		pool->breakers[i] = NULL;
		pool->living--;
		return true;
	}
	return false;
}

void guard_pools_give_back(struct guard_pools *pools, struct bw_breaker *breaker)
{
	struct pool **link = &pools->first;
	struct pool *pool;

	while (*link != NULL && !forget(*link, breaker))
		link = &(*link)->next;
	pool = *link;
	bw_assert(pool != NULL);
	bw_breaker_close(breaker);
	if (pool->living > 0)
		return;
	*link = pool->next;
	bw_region_close(pool->region);
	free(pool);
}
