/* breaker.h - circuit breakers that all processes of a host share, for nanoseconds a call.
 *
 * A region is a file on tmpfs that holds breakers by name; every process that opens it sees the
 * same states. No daemon is needed. Semantics: docs/internals/breaker.md and libbellwether(3). The
 * formulas here are our own; each stands beside the field that it gives.
 *
 * Two steps: acquire gives a ticket or a rejection, record ends the ticket. Nothing is held in
 *          between: no lock, no memory. A ticket that is never recorded costs nothing, except that
 *          a probe keeps its place until its lease runs out.
 * Owns:    bw_region_open() gives a region to be closed with bw_region_close(), bw_breaker_open()
 *          a breaker to be closed with bw_breaker_close() before its region. Names are copied.
 * Units:   microseconds (_us) on the region's clock, which is CLOCK_MONOTONIC unless another was
 *          given; wall times are microseconds since 1970-01-01 UTC. Rates are 0..1.
 * Errors:  enum bw_status, with a text in `err` (may be NULL) where a person will read it. No call
 *          aborts, blocks for longer than 0.2 s, logs, or exits.
 * Threads: a region and its breakers may be used from any number of threads at once, but opening
 *          and closing of one region, and of one breaker, is for one thread at a time. After
 *          fork() the child goes on with the same handles; it is a worker of its own.
 * Signals: acquire, record and the orders take no lock, so they may be interrupted and killed
 *          anywhere.
 */
#ifndef BELLWETHER_BREAKER_H
#define BELLWETHER_BREAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bellwether/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what a breaker is ---- */

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

/* A TIMEOUT is a failure too. The last three are neither success nor failure: they leave the run
 * and the rates as they are, and free a probe. */
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

enum {
	BW_BREAKER_NAME_MAX = 63,  /* bytes, UTF-8 without control characters, at least 1 */
	BW_BREAKER_PROBES_MAX = 8, /* in flight at once */
};

struct bw_breaker_config {
	enum bw_breaker_strategy strategy;
	int failure_threshold;         /* failures in a row; 1 .. 1,000,000; 5 */
	double failure_rate_threshold; /* 0 < .. <= 1; 0.5; also the limit of the timeout rate */
	int64_t timeout_threshold_us;  /* > 0; 10 s; at most a year, as all times here */
	int64_t recovery_timeout_us;   /* >= 0; 60 s; see "The open period" below */
	int success_threshold;         /* 1 .. 1,000,000; 3 */
	int64_t window_us;             /* >= 60; 60 s; counted in sixtieths */
	int minimum_calls;             /* rates need so many in the window; 1 .. 1,000,000; 5 */
	int max_probes;                /* 1..8; 0 means success_threshold, at most 8 */
	/* The open period: min(max_open, recovery_timeout x retry_multiplier ^ reopenings in a
	 * row) x (1 - retry_jitter .. 1 + retry_jitter, drawn evenly); at most four years. */
	double retry_multiplier;   /* >= 1; 1 */
	double retry_jitter;       /* 0 .. 1; 0 */
	int64_t max_open_us;       /* >= 0; 0: no limit */
	int64_t lump_us;           /* >= 0; 0; failures within it count once */
	int min_failing_workers;   /* 1..64; 1; opening needs failures of so many processes */
	bool slow_success_counts;  /* false; a success of slow_threshold is a timeout in rates */
	int64_t slow_threshold_us; /* > 0, or 0: timeout_threshold */
};

BW_PUBLIC extern const struct bw_breaker_config bw_breaker_config_default;

/* BW_EINVAL names the setting and what it must be, or there is no configuration. */
BW_PUBLIC BW_MUST_USE enum bw_status bw_breaker_config_check(const struct bw_breaker_config *config,
							     struct bw_error *err);

/* "closed", "open", "half_open", "forced_open", "disabled", "metrics_only". */
BW_PUBLIC const char *bw_breaker_state_text(enum bw_breaker_state state);
/* "open", "half_open_full", "forced_open", "admitted". */
BW_PUBLIC const char *bw_breaker_reason_text(enum bw_breaker_reason reason);
/* "success", "failure", "timeout", "ignored", "cancelled", "rejected_local". */
BW_PUBLIC const char *bw_breaker_outcome_text(enum bw_breaker_outcome outcome);
/* "combined", "consecutive", "failure_rate", "timeout_rate". */
BW_PUBLIC const char *bw_breaker_strategy_text(enum bw_breaker_strategy strategy);

/* ---- the region ---- */

struct bw_region;

