/* reference.h - the single-process breaker that ours is measured against, restated from the words
 * of docs/internals/breaker.md and docs/breakers.md: a list of calls, a state and three counters.
 *
 * With no ways it behaves as the reference does. Each way is one of the differences that ours has
 * on purpose; with all of them it must behave as ours does, call for call.
 *
 * Owns:    the list, inside the struct; at most REFERENCE_CALLS calls, then the oldest is lost.
 * Units:   microseconds on a clock of the caller's.
 * Threads: one.
 */
#ifndef TESTS_UNIT_SHM_REFERENCE_H
#define TESTS_UNIT_SHM_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include <bellwether/breaker.h>

enum { REFERENCE_CALLS = 8192, REFERENCE_CHANGES = 1024 };

enum reference_way {
	WAY_OWN_TIMEOUT = 1,   /* the timeout rate asks timeout_threshold, not ten seconds */
	WAY_FROM_OPENING = 2,  /* the open period runs from the opening, not the last failure */
	WAY_CLOSES_EMPTY = 4,  /* closing and reset empty the window */
	WAY_FEW_PROBES = 8,    /* in HALF_OPEN no more than can close it */
	WAY_ZERO_IS_ZERO = 16, /* a retry time of 0 is not "none" */
	WAY_ALL = 31,
};

struct reference_call {
	int64_t at_us, duration_us;
	bool is_success;
};

struct reference_change {
	int64_t at_us;
	enum bw_breaker_state to;
};

struct reference {
	const struct bw_breaker_config *config;
	unsigned ways;
	enum bw_breaker_state state;
	int64_t consecutive, successes, probes;
	int64_t last_failure_us, opened_us; /* -1: none */
	struct reference_call calls[REFERENCE_CALLS];
	struct reference_change changes[REFERENCE_CHANGES];
	int first_call, end_call, first_change, end_change;
	uint64_t looked_at; /* calls that were looked at to judge failures */
};

struct reference_stats {
	int64_t total;
	double success_rate, failure_rate, timeout_rate, average_s, uptime;
	int64_t last_failure_us; /* -1: none */
	int changes;             /* of the state, in the window */
};

void reference_init(struct reference *ref, const struct bw_breaker_config *config, unsigned ways);
bool reference_acquire(struct reference *ref, int64_t now_us);
void reference_record(struct reference *ref, int64_t now_us, bool is_success, int64_t duration_us);
void reference_reset(struct reference *ref, int64_t now_us);
/* Of its status: -1 is "none". */
int64_t reference_retry_us(const struct reference *ref, int64_t now_us);
void reference_stats(struct reference *ref, int64_t now_us, struct reference_stats *out);

#endif
