/* once.h - every configured check once, without a daemon: what `bellwether check` does.
 *
 * A component that only shows a breaker, waits for reports or is not enabled has nothing to look at
 * here: it is listed with the reason and does not count.
 *
 * Owns:    its loop and its results; settings are borrowed.
 * Limits:  ONCE_RUNNING_MAX checks at a time.
 * Threads: the caller's, which becomes the loop's while it runs. SIGINT and SIGTERM end it.
 */
#ifndef BW_DAEMON_ONCE_H
#define BW_DAEMON_ONCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "daemon/settings.h"

enum { ONCE_RUNNING_MAX = 256 };

struct once;

struct once_result {
	const char *name, *kind; /* kind: "breaker" when it has none */
	bool critical;
	const char *skipped; /* why it was not looked at; NULL: it was */
	const char *health;  /* "healthy", "degraded", "unhealthy", "unknown" */
	bool has_response;
	int64_t response_us;
	const char *error, *details; /* NULL: none; details are JSON members */
};

/* The components called `names`, or all when `count` is 0. BW_EINVAL: a kind refuses its settings,
 * the settings' report says why. BW_ENOTFOUND: `err` names a component that is not there. */
BW_MUST_USE enum bw_status once_create(struct daemon_settings *settings, const char *const *names,
				       size_t count, struct once **out, struct bw_error *err);
/* Until every result is there; false when a signal came first. */
bool once_run(struct once *once);
size_t once_count(const struct once *once);
/* In the order of the configuration; texts are borrowed. */
struct once_result once_result(const struct once *once, size_t nth);
/* Of the whole, where only a critical component can make it unhealthy; of the worst one when names
 * were given. Nothing to look at is unknown. */
const char *once_verdict(const struct once *once);
/* How many came out as `health`. */
int once_tally(const struct once *once, const char *health);
/* NULL is allowed. */
void once_destroy(struct once *once);

#endif
