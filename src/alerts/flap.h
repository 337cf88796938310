/* flap.h - tells an alert that keeps changing its mind from one that changed it once. Private to
 * src/alerts.
 *
 * Owns:    nothing: the history is the alert's flap_* members.
 * Threads: one at a time.
 */
#ifndef BW_ALERTS_FLAP_H
#define BW_ALERTS_FLAP_H

#include <stdbool.h>

#include "alerts/alert.h"

struct flap_limits {
	bool enabled;
	double high, low; /* percent: begins above, ends below */
};

/* Notes one sample; a history begins filled with its first, as a first trouble is no change. */
void flap_note(struct alert *alert, bool bad);
/* Sets `flapping` by its rate; it begins only while the alert fires. */
void flap_judge(struct alert *alert, const struct flap_limits *limits);
/* Takes over the history of an earlier life of the same rule and subject. */
void flap_inherit(struct alert *alert, const struct alert *earlier);
/* Whether a change is among its latest samples. */
bool flap_has_history(const struct alert *alert);
void flap_clear(struct alert *alert);

#endif
