/* live.c - events and snapshots made of what live_state.c finds changed.
 *
 * While nobody listens, one resync at the end of the ring stands for all turns until the next
 * reader comes, who may resume from an event before it. A snapshot counts as a listener: the turn
 * after it is an event, so that two snapshots of one `seq` never differ but in `now`.
 */
#include "daemon/live.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "base/xalloc.h"
#include "daemon/live_state.h"

#define LIVE_PATH "/api/v1/live"

enum { EVENT_RING = 256, TURN_MARKS_MAX = 16 };

struct live {
	struct io_loop *loop;
	struct http_topic *topic;
	struct engine *engine;
	struct live_state *state;
	struct io_timer *heartbeat;
	uint64_t seq;
	bool unheard; /* the ring ends with a resync, and nobody has listened since */
	struct bw_buf event;
	struct http_body *snapshot; /* of `seq`; NULL: none yet */
};

static int64_t ms_of(struct bw_wall time)
{
	return time.us / 1000;
}

static void write_seq(uint64_t seq, struct bw_wall now, struct bw_json *json)
{
	bw_json_key(json, "seq");
	bw_json_int(json, (int64_t)seq);
	bw_json_key(json, "now");
	bw_json_int(json, ms_of(now));
}

static void write_head(const struct live *live, uint64_t seq, struct bw_wall now,
		       struct bw_json *json)
{
	write_seq(seq, now, json);
	bw_json_key(json, "roster");
	bw_json_string(json, live_state_roster(live->state));
}

static struct bw_wall begin_event(struct live *live, struct bw_json *json)
{
	struct bw_wall now = io_loop_wall(live->loop);

	bw_buf_clear(&live->event);
	bw_json_init(json, &live->event);
	bw_json_object_begin(json);
	return now;
}

/* What a reader gets first who does not resume. */
static void set_hello(struct live *live)
{
	struct bw_json json;
	struct bw_buf text;
	struct http_body *body;
	size_t len;

	bw_buf_init(&text, 0);
	bw_json_init(&json, &text);
	bw_json_object_begin(&json);
	write_head(live, live->seq, io_loop_wall(live->loop), &json);
	bw_json_object_end(&json);
	xalloc_must(text.status);
	char *data = bw_buf_take(&text, &len);
	body = http_body_create(data, len, "application/json");
	http_topic_set_snapshot(live->topic, "hello", body);
	http_body_release(body);
}

/* Ends the event begun, which is number seq + 1. */
static void send_event(struct live *live, const char *event, struct bw_json *json)
{
	bw_json_object_end(json);
	xalloc_must(live->event.status);
	live->seq++;
	uint64_t id =
		http_topic_publish(live->topic, event, live->event.data, live->event.len, true);
	bw_assert(id == live->seq);
	http_body_release(live->snapshot);
	live->snapshot = NULL;
	set_hello(live);
}

static void send_resync(struct live *live)
{
	struct bw_json json;
	struct bw_wall now = begin_event(live, &json);

	write_head(live, live->seq + 1, now, &json);
	send_event(live, "resync", &json);
}

/* Is anybody there to be told? If not, the ring ends with a resync afterwards. */
static bool is_heard(struct live *live)
{
	bool heard = http_topic_subscribers(live->topic) > 0;

	if (!heard && !live->unheard)
		send_resync(live);
	live->unheard = !heard;
	return heard;
}

static void beat(void *arg)
{
	struct live *live = arg;
	struct bw_json json;

	io_timer_start(live->heartbeat, LIVE_HEARTBEAT_US);
	set_hello(live);
	if (http_topic_subscribers(live->topic) == 0)
		return;
	struct bw_wall now = begin_event(live, &json);
	write_seq(live->seq, now, &json);
	bw_json_object_end(&json);
	xalloc_must(live->event.status);
	http_topic_publish(live->topic, "heartbeat", live->event.data, live->event.len, false);
}

struct live *live_create(struct io_loop *loop, struct http_server *server)
{
	struct live *live = xcalloc(1, sizeof(*live));

	live->loop = loop;
	live->topic = http_topic_create(server, LIVE_PATH, EVENT_RING);
	live->heartbeat = io_timer_create(loop, beat, live);
	bw_buf_init(&live->event, 0);
	return live;
}