/* `coarse_us` may be NULL (now_us is used); it may lag behind now_us by some milliseconds and is
 * asked where a rejection needs the time. `random` gives 0 <= x < 1 for the jitter; NULL: the
 * system's. All three are called from any thread. */
struct bw_clock {
	int64_t (*now_us)(void *arg);
	int64_t (*coarse_us)(void *arg);
	int64_t (*wall_us)(void *arg);
	double (*random)(void *arg);
	void *arg;
};

enum bw_region_mode {
	BW_REGION_SHARED,    /* the file: created by whoever comes first */
	BW_REGION_READ_ONLY, /* the file, if it is there: look, never write; no worker of it */
	BW_REGION_PRIVATE,   /* memory of this process and nobody else's */
};

/* What to do where the shared file cannot be used. */
enum bw_region_fallback {
	BW_REGION_LOCAL, /* private memory instead: every process on its own */
	BW_REGION_ADMIT, /* admit everything, record nothing */
	BW_REGION_ERROR, /* bw_region_open() fails */
};

struct bw_region_options {
	enum bw_region_mode mode;
	enum bw_region_fallback fallback;
	const char *path;             /* NULL: $BELLWETHER_REGION, or bw_region_default_path() */
	const struct bw_clock *clock; /* NULL: CLOCK_MONOTONIC; copied */
	/* Used by the one that creates it; 0: 128, 128 (private: 16, 1), 4 (private: 1). */
	unsigned breakers, workers, shards; /* at most 4,096, 256, 8 */
	/* A created folder is 2770, the file 0660: the folder's group may write. True by itself in
	 * a folder that is 2770 already, if `path` or the environment names it. */
	bool group;
	bool serial; /* the caller sees to it that no two threads are inside at once */
};

/* `options` may be NULL: shared, local fallback, all as above. BW_OK with fallback LOCAL or ADMIT
 * may still have met trouble: bw_region_info() says so. The environment variable
 * BELLWETHER_BREAKERS=off makes every region of the process admit all and record nothing. */
BW_PUBLIC BW_MUST_USE enum bw_status bw_region_open(const struct bw_region_options *options,
						    struct bw_region **out, struct bw_error *err);
BW_PUBLIC void bw_region_close(struct bw_region *region);

enum bw_region_kind {
	BW_REGION_IS_SHARED,
	BW_REGION_IS_READ_ONLY,
	BW_REGION_IS_PRIVATE,  /* as asked for */
	BW_REGION_IS_FALLBACK, /* private because of `trouble` */
	BW_REGION_ADMITS,      /* admits all because of `trouble` */
	BW_REGION_IS_OFF,      /* BELLWETHER_BREAKERS=off */
};

struct bw_region_info {
	enum bw_region_kind kind;
	const char *path; /* of the file that is, or was to be, used; "" when private */
	int64_t created_wall_us;
	unsigned breakers, breakers_max;
	unsigned workers, workers_max; /* slots: one a thread, or a serial process */
	uint64_t corrupt;        /* impossible words met since creation; they count as CLOSED */
	struct bw_error trouble; /* "" when there is none; also when the file lost its name since */
};

BW_PUBLIC void bw_region_info(const struct bw_region *region, struct bw_region_info *out);
/* /dev/shm/bellwether-<uid>/breakers.v<major>, or $BELLWETHER_REGION, into `room` bytes with a NUL;
 * BW_ELIMIT when it does not fit. */
BW_PUBLIC BW_MUST_USE enum bw_status bw_region_default_path(char *out, size_t room);
/* The names of the region's breakers: start with *cursor = 0; false at the end. `name` has room
 * for BW_BREAKER_NAME_MAX + 1. Breakers created meanwhile may or may not come. */
BW_PUBLIC bool bw_region_next(const struct bw_region *region, size_t *cursor, char *name);

/* ---- a breaker ---- */

struct bw_breaker;

enum bw_breaker_origin {
	BW_BREAKER_CREATED,
	BW_BREAKER_ATTACHED,
	BW_BREAKER_ATTACHED_DIFFERENT, /* it has another configuration, which stays */
};

/* Creates the breaker, or attaches to the one of that name. `config` NULL: the standard one if it
 * is created, any if it is there. BW_EINVAL: name or configuration; BW_ELIMIT: the region is full;
 * BW_ENOTFOUND: a read-only region has none of that name; BW_ETIMEDOUT: another process holds the
 * registry; BW_EIO: the file has lost its name, or cannot be locked. With fallback LOCAL the last
 * two and ELIMIT give a private breaker instead. */
