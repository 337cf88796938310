/* record.c - the doors that end a call: record, with and without a clock.
 *
 * What happens nearly always, a success in CLOSED with no failures before it, stands in one short
 * function. It gives up to the slow path at the first thing out of the ordinary, before anything
 * is counted. On the slow path a result counts in the caller's lane first: a caller killed later
 * has at least ended his call.
 */
#include <bellwether/breaker.h>

#include "shm/cell.h"
#include "shm/event.h"
#include "shm/lease.h"
#include "shm/ticket.h"
#include "shm/window.h"

/* The lease that a ticket says it has; slot -1: none. */
static struct lease lease_of(struct bw_breaker_ticket ticket)
{
	return (struct lease){ .generation = word_control_generation(ticket.word),
			       .slot = (int)(ticket.word >> TICKET_LEASE_SHIFT & 0xf) - 1,
			       .deadline_ms = (uint64_t)ticket.value };
}

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
	(void)bw_cell_finish_probes(breaker, rules, control, result->since_us);
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
	return record(breaker, ticket, outcome, duration_us, region_clock_us(breaker->region));
}

bool bw_breaker_end(struct bw_breaker *breaker, struct bw_breaker_call call,
		    enum bw_breaker_outcome outcome)
{
	int64_t now_us = region_clock_us(breaker->region);

	return record(breaker, call.ticket, outcome, now_us - call.begun_us, now_us);
}
