/* rules.c - sixteen words of a configuration, there and back, and the figures made of them.
 *
 * A reader takes the copy that the index names and then looks at the index again: the other copy
 * is the only one that a writer touches while the index stands still. The words are stored by
 * release and loaded by acquire, so that none passes the index on either side. Bits that no
 * configuration has are foreign damage: the standard configuration holds, so a breaker goes on
 * protecting.
 */
#include "shm/rules.h"

#include <string.h>
#include <unistd.h>

#include "shm/handle.h"

enum {
	WORD_STRATEGY,
	WORD_FAILURE_THRESHOLD,
	WORD_RATE,
	WORD_TIMEOUT,
	WORD_RECOVERY,
	WORD_SUCCESS_THRESHOLD,
	WORD_WINDOW,
	WORD_MINIMUM_CALLS,
	WORD_MAX_PROBES,
	WORD_MULTIPLIER,
	WORD_JITTER,
	WORD_MAX_OPEN,
	WORD_LUMP,
	WORD_WORKERS,
	WORD_SLOW_COUNTS,
	WORD_SLOW_THRESHOLD,
	READ_TRIES = 8,
};

_Static_assert(WORD_SLOW_THRESHOLD + 1 == SEGMENT_CONFIG_WORDS, "layout");

static void put(struct segment_config *out, int word, int64_t value)
{
	atomic_store_explicit(&out->words[word], (uint64_t)value, memory_order_release);
}

static void put_double(struct segment_config *out, int word, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	put(out, word, (int64_t)bits);
}

static int64_t take(const struct segment_config *from, int word)
{
	return (int64_t)atomic_load_explicit(&from->words[word], memory_order_acquire);
}

/* A value that int cannot hold becomes one that no configuration has. */
static int take_int(const struct segment_config *from, int word)
{
	int64_t value = take(from, word);

	return value >= 0 && value <= INT32_MAX ? (int)value : -1;
}

