/* alerts.h - all alerts: rules over subjects, their lives, and who is told what and when.
 *
 * Pure: no clock, no loop, no store. The owner says when a sample came and what time it is, and is
 * told what to keep and what to send. Everything that must survive a restart leaves through `keep`
 * and comes back through alerts_restore().
 *
 * Invariants (each has a property test in tests/unit/alerts):
 *   a. at the end of any suppression, if what a channel was last told differs from the present hard
 *      state, exactly one message goes out;
 *   b. suppression never stops checking and never stops a resolution;
 *   c. every timer derives from kept times, so a restart changes nothing;
 *   d. every option works for every kind of subject;
 *   e. no sample is UNKNOWN, never healthy;
 *   f. no down and up in the same instant;
 *   g. the number of messages for one root cause is bounded whatever its number of children.
 *
 * Owns:    its alerts, silences and compiled matchers. Settings, facts and relations are borrowed.
 * Errors:  memory that runs out ends the process (base/xalloc.h).
 * Threads: one at a time. All times are wall times; the owner tells when the clock was set.
 */
#ifndef BW_ALERTS_ALERTS_H
#define BW_ALERTS_ALERTS_H

#include "alerts/alert.h"
#include "alerts/notice.h"
#include "alerts/rule.h"
#include "alerts/settings.h"
#include "alerts/silence.h"
#include "base/json_write.h"
#include "base/status.h"

struct alerts;

/* What the owner knows of a subject beyond its fields. */
struct alert_relations {
	/* What the component depends on: its n-th edge is a group of alternatives, of which one
	 * that works is enough. False: there is no such edge, or no such alternative. */
	bool (*alternative)(void *arg, const char *component, size_t edge, size_t nth,
			    const char **out);
	/* Labels of a subject for matchers, silences and grouping: "group", "kind", "critical".
	 * NULL: it has none of that name. */
	const char *(*label)(void *arg, const struct alert_subject *subject, const char *label);
	/* Needs our own network (its kind talks to other hosts). */
	bool (*needs_network)(void *arg, const char *component);
	/* How long a sample of it may be awaited before it is missing; 0: it need not come. */
	int64_t (*patience_us)(void *arg, const struct alert_subject *subject);
	/* Looks at a component soon: whether a child's trouble is the parent's depends on it. */
	void (*hurry)(void *arg, const char *component);
	void *arg;
};

struct alerts_listener {
	/* To be stored, under "alert" and its id: a life that has changed. */
	void (*keep)(void *arg, const struct alert *alert);
	/* Begins to fire, or is resolved: for journal and log. */
	void (*changed)(void *arg, const struct alert *alert, enum alert_state was);
	void (*keep_silence)(void *arg, const struct silence *silence);
	/* To be sent. The notice is borrowed for the call. Its alerts are kept after it: who dies
	 * between is handed the same notice with the same key again, and drops it. */
	void (*notice)(void *arg, const struct notice *notice);
	void *arg;
};

struct alerts_options {
	const struct alerts_settings *settings;
	/* Tells the keys of two daemons apart, borrowed for the call; NULL: there is one. */
	const char *instance;
	struct fact_source facts;
	struct alert_relations relations;
	struct alerts_listener listener;
};

struct alerts *alerts_create(const struct alerts_options *options);
void alerts_destroy(struct alerts *alerts);
/* Another configuration: alerts whose rule or subject is gone are resolved, the rest goes on. */
void alerts_configure(struct alerts *alerts, const struct alerts_settings *settings,
		      struct bw_wall now);
/* Before the first sample, in any order; BW_EEXIST: that id, or a life of that rule and subject, is
 * there. Ids given later are higher. */
BW_MUST_USE enum bw_status alerts_restore(struct alerts *alerts, const struct alert *alert);
BW_MUST_USE enum bw_status alerts_restore_silence(struct alerts *alerts,
						  const struct silence *silence);

/* The subject is watched, and was last looked at then (0: never; it is missing when no sample comes
 * within its patience from `now`). After alerts_restore(), before its first sample; without it a
 * subject is watched from its first sample on. */
void alerts_watch(struct alerts *alerts, const struct alert_subject *subject, struct bw_wall latest,
		  struct bw_wall now);
