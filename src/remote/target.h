/* target.h - one target on its way through the history. Private to src/remote.
 *
 *   look ─► commit ─► read slices ─► keep the place ─► requests ─► look
 *    ▲  (what is read is on disk)   (so that a crash repeats     │
 *    └────────────── timer ─────────  the same requests) ────────┘
 *
 * Owns:    its settings (copied), its stretch of samples, its request. A question to the store
 *          outlives it if need be.
 * Threads: the loop's.
 */
#ifndef BW_REMOTE_TARGET_H
#define BW_REMOTE_TARGET_H

#include "base/arena.h"
#include "remote/answer.h"
#include "remote/place.h"
#include "remote/remote.h"
#include "remote/window.h"

struct target_call;

/* The part of the stretch that is being sent: [from, to) of its samples is the request under way,
 * [to, end) what was split off it. */
struct target_batch {
	size_t from, to, end;
	int splits;      /* how often it may still be split */
	bool is_unclear; /* the other side may have it already */
	bool any_taken;
};

struct target {
	const struct remote_options *options;
	struct bw_arena *arena;
	struct remote_settings settings; /* copies in the arena */
	char *form;                      /* all settings as one text, to tell whether they change */
	int64_t history_us;
	uint64_t id;
	struct place place;

	struct io_timer *timer, *timeout;
	struct target_call *call; /* a question to the store; NULL: none */
	struct window window;
	int64_t span_ms; /* how much to read at once */
	bool has_window; /* it is being sent */
	bool is_fresh;   /* an earlier life may have sent what comes first */
	bool is_resumed; /* it may have been sent, in part or whole */
	struct target_batch batch;
	bool is_sour; /* nothing of the latest batch was taken: the next is not split */
	struct io_fetch *fetch;
	int failed; /* attempts in a row */
	uint64_t chance;

	struct bw_wall last_ok, failing_since, next_try;
	uint64_t samples, rejected, repeated, requests, failures, bytes;
	char trouble[REMOTE_TEXT_MAX], loss[REMOTE_TEXT_MAX];
	bool was_rejecting, rejects; /* in the stretch before, in this one */
};

struct target *target_create(const struct remote_options *options,
			     const struct remote_settings *settings, const struct place *place,
			     int64_t history_us);
void target_destroy(struct target *target);
void target_start(struct target *target);
/* Settings as one text. malloc()ed. */
char *target_form(const struct remote_settings *settings);
void target_state(const struct target *target, struct remote_state *out);

/* --- target.c, for target_send.c --- */
void target_put_place(struct target *target);
/* All of the stretch is sent, or given up. */
void target_end_window(struct target *target);
/* Something failed; again in `delay_us`, at which `timer` runs. */
void target_trouble(struct target *target, int64_t delay_us, const char *text);
void target_works(struct target *target);
void target_note_loss(struct target *target, const char *format, ...) BW_PRINTF(2, 3);

/* --- target_send.c --- */
/* The stretch is read and its place kept: from its first sample on. */
void target_send(struct target *target);
/* The latest request again. */
void target_send_again(struct target *target);
void target_stop_request(struct target *target);
void target_on_timeout(void *arg); /* a timer's callback; `arg` is the target */

#endif
