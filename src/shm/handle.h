/* handle.h - struct bw_region and struct bw_breaker as the inside of src/shm sees them.
 *
 * Owns:    nothing; region.c makes and frees regions, registry.c breakers.
 * Units:   microseconds since the region's epoch wherever a name ends in _since_us or comes from
 *          region_since_us(); the doors of breaker.h speak the region's clock itself.
 * Threads: all calls here from any thread. The members that change after opening are atomic.
 * Fork:    `birth` lies in a page that the kernel empties in a child, so the child's first call
 *          misses the cache and registers a worker of its own.
 */
#ifndef BW_SHM_HANDLE_H
#define BW_SHM_HANDLE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <bellwether/breaker.h>

#include "shm/rules.h"
#include "shm/segment.h"

/* What belongs to this process, not to the one it was forked from. All zero in a new child. */
struct worker_birth {
	segment_word identity; /* random; published last (release); 0: not set up yet */
	segment_word owner;    /* word of this process, as in segment_worker.owner */
	segment_word namespace_;
	segment_word leader;         /* slot of the first thread; 0: none yet */
	segment_word is_leader_idle; /* its thread has ended; the next new thread takes it */
	segment_word is_creating;    /* a thread creates or configures a breaker */
};

/* Who a thread's slot belongs to; indexed by slot, given to pthread_setspecific(). */
struct worker_thread {
	struct bw_region *region;
	_Atomic uint64_t identity; /* of the process that registered it */
	uint32_t slot;
};

struct bw_region {
	unsigned char *segment; /* never NULL in an open region */
	size_t bytes, cell_bytes;
	unsigned char *cells; /* first cell */
	struct segment_shape shape;
	bool is_writable;
	bool admits;    /* admit everything, record nothing */
	bool is_serial; /* no two threads of this process at once */
	bool is_alone;  /* private and serial: slot 0 needs no atomic adds */
	bool has_slots; /* threads take slots of their own; else all share slot 0 */
	int64_t epoch_us;
	struct bw_clock clock; /* coarse_us and random are never NULL here */
	bool has_system_clock; /* now_us and coarse_us are the system's: read without them */
	struct worker_birth *birth;
	pthread_key_t key; /* when has_slots */
	struct worker_thread *threads;
	enum bw_region_kind kind;
	enum bw_region_fallback fallback;
	uint64_t device, inode;  /* of the file; 0, 0: none */
	struct bw_region *local; /* of breakers that found no room in the shared one; or NULL */
	struct bw_error trouble;
	char path[]; /* "" when private */
};

struct bw_breaker {
	struct segment_cell *cell;
	struct segment_shard *shards; /* shard_count of them */
	struct segment_lane *lanes;   /* one a slot */
	struct bw_region *region;     /* that the cell lies in */
	uint32_t shard_count, lane_count;
	bool admits, is_writable, is_alone; /* copies of the region's */
	bool is_shared;
	enum bw_breaker_origin origin;
	_Atomic uint64_t rules_index; /* number of the configuration in rules[number mod 2] */
	_Atomic uint32_t rules_busy;  /* pid of the thread that makes them; 0: nobody */
	struct breaker_rules rules[2];
	char name[BW_BREAKER_NAME_MAX + 1];
};

/* Of the calling thread: the slot that it has, in the process that `identity` names. */
struct worker_cache {
	uint64_t identity;
	uint32_t slot;
};

extern _Thread_local struct worker_cache bw_worker_cache
	__attribute__((visibility("hidden"), tls_model("initial-exec")));

/* Registers the calling thread, or finds what it has: the slow path of region_slot(). May read
 * /proc. Never fails: 0 when no slot is free. */
uint32_t bw_worker_slot(struct bw_region *region);

/* The calling thread's slot, below shape.workers. Of a region that is not writable: 0. */
static inline uint32_t region_slot(struct bw_region *region)
{
	uint64_t identity = atomic_load_explicit(&region->birth->identity, memory_order_relaxed);

	if (bw_worker_cache.identity == identity)
		return bw_worker_cache.slot;
	return bw_worker_slot(region);
}

/* heartbeat_us of a slot is microseconds since the region's epoch. */
static inline struct segment_worker *region_worker(const struct bw_region *region, uint32_t slot)
{
	return (struct segment_worker *)(void *)(region->segment + segment_workers_offset()) + slot;
}

