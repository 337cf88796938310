/* target.c - from the place reached to a stretch of samples, and what becomes of the target.
 *
 * A stretch ends REMOTE_SETTLE_US ago, and what is older than that has been stamped and handed to
 * the store; a commit before the reading makes sure that it is on disk. So the rows of a stretch
 * are final when they are read, and reading them again gives the same samples.
 *
 * A stretch grows while it holds few samples and shrinks when it holds too many, so that catching
 * up after an outage takes few questions and little memory.
 */
#include "remote/target.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"

#define STORE_AGAIN_US (5 * BW_SECOND_US)

enum {
	SPAN_FIRST_MS = 60 * 1000,
	SPAN_MAX_MS = 3600 * 1000,
	SPAN_FEW = WINDOW_SAMPLES_MAX / 20,
	CLOCK_STEP_MS = 60 * 1000, /* less is not worth a word: time catches up */
};

/* A question under way; the target may be gone when the answer comes. */
struct target_call {
	struct target *target;
	struct window window;
};

static void on_timer(void *arg);
static void read_slice(struct target *target);

/* --- what is told --- */

static void tell(const struct target *target, bool is_trouble, const char *format, ...)
	BW_PRINTF(3, 4);

static void tell(const struct target *target, bool is_trouble, const char *format, ...)
{
	char text[2 * REMOTE_TEXT_MAX];
	va_list args;

	if (target->options->log == NULL)
		return;
	va_start(args, format);
	bw_text_format_args(text, sizeof(text), format, args);
	va_end(args);
	target->options->log(target->options->arg, is_trouble, text);
}

void target_note_loss(struct target *target, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	bw_text_format_args(target->loss, sizeof(target->loss), format, args);
	va_end(args);
	tell(target, true, "remote_write %s: %s", target->settings.name, target->loss);
}

void target_trouble(struct target *target, int64_t delay_us, const char *text)
{
	struct bw_wall now = io_loop_wall(target->options->loop);

	bw_text_format(target->trouble, sizeof(target->trouble), "%s", text);
	target->next_try = (struct bw_wall){ now.us + delay_us };
	io_timer_start(target->timer, delay_us);
	if (target->failing_since.us != 0)
		return;
	target->failing_since = now;
	tell(target, true, "remote_write %s fails: %s; the history waits and is sent later",
	     target->settings.name, target->trouble);
}

void target_works(struct target *target)
{
	struct bw_wall now = io_loop_wall(target->options->loop);

	if (target->failing_since.us != 0)
		tell(target, false, "remote_write %s works again after %" PRId64 " s",
		     target->settings.name, (now.us - target->failing_since.us) / BW_SECOND_US);
	target->failing_since = target->next_try = (struct bw_wall){ 0 };
	target->trouble[0] = '\0';
	target->failed = 0;
}

/* --- questions to the store --- */

static struct target_call *begin_call(struct target *target)
{
	struct target_call *call = xcalloc(1, sizeof(*call));

	call->target = target;
	call->window = target->window;
	target->window = (struct window){ 0 };
	target->call = call;
	return call;
}

/* Gives the target its stretch back; NULL: the target is gone. */
static struct target *end_call(struct target_call *call)
{
	struct target *target = call->target;

	if (target != NULL) {
		target->window = call->window;
		target->call = NULL;
	} else {
		window_finish(&call->window);
	}
	free(call);
	return target;
}

void target_put_place(struct target *target)
{
	struct bw_buf text;

	bw_buf_init(&text, STORE_RECORD_MAX);
	place_encode(&target->place, &text);
	xalloc_must(text.status);
	const struct store_record record = {
		.kind = STORE_RECORD_REMOTE,
		.id = target->id,
		.text = text.data,
	};
	store_put_record(target->options->store, &record);
	bw_buf_finish(&text);
}

/* --- a stretch --- */

static void on_kept(void *arg, enum bw_status status)
{
	struct target *target = end_call(arg);

	(void)status; /* when the disk refuses, a crash may send some samples in other requests */
	if (target == NULL)
		return;
	target->has_window = true;
	target_send(target);
}

