/* notify_once.h - one channel tried without a daemon: what `bellwether notify test` does.
 *
 * The message goes out at once, once, and past the outbox: nothing is stored, retried or logged,
 * and a daemon that runs knows nothing of it.
 *
 * Owns:    nothing; settings are borrowed.
 * Threads: the caller's, which becomes the loop's while it runs. SIGINT and SIGTERM end it.
 */
#ifndef BW_DAEMON_NOTIFY_ONCE_H
#define BW_DAEMON_NOTIFY_ONCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "daemon/settings.h"

enum { NOTIFY_TARGET_MAX = 256 };

/* A channel as it may be shown: no secret is in it. */
struct notify_once_channel {
	const char *name, *kind;
	const char *severity;           /* the least one that is told; "info", ... */
	char target[NOTIFY_TARGET_MAX]; /* "hooks.slack.com", "mail.example to ops@example.org" */
};

struct notify_once_result {
	bool sent, again; /* again: a daemon would try it again; else it was refused for good */
	char text[256];   /* what the other side said */
	int64_t took_us;
};

size_t notify_once_count(const struct daemon_settings *settings);
void notify_once_channel(const struct daemon_settings *settings, size_t nth,
			 struct notify_once_channel *out);
/* BW_ENOTFOUND: `err` guesses which one was meant. */
BW_MUST_USE enum bw_status notify_once_find(const struct daemon_settings *settings,
					    const char *name, size_t *nth, struct bw_error *err);
/* False when a signal came first. */
bool notify_once_run(const struct daemon_settings *settings, size_t nth,
		     struct notify_once_result *out);

#endif
