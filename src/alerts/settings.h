/* settings.h - what the configuration says of alerts, compiled.
 *
 * Owns:    nothing; everything lives as long as the configuration it came from.
 * Threads: any; read-only.
 */
#ifndef BW_ALERTS_SETTINGS_H
#define BW_ALERTS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerts/rule.h"

struct matchers; /* alerts/silence.h */
struct cron;     /* time/cron.h */
struct zone;     /* time/zone.h */

/* Who is told: one entry of `notify`, as far as noise control cares. */
struct alert_route {
	const char *channel;
	enum bw_severity severity;       /* the least that is told */
	const struct matchers *matchers; /* NULL: every alert */
	int64_t after_us; /* escalation: only what fires, unacknowledged, for so long */
	bool resolved, reminders, flapping; /* are these told too? */
};

/* A planned time of quiet: one-off (from, until) or by cron. */
struct maintenance_window {
	const char *name, *reason;
	const struct matchers *matchers;
	int64_t from_us, until_us; /* wall; both 0 when `schedule` is set */
	const struct cron *schedule;
	const struct zone *zone;
	int64_t duration_us; /* with `schedule` */
};

struct inhibition {
	const struct matchers *when, *hides;
	const char *const *same; /* labels that must be equal, ended by NULL; NULL: none */
};

struct alerts_settings {
	struct alert_rules rules; /* built-in ones first */
	const struct alert_route *routes;
	size_t route_count;
	const struct maintenance_window *windows;
	size_t window_count;
	const struct inhibition *inhibitions;
	size_t inhibition_count;
	struct {
		int64_t every_us,
			max_us; /* 0: none; the n-th comes every * factor^(n-1) after, at most max
			           */
		double factor;
	} reminders;
	struct {
		bool enabled;
		double high, low; /* percent: begins above, ends below */
	} flapping;
	struct {
		const char *const *by; /* labels; ended by NULL */
		int64_t wait_us;       /* gathers what happens together; 0.5 s */
		int64_t most;          /* messages a group and channel within `within_us`... */
		int64_t within_us;     /* ...the rest waits and is told in one */
	} group;
	/* Components of which one that works shows that our own network does. */
	const char *const *uplink;
	size_t uplink_count;
};

#endif
