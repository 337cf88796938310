/* durations.h - how long something took, many times: counted by limits, as Prometheus wants a
 * histogram.
 *
 * Owns:    nothing; a zeroed struct is an empty one.
 * Threads: one at a time.
 */
#ifndef BW_DAEMON_DURATIONS_H
#define BW_DAEMON_DURATIONS_H

#include <stdint.h>

#include "base/buf.h"

enum { DURATION_LIMITS = 9 };

struct durations {
	uint64_t counts[DURATION_LIMITS + 1]; /* up to each limit, and beyond the last */
	int64_t sum_us;
};

void durations_add(struct durations *durations, int64_t us);
/* A family of the text exposition. */
void durations_write(const struct durations *durations, const char *family, const char *help,
		     struct bw_buf *out);

#endif
