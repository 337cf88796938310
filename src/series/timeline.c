/* timeline.c - change points from the spans of rows or from what buckets met. */
#include "series/timeline.h"

#include <stdlib.h>

#include <bellwether/breaker.h>

#include "core/health.h"
#include "series/span.h"

enum { FIRST_POINTS = 16 };

void timeline_finish(struct timeline *timeline)
{
	free(timeline->points);
	*timeline = (struct timeline){ .points = NULL };
}

static enum bw_status reserve(struct timeline *timeline, size_t count)
{
	size_t cap = timeline->cap < FIRST_POINTS ? FIRST_POINTS : timeline->cap;
	struct timeline_point *larger;

	if (count <= timeline->cap)
		return BW_OK;
	if (count > SIZE_MAX / 4 / sizeof(*larger))
		return BW_ENOMEM;
	while (cap < count)
		cap *= 2;
	larger = realloc(timeline->points, cap * sizeof(*larger));
	if (larger == NULL)
		return BW_ENOMEM;
	timeline->points = larger;
	timeline->cap = cap;
	return BW_OK;
}

static enum bw_status add(struct timeline *timeline, const struct timeline_point *point)
{
	const struct timeline_point *last =
		timeline->count > 0 ? &timeline->points[timeline->count - 1] : NULL;

	if (last != NULL && last->state == point->state && last->maintenance == point->maintenance)
		return BW_OK;
	if (reserve(timeline, timeline->count + 1) != BW_OK)
		return BW_ENOMEM;
	/* There is room. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	timeline->points[timeline->count++] = *point;
	return BW_OK;
}

enum bw_status timeline_of_rows(enum series_kind kind, const struct series_rows *rows,
				int64_t from_us, int64_t to_us, struct timeline *out)
{
	struct timeline fresh = { .points = NULL };
	enum bw_status status = BW_OK;
	struct span_walk walk;
	struct span span;

	/* What begins at `to` is a change point, too. */
	span_walk_init(&walk, kind, rows, from_us, to_us < INT64_MAX ? to_us + 1 : to_us);
	while (status == BW_OK && span_walk_next(&walk, &span))
		status = add(&fresh, &(struct timeline_point){ span.from_us, span.state,
							       span.maintenance });
	if (status != BW_OK) {
		timeline_finish(&fresh);
		return status;
	}
	timeline_finish(out);
	*out = fresh;
	return BW_OK;
}

enum bw_status timeline_append(struct timeline *out, const struct timeline *more)
{
	enum bw_status status;

	if (more->count == 0)
		return BW_OK;
	status = reserve(out, out->count + more->count);
	if (status != BW_OK)
		return status;
	while (out->count > 0 && out->points[out->count - 1].at_us >= more->points[0].at_us)
		out->count--;
	for (size_t nth = 0; nth < more->count && status == BW_OK; nth++)
		status = add(out, &more->points[nth]);
	return status;
}

/* --- from rollups --- */

/* The higher the worse. */
static int badness(enum series_kind kind, int state)
{
	static const int of_health[SERIES_STATES_MAX] = {
		[BW_HEALTH_HEALTHY] = 1,
		[BW_HEALTH_UNKNOWN] = 2,
		[BW_HEALTH_DEGRADED] = 3,
		[BW_HEALTH_UNHEALTHY] = 4,
	};
	static const int of_breaker[SERIES_STATES_MAX] = {
		[BW_BREAKER_CLOSED + 1] = 1,      [BW_BREAKER_METRICS_ONLY + 1] = 2,
		[BW_BREAKER_DISABLED + 1] = 3,    [0] = 4,
		[BW_BREAKER_HALF_OPEN + 1] = 5,   [BW_BREAKER_OPEN + 1] = 6,
		[BW_BREAKER_FORCED_OPEN + 1] = 7,
	};

	if (kind == SERIES_BREAKER)
		return of_breaker[state];
	if (kind == SERIES_HOST)
		return state == 0 ? 2 : 1;
	return of_health[state];
}

static int64_t total_of(const int64_t times_us[SERIES_STATES_MAX])
{
	int64_t total_us = 0;

	for (int state = 0; state < SERIES_STATES_MAX; state++)
		total_us += times_us[state];
	return total_us;
}

/* SERIES_NONE: none was met. */
static int worst_of(enum series_kind kind, const int64_t times_us[SERIES_STATES_MAX])
{
	int worst = SERIES_NONE;

	for (int state = 0; state < SERIES_NONE; state++)
		if (times_us[state] > 0 &&
		    (worst == SERIES_NONE || badness(kind, state) > badness(kind, worst)))
			worst = state;
	return worst;
}

static struct timeline_point point_of(enum series_kind kind, const struct rollup_bucket *bucket)
{
	const int64_t within_us = total_of(bucket->maintenance_us);
	const int64_t total_us = within_us + total_of(bucket->state_us);
	const int64_t none_us = bucket->maintenance_us[SERIES_NONE] + bucket->state_us[SERIES_NONE];
	struct timeline_point point = { .state = SERIES_NONE,
					.maintenance = within_us > total_us / 2 };

	if (none_us <= total_us / 2)
		point.state = (uint8_t)worst_of(kind, point.maintenance ? bucket->maintenance_us
									: bucket->state_us);
	return point;
}

/* The first bucket that ends behind `from_us`. */
static size_t first_of(const struct rollup_buckets *buckets, int64_t from_us)
{
	size_t low = 0, high = buckets->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const struct rollup_bucket *bucket = &buckets->items[middle];

		if (bucket->from_us + bucket->width_us <= from_us)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

enum bw_status timeline_of_buckets(const struct rollup_buckets *buckets, int64_t from_us,
				   int64_t to_us, struct timeline *out)
{
	const size_t count_before = out->count;
	enum bw_status status = BW_OK;
	int64_t at_us = from_us;

	for (size_t nth = first_of(buckets, from_us);
	     nth < buckets->count && buckets->items[nth].from_us < to_us && status == BW_OK;
	     nth++) {
		const struct rollup_bucket *bucket = &buckets->items[nth];
		struct timeline_point point = point_of(buckets->kind, bucket);

		if (bucket->from_us > at_us) {
			status = add(out, &(struct timeline_point){ at_us, SERIES_NONE, false });
			at_us = bucket->from_us;
		}
		point.at_us = at_us;
		if (status == BW_OK)
			status = add(out, &point);
		at_us = bucket->from_us + bucket->width_us;
	}
	if (status == BW_OK && at_us < to_us)
		status = add(out, &(struct timeline_point){ at_us, SERIES_NONE, false });
	if (status != BW_OK)
		out->count = count_before;
	return status;
}
