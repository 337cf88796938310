/* snapshot.c - one look at all the words of a breaker, and what they mean together.
 *
 * The control word is read before and after; when it moved in between, everything is read again, a
 * few times. The rest are sums of words that others go on changing: each is right, and together
 * they are as simultaneous as a few microseconds allow.
 */
#include <bellwether/breaker.h>

#include "shm/cell.h"
#include "shm/event.h"
#include "shm/lease.h"

enum { TRIES = 4 };

struct look {
	uint64_t control;
	struct window_cycle cycle;
	struct breaker_rules rules;
	int64_t since_us;
};

static uint64_t load(const segment_word *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static void sum_lifetime(const struct bw_breaker *breaker, struct bw_breaker_lifetime *out)
{
	*out = (struct bw_breaker_lifetime){ 0 };
	for (uint32_t slot = 0; slot < breaker->lane_count; slot++) {
		const struct segment_lane *lane = &breaker->lanes[slot];

		out->admitted += load(&lane->admitted);
		out->rejected += load(&lane->rejected);
		out->success += load(&lane->success);
		out->failure += load(&lane->failure);
		out->timeout += load(&lane->timeout);
		out->ignored += load(&lane->ignored);
		out->late += load(&lane->late);
	}
}

/* --- the events --- */

/* Walks back from the newest event. What lies between two events is the state that the later one
 * left, so a missing event changes nothing but the moment. */
struct history {
	bool has_change;
	struct bw_breaker_event change; /* the latest that changed the state */
	int64_t closed_us;              /* spent CLOSED since `from_us` */
};

static int64_t later_of(int64_t one, int64_t two)
{
	return one > two ? one : two;
}

static void look_back(const struct bw_breaker *breaker, const struct look *look, int64_t from_us,
		      int64_t now_us, struct history *out)
{
	bool is_closed = word_control_state(look->control) == BW_BREAKER_CLOSED;
	uint32_t generation = look->cycle.generation;
	int64_t until_us = now_us;
	struct bw_breaker_event event;

	*out = (struct history){ 0 };
	for (int i = 0; i < SEGMENT_EVENTS; i++) {
		uint32_t asked = (generation - (uint32_t)i) & WORD_GENERATION_MASK;
		int64_t begin_us;

		if (!bw_event_read(breaker, asked, &event))
			continue;
		if (!out->has_change && event.from != event.to) {
			out->has_change = true;
			out->change = event;
		}
		begin_us = later_of(event.at_us, from_us);
		if (begin_us < until_us) {
			out->closed_us += is_closed ? until_us - begin_us : 0;
			until_us = begin_us;
		}
		is_closed = event.from == BW_BREAKER_CLOSED;
	}
	if (is_closed)
		out->closed_us += later_of(until_us - from_us, 0);
}

/* --- together --- */

static void look_at_window(const struct bw_breaker *breaker, const struct look *look,
			   struct bw_breaker_window *out)
{
	struct window_sums sums;

	bw_window_sum(breaker, &look->rules, &look->cycle, look->since_us, WINDOW_ALL, &sums);
	*out = (struct bw_breaker_window){ .total_calls = sums.total, .success_rate = 1 };
	if (sums.total > 0) {
		double total = (double)sums.total;

		out->success_rate = (double)(sums.total - sums.failed) / total;
		out->failure_rate = (double)sums.failed / total;
		out->timeout_rate = (double)sums.timeouts / total;
		out->avg_response_time_s = (double)sums.duration / (10000 * total);
	}
	out->has_last_failure = sums.failed > 0;
	if (sums.failed > 0) {
		uint64_t at = load(&breaker->cell->last_failure_us);

		out->last_failure_us =
			breaker->region->epoch_us + (int64_t)(at < WORD_TIME_MAX * 1000 ? at : 0);
	}
}

static void look_at_history(const struct bw_breaker *breaker, const struct look *look,
			    struct bw_breaker_snapshot *out)
{
	int64_t window_us = atomic_load_explicit(&look->rules.window_us, memory_order_relaxed);
	int64_t now_us = breaker->region->epoch_us + look->since_us;
	struct history history;

	look_back(breaker, look, now_us - window_us, now_us, &history);
	out->window.uptime_percentage = 100.0 * (double)history.closed_us / (double)window_us;
	out->has_transition = history.has_change;
	if (history.has_change) {
		out->changed_at_us = history.change.at_us;
		out->changed_wall_us = history.change.wall_us;
	}
}

static void look_at_state(const struct bw_breaker *breaker, const struct look *look,
			  struct bw_breaker_snapshot *out)
{
	uint64_t left_closed_ms = load(&breaker->cell->left_closed);
	struct probes probes;

	out->state = (enum bw_breaker_state)word_control_state(look->control);
	out->generation = look->cycle.generation;
	out->consecutive_failures = bw_cell_run(breaker, &look->cycle);
	if (out->state != BW_BREAKER_CLOSED && left_closed_ms <= INT64_MAX / 1000)
		out->left_closed_wall_us = (int64_t)left_closed_ms * 1000;
	if (out->state == BW_BREAKER_OPEN) {
		int64_t wait_us =
			(int64_t)word_control_deadline_ms(look->control) * 1000 - look->since_us;

		out->has_retry = true;
		out->retry_due = wait_us <= 0;
		out->time_until_retry_us = wait_us > 0 ? wait_us : 0;
	} else if (out->state == BW_BREAKER_HALF_OPEN) {
		bw_probes_look(breaker, &look->rules, look->cycle.generation, look->since_us,
			       &probes);
		out->probes_in_flight = probes.in_flight;
		out->probe_successes = (int)probes.ok;
	}
}

static void look_once(const struct bw_breaker *breaker, const struct look *look,
		      struct bw_breaker_snapshot *out)
{
	*out = (struct bw_breaker_snapshot){ 0 };
	look_at_state(breaker, look, out);
	look_at_window(breaker, look, &out->window);
	look_at_history(breaker, look, out);
}

void bw_breaker_snapshot(const struct bw_breaker *breaker, struct bw_breaker_snapshot *out)
{
	struct bw_breaker_config config;
	struct look look;

	bw_breaker_config(breaker, &config);
	bw_rules_make(&look.rules, &config);
	for (int i = 0; i < TRIES; i++) {
		look.control = bw_cell_look(breaker);
		look.cycle = bw_cell_cycle(breaker, look.control);
		look.since_us = region_now_us(breaker->region);
		look_once(breaker, &look, out);
		if (bw_cell_look(breaker) == look.control)
			break;
	}
	sum_lifetime(breaker, &out->lifetime);
}
