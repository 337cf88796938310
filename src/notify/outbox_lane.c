/* outbox_lane.c - one channel: the first of its queue, tried until its end is known.
 *
 * An attempt begins when nothing else is under way, the message and the outcome of the one before
 * are safe in the store, and neither back-off nor rate holds it back. Every change of one of these
 * leads to lane_run(), which begins it or starts the timer for what is missing.
 *
 * A kind that keeps state is told again what fires whenever its queue is empty and it is time. That
 * goes through the same door, so that it never runs beside a message, and never before one.
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "notify/outbox_impl.h"

#define BACK_OFF_FIRST_US (5 * BW_SECOND_US)
#define BACK_OFF_MAX_US (5 * 60 * BW_SECOND_US)

static void on_timer(void *arg)
{
	struct lane *lane = arg;

	lane_run(lane);
}

struct lane *lane_create(struct outbox *outbox, const struct channel *channel)
{
	struct lane *lane = xcalloc(1, sizeof(*lane));

	lane->outbox = outbox;
	lane->channel = channel;
	lane->name = xstrdup(channel->name);
	lane->timer = io_timer_create(outbox->options.loop, on_timer, lane);
	rate_set(&lane->rate, channel->rate_max, channel->rate_us);
	return lane;
}

static void stop_attempt(struct lane *lane)
{
	channel_stop(lane->attempt);
	lane->attempt = NULL;
	lane->refreshing = false;
}

void lane_destroy(struct lane *lane)
{
	bw_assert(lane->head == NULL);
	stop_attempt(lane);
	io_timer_destroy(lane->timer);
	rate_finish(&lane->rate);
	free(lane->name);
	free(lane);
}

void lane_configure(struct lane *lane, const struct channel *channel)
{
	stop_attempt(lane);
	lane->channel = channel;
	lane->failures = 0;
	lane->not_before = (struct bw_mono){ 0 };
	lane->refresh_at = (struct bw_mono){ 0 };
	lane->refresh_nth = 0;
	rate_set(&lane->rate, channel->rate_max, channel->rate_us);
}

void lane_push(struct lane *lane, struct delivery *delivery)
{
	delivery->next = NULL;
	if (lane->tail != NULL)
		lane->tail->next = delivery;
	else
		lane->head = delivery;
	lane->tail = delivery;
	lane->count++;
}

void lane_remove(struct lane *lane, struct delivery *delivery)
{
	struct delivery *before = NULL;

	for (struct delivery *at = lane->head; at != delivery; at = at->next)
		before = at;
	if (before != NULL)
		before->next = delivery->next;
	else
		lane->head = delivery->next;
	if (lane->tail == delivery)
		lane->tail = before;
	delivery->next = NULL;
	lane->count--;
}

const struct delivery *lane_sending(const struct lane *lane)
{
	return lane->attempt != NULL && !lane->refreshing ? lane->head : NULL;
}

/* --- what an attempt led to --- */

/* Less a little by chance, so that channels that fell together are not tried together. */
static int64_t back_off_us(struct lane *lane)
{
	uint64_t *chance = &lane->outbox->chance;
	int64_t us = BACK_OFF_FIRST_US;

	for (int nth = 1; nth < lane->failures && us < BACK_OFF_MAX_US; nth++)
		us *= 2;
	if (us > BACK_OFF_MAX_US)
		us = BACK_OFF_MAX_US;
	*chance ^= *chance << 13;
	*chance ^= *chance >> 7;
	*chance ^= *chance << 17;
	return us - (int64_t)(*chance % (uint64_t)(us / 5));
}

static int64_t hold_us(struct lane *lane, int64_t asked_us)
{
	if (asked_us <= 0)
		return back_off_us(lane);
	return asked_us < OUTBOX_HELD_MAX_US ? asked_us : OUTBOX_HELD_MAX_US;
}

/* True: until now it worked. */
static bool note_trouble(struct lane *lane, const struct channel_result *result)
{
	bool is_new = lane->failing_since.us == 0;

	memcpy(lane->trouble, result->text, sizeof(lane->trouble));
	if (is_new)
		lane->failing_since = io_loop_wall(lane->outbox->options.loop);
	return is_new;
}

static void tell_trouble(struct lane *lane)
{
	outbox_log(lane->outbox, true, "channel %s fails: %s; trying again until it works",
		   lane->name, lane->trouble);
}

static void note_success(struct lane *lane)
{
	struct bw_wall now = io_loop_wall(lane->outbox->options.loop);

	if (lane->failing_since.us != 0)
		outbox_log(lane->outbox, false, "channel %s works again after %lld s; %zu wait",
			   lane->name,
			   (long long)((now.us - lane->failing_since.us) / BW_SECOND_US),
			   lane->count);
	lane->failures = 0;
	lane->not_before = (struct bw_mono){ 0 };
	lane->failing_since = (struct bw_wall){ 0 };
	lane->trouble[0] = '\0';
}

static void hold_back(struct lane *lane, int64_t asked_us)
{
	struct io_loop *loop = lane->outbox->options.loop;

	lane->failures++;
	lane->not_before = bw_mono_add(io_loop_mono(loop), hold_us(lane, asked_us));
}

/* While a channel does not work, what is too old is given up. */
static void give_up_old(struct lane *lane)
{
	struct outbox *outbox = lane->outbox;
	int64_t limit_us = io_loop_wall(outbox->options.loop).us - OUTBOX_GIVE_UP_US;
	char text[CHANNEL_TEXT_MAX];
	size_t count = 0;

	bw_text_format(text, sizeof(text), "not delivered within %d h: %s",
		       (int)(OUTBOX_GIVE_UP_US / BW_SECOND_US / 3600), lane->trouble);
	while (lane->head != NULL && lane->head->at.us < limit_us) {
		struct delivery *delivery = lane->head;

		lane_remove(lane, delivery);
		outbox_end(outbox, delivery, DELIVERY_GIVEN_UP, text);
		count++;
	}
	if (count > 0)
		outbox_log(outbox, true, "channel %s: %zu messages are given up: %s", lane->name,
			   count, text);
}

