/* window.c - words that say themselves which bucket and which generation they count.
 *
 * An addition is one compare-and-exchange of (tag, counts). A word of another bucket or of a cycle
 * that is over is replaced, unless it is plausibly newer: then somebody overtook us, and our sample
 * is dropped. "Newer" is bounded by half the circle of epochs, or an ancient word would block its
 * place for ever. A word of an older generation of the same cycle is carried over into the new tag.
 *
 * `last_epoch` is raised before the first word of a bucket is written. The tag has 20 bits of the
 * epoch, so words that are 2^19 buckets old look newer and such of 2^20 look new. Therefore whoever
 * raises `last_epoch` over a multiple of 2^18 first empties what is not of the latest 64 buckets;
 * and after a leap of more than 2^18, or with another width of bucket, all. Whoever is killed
 * half-way leaves the old `last_epoch`, and the next one begins anew. The one who empties looks at
 * `last_epoch` again before each word, so that he never empties what was written after another one
 * was done.
 *
 * The window ends at the newest bucket: a clock that goes back adds to older buckets and moves
 * nothing. A newest bucket more than 2^19 ahead was left by a fault of a clock, and is forgotten.
 */
#include "shm/window.h"

#define TAG_EPOCH_MASK UINT32_C(0xfffff)
#define TAG_GENERATION_MASK UINT32_C(0xfff)
#define AHEAD_MAX (INT64_C(1) << 19)
#define LEAP_MAX (INT64_C(1) << 18)
#define COUNT_ONE (UINT32_C(1) << 16)
/* Above this value the upper count, of 16 bits, is full. */
#define COUNT_LIMIT (UINT32_MAX - COUNT_ONE)

enum fate { ADDED, FULL, OVERTAKEN };

struct place {
	uint32_t tag;  /* of the epoch and the generation that adds */
	uint32_t span; /* so many generations before it are of the same cycle */
};

static uint32_t cycle_span(const struct window_cycle *cycle)
{
	int32_t span = word_generation_ahead(cycle->generation, cycle->from);

	if (span < 0)
		return 0;
	return span < (int32_t)TAG_GENERATION_MASK ? (uint32_t)span : TAG_GENERATION_MASK;
}

/* What `word` brings to a new sum in `place`. */
static enum fate place_base(const struct place *place, uint64_t word, uint32_t *base)
{
	uint32_t tag = word_bucket_tag(word);
	uint32_t ahead = ((tag >> 12) - (place->tag >> 12)) & TAG_EPOCH_MASK;
	uint32_t behind = (place->tag - tag) & TAG_GENERATION_MASK;

	*base = 0;
	if (ahead != 0)
		return ahead <= AHEAD_MAX && word != 0 ? OVERTAKEN : ADDED;
	if (behind <= place->span)
		*base = (uint32_t)word;
	else if (behind > TAG_GENERATION_MASK / 2 && word != 0)
		return OVERTAKEN;
	return ADDED;
}

static enum fate bucket_add(segment_word *word, const struct place *place, uint32_t add,
			    uint32_t limit)
{
	uint64_t old = atomic_load_explicit(word, memory_order_relaxed);
	uint32_t base;

	do {
		enum fate fate = place_base(place, old, &base);

		if (fate != ADDED)
			return fate;
		if (base > limit)
			return FULL;
	} while (!atomic_compare_exchange_weak_explicit(
		word, &old, (uint64_t)place->tag << 32 | (base + add), memory_order_release,
		memory_order_relaxed));
	return ADDED;
}

/* --- the newest bucket --- */

/* Is the word of one of the 64 buckets that end with the newest? */
static bool is_recent(uint64_t word, uint64_t newest)
{
	uint32_t age = ((uint32_t)newest - (word_bucket_tag(word) >> 12)) & TAG_EPOCH_MASK;

	return age < SEGMENT_SLOTS;
}

