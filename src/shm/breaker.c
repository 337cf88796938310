/* breaker.c - the doors of a call: acquire, record, and the two with a clock.
 *
 * Ticket word: state 3 | generation 24 | unused 30 | lease + 1 in 4 | reason 2 | admitted 1. The
 * upper part is the control word of the admission: one comparison says that nothing has happened.
 * Ticket value: deadline of the lease in ms, or retry_after of a rejection.
 *
 * What happens nearly always, a call and its success in CLOSED, stands in two short functions that
 * give up to the slow ones at the first thing out of the ordinary, before anything is counted.
 * Results count in the caller's lane first: a caller killed later has at least ended his call.
 */
#include <bellwether/breaker.h>

#include "shm/cell.h"
#include "shm/event.h"
#include "shm/lease.h"
#include "shm/window.h"

#define SLOW_PATH __attribute__((noinline))
#define LIKELY(condition) __builtin_expect(!!(condition), 1)

#define TICKET_ADMITTED UINT64_C(1)
#define TICKET_REASON_SHIFT 1
#define TICKET_LEASE_SHIFT 3
#define TICKET_LOW_MASK UINT64_C(0x7f)

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

static struct bw_breaker_ticket admitted(uint64_t control)
{
	return (struct bw_breaker_ticket){ (control & ~WORD_DEADLINE_MAX) | TICKET_ADMITTED, 0 };
}

static struct bw_breaker_ticket admitted_probe(uint64_t control, const struct lease *lease)
{
	struct bw_breaker_ticket ticket = admitted(control);

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

/* The lease that a ticket says it has; slot -1: none. */
static struct lease lease_of(struct bw_breaker_ticket ticket)
{
	return (struct lease){ .generation = word_control_generation(ticket.word),
			       .slot = (int)(ticket.word >> TICKET_LEASE_SHIFT & 0xf) - 1,
			       .deadline_ms = (uint64_t)ticket.value };
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

/* What the probes have decided, and whoever should have said so may have been killed. true: there
 * was something to do, and the control word is another one now. */
static bool finish_half_open(struct bw_breaker *breaker, const struct breaker_rules *rules,
			     uint64_t control, int64_t since_us)
{
	struct cell_move closing = { .to = BW_BREAKER_CLOSED,
				     .cause = BW_BREAKER_BY_PROBE_SUCCESS,
				     .since_us = since_us };
	struct probes probes;

	bw_probes_look(breaker, rules, word_control_generation(control), since_us, &probes);
	if (probes.failed > 0)
		(void)bw_cell_open(breaker, rules, control, BW_BREAKER_BY_PROBE_FAILURE, since_us);
	else if (probes.ok >= atomic_load_explicit(&rules->success_threshold, memory_order_relaxed))
		(void)bw_cell_move(breaker, control, &closing);
	else
		return false;
	return true;
}

/* true: `ticket` is the answer; false: look at the control word again. */
static bool acquire_probe(struct bw_breaker *breaker, uint64_t control,
			  struct bw_breaker_ticket *ticket)
{
	const struct breaker_rules *rules = breaker_rules(breaker);
	int64_t since_us = region_now_us(breaker->region);
	struct lease lease;

