/* uptime_windows.h - the times over which people want to know how much of them something worked.
 *
 * Threads: any; reading within the work of a question.
 */
#ifndef BW_DAEMON_UPTIME_WINDOWS_H
#define BW_DAEMON_UPTIME_WINDOWS_H

#include "base/time.h"
#include "series/timeline.h"
#include "storage/view.h"

enum { UPTIME_WINDOWS = 5 };

/* Ascending. */
extern const struct uptime_window {
	const char *name; /* "24h", "7d", "30d", "90d", "1y" */
	const char *text; /* "24 h" */
	int64_t us;
} uptime_windows[UPTIME_WINDOWS];

/* Its position; -1: there is none of that name. */
int uptime_window_find(const char *name);
/* The shortest `count` of them, all of which end at `now`. */
BW_MUST_USE enum bw_status uptime_windows_read(struct store_view *view, const char *component,
					       struct bw_wall now, int count, struct uptime *out,
					       struct bw_error *err);
/* 0..100 with two digits, cut and never rounded up; NaN when nothing is known. */
double uptime_percent(const struct uptime *uptime);

#endif
