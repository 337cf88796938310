/* schedule.h - when a check runs next.
 *
 * The first run of a component is spread over its interval (at most BW_SCHEDULE_SPREAD_MAX_US) by a
 * hash of its name, so that a thousand components do not start in one instant and a restart keeps
 * the order. Later runs follow the planned grid, not the end of the last run; each is moved by up
 * to +-jitter. A run that is overdue by more than an interval skips the missed turns, never bunches
 * them.
 *
 * Owns:    nothing; the caller holds the struct.
 * Units:   microseconds. Every call is given `now`; no clock is read.
 * Errors:  BW_EINVAL for an interval or jitter out of range.
 * Threads: any, one at a time for each schedule.
 */
#ifndef BW_CORE_SCHEDULE_H
#define BW_CORE_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/time.h"

#define BW_SCHEDULE_SPREAD_MAX_US (3 * BW_SECOND_US)

struct bw_schedule {
	int64_t interval_us;    /* > 0 */
	int64_t jitter_us;      /* 0..interval_us / 2 */
	struct bw_mono planned; /* the grid's next point, before jitter */
	uint64_t random;        /* state of a xorshift generator, seeded by the name */
	bool started;           /* the first run has been given out; only later ones have jitter */
};

BW_MUST_USE enum bw_status bw_schedule_init(struct bw_schedule *schedule, const char *name,
					    int64_t interval_us, int64_t jitter_us,
					    struct bw_mono now);
/* Microseconds from `now` to the next run (>= 0), and moves the plan on. */
int64_t bw_schedule_next(struct bw_schedule *schedule, struct bw_mono now);

#endif
