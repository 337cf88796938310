/* rule_replay.h - what a rule would have done: the real engine on samples of the past, each at its
 * own time.
 *
 * Nobody is told of anything, and nothing dampens: no silence, window, dependency or group. A gap
 * between samples is only a gap: nobody knows whether a sample was missing there.
 *
 * Owns:    a replay owns its events (rule_replay_finish). Threads: one at a time.
 */
#ifndef BW_CLI_RULE_REPLAY_H
#define BW_CLI_RULE_REPLAY_H

#include "alerts/alert.h"
#include "cli/rule_history.h"
#include "daemon/settings.h"

struct rule_event {
	struct bw_wall at;
	size_t subject;
	enum alert_state state; /* ALERT_OK: was pending only, and is over */
	bool again;             /* FIRING: after it was recovering */
	enum alert_reason reason;
	enum bw_severity severity;
	int64_t fired_us; /* RESOLVED: how long it fired */
	char *title, *message;
	char *values; /* "component.response_time 2.30 s, component.status healthy" */
};

struct rule_replay {
	struct rule_event *events;
	size_t count, room;
	size_t fired, still; /* times it began to fire; subjects for which it does at the end */
	int64_t firing_us;   /* in all, those at the end until there */
	struct bw_wall last_fired;  /* 0: never */
	struct bw_wall first, last; /* of the samples */
	size_t samples;             /* that the rule looked at */
};

/* The history is sorted. */
void rule_replay_run(const struct daemon_settings *settings, const struct alert_rule *rule,
		     const struct rule_history *history, struct rule_replay *out);
void rule_replay_finish(struct rule_replay *replay);

#endif
