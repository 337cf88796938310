/* worker_list.c - the slots of one breaker summed up by process.
 *
 * Reads while others write: a slot that changes hands meanwhile may give a row its former owner's
 * figures once. Slot 0 is nobody's in particular and makes no row. Only processes that did
 * something with the breaker since they registered are shown.
 */
#include <string.h>

#include "shm/process.h"
#include "shm/words.h"
#include "shm/worker.h"

/* What is known of one leader's process while the slots go by. */
struct row {
	uint64_t admitted, rejected, failed, finished;
	uint64_t last_result_us, busy_since_us, last_failure_us; /* since the epoch; 0: none */
	bool is_used;
};

static uint64_t load(const segment_word *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static uint64_t later(uint64_t one, uint64_t two)
{
	return one > two ? one : two;
}

static uint64_t earlier(uint64_t one, uint64_t two)
{
	return one == 0 || (two != 0 && two < one) ? two : one;
}

/* A begin() that results came after may be the one they ended: then it is not known. */
static uint64_t busy_since(const struct segment_lane *lane)
{
	uint64_t begun = load(&lane->last_begin_us);

	return begun >= load(&lane->last_result_us) ? begun : 0;
}

/* Counts were read at different instants: what went below its base is 0. */
static uint64_t since(uint64_t now, uint64_t base)
{
	return now > base ? now - base : 0;
}

/* The time of the last failure, if it is of a generation in [window_from, now]. */
static uint64_t failure_of_cycle(const struct segment_cell *cell, const struct segment_lane *lane)
{
	uint64_t word = load(&lane->last_failure);
	uint32_t generation = word_tagged_generation(word);
	uint64_t control = atomic_load_explicit(&cell->control, memory_order_acquire);
	uint32_t current = word_control_generation(control);
	uint32_t from = (uint32_t)load(&cell->window_from) & WORD_GENERATION_MASK;

	if (word_control_state(control) == BW_BREAKER_CLOSED)
		from = current;
	if (generation == 0 || word_generation_ahead(generation, from) < 0 ||
	    word_generation_ahead(generation, current) > 0)
		return 0;
	return word_tagged_value(word) * 1000;
}

static void add_lane(struct row *row, const struct segment_cell *cell,
		     const struct segment_lane *lane)
{
	uint64_t admitted = since(load(&lane->admitted), load(&lane->base_admitted));
	uint64_t rejected = since(load(&lane->rejected), load(&lane->base_rejected));
	uint64_t failed = since(load(&lane->failure), load(&lane->base_failure));
	uint64_t finished = since(lane_finished(lane), load(&lane->base_finished));

	row->is_used = row->is_used || admitted + rejected + finished > 0;
	row->admitted += admitted;
	row->rejected += rejected;
	row->failed += failed;
	row->finished += finished;
	if (finished > 0)
		row->last_result_us = later(row->last_result_us, load(&lane->last_result_us));
	if (failed > 0)
		row->last_failure_us = later(row->last_failure_us, failure_of_cycle(cell, lane));
	if (admitted > finished)
		row->busy_since_us = earlier(row->busy_since_us, busy_since(lane));
}

static uint32_t leader_of(const struct bw_region *region, uint32_t slot)
{
	uint64_t leader = load(&region_worker(region, slot)->leader);
	uint64_t owner = load(&region_worker(region, slot)->owner);

	if (leader == 0 || leader >= region->shape.workers)
		return slot;
	return load(&region_worker(region, (uint32_t)leader)->owner) == owner ? (uint32_t)leader
									      : slot;
}

static int64_t clock_time(const struct bw_region *region, uint64_t since_us)
{
	return since_us > 0 && since_us < INT64_MAX / 2 ? region->epoch_us + (int64_t)since_us : 0;
}

/* What no process can have counted is damage. */
static int64_t count_of(uint64_t value)
{
	return value <= INT64_MAX ? (int64_t)value : INT64_MAX;
}

static void describe(const struct bw_region *region, uint32_t slot, const struct row *row,
		     struct bw_breaker_worker *out)
{
	const struct segment_worker *worker = region_worker(region, slot);
	uint64_t command[2] = { load(&worker->command[0]), load(&worker->command[1]) };
	bool is_foreign;
	bool is_alive = bw_worker_is_alive(region, worker, &is_foreign);

	*out = (struct bw_breaker_worker){
		.pid = (int)word_owner_pid(load(&worker->owner)),
		.is_alive = is_alive,
		.is_foreign = is_foreign,
		.registered_wall_us = count_of(load(&worker->registered_wall_us)),
		.admitted = count_of(row->admitted),
		.rejected = count_of(row->rejected),
		.failed = count_of(row->failed),
		.in_flight = count_of(since(row->admitted, row->finished)),
		.last_result_us = clock_time(region, row->last_result_us),
		.last_failure_us = clock_time(region, row->last_failure_us),
	};
	if (out->in_flight > 0)
		out->busy_since_us = clock_time(region, row->busy_since_us);
	memcpy(out->command, command, sizeof(out->command));
	out->command[sizeof(out->command) - 1] = '\0';
}

size_t bw_breaker_workers(const struct bw_breaker *breaker, struct bw_breaker_worker *out,
			  size_t room)
{
	const struct bw_region *region = breaker->region;
	struct row rows[SEGMENT_WORKERS_MAX] = { 0 };
	size_t count = 0;

	for (uint32_t slot = 1; slot < region->shape.workers; slot++)
		if (load(&region_worker(region, slot)->owner) != 0)
			add_lane(&rows[leader_of(region, slot)], breaker->cell,
				 breaker_lane(breaker, slot));
	for (uint32_t slot = 1; slot < region->shape.workers; slot++) {
		if (!rows[slot].is_used)
			continue;
		if (count < room)
			describe(region, slot, &rows[slot], &out[count]);
		count++;
	}
	return count;
}
