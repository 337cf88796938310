/* place.h - how far a target has the history, as the store keeps it: a record of kind
 * STORE_RECORD_REMOTE each.
 *
 * All up to `sent_ms` is known to be there, or was given up and counted. When `through_ms` is
 * later, the samples up to there are being sent, in requests cut from `sent_ms` on: after a crash
 * the same requests are made again, so that the other side can tell that it has one already.
 *
 * Owns:    nothing.
 * Threads: any.
 */
#ifndef BW_REMOTE_PLACE_H
#define BW_REMOTE_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct place {
	int64_t sent_ms;            /* 0: nothing was ever sent */
	int64_t through_ms;         /* not above `sent_ms`: nothing is under way */
	uint64_t lost_ms, rejected; /* what never arrived: time, samples */
};

/* The record's number: a hash of what the target is called, so that no address is written. */
uint64_t place_id(const char *target);
void place_encode(const struct place *place, struct bw_buf *out);
BW_MUST_USE enum bw_status place_decode(const char *text, struct place *out);

#endif
