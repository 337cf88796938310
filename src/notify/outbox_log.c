/* outbox_log.c - the log of deliveries: all messages by number, those that have ended by their end,
 * so that the one that ended first leaves when there are too many.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "notify/outbox_impl.h"

enum { ID_TEXT_MAX = 24 };

void outbox_link(struct outbox *outbox, struct delivery *delivery)
{
	delivery->newer = NULL;
	delivery->older = outbox->newest;
	if (outbox->newest != NULL)
		outbox->newest->newer = delivery;
	else
		outbox->oldest = delivery;
	outbox->newest = delivery;
}

static void unlink_all(struct outbox *outbox, struct delivery *delivery)
{
	if (delivery->older != NULL)
		delivery->older->newer = delivery->newer;
	else
		outbox->oldest = delivery->newer;
	if (delivery->newer != NULL)
		delivery->newer->older = delivery->older;
	else
		outbox->newest = delivery->older;
}

/* The one that ended first leaves the log. */
static void forget_oldest(struct outbox *outbox)
{
	struct delivery *gone = outbox->end_oldest;

	outbox->end_oldest = gone->end_newer;
	if (gone->end_newer != NULL)
		gone->end_newer->end_older = NULL;
	else
		outbox->end_newest = NULL;
	unlink_all(outbox, gone);
	delivery_destroy(gone);
	outbox->ended--;
}

void outbox_link_ended(struct outbox *outbox, struct delivery *delivery)
{
	delivery->end_newer = NULL;
	delivery->end_older = outbox->end_newest;
	if (outbox->end_newest != NULL)
		outbox->end_newest->end_newer = delivery;
	else
		outbox->end_oldest = delivery;
	outbox->end_newest = delivery;
	free(delivery->notice);
	delivery->notice = NULL;
	if (++outbox->ended > OUTBOX_LOG_MAX)
		forget_oldest(outbox);
}

struct lane *outbox_lane(const struct outbox *outbox, const char *name)
{
	for (size_t nth = 0; nth < outbox->lane_count; nth++) {
		if (strcmp(outbox->lanes[nth]->name, name) == 0)
			return outbox->lanes[nth];
	}
	return NULL;
}

/* --- looking --- */

static const char *state_text(const struct outbox *outbox, const struct delivery *delivery)
{
	const struct lane *lane;

	if (delivery->state == DELIVERY_SENT)
		return "sent";
	if (delivery->state == DELIVERY_GIVEN_UP)
		return "given_up";
	lane = outbox_lane(outbox, delivery->channel);
	return lane != NULL && lane_sending(lane) == delivery ? "sending" : "queued";
}

static void write_time(struct bw_json *json, const char *key, struct bw_wall time)
{
	bw_json_key(json, key);
	if (time.us != 0)
		bw_json_wall(json, time);
	else
		bw_json_null(json);
}

static void write_alerts(const struct delivery *delivery, struct bw_json *json)
{
	char id[ID_TEXT_MAX];

	bw_json_key(json, "alerts");
	bw_json_array_begin(json);
	for (size_t nth = 0; nth < delivery->alert_count; nth++) {
		snprintf(id, sizeof(id), "a%llu", (unsigned long long)delivery->alerts[nth]);
		bw_json_string(json, id);
	}
	bw_json_array_end(json);
}

/* Only the first of a queue has a next try of its own. */
static struct bw_wall next_try(const struct outbox *outbox, const struct delivery *delivery)
{
	const struct lane *lane = outbox_lane(outbox, delivery->channel);

	return lane != NULL && lane->head == delivery ? lane_next_try(lane) : (struct bw_wall){ 0 };
}

static void write_row(const struct outbox *outbox, const struct delivery *delivery,
		      struct bw_json *json)
{
	char id[ID_TEXT_MAX];

	snprintf(id, sizeof(id), "m%llu", (unsigned long long)delivery->id);
	bw_json_object_begin(json);
	bw_json_member_string(json, "id", id);
	bw_json_member_string(json, "channel", delivery->channel);
	bw_json_member_string(json, "kind", notice_kind_text(delivery->kind));
	bw_json_member_string(json, "key", delivery->key);
	bw_json_member_string(json, "headline", delivery->headline);
	write_alerts(delivery, json);
	write_time(json, "at", delivery->at);
	bw_json_member_string(json, "state", state_text(outbox, delivery));
	bw_json_member_int(json, "attempts", delivery->attempts);
	write_time(json, "next_try", next_try(outbox, delivery));
	write_time(json, "ended", delivery->ended);
	bw_json_member_string(json, "text", delivery->text);
	bw_json_object_end(json);
}

void outbox_write_log(const struct outbox *outbox, const char *channel, size_t limit,
		      struct bw_json *json)
{
	bw_json_array_begin(json);
	for (const struct delivery *delivery = outbox->newest; delivery != NULL && limit > 0;
	     delivery = delivery->older) {
		if (channel != NULL && strcmp(channel, delivery->channel) != 0)
			continue;
		write_row(outbox, delivery, json);
		limit--;
	}
	bw_json_array_end(json);
}

void outbox_write_alert_log(const struct outbox *outbox, uint64_t alert, size_t limit,
			    struct bw_json *json)
{
	bw_json_array_begin(json);
	for (const struct delivery *delivery = outbox->newest; delivery != NULL && limit > 0;
	     delivery = delivery->older) {
		if (!delivery_is_about(delivery, alert))
			continue;
		write_row(outbox, delivery, json);
		limit--;
	}
	bw_json_array_end(json);
}

size_t outbox_channel_count(const struct outbox *outbox)
{
	return outbox->lane_count;
}

void outbox_channel_state(const struct outbox *outbox, size_t nth, struct outbox_channel_state *out)
{
	const struct lane *lane = outbox->lanes[nth];

	*out = (struct outbox_channel_state){
		.name = lane->name,
		.kind = lane->channel->kind->name,
		.queued = lane->count,
		.last_sent = lane->last_sent,
		.failing_since = lane->failing_since,
		.next_try = lane_next_try(lane),
		.sent = lane->sent,
		.given_up = lane->given_up,
		.attempts = lane->attempts,
	};
	memcpy(out->trouble, lane->trouble, sizeof(out->trouble));
}

size_t outbox_depth(const struct outbox *outbox)
{
	return outbox->queued;
}

struct bw_wall outbox_oldest(const struct outbox *outbox)
{
	struct bw_wall oldest = { 0 };

	for (size_t nth = 0; nth < outbox->lane_count; nth++) {
		const struct delivery *head = outbox->lanes[nth]->head;

		if (head != NULL && (oldest.us == 0 || head->at.us < oldest.us))
			oldest = head->at;
	}
	return oldest;
}

const char *outbox_trouble(const struct outbox *outbox)
{
	return outbox->trouble;
}
