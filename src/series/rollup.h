/* rollup.h - rows made shorter: buckets of 5 minutes or an hour, which can be merged into longer
 * ones without loss.
 *
 * A bucket has, a gauge: count, min, max, sum and a sketch; of the state: the time in each; and the
 * time in maintenance in each. All of a bucket's time is accounted for: what nobody looked at is
 * SERIES_NONE, outside of maintenance. Two buckets of one start (rows that came late) are merged by
 * whoever reads.
 *
 * Units:   microseconds; values as in the series.
 * Errors:  BW_ENOMEM leaves a list as it was; BW_ECORRUPT as in chunk.h.
 * Threads: one at a time.
 */
#ifndef BW_SERIES_ROLLUP_H
#define BW_SERIES_ROLLUP_H

#include "series/series.h"
#include "series/sketch.h"

/* On disk; raw rows are level 0. */
enum rollup_level { ROLLUP_RAW = 0, ROLLUP_5M = 1, ROLLUP_1H = 2, ROLLUP_LEVELS };

#define ROLLUP_5M_US (300 * BW_SECOND_US)
#define ROLLUP_1H_US (3600 * BW_SECOND_US)

struct rollup_gauge {
	uint64_t count; /* 0: the rest is 0 too */
	double min, max, sum;
	struct sketch sketch;
};

struct rollup_bucket {
	int64_t from_us, width_us;
	uint64_t looks;                            /* rows that are no marks */
	int64_t state_us[SERIES_STATES_MAX];       /* outside maintenance */
	int64_t maintenance_us[SERIES_STATES_MAX]; /* within */
};

/* Gauges stand in an array of their own, so many a bucket as the kind has. */
struct rollup_buckets { /* rollup_init() */
	enum series_kind kind;
	size_t count, cap;
	struct rollup_bucket *items; /* ascending */
	size_t gauge_count;
	struct rollup_gauge *gauges;
};

void rollup_init(struct rollup_buckets *buckets, enum series_kind kind);
/* NULL: the field is no gauge. */
struct rollup_gauge *rollup_gauge_at(const struct rollup_buckets *buckets, size_t nth,
				     size_t field);
int64_t rollup_level_us(enum rollup_level level); /* 0 for raw */
void rollup_finish(struct rollup_buckets *buckets);

/* Buckets of `width_us` of all of [from, to), of settled rows (series_rows_settle()) that may begin
 * earlier: the row before `from` says what holds at `from`. Buckets start at multiples of the
 * width. Replaces what is in `out`. */
BW_MUST_USE enum bw_status rollup_rows(enum series_kind kind, const struct series_rows *rows,
				       int64_t from_us, int64_t to_us, int64_t width_us,
				       struct rollup_buckets *out);
/* The same from shorter buckets; a width that is a multiple of theirs. Adds to what is in `out`:
 * equal starts are merged. */
BW_MUST_USE enum bw_status rollup_merge(struct rollup_buckets *out,
					const struct rollup_buckets *from, int64_t width_us);

/* Moves the buckets of `from` behind those of `out`, which are of the same width, or merges where
 * they overlap; `from` is empty afterwards, but on failure, when both are as they were. */
BW_MUST_USE enum bw_status rollup_append(struct rollup_buckets *out, struct rollup_buckets *from,
					 int64_t width_us);

/* What two sources account for in one bucket, one of them as none: none makes way. */
void rollup_fit(struct rollup_buckets *buckets);

/* Away with those that it says false of. */
void rollup_keep(struct rollup_buckets *buckets,
		 bool (*keeps)(void *arg, const struct rollup_bucket *bucket), void *arg);

/* As one chunk, and back (behind what is in `out`, which is of that kind, sorted and merged).
 * `wanted` is a bit a field, 0 all: gauges that are not wanted are empty. */
void rollup_encode(struct bw_buf *out, enum rollup_level level,
		   const struct rollup_buckets *buckets);
BW_MUST_USE enum bw_status rollup_decode(const void *data, size_t len, uint32_t wanted,
					 struct rollup_buckets *out);

#endif
