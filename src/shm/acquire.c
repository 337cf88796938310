/* acquire.c - the doors that let a call in: acquire, begin, and what a ticket says.
 *
 * What happens nearly always, an admission in CLOSED, is one load and one plain store. It gives up
 * to the slow path at the first thing out of the ordinary, before anything is counted.
 */
#include <bellwether/breaker.h>

#include "shm/cell.h"
#include "shm/lease.h"
#include "shm/ticket.h"

/* How far ahead of the deadline the coarse clock is good enough. */
#define COARSE_US 20000

enum { TRIES = 64 };

/* --- tickets --- */

bool bw_breaker_ticket_admitted(struct bw_breaker_ticket ticket)
{
	return (ticket.word & TICKET_ADMITTED) != 0;
}

enum bw_breaker_reason bw_breaker_ticket_reason(struct bw_breaker_ticket ticket)
{
	return (enum bw_breaker_reason)(ticket.word >> TICKET_REASON_SHIFT & 3);
}

enum bw_breaker_state bw_breaker_ticket_state(struct bw_breaker_ticket ticket)
{
	return (enum bw_breaker_state)word_control_state(ticket.word);
}

int64_t bw_breaker_ticket_retry_after_us(struct bw_breaker_ticket ticket)
{
	return bw_breaker_ticket_reason(ticket) == BW_BREAKER_REJECTED_OPEN ? ticket.value : -1;
}

static struct bw_breaker_ticket admitted_probe(uint64_t control, const struct lease *lease)
{
	struct bw_breaker_ticket ticket = ticket_admitted(control);

	ticket.word |= (uint64_t)(lease->slot + 1) << TICKET_LEASE_SHIFT;
	ticket.value = (int64_t)lease->deadline_ms;
	return ticket;
}

static struct bw_breaker_ticket rejected(uint64_t control, enum bw_breaker_reason reason,
					 int64_t retry_after_us)
{
	return (struct bw_breaker_ticket){ (control & ~WORD_DEADLINE_MAX) |
						   (uint64_t)reason << TICKET_REASON_SHIFT,
					   retry_after_us };
}

/* --- acquire --- */

static int64_t wait_us(const struct bw_breaker *breaker, uint64_t control)
{
	int64_t deadline_us = (int64_t)word_control_deadline_ms(control) * 1000;
	int64_t left_us = deadline_us - region_coarse_us(breaker->region);

	if (left_us <= COARSE_US)
		left_us = deadline_us - region_now_us(breaker->region);
	return left_us > 0 ? left_us : 0;
}

static struct bw_breaker_ticket reject_open(const struct bw_breaker *breaker, uint64_t control)
{
	return rejected(control, BW_BREAKER_REJECTED_OPEN, wait_us(breaker, control));
}

/* true: `ticket` is the answer; false: look at the control word again. */
static bool acquire_probe(struct bw_breaker *breaker, uint64_t control,
			  struct bw_breaker_ticket *ticket)
{
	const struct breaker_rules *rules = breaker_rules(breaker);
	int64_t since_us = region_now_us(breaker->region);
	struct lease lease;

	if (bw_cell_finish_probes(breaker, rules, control, since_us))
		return false;
	if (!bw_lease_claim(breaker, rules, word_control_generation(control), since_us, &lease)) {
		*ticket = rejected(control, BW_BREAKER_REJECTED_HALF_OPEN_FULL, -1);
		return atomic_load(&breaker->cell->control) == control;
	}
	if (atomic_load(&breaker->cell->control) != control) {
		bw_lease_free(breaker, &lease);
		return false;
	}
	*ticket = admitted_probe(control, &lease);
	return true;
}

static bool acquire_open(struct bw_breaker *breaker, uint64_t control,
			 struct bw_breaker_ticket *ticket)
{
	struct cell_move move = { .to = BW_BREAKER_HALF_OPEN,
				  .cause = BW_BREAKER_BY_RECOVERY_TIMEOUT };

	*ticket = reject_open(breaker, control);
	if (ticket->value > 0)
		return true;
	move.since_us = region_now_us(breaker->region);
	(void)bw_cell_move(breaker, control, &move);
	return false;
}

static bool decide(struct bw_breaker *breaker, uint64_t control, struct bw_breaker_ticket *ticket)
{
	switch ((enum bw_breaker_state)word_control_state(control)) {
	case BW_BREAKER_OPEN:
		return acquire_open(breaker, control, ticket);
	case BW_BREAKER_HALF_OPEN:
		return acquire_probe(breaker, control, ticket);
	case BW_BREAKER_FORCED_OPEN:
		*ticket = rejected(control, BW_BREAKER_REJECTED_FORCED_OPEN, -1);
		return true;
	case BW_BREAKER_CLOSED:
	case BW_BREAKER_DISABLED:
	case BW_BREAKER_METRICS_ONLY:
		break;
	}
	*ticket = ticket_admitted(control);
	return true;
}

