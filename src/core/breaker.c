/* breaker.c - a word of state with a generation, a ring of time buckets, a few leases.
 *
 * The generation does the work a lock or a list of open calls would do elsewhere: it grows on every
 * transition, reset and override, and whatever carries an older one (a ticket, a lease, a bucket
 * from before the window began) is simply stale. So nothing has to be cleared when the state
 * changes, which is what lets the same rules run over shared memory.
 *
 * Invariants: generation != 0. CLOSED is always entered with an empty window and no failures in a
 * row. In HALF_OPEN, probes in flight + successes <= success_threshold. Flips alternate.
 *
 * The window is 60 buckets in a ring of 64, so that a bucket is never reused while it counts. Its
 * end is the newest time seen: a clock that goes back adds to older buckets and moves nothing.
 */
#include "core/breaker.h"

#include <string.h>

#include "base/assert.h"

/* A bucket further ahead than this was left by a fault of the clock, not by a later call. */
#define EPOCH_AHEAD_MAX (INT64_C(1) << 19)
#define LEASE_GRACE_US BW_SECOND_US
/* Some three hundred years; keeps every sum of a time and a duration in range. */
#define DURATION_MAX_US (INT64_MAX / 1000)

struct window_totals {
	int64_t total, failed, timeouts, duration_us;
};

const struct bw_breaker_config bw_breaker_config_default = {
	.strategy = BW_BREAKER_COMBINED,
	.failure_threshold = 5,
	.failure_rate_threshold = 0.5,
	.timeout_threshold_us = 10 * BW_SECOND_US,
	.recovery_timeout_us = 60 * BW_SECOND_US,
	.success_threshold = 3,
	.window_us = 60 * BW_SECOND_US,
	.minimum_calls = 5,
};

const char *bw_breaker_state_text(enum bw_breaker_state state)
{
	static const char *const texts[] = {
		[BW_BREAKER_CLOSED] = "closed",       [BW_BREAKER_OPEN] = "open",
		[BW_BREAKER_HALF_OPEN] = "half_open", [BW_BREAKER_FORCED_OPEN] = "forced_open",
		[BW_BREAKER_DISABLED] = "disabled",   [BW_BREAKER_METRICS_ONLY] = "metrics_only",
	};

	bw_assert((unsigned)state < sizeof(texts) / sizeof(texts[0]));
	return texts[state];
}

const char *bw_breaker_reason_text(enum bw_breaker_reason reason)
{
	static const char *const texts[] = {
		[BW_BREAKER_ADMITTED] = "admitted",
		[BW_BREAKER_REJECTED_OPEN] = "open",
		[BW_BREAKER_REJECTED_HALF_OPEN_FULL] = "half_open_full",
		[BW_BREAKER_REJECTED_FORCED_OPEN] = "forced_open",
	};

	bw_assert((unsigned)reason < sizeof(texts) / sizeof(texts[0]));
	return texts[reason];
}

static enum bw_status config_check(const struct bw_breaker_config *config, struct bw_error *err)
{
	const struct {
		const char *name, *must;
		bool holds;
	} rules[] = {
		{ "strategy", "one of the four",
		  (unsigned)config->strategy <= BW_BREAKER_TIMEOUT_RATE },
		{ "failure_threshold", "at least 1", config->failure_threshold >= 1 },
		{ "failure_rate_threshold", "above 0 and at most 1",
		  config->failure_rate_threshold > 0 && config->failure_rate_threshold <= 1 },
		{ "timeout_threshold", "above 0",
		  config->timeout_threshold_us > 0 &&
			  config->timeout_threshold_us <= DURATION_MAX_US },
		{ "recovery_timeout", "at least 0",
		  config->recovery_timeout_us >= 0 &&
			  config->recovery_timeout_us <= DURATION_MAX_US },
		{ "success_threshold", "at least 1", config->success_threshold >= 1 },
		{ "window", "at least 60 microseconds",
		  config->window_us >= BW_BREAKER_WINDOW_BUCKETS &&
			  config->window_us <= DURATION_MAX_US },
		{ "minimum_calls", "at least 1", config->minimum_calls >= 1 },
		{ "max_probes", "0 to 8",
		  config->max_probes >= 0 && config->max_probes <= BW_BREAKER_PROBES_MAX },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (!rules[i].holds)
			return bw_fail(err, BW_EINVAL, "circuit breaker: %s must be %s",
				       rules[i].name, rules[i].must);
	}
	return BW_OK;
}