	if (finish_half_open(breaker, rules, control, since_us))
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
	*ticket = admitted(control);
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
	return admitted(control);
}

SLOW_PATH static struct bw_breaker_ticket acquire_slowly(struct bw_breaker *breaker)
{
	struct bw_breaker_ticket ticket;
	struct segment_lane *lane;
	uint32_t slot;
	bool decided = false;

	if (breaker->admits)
		return admitted(word_control(BW_BREAKER_CLOSED, 0, 0));
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

struct bw_breaker_ticket bw_breaker_acquire(struct bw_breaker *breaker)
{
	uint64_t control = atomic_load_explicit(&breaker->cell->control, memory_order_acquire);
	uint32_t slot;

	if (!LIKELY(admits_all(breaker, control) && has_slot(breaker, &slot)))
		return acquire_slowly(breaker);
	lane_add(breaker, slot, &breaker_lane(breaker, slot)->admitted, 1);
	return admitted(control);
}

/* --- record --- */

struct result {
	enum bw_breaker_outcome outcome;
	struct window_call call;
	bool is_slow_success;
	int64_t since_us;
	uint32_t slot;
};

static void note_time(struct bw_breaker *breaker, uint32_t slot, int64_t since_us)
{
	atomic_store_explicit(&breaker_lane(breaker, slot)->last_result_us,
			      since_us > 0 ? (uint64_t)since_us : 1, memory_order_relaxed);
	if (slot != 0)
		atomic_store_explicit(&region_worker(breaker->region, slot)->heartbeat_us,
				      (uint64_t)since_us, memory_order_relaxed);
}

static void count_lifetime(struct bw_breaker *breaker, const struct result *result)
{
	struct segment_lane *lane = breaker_lane(breaker, result->slot);

	if (result->call.is_failed)
		lane_add(breaker, result->slot, &lane->failure, 1);
	else if (result->outcome == BW_BREAKER_SUCCESS)
		lane_add(breaker, result->slot, &lane->success, 1);
	else
		lane_add(breaker, result->slot, &lane->ignored, 1);
	if (result->call.is_failed && result->call.is_timeout)
		lane_add(breaker, result->slot, &lane->timeout, 1);
	note_time(breaker, result->slot, result->since_us);
}

static struct result result_of(struct bw_breaker *breaker, const struct breaker_rules *rules,
			       enum bw_breaker_outcome outcome, int64_t duration_us)
{
	int64_t timeout_us = atomic_load_explicit(&rules->timeout_us, memory_order_relaxed);
	int64_t slow_us = atomic_load_explicit(&rules->slow_us, memory_order_relaxed);
	struct result result = { .outcome = outcome, .slot = region_slot(breaker->region) };

	result.call.duration_us = duration_us > 0 ? duration_us : 0;
	if (outcome == BW_BREAKER_FAILURE || outcome == BW_BREAKER_TIMEOUT) {
		result.call.is_failed = true;
		result.call.is_timeout = outcome == BW_BREAKER_TIMEOUT || duration_us >= timeout_us;
	} else if (outcome == BW_BREAKER_SUCCESS) {
		result.call.is_timeout =
			duration_us >= slow_us &&
			atomic_load_explicit(&rules->slow_success_counts, memory_order_relaxed);
	}
	return result;
}

/* Window, run, and the time of this worker's failure. false: it was lumped. */
static bool count_call(struct bw_breaker *breaker, const struct breaker_rules *rules,
		       const struct window_cycle *cycle, const struct result *result)
{
	if (result->call.is_failed) {
		atomic_store_explicit(
			&breaker_lane(breaker, result->slot)->last_failure,
			word_tagged(cycle->generation, (uint64_t)result->since_us / 1000),
			memory_order_relaxed);
		if (!bw_cell_note_failure(breaker, rules, cycle, result->since_us))
			return false;
	} else {
		bw_cell_end_run(breaker, cycle);
	}
	bw_window_add(breaker, rules, cycle, &result->call, result->since_us);
	return true;
}

static bool end_probe(struct bw_breaker *breaker, const struct breaker_rules *rules,
		      uint64_t control, struct bw_breaker_ticket ticket,
		      const struct result *result)
{
	struct lease lease = lease_of(ticket);
	bool is_failed = result->call.is_failed;
	bool counts = is_failed || result->outcome == BW_BREAKER_SUCCESS;

	if (lease.slot < 0 || (counts && !bw_probes_note(breaker, lease.generation, is_failed)))
		return false;
	bw_lease_free(breaker, &lease);
	if (counts) {
		struct window_cycle cycle = bw_cell_cycle(breaker, control);

		(void)count_call(breaker, rules, &cycle, result);
	}
	(void)finish_half_open(breaker, rules, control, result->since_us);
	return true;
}

static void judge(struct bw_breaker *breaker, const struct breaker_rules *rules, uint64_t control,
		  const struct window_cycle *cycle, int64_t since_us)
{
	bool is_closed = word_control_state(control) == BW_BREAKER_CLOSED;
	enum bw_breaker_cause cause;
	bool trips = bw_cell_trips(breaker, rules, cycle, since_us, &cause);

	if (!is_closed)
		bw_event_would_open(breaker, cycle->generation, trips, since_us);
	else if (trips)
		(void)bw_cell_open(breaker, rules, control, cause, since_us);
}

static void end_call(struct bw_breaker *breaker, const struct breaker_rules *rules,
		     uint64_t control, const struct result *result)
{
	struct window_cycle cycle = bw_cell_cycle(breaker, control);

	if (!result->call.is_failed && result->outcome != BW_BREAKER_SUCCESS)
		return;
	if (count_call(breaker, rules, &cycle, result) && result->call.is_failed)
		judge(breaker, rules, control, &cycle, result->since_us);
}

static bool apply(struct bw_breaker *breaker, const struct breaker_rules *rules,
		  struct bw_breaker_ticket ticket, const struct result *result)
{
	uint64_t control = bw_cell_control(breaker);

	if ((control ^ ticket.word) >> 37 != 0)
		return false;
	switch ((enum bw_breaker_state)word_control_state(control)) {
	case BW_BREAKER_HALF_OPEN:
		return end_probe(breaker, rules, control, ticket, result);
	case BW_BREAKER_CLOSED:
	case BW_BREAKER_METRICS_ONLY:
		end_call(breaker, rules, control, result);
		return true;
	case BW_BREAKER_DISABLED:
		return true;
	case BW_BREAKER_OPEN:
	case BW_BREAKER_FORCED_OPEN:
		break;
	}
	return false;
}

SLOW_PATH static bool record_slowly(struct bw_breaker *breaker, struct bw_breaker_ticket ticket,
				    enum bw_breaker_outcome outcome, int64_t duration_us,
				    int64_t now_us)
{
	const struct breaker_rules *rules;
	struct result result;
	bool applied;

	if (!bw_breaker_ticket_admitted(ticket))
		return false;
	if (breaker->admits || !breaker->is_writable)
		return breaker->admits;
	rules = breaker_rules(breaker);
	result = result_of(breaker, rules, outcome, duration_us);
	result.since_us = region_since_us(breaker->region, now_us);
	count_lifetime(breaker, &result);
	applied = apply(breaker, rules, ticket, &result);
	if (!applied)
		lane_add(breaker, result.slot, &breaker_lane(breaker, result.slot)->late, 1);
	return applied;
}

/* The duration of a call that is counted already, where its word is not this bucket's yet. */
SLOW_PATH static bool add_duration(struct bw_breaker *breaker, uint32_t generation, uint64_t epoch,
				   uint32_t duration)
{
	struct window_cycle cycle = { generation, generation };

	bw_window_add_duration(breaker, &cycle, epoch, duration);
	return true;
}

static inline const struct breaker_rules *cached_rules(const struct bw_breaker *breaker)
{
	uint64_t index = atomic_load_explicit(&breaker->cell->config_index, memory_order_acquire);

	return atomic_load_explicit(&breaker->rules_index, memory_order_acquire) == index
		       ? &breaker->rules[index & 1]
		       : NULL;
}

static inline void note_success(struct bw_breaker *breaker, uint32_t slot, int64_t since_us)
{
	lane_add(breaker, slot, &breaker_lane(breaker, slot)->success, 1);
	note_time(breaker, slot, since_us);
}

/* A success whose own bucket is full: the next shard takes it, or nobody. */
SLOW_PATH static bool record_full(struct bw_breaker *breaker, const struct breaker_rules *rules,
				  uint32_t generation, int64_t duration_us, int64_t since_us)
{
	struct window_cycle cycle = { generation, generation };
	struct window_call call = { .duration_us = duration_us };

	bw_window_add(breaker, rules, &cycle, &call, since_us);
	note_success(breaker, region_slot(breaker->region), since_us);
	return true;
}

/* Is it the success, soon enough, of a call of this very CLOSED, with no failures before it? */
static inline bool is_ordinary(const struct bw_breaker *breaker, struct bw_breaker_ticket ticket,
			       enum bw_breaker_outcome outcome, uint64_t control)
{
	uint64_t run = atomic_load_explicit(&breaker->cell->consecutive, memory_order_relaxed);
	uint64_t one = word_tagged(word_control_generation(control), 1);

	return outcome == BW_BREAKER_SUCCESS && admits_all(breaker, control) &&
	       ticket.word == ((control & ~WORD_DEADLINE_MAX) | TICKET_ADMITTED) &&
	       run - one >= WORD_TIME_MAX; /* of another generation, or 0 */
}

/* The bucket is the newest one, or this is not the fast path: so its number is known without the
 * time, and the time has only to lie in it. */
static inline bool record(struct bw_breaker *breaker, struct bw_breaker_ticket ticket,
			  enum bw_breaker_outcome outcome, int64_t duration_us, int64_t now_us)
{
	uint64_t control = atomic_load_explicit(&breaker->cell->control, memory_order_acquire);
	uint64_t last = atomic_load_explicit(&breaker->cell->last_epoch, memory_order_relaxed);
	const struct breaker_rules *rules = cached_rules(breaker);
	uint32_t generation = word_control_generation(control);
	uint64_t epoch = window_mark_epoch(last);
	int64_t since_us = region_since_us(breaker->region, now_us);
	int64_t length_us = duration_us > 0 ? duration_us : 0;
	uint32_t tag = word_tag(epoch, generation);
	uint32_t length = window_duration(length_us);
	segment_word *calls, *durations;
	uint64_t count, sum;
	uint32_t slot;

	if (!LIKELY(rules != NULL && has_slot(breaker, &slot) &&
		    is_ordinary(breaker, ticket, outcome, control) &&
		    length_us < atomic_load_explicit(&rules->slow_us, memory_order_relaxed) &&
		    window_is_in(rules, last, since_us)))
		return record_slowly(breaker, ticket, outcome, duration_us, now_us);
	calls = &breaker->shards[window_shard(breaker, slot)].calls[epoch % SEGMENT_SLOTS];
	durations = &breaker->shards[window_shard(breaker, slot)].durations[epoch % SEGMENT_SLOTS];
	count = atomic_load_explicit(calls, memory_order_relaxed);
	sum = atomic_load_explicit(durations, memory_order_relaxed);
	if (word_bucket_tag(count) == tag && word_bucket_high(count) == UINT16_MAX)
		return record_full(breaker, rules, generation, length_us, since_us);
	if (!LIKELY(word_bucket_tag(count) == tag &&
		    atomic_compare_exchange_strong_explicit(
			    calls, &count, count + word_bucket(0, 1, 0), memory_order_relaxed,
			    memory_order_relaxed)))
		return record_slowly(breaker, ticket, outcome, duration_us, now_us);
	if (!LIKELY(length == 0 ||
		    (word_bucket_tag(sum) == tag && (uint32_t)sum <= UINT32_MAX - length &&
		     atomic_compare_exchange_strong_explicit(durations, &sum, sum + length,
							     memory_order_relaxed,
							     memory_order_relaxed)))) {
		note_success(breaker, slot, since_us);
		return add_duration(breaker, generation, epoch, length);
	}
	/* Last: a locked instruction waits for the stores before it. */
	note_success(breaker, slot, since_us);
	return true;
}

bool bw_breaker_record_at(struct bw_breaker *breaker, struct bw_breaker_ticket ticket,
			  enum bw_breaker_outcome outcome, int64_t duration_us, int64_t now_us)
{
	return record(breaker, ticket, outcome, duration_us, now_us);
}

bool bw_breaker_record(struct bw_breaker *breaker, struct bw_breaker_ticket ticket,
		       enum bw_breaker_outcome outcome, int64_t duration_us)
{
	const struct bw_clock *clock = &breaker->region->clock;

	return record(breaker, ticket, outcome, duration_us, clock->now_us(clock->arg));
}

/* --- with a clock --- */

/* Reads the clock for an admitted call, and lets others see since when it is under way. */
static inline struct bw_breaker_call begin(const struct bw_breaker *breaker,
					   struct bw_breaker_ticket ticket,
					   struct segment_lane *lane)
{
	const struct bw_clock *clock = &breaker->region->clock;
	int64_t epoch_us = breaker->region->epoch_us;
	int64_t begun_us = clock->now_us(clock->arg);
	int64_t since_us = begun_us - epoch_us;

	atomic_store_explicit(&lane->last_begin_us, since_us > 0 ? (uint64_t)since_us : 1,
			      memory_order_relaxed);
	return (struct bw_breaker_call){ ticket, begun_us };
}

SLOW_PATH static struct bw_breaker_call begin_slowly(struct bw_breaker *breaker)
{
	const struct bw_clock *clock = &breaker->region->clock;
	struct bw_breaker_ticket ticket = acquire_slowly(breaker);

	if (!bw_breaker_ticket_admitted(ticket))
		return (struct bw_breaker_call){ ticket, 0 };
	if (breaker->admits || !breaker->is_writable)
		return (struct bw_breaker_call){ ticket, clock->now_us(clock->arg) };
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
	return begin(breaker, admitted(control), lane);
}

bool bw_breaker_end(struct bw_breaker *breaker, struct bw_breaker_call call,
		    enum bw_breaker_outcome outcome)
{
	const struct bw_clock *clock = &breaker->region->clock;
	int64_t now_us = clock->now_us(clock->arg);

	return record(breaker, call.ticket, outcome, now_us - call.begun_us, now_us);
}
