/* noise.h - what of an alert is told, to whom and when. Private to src/alerts.
 *
 * Level, not edge: noise_look() compares what each channel was last told with the alert's hard
 * state and, when it may be told, queues the difference for the next notice of its group and
 * channel.
 *
 * Owns:    silences, the groups' waiting differences. Alerts are the book's.
 * Threads: one at a time.
 */
#ifndef BW_ALERTS_NOISE_H
#define BW_ALERTS_NOISE_H

#include "alerts/alert.h"
#include "alerts/alerts.h"

struct noise;

struct noise_owner {
	/* The life of a rule and subject that is pending, firing or recovering, or NULL. */
	const struct alert *(*find)(void *arg, const char *rule, enum alert_subject_kind kind,
				    const char *subject);
	/* When the subject was last looked at; 0: never, as far as anybody knows. */
	struct bw_wall (*latest)(void *arg, enum alert_subject_kind kind, const char *subject);
	/* Visits all alerts that are pending, firing or recovering, oldest first. */
	struct alert *(*next)(void *arg, size_t *cursor);
	/* `told`, `quiet`, `over` or `ack` of it has changed: it is kept before the call of
	 * alerts.h ends. */
	void (*touched)(void *arg, struct alert *alert);
	void *arg;
};

struct noise *noise_create(const struct alerts_options *options, const struct noise_owner *owner);
void noise_destroy(struct noise *noise);
void noise_configure(struct noise *noise, const struct alerts_settings *settings,
		     struct bw_wall now);
/* The alert may have changed: its quiet kind is found anew, what must be told is queued. Comes at
 * every sample of an alert that is not ok, at every change of it, once after a restore, and last
 * with the state ALERT_RESOLVED, or ALERT_OK for one that was pending only. Until every
 * told[].firing of a resolved one is false it is not forgotten: whoever is not told of its end
 * (route gone, `resolved: false`) is marked so all the same. An ack that has run out (`until`) is
 * taken away here; recovery and a rise of severity clear it before the call. */
void noise_look(struct noise *noise, struct alert *alert, struct bw_wall now);
/* The subject was just looked at, or was found missing: who waited for it is looked at again. Comes
 * after its own alerts were looked at. */
void noise_sampled(struct noise *noise, const struct alert_subject *subject, struct bw_wall now);
/* It is about to be forgotten: no pointer to it stays. */
void noise_forget(struct noise *noise, struct alert *alert);
/* Silences, windows, reminders, escalations and groups that are due; returns the next time, `now`
 * when the budget (alerts looked at) is spent. */
struct bw_wall noise_advance(struct noise *noise, struct bw_wall now, size_t budget);
/* Its own times only (silences that are not over, waiting groups); those of alerts are moved by the
 * book. */
void noise_clock_step(struct noise *noise, int64_t step_us);

/* --- behind alerts.h: the calls of the same name --- */
BW_MUST_USE enum bw_status noise_restore_silence(struct noise *noise,
						 const struct silence *silence);
BW_MUST_USE enum bw_status noise_silence(struct noise *noise, struct silence *silence,
					 struct bw_wall now, struct bw_error *err);
BW_MUST_USE enum bw_status noise_expire_silence(struct noise *noise, uint64_t id, const char *by,
						struct bw_wall now, struct bw_error *err);
const struct silence *noise_next_silence(const struct noise *noise, size_t *cursor);
const struct silence *noise_get_silence(const struct noise *noise, uint64_t id);
size_t noise_count_matching(const struct noise *noise, const struct matchers *matchers);
const char *noise_maintenance_of(const struct noise *noise, const struct alert_subject *subject);

#endif
