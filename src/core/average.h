/* average.h - the average of a figure over the last 24 hours, in buckets of five minutes.
 *
 * Each bucket is the average of what it was told, and each counts the same, so that a time with
 * many looks weighs no more than one with few. A time without looks counts nothing.
 *
 * Owns:    nothing; the caller holds the struct. Zeroed it is empty.
 * Threads: one at a time. No clock is read.
 */
#ifndef BW_CORE_AVERAGE_H
#define BW_CORE_AVERAGE_H

#include <stdint.h>

#include "base/time.h"

enum { BW_AVERAGE_BUCKETS = 288 };

#define BW_AVERAGE_BUCKET_US (300 * BW_SECOND_US)

struct bw_average {
	struct {
		int64_t epoch; /* number of the five minutes, from 1 on; 0: never used */
		double sum;
		uint32_t count;
	} buckets[BW_AVERAGE_BUCKETS];
};

/* NaN is no value and changes nothing. `now` is never negative. */
void bw_average_add(struct bw_average *average, double value, struct bw_mono now);
/* NaN: nothing is known. */
double bw_average_get(const struct bw_average *average, struct bw_mono now);

#endif
