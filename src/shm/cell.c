/* cell.c - every transition is one compare-and-exchange of the control word.
 *
 * The generation does the work that a lock or a list of open calls would do elsewhere: it grows
 * with every transition, reset and override, and whatever carries an older one is stale. So nothing
 * is cleared when the state changes, and there is no half-done change to be found after a kill.
 *
 * `window_from` is raised before CLOSED is left, by everybody who tries, to the generation that is
 * being left: in CLOSED it is that generation by definition, so no kill can leave a wrong one.
 * `reopens`, `left_closed` and the event are the winner's, afterwards: a kill loses them, and the
 * readers know what a missing one means (a step of the back-off, a time, a line in the journal).
 */
#include "shm/cell.h"

#include "core/breaker_rule.h"
#include "shm/event.h"
#include "shm/lease.h"

static bool is_possible(uint64_t control)
{
	uint32_t state = word_control_state(control);

	if (word_control_generation(control) == 0 || state > BW_BREAKER_METRICS_ONLY)
		return false;
	return state == BW_BREAKER_OPEN || word_control_deadline_ms(control) == 0;
}

/* The next generation, so that no ticket of what stood there before is taken for one of ours. */
static uint64_t possible_for(uint64_t control)
{
	return word_control(BW_BREAKER_CLOSED,
			    word_generation_next(word_control_generation(control)), 0);
}

uint64_t bw_cell_look(const struct bw_breaker *breaker)
{
	uint64_t control = atomic_load_explicit(&breaker->cell->control, memory_order_acquire);

	return is_possible(control) ? control : possible_for(control);
}

uint64_t bw_cell_control(struct bw_breaker *breaker)
{
	segment_word *word = &breaker->cell->control;
	uint64_t control = atomic_load_explicit(word, memory_order_acquire);

	while (!is_possible(control)) {
		if (!breaker->is_writable)
			return possible_for(control);
		if (atomic_compare_exchange_strong_explicit(word, &control, possible_for(control),
							    memory_order_acq_rel,
							    memory_order_acquire)) {
			region_corrupt(breaker->region);
			return possible_for(control);
		}
	}
	return control;
}

/* --- the cycle --- */

/* A generation that was stored by somebody, seen from the one that holds now. */
static bool is_past(uint64_t stored, uint32_t now)
{
	return stored != 0 && stored <= WORD_GENERATION_MASK &&
	       word_generation_ahead((uint32_t)stored, now) <= 0;
}

struct window_cycle bw_cell_cycle(const struct bw_breaker *breaker, uint64_t control)
{
	uint32_t generation = word_control_generation(control);
	uint64_t from = generation;

	if (word_control_state(control) != BW_BREAKER_CLOSED)
		from = atomic_load_explicit(&breaker->cell->window_from, memory_order_acquire);
	if (!is_past(from, generation))
		from = generation;
	return (struct window_cycle){ (uint32_t)from, generation };
}

static bool cycle_has(const struct window_cycle *cycle, uint32_t generation)
{
	return word_generation_ahead(generation, cycle->from) >= 0 &&
	       word_generation_ahead(cycle->generation, generation) >= 0;
}

/* Is what stands in a tagged word newer than `cycle`, and not just nonsense? */
static bool is_overtaken(const struct bw_breaker *breaker, uint64_t word,
			 const struct window_cycle *cycle)
{
	uint32_t stored = word_tagged_generation(word);
	uint64_t control = atomic_load_explicit(&breaker->cell->control, memory_order_acquire);

	return word_generation_ahead(stored, cycle->generation) > 0 &&
	       word_generation_ahead(stored, word_control_generation(control)) <= 0;
}

