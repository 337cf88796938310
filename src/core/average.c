/* average.c - a ring of buckets; what lies a day behind is passed over when it is read. */
#include "core/average.h"

#include <math.h>

static int64_t epoch_of(struct bw_mono now)
{
	return now.us / BW_AVERAGE_BUCKET_US + 1;
}

void bw_average_add(struct bw_average *average, double value, struct bw_mono now)
{
	int64_t epoch = epoch_of(now);
	int at = (int)(epoch % BW_AVERAGE_BUCKETS);

	if (isnan(value))
		return;
	if (average->buckets[at].epoch != epoch) {
		average->buckets[at].epoch = epoch;
		average->buckets[at].sum = 0;
		average->buckets[at].count = 0;
	}
	average->buckets[at].sum += value;
	average->buckets[at].count++;
}

double bw_average_get(const struct bw_average *average, struct bw_mono now)
{
	int64_t oldest = epoch_of(now) - BW_AVERAGE_BUCKETS + 1;
	double sum = 0;
	int known = 0;

	for (int i = 0; i < BW_AVERAGE_BUCKETS; i++) {
		if (average->buckets[i].count == 0 || average->buckets[i].epoch < oldest)
			continue;
		sum += average->buckets[i].sum / average->buckets[i].count;
		known++;
	}
	return known > 0 ? sum / known : NAN;
}
