/* recorder_rows.h - what a row of the history holds: units, digits, and for how long it speaks.
 *
 * The store keeps values exactly; how many digits of a measurement mean anything is decided here.
 * What was not measured is absent, never 0.
 *
 * Threads: any; nothing is kept.
 */
#ifndef BW_DAEMON_RECORDER_ROWS_H
#define BW_DAEMON_RECORDER_ROWS_H

#include <bellwether/breaker.h>

#include "checks/check.h"
#include "checks/host_sample.h"
#include "core/dashboard.h"
#include "daemon/component.h"
#include "storage/store.h"

/* Rows and marks have whole milliseconds; but the points of the document have their own time. */
struct bw_wall recorder_row_time(struct bw_wall at);
/* Just behind a row of the same moment, so that it does not take its place. */
struct bw_wall recorder_mark_time(struct bw_wall at);

/* Twice the interval and a time-out, in whole seconds: after that a component is not checked since,
 * and a row is silent. */
int64_t recorder_hold_s(int64_t every_us, int64_t timeout_us);

/* What is shown now. `result` is NULL when nothing was looked at: its breaker refused, or it only
 * shows one. The row borrows the texts of both. */
void recorder_row_component(const struct component *component, const struct check_result *result,
			    bool in_maintenance, struct store_row *out);
void recorder_row_breaker(const char *name, const struct bw_breaker_snapshot *snapshot,
			  int64_t every_us, struct store_row *out);
void recorder_row_host(const struct host_sample *sample, int64_t every_us, struct store_row *out);
void recorder_row_system(const struct bw_history_point *point, const struct bw_score *score,
			 enum bw_health health, int64_t every_us, struct store_row *out);
/* A mark: the state, and whether it is in maintenance from now on. */
void recorder_row_maintenance(const struct component *component, bool in_maintenance,
			      struct store_row *out);
/* A mark: the state alone. */
void recorder_row_mark(enum series_kind kind, const char *name, int state, struct store_row *out);

#endif
