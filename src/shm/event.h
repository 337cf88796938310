/* event.h - the ring of the last 64 transitions, and the episodes of METRICS_ONLY between them.
 *
 * Owns:    nothing.
 * Units:   microseconds since the region's epoch; wall times since 1970-01-01 UTC.
 * Errors:  what a killed writer never wrote is skipped and counted as missed.
 * Threads: an event has one writer, the winner of its transition; readers any.
 */
#ifndef BW_SHM_EVENT_H
#define BW_SHM_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "shm/handle.h"

struct event_words {
	uint32_t generation;
	enum bw_breaker_state from, to;
	enum bw_breaker_cause cause;
	int64_t since_us, failures;
};

/* Stamps it with the wall clock and this process. */
void bw_event_write(struct bw_breaker *breaker, const struct event_words *event);
/* false: there is none (any more) of that generation. Times are of the region's clock. */
bool bw_event_read(const struct bw_breaker *breaker, uint32_t generation,
		   struct bw_breaker_event *out);

/* METRICS_ONLY of `generation`: the trip test says so. The first true one of an episode is an
 * event, the first false one ends the episode. */
void bw_event_would_open(struct bw_breaker *breaker, uint32_t generation, bool trips,
			 int64_t since_us);

#endif