static void note_retry(struct lane *lane, struct delivery *delivery, int64_t asked_us)
{
	struct io_loop *loop = lane->outbox->options.loop;

	hold_back(lane, asked_us);
	delivery->held_until = (struct bw_wall){ 0 };
	if (asked_us > 0)
		delivery->held_until.us =
			io_loop_wall(loop).us + bw_mono_since(lane->not_before, io_loop_mono(loop));
	delivery->stored = outbox_keep(lane->outbox, delivery);
	give_up_old(lane);
}

static void settle(struct lane *lane, struct delivery *delivery,
		   const struct channel_result *result)
{
	struct outbox *outbox = lane->outbox;
	bool is_new;

	delivery->attempts++;
	memcpy(delivery->text, result->text, sizeof(delivery->text));
	if (result->outcome == CHANNEL_SENT) {
		lane->last_sent = io_loop_wall(outbox->options.loop);
		lane_remove(lane, delivery);
		note_success(lane);
		outbox_end(outbox, delivery, DELIVERY_SENT, delivery->text);
		return;
	}
	is_new = note_trouble(lane, result);
	delivery->failing_since = lane->failing_since;
	if (result->outcome == CHANNEL_RETRY) {
		if (is_new)
			tell_trouble(lane);
		note_retry(lane, delivery, result->retry_us);
		return;
	}
	outbox_log(outbox, true, "channel %s refuses a message, which is given up: \"%s\": %s",
		   lane->name, delivery->headline, result->text);
	lane_remove(lane, delivery);
	outbox_end(outbox, delivery, DELIVERY_GIVEN_UP, delivery->text);
}

static void on_delivery(void *arg, const struct channel_result *told)
{
	struct lane *lane = arg;
	struct channel_result result = *told;

	stop_attempt(lane);
	settle(lane, lane->head, &result);
	outbox_changed(lane->outbox);
	lane_run(lane);
	outbox_commit(lane->outbox);
}

static void on_refresh(void *arg, const struct channel_result *told)
{
	struct lane *lane = arg;
	struct channel_result result = *told;

	stop_attempt(lane);
	lane->refresh_nth++;
	if (result.outcome == CHANNEL_SENT) {
		note_success(lane);
	} else {
		if (note_trouble(lane, &result))
			tell_trouble(lane);
		hold_back(lane, result.retry_us);
	}
	outbox_changed(lane->outbox);
	lane_run(lane);
}

/* --- beginning one --- */

static void begin(struct lane *lane, const struct notice *notice, channel_callback *callback)
{
	struct outbox *outbox = lane->outbox;

	lane->attempts++;
	lane->attempt = channel_start(outbox->options.loop, lane->channel, notice, callback, lane);
	outbox_changed(outbox);
}

static int64_t back_off_left_us(const struct lane *lane)
{
	int64_t us = bw_mono_since(lane->not_before, io_loop_mono(lane->outbox->options.loop));

	return us > 0 ? us : 0;
}

static int64_t wait_us(const struct lane *lane)
{
	struct bw_mono now = io_loop_mono(lane->outbox->options.loop);
	int64_t rate_us = rate_wait_us(&lane->rate, now), back_off_us = back_off_left_us(lane);

	return rate_us > back_off_us ? rate_us : back_off_us;
}

static void run_queue(struct lane *lane)
{
	struct outbox *outbox = lane->outbox;
	struct delivery *head = lane->head;
	int64_t left_us = wait_us(lane);
	struct notice notice;

	if (!outbox_is_safe(outbox, lane->stored) || !outbox_is_safe(outbox, head->stored))
		return;
	if (left_us > 0) {
		io_timer_start(lane->timer, left_us);
		return;
	}
	xalloc_must(notice_decode(head->notice, &notice, NULL));
	rate_note(&lane->rate, io_loop_mono(outbox->options.loop));
	begin(lane, &notice, on_delivery);
	notice_finish(&notice);
}

static void run_refresh(struct lane *lane)
{
	const struct outbox_options *options = &lane->outbox->options;
	struct bw_mono now = io_loop_mono(options->loop);
	int64_t left_us = bw_mono_since(lane->refresh_at, now);
	struct notice notice;

	if (!lane->channel->kind->keeps_state || options->firing == NULL)
		return;
	if (left_us < back_off_left_us(lane))
		left_us = back_off_left_us(lane);
	if (left_us > 0) {
		io_timer_start(lane->timer, left_us);
		return;
	}
	if (!options->firing(options->arg, lane->name, lane->refresh_nth, &notice)) {
		lane->refresh_nth = 0;
		lane->refresh_at = bw_mono_add(now, OUTBOX_REFRESH_US);
		io_timer_start(lane->timer, OUTBOX_REFRESH_US);
		return;
	}
	lane->refreshing = true;
	begin(lane, &notice, on_refresh);
}

void lane_run(struct lane *lane)
{
	if (lane->attempt != NULL || !lane->outbox->started)
		return;
	io_timer_stop(lane->timer);
	if (lane->head != NULL)
		run_queue(lane);
	else
		run_refresh(lane);
}

struct bw_wall lane_next_try(const struct lane *lane)
{
	struct io_loop *loop = lane->outbox->options.loop;
	int64_t left_us = wait_us(lane);

	if (lane->attempt != NULL || lane->head == NULL || left_us == 0)
		return (struct bw_wall){ 0 };
	return (struct bw_wall){ io_loop_wall(loop).us + left_us };
}
