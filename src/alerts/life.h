/* life.h - the states of one alert: what a sample and what the passing of time make of it. Private
 * to src/alerts.
 *
 * Pure: all it knows is the alert, its rule and the time.
 *
 * Owns:    nothing. Threads: one at a time.
 */
#ifndef BW_ALERTS_LIFE_H
#define BW_ALERTS_LIFE_H

#include "alerts/alert.h"
#include "alerts/flap.h"

/* What a sample, or the lack of one, says to a rule. */
struct life_sample {
	bool bad;     /* the condition is met, or a lack that alerts */
	bool good;    /* the way back is met, or a lack that is taken as ok; never both */
	bool keeps;   /* cannot be judged, and the rule keeps what was: neither bad nor good */
	bool missing; /* no sample came in time: holds by count cannot be met, and need not */
	enum alert_reason reason;
};

struct life_world {
	const struct alert_rule *rule;
	struct flap_limits flap;
};

/* A new life begins, pending; then its first sample is noted with life_note(). `earlier`: the life
 * before it, in whose last instant it must not fire, and whose flap history goes on; NULL: none. */
void life_begin(struct alert *alert, const struct alert *earlier, struct bw_wall now);
/* A sample has come. Returns whether something changed that a restart must know. */
bool life_note(struct alert *alert, const struct life_world *world,
	       const struct life_sample *sample, struct bw_wall now);
/* A sample that is not bad came after its end: its flap history grows old. As life_note(). */
bool life_linger(struct alert *alert, const struct life_world *world,
		 const struct life_sample *sample);
/* Time has passed. Returns whether the state changed. */
bool life_step(struct alert *alert, const struct life_world *world, struct bw_wall now);
/* When life_step() may next do something; BW_WALL_NEVER: not before a sample. */
struct bw_wall life_due(const struct alert *alert, const struct life_world *world);
/* Its rule or subject is gone. */
void life_end(struct alert *alert, struct bw_wall now);

#endif
