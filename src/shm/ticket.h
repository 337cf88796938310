/* ticket.h - how a ticket is packed, and what the fast paths of a call ask first.
 *
 * Ticket word: state 3 | generation 24 | unused 30 | lease + 1 in 4 | reason 2 | admitted 1. The
 * upper part is the control word of the admission, so that one comparison says whether anything
 * has happened since.
 * Ticket value: deadline of the lease in ms, or retry_after of a rejection in microseconds.
 *
 * Owns:    nothing.
 * Threads: any.
 */
#ifndef BW_SHM_TICKET_H
#define BW_SHM_TICKET_H

#include <bellwether/breaker.h>

#include "shm/handle.h"
#include "shm/words.h"

/* Out of line, so that a fast path saves no register for it. */
#define SLOW_PATH __attribute__((noinline))
#define LIKELY(condition) __builtin_expect(!!(condition), 1)

#define TICKET_ADMITTED UINT64_C(1)
#define TICKET_REASON_SHIFT 1
#define TICKET_LEASE_SHIFT 3

static inline struct bw_breaker_ticket ticket_admitted(uint64_t control)
{
	return (struct bw_breaker_ticket){ (control & ~WORD_DEADLINE_MAX) | TICKET_ADMITTED, 0 };
}

/* The caller's slot, if this thread has one and asked for it last; else the slow path finds it. So
 * the fast paths call nothing, and need no register saved. */
static inline bool has_slot(const struct bw_breaker *breaker, uint32_t *slot)
{
	*slot = bw_worker_cache.slot;
	return bw_worker_cache.identity ==
	       atomic_load_explicit(&breaker->region->birth->identity, memory_order_relaxed);
}

static inline bool admits_all(const struct bw_breaker *breaker, uint64_t control)
{
	return word_control_state(control) == BW_BREAKER_CLOSED && breaker->is_writable &&
	       !breaker->admits;
}

#endif
