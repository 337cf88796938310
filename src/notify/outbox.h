/* outbox.h - every message is stored before it is sent, and sent until it is delivered.
 *
 * Each channel has its own queue, first in, first out: while the first message cannot be delivered
 * the others wait behind it, so that order holds. Back-off 5 s, doubled to 5 min, less a little by
 * chance, or what the other side asked for. A message that the other side refuses is given up; so
 * is one that is older than OUTBOX_GIVE_UP_US when an attempt of its channel fails. Given up is
 * logged and counted, and the next one goes.
 * Exactly once as far as a channel allows: a message whose delivery is known is never sent again;
 * one that was under way when the daemon was killed, stopped or given other settings is sent again
 * with the same key. No second one of the same channel can be: the next message waits until the
 * outcome of the one before is stored. While the store cannot write, messages are sent all the
 * same.
 *
 * Owns:    its messages and attempts. Channels and store are borrowed; the store must dispatch
 *          (store_dispatch()) on this loop, and may outlive the outbox.
 * Limits:  OUTBOX_MAX messages; beyond, the oldest reminders go first, then the oldest of the
 *          longest queue, counted and told.
 * Threads: the loop's.
 */
#ifndef BW_NOTIFY_OUTBOX_H
#define BW_NOTIFY_OUTBOX_H

#include "alerts/notice.h"
#include "base/json_write.h"
#include "io/loop.h"
#include "notify/channel.h"
#include "storage/store.h"

#define OUTBOX_GIVE_UP_US (24 * 3600 * BW_SECOND_US)

/* How often a channel whose kind keeps state is told again what fires. */
#define OUTBOX_REFRESH_US (60 * BW_SECOND_US)

/* How long a message waits for a store that does not answer before it is sent without. */
#define OUTBOX_PATIENCE_US (5 * BW_SECOND_US)

enum { OUTBOX_MAX = 10000, OUTBOX_LOG_MAX = 500 };

struct outbox;

struct outbox_options {
	struct io_loop *loop;
	struct store *store; /* NULL: nothing survives a restart */
	uint64_t seed;       /* of the chance in the back-off; any number */
	void (*log)(void *arg, bool is_trouble, const char *text); /* NULL: silent */
	void (*changed)(void *arg); /* something to look at has changed; NULL: nobody looks */
	/* For kinds that keep state: the `nth` notice of all alerts that this channel was told of
	 * and that still fire, NOTICE_ALERTS_MAX each, from 0. It is borrowed until the next call.
	 * False: there is none. Asked every OUTBOX_REFRESH_US while nothing waits. NULL: nobody
	 * knows, and nobody is told again. */
	bool (*firing)(void *arg, const char *channel, size_t nth, struct notice *out);
	void *arg;
};

struct outbox *outbox_create(const struct outbox_options *options);
void outbox_destroy(struct outbox *outbox);
/* Before outbox_start() and at every reload, as long as the old ones are there still; messages of a
 * channel that is gone are given up. At most ALERT_CHANNELS_MAX. The array and all in it are
 * borrowed until the next call. */
void outbox_set_channels(struct outbox *outbox, const struct channel *channels, size_t count);
/* Takes up what the store kept, and begins to send. */
void outbox_start(struct outbox *outbox);
/* Copied, stored, then sent. Not before outbox_start(). */
void outbox_put(struct outbox *outbox, const struct notice *notice);

struct outbox_channel_state {
	const char *name, *kind;
	size_t queued;
	struct bw_wall last_sent, failing_since; /* 0: never; 0: not failing */
	struct bw_wall next_try;                 /* 0: none planned */
	uint64_t sent, given_up, attempts;       /* since the start */
	char trouble
		[CHANNEL_TEXT_MAX]; /* of the latest failed attempt; "" when the last one went */
};

size_t outbox_channel_count(const struct outbox *outbox);
void outbox_channel_state(const struct outbox *outbox, size_t nth,
			  struct outbox_channel_state *out);
size_t outbox_depth(const struct outbox *outbox);
struct bw_wall outbox_oldest(const struct outbox *outbox); /* 0: empty */
/* What is wrong with storing before sending; "" for nothing. */
const char *outbox_trouble(const struct outbox *outbox);
/* The log of deliveries, newest first: an array of
 * {"id", "channel", "kind", "key", "headline", "alerts": ["a1"], "at", "state": "queued"|"sending"|
 * "sent"|"given_up", "attempts", "next_try", "ended", "text"}; `channel` NULL: all. */
void outbox_write_log(const struct outbox *outbox, const char *channel, size_t limit,
		      struct bw_json *json);
/* The same of those that tell of this alert. */
void outbox_write_alert_log(const struct outbox *outbox, uint64_t alert, size_t limit,
			    struct bw_json *json);

#endif
