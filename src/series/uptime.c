/* uptime.c - time by what it counts as; whole numbers, so that no rounding makes 100 % of less. */
#include <math.h>
#include <stdio.h>

#include <bellwether/breaker.h>

#include "core/health.h"
#include "series/timeline.h"

/* Degraded is up: it can be used. A host is up when it is known. */
static int64_t *place_of(struct uptime *uptime, enum series_kind kind, int state)
{
	if (state == 0 || state == SERIES_NONE)
		return &uptime->unknown_us;
	if (kind == SERIES_BREAKER)
		return state == BW_BREAKER_OPEN + 1 || state == BW_BREAKER_FORCED_OPEN + 1
			       ? &uptime->down_us
			       : &uptime->up_us;
	if (kind == SERIES_HOST)
		return &uptime->up_us;
	switch (state) {
	case BW_HEALTH_HEALTHY:
	case BW_HEALTH_DEGRADED:
		return &uptime->up_us;
	case BW_HEALTH_UNHEALTHY:
		return &uptime->down_us;
	default:
		return &uptime->unknown_us;
	}
}

void uptime_add_timeline(struct uptime *uptime, enum series_kind kind,
			 const struct timeline *timeline, int64_t to_us)
{
	for (size_t nth = 0; nth < timeline->count; nth++) {
		const struct timeline_point *point = &timeline->points[nth];
		const int64_t end_us =
			nth + 1 < timeline->count && timeline->points[nth + 1].at_us < to_us
				? timeline->points[nth + 1].at_us
				: to_us;

		if (point->at_us >= end_us)
			continue;
		if (point->maintenance)
			uptime->maintenance_us += end_us - point->at_us;
		else
			*place_of(uptime, kind, point->state) += end_us - point->at_us;
	}
}

/* The bucket's share of the window, in the bucket's own parts. Down time is never cut away, so that
 * a share of it cannot make 100 %. */
static int64_t share_of(int64_t time_us, int64_t part_us, int64_t width_us, bool is_down)
{
	const int64_t share_us =
		part_us == width_us
			? time_us
			: (int64_t)((double)time_us * (double)part_us / (double)width_us);

	return is_down && time_us > 0 && share_us == 0 ? 1 : share_us;
}

static int64_t add_bucket(struct uptime *uptime, enum series_kind kind,
			  const struct rollup_bucket *bucket, int64_t part_us)
{
	int64_t counted_us = 0;

	for (int state = 0; state < SERIES_STATES_MAX; state++) {
		int64_t *place = place_of(uptime, kind, state);
		const int64_t share_us = share_of(bucket->state_us[state], part_us,
						  bucket->width_us, place == &uptime->down_us);
		const int64_t within_us =
			share_of(bucket->maintenance_us[state], part_us, bucket->width_us, false);

		*place += share_us;
		uptime->maintenance_us += within_us;
		counted_us += share_us + within_us;
	}
	return counted_us;
}

void uptime_add_buckets(struct uptime *uptime, const struct rollup_buckets *buckets,
			int64_t from_us, int64_t to_us)
{
	int64_t counted_us = 0;

	for (size_t nth = 0; nth < buckets->count; nth++) {
		const struct rollup_bucket *bucket = &buckets->items[nth];
		const int64_t end_us = bucket->from_us + bucket->width_us;
		const int64_t part_us = (end_us < to_us ? end_us : to_us) -
					(bucket->from_us > from_us ? bucket->from_us : from_us);

		if (part_us > 0)
			counted_us += add_bucket(uptime, buckets->kind, bucket, part_us);
	}
	if (to_us - from_us > counted_us)
		uptime->unknown_us += to_us - from_us - counted_us;
}

double uptime_ratio(const struct uptime *uptime)
{
	const double up = (double)uptime->up_us, down = (double)uptime->down_us;
	double ratio;

	if (uptime->up_us + uptime->down_us <= 0)
		return NAN;
	ratio = up / (up + down);
	return uptime->down_us > 0 && ratio >= 1 ? nextafter(1, 0) : ratio;
}

/* Ten thousand times thirty years do not fit in us; then the total is the next ms, not the last. */
void uptime_text(const struct uptime *uptime, char out[UPTIME_TEXT_MAX])
{
	const int64_t known_us = uptime->up_us + uptime->down_us;
	const bool is_long = known_us > INT64_MAX / 10000;
	const int64_t up = is_long ? uptime->up_us / 1000 : uptime->up_us;
	const int64_t known = is_long ? known_us / 1000 + 1 : known_us;

	if (known_us <= 0)
		snprintf(out, UPTIME_TEXT_MAX, "–");
	else if (uptime->down_us == 0)
		snprintf(out, UPTIME_TEXT_MAX, "100 %%");
	else
		snprintf(out, UPTIME_TEXT_MAX, "%d.%02d %%", (int)(up * 10000 / known / 100),
			 (int)(up * 10000 / known % 100));
}
