/* outbox.h - every message is stored before it is sent, and sent until it is delivered.
 *
 * Each channel has its own queue, first in, first out: while the first message cannot be delivered
 * the others wait behind it, so that order holds. Back-off 5 s, doubled to 5 min, with jitter, or
 * what the other side asked for. A message that the other side refuses, or that is older than
 * OUTBOX_GIVE_UP_US, is given up, logged and counted, and the next one goes.
 * Exactly once as far as a channel allows: a message whose delivery is known is never sent again;
 * one that was under way when the daemon was killed is sent again with the same key.
 *
 * Owns:    its messages and attempts. Channels and store are borrowed.
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

enum { OUTBOX_MAX = 10000, OUTBOX_LOG_MAX = 500 };

struct outbox;

struct outbox_options {
	struct io_loop *loop;
	struct store *store; /* NULL: nothing survives a restart */
	void (*log)(void *arg, bool is_trouble, const char *text);
	void (*changed)(void *arg); /* something to look at has changed; NULL: nobody looks */
	void *arg;
};

struct outbox *outbox_create(const struct outbox_options *options);
void outbox_destroy(struct outbox *outbox);
/* Before outbox_start() and at every reload; messages of a channel that is gone are given up. */
void outbox_set_channels(struct outbox *outbox, const struct channel *channels, size_t count);
/* Takes up what the store kept, and begins to send. */
void outbox_start(struct outbox *outbox);
/* Copied, stored, then sent. */
void outbox_put(struct outbox *outbox, const struct notice *notice);

struct outbox_channel_state {
	const char *name, *kind;
	size_t queued;
	struct bw_wall last_sent, failing_since; /* 0: never; 0: not failing */
	struct bw_wall next_try;                 /* 0: none planned */
	uint64_t sent, given_up, attempts;
	char trouble
		[CHANNEL_TEXT_MAX]; /* of the latest failed attempt; "" when the last one went */
};

size_t outbox_channel_count(const struct outbox *outbox);
void outbox_channel_state(const struct outbox *outbox, size_t nth,
			  struct outbox_channel_state *out);
size_t outbox_depth(const struct outbox *outbox);
struct bw_wall outbox_oldest(const struct outbox *outbox); /* 0: empty */
/* The log of deliveries, newest first: an array of
 * {"id", "channel", "kind", "key", "headline", "alerts": ["a1"], "at", "state": "queued"|"sending"|
 * "sent"|"given_up", "attempts", "next_try", "ended", "text"}; `channel` NULL: all. */
void outbox_write_log(const struct outbox *outbox, const char *channel, size_t limit,
		      struct bw_json *json);

#endif