static void leave_closed(struct bw_breaker *breaker, uint32_t generation)
{
	segment_word *word = &breaker->cell->window_from;
	uint64_t stored = atomic_load_explicit(word, memory_order_acquire);

	for (;;) {
		uint64_t control =
			atomic_load_explicit(&breaker->cell->control, memory_order_acquire);

		if (is_past(stored, word_control_generation(control)) &&
		    word_generation_ahead((uint32_t)stored, generation) >= 0)
			return;
		if (atomic_compare_exchange_weak_explicit(
			    word, &stored, generation, memory_order_acq_rel, memory_order_acquire))
			return;
	}
}

/* --- the run of failures --- */

int64_t bw_cell_run(const struct bw_breaker *breaker, const struct window_cycle *cycle)
{
	uint64_t word = atomic_load_explicit(&breaker->cell->consecutive, memory_order_relaxed);

	return cycle_has(cycle, word_tagged_generation(word)) ? (int64_t)word_tagged_value(word)
							      : 0;
}

void bw_cell_end_run(struct bw_breaker *breaker, const struct window_cycle *cycle)
{
	segment_word *run = &breaker->cell->consecutive;
	uint64_t word = atomic_load_explicit(run, memory_order_relaxed);

	while (word_tagged_value(word) != 0 && cycle_has(cycle, word_tagged_generation(word))) {
		if (atomic_compare_exchange_weak_explicit(
			    run, &word, word_tagged(cycle->generation, 0), memory_order_relaxed,
			    memory_order_relaxed))
			return;
	}
}

static void lengthen_run(struct bw_breaker *breaker, const struct window_cycle *cycle)
{
	segment_word *run = &breaker->cell->consecutive;
	uint64_t word = atomic_load_explicit(run, memory_order_relaxed);
	uint64_t count;

	do {
		if (is_overtaken(breaker, word, cycle))
			return;
		count = cycle_has(cycle, word_tagged_generation(word)) ? word_tagged_value(word)
								       : 0;
	} while (!atomic_compare_exchange_weak_explicit(
		run, &word, word_tagged(cycle->generation, count + 1), memory_order_relaxed,
		memory_order_relaxed));
}

/* One failure in lump_us counts: the one that gets its time into the word. */
static bool starts_lump(struct bw_breaker *breaker, int64_t lump_us,
			const struct window_cycle *cycle, int64_t since_us)
{
	segment_word *lump = &breaker->cell->lump;
	uint64_t word = atomic_load_explicit(lump, memory_order_relaxed);

	do {
		int64_t after_us = since_us - (int64_t)word_tagged_value(word) * 1000;

		if (cycle_has(cycle, word_tagged_generation(word)) && after_us < lump_us &&
		    after_us > -lump_us)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(
		lump, &word, word_tagged(cycle->generation, (uint64_t)since_us / 1000),
		memory_order_relaxed, memory_order_relaxed));
	return true;
}

bool bw_cell_note_failure(struct bw_breaker *breaker, const struct breaker_rules *rules,
			  const struct window_cycle *cycle, int64_t since_us)
{
	int64_t lump_us = atomic_load_explicit(&rules->lump_us, memory_order_relaxed);

	if (lump_us > 0 && !starts_lump(breaker, lump_us, cycle, since_us))
		return false;
	lengthen_run(breaker, cycle);
	atomic_store_explicit(&breaker->cell->last_failure_us, (uint64_t)since_us,
			      memory_order_relaxed);
	return true;
}

/* --- the judgement --- */

/* Processes whose failures are in this cycle and in the window; threads count as their leader. */
static int failing_processes(const struct bw_breaker *breaker, const struct breaker_rules *rules,
			     const struct window_cycle *cycle, int64_t since_us)
{
	int64_t window_us = atomic_load_explicit(&rules->window_us, memory_order_relaxed);
	uint64_t seen[SEGMENT_WORKERS_MAX / 64] = { 0 };
	int count = 0;

	for (uint32_t slot = 0; slot < breaker->lane_count; slot++) {
		uint64_t word = atomic_load_explicit(&breaker->lanes[slot].last_failure,
						     memory_order_relaxed);
		int64_t age_us = since_us - (int64_t)word_tagged_value(word) * 1000;
		uint64_t leader;

		if (word == 0 || !cycle_has(cycle, word_tagged_generation(word)) ||
		    age_us >= window_us)
			continue;
		leader = atomic_load_explicit(&region_worker(breaker->region, slot)->leader,
					      memory_order_relaxed);
		if (leader >= breaker->lane_count)
			leader = slot;
		count += (seen[leader / 64] >> (leader % 64) & 1) == 0;
		seen[leader / 64] |= UINT64_C(1) << (leader % 64);
	}
	return count;
}

