/* breaker_rule.h - what a circuit breaker decides, as pure functions of sums and a configuration.
 *
 * Owns:    nothing.
 * Units:   microseconds, basis points. No clock is read, nothing is drawn: time and chance come in.
 * Errors:  none; figures out of range are brought into it.
 * Threads: any.
 *
 * The texts and bw_breaker_config_check() of bellwether/breaker.h live here too.
 */
#ifndef BW_CORE_BREAKER_RULE_H
#define BW_CORE_BREAKER_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include <bellwether/breaker.h>

/* What the window and the run say, all of one cycle. */
struct bw_breaker_sums {
	int64_t run; /* failures in a row */
	int64_t total, failed, timeouts;
};

struct bw_breaker_limits {
	enum bw_breaker_strategy strategy;
	int64_t failure_threshold, minimum_calls, rate_bp;
};

/* Has a strategy's limit been reached? `cause` tells which one, when it has. */
bool bw_breaker_trips(const struct bw_breaker_limits *limits, const struct bw_breaker_sums *sums,
		      enum bw_breaker_cause *cause);
/* Whether the strategy looks at the calls in the window at all. */
bool bw_breaker_needs_rates(enum bw_breaker_strategy strategy);

struct bw_breaker_retry {
	int64_t recovery_us, max_open_us; /* max_open_us 0: no limit */
	double multiplier, jitter;
};

/* min(max_open, recovery x multiplier ^ reopens) x (1 + jitter x (2 x random - 1)), within four
 * years; 0 <= random < 1. */
int64_t bw_breaker_open_period_us(const struct bw_breaker_retry *retry, uint64_t reopens,
				  double random);

#endif
