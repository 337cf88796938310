/* outbox_impl.h - the inside of the outbox, shared by outbox*.c.
 *
 * Owns:    nothing more than outbox.h says.
 * Threads: the loop's.
 */
#ifndef BW_NOTIFY_OUTBOX_IMPL_H
#define BW_NOTIFY_OUTBOX_IMPL_H

#include "base/buf.h"
#include "notify/outbox.h"
#include "notify/rate.h"

/* However long the other side asks to be left alone. */
#define OUTBOX_HELD_MAX_US (3600 * BW_SECOND_US)
#define OUTBOX_NO_CHANNEL "its channel is no longer configured"

enum delivery_state { DELIVERY_QUEUED, DELIVERY_SENT, DELIVERY_GIVEN_UP };

struct delivery {
	struct delivery *older, *newer;         /* all of the log, by id */
	struct delivery *next;                  /* of its channel's queue */
	struct delivery *end_older, *end_newer; /* ended ones, by their end */
	uint64_t id;                            /* "m<id>" outside */
	char *channel;
	char *notice; /* as encoded; NULL once it has ended */
	char *headline;
	enum notice_kind kind;
	char key[64];
	uint64_t *alerts;
	size_t alert_count;
	enum delivery_state state;
	struct bw_wall at, ended;
	struct bw_wall failing_since; /* first failed attempt; 0: none */
	struct bw_wall held_until;    /* what the other side asked for; 0: nothing */
	int attempts;
	char text[CHANNEL_TEXT_MAX]; /* of the latest attempt */
	uint64_t stored;             /* mark of the store after its latest record */
};

/* One channel's queue, and what became of it so far. */
struct lane {
	struct outbox *outbox;
	const struct channel *channel;
	char *name;
	struct io_timer *timer;
	struct delivery *head, *tail;
	size_t count;

	struct channel_attempt *attempt; /* NULL: none is under way */
	bool refreshing;                 /* it is no message, but what fires told again */
	size_t refresh_nth;
	struct bw_mono refresh_at;

	int failures; /* attempts in a row */
	struct bw_mono not_before;
	struct rate rate;
	uint64_t stored; /* mark of the store that the outcome of its latest message needs */

	struct bw_wall last_sent, failing_since;
	uint64_t sent, given_up, attempts;
	char trouble[CHANNEL_TEXT_MAX];
};

/* Marks: every record put raises `put`; what is not above `safe` may be acted upon. */
struct outbox_marks {
	uint64_t put, asked, safe;
};

/* One question to the store; the outbox may be gone when the answer comes. */
struct outbox_commit {
	struct outbox *outbox;
	uint64_t mark;
};

struct outbox {
	struct outbox_options options;
	struct lane **lanes; /* in the order of the configuration */
	size_t lane_count;
	bool started;
	uint64_t last_id;
	struct delivery *oldest, *newest;         /* of all */
	struct delivery *end_oldest, *end_newest; /* of those that have ended */
	size_t queued, ended;
	uint64_t chance;
	struct outbox_marks marks;
	struct outbox_commit *commit; /* under way; NULL: none */
	bool store_hangs;             /* it took longer than OUTBOX_PATIENCE_US */
	struct io_timer *patience;
	char trouble[CHANNEL_TEXT_MAX];
};

void outbox_log(struct outbox *outbox, bool is_trouble, const char *format, ...) BW_PRINTF(3, 4);
void outbox_changed(struct outbox *outbox);
/* Whatever can go on goes on. */
void outbox_run(struct outbox *outbox);
/* It has left its queue. Puts its record. `text` is safe to show. */
void outbox_end(struct outbox *outbox, struct delivery *delivery, enum delivery_state state,
		const char *text);

/* --- outbox_delivery.c --- */
/* NULL: the notice cannot be read. */
struct delivery *delivery_create(uint64_t id, const char *notice);
/* What a record holds; NULL for what is none of ours. */
struct delivery *delivery_decode(const struct store_record *record);
void delivery_encode(const struct delivery *delivery, struct bw_buf *out);
void delivery_destroy(struct delivery *delivery);
bool delivery_is_about(const struct delivery *delivery, uint64_t alert);

/* --- outbox_log.c --- */
void outbox_link(struct outbox *outbox, struct delivery *delivery); /* as the newest */
void outbox_link_ended(struct outbox *outbox, struct delivery *delivery);
struct lane *outbox_lane(const struct outbox *outbox, const char *name);

/* --- outbox_store.c --- */
/* Puts the record; its mark. */
uint64_t outbox_keep(struct outbox *outbox, const struct delivery *delivery);
/* Asks the store to commit, when something was put since it was asked. */
void outbox_commit(struct outbox *outbox);
bool outbox_is_safe(const struct outbox *outbox, uint64_t mark);
void outbox_patience_over(void *arg); /* a timer's callback; `arg` is the outbox */
void outbox_load(struct outbox *outbox);

/* --- outbox_lane.c --- */
struct lane *lane_create(struct outbox *outbox, const struct channel *channel);
/* Its queue must be empty. */
void lane_destroy(struct lane *lane);
/* Another configuration: what is under way begins anew. */
void lane_configure(struct lane *lane, const struct channel *channel);
void lane_push(struct lane *lane, struct delivery *delivery);
void lane_remove(struct lane *lane, struct delivery *delivery);
void lane_run(struct lane *lane);
/* When the first of its queue is tried next; 0: not known, or now. */
struct bw_wall lane_next_try(const struct lane *lane);
/* The message that is under way; NULL: none. */
const struct delivery *lane_sending(const struct lane *lane);

#endif
