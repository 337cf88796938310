/* channel.h - what a kind of channel is made of: it gives a notice its form and carries it out.
 *
 * A kind is one file with one descriptor and one row in channels.c, as the kinds of checks are. It
 * draws up what it sends from the notice alone, so that what was stored can be sent by any later
 * process. The outbox owns order, retries, back-off, rate limits and the log of deliveries.
 *
 * Owns:    nothing: settings and attempt are the caller's.
 * Secrets: addresses and tokens never stand in a text that leaves channel_done(); what the other
 *          side answers is foreign text, made harmless and cut by the caller.
 * Threads: the loop's.
 */
#ifndef BW_NOTIFY_CHANNEL_H
#define BW_NOTIFY_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerts/notice.h"
#include "base/status.h"
#include "config/complain.h"
#include "config/field.h"
#include "io/loop.h"

#define CHANNEL_TIMEOUT_US (20 * BW_SECOND_US)

enum channel_outcome {
	CHANNEL_SENT,    /* the other side has taken it */
	CHANNEL_RETRY,   /* not now: no connection, 5xx, 408, 429; again after `retry_us` or
	                  back-off */
	CHANNEL_REFUSED, /* never: the other side says that it is wrong; trying again will not
	                    help */
};

struct channel_attempt;

struct channel_kind {
	const char *name;    /* "slack" */
	const char *summary; /* one line for lists */
	const struct config_field *fields;
	size_t settings_size;
	size_t attempt_size;        /* zeroed memory of one attempt */
	const char *required_field; /* of `shorthand` maps: "url"; NULL */
	bool keeps_state;   /* wants every firing alert told again while it fires (Alertmanager) */
	bool is_idempotent; /* the same key twice is one message for the other side */

	/* Once per configuration: combinations, templates. May be NULL. */
	void (*prepare)(void *settings, struct config_complaints *complaints,
			const struct config_node *node);
	void (*release)(void *settings); /* what prepare left; may be NULL */
	/* Begins; channel_done() may be called before it returns. */
	void (*start)(struct channel_attempt *attempt);
	/* Ends an attempt at once, after channel_done(), a time-out or at shutdown. Exactly once.
	 * */
	void (*stop)(struct channel_attempt *attempt);
};

/* Every kind, ended by NULL, in the order of a manual. */
extern const struct channel_kind *const channel_kinds[];
const struct channel_kind *channel_kind_find(const char *name);

/* What a kind may touch of an attempt. */
const void *channel_settings(const struct channel_attempt *attempt);
const struct notice *channel_notice(const struct channel_attempt *attempt);
void *channel_data(struct channel_attempt *attempt);
struct io_loop *channel_loop(const struct channel_attempt *attempt);
/* What links in messages point to: the page's own address, "" when none is configured. */
const char *channel_page_url(const struct channel_attempt *attempt);
/* Ends the attempt, once. `retry_us`: what the other side asked for (Retry-After), 0: nothing. */
void channel_done(struct channel_attempt *attempt, enum channel_outcome outcome, int64_t retry_us,
		  const char *format, ...) BW_PRINTF(4, 5);

/* --- for the outbox and `notify test` --- */
enum { CHANNEL_TEXT_MAX = 256 };

struct channel_result {
	enum channel_outcome outcome;
	int64_t retry_us;
	char text[CHANNEL_TEXT_MAX]; /* "200 OK", "connection refused"; safe to show */
	int64_t took_us;
};

/* One named channel as configured. */
struct channel {
	const char *name;
	const struct channel_kind *kind;
	const void *settings;
	const char *page_url;
	int64_t rate_max; /* messages within `rate_us`; more wait */
	int64_t rate_us;
};

/* To whom it tells, for people: "hooks.slack.com", "mail.example.org to ops@example.org", a
 * program's name. No secret is in it; cut to `size`. */
void channel_target(const struct channel *channel, char *out, size_t size);

typedef void channel_callback(void *arg, const struct channel_result *result);

/* The notice is copied. The callback comes exactly once, never before this returns, not after
 * channel_stop(). A time-out of CHANNEL_TIMEOUT_US is CHANNEL_RETRY. */
struct channel_attempt *channel_start(struct io_loop *loop, const struct channel *channel,
				      const struct notice *notice, channel_callback *callback,
				      void *arg);
/* NULL is allowed; needed after the callback too. */
void channel_stop(struct channel_attempt *attempt);

#endif