static int probes_allowed(const struct bw_breaker_config *config)
{
	if (config->max_probes > 0)
		return config->max_probes;
	return config->success_threshold < BW_BREAKER_PROBES_MAX ? config->success_threshold
								 : BW_BREAKER_PROBES_MAX;
}

/* --- the window --- */

static int64_t epoch_of(const struct bw_breaker *breaker, struct bw_mono time)
{
	int64_t width = breaker->config.window_us / BW_BREAKER_WINDOW_BUCKETS;
	int64_t epoch = time.us / width;

	return epoch * width > time.us ? epoch - 1 : epoch;
}

/* The bucket the window ends with. */
static int64_t newest_epoch(const struct bw_breaker *breaker, struct bw_mono now)
{
	int64_t epoch = epoch_of(breaker, now);
	int64_t ahead = breaker->last_epoch - epoch;

	return ahead > 0 && ahead <= EPOCH_AHEAD_MAX ? breaker->last_epoch : epoch;
}

static bool bucket_counts(const struct bw_breaker *breaker, const struct bw_breaker_bucket *bucket)
{
	return bucket->generation != 0 &&
	       (int32_t)(bucket->generation - breaker->window_generation) >= 0;
}

static void window_sum(const struct bw_breaker *breaker, struct bw_mono now,
		       struct window_totals *out)
{
	int64_t newest = newest_epoch(breaker, now);

	*out = (struct window_totals){ 0 };
	for (int i = 0; i < BW_BREAKER_BUCKETS; i++) {
		const struct bw_breaker_bucket *bucket = &breaker->buckets[i];

		if (!bucket_counts(breaker, bucket) || bucket->epoch > newest ||
		    bucket->epoch <= newest - BW_BREAKER_WINDOW_BUCKETS)
			continue;
		out->total += bucket->total;
		out->failed += bucket->failed;
		out->timeouts += bucket->timeouts;
		if (__builtin_add_overflow(out->duration_us, bucket->duration_us,
					   &out->duration_us))
			out->duration_us = INT64_MAX;
	}
}

static void count_up(uint32_t *count)
{
	if (*count < UINT32_MAX)
		(*count)++;
}

struct call {
	bool failed, timed_out;
	int64_t duration_us;
};

static void window_add(struct bw_breaker *breaker, const struct call *call, struct bw_mono now)
{
	int64_t epoch = epoch_of(breaker, now);
	int64_t newest = newest_epoch(breaker, now);
	struct bw_breaker_bucket *bucket = &breaker->buckets[(uint64_t)epoch % BW_BREAKER_BUCKETS];

	breaker->last_epoch = newest;
	if (epoch <= newest - BW_BREAKER_WINDOW_BUCKETS)
		return;
	if (bucket->epoch != epoch || !bucket_counts(breaker, bucket))
		*bucket = (struct bw_breaker_bucket){ .epoch = epoch,
						      .generation = breaker->generation };
	count_up(&bucket->total);
	if (call->failed)
		count_up(&bucket->failed);
	if (call->timed_out)
		count_up(&bucket->timeouts);
	if (__builtin_add_overflow(bucket->duration_us, call->duration_us, &bucket->duration_us))
		bucket->duration_us = INT64_MAX;
}

/* Basis points, so that no decision hangs on how a fraction is rounded. */
static bool rate_reached(const struct bw_breaker_config *config, int64_t part, int64_t total)
{
	int64_t threshold_bp = (int64_t)(config->failure_rate_threshold * 10000 + 0.5);

	return part > 0 && total >= config->minimum_calls && part * 10000 >= threshold_bp * total;
}

static bool should_open(const struct bw_breaker *breaker, struct bw_mono now)
{
	const struct bw_breaker_config *config = &breaker->config;
	bool any = config->strategy == BW_BREAKER_COMBINED;
	struct window_totals sum;

	if ((any || config->strategy == BW_BREAKER_CONSECUTIVE) &&
	    breaker->consecutive_failures >= config->failure_threshold)
		return true;
	if (config->strategy == BW_BREAKER_CONSECUTIVE)
		return false;
	window_sum(breaker, now, &sum);
	if ((any || config->strategy == BW_BREAKER_FAILURE_RATE) &&
	    rate_reached(config, sum.failed, sum.total))
		return true;
	return (any || config->strategy == BW_BREAKER_TIMEOUT_RATE) &&
	       rate_reached(config, sum.timeouts, sum.total);
}

