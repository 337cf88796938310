/* timeline.h - a series' states as change points, and how much of a time it could be used.
 *
 * Errors:  BW_ENOMEM leaves the list as it was.
 * Threads: one at a time.
 */
#ifndef BW_SERIES_TIMELINE_H
#define BW_SERIES_TIMELINE_H

#include "series/rollup.h"
#include "series/series.h"

struct timeline_point {
	int64_t at_us;
	uint8_t state; /* holds until the next point; SERIES_NONE in gaps */
	bool maintenance;
};

struct timeline { /* init with { 0 } */
	struct timeline_point *points;
	size_t count, cap;
};

void timeline_finish(struct timeline *timeline);
/* Change points of [from, to] from settled rows: the first stands at `from`, neighbours differ.
 * Replaces what is in `out`; from > to: nothing. */
BW_MUST_USE enum bw_status timeline_of_rows(enum series_kind kind, const struct series_rows *rows,
					    int64_t from_us, int64_t to_us, struct timeline *out);
/* From rollups, of [from, to): of each bucket the worst state that was met in it (for a component
 * and the whole: unhealthy, degraded, unknown, healthy; a bucket that is none for more than half of
 * it is none), and where there is no bucket, none. A bucket is maintenance when more than half of
 * it is. Adds behind what is there. */
BW_MUST_USE enum bw_status timeline_of_buckets(const struct rollup_buckets *buckets,
					       int64_t from_us, int64_t to_us,
					       struct timeline *out);
/* The later points of `more` behind; those of `out` from where `more` begins make way. */
BW_MUST_USE enum bw_status timeline_append(struct timeline *out, const struct timeline *more);

/* Time of a window by what it counts as. Maintenance and unknown time are no part of the ratio. */
struct uptime {
	int64_t up_us;          /* healthy or degraded; of a breaker: whatever lets calls through */
	int64_t down_us;        /* unhealthy; OPEN or FORCED_OPEN */
	int64_t maintenance_us; /* whatever the state */
	int64_t unknown_us;     /* unknown, or nobody looked */
};

void uptime_add_timeline(struct uptime *uptime, enum series_kind kind,
			 const struct timeline *timeline, int64_t to_us);
/* Buckets that stand half outside of [from, to) count by their share; what no bucket accounts for
 * is unknown. */
void uptime_add_buckets(struct uptime *uptime, const struct rollup_buckets *buckets,
			int64_t from_us, int64_t to_us);

enum { UPTIME_TEXT_MAX = 16 };
/* "99.98 %", cut behind the second decimal and never rounded up: "100 %" is said only of a window
 * without any down time; "–" when nothing is known. */
void uptime_text(const struct uptime *uptime, char out[UPTIME_TEXT_MAX]);
/* up / (up + down), NaN when nothing is known; with any down time below 1. */
double uptime_ratio(const struct uptime *uptime);

#endif
