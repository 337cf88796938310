/* outbox_store.c - stored before sent: records, commits, and what start-up takes up.
 *
 * Every record put raises a mark. One commit is under way at most; when it is told, all that was
 * put before it was asked for is safe, and the next one is asked for what came meanwhile, so that
 * a storm of messages shares commits. A store that cannot write, or does not answer in time, must
 * not silence alerts: its marks count as safe then too, and the trouble is told.
 *
 * The store may answer after the outbox has gone (at its close); the question outlives it for that.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "notify/outbox_impl.h"

static const char cannot_store[] =
	"messages cannot be stored and are sent all the same: a crash may "
	"lose or repeat some";
static const char no_answer[] =
	"the store does not answer; messages are sent all the same: a crash "
	"may lose or repeat some";

uint64_t outbox_keep(struct outbox *outbox, const struct delivery *delivery)
{
	struct bw_buf text;

	if (outbox->options.store == NULL)
		return 0;
	bw_buf_init(&text, STORE_RECORD_MAX);
	delivery_encode(delivery, &text);
	xalloc_must(text.status);
	const struct store_record record = {
		.kind = STORE_RECORD_MESSAGE,
		.id = delivery->id,
		.ended = delivery->ended,
		.text = text.data,
	};
	store_put_record(outbox->options.store, &record);
	bw_buf_finish(&text);
	return ++outbox->marks.put;
}

static void set_trouble(struct outbox *outbox, const char *text)
{
	bool had = outbox->trouble[0] != '\0', has = text[0] != '\0';

	bw_text_format(outbox->trouble, sizeof(outbox->trouble), "%s", text);
	if (has && !had)
		outbox_log(outbox, true, "%s", text);
	if (had && !has)
		outbox_log(outbox, false, "messages are stored again before they are sent");
	if (had != has)
		outbox_changed(outbox);
}

static void on_commit(void *arg, enum bw_status status)
{
	struct outbox_commit *commit = arg;
	struct outbox *outbox = commit->outbox;

	if (outbox != NULL) {
		outbox->commit = NULL;
		outbox->store_hangs = false;
		outbox->marks.safe = commit->mark;
		io_timer_stop(outbox->patience);
		if (status != BW_OK)
			io_timer_start(outbox->patience, OUTBOX_PATIENCE_US);
		set_trouble(outbox, status == BW_OK ? "" : cannot_store);
		outbox_run(outbox);
	}
	free(commit);
}

static void ask(struct outbox *outbox)
{
	outbox->marks.asked = outbox->marks.put;
	outbox->commit = xcalloc(1, sizeof(*outbox->commit));
	*outbox->commit = (struct outbox_commit){ outbox, outbox->marks.put };
	io_timer_start(outbox->patience, OUTBOX_PATIENCE_US);
	store_commit(outbox->options.store, on_commit, outbox->commit);
}

void outbox_commit(struct outbox *outbox)
{
	if (outbox->commit == NULL && outbox->marks.put != outbox->marks.asked)
		ask(outbox);
}

/* No answer in time, or it is time to ask again after a bad one. */
void outbox_patience_over(void *arg)
{
	struct outbox *outbox = arg;

	if (outbox->commit == NULL) {
		ask(outbox);
		return;
	}
	outbox->store_hangs = true;
	set_trouble(outbox, no_answer);
	outbox_run(outbox);
}

bool outbox_is_safe(const struct outbox *outbox, uint64_t mark)
{
	return mark <= outbox->marks.safe || outbox->store_hangs;
}

/* --- what an earlier life left --- */

struct loading {
	struct outbox *outbox;
	struct delivery **items;
	size_t count, cap;
};

static void take_record(void *arg, const struct store_record *record)
{
	struct loading *loading = arg;
	struct delivery *delivery;

	if (record->id > loading->outbox->last_id && record->id < INT64_MAX)
		loading->outbox->last_id = record->id;
	delivery = delivery_decode(record);
	if (delivery == NULL) {
		outbox_log(loading->outbox, true,
			   "a stored message (m%llu) cannot be read and is left alone",
			   (unsigned long long)record->id);
		return;
	}
	if (loading->count == loading->cap) {
		loading->cap = loading->cap > 0 ? 2 * loading->cap : 64;
		loading->items =
			xrealloc((void *)loading->items, loading->cap * sizeof(struct delivery *));
	}
	loading->items[loading->count++] = delivery;
}

