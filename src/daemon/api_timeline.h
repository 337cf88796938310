/* api_timeline.h - a timeline as JSON: change points of the state, gaps, times of maintenance.
 *
 * Times are whole seconds behind `from`. What changes more often than an answer can tell is told
 * coarsely: API_TIMELINE_POINTS_MAX change points at most, then the worst of each of
 * API_TIMELINE_PARTS equal parts of the time.
 *
 * Threads: any.
 */
#ifndef BW_DAEMON_API_TIMELINE_H
#define BW_DAEMON_API_TIMELINE_H

#include "base/json_write.h"
#include "core/journal.h"
#include "series/timeline.h"

enum { API_TIMELINE_POINTS_MAX = 2000, API_TIMELINE_PARTS = 1000 };

struct api_timeline {
	enum series_kind kind;
	const struct timeline *points;
	int64_t from_us, to_us;
};

/* Which of two states is worse: 0 for none, then healthy or CLOSED. */
int api_state_weight(enum series_kind kind, int state);
/* The worst that was met, in maintenance or not. */
int api_worst_state(enum series_kind kind, const struct rollup_bucket *bucket);
/* Whole seconds behind `from`, cut. */
void api_write_s(struct bw_json *json, int64_t time_us, int64_t from_us);
/* [[s, word], ...]: where the state becomes another one. */
void api_timeline_write_states(const struct api_timeline *timeline, struct bw_json *json);
/* [[from_s, to_s], ...] of the times in maintenance. */
void api_timeline_write_maintenance(const struct api_timeline *timeline, struct bw_json *json);
/* The times in which nobody looked. `why` is "" in all of them: the caller may know more. */
void api_timeline_gaps(const struct api_timeline *timeline, struct bw_gap_list *out);

#endif
