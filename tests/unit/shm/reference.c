/* reference.c - every figure is counted anew from the list, as the reference does. */
#include "unit/shm/reference.h"

#include <string.h>

#define TEN_SECONDS_US (INT64_C(10) * 1000000)

enum { CHANGES_WINDOWS = 10 }; /* changes are kept so many windows long */

static bool has(const struct reference *ref, enum reference_way way)
{
	return (ref->ways & way) != 0;
}

void reference_init(struct reference *ref, const struct bw_breaker_config *config, unsigned ways)
{
	memset(ref, 0, sizeof(*ref));
	ref->config = config;
	ref->ways = ways;
	ref->last_failure_us = ref->opened_us = -1;
}

static void forget_old(struct reference *ref, int64_t now_us)
{
	int64_t window_us = ref->config->window_us;

	while (ref->first_call < ref->end_call &&
	       ref->calls[ref->first_call % REFERENCE_CALLS].at_us < now_us - window_us)
		ref->first_call++;
	while (ref->first_change < ref->end_change &&
	       ref->changes[ref->first_change % REFERENCE_CHANGES].at_us <
		       now_us - CHANGES_WINDOWS * window_us)
		ref->first_change++;
}

static void note_call(struct reference *ref, struct reference_call call)
{
	ref->calls[ref->end_call++ % REFERENCE_CALLS] = call;
	if (ref->end_call - ref->first_call > REFERENCE_CALLS)
		ref->first_call++;
	forget_old(ref, call.at_us);
}

static void move_to(struct reference *ref, enum bw_breaker_state to, int64_t now_us)
{
	if (ref->state == to)
		return;
	ref->state = to;
	ref->changes[ref->end_change++ % REFERENCE_CHANGES] =
		(struct reference_change){ now_us, to };
	if (ref->end_change - ref->first_change > REFERENCE_CHANGES)
		ref->first_change++;
	forget_old(ref, now_us);
	if (to == BW_BREAKER_OPEN)
		ref->opened_us = now_us;
}

static double uptime_of(const struct reference *ref, int64_t now_us)
{
	int64_t begin_us = now_us - ref->config->window_us, last_us = begin_us, up_us = 0;
	enum bw_breaker_state state = BW_BREAKER_CLOSED;

	if (ref->first_change == ref->end_change)
		return 100;
	for (int i = ref->first_change; i < ref->end_change; i++) {
		const struct reference_change *change = &ref->changes[i % REFERENCE_CHANGES];

		if (change->at_us >= begin_us) {
			if (state == BW_BREAKER_CLOSED)
				up_us += change->at_us - last_us;
			last_us = change->at_us;
		}
		state = change->to;
	}
	if (state == BW_BREAKER_CLOSED)
		up_us += now_us - last_us;
	return (double)up_us / (double)ref->config->window_us * 100;
}

void reference_stats(struct reference *ref, int64_t now_us, struct reference_stats *out)
{
	int64_t limit_us =
		has(ref, WAY_OWN_TIMEOUT) ? ref->config->timeout_threshold_us : TEN_SECONDS_US;
	int64_t failed = 0, timeouts = 0, duration_us = 0;

	forget_old(ref, now_us);
	*out = (struct reference_stats){ .success_rate = 1, .last_failure_us = -1 };
	for (int i = ref->first_call; i < ref->end_call; i++) {
		const struct reference_call *call = &ref->calls[i % REFERENCE_CALLS];

		failed += !call->is_success;
		timeouts += !call->is_success && call->duration_us >= limit_us;
		duration_us += call->duration_us;
		if (!call->is_success)
			out->last_failure_us = call->at_us;
	}
	for (int i = ref->first_change; i < ref->end_change; i++)
		out->changes += ref->changes[i % REFERENCE_CHANGES].at_us >=
				now_us - ref->config->window_us;
	out->total = ref->end_call - ref->first_call;
	out->uptime = uptime_of(ref, now_us);
	if (out->total == 0)
		return;
	out->success_rate = (double)(out->total - failed) / (double)out->total;
	out->failure_rate = (double)failed / (double)out->total;
	out->timeout_rate = (double)timeouts / (double)out->total;
	out->average_s = (double)duration_us / 1e6 / (double)out->total;
}

