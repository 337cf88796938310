/* downsample.c - three ways to thin a series, all in one pass over it. */
#include "core/downsample.h"

#include <math.h>
#include <string.h>

enum bw_status bw_downsample_parse(const char *text, enum bw_downsample *out)
{
	static const char *const words[] = { "minmax", "lttb", "stride" };

	for (int i = 0; i < 3; i++)
		if (strcmp(text, words[i]) == 0) {
			*out = (enum bw_downsample)i;
			return BW_OK;
		}
	return BW_EPARSE;
}

static size_t keep_all(size_t len, size_t *kept)
{
	for (size_t i = 0; i < len; i++)
		kept[i] = i;
	return len;
}

static size_t keep_stride(size_t len, size_t points, size_t *kept)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i += len / points)
		kept[count++] = i;
	return count;
}

/* Lowest and highest of [from, to), in their order; the first position when all are gaps. */
static size_t keep_extremes(const double *values, size_t from, size_t to, size_t *kept)
{
	size_t low = from, high = from;

	for (size_t i = from + 1; i < to; i++) {
		if (isnan(values[low]) || values[i] < values[low])
			low = i;
		if (isnan(values[high]) || values[i] > values[high])
			high = i;
	}
	kept[0] = low < high ? low : high;
	kept[1] = low < high ? high : low;
	return low == high ? 1 : 2;
}

static size_t keep_minmax(const double *values, size_t len, size_t points, size_t *kept)
{
	size_t buckets = (points - 2) / 2, count = 0;

	kept[count++] = 0;
	for (size_t bucket = 0; bucket < buckets; bucket++) {
		size_t from = 1 + bucket * (len - 2) / buckets;
		size_t to = 1 + (bucket + 1) * (len - 2) / buckets;

		if (from < to)
			count += keep_extremes(values, from, to, kept + count);
	}
	kept[count++] = len - 1;
	return count;
}

struct bucket_mean {
	double time, value;
};

static struct bucket_mean mean_of(const double *times, const double *values, size_t from, size_t to)
{
	struct bucket_mean mean = { 0 };
	size_t known = 0;

	for (size_t i = from; i < to; i++) {
		if (isnan(values[i]))
			continue;
		mean.time += times[i];
		mean.value += values[i];
		known++;
	}
	if (known == 0)
		return (struct bucket_mean){ times[from], 0.0 };
	return (struct bucket_mean){ mean.time / (double)known, mean.value / (double)known };
}

static size_t largest_triangle(const double *times, const double *values, size_t last, size_t from,
			       size_t to, struct bucket_mean next)
{
	double base = isnan(values[last]) ? 0.0 : values[last], best_area = -1.0;
	size_t best = from;

	for (size_t i = from; i < to; i++) {
		double area = fabs((times[last] - next.time) * (values[i] - base) -
				   (times[last] - times[i]) * (next.value - base));

		if (area > best_area) { /* false for a gap */
			best_area = area;
			best = i;
		}
	}
	return best;
}

static size_t bucket_start(size_t bucket, size_t buckets, size_t len)
{
	return 1 + bucket * (len - 2) / buckets;
}

static size_t keep_lttb(const double *times, const double *values, size_t len, size_t points,
			size_t *kept)
{
	size_t buckets = points - 2, count = 0;

	kept[count++] = 0;
	for (size_t bucket = 0; bucket < buckets; bucket++) {
		size_t from = bucket_start(bucket, buckets, len);
		size_t to = bucket_start(bucket + 1, buckets, len);
		size_t after = bucket + 2 <= buckets ? bucket_start(bucket + 2, buckets, len) : len;

		kept[count] = largest_triangle(times, values, kept[count - 1], from, to,
					       mean_of(times, values, to, after));
		count++;
	}
	kept[count++] = len - 1;
	return count;
}

size_t bw_downsample(enum bw_downsample method, const double *times, const double *values,
		     size_t len, size_t points, size_t *kept)
{
	if (len <= points)
		return keep_all(len, kept);
	switch (method) {
	case BW_DOWNSAMPLE_STRIDE:
		return keep_stride(len, points, kept);
	case BW_DOWNSAMPLE_LTTB:
		return keep_lttb(times, values, len, points, kept);
	default:
		return keep_minmax(values, len, points, kept);
	}
}