void live_destroy(struct live *live)
{
	if (live == NULL)
		return;
	io_timer_destroy(live->heartbeat);
	http_body_release(live->snapshot);
	bw_buf_finish(&live->event);
	live_state_destroy(live->state);
	free(live);
}

void live_bind(struct live *live, struct engine *engine, const struct publisher *publisher)
{
	live->engine = engine;
	live->state = live_state_create(engine, publisher);
	io_timer_start(live->heartbeat, LIVE_HEARTBEAT_US);
}

static void send_patch(struct live *live, const struct engine_turn *turn)
{
	struct bw_json json;
	struct bw_wall now = begin_event(live, &json);

	write_head(live, live->seq + 1, now, &json);
	switch (live_state_write_patch(live->state, turn, now, &json)) {
	case LIVE_CHANGED:
		send_event(live, "patch", &json);
		break;
	case LIVE_TOO_MUCH:
		send_resync(live);
		break;
	case LIVE_UNCHANGED:
		break;
	}
}

static void send_sample(struct live *live, const struct bw_history_point *point)
{
	struct bw_json json;
	struct bw_wall now = begin_event(live, &json);

	write_seq(live->seq + 1, now, &json);
	bw_json_key(&json, "at");
	bw_json_int(&json, ms_of(point->time));
	bw_json_key(&json, "values");
	bw_json_array_begin(&json);
	bw_json_double(&json, point->health_score);
	bw_json_double(&json, point->availability);
	bw_json_double(&json, point->response_time);
	bw_json_number(&json, point->cpu_usage);
	bw_json_number(&json, point->memory_usage);
	bw_json_double(&json, point->circuit_breaker_health);
	bw_json_array_end(&json);
	send_event(live, "sample", &json);
}

static void send_mark(struct live *live, const struct bw_change *change)
{
	const char *const texts[] = { bw_change_kind_text(change->kind), change->name, change->from,
				      change->to, change->text };
	struct bw_json json;

	struct bw_wall now = begin_event(live, &json);
	write_seq(live->seq + 1, now, &json);
	bw_json_key(&json, "mark");
	bw_json_array_begin(&json);
	bw_json_int(&json, ms_of(change->at));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		bw_json_string(&json, texts[i]);
	bw_json_array_end(&json);
	send_event(live, "mark", &json);
}

/* The newest of what the turn added to the journal, in their order: the history has them all, and
 * more would push the patches out of the ring. */
static void send_marks(struct live *live, const struct engine_turn *turn)
{
	const struct bw_journal_filter filter = { .from = { INT64_MIN },
						  .to = { INT64_MAX },
						  .after_id = turn->journal_after };
	struct bw_change marks[TURN_MARKS_MAX];
	uint64_t cursor = 0;
	int count = 0;

	while (count < TURN_MARKS_MAX &&
	       bw_journal_next(engine_journal(live->engine), &filter, &cursor, &marks[count]))
		count += bw_change_is_mark(&marks[count]);
	while (count > 0)
		send_mark(live, &marks[--count]);
}

void live_turn(struct live *live, const struct engine_turn *turn)
{
	bool is_renamed = turn->reloaded && live_state_take_roster(live->state);

	if (!is_heard(live)) {
		set_hello(live);
		return;
	}
	if (is_renamed)
		send_resync(live);
	else
		send_patch(live, turn);
	send_marks(live, turn);
	if (turn->sampled)
		send_sample(live, &turn->point);
}

static struct http_body *build_snapshot(struct live *live)
{
	struct bw_wall now = io_loop_wall(live->loop);
	struct bw_json json;
	struct bw_buf text;
	size_t len;

	bw_buf_init(&text, 0);
	bw_json_init(&json, &text);
	bw_json_object_begin(&json);
	write_head(live, live->seq, now, &json);
	live_state_write_snapshot(live->state, live->unheard, now, &json);
	bw_json_object_end(&json);
	xalloc_must(text.status);
	char *data = bw_buf_take(&text, &len);
	return http_body_create(data, len, "application/json");
}

struct http_body *live_snapshot(struct live *live)
{
	if (live->snapshot == NULL)
		live->snapshot = build_snapshot(live);
	live->unheard = false;
	return http_body_retain(live->snapshot);
}