static void keep_place(struct target *target)
{
	target->place.through_ms = target->window.span.to_ms;
	target_put_place(target);
	store_commit(target->options->store, on_kept, begin_call(target));
}

static void drop_window(struct target *target)
{
	window_finish(&target->window);
	target->has_window = false;
}

static void take_window(struct target *target)
{
	size_t count = target->window.samples.count;

	if (target->window.overfull) {
		target->span_ms = (target->window.span.to_ms - target->window.span.from_ms + 1) / 2;
		target->place.through_ms = 0;
		drop_window(target);
		io_timer_start(target->timer, 0);
	} else if (!target->window.complete) {
		read_slice(target);
	} else if (count == 0) {
		target_end_window(target);
	} else {
		if (count < SPAN_FEW && target->span_ms < SPAN_MAX_MS)
			target->span_ms *= 2;
		keep_place(target);
	}
}

static void on_slice(void *arg, enum bw_status status, const struct bw_error *error)
{
	struct target *target = end_call(arg);
	char text[REMOTE_TEXT_MAX];

	if (target == NULL)
		return;
	if (status == BW_OK) {
		take_window(target);
		return;
	}
	bw_text_format(text, sizeof(text), "the history cannot be read: %s",
		       error != NULL ? error->text : "no reason given");
	drop_window(target);
	target_trouble(target, STORE_AGAIN_US, text);
}

static enum bw_status work(void *arg, struct store_view *view, struct bw_error *err)
{
	struct target_call *call = arg;

	return window_read(&call->window, view, err);
}

static void read_slice(struct target *target)
{
	struct target_call *call = begin_call(target);
	const struct store_question question = { .work = work, .done = on_slice, .arg = call };

	if (store_ask(target->options->store, &question) == BW_OK)
		return;
	end_call(call);
	drop_window(target);
	io_timer_start(target->timer, STORE_AGAIN_US); /* too many ask: later */
}

static void on_committed(void *arg, enum bw_status status)
{
	struct target *target = end_call(arg);

	if (target == NULL)
		return;
	if (status == BW_OK) {
		read_slice(target);
		return;
	}
	drop_window(target);
	target_trouble(target, STORE_AGAIN_US,
		       "what is new is not on disk yet, and only what is there is sent");
}

/* --- from where to where --- */

static int64_t now_ms(const struct target *target)
{
	return io_loop_wall(target->options->loop).us / 1000;
}

/* What is at this time or before is no longer kept as rows. */
static int64_t oldest_ms(const struct target *target)
{
	int64_t gone_ms = now_ms(target) - target->history_us / 1000, limit_ms;
	struct store_status status;

	store_status(target->options->store, &status);
	limit_ms = status.raw_from.us / 1000 - 1;
	return status.limited && limit_ms > gone_ms ? limit_ms : gone_ms;
}

static void check_place(struct target *target, int64_t horizon_ms)
{
	struct place *place = &target->place;
	int64_t oldest = oldest_ms(target);

	if (place->sent_ms == 0) {
		place->sent_ms = horizon_ms - target->settings.backfill_us / 1000;
		if (place->sent_ms < oldest)
			place->sent_ms = oldest;
		target_put_place(target);
	}
	if (place->sent_ms > horizon_ms + CLOCK_STEP_MS) {
		place->sent_ms = horizon_ms;
		place->through_ms = 0;
		target_note_loss(target, "the clock was set back; going on from its new time");
	}
	if (place->sent_ms < oldest) {
		place->lost_ms += (uint64_t)(oldest - place->sent_ms);
		target_note_loss(target,
				 "%" PRId64 " s of the history were no longer kept before they "
				 "could be sent",
				 (oldest - place->sent_ms) / 1000);
		place->sent_ms = oldest;
	}
}

static void look(struct target *target)
{
	int64_t horizon_ms = now_ms(target) - REMOTE_SETTLE_US / 1000;
	struct place *place = &target->place;
	int64_t to_ms;

	check_place(target, horizon_ms);
	target->is_resumed = place->through_ms > place->sent_ms;
	to_ms = target->is_resumed ? place->through_ms : place->sent_ms + target->span_ms;
	if (to_ms > horizon_ms)
		to_ms = horizon_ms;
	if (to_ms <= place->sent_ms) {
		io_timer_start(target->timer, target->settings.every_us);
		return;
	}
	target->window = (struct window){ .span = { place->sent_ms, to_ms } };
	store_commit(target->options->store, on_committed, begin_call(target));
}

