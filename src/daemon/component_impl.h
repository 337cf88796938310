/* component_impl.h - the inside of a component, shared by component.c (when it looks and what comes
 * of it), component_state.c (how results become a state) and component_view.c (what others see).
 *
 * Owns:    nothing more than component.h says.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_COMPONENT_IMPL_H
#define BW_DAEMON_COMPONENT_IMPL_H

#include "core/schedule.h"
#include "daemon/component.h"
#include "daemon/heard.h"

#define COMPONENT_DISABLED_TEXT "disabled by the configuration"

struct component {
	struct io_loop *loop;
	const struct component_settings *settings;
	struct guard *guard;
	struct component_events events;
	struct check *check; /* NULL: it only shows its breaker */
	struct io_timer *timer;
	struct bw_schedule schedule;
	bool has_due; /* the next run is given out and has not begun: */
	struct bw_mono due;
	struct guard_ticket ticket; /* of the run in flight */
	struct bw_mono run_started;

	enum bw_health health;     /* as shown */
	struct bw_wall since;      /* of `health` */
	struct bw_wall last_check; /* 0: never */
	bool has_response, marked, settled, maintained;
	bool reported;     /* during the run in flight, which does not know it */
	bool last_healthy; /* side of the latest result */
	int streak;        /* results in a row on that side */
	int64_t response_us;
	char *error, *details;
	struct heard heard; /* of a passive kind */
};

/* Replaces the text; "" and NULL are none. */
void component_keep_text(char **text, const char *with);
void component_show(struct component *component, enum bw_health health);
/* What the guard's state makes of a component: its health, and its text or NULL. */
enum bw_health component_breaker_health(enum bw_breaker_state state);
const char *component_breaker_text(enum bw_breaker_state state);
/* `health`, or what the breaker makes worse of it. */
enum bw_health component_with_breaker(const struct component *component, enum bw_health health);
/* Counts one more result on this side; true when there are enough of them to be shown. */
bool component_confirms(struct component *component, bool healthy);
void component_show_error(struct component *component, const char *cause);
void component_show_disabled(struct component *component);
/* What was shown of it before a reload. */
void component_take_state(struct component *component, const struct component *old);
/* Its kind waits for reports. */
bool component_is_passive(const struct component *component);

#endif
