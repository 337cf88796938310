/* horizon.h - the time that "old" is counted from: the newest of what is written, unless the clock
 * jumped.
 *
 * A clock that is set years ahead for a moment must not take the history with it. A time that is
 * more than HORIZON_SLACK_US ahead of what the monotonic clock allows is believed only when it has
 * lasted for the patience; until then the last believed time goes on. One that is behind is
 * believed at once: it keeps more.
 *
 * Private to src/storage.
 * Units:   microseconds.
 * Threads: one at a time.
 */
#ifndef BW_STORAGE_HORIZON_H
#define BW_STORAGE_HORIZON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

#define HORIZON_SLACK_US (3600 * BW_SECOND_US)

struct horizon { /* init with { 0 } */
	bool is_set, is_ahead;
	int64_t believed_us, mono_us; /* when it was believed */
	int64_t ahead_since_us;       /* monotonic */
};

/* What the database already has, if anything. */
void horizon_begin(struct horizon *horizon, int64_t newest_us, int64_t mono_us);
/* The time to count from, given the newest of a batch. A patience of 0 believes everything. */
int64_t horizon_advance(struct horizon *horizon, int64_t newest_us, int64_t mono_us,
			int64_t patience_us);

#endif