/* Timeouts are failures too and have the same limit, so they can matter only where they alone are
 * asked, or where slow successes are timeouts. */
static enum window_parts parts_needed(const struct breaker_rules *rules,
				      enum bw_breaker_strategy strategy)
{
	bool slow = atomic_load_explicit(&rules->slow_success_counts, memory_order_relaxed);

	return strategy == BW_BREAKER_TIMEOUT_RATE || (strategy == BW_BREAKER_COMBINED && slow)
		       ? WINDOW_CALLS_AND_TIMEOUTS
		       : WINDOW_CALLS;
}

bool bw_cell_trips(const struct bw_breaker *breaker, const struct breaker_rules *rules,
		   const struct window_cycle *cycle, int64_t since_us, enum bw_breaker_cause *cause)
{
	struct bw_breaker_limits limits = {
		.strategy = (enum bw_breaker_strategy)atomic_load_explicit(&rules->strategy,
									   memory_order_relaxed),
		.failure_threshold =
			atomic_load_explicit(&rules->failure_threshold, memory_order_relaxed),
		.minimum_calls = atomic_load_explicit(&rules->minimum_calls, memory_order_relaxed),
		.rate_bp = atomic_load_explicit(&rules->rate_bp, memory_order_relaxed),
	};
	struct bw_breaker_sums sums = { .run = bw_cell_run(breaker, cycle) };
	int quorum = atomic_load_explicit(&rules->min_failing_workers, memory_order_relaxed);

	if (bw_breaker_needs_rates(limits.strategy)) {
		struct window_sums window;

		bw_window_sum(breaker, rules, cycle, since_us, parts_needed(rules, limits.strategy),
			      &window);
		sums.total = window.total;
		sums.failed = window.failed;
		sums.timeouts = window.timeouts;
	}
	if (!bw_breaker_trips(&limits, &sums, cause))
		return false;
	return quorum <= 1 || failing_processes(breaker, rules, cycle, since_us) >= quorum;
}

/* --- transitions --- */

static void store_reopens(struct bw_breaker *breaker, const struct window_cycle *entered,
			  uint64_t count)
{
	segment_word *word = &breaker->cell->reopens;
	uint64_t stored = atomic_load_explicit(word, memory_order_relaxed);

	do {
		if (is_overtaken(breaker, stored, entered))
			return;
	} while (!atomic_compare_exchange_weak_explicit(
		word, &stored, word_tagged(entered->generation, count), memory_order_relaxed,
		memory_order_relaxed));
}

uint64_t bw_cell_reopens(const struct bw_breaker *breaker, uint64_t control)
{
	uint64_t word = atomic_load_explicit(&breaker->cell->reopens, memory_order_relaxed);
	struct window_cycle cycle = bw_cell_cycle(breaker, control);

	if (word_control_state(control) == BW_BREAKER_CLOSED ||
	    !cycle_has(&cycle, word_tagged_generation(word)))
		return 0;
	return word_tagged_value(word);
}