static bool should_open(struct reference *ref, int64_t now_us)
{
	const struct bw_breaker_config *config = ref->config;
	bool consecutive = ref->consecutive >= config->failure_threshold, failures, timeouts;
	struct reference_stats stats;

	reference_stats(ref, now_us, &stats);
	ref->looked_at += (uint64_t)stats.total;
	failures = stats.total >= 5 && stats.failure_rate >= config->failure_rate_threshold;
	timeouts = stats.total >= 5 && stats.timeout_rate >= config->failure_rate_threshold;
	switch (config->strategy) {
	case BW_BREAKER_CONSECUTIVE:
		return consecutive;
	case BW_BREAKER_FAILURE_RATE:
		return failures;
	case BW_BREAKER_TIMEOUT_RATE:
		return timeouts;
	default:
		return consecutive || failures || timeouts;
	}
}

/* Since when the open period runs; -1: it does not. */
static int64_t period_from_us(const struct reference *ref)
{
	return has(ref, WAY_FROM_OPENING) ? ref->opened_us : ref->last_failure_us;
}

bool reference_acquire(struct reference *ref, int64_t now_us)
{
	int64_t from_us = period_from_us(ref);

	if (ref->state == BW_BREAKER_OPEN) {
		if (from_us >= 0 && now_us - from_us < ref->config->recovery_timeout_us)
			return false;
		move_to(ref, BW_BREAKER_HALF_OPEN, now_us);
		ref->successes = ref->probes = 0;
	}
	if (ref->state != BW_BREAKER_HALF_OPEN)
		return true;
	if (has(ref, WAY_FEW_PROBES) &&
	    ref->probes + ref->successes >= ref->config->success_threshold)
		return false;
	ref->probes++;
	return true;
}

static void empty_window(struct reference *ref)
{
	if (has(ref, WAY_CLOSES_EMPTY))
		ref->first_call = ref->end_call;
}

static void record_success(struct reference *ref, int64_t now_us)
{
	ref->consecutive = 0;
	if (ref->state != BW_BREAKER_HALF_OPEN || ++ref->successes < ref->config->success_threshold)
		return;
	move_to(ref, BW_BREAKER_CLOSED, now_us);
	ref->successes = 0;
	empty_window(ref);
}

static void record_failure(struct reference *ref, int64_t now_us)
{
	ref->consecutive++;
	ref->last_failure_us = now_us;
	if (ref->state == BW_BREAKER_HALF_OPEN) {
		move_to(ref, BW_BREAKER_OPEN, now_us);
		ref->successes = 0;
	} else if (ref->state == BW_BREAKER_CLOSED && should_open(ref, now_us)) {
		move_to(ref, BW_BREAKER_OPEN, now_us);
	}
}

void reference_record(struct reference *ref, int64_t now_us, bool is_success, int64_t duration_us)
{
	note_call(ref, (struct reference_call){ now_us, duration_us, is_success });
	if (ref->state == BW_BREAKER_HALF_OPEN && ref->probes > 0)
		ref->probes--;
	if (is_success)
		record_success(ref, now_us);
	else
		record_failure(ref, now_us);
}

void reference_reset(struct reference *ref, int64_t now_us)
{
	move_to(ref, BW_BREAKER_CLOSED, now_us);
	ref->consecutive = ref->successes = ref->probes = 0;
	ref->last_failure_us = -1;
	empty_window(ref);
}

int64_t reference_retry_us(const struct reference *ref, int64_t now_us)
{
	int64_t from_us = period_from_us(ref), left_us;

	if (ref->state != BW_BREAKER_OPEN || from_us < 0)
		return -1;
	left_us = ref->config->recovery_timeout_us - (now_us - from_us);
	if (left_us < 0)
		left_us = 0;
	return left_us == 0 && !has(ref, WAY_ZERO_IS_ZERO) ? -1 : left_us;
}
