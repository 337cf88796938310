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
	/* The life of a rule and subject, or NULL. */
	const struct alert *(*find)(void *arg, enum alert_subject_kind kind, const char *subject);
	/* Visits all alerts that are pending, firing or recovering. */
	struct alert *(*next)(void *arg, size_t *cursor);
	/* `told`, `quiet` or `ack` of it has changed. */
	void (*touched)(void *arg, struct alert *alert);
	void *arg;
};

struct noise *noise_create(const struct alerts_options *options, const struct noise_owner *owner);
void noise_destroy(struct noise *noise);
void noise_configure(struct noise *noise, const struct alerts_settings *settings,
		     struct bw_wall now);
/* The alert may have changed: its quiet kind is found anew, what must be told is queued. */
void noise_look(struct noise *noise, struct alert *alert, struct bw_wall now);
/* It is about to be forgotten. */
void noise_forget(struct noise *noise, struct alert *alert);
/* Silences, windows, reminders, escalations and groups that are due; returns the next time. */
struct bw_wall noise_advance(struct noise *noise, struct bw_wall now, size_t budget);
void noise_clock_step(struct noise *noise, int64_t step_us);

#endif
