/* history.h - the system series: one point a refresh interval for the last 24 hours.
 *
 * Owns:    its ring of points. A gap between points is a gap: nothing is filled in.
 * Units:   percent 0..100, milliseconds, score 0..100; NaN is "not known" and writes null.
 * Errors:  BW_ENOMEM and BW_EINVAL from bw_history_create() and bw_history_add(); the ring grows by
 *          doubling up to `points_max`, then the oldest point goes first. A failed add changes
 *          nothing. Nothing else allocates.
 * Threads: one at a time.
 */
#ifndef BW_CORE_HISTORY_H
#define BW_CORE_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include <bellwether/dashboard.h>

#include "base/json_write.h"
#include "base/number.h"
#include "base/status.h"
#include "base/time.h"

struct bw_history;

BW_MUST_USE enum bw_status bw_history_create(int retention_hours, size_t points_max,
					     struct bw_history **out);
void bw_history_destroy(struct bw_history *history);
/* Adds, then drops what is not strictly newer than point.time - retention. */
BW_MUST_USE enum bw_status bw_history_add(struct bw_history *history,
					  const struct bw_history_point *point);
/* A new retention; points leave at the next add. */
BW_MUST_USE enum bw_status bw_history_set_retention(struct bw_history *history,
						    int retention_hours);
/* Changes with every change of the history, so that a text made of it can be kept. */
uint64_t bw_history_version(const struct bw_history *history);
size_t bw_history_count(const struct bw_history *history);
/* nth 0 is the oldest; borrowed until the next add. */
const struct bw_history_point *bw_history_get(const struct bw_history *history, size_t nth);
/* Median of the health score over all points, exact to a tenth (scores are stored rounded to that);
 * NaN when there are none. */
double bw_history_median_score(const struct bw_history *history);
/* {"data": [...], "summary": {...}} exactly as the reference: more than 100 points are thinned by
 * stride count / 100, the summary averages all points. */
void bw_history_write(const struct bw_history *history, struct bw_json *json);
/* The same with `present`, which is not in the history yet, behind the data of 1 to 100 points; the
 * summary is without it. For the reference's own answers: there, a list that is not thinned is the
 * very list that the present point is then added to, before anybody has read the document. */
void bw_history_write_with(const struct bw_history *history, const struct bw_history_point *present,
			   struct bw_json *json);
/* One point as the reference writes it. */
void bw_history_write_point(const struct bw_history_point *point, struct bw_json *json);

#endif