/* --- transitions --- */

static void note_flip(struct bw_breaker *breaker, bool closed, struct bw_mono now)
{
	int slot = (breaker->flip_head + breaker->flip_count) % BW_BREAKER_FLIPS_MAX;

	if (breaker->flip_count == BW_BREAKER_FLIPS_MAX)
		breaker->flip_head = (uint8_t)((breaker->flip_head + 1) % BW_BREAKER_FLIPS_MAX);
	else
		breaker->flip_count++;
	breaker->flips[slot] = (struct bw_breaker_flip){ .at = now, .closed = closed };
}

static void enter(struct bw_breaker *breaker, enum bw_breaker_state state, struct bw_mono now)
{
	bool closed = state == BW_BREAKER_CLOSED;

	if (closed != (breaker->state == BW_BREAKER_CLOSED))
		note_flip(breaker, closed, now);
	if (state != breaker->state) {
		breaker->changed_at = now;
		breaker->has_transition = true;
	}
	breaker->state = state;
	if (++breaker->generation == 0)
		breaker->generation = 1;
	breaker->probe_successes = 0;
}

static void enter_closed(struct bw_breaker *breaker, struct bw_mono now)
{
	enter(breaker, BW_BREAKER_CLOSED, now);
	breaker->window_generation = breaker->generation;
	breaker->consecutive_failures = 0;
}

static void enter_open(struct bw_breaker *breaker, struct bw_mono now)
{
	enter(breaker, BW_BREAKER_OPEN, now);
	breaker->opened_at = now;
	breaker->retry_at = bw_mono_add(now, breaker->config.recovery_timeout_us);
}

/* --- probes --- */

static bool lease_is_live(const struct bw_breaker *breaker, const struct bw_breaker_lease *lease,
			  struct bw_mono now)
{
	return lease->generation == breaker->generation && bw_mono_since(now, lease->deadline) < 0;
}

static int probes_in_flight(const struct bw_breaker *breaker, struct bw_mono now)
{
	int count = 0;

	if (breaker->state != BW_BREAKER_HALF_OPEN)
		return 0;
	for (int i = 0; i < BW_BREAKER_PROBES_MAX; i++)
		count += lease_is_live(breaker, &breaker->leases[i], now);
	return count;
}

static struct bw_breaker_ticket reject(struct bw_breaker *breaker, enum bw_breaker_reason reason,
				       int64_t retry_after_us)
{
	breaker->lifetime.rejected++;
	return (struct bw_breaker_ticket){
		.reason = reason,
		.retry_after_us = retry_after_us,
		.generation = breaker->generation,
		.lease = -1,
	};
}

static struct bw_breaker_ticket admit(struct bw_breaker *breaker)
{
	breaker->lifetime.admitted++;
	return (struct bw_breaker_ticket){
		.admitted = true,
		.generation = breaker->generation,
		.lease = -1,
	};
}

static struct bw_breaker_ticket acquire_probe(struct bw_breaker *breaker, struct bw_mono now)
{
	int in_flight = probes_in_flight(breaker, now);
	struct bw_breaker_ticket ticket;
	int slot = 0;

	if (in_flight >= probes_allowed(&breaker->config) ||
	    in_flight + breaker->probe_successes >= breaker->config.success_threshold)
		return reject(breaker, BW_BREAKER_REJECTED_HALF_OPEN_FULL, 0);
	while (lease_is_live(breaker, &breaker->leases[slot], now))
		slot++;
	bw_assert(slot < BW_BREAKER_PROBES_MAX);
	ticket = admit(breaker);
	ticket.lease = slot;
	ticket.lease_deadline =
		bw_mono_add(now, breaker->config.timeout_threshold_us + LEASE_GRACE_US);
	breaker->leases[slot] = (struct bw_breaker_lease){
		.generation = breaker->generation,
		.deadline = ticket.lease_deadline,
	};
	return ticket;
}

/* Frees exactly the ticket's own lease: one that was stolen belongs to another probe now. */
static void free_probe(struct bw_breaker *breaker, const struct bw_breaker_ticket *ticket)
{
	struct bw_breaker_lease *lease;

	if (ticket->lease < 0 || ticket->lease >= BW_BREAKER_PROBES_MAX)
		return;
	lease = &breaker->leases[ticket->lease];
	if (lease->generation == ticket->generation &&
	    lease->deadline.us == ticket->lease_deadline.us)
		lease->generation = 0;
}

