/* breaker_rule.c - tables of texts, a table of limits, and two formulas.
 *
 * Rates are compared in basis points, as integers, so that no decision hangs on how a fraction is
 * rounded. 65,535 calls a bucket, 60 buckets and 8 shards keep every product far below 2^63.
 */
#include "core/breaker_rule.h"

#include <math.h>
#include <stddef.h>

#include "base/status.h"
#include "base/time.h"

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))
#define YEAR_US (365 * 86400 * BW_SECOND_US)
/* What a deadline of 37 bits of milliseconds can hold. */
#define OPEN_MAX_US (4 * YEAR_US)

enum { COUNT_MAX = 1000000, WINDOW_PARTS = 60 };

const struct bw_breaker_config bw_breaker_config_default = {
	.strategy = BW_BREAKER_COMBINED,
	.failure_threshold = 5,
	.failure_rate_threshold = 0.5,
	.timeout_threshold_us = 10 * BW_SECOND_US,
	.recovery_timeout_us = 60 * BW_SECOND_US,
	.success_threshold = 3,
	.window_us = 60 * BW_SECOND_US,
	.minimum_calls = 5,
	.retry_multiplier = 1,
	.min_failing_workers = 1,
};

static bool is_count(int value)
{
	return value >= 1 && value <= COUNT_MAX;
}

static bool is_time(int64_t us, int64_t least_us)
{
	return us >= least_us && us <= YEAR_US;
}

enum bw_status bw_breaker_config_check(const struct bw_breaker_config *config, struct bw_error *err)
{
	if (config == NULL)
		return bw_fail(err, BW_EINVAL, "circuit breaker: no configuration");
	const struct {
		const char *name, *must;
		bool holds;
	} rules[] = {
		{ "strategy", "one of the four",
		  (unsigned)config->strategy <= BW_BREAKER_TIMEOUT_RATE },
		{ "failure_threshold", "1 to 1,000,000", is_count(config->failure_threshold) },
		{ "failure_rate_threshold", "above 0 and at most 1",
		  config->failure_rate_threshold > 0 && config->failure_rate_threshold <= 1 },
		{ "timeout_threshold", "above 0 and at most a year",
		  is_time(config->timeout_threshold_us, 1) },
		{ "recovery_timeout", "0 to a year", is_time(config->recovery_timeout_us, 0) },
		{ "success_threshold", "1 to 1,000,000", is_count(config->success_threshold) },
		{ "window", "60 microseconds to a year", is_time(config->window_us, WINDOW_PARTS) },
		{ "minimum_calls", "1 to 1,000,000", is_count(config->minimum_calls) },
		{ "max_probes", "0 to 8",
		  config->max_probes >= 0 && config->max_probes <= BW_BREAKER_PROBES_MAX },
		{ "retry_multiplier", "1 or more",
		  config->retry_multiplier >= 1 && isfinite(config->retry_multiplier) },
		{ "retry_jitter", "0 to 1",
		  config->retry_jitter >= 0 && config->retry_jitter <= 1 },
		{ "max_open", "0 to a year", is_time(config->max_open_us, 0) },
		{ "lump", "0 to a year", is_time(config->lump_us, 0) },
		{ "min_failing_workers", "1 to 64",
		  config->min_failing_workers >= 1 && config->min_failing_workers <= 64 },
		{ "slow_threshold", "0 to a year", is_time(config->slow_threshold_us, 0) },
	};

	for (size_t i = 0; i < LENGTH_OF(rules); i++) {
		if (!rules[i].holds)
			return bw_fail(err, BW_EINVAL, "circuit breaker: %s must be %s",
				       rules[i].name, rules[i].must);
	}
	return BW_OK;
}

bool bw_breaker_needs_rates(enum bw_breaker_strategy strategy)
{
	return strategy != BW_BREAKER_CONSECUTIVE;
}

static bool rate_reached(const struct bw_breaker_limits *limits, int64_t part, int64_t total)
{
	return part > 0 && total >= limits->minimum_calls &&
	       part * 10000 >= limits->rate_bp * total;
}

bool bw_breaker_trips(const struct bw_breaker_limits *limits, const struct bw_breaker_sums *sums,
		      enum bw_breaker_cause *cause)
{
	bool any = limits->strategy == BW_BREAKER_COMBINED;

	if ((any || limits->strategy == BW_BREAKER_CONSECUTIVE) &&
	    sums->run >= limits->failure_threshold) {
		*cause = BW_BREAKER_BY_CONSECUTIVE;
		return true;
	}
	if ((any || limits->strategy == BW_BREAKER_FAILURE_RATE) &&
	    rate_reached(limits, sums->failed, sums->total)) {
		*cause = BW_BREAKER_BY_FAILURE_RATE;
		return true;
	}
	if ((any || limits->strategy == BW_BREAKER_TIMEOUT_RATE) &&
	    rate_reached(limits, sums->timeouts, sums->total)) {
		*cause = BW_BREAKER_BY_TIMEOUT_RATE;
		return true;
	}
	return false;
}