static double take_double(const struct segment_config *from, int word)
{
	uint64_t bits = (uint64_t)take(from, word);
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

void bw_rules_store(struct segment_config *out, const struct bw_breaker_config *config)
{
	put(out, WORD_STRATEGY, config->strategy);
	put(out, WORD_FAILURE_THRESHOLD, config->failure_threshold);
	put_double(out, WORD_RATE, config->failure_rate_threshold);
	put(out, WORD_TIMEOUT, config->timeout_threshold_us);
	put(out, WORD_RECOVERY, config->recovery_timeout_us);
	put(out, WORD_SUCCESS_THRESHOLD, config->success_threshold);
	put(out, WORD_WINDOW, config->window_us);
	put(out, WORD_MINIMUM_CALLS, config->minimum_calls);
	put(out, WORD_MAX_PROBES, config->max_probes);
	put_double(out, WORD_MULTIPLIER, config->retry_multiplier);
	put_double(out, WORD_JITTER, config->retry_jitter);
	put(out, WORD_MAX_OPEN, config->max_open_us);
	put(out, WORD_LUMP, config->lump_us);
	put(out, WORD_WORKERS, config->min_failing_workers);
	put(out, WORD_SLOW_COUNTS, config->slow_success_counts);
	put(out, WORD_SLOW_THRESHOLD, config->slow_threshold_us);
}

static struct bw_breaker_config decode(const struct segment_config *from)
{
	int strategy = take_int(from, WORD_STRATEGY);
	struct bw_breaker_config config = {
		.strategy = (enum bw_breaker_strategy)(strategy < 0 ? 255 : strategy),
		.failure_threshold = take_int(from, WORD_FAILURE_THRESHOLD),
		.failure_rate_threshold = take_double(from, WORD_RATE),
		.timeout_threshold_us = take(from, WORD_TIMEOUT),
		.recovery_timeout_us = take(from, WORD_RECOVERY),
		.success_threshold = take_int(from, WORD_SUCCESS_THRESHOLD),
		.window_us = take(from, WORD_WINDOW),
		.minimum_calls = take_int(from, WORD_MINIMUM_CALLS),
		.max_probes = take_int(from, WORD_MAX_PROBES),
		.retry_multiplier = take_double(from, WORD_MULTIPLIER),
		.retry_jitter = take_double(from, WORD_JITTER),
		.max_open_us = take(from, WORD_MAX_OPEN),
		.lump_us = take(from, WORD_LUMP),
		.min_failing_workers = take_int(from, WORD_WORKERS),
		.slow_success_counts = take(from, WORD_SLOW_COUNTS) != 0,
		.slow_threshold_us = take(from, WORD_SLOW_THRESHOLD),
	};

	return config;
}

bool bw_rules_load(const struct segment_cell *cell, struct bw_breaker_config *out, uint64_t *index)
{
	uint64_t before, after;

	before = atomic_load_explicit(&cell->config_index, memory_order_acquire);
	for (int tries = 0; tries < READ_TRIES; tries++) {
		*out = decode(&cell->config[before & 1]);
		after = atomic_load_explicit(&cell->config_index, memory_order_acquire);
		if (after == before)
			break;
		before = after;
	}
	*index = before;
	if (bw_breaker_config_check(out, NULL) == BW_OK)
		return true;
	*out = bw_breaker_config_default;
	return false;
}

bool bw_config_equal(const struct bw_breaker_config *one, const struct bw_breaker_config *two)
{
	struct segment_config left, right;

	bw_rules_store(&left, one);
	bw_rules_store(&right, two);
	for (int i = 0; i < SEGMENT_CONFIG_WORDS; i++)
		if (take(&left, i) != take(&right, i))
			return false;
	return true;
}

static int probes_of(const struct bw_breaker_config *config)
{
	int wanted = config->max_probes > 0 ? config->max_probes : config->success_threshold;

	return wanted < BW_BREAKER_PROBES_MAX ? wanted : BW_BREAKER_PROBES_MAX;
}

#define SET(member, value) atomic_store_explicit(&rules->member, value, memory_order_relaxed)

void bw_rules_make(struct breaker_rules *rules, const struct bw_breaker_config *config)
{
	int64_t width = config->window_us / SEGMENT_BUCKETS;
	int64_t rate_bp = (int64_t)(config->failure_rate_threshold * 10000 + 0.5);

	SET(bucket_us, width);
	SET(bucket_reciprocal, UINT64_MAX / (uint64_t)width);
	SET(window_us, config->window_us);
	SET(timeout_us, config->timeout_threshold_us);
	SET(slow_us, config->slow_threshold_us > 0 ? config->slow_threshold_us
						   : config->timeout_threshold_us);
	SET(lump_us, config->lump_us);
	SET(lease_us, config->timeout_threshold_us + 1000000);
	SET(recovery_us, config->recovery_timeout_us);
	SET(max_open_us, config->max_open_us);
	SET(failure_threshold, config->failure_threshold);
	SET(success_threshold, config->success_threshold);
	SET(minimum_calls, config->minimum_calls);
	SET(rate_bp, rate_bp > 0 ? rate_bp : 1);
	SET(strategy, (int32_t)config->strategy);
	SET(max_probes, probes_of(config));
	SET(min_failing_workers, config->min_failing_workers);
	SET(slow_success_counts, config->slow_success_counts);
	SET(retry_multiplier, config->retry_multiplier);
	SET(retry_jitter, config->retry_jitter);
}

/* One thread makes them; the others go on with the rules of before, which is what they would have
 * used had they come a moment earlier. A child of fork() finds its parent's pid in the way, not
 * its own, and so is not stopped by a thread that it has not got. */
const struct breaker_rules *bw_breaker_rules_load(struct bw_breaker *breaker)
{
	uint64_t index = atomic_load_explicit(&breaker->rules_index, memory_order_acquire);
	struct bw_breaker_config config;
	uint32_t self = (uint32_t)getpid();
	uint32_t busy = atomic_load_explicit(&breaker->rules_busy, memory_order_relaxed);

	if (busy == self ||
	    !atomic_compare_exchange_strong_explicit(&breaker->rules_busy, &busy, self,
						     memory_order_acquire, memory_order_relaxed))
		return &breaker->rules[index & 1];
	if (!bw_rules_load(breaker->cell, &config, &index))
		region_corrupt(breaker->region);
	bw_rules_make(&breaker->rules[index & 1], &config);
	atomic_store_explicit(&breaker->rules_index, index, memory_order_release);
	atomic_store_explicit(&breaker->rules_busy, 0, memory_order_release);
	return &breaker->rules[index & 1];
}