/* --- the calls --- */

enum bw_status bw_breaker_init(struct bw_breaker *breaker, const struct bw_breaker_config *config,
			       struct bw_mono now, struct bw_error *err)
{
	enum bw_status status = config_check(config, err);

	if (status != BW_OK)
		return status;
	*breaker = (struct bw_breaker){
		.config = *config,
		.generation = 1,
		.window_generation = 1,
		.changed_at = now,
	};
	breaker->last_epoch = epoch_of(breaker, now);
	return BW_OK;
}

enum bw_status bw_breaker_configure(struct bw_breaker *breaker,
				    const struct bw_breaker_config *config, struct bw_error *err)
{
	bool new_window = config->window_us != breaker->config.window_us;
	enum bw_status status = config_check(config, err);

	if (status != BW_OK)
		return status;
	breaker->config = *config;
	if (new_window) {
		/* Buckets of another width cannot be told apart by their epochs. */
		memset(breaker->buckets, 0, sizeof(breaker->buckets));
		breaker->last_epoch = INT64_MIN / 2;
	}
	if (breaker->state == BW_BREAKER_OPEN)
		breaker->retry_at = bw_mono_add(breaker->opened_at, config->recovery_timeout_us);
	/* One probe must stay possible, or a lower threshold would leave it half-open for ever. */
	if (breaker->probe_successes >= config->success_threshold)
		breaker->probe_successes = config->success_threshold - 1;
	return BW_OK;
}

struct bw_breaker_ticket bw_breaker_acquire(struct bw_breaker *breaker, struct bw_mono now)
{
	int64_t wait_us;

	switch (breaker->state) {
	case BW_BREAKER_OPEN:
		wait_us = bw_mono_since(breaker->retry_at, now);
		if (wait_us > 0)
			return reject(breaker, BW_BREAKER_REJECTED_OPEN, wait_us);
		enter(breaker, BW_BREAKER_HALF_OPEN, now);
		return acquire_probe(breaker, now);
	case BW_BREAKER_HALF_OPEN:
		return acquire_probe(breaker, now);
	case BW_BREAKER_FORCED_OPEN:
		return reject(breaker, BW_BREAKER_REJECTED_FORCED_OPEN, 0);
	case BW_BREAKER_CLOSED:
	case BW_BREAKER_DISABLED:
	case BW_BREAKER_METRICS_ONLY:
		break;
	}
	return admit(breaker);
}

static void apply_success(struct bw_breaker *breaker, struct bw_mono now)
{
	breaker->consecutive_failures = 0;
	if (breaker->state != BW_BREAKER_HALF_OPEN)
		return;
	breaker->probe_successes++;
	if (breaker->probe_successes >= breaker->config.success_threshold)
		enter_closed(breaker, now);
}

static void apply_failure(struct bw_breaker *breaker, struct bw_mono now)
{
	breaker->consecutive_failures++;
	breaker->last_failure = now;
	if (breaker->state == BW_BREAKER_HALF_OPEN ||
	    (breaker->state == BW_BREAKER_CLOSED && should_open(breaker, now)))
		enter_open(breaker, now);
}

static void count_lifetime(struct bw_breaker_lifetime *lifetime, enum bw_breaker_outcome outcome,
			   const struct call *call)
{
	if (call->failed)
		lifetime->failure++;
	else if (outcome == BW_BREAKER_SUCCESS)
		lifetime->success++;
	else
		lifetime->ignored++;
	if (call->timed_out)
		lifetime->timeout++;
}

bool bw_breaker_record(struct bw_breaker *breaker, const struct bw_breaker_ticket *ticket,
		       enum bw_breaker_outcome outcome, int64_t duration_us, struct bw_mono now)
{
	bool is_slow = duration_us >= breaker->config.timeout_threshold_us;
	struct call call = {
		.failed = outcome == BW_BREAKER_FAILURE || outcome == BW_BREAKER_TIMEOUT,
		.timed_out =
			outcome == BW_BREAKER_TIMEOUT || (outcome == BW_BREAKER_FAILURE && is_slow),
		.duration_us = duration_us > 0 ? duration_us : 0,
	};

