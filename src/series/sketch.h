/* sketch.h - quantiles of many values in few bytes, mergeable: counts in buckets whose borders grow
 * by a constant factor.
 *
 * Source:  Masson, Rim and Lee, "DDSketch: a fast and fully-mergeable quantile sketch with
 *          relative-error guarantees", VLDB 2019 (https://arxiv.org/abs/1908.10693).
 * Error:   a quantile is within SKETCH_ERROR of a value of that rank, relatively, as long as no
 *          more than SKETCH_BUCKETS_MAX buckets are needed; beyond, the lowest are joined.
 * Values:  any finite; those nearer to 0 than 1e-9 count as 0.
 * Errors:  BW_ENOMEM changes nothing; BW_ECORRUPT from decoding.
 * Threads: one at a time.
 */
#ifndef BW_SERIES_SKETCH_H
#define BW_SERIES_SKETCH_H

#include "base/buf.h"
#include "series/column.h"

#define SKETCH_ERROR 0.01

enum { SKETCH_BUCKETS_MAX = 1024 };

struct sketch_bucket {
	int32_t index; /* of the border; its sign is the value's */
	uint32_t count;
};

struct sketch {                        /* init with { 0 } */
	struct sketch_bucket *buckets; /* ascending values */
	uint32_t count, cap;
	uint64_t total;
};

void sketch_finish(struct sketch *sketch);
void sketch_clear(struct sketch *sketch);
BW_MUST_USE enum bw_status sketch_add(struct sketch *sketch, double value, uint32_t times);
/* Room for merging one with so many buckets, which cannot fail then. */
BW_MUST_USE enum bw_status sketch_reserve(struct sketch *sketch, uint32_t more);
BW_MUST_USE enum bw_status sketch_merge(struct sketch *into, const struct sketch *from);
/* rank 0..1; NaN when it is empty. */
double sketch_quantile(const struct sketch *sketch, double rank);
void sketch_encode(const struct sketch *sketch, struct bw_buf *out);
BW_MUST_USE enum bw_status sketch_decode(struct column_bytes *in, struct sketch *out);

#endif