BW_PUBLIC BW_MUST_USE enum bw_status bw_breaker_open(struct bw_region *region, const char *name,
						     const struct bw_breaker_config *config,
						     struct bw_breaker **out, struct bw_error *err);
/* Attaches only: BW_ENOTFOUND when there is none of that name. */
BW_PUBLIC BW_MUST_USE enum bw_status bw_breaker_find(struct bw_region *region, const char *name,
						     struct bw_breaker **out, struct bw_error *err);
BW_PUBLIC void bw_breaker_close(struct bw_breaker *breaker);
BW_PUBLIC const char *bw_breaker_name(const struct bw_breaker *breaker);
BW_PUBLIC enum bw_breaker_origin bw_breaker_origin(const struct bw_breaker *breaker);
/* false: only this process sees it. */
BW_PUBLIC bool bw_breaker_is_shared(const struct bw_breaker *breaker);
/* The configuration that holds now, for all processes. */
BW_PUBLIC void bw_breaker_config(const struct bw_breaker *breaker, struct bw_breaker_config *out);
/* Another one for all processes. State and counts stay where it allows: another window starts
 * empty, an open period is measured anew from its opening. BW_EINVAL, BW_EACCES: a read-only
 * region; BW_ETIMEDOUT, BW_EIO: as above, and the former one holds on. */
BW_PUBLIC BW_MUST_USE enum bw_status bw_breaker_configure(struct bw_breaker *breaker,
							  const struct bw_breaker_config *config,
							  struct bw_error *err);

/* ---- a call ---- */

/* Passed by value; its members are private. A zeroed one was never admitted. */
struct bw_breaker_ticket {
	uint64_t word;
	int64_t value;
};

/* May this call go out? In CLOSED: one load, and a count in this worker's own line. */
BW_PUBLIC BW_MUST_USE struct bw_breaker_ticket bw_breaker_acquire(struct bw_breaker *breaker);
BW_PUBLIC bool bw_breaker_ticket_admitted(struct bw_breaker_ticket ticket);
BW_PUBLIC enum bw_breaker_reason bw_breaker_ticket_reason(struct bw_breaker_ticket ticket);
BW_PUBLIC enum bw_breaker_state bw_breaker_ticket_state(struct bw_breaker_ticket ticket);
/* Of a rejection: microseconds until the next probe may be tried; -1: not known. */
BW_PUBLIC int64_t bw_breaker_ticket_retry_after_us(struct bw_breaker_ticket ticket);

/* Ends an admitted call; each ticket once. Reads the clock once. A negative duration counts as 0.
 * false: the ticket was of another generation (late) or never admitted; nothing but lifetime
 * totals changed. */
BW_PUBLIC bool bw_breaker_record(struct bw_breaker *breaker, struct bw_breaker_ticket ticket,
				 enum bw_breaker_outcome outcome, int64_t duration_us);
/* The same for a caller who has the time; reads no clock. */
BW_PUBLIC bool bw_breaker_record_at(struct bw_breaker *breaker, struct bw_breaker_ticket ticket,
				    enum bw_breaker_outcome outcome, int64_t duration_us,
				    int64_t now_us);

/* The convenience that times the call: two clock reads. begin() also lets others see since when
 * this worker is inside. */
struct bw_breaker_call {
	struct bw_breaker_ticket ticket;
	int64_t begun_us;
};

BW_PUBLIC BW_MUST_USE struct bw_breaker_call bw_breaker_begin(struct bw_breaker *breaker);
BW_PUBLIC bool bw_breaker_end(struct bw_breaker *breaker, struct bw_breaker_call call,
			      enum bw_breaker_outcome outcome);

/* ---- orders: BW_EACCES through a read-only region, BW_EINVAL without a breaker ---- */

/* CLOSED with an empty window, whatever the state was; always an event. */
BW_PUBLIC enum bw_status bw_breaker_reset(struct bw_breaker *breaker);
BW_PUBLIC enum bw_status bw_breaker_force_open(struct bw_breaker *breaker);
BW_PUBLIC enum bw_status bw_breaker_disable(struct bw_breaker *breaker);
BW_PUBLIC enum bw_status bw_breaker_metrics_only(struct bw_breaker *breaker);
/* From any override back to CLOSED with an empty window; in the other states nothing happens. */
BW_PUBLIC enum bw_status bw_breaker_enable(struct bw_breaker *breaker);
/* OPEN for so long from now, as a server's Retry-After asks (HTTP 429, 503), or until a time of the
 * region's clock; one that has passed is due at once. BW_EINVAL: a negative duration. Overrides
 * stay. */
