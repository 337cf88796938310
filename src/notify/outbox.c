/* outbox.c - takes messages in, gives each to its channel's lane, and lets none be too many.
 *
 *   outbox_put -> record (outbox_store.c) -> lane (outbox_lane.c) -> attempt -> outbox_end -> log
 *
 * A message is in the log from its first moment; it leaves when OUTBOX_LOG_MAX others have ended
 * after it.
 *
 * Invariants: a message is in exactly one lane while it is queued, and in the list of ended ones
 * afterwards. `queued` counts the former, `ended` the latter.
 */
#include "notify/outbox.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "notify/outbox_impl.h"

enum { LOG_TEXT_MAX = 768 };

/* What a record adds to its notice at most. */
enum { NOTICE_TEXT_MAX = STORE_RECORD_MAX - 4096 };

void outbox_log(struct outbox *outbox, bool is_trouble, const char *format, ...)
{
	char text[LOG_TEXT_MAX];
	va_list args;

	if (outbox->options.log == NULL)
		return;
	va_start(args, format);
	bw_text_format_args(text, sizeof(text), format, args);
	va_end(args);
	outbox->options.log(outbox->options.arg, is_trouble, text);
}

void outbox_changed(struct outbox *outbox)
{
	if (outbox->options.changed != NULL)
		outbox->options.changed(outbox->options.arg);
}

void outbox_run(struct outbox *outbox)
{
	for (size_t nth = 0; nth < outbox->lane_count; nth++)
		lane_run(outbox->lanes[nth]);
	outbox_commit(outbox);
}

struct outbox *outbox_create(const struct outbox_options *options)
{
	struct outbox *outbox = xcalloc(1, sizeof(*outbox));

	outbox->options = *options;
	outbox->chance = options->seed != 0 ? options->seed : 1;
	outbox->patience = io_timer_create(options->loop, outbox_patience_over, outbox);
	return outbox;
}

static void abandon_queue(struct lane *lane)
{
	while (lane->head != NULL)
		lane_remove(lane, lane->head);
}

void outbox_destroy(struct outbox *outbox)
{
	struct delivery *delivery;

	if (outbox == NULL)
		return;
	for (size_t nth = 0; nth < outbox->lane_count; nth++) {
		abandon_queue(outbox->lanes[nth]);
		lane_destroy(outbox->lanes[nth]);
	}
	free((void *)outbox->lanes);
	while ((delivery = outbox->oldest) != NULL) {
		outbox->oldest = delivery->newer;
		delivery_destroy(delivery);
	}
	if (outbox->commit != NULL)
		outbox->commit->outbox = NULL;
	io_timer_destroy(outbox->patience);
	free(outbox);
}

/* --- channels --- */

/* Its lane leaves the old ones, or is made. */
static struct lane *take_lane(struct outbox *outbox, const struct channel *channel)
{
	for (size_t nth = 0; nth < outbox->lane_count; nth++) {
		struct lane *lane = outbox->lanes[nth];

		if (lane == NULL || strcmp(lane->name, channel->name) != 0)
			continue;
		outbox->lanes[nth] = NULL;
		lane_configure(lane, channel);
		return lane;
	}
	return lane_create(outbox, channel);
}

/* What waits for a channel that nobody has any more. */
static void end_lane(struct outbox *outbox, struct lane *lane)
{
	size_t count = lane->count;

	while (lane->head != NULL) {
		struct delivery *delivery = lane->head;

		lane_remove(lane, delivery);
		outbox_end(outbox, delivery, DELIVERY_GIVEN_UP, OUTBOX_NO_CHANNEL);
	}
	if (count > 0)
		outbox_log(outbox, true,
			   "channel %s is no longer configured; %zu messages to it are given up",
			   lane->name, count);
	lane_destroy(lane);
}

void outbox_set_channels(struct outbox *outbox, const struct channel *channels, size_t count)
{
	struct lane **lanes = xcalloc(count + 1, sizeof(struct lane *));
	struct lane **before = outbox->lanes;
	size_t before_count = outbox->lane_count;

	bw_assert(count <= ALERT_CHANNELS_MAX);
	for (size_t nth = 0; nth < count; nth++)
		lanes[nth] = take_lane(outbox, &channels[nth]);
	outbox->lanes = lanes;
	outbox->lane_count = count;
	for (size_t nth = 0; nth < before_count; nth++) {
		if (before[nth] != NULL)
			end_lane(outbox, before[nth]);
	}
	free((void *)before);
	outbox_changed(outbox);
	outbox_run(outbox);
}

