/* crew.h - the processes that use one breaker, summed up: who is alive, who failed, who is late.
 *
 * Owns:    what it remembers of each worker, so that a call can be seen to last although nobody
 *          says when it began.
 * Units:   microseconds of the region's clock.
 * Limits:  CREW_MAX workers; the others are not looked at.
 * Threads: one at a time.
 */
#ifndef BW_DAEMON_CREW_H
#define BW_DAEMON_CREW_H

#include <stddef.h>
#include <stdint.h>

#include <bellwether/breaker.h>

enum { CREW_MAX = 256, CREW_CAUSE_MAX = 160 };

/* `dead`: gone with calls that never ended; who ended in peace is not counted at all. */
struct crew_sum {
	int64_t total, alive, dead; /* total = alive + dead */
	int64_t failing;            /* alive, with a failure in the window */
	int64_t in_flight;          /* calls of those alive */
	int64_t overdue;            /* of them, longer than the breaker's time-out */
	char cause[CREW_CAUSE_MAX]; /* "1 of 32 workers is the cause: pid 4711 python3"; or "" */
};

/* What of a worker holds still while its call lasts. */
struct crew_memory {
	int pid;
	int64_t admitted, in_flight, last_result_us;
	int64_t since_us; /* seen like this since then */
};

struct crew {
	struct crew_memory *seen; /* of those with calls in flight */
	size_t seen_count;
	struct crew_sum sum;
};

/* Zeroed is empty. */
void crew_finish(struct crew *crew);
/* Takes in how the workers are at `now_us`. */
void crew_take(struct crew *crew, const struct bw_breaker_worker *workers, size_t count,
	       const struct bw_breaker_config *config, int64_t now_us);
/* Since when the worker's latest call has been in flight; 0: it has none, or none is known. */
int64_t crew_busy_since_us(const struct crew *crew, const struct bw_breaker_worker *worker);
/* The command as one may print it: what is no plain character is a question mark. */
void crew_command(const struct bw_breaker_worker *worker, char out[16]);

#endif