static int by_id(const void *a, const void *b)
{
	const struct delivery *left = *(struct delivery *const *)a;
	const struct delivery *right = *(struct delivery *const *)b;

	return (left->id > right->id) - (left->id < right->id);
}

static int by_end(const void *a, const void *b)
{
	const struct delivery *left = *(struct delivery *const *)a;
	const struct delivery *right = *(struct delivery *const *)b;

	if (left->ended.us != right->ended.us)
		return left->ended.us < right->ended.us ? -1 : 1;
	return by_id(a, b);
}

static void sort(struct loading *loading, int (*order)(const void *, const void *))
{
	if (loading->count > 0)
		qsort((void *)loading->items, loading->count, sizeof(struct delivery *), order);
}

/* Of a message that has ended: what its channel's figures remember. */
static void remember_end(struct outbox *outbox, const struct delivery *delivery)
{
	struct lane *lane = outbox_lane(outbox, delivery->channel);

	if (lane != NULL && delivery->state == DELIVERY_SENT &&
	    delivery->ended.us > lane->last_sent.us)
		lane->last_sent = delivery->ended;
}

/* A channel goes on failing where it stood, and waits as long as it was asked to. */
static void resume_lane(struct lane *lane)
{
	struct io_loop *loop = lane->outbox->options.loop;
	const struct delivery *head = lane->head;
	int64_t held_us;

	if (head == NULL || head->failing_since.us == 0)
		return;
	lane->failing_since = head->failing_since;
	memcpy(lane->trouble, head->text, sizeof(lane->trouble));
	held_us = head->held_until.us - io_loop_wall(loop).us;
	if (held_us > OUTBOX_HELD_MAX_US)
		held_us = OUTBOX_HELD_MAX_US;
	if (held_us > 0)
		lane->not_before = bw_mono_add(io_loop_mono(loop), held_us);
}

/* Into the log and its queue; false: nobody has such a channel any more. */
static bool take_delivery(struct outbox *outbox, struct delivery *delivery)
{
	struct lane *lane = outbox_lane(outbox, delivery->channel);

	outbox_link(outbox, delivery);
	if (delivery->state != DELIVERY_QUEUED)
		return true;
	outbox->queued++;
	if (lane != NULL)
		lane_push(lane, delivery);
	return lane != NULL;
}

static void take_all(struct outbox *outbox, struct loading *loading)
{
	struct delivery **orphans = xcalloc(loading->count + 1, sizeof(struct delivery *));
	size_t orphan_count = 0;

	for (size_t nth = 0; nth < loading->count; nth++) {
		if (!take_delivery(outbox, loading->items[nth]))
			orphans[orphan_count++] = loading->items[nth];
	}
	sort(loading, by_end);
	for (size_t nth = 0; nth < loading->count; nth++) {
		if (loading->items[nth]->state == DELIVERY_QUEUED)
			continue;
		remember_end(outbox, loading->items[nth]);
		outbox_link_ended(outbox, loading->items[nth]);
	}
	for (size_t nth = 0; nth < orphan_count; nth++)
		outbox_end(outbox, orphans[nth], DELIVERY_GIVEN_UP, OUTBOX_NO_CHANNEL);
	free((void *)orphans);
}

void outbox_load(struct outbox *outbox)
{
	struct loading loading = { .outbox = outbox };

	if (outbox->options.store == NULL)
		return;
	store_load_records(outbox->options.store, STORE_RECORD_MESSAGE, OUTBOX_LOG_MAX, take_record,
			   &loading);
	sort(&loading, by_id);
	take_all(outbox, &loading);
	free((void *)loading.items);
	for (size_t nth = 0; nth < outbox->lane_count; nth++)
		resume_lane(outbox->lanes[nth]);
}