bool bw_cell_move(struct bw_breaker *breaker, uint64_t control, const struct cell_move *move)
{
	enum bw_breaker_state from = (enum bw_breaker_state)word_control_state(control);
	struct window_cycle left = bw_cell_cycle(breaker, control);
	uint32_t generation = word_generation_next(left.generation);
	struct window_cycle entered = { generation, generation };
	struct event_words event = { generation,  from,           move->to,
				     move->cause, move->since_us, bw_cell_run(breaker, &left) };

	if (from == BW_BREAKER_CLOSED)
		leave_closed(breaker, left.generation);
	if (!atomic_compare_exchange_strong_explicit(
		    &breaker->cell->control, &control,
		    word_control(move->to, generation, move->deadline_ms), memory_order_acq_rel,
		    memory_order_relaxed))
		return false;
	if (move->to == BW_BREAKER_OPEN)
		store_reopens(breaker, &entered, move->reopens);
	if ((from == BW_BREAKER_CLOSED) != (move->to == BW_BREAKER_CLOSED)) {
		int64_t wall_ms = region_wall_us(breaker->region) / 1000;

		atomic_store_explicit(&breaker->cell->left_closed,
				      from == BW_BREAKER_CLOSED ? (uint64_t)wall_ms : 0,
				      memory_order_relaxed);
	}
	bw_event_write(breaker, &event);
	return true;
}

static struct bw_breaker_retry retry_of(const struct breaker_rules *rules)
{
	return (struct bw_breaker_retry){
		.recovery_us = atomic_load_explicit(&rules->recovery_us, memory_order_relaxed),
		.max_open_us = atomic_load_explicit(&rules->max_open_us, memory_order_relaxed),
		.multiplier = atomic_load_explicit(&rules->retry_multiplier, memory_order_relaxed),
		.jitter = atomic_load_explicit(&rules->retry_jitter, memory_order_relaxed),
	};
}

static uint64_t deadline_of(const struct bw_breaker *breaker, const struct bw_breaker_retry *retry,
			    uint64_t reopens, int64_t since_us)
{
	double random = retry->jitter > 0 ? region_random(breaker->region) : 0;

	return (uint64_t)(since_us + bw_breaker_open_period_us(retry, reopens, random)) / 1000;
}

bool bw_cell_open(struct bw_breaker *breaker, const struct breaker_rules *rules, uint64_t control,
		  enum bw_breaker_cause cause, int64_t since_us)
{
	struct bw_breaker_retry retry = retry_of(rules);
	uint64_t reopens =
		cause == BW_BREAKER_BY_PROBE_FAILURE ? bw_cell_reopens(breaker, control) + 1 : 0;
	struct cell_move move = {
		.to = BW_BREAKER_OPEN,
		.cause = cause,
		.deadline_ms = deadline_of(breaker, &retry, reopens, since_us),
		.reopens = reopens,
		.since_us = since_us,
	};

	return bw_cell_move(breaker, control, &move);
}

bool bw_cell_finish_probes(struct bw_breaker *breaker, const struct breaker_rules *rules,
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

/* --- another configuration --- */

void bw_breaker_adapt(struct bw_breaker *breaker, const struct bw_breaker_config *before,
		      const struct bw_breaker_config *after)
{
	struct bw_breaker_retry retry = { after->recovery_timeout_us, after->max_open_us,
					  after->retry_multiplier, after->retry_jitter };
	uint64_t control = bw_cell_control(breaker);
	uint32_t generation = word_control_generation(control);
	struct bw_breaker_event opening;
	int64_t opened_us;

	if (before->recovery_timeout_us == after->recovery_timeout_us &&
	    before->max_open_us == after->max_open_us &&
	    before->retry_multiplier == after->retry_multiplier &&
	    before->retry_jitter == after->retry_jitter)
		return;
	if (word_control_state(control) != BW_BREAKER_OPEN ||
	    !bw_event_read(breaker, generation, &opening) ||
	    opening.cause == BW_BREAKER_BY_OPEN_FOR)
		return;
	opened_us = region_since_us(breaker->region, opening.at_us);
	/* Lost to another transition: then there is no open period of before any more. */
	atomic_compare_exchange_strong_explicit(
		&breaker->cell->control, &control,
		word_control(
			BW_BREAKER_OPEN, generation,
			deadline_of(breaker, &retry, bw_cell_reopens(breaker, control), opened_us)),
		memory_order_acq_rel, memory_order_relaxed);
}