/* A sample of the subject has come: every rule about it looks once. */
void alerts_sample(struct alerts *alerts, const struct alert_subject *subject, struct bw_wall now);
/* The subject was looked at and could not be judged (a check that is UNKNOWN is a sample whose
 * status says so; this is for "the look itself failed"). */
void alerts_sample_error(struct alerts *alerts, const struct alert_subject *subject,
			 const char *why, struct bw_wall now);
/* No longer watched: its alerts are resolved. */
void alerts_subject_gone(struct alerts *alerts, const struct alert_subject *subject,
			 struct bw_wall now);
/* Does what is due; afterwards nothing is due before the time it returns (BW_WALL_NEVER: nothing
 * ever). At most `budget` alerts are judged; when that is spent the time returned is `now`. */
struct bw_wall alerts_advance(struct alerts *alerts, struct bw_wall now, size_t budget);
/* The clock was set by this much: every kept time moves along. */
void alerts_clock_step(struct alerts *alerts, int64_t step_us);

/* --- orders of people; `err` says what is wrong and what to do. BW_ENOTFOUND: there is no such
 * alert or silence; BW_EEXIST: it does not fire, is not acknowledged, or has expired; BW_EINVAL: no
 * name, no reason, a time that is over. --- */
BW_MUST_USE enum bw_status alerts_ack(struct alerts *alerts, uint64_t id,
				      const struct alert_ack *ack, struct bw_wall now,
				      struct bw_error *err);
BW_MUST_USE enum bw_status alerts_unack(struct alerts *alerts, uint64_t id, struct bw_wall now,
					struct bw_error *err);
/* Gives *silence its id. BW_ELIMIT beyond SILENCES_MAX. */
BW_MUST_USE enum bw_status alerts_silence(struct alerts *alerts, struct silence *silence,
					  struct bw_wall now, struct bw_error *err);
BW_MUST_USE enum bw_status alerts_expire_silence(struct alerts *alerts, uint64_t id, const char *by,
						 struct bw_wall now, struct bw_error *err);

/* --- looking --- */
/* What is handed out is borrowed until the next change. A visit of alerts in these states (a bit
 * mask of 1 << state): firing and recovering worst first, then pending, then resolved newest first
 * (at most ALERTS_RESOLVED_MAX are kept). Start with *cursor = 0. */
enum { ALERTS_RESOLVED_MAX = 200, ALERTS_MAX = 100000 };
const struct alert *alerts_next(const struct alerts *alerts, unsigned states, size_t *cursor);
const struct alert *alerts_get(const struct alerts *alerts, uint64_t id);
/* Active, future and the latest expired ones; newest first. */
const struct silence *alerts_next_silence(const struct alerts *alerts, size_t *cursor);
const struct silence *alerts_get_silence(const struct alerts *alerts, uint64_t id);
/* Do the matchers hit this alert? */
bool alerts_match(const struct alerts *alerts, const struct matchers *matchers,
		  const struct alert *alert);
/* How many firing or pending alerts these matchers hit now; SIZE_MAX: an expression among them
 * costs too much to be asked of all. */
size_t alerts_count_matching(const struct alerts *alerts, const struct matchers *matchers);
/* In maintenance now: the window's name, else NULL. */
const char *alerts_maintenance_of(const struct alerts *alerts, const struct alert_subject *subject);

struct alerts_counts {
	size_t pending, firing, recovering; /* firing: loud, quiet and acknowledged alike */
	size_t acked, silenced, hidden; /* of those firing; hidden: quiet, but not by a silence */
	size_t by_severity[BW_SEVERITY_CRITICAL + 1]; /* of those firing and recovering */
	size_t refused; /* troubles without an alert, as ALERTS_MAX were there, since the start */
};

void alerts_counts(const struct alerts *alerts, struct alerts_counts *out);
/* The reference's five members and ours (docs/internals/alerts.md). `group` is the subject's label
 * of that name; NULL or "": it has none. */
void alert_write(const struct alert *alert, const char *group, struct bw_json *json);
/* The array `told` of one alert. */
void alert_write_told(const struct alert *alert, struct bw_json *json);

#endif