	if (!ticket->admitted)
		return false;
	count_lifetime(&breaker->lifetime, outcome, &call);
	if (ticket->generation != breaker->generation) {
		breaker->lifetime.late++;
		return false;
	}
	free_probe(breaker, ticket);
	if (breaker->state == BW_BREAKER_DISABLED)
		return true;
	if (call.failed || outcome == BW_BREAKER_SUCCESS)
		window_add(breaker, &call, now);
	if (call.failed)
		apply_failure(breaker, now);
	else if (outcome == BW_BREAKER_SUCCESS)
		apply_success(breaker, now);
	return true;
}

void bw_breaker_reset(struct bw_breaker *breaker, struct bw_mono now)
{
	enter_closed(breaker, now);
}

void bw_breaker_force_open(struct bw_breaker *breaker, struct bw_mono now)
{
	enter(breaker, BW_BREAKER_FORCED_OPEN, now);
}

void bw_breaker_disable(struct bw_breaker *breaker, struct bw_mono now)
{
	enter(breaker, BW_BREAKER_DISABLED, now);
}

void bw_breaker_metrics_only(struct bw_breaker *breaker, struct bw_mono now)
{
	enter(breaker, BW_BREAKER_METRICS_ONLY, now);
}

void bw_breaker_enable(struct bw_breaker *breaker, struct bw_mono now)
{
	if (breaker->state == BW_BREAKER_FORCED_OPEN || breaker->state == BW_BREAKER_DISABLED ||
	    breaker->state == BW_BREAKER_METRICS_ONLY)
		enter_closed(breaker, now);
}

/* --- looking --- */

/* The share of the window before `now` that was spent CLOSED. What lies before the oldest flip is
 * the opposite of what that flip began. */
static double uptime_percentage(const struct bw_breaker *breaker, struct bw_mono now)
{
	struct bw_mono from = bw_mono_add(now, -breaker->config.window_us);
	struct bw_mono until = now;
	int64_t closed_us = 0;
	bool closed = true;

	for (int nth = breaker->flip_count - 1; nth >= 0; nth--) {
		const struct bw_breaker_flip *flip =
			&breaker->flips[(breaker->flip_head + nth) % BW_BREAKER_FLIPS_MAX];
		struct bw_mono begin = flip->at.us > from.us ? flip->at : from;

		if (flip->closed && begin.us < until.us)
			closed_us += bw_mono_since(until, begin);
		if (begin.us < until.us)
			until = begin;
		closed = !flip->closed;
	}
	if (closed)
		closed_us += bw_mono_since(until, from);
	return 100.0 * (double)closed_us / (double)breaker->config.window_us;
}

static void snapshot_window(const struct bw_breaker *breaker, struct bw_mono now,
			    struct bw_breaker_snapshot *out)
{
	struct window_totals sum;

	window_sum(breaker, now, &sum);
	out->window.total_calls = sum.total;
	out->window.success_rate = 1;
	if (sum.total > 0) {
		double total = (double)sum.total;

		out->window.success_rate = (double)(sum.total - sum.failed) / total;
		out->window.failure_rate = (double)sum.failed / total;
		out->window.timeout_rate = (double)sum.timeouts / total;
		out->window.avg_response_time_s =
			(double)sum.duration_us / (double)BW_SECOND_US / total;
	}
	out->window.has_last_failure = sum.failed > 0;
	if (sum.failed > 0)
		out->window.last_failure = breaker->last_failure;
	out->window.uptime_percentage = uptime_percentage(breaker, now);
}

void bw_breaker_snapshot(const struct bw_breaker *breaker, struct bw_mono now,
			 struct bw_breaker_snapshot *out)
{
	*out = (struct bw_breaker_snapshot){
		.state = breaker->state,
		.generation = breaker->generation,
		.consecutive_failures = breaker->consecutive_failures,
		.probes_in_flight = probes_in_flight(breaker, now),
		.lifetime = breaker->lifetime,
		.changed_at = breaker->changed_at,
		.has_transition = breaker->has_transition,
	};
	if (breaker->state == BW_BREAKER_OPEN) {
		int64_t wait_us = bw_mono_since(breaker->retry_at, now);

		out->has_retry = true;
		out->retry_due = wait_us <= 0;
		out->time_until_retry_us = wait_us > 0 ? wait_us : 0;
	}
	snapshot_window(breaker, now, out);
}
