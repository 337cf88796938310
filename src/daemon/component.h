/* component.h - one watched thing: its schedule, its runs through its breaker, its state.
 *
 * A result changes the shown state only after `down_after` results in a row that are not healthy,
 * or `up_after` healthy ones; until then the state stays what it was and the streak is told. Before
 * the first result a component is UNKNOWN, or what the store remembers if that is fresh enough.
 *
 * Owns:    its check, timer and texts. Settings and guard are borrowed and outlive it.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_COMPONENT_H
#define BW_DAEMON_COMPONENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/time.h"
#include "checks/check.h"
#include "core/health.h"
#include "daemon/guard.h"
#include "daemon/settings.h"
#include "io/loop.h"
#include "storage/store.h"

struct component;

struct component_events {
	/* A result came in (or the breaker refused the call): the views have changed. `result` is
	 * NULL when nothing was looked at. `was` is the state shown before. */
	void (*on_result)(void *arg, struct component *component, const struct check_result *result,
			  enum bw_health was);
	void *arg;
};

/* NULL when the kind refuses the settings (`complaints` says why). */
struct component *component_create(struct io_loop *loop, const struct component_settings *settings,
				   const struct component_events *events,
				   struct config_complaints *complaints);
/* The breaker around its check, or the one it shows; before component_start(). NULL: none. */
void component_set_guard(struct component *component, struct guard *guard);
/* A run in flight is cancelled; its ticket is given back. NULL is allowed. */
void component_destroy(struct component *component);
/* Begins the schedule. */
void component_start(struct component *component);
/* Takes over the state of the same component of an earlier configuration; before component_start().
 */
void component_adopt(struct component *component, const struct component *old);
/* What the store remembers; before component_start(). Of a state that is too old only the time
 * stays, but a report to a passive kind is judged by that kind, however old. */
void component_restore(struct component *component, const struct store_state *state);
/* Runs now, beside the schedule. BW_EEXIST: a run is under way already, its result will do. */
BW_MUST_USE enum bw_status component_check_now(struct component *component);
/* A run began within the last second. */
bool component_ran_just_now(const struct component *component);
BW_MUST_USE enum bw_status component_report(struct component *component,
					    const struct check_report *report,
					    struct bw_error *err);
/* The breaker it only shows has changed. */
void component_refresh(struct component *component);

const struct component_settings *component_settings(const struct component *component);
const char *component_name(const struct component *component);
struct guard *component_guard(const struct component *component);
enum bw_health component_health(const struct component *component);
/* Has it been looked at since the daemon started, or need it never be? */
bool component_is_settled(const struct component *component);
bool component_is_running(const struct component *component);
/* How far a run is beyond its time-out, or its beginning beyond its time; 0: all is in time. */
int64_t component_late_us(const struct component *component);
/* Of the latest result; false: it had none. */
bool component_response(const struct component *component, int64_t *out_us);
/* As shown, with the state of its breaker before the cause; NULL: none. */
const char *component_error(const struct component *component);
struct bw_wall component_since(const struct component *component);
struct bw_wall component_last_check(const struct component *component);
/* The reference's view plus ours; `extra` receives the extra members and must live as long as the
 * view. */
struct component_text {
	struct bw_component_view view;
	char last_check[BW_WALL_TEXT_MAX];
	struct bw_buf extra;
};
void component_view(const struct component *component, struct component_text *out);
void component_text_finish(struct component_text *text);
/* JSON members of the latest result's details; "" when there are none. */
const char *component_details(const struct component *component);
/* For the store; borrows texts. `last_check` of a passive kind is when its report was made. */
void component_state(const struct component *component, struct store_state *out);
/* Set by the recorder: was it in maintenance when its latest row was written? */
bool component_maintain(struct component *component, bool maintained); /* returns what it was */
bool component_is_maintained(const struct component *component);       /* as last told */
/* Set by the engine while the component waits in its list of changes. */
bool component_mark(struct component *component, bool marked); /* returns what it was */

#endif
