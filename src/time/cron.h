/* cron.h - schedules of five fields, "0 2 * * 1-5", in a time zone.
 *
 * Minute, hour, day of month, month, day of week; names, ranges, steps, lists; @daily and its kin.
 * When both days are restricted either matches, as in cron(8): a field that begins with "*" is not.
 * A time that a change of clocks leaves out runs at that change; one that comes twice runs once.
 *
 * Owns:    a plain struct. Threads: any.
 */
#ifndef BW_TIME_CRON_H
#define BW_TIME_CRON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/time.h"
#include "time/zone.h"

struct cron {
	uint64_t minutes;
	uint32_t hours, days, months, weekdays; /* bit n: n is in; days and months from bit 1 */
	bool any_day, any_weekday; /* begins with "*", as in "*" and in steps from it */
};

/* BW_EPARSE names the field that is wrong, why, and what it may be. */
BW_MUST_USE enum bw_status cron_parse(const char *text, struct cron *out, struct bw_error *err);
/* The first time after `after`; false: none within eight years (31 February). */
bool cron_next(const struct cron *cron, const struct zone *zone, struct bw_wall after,
	       struct bw_wall *out);
/* The latest time at or before `at`; false: none within eight years. */
bool cron_previous(const struct cron *cron, const struct zone *zone, struct bw_wall at,
		   struct bw_wall *out);

#endif