BW_PUBLIC enum bw_status bw_breaker_open_for(struct bw_breaker *breaker, int64_t duration_us);
BW_PUBLIC enum bw_status bw_breaker_open_until(struct bw_breaker *breaker, int64_t at_us);

/* ---- looking: never changes anything ---- */

/* Since creation; survives resets. `timeout` is a part of `failure`. */
struct bw_breaker_lifetime {
	uint64_t admitted, rejected, success, failure, timeout, ignored, late;
};

/* The newest 60 sixtieths of the window, of this cycle (since CLOSED was entered). */
struct bw_breaker_window {
	int64_t total_calls;
	double success_rate, failure_rate, timeout_rate; /* part / total; empty: 1, 0, 0 */
	double avg_response_time_s; /* sum of durations / total, each rounded to 100 us; empty: 0 */
	bool has_last_failure;      /* there is a failure in the window */
	int64_t last_failure_us;    /* the region's clock */
	double uptime_percentage;   /* 100 x time CLOSED in the last window_us / window_us */
};

struct bw_breaker_snapshot {
	enum bw_breaker_state state;
	uint32_t generation;
	bool retry_due;              /* OPEN and the retry time has come */
	bool has_retry;              /* OPEN */
	int64_t time_until_retry_us; /* when has_retry; never negative */
	int64_t consecutive_failures;
	int probes_in_flight, probe_successes; /* of this HALF_OPEN */
	struct bw_breaker_window window;
	struct bw_breaker_lifetime lifetime;
	bool has_transition;
	int64_t changed_at_us, changed_wall_us; /* when has_transition */
	int64_t left_closed_wall_us; /* since when it is not CLOSED, probes included; 0: it is,
				      * or it is not known any more */
};

BW_PUBLIC void bw_breaker_snapshot(const struct bw_breaker *breaker,
				   struct bw_breaker_snapshot *out);

enum bw_breaker_cause {
	BW_BREAKER_BY_CONSECUTIVE, /* "consecutive_failures" */
	BW_BREAKER_BY_FAILURE_RATE,
	BW_BREAKER_BY_TIMEOUT_RATE,
	BW_BREAKER_BY_RECOVERY_TIMEOUT, /* OPEN -> HALF_OPEN */
	BW_BREAKER_BY_PROBE_FAILURE,
	BW_BREAKER_BY_PROBE_SUCCESS,
	BW_BREAKER_BY_RESET,
	BW_BREAKER_BY_FORCE_OPEN,
	BW_BREAKER_BY_DISABLE,
	BW_BREAKER_BY_METRICS_ONLY,
	BW_BREAKER_BY_ENABLE,
	BW_BREAKER_BY_OPEN_FOR,
	BW_BREAKER_WOULD_HAVE_OPENED, /* in METRICS_ONLY, once an episode; from == to */
};

BW_PUBLIC const char *bw_breaker_cause_text(enum bw_breaker_cause cause);

struct bw_breaker_event {
	uint32_t generation; /* of the state that was entered */
	enum bw_breaker_state from, to;
	enum bw_breaker_cause cause;
	int64_t at_us, wall_us;
	int64_t failures; /* in a row, when it happened */
	int pid;          /* who did it; 0: not known any more */
};

/* Events after *cursor (start with 0: the oldest kept), oldest first, at most `room`; *cursor moves
 * on. The region keeps 64; *missed (may be NULL) grows by those that were overwritten. */
BW_PUBLIC size_t bw_breaker_events(const struct bw_breaker *breaker, uint64_t *cursor,
				   struct bw_breaker_event *out, size_t room, uint64_t *missed);

struct bw_breaker_worker {
	int pid;
	char command[16]; /* of the process, as the kernel knows it */
	bool is_alive;    /* false: the process is gone */
	bool is_foreign;  /* of another pid namespace: is_alive is a guess by its results */
	int64_t registered_wall_us;
	int64_t admitted, rejected, failed; /* since it registered */
	int64_t in_flight;       /* admitted and not recorded; of a dead worker: never ended */
	int64_t busy_since_us;   /* of its latest begin(), when in flight and known; else 0 */
	int64_t last_result_us;  /* 0: none */
	int64_t last_failure_us; /* 0: none; in this cycle of the breaker */
};

/* The processes that used this breaker, at most `room`; threads of one process are one. Returns
 * how many there are. */
BW_PUBLIC size_t bw_breaker_workers(const struct bw_breaker *breaker, struct bw_breaker_worker *out,
				    size_t room);

#ifdef __cplusplus
}
#endif
#endif
