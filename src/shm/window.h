/* window.h - the window of a breaker: 60 buckets in a ring of 64, in every shard, over words.
 *
 * Owns:    nothing; `struct bw_breaker` has the shards.
 * Units:   microseconds since the region's epoch. A bucket's number is its epoch: that time divided
 *          by a sixtieth of the window.
 * Errors:  a sample that cannot be counted (too old, every shard full, overtaken) is dropped whole.
 * Threads: any; killed anywhere, an addition is there or not.
 */
#ifndef BW_SHM_WINDOW_H
#define BW_SHM_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "shm/handle.h"
#include "shm/words.h"

/* The generations whose words belong together: from where CLOSED was entered until now. */
struct window_cycle {
	uint32_t from, generation;
};

struct window_call {
	bool is_failed, is_timeout;
	int64_t duration_us; /* >= 0 */
};

struct window_sums {
	int64_t total, failed, timeouts;
	int64_t duration; /* of all together, in 100 us */
};

/* Newest bucket as `last_epoch` keeps it: which width of bucket was counted in 16 | epoch 48. So a
 * window of another length is another window, not a leap of the clock. Never 0. */
#define WINDOW_EPOCH_MASK ((UINT64_C(1) << 48) - 1)

static inline uint64_t window_mark(const struct breaker_rules *rules, uint64_t epoch)
{
	uint64_t width = (uint64_t)atomic_load_explicit(&rules->bucket_us, memory_order_relaxed);

	return ((width * UINT64_C(0x9e3779b97f4a7c15)) >> 48 | 1) << 48 |
	       (epoch & WINDOW_EPOCH_MASK);
}

static inline uint64_t window_mark_epoch(uint64_t mark)
{
	return mark & WINDOW_EPOCH_MASK;
}

/* Does the time lie in the bucket that `mark` tells? No division, no reciprocal. */
static inline bool window_is_in(const struct breaker_rules *rules, uint64_t mark, int64_t since_us)
{
	uint64_t width = (uint64_t)atomic_load_explicit(&rules->bucket_us, memory_order_relaxed);

	return mark == window_mark(rules, mark) &&
	       (uint64_t)since_us - window_mark_epoch(mark) * width < width;
}

/* Where a slot's calls are counted first. */
static inline uint32_t window_shard(const struct bw_breaker *breaker, uint32_t slot)
{
	return segment_shard_of(slot, breaker->shard_count);
}

/* Hundreds of microseconds, rounded to the nearest. */
static inline uint32_t window_duration(int64_t duration_us)
{
	return duration_us < INT64_C(400000000000) ? (uint32_t)((uint64_t)(duration_us + 50) / 100)
						   : UINT32_C(4000000000);
}

/* Counts one call into the bucket of `since_us`, in the caller's shard or the next with room. */
void bw_window_add(struct bw_breaker *breaker, const struct breaker_rules *rules,
		   const struct window_cycle *cycle, const struct window_call *call,
		   int64_t since_us);
/* The duration alone, of a call whose count is in already. */
void bw_window_add_duration(struct bw_breaker *breaker, const struct window_cycle *cycle,
			    uint64_t epoch, uint32_t duration);

enum window_parts { WINDOW_CALLS, WINDOW_CALLS_AND_TIMEOUTS, WINDOW_ALL };

/* Sums what counts at `since_us`; the parts that were not asked for are 0. */
void bw_window_sum(const struct bw_breaker *breaker, const struct breaker_rules *rules,
		   const struct window_cycle *cycle, int64_t since_us, enum window_parts parts,
		   struct window_sums *out);

#endif
