/* sketch.c - a sorted array of buckets: with the few values of five minutes it is the shortest.
 *
 * A bucket of a positive value has the index ceil(log(value) / log(GROWTH)) + OFFSET, which is
 * above 0 for all that count as more than 0; that of its negative is the same below 0.
 *
 * Layout: number of buckets; of each how far it is above the one before (the first: itself), twice,
 * plus 1 if it counts more than one; then that count less 2. All LEB128, the first signed.
 */
#include "series/sketch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GROWTH ((1 + SKETCH_ERROR) / (1 - SKETCH_ERROR))
#define NEAR_ZERO 1e-9

enum { OFFSET = 1100, FIRST_BUCKETS = 8, INDEX_MAX = 40000 };

void sketch_finish(struct sketch *sketch)
{
	free(sketch->buckets);
	*sketch = (struct sketch){ .buckets = NULL };
}

void sketch_clear(struct sketch *sketch)
{
	sketch->count = 0;
	sketch->total = 0;
}

static int32_t index_of(double value)
{
	int32_t index;

	if (fabs(value) < NEAR_ZERO)
		return 0;
	index = (int32_t)ceil(log(fabs(value)) / log(GROWTH)) + OFFSET;
	return value < 0 ? -index : index;
}

static double value_of(int32_t index)
{
	double value;

	if (index == 0)
		return 0;
	value = 2 * pow(GROWTH, (double)(abs(index) - OFFSET)) / (GROWTH + 1);
	return index < 0 ? -value : value;
}

