/* replay_answer.h - one answer of `breaker replay` as JSON.
 *
 * Owns:    nothing.
 * Threads: one at a time.
 */
#ifndef BW_CLI_REPLAY_ANSWER_H
#define BW_CLI_REPLAY_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bellwether/breaker.h>

#include "base/buf.h"

enum { REPLAY_EVENTS_MAX = 64 };

struct replay_answer {
	const struct bw_breaker_ticket *ticket; /* NULL: nothing was acquired */
	bool has_record, applied;
	bool late; /* when not applied */
	struct bw_breaker_snapshot snapshot;
	struct bw_breaker_event events[REPLAY_EVENTS_MAX];
	size_t event_count;
	uint64_t events_missed;
};

/* Appends the object and a newline. */
void replay_answer_write(const struct replay_answer *answer, struct bw_buf *out);

#endif
