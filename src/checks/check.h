/* check.h - a configured check and its runs. For callers; kinds include checks/kind.h.
 *
 * Owns:    the kind's state and the run in flight; the settings are borrowed and outlive it.
 * Threads: the loop's.
 */
#ifndef BW_CHECKS_CHECK_H
#define BW_CHECKS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/time.h"
#include "config/complain.h"
#include "core/health.h"
#include "io/loop.h"

enum { CHECK_ERROR_MAX = 1024, CHECK_DETAILS_MAX = 8192 };

struct check_kind;
struct check;

/* The options every component has, whatever its kind. */
struct check_common {
	int64_t timeout_us;    /* 5 s */
	int64_t within_us;     /* slower than this is DEGRADED; 0: no limit */
	bool degraded_if_down; /* UNHEALTHY becomes DEGRADED */
};

struct check_result {
	enum bw_health health;
	bool has_response;
	int64_t response_us;
	bool timed_out;
	char error[CHECK_ERROR_MAX]; /* empty: none; valid UTF-8, one line */
	const char *details; /* JSON members, `"role":"master","rows":1`; borrowed; may be empty */
};

/* A passive result from outside (push). */
struct check_report {
	enum bw_health health;
	bool has_response;
	int64_t response_us;
	const char *error;   /* or NULL */
	const char *details; /* JSON members or NULL */
	int64_t age_us;      /* how long ago it was made; >= 0 */
};

typedef void check_callback(void *arg, const struct check_result *result);

/* Prepares the kind; what is wrong with the settings goes to `complaints`, then NULL comes back.
 * `name` is borrowed. */
struct check *check_create(struct io_loop *loop, const struct check_kind *kind, const char *name,
			   const void *settings, const struct check_common *common,
			   struct config_complaints *complaints, const struct config_node *node);
/* Stops a run in flight; its callback never comes. NULL is allowed. */
void check_destroy(struct check *check);
/* One run; must not be running. The callback comes exactly once, never before this returns, at the
 * latest `timeout_us` later. Dies without memory. */
void check_start(struct check *check, check_callback *callback, void *arg);
void check_stop(struct check *check);
/* Slower than this is DEGRADED: the tighter one of the component's `within` and the kind's own; 0:
 * no limit. */
int64_t check_within_us(const struct check_kind *kind, const void *settings,
			const struct check_common *common);
bool check_is_running(const struct check *check);
/* Passive kinds only; BW_EINVAL otherwise. The next check_start() shows it. */
BW_MUST_USE enum bw_status check_report(struct check *check, const struct check_report *report,
					struct bw_error *err);

#endif