/* Through a read-only region nothing can be counted or claimed, so no probe is admitted. */
static struct bw_breaker_ticket acquire_looking(const struct bw_breaker *breaker)
{
	uint64_t control = bw_cell_look(breaker);

	switch ((enum bw_breaker_state)word_control_state(control)) {
	case BW_BREAKER_OPEN:
		return reject_open(breaker, control);
	case BW_BREAKER_HALF_OPEN:
		return rejected(control, BW_BREAKER_REJECTED_HALF_OPEN_FULL, -1);
	case BW_BREAKER_FORCED_OPEN:
		return rejected(control, BW_BREAKER_REJECTED_FORCED_OPEN, -1);
	case BW_BREAKER_CLOSED:
	case BW_BREAKER_DISABLED:
	case BW_BREAKER_METRICS_ONLY:
		break;
	}
	return ticket_admitted(control);
}

SLOW_PATH static struct bw_breaker_ticket acquire_slowly(struct bw_breaker *breaker)
{
	struct bw_breaker_ticket ticket;
	struct segment_lane *lane;
	uint32_t slot;
	bool decided = false;

	if (breaker->admits)
		return ticket_admitted(word_control(BW_BREAKER_CLOSED, 0, 0));
	if (!breaker->is_writable)
		return acquire_looking(breaker);
	/* Every further try is because another one moved the state: it cannot go on for long. */
	for (int i = 0; i < TRIES && !decided; i++)
		decided = decide(breaker, bw_cell_control(breaker), &ticket);
	if (!decided)
		ticket = rejected(bw_cell_look(breaker), BW_BREAKER_REJECTED_HALF_OPEN_FULL, -1);
	slot = region_slot(breaker->region);
	lane = breaker_lane(breaker, slot);
	lane_add(breaker, slot,
		 bw_breaker_ticket_admitted(ticket) ? &lane->admitted : &lane->rejected, 1);
	return ticket;
}

struct bw_breaker_ticket bw_breaker_acquire(struct bw_breaker *breaker)
{
	uint64_t control = atomic_load_explicit(&breaker->cell->control, memory_order_acquire);
	uint32_t slot;

	if (!LIKELY(admits_all(breaker, control) && has_slot(breaker, &slot)))
		return acquire_slowly(breaker);
	lane_add(breaker, slot, &breaker_lane(breaker, slot)->admitted, 1);
	return ticket_admitted(control);
}

/* --- with a clock --- */

/* Reads the clock for an admitted call, and lets others see since when it is under way. The ticket
 * is stored before the clock is read: a copy of the call loads both words of the ticket at once,
 * and would wait for two stores that were just made. */
static inline struct bw_breaker_call begin(const struct bw_breaker *breaker,
					   struct bw_breaker_ticket ticket,
					   struct segment_lane *lane)
{
	struct bw_breaker_call call = { .ticket = ticket };
	int64_t since_us;

	__asm__ volatile("" : "+m"(call.ticket));
	call.begun_us = region_clock_us(breaker->region);
	since_us = call.begun_us - breaker->region->epoch_us;
	atomic_store_explicit(&lane->last_begin_us, since_us > 0 ? (uint64_t)since_us : 1,
			      memory_order_relaxed);
	return call;
}

SLOW_PATH static struct bw_breaker_call begin_slowly(struct bw_breaker *breaker)
{
	struct bw_breaker_ticket ticket = acquire_slowly(breaker);

	if (!bw_breaker_ticket_admitted(ticket))
		return (struct bw_breaker_call){ ticket, 0 };
	if (breaker->admits || !breaker->is_writable)
		return (struct bw_breaker_call){ ticket, region_clock_us(breaker->region) };
	return begin(breaker, ticket, breaker_lane(breaker, region_slot(breaker->region)));
}

struct bw_breaker_call bw_breaker_begin(struct bw_breaker *breaker)
{
	uint64_t control = atomic_load_explicit(&breaker->cell->control, memory_order_acquire);
	struct segment_lane *lane;
	uint32_t slot;

	if (!LIKELY(admits_all(breaker, control) && has_slot(breaker, &slot)))
		return begin_slowly(breaker);
	lane = breaker_lane(breaker, slot);
	lane_add(breaker, slot, &lane->admitted, 1);
	return begin(breaker, ticket_admitted(control), lane);
}
