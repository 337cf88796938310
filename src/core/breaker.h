/* breaker.h - one circuit breaker, in process memory: closed, open, half-open and the overrides.
 *
 * Semantics: docs/internals/breaker.md. Two steps: acquire gives a ticket or a rejection, record
 *          ends it; nothing is held during the call. Every ticket carries the generation it was
 *          admitted in; a result of another generation is late and changes only lifetime totals.
 * Owns:    nothing; the caller holds the struct, so that a shared-memory region can hold it later.
 * Units:   microseconds, rates 0..1. Every call is given `now`; no clock is read.
 * Errors:  BW_EINVAL for a bad configuration, from bw_breaker_init() and bw_breaker_configure()
 *          only; nothing allocates.
 * Threads: one at a time.
 */
#ifndef BW_CORE_BREAKER_H
#define BW_CORE_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/time.h"

enum bw_breaker_strategy {
	BW_BREAKER_COMBINED, /* any of the three */
	BW_BREAKER_CONSECUTIVE,
	BW_BREAKER_FAILURE_RATE,
	BW_BREAKER_TIMEOUT_RATE,
};

enum bw_breaker_state {
	BW_BREAKER_CLOSED,
	BW_BREAKER_OPEN,
	BW_BREAKER_HALF_OPEN,
	BW_BREAKER_FORCED_OPEN,  /* rejects until enabled or reset */
	BW_BREAKER_DISABLED,     /* admits all, lifetime totals only */
	BW_BREAKER_METRICS_ONLY, /* admits all, records, never opens */
};

enum bw_breaker_outcome {
	BW_BREAKER_SUCCESS,
	BW_BREAKER_FAILURE,
	BW_BREAKER_TIMEOUT,
	BW_BREAKER_IGNORED,
	BW_BREAKER_CANCELLED,
	BW_BREAKER_REJECTED_LOCAL,
};

enum bw_breaker_reason {
	BW_BREAKER_ADMITTED,
	BW_BREAKER_REJECTED_OPEN,
	BW_BREAKER_REJECTED_HALF_OPEN_FULL,
	BW_BREAKER_REJECTED_FORCED_OPEN,
};

enum { BW_BREAKER_BUCKETS = 64, BW_BREAKER_WINDOW_BUCKETS = 60, BW_BREAKER_PROBES_MAX = 8 };

struct bw_breaker_config {
	enum bw_breaker_strategy strategy;
	int failure_threshold;         /* consecutive failures; >= 1; 5 */
	double failure_rate_threshold; /* 0 < .. <= 1; 0.5; also the limit of the timeout rate */
	int64_t timeout_threshold_us;  /* > 0; 10 s */
	int64_t recovery_timeout_us;   /* >= 0; 60 s */
	int success_threshold;         /* >= 1; 3 */
	int64_t window_us;             /* > 0; 60 s */
	int minimum_calls;             /* rates need this many in the window; >= 1; 5 */
	int max_probes;                /* 1..8; 0 means success_threshold, at most 8 */
};

extern const struct bw_breaker_config bw_breaker_config_default;

/* Since init; survives resets. A timeout is a failure too, so `timeout` is a part of `failure`. */
struct bw_breaker_lifetime {
	uint64_t admitted, rejected, success, failure, timeout, ignored, late;
};

struct bw_breaker_bucket {
	int64_t epoch;
	uint32_t generation; /* 0: never used */
	uint32_t total, failed, timeouts;
	int64_t duration_us;
};

struct bw_breaker_lease {
	uint32_t generation; /* 0: free */
	struct bw_mono deadline;
};

/* CLOSED was entered or left; for uptime_percentage. */
struct bw_breaker_flip {
	struct bw_mono at;
	bool closed;
};

enum { BW_BREAKER_FLIPS_MAX = 16 };

/* Private to breaker.c; complete so that it can be embedded by value. */
struct bw_breaker {
	struct bw_breaker_config config;
	enum bw_breaker_state state;
	uint32_t generation;
	uint32_t
		window_generation; /* the window counts buckets of this generation and later ones */
	struct bw_mono opened_at, retry_at, changed_at;
	int64_t consecutive_failures;
	int probe_successes;
	struct bw_breaker_lease leases[BW_BREAKER_PROBES_MAX];
	struct bw_breaker_bucket buckets[BW_BREAKER_BUCKETS];
	int64_t last_epoch; /* of the newest bucket written */
	struct bw_mono last_failure;
	bool has_transition;
	struct bw_breaker_flip flips[BW_BREAKER_FLIPS_MAX]; /* a ring, alternating */
	uint8_t flip_head, flip_count;
	struct bw_breaker_lifetime lifetime;
};

struct bw_breaker_ticket {
	bool admitted;
	enum bw_breaker_reason reason;
	int64_t retry_after_us; /* when rejected and known; else 0 */
	uint32_t generation;
	int lease; /* index of the probe's lease, -1 for none */
	struct bw_mono lease_deadline;
};

struct bw_breaker_snapshot {
	enum bw_breaker_state state;
	bool retry_due; /* OPEN and the retry time has come; reading never transitions */
	bool has_retry; /* OPEN */
	int64_t time_until_retry_us; /* when has_retry; never negative */
	uint32_t generation;
	int64_t consecutive_failures;
	int probes_in_flight;
	struct {
		int64_t total_calls;
		double success_rate, failure_rate, timeout_rate; /* empty: 1, 0, 0 */
		double avg_response_time_s;
		bool has_last_failure;
		struct bw_mono last_failure;
		double uptime_percentage;
	} window;
	struct bw_breaker_lifetime lifetime;
	struct bw_mono changed_at; /* when has_transition */
	bool has_transition;
};

/* "closed", "open", "half_open", "forced_open", "disabled", "metrics_only". */
const char *bw_breaker_state_text(enum bw_breaker_state state);
/* "open", "half_open_full", "forced_open", "admitted". */
const char *bw_breaker_reason_text(enum bw_breaker_reason reason);

BW_MUST_USE enum bw_status bw_breaker_init(struct bw_breaker *breaker,
					   const struct bw_breaker_config *config,
					   struct bw_mono now, struct bw_error *err);
/* Keeps state and counts where the new configuration allows: another window starts empty, an open
 * period is measured anew from its opening. */
BW_MUST_USE enum bw_status bw_breaker_configure(struct bw_breaker *breaker,
						const struct bw_breaker_config *config,
						struct bw_error *err);
BW_MUST_USE struct bw_breaker_ticket bw_breaker_acquire(struct bw_breaker *breaker,
							struct bw_mono now);
/* false: late, or a ticket that was never admitted; nothing but lifetime totals changed. */
bool bw_breaker_record(struct bw_breaker *breaker, const struct bw_breaker_ticket *ticket,
		       enum bw_breaker_outcome outcome, int64_t duration_us, struct bw_mono now);
/* CLOSED with an empty window, whatever the state was. */
void bw_breaker_reset(struct bw_breaker *breaker, struct bw_mono now);
void bw_breaker_force_open(struct bw_breaker *breaker, struct bw_mono now);
void bw_breaker_disable(struct bw_breaker *breaker, struct bw_mono now);
void bw_breaker_metrics_only(struct bw_breaker *breaker, struct bw_mono now);
/* From any override back to CLOSED with an empty window; in the other states nothing happens. */
void bw_breaker_enable(struct bw_breaker *breaker, struct bw_mono now);
void bw_breaker_snapshot(const struct bw_breaker *breaker, struct bw_mono now,
			 struct bw_breaker_snapshot *out);

#endif