/* The first bucket that is not below. */
static uint32_t find(const struct sketch *sketch, int32_t index)
{
	uint32_t low = 0, high = sketch->count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (sketch->buckets[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static enum bw_status reserve(struct sketch *sketch, uint32_t count)
{
	struct sketch_bucket *larger;
	uint32_t cap = sketch->cap < FIRST_BUCKETS ? FIRST_BUCKETS : sketch->cap;

	if (count <= sketch->cap)
		return BW_OK;
	while (cap < count)
		cap *= 2;
	larger = realloc(sketch->buckets, cap * sizeof(*larger));
	if (larger == NULL)
		return BW_ENOMEM;
	sketch->buckets = larger;
	sketch->cap = cap;
	return BW_OK;
}

enum bw_status sketch_reserve(struct sketch *sketch, uint32_t more)
{
	return reserve(sketch, sketch->count + more);
}

/* Counts stop at their largest. */
static void count_more(struct sketch_bucket *bucket, uint32_t times)
{
	bucket->count = times > UINT32_MAX - bucket->count ? UINT32_MAX : bucket->count + times;
}

static void join_lowest(struct sketch *sketch)
{
	count_more(&sketch->buckets[1], sketch->buckets[0].count);
	memmove(sketch->buckets, sketch->buckets + 1,
		(sketch->count - 1) * sizeof(*sketch->buckets));
	sketch->count--;
}

static enum bw_status add_index(struct sketch *sketch, int32_t index, uint32_t times)
{
	uint32_t at = find(sketch, index);

	if (at == sketch->count || sketch->buckets[at].index != index) {
		if (reserve(sketch, sketch->count + 1) != BW_OK)
			return BW_ENOMEM;
		memmove(sketch->buckets + at + 1, sketch->buckets + at,
			(sketch->count - at) * sizeof(*sketch->buckets));
		sketch->buckets[at] = (struct sketch_bucket){ .index = index };
		sketch->count++;
	}
	count_more(&sketch->buckets[at], times);
	sketch->total += times;
	if (sketch->count > SKETCH_BUCKETS_MAX)
		join_lowest(sketch);
	return BW_OK;
}

enum bw_status sketch_add(struct sketch *sketch, double value, uint32_t times)
{
	return times == 0 || !isfinite(value) ? BW_OK : add_index(sketch, index_of(value), times);
}

/* From the highest down, into the room behind, so that nothing is overwritten unread; what the
 * equal ones save is a hole in front, which closes at the end. */
static void merge_down(struct sketch *into, const struct sketch *from)
{
	uint32_t own = into->count, other = from->count, at = own + other;
	const uint32_t end = at;

	while (other > 0) {
		const struct sketch_bucket theirs = from->buckets[other - 1];

		if (own > 0 && into->buckets[own - 1].index > theirs.index) {
			into->buckets[--at] = into->buckets[--own];
			continue;
		}
		other--;
		into->buckets[--at] = theirs;
		if (own > 0 && into->buckets[own - 1].index == theirs.index)
			count_more(&into->buckets[at], into->buckets[--own].count);
	}
	if (at > own)
		memmove(into->buckets + own, into->buckets + at,
			(end - at) * sizeof(*into->buckets));
	into->count = own + end - at;
}

enum bw_status sketch_merge(struct sketch *into, const struct sketch *from)
{
	if (sketch_reserve(into, from->count) != BW_OK)
		return BW_ENOMEM;
	if (from->count == 0)
		return BW_OK;
	merge_down(into, from);
	into->total += from->total;
	while (into->count > SKETCH_BUCKETS_MAX)
		join_lowest(into);
	return BW_OK;
}

double sketch_quantile(const struct sketch *sketch, double rank)
{
	const double wanted = rank * (double)(sketch->total - 1);
	uint64_t below = 0;

	if (sketch->count == 0)
		return NAN;
	for (uint32_t nth = 0; nth < sketch->count; nth++) {
		below += sketch->buckets[nth].count;
		if ((double)below > wanted)
			return value_of(sketch->buckets[nth].index);
	}
	return value_of(sketch->buckets[sketch->count - 1].index);
}

void sketch_encode(const struct sketch *sketch, struct bw_buf *out)
{
	int32_t before = 0;

	column_put_varint(out, sketch->count);
	for (uint32_t nth = 0; nth < sketch->count; nth++) {
		const struct sketch_bucket *bucket = &sketch->buckets[nth];
		const int64_t step = ((int64_t)bucket->index - before) * 2 + (bucket->count > 1);

		if (nth == 0)
			column_put_signed(out, step);
		else
			column_put_varint(out, (uint64_t)step);
		if (bucket->count > 1)
			column_put_varint(out, bucket->count - 2);
		before = bucket->index;
	}
}

static enum bw_status get_step(struct column_bytes *in, bool is_first, int64_t *out)
{
	uint64_t step;

	if (is_first)
		return column_get_signed(in, out);
	if (column_get_varint(in, &step) != BW_OK || step < 2 || step > 4 * INDEX_MAX)
		return BW_ECORRUPT;
	*out = (int64_t)step;
	return BW_OK;
}

static enum bw_status get_bucket(struct column_bytes *in, bool is_first, int64_t before,
				 struct sketch_bucket *out)
{
	uint64_t more = 0;
	int64_t step, index;
	bool is_many;

	if (get_step(in, is_first, &step) != BW_OK)
		return BW_ECORRUPT;
	is_many = (step & 1) != 0;
	if (step > 4 * INDEX_MAX || step < -4 * INDEX_MAX ||
	    (is_many && (column_get_varint(in, &more) != BW_OK || more > UINT32_MAX - 2)))
		return BW_ECORRUPT;
	index = before + (step - is_many) / 2;
	if (index > INDEX_MAX || index < -INDEX_MAX)
		return BW_ECORRUPT;
	*out = (struct sketch_bucket){ (int32_t)index, is_many ? (uint32_t)more + 2 : 1 };
	return BW_OK;
}

enum bw_status sketch_decode(struct column_bytes *in, struct sketch *out)
{
	uint64_t count;
	int64_t before = 0;

	sketch_clear(out);
	if (column_get_varint(in, &count) != BW_OK || count > SKETCH_BUCKETS_MAX || count > in->len)
		return BW_ECORRUPT;
	if (reserve(out, (uint32_t)count) != BW_OK)
		return BW_ENOMEM;
	for (uint64_t nth = 0; nth < count; nth++) {
		struct sketch_bucket *bucket = &out->buckets[nth];

		if (get_bucket(in, nth == 0, before, bucket) != BW_OK) {
			sketch_clear(out);
			return BW_ECORRUPT;
		}
		before = bucket->index;
		out->total += bucket->count;
		out->count++;
	}
	return BW_OK;
}
