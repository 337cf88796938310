/* rules.h - a breaker's configuration as a segment stores it, and what is computed from it once.
 *
 * Owns:    nothing.
 * Units:   microseconds, basis points.
 * Errors:  words that are no configuration are the standard one, and said so by `false`.
 * Threads: any. Members of struct breaker_rules are atomic, so that they can be made anew while
 *          others read them.
 */
#ifndef BW_SHM_RULES_H
#define BW_SHM_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include <bellwether/breaker.h>

#include "shm/segment.h"

struct breaker_rules {
	_Atomic uint64_t bucket_reciprocal;
	_Atomic int64_t bucket_us; /* a sixtieth of the window, >= 1 */
	_Atomic int64_t window_us, timeout_us, slow_us, lump_us;
	_Atomic int64_t lease_us; /* timeout and a second */
	_Atomic int64_t recovery_us, max_open_us;
	_Atomic int64_t failure_threshold, success_threshold, minimum_calls;
	_Atomic int64_t rate_bp; /* 1 .. 10,000 */
	_Atomic int32_t strategy, max_probes, min_failing_workers;
	_Atomic bool slow_success_counts;
	_Atomic double retry_multiplier, retry_jitter;
};

__extension__ typedef unsigned __int128 rules_product;

/* Number of the bucket that a time since the region's epoch falls into: a division by two
 * multiplications. */
static inline uint64_t rules_epoch(const struct breaker_rules *rules, int64_t since_us)
{
	uint64_t time = (uint64_t)since_us;
	uint64_t width = (uint64_t)atomic_load_explicit(&rules->bucket_us, memory_order_relaxed);
	uint64_t reciprocal = atomic_load_explicit(&rules->bucket_reciprocal, memory_order_relaxed);
	uint64_t epoch = (uint64_t)(((rules_product)time * reciprocal) >> 64);

	return time - epoch * width >= width ? epoch + 1 : epoch;
}

void bw_rules_make(struct breaker_rules *rules, const struct bw_breaker_config *config);
void bw_rules_store(struct segment_config *out, const struct bw_breaker_config *config);
/* The configuration that holds in a cell, and its number. false: its words are none. */
bool bw_rules_load(const struct segment_cell *cell, struct bw_breaker_config *out, uint64_t *index);
bool bw_config_equal(const struct bw_breaker_config *one, const struct bw_breaker_config *two);

#endif