static bool empty_words(segment_word *words, const segment_word *last_epoch, uint64_t seen,
			bool keeps_recent)
{
	for (int i = 0; i < SEGMENT_SLOTS; i++) {
		uint64_t word = atomic_load_explicit(&words[i], memory_order_acquire);

		if (word == 0 || (keeps_recent && is_recent(word, seen)))
			continue;
		if (atomic_load_explicit(last_epoch, memory_order_acquire) != seen)
			return false;
		atomic_compare_exchange_strong_explicit(&words[i], &word, 0, memory_order_relaxed,
							memory_order_relaxed);
	}
	return true;
}

/* false: another one was done sooner. */
static bool empty_ring(struct bw_breaker *breaker, uint64_t seen, bool keeps_recent)
{
	segment_word *last_epoch = &breaker->cell->last_epoch;

	for (uint32_t i = 0; i < breaker->shard_count; i++) {
		struct segment_shard *shard = &breaker->shards[i];

		if (!empty_words(shard->calls, last_epoch, seen, keeps_recent) ||
		    !empty_words(shard->marks, last_epoch, seen, keeps_recent) ||
		    !empty_words(shard->durations, last_epoch, seen, keeps_recent))
			return false;
	}
	return true;
}

/* Nothing in the ring is of the window that ends with `mine`. */
static bool is_leap(uint64_t seen, uint64_t mine)
{
	int64_t ahead = (int64_t)window_mark_epoch(mine) - (int64_t)window_mark_epoch(seen);

	return mine >> 48 != seen >> 48 || ahead < 0 || ahead > LEAP_MAX;
}

/* Makes `epoch` the newest bucket if it is. false: it has left the window. */
static bool reach_epoch(struct bw_breaker *breaker, const struct breaker_rules *rules,
			uint64_t epoch)
{
	segment_word *last_epoch = &breaker->cell->last_epoch;
	uint64_t seen = atomic_load_explicit(last_epoch, memory_order_acquire);
	uint64_t mine = window_mark(rules, epoch);

	for (;;) {
		int64_t ahead =
			(int64_t)(mine & WINDOW_EPOCH_MASK) - (int64_t)(seen & WINDOW_EPOCH_MASK);
		bool is_same = mine >> 48 == seen >> 48;

		if (is_same && ahead <= 0 && ahead >= -AHEAD_MAX)
			return ahead > -SEGMENT_BUCKETS;
		if ((mine ^ seen) >= (uint64_t)LEAP_MAX &&
		    !empty_ring(breaker, seen, !is_leap(seen, mine))) {
			seen = atomic_load_explicit(last_epoch, memory_order_acquire);
			continue;
		}
		if (atomic_compare_exchange_strong_explicit(
			    last_epoch, &seen, mine, memory_order_acq_rel, memory_order_acquire))
			return true;
	}
}

/* The bucket that the window ends with. false: nothing can count. */
static bool find_newest(const struct bw_breaker *breaker, const struct breaker_rules *rules,
			int64_t since_us, uint64_t *newest)
{
	uint64_t mine = window_mark(rules, rules_epoch(rules, since_us));
	uint64_t seen = atomic_load_explicit(&breaker->cell->last_epoch, memory_order_acquire);
	int64_t ahead = (int64_t)(mine & WINDOW_EPOCH_MASK) - (int64_t)(seen & WINDOW_EPOCH_MASK);

	*newest = (ahead < 0 ? seen : mine) & WINDOW_EPOCH_MASK;
	return mine >> 48 == seen >> 48 && ahead < SEGMENT_BUCKETS && ahead >= -AHEAD_MAX;
}

/* --- adding --- */

void bw_window_add_duration(struct bw_breaker *breaker, const struct window_cycle *cycle,
			    uint64_t epoch, uint32_t duration)
{
	struct place place = { word_tag(epoch, cycle->generation), cycle_span(cycle) };
	uint32_t shard = window_shard(breaker, region_slot(breaker->region));
	enum fate fate = FULL;

	if (duration == 0)
		return;
	for (uint32_t i = 0; i < breaker->shard_count && fate == FULL; i++) {
		fate = bucket_add(&breaker->shards[shard].durations[epoch % SEGMENT_SLOTS], &place,
				  duration, UINT32_MAX - duration);
		shard = (shard + 1) % breaker->shard_count;
	}
}