void target_end_window(struct target *target)
{
	bool had_samples = target->window.samples.count > 0;
	int64_t left_ms;

	target->place.sent_ms = target->window.span.to_ms;
	target->place.through_ms = 0;
	if (had_samples) {
		target_put_place(target);
		target->is_fresh = false;
		target->was_rejecting = target->rejects;
		target->rejects = false;
	}
	drop_window(target);
	left_ms = now_ms(target) - REMOTE_SETTLE_US / 1000 - target->place.sent_ms;
	io_timer_start(target->timer,
		       left_ms * 1000 >= target->settings.every_us ? 0 : target->settings.every_us);
}

static void on_timer(void *arg)
{
	struct target *target = arg;

	if (target->has_window)
		target_send_again(target);
	else
		look(target);
}

/* --- its life --- */

static const char *copy(struct bw_arena *arena, const char *text)
{
	return text != NULL ? xarena_text(arena, text) : NULL;
}

static const char *const *copy_headers(struct bw_arena *arena, const char *const *headers)
{
	const char **out;
	size_t count = 0;

	if (headers == NULL)
		return NULL;
	while (headers[count] != NULL)
		count++;
	out = xarena_alloc(arena, (count + 1) * sizeof(*out));
	for (size_t nth = 0; nth < count; nth++)
		out[nth] = copy(arena, headers[nth]);
	out[count] = NULL;
	return out;
}

static const struct remote_label *copy_labels(struct bw_arena *arena,
					      const struct remote_settings *settings)
{
	struct remote_label *out = xarena_alloc(arena, (settings->label_count + 1) * sizeof(*out));

	for (size_t nth = 0; nth < settings->label_count; nth++)
		out[nth] = (struct remote_label){ copy(arena, settings->labels[nth].name),
						  copy(arena, settings->labels[nth].value) };
	return out;
}

static void copy_settings(struct target *target, const struct remote_settings *from)
{
	struct remote_settings *to = &target->settings;
	struct bw_arena *arena = target->arena;

	*to = *from;
	to->name = copy(arena, from->name);
	to->identity = copy(arena, from->identity);
	to->url = copy(arena, from->url);
	to->headers = copy_headers(arena, from->headers);
	to->user = copy(arena, from->user);
	to->password = copy(arena, from->password);
	to->bearer = copy(arena, from->bearer);
	to->proxy = copy(arena, from->proxy);
	to->tls.server_name = copy(arena, from->tls.server_name);
	to->tls.ca_file = copy(arena, from->tls.ca_file);
	to->tls.certificate_file = copy(arena, from->tls.certificate_file);
	to->tls.key_file = copy(arena, from->tls.key_file);
	to->labels = copy_labels(arena, from);
}

struct target *target_create(const struct remote_options *options,
			     const struct remote_settings *settings, const struct place *place,
			     int64_t history_us)
{
	struct target *target = xcalloc(1, sizeof(*target));

	target->options = options;
	target->arena = xarena_create();
	copy_settings(target, settings);
	target->form = target_form(settings);
	target->history_us = history_us;
	target->id = place_id(settings->identity);
	target->place = *place;
	target->is_fresh = place->sent_ms > 0;
	target->span_ms = SPAN_FIRST_MS;
	target->chance = options->seed ^ target->id;
	target->timer = io_timer_create(options->loop, on_timer, target);
	target->timeout = io_timer_create(options->loop, target_on_timeout, target);
	return target;
}

void target_start(struct target *target)
{
	io_timer_start(target->timer, 0);
}

void target_destroy(struct target *target)
{
	if (target == NULL)
		return;
	if (target->call != NULL)
		target->call->target = NULL;
	target_stop_request(target);
	io_timer_destroy(target->timer);
	io_timer_destroy(target->timeout);
	window_finish(&target->window);
	bw_arena_destroy(target->arena);
	free(target->form);
	free(target);
}