int64_t bw_breaker_open_period_us(const struct bw_breaker_retry *retry, uint64_t reopens,
				  double random)
{
	double period = (double)retry->recovery_us;

	if (reopens > 0 && retry->multiplier > 1)
		period *= pow(retry->multiplier, (double)reopens);
	if (retry->max_open_us > 0 && period > (double)retry->max_open_us)
		period = (double)retry->max_open_us;
	if (retry->jitter > 0)
		period *= 1 + retry->jitter * (2 * random - 1);
	if (!(period > 0))
		return 0;
	/* Rounded: 10 s x 1.15^2 is a hair below 13.225 s as a double. */
	return period < (double)OPEN_MAX_US ? llround(period) : OPEN_MAX_US;
}

/* The enums come from foreign bytes and from callers in other languages: never index unchecked. */
static const char *text_of(const char *const *texts, size_t count, unsigned value)
{
	return value < count ? texts[value] : "unknown";
}

const char *bw_breaker_state_text(enum bw_breaker_state state)
{
	static const char *const texts[] = {
		[BW_BREAKER_CLOSED] = "closed",       [BW_BREAKER_OPEN] = "open",
		[BW_BREAKER_HALF_OPEN] = "half_open", [BW_BREAKER_FORCED_OPEN] = "forced_open",
		[BW_BREAKER_DISABLED] = "disabled",   [BW_BREAKER_METRICS_ONLY] = "metrics_only",
	};

	return text_of(texts, LENGTH_OF(texts), (unsigned)state);
}

const char *bw_breaker_reason_text(enum bw_breaker_reason reason)
{
	static const char *const texts[] = {
		[BW_BREAKER_ADMITTED] = "admitted",
		[BW_BREAKER_REJECTED_OPEN] = "open",
		[BW_BREAKER_REJECTED_HALF_OPEN_FULL] = "half_open_full",
		[BW_BREAKER_REJECTED_FORCED_OPEN] = "forced_open",
	};

	return text_of(texts, LENGTH_OF(texts), (unsigned)reason);
}

const char *bw_breaker_outcome_text(enum bw_breaker_outcome outcome)
{
	static const char *const texts[] = {
		[BW_BREAKER_SUCCESS] = "success",
		[BW_BREAKER_FAILURE] = "failure",
		[BW_BREAKER_TIMEOUT] = "timeout",
		[BW_BREAKER_IGNORED] = "ignored",
		[BW_BREAKER_CANCELLED] = "cancelled",
		[BW_BREAKER_REJECTED_LOCAL] = "rejected_local",
	};

	return text_of(texts, LENGTH_OF(texts), (unsigned)outcome);
}

const char *bw_breaker_strategy_text(enum bw_breaker_strategy strategy)
{
	static const char *const texts[] = {
		[BW_BREAKER_COMBINED] = "combined",
		[BW_BREAKER_CONSECUTIVE] = "consecutive",
		[BW_BREAKER_FAILURE_RATE] = "failure_rate",
		[BW_BREAKER_TIMEOUT_RATE] = "timeout_rate",
	};

	return text_of(texts, LENGTH_OF(texts), (unsigned)strategy);
}

const char *bw_breaker_cause_text(enum bw_breaker_cause cause)
{
	static const char *const texts[] = {
		[BW_BREAKER_BY_CONSECUTIVE] = "consecutive_failures",
		[BW_BREAKER_BY_FAILURE_RATE] = "failure_rate",
		[BW_BREAKER_BY_TIMEOUT_RATE] = "timeout_rate",
		[BW_BREAKER_BY_RECOVERY_TIMEOUT] = "recovery_timeout",
		[BW_BREAKER_BY_PROBE_FAILURE] = "probe_failed",
		[BW_BREAKER_BY_PROBE_SUCCESS] = "probes_succeeded",
		[BW_BREAKER_BY_RESET] = "reset",
		[BW_BREAKER_BY_FORCE_OPEN] = "force_open",
		[BW_BREAKER_BY_DISABLE] = "disable",
		[BW_BREAKER_BY_METRICS_ONLY] = "metrics_only",
		[BW_BREAKER_BY_ENABLE] = "enable",
		[BW_BREAKER_BY_OPEN_FOR] = "open_for",
		[BW_BREAKER_WOULD_HAVE_OPENED] = "would_have_opened",
	};

	return text_of(texts, LENGTH_OF(texts), (unsigned)cause);
}