void bw_window_add(struct bw_breaker *breaker, const struct breaker_rules *rules,
		   const struct window_cycle *cycle, const struct window_call *call,
		   int64_t since_us)
{
	uint64_t epoch = rules_epoch(rules, since_us);
	uint32_t slot = (uint32_t)(epoch % SEGMENT_SLOTS);
	struct place place = { word_tag(epoch, cycle->generation), cycle_span(cycle) };
	uint32_t shard = window_shard(breaker, region_slot(breaker->region));
	enum fate fate = FULL;

	if (!reach_epoch(breaker, rules, epoch))
		return;
	for (uint32_t i = 0; i < breaker->shard_count; i++) {
		fate = bucket_add(&breaker->shards[shard].calls[slot], &place,
				  COUNT_ONE + call->is_failed, COUNT_LIMIT);
		if (fate != FULL)
			break;
		shard = (shard + 1) % breaker->shard_count;
	}
	if (fate != ADDED)
		return;
	if (call->is_timeout)
		bucket_add(&breaker->shards[shard].marks[slot], &place, COUNT_ONE, COUNT_LIMIT);
	bw_window_add_duration(breaker, cycle, epoch, window_duration(call->duration_us));
}

/* --- summing --- */

struct reader {
	uint64_t newest;
	uint32_t from, span;
};

struct halves {
	int64_t upper, lower;
};

/* Adds up the value (the low half) of every word that counts: an upper and a lower count, or a sum.
 * No branch in it, as one in two would be guessed wrong. `is_exact`, a constant: the cycle is one
 * generation, as it always is where failures are judged in CLOSED, so tags are simply equal. */
static inline void add_words(const segment_word *words, const struct reader *reader, bool is_exact,
			     struct halves *out)
{
	uint64_t both = 0, low = 0;

	for (uint32_t age = 0; age < SEGMENT_BUCKETS; age++) {
		uint32_t epoch = (uint32_t)reader->newest - age;
		uint32_t exact = word_tag(epoch, reader->from);
		uint64_t word =
			atomic_load_explicit(&words[epoch % SEGMENT_SLOTS], memory_order_relaxed);
		uint32_t tag = word_bucket_tag(word);
		uint32_t behind = (tag - exact) & TAG_GENERATION_MASK;
		bool counts = is_exact ? tag == exact
				       : (tag >> 12 == exact >> 12) & (behind <= reader->span);
		uint32_t value = counts ? (uint32_t)word : 0;

		both += value;
		low += value & 0xffff;
	}
	out->upper += (int64_t)((both - low) >> 16);
	out->lower += (int64_t)low;
}

static void sum_words(const segment_word *words, const struct reader *reader, struct halves *out)
{
	if (reader->span == 0)
		add_words(words, reader, true, out);
	else
		add_words(words, reader, false, out);
}

void bw_window_sum(const struct bw_breaker *breaker, const struct breaker_rules *rules,
		   const struct window_cycle *cycle, int64_t since_us, enum window_parts parts,
		   struct window_sums *out)
{
	struct reader reader = { .from = cycle->from, .span = cycle_span(cycle) };
	struct halves calls = { 0 }, marks = { 0 }, durations = { 0 };

	*out = (struct window_sums){ 0 };
	if (!find_newest(breaker, rules, since_us, &reader.newest))
		return;
	for (uint32_t i = 0; i < breaker->shard_count; i++) {
		const struct segment_shard *shard = &breaker->shards[i];

		sum_words(shard->calls, &reader, &calls);
		if (parts != WINDOW_CALLS)
			sum_words(shard->marks, &reader, &marks);
		if (parts == WINDOW_ALL)
			sum_words(shard->durations, &reader, &durations);
	}
	out->total = calls.upper;
	out->failed = calls.lower;
	out->timeouts = marks.upper;
	out->duration = durations.upper * 65536 + durations.lower;
	/* Foreign bytes, or a bucket replaced between two reads: a part is at most the whole. */
	if (out->failed > out->total)
		out->failed = out->total;
	if (out->timeouts > out->total)
		out->timeouts = out->total;
}