static inline struct segment_cell *region_cell(const struct bw_region *region, uint32_t index)
{
	return (struct segment_cell *)(void *)(region->cells + index * region->cell_bytes);
}

static inline struct segment_shard *region_shards(struct segment_cell *cell)
{
	return (struct segment_shard *)(void *)(cell + 1);
}

static inline struct segment_lane *region_lane(const struct bw_region *region,
					       struct segment_cell *cell, uint32_t slot)
{
	return (struct segment_lane *)(void *)(region_shards(cell) + region->shape.shards) + slot;
}

/* Calls of a lane that have ended; a late one is in its outcome's count too. Cancelled and locally
 * rejected ones are counted in `ignored`. */
static inline uint64_t lane_finished(const struct segment_lane *lane)
{
	return atomic_load_explicit(&lane->success, memory_order_relaxed) +
	       atomic_load_explicit(&lane->failure, memory_order_relaxed) +
	       atomic_load_explicit(&lane->ignored, memory_order_relaxed);
}

static inline struct segment_lane *breaker_lane(const struct bw_breaker *breaker, uint32_t slot)
{
	return breaker->lanes + slot;
}

/* Adds to a word of the caller's own lane. */
static inline void lane_add(const struct bw_breaker *breaker, uint32_t slot, segment_word *word,
			    uint64_t count)
{
	if (slot == 0 && !breaker->is_alone)
		atomic_fetch_add_explicit(word, count, memory_order_relaxed);
	else
		atomic_store_explicit(word,
				      atomic_load_explicit(word, memory_order_relaxed) + count,
				      memory_order_relaxed);
}

/* Microseconds since the region's epoch, never negative. */
static inline int64_t region_since_us(const struct bw_region *region, int64_t clock_us)
{
	return clock_us > region->epoch_us ? clock_us - region->epoch_us : 0;
}

static inline int64_t system_clock_us(clockid_t id)
{
	struct timespec now;

	(void)clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000 + (int64_t)((uint64_t)now.tv_nsec / 1000);
}

/* What the region's clock says itself. */
static inline int64_t region_clock_us(const struct bw_region *region)
{
	if (__builtin_expect(region->has_system_clock, 1))
		return system_clock_us(CLOCK_MONOTONIC);
	return region->clock.now_us(region->clock.arg);
}

static inline int64_t region_now_us(const struct bw_region *region)
{
	return region_since_us(region, region_clock_us(region));
}

static inline int64_t region_coarse_us(const struct bw_region *region)
{
	if (__builtin_expect(region->has_system_clock, 1))
		return region_since_us(region, system_clock_us(CLOCK_MONOTONIC_COARSE));
	return region_since_us(region, region->clock.coarse_us(region->clock.arg));
}

static inline int64_t region_wall_us(const struct bw_region *region)
{
	return region->clock.wall_us(region->clock.arg);
}

static inline double region_random(const struct bw_region *region)
{
	return region->clock.random(region->clock.arg);
}

/* An impossible word was met. Nothing through a read-only region. */
static inline void region_corrupt(const struct bw_region *region)
{
	struct segment_header *header = (struct segment_header *)(void *)region->segment;

	if (region->is_writable)
		atomic_fetch_add_explicit(&header->corrupt, 1, memory_order_relaxed);
}

/* Makes the rules of the configuration that holds now: the slow path of breaker_rules(). */
const struct breaker_rules *bw_breaker_rules_load(struct bw_breaker *breaker);

/* The rules that hold now. Each member may change between two reads when somebody configures the
 * breaker twice meanwhile; every mixture of two configurations is a possible one. */
static inline const struct breaker_rules *breaker_rules(struct bw_breaker *breaker)
{
	uint64_t index = atomic_load_explicit(&breaker->cell->config_index, memory_order_acquire);

	if (atomic_load_explicit(&breaker->rules_index, memory_order_acquire) == index)
		return &breaker->rules[index & 1];
	return bw_breaker_rules_load(breaker);
}

/* cell.c: what another configuration changes in the state: called under the registry's lock, with
 * the new configuration published already. */
void bw_breaker_adapt(struct bw_breaker *breaker, const struct bw_breaker_config *before,
		      const struct bw_breaker_config *after);

#endif