void outbox_start(struct outbox *outbox)
{
	outbox_load(outbox);
	outbox->started = true;
	if (outbox->queued > 0)
		outbox_log(outbox, false, "%zu messages of an earlier life wait to be sent",
			   outbox->queued);
	outbox_run(outbox);
}

/* --- messages --- */

void outbox_end(struct outbox *outbox, struct delivery *delivery, enum delivery_state state,
		const char *text)
{
	struct lane *lane = outbox_lane(outbox, delivery->channel);

	delivery->state = state;
	delivery->ended = io_loop_wall(outbox->options.loop);
	if (text != delivery->text)
		bw_text_format(delivery->text, sizeof(delivery->text), "%s", text);
	delivery->stored = outbox_keep(outbox, delivery);
	outbox->queued--;
	if (lane != NULL) {
		lane->stored = delivery->stored;
		lane->sent += state == DELIVERY_SENT;
		lane->given_up += state == DELIVERY_GIVEN_UP;
	}
	outbox_link_ended(outbox, delivery);
	outbox_changed(outbox);
}

/* The oldest reminder of any channel that is not under way. */
static struct delivery *oldest_reminder(const struct outbox *outbox)
{
	for (struct delivery *delivery = outbox->oldest; delivery != NULL;
	     delivery = delivery->newer) {
		const struct lane *lane;

		if (delivery->kind != NOTICE_REMINDER || delivery->state != DELIVERY_QUEUED)
			continue;
		lane = outbox_lane(outbox, delivery->channel);
		if (lane_sending(lane) != delivery)
			return delivery;
	}
	return NULL;
}

static struct delivery *oldest_of_longest(const struct outbox *outbox)
{
	const struct lane *longest = NULL;

	for (size_t nth = 0; nth < outbox->lane_count; nth++) {
		if (longest == NULL || outbox->lanes[nth]->count > longest->count)
			longest = outbox->lanes[nth];
	}
	bw_assert(longest != NULL); /* messages wait, so there is a lane */
	return lane_sending(longest) == longest->head ? longest->head->next : longest->head;
}

static void make_room(struct outbox *outbox)
{
	struct delivery *delivery = oldest_reminder(outbox);

	if (delivery == NULL)
		delivery = oldest_of_longest(outbox);
	outbox_log(outbox, true,
		   "channel %s: a message is dropped, because more than %d wait: \"%s\"",
		   delivery->channel, OUTBOX_MAX, delivery->headline);
	lane_remove(outbox_lane(outbox, delivery->channel), delivery);
	outbox_end(outbox, delivery, DELIVERY_GIVEN_UP, "dropped: too many messages wait");
}

/* As many alerts as there is room for in a record; the others are counted. malloc()ed. */
static char *encode(const struct notice *notice)
{
	struct notice fitting = *notice;
	struct bw_buf text;

	bw_buf_init(&text, 0);
	notice_encode(&fitting, &text);
	while (text.len > NOTICE_TEXT_MAX && fitting.count > 1) {
		fitting.more += fitting.count - fitting.count / 2;
		fitting.count /= 2;
		bw_buf_clear(&text);
		notice_encode(&fitting, &text);
	}
	xalloc_must(text.status);
	return bw_buf_take(&text, NULL);
}

void outbox_put(struct outbox *outbox, const struct notice *notice)
{
	struct lane *lane = outbox_lane(outbox, notice->channel);
	struct delivery *delivery;
	char *text;

	bw_assert(outbox->started);
	if (outbox->queued >= OUTBOX_MAX)
		make_room(outbox);
	text = encode(notice);
	delivery = delivery_create(++outbox->last_id, text);
	free(text);
	bw_assert(delivery != NULL);
	outbox_link(outbox, delivery);
	outbox->queued++;
	if (lane == NULL) {
		outbox_log(outbox, true, "a message is given up: there is no channel %s",
			   delivery->channel);
		outbox_end(outbox, delivery, DELIVERY_GIVEN_UP, OUTBOX_NO_CHANNEL);
	} else {
		delivery->stored = outbox_keep(outbox, delivery);
		lane_push(lane, delivery);
		outbox_changed(outbox);
		lane_run(lane);
	}
	outbox_commit(outbox);
}
