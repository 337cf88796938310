/* rate.h - when the next message may go: so many within so long, and the later ones spread.
 *
 * Up to half of what is allowed goes at once; the rest is spread evenly, so that a burst does not
 * use up the whole time and then leave a long silence.
 *
 * Owns:    a ring of times.
 * Threads: one at a time.
 */
#ifndef BW_NOTIFY_RATE_H
#define BW_NOTIFY_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

enum { RATE_MAX = 10000 };

struct rate {
	int64_t within_us;
	size_t max; /* 0: no limit */
	struct bw_mono *times;
	size_t head, count; /* the oldest is at `head` */
};

/* Zeroed memory is a rate without limit. `max` of 0 or below: none; more than RATE_MAX is cut.
 * What was noted before counts on, as far as there is room. */
void rate_set(struct rate *rate, int64_t max, int64_t within_us);
void rate_finish(struct rate *rate);
/* How long to wait from `now` until one more may go. */
int64_t rate_wait_us(const struct rate *rate, struct bw_mono now);
/* One goes; times do not go back. */
void rate_note(struct rate *rate, struct bw_mono now);

#endif
