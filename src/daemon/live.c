/* live.c - what was last sent, so that only what differs is sent again.
 *
 * Parts are compared as bytes, rows and breakers by a hash of what a patch says of them.
 *
 * Invariant: a reader who holds a snapshot of `seq` and every later event holds what a snapshot
 * built now would say. Snapshots are built between turns and may know more than the latest event,
 * so what one shows and no event has told is marked as not sent and goes out with the next turn,
 * whatever it is by then. A snapshot counts as a listener: the turn after it is an event, so that
 * two snapshots of one `seq` never differ but in `now`.
 *
 * While nobody listens, one resync at the end of the ring stands for all turns until the next
 * reader comes, who may resume from an event before it.
 */
#include "daemon/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "base/strmap.h"
#include "base/xalloc.h"
#include "daemon/live_alerts.h"
#include "daemon/live_columns.h"
#include "daemon/views.h"

#define LIVE_PATH "/api/v1/live"

enum { EVENT_RING = 256, ROSTER_TEXT_MAX = 17, PART_COUNT = 6 };

struct part {
	struct bw_buf last, fresh;
	bool is_sent; /* readers have `last` */
};

struct live {
	struct io_loop *loop;
	struct http_topic *topic;
	struct engine *engine;
	const struct publisher *publisher;
	struct io_timer *heartbeat;
	uint64_t seq;
	bool unheard; /* the ring ends with a resync, and nobody has listened since */
	char roster[ROSTER_TEXT_MAX];
	struct bw_buf event;
	struct part parts[PART_COUNT];
	uint64_t *rows; /* hash of each as it was sent; 0: not sent */
	size_t row_count;
	struct bw_strmap *breakers; /* likewise by name; the pointers are hashes */
	struct http_body *snapshot; /* of `seq`; NULL: none yet */
};

static void write_overview(const struct live *live, struct bw_json *json)
{
	bw_dashboard_write_steady_overview(engine_dashboard(live->engine), json);
}

static void write_metrics(const struct live *live, struct bw_json *json)
{
	struct bw_metrics metrics;

	bw_dashboard_metrics(engine_dashboard(live->engine), &metrics);
	bw_dashboard_write_metrics(engine_dashboard(live->engine), &metrics, json);
}

static void write_resources(const struct live *live, struct bw_json *json)
{
	bw_dashboard_write_resources(engine_dashboard(live->engine), json);
}

static void write_metadata(const struct live *live, struct bw_json *json)
{
	struct engine_stats stats;

	engine_stats(live->engine, &stats);
	bw_json_object_begin(json);
	bw_json_key(json, "started");
	bw_json_wall(json, stats.started);
	bw_json_key(json, "auto_refresh_interval");
	bw_json_int(json, engine_settings(live->engine)->refresh_us / BW_SECOND_US);
	publisher_write_metadata(live->publisher, json);
	bw_json_object_end(json);
}

static void write_thresholds(const struct live *live, struct bw_json *json)
{
	view_write_thresholds(&engine_settings(live->engine)->thresholds, json);
}

static void write_alerts(const struct live *live, struct bw_json *json)
{
	live_write_alerts(engine_alerts(live->engine), json);
}

static const struct {
	const char *key;
	void (*write)(const struct live *live, struct bw_json *json);
} part_rows[PART_COUNT] = {
	{ "overview", write_overview },     { "metrics", write_metrics },
	{ "resources", write_resources },   { "metadata", write_metadata },
	{ "thresholds", write_thresholds }, { "alerts", write_alerts },
};

static int64_t ms_of(struct bw_wall time)
{
	return time.us / 1000;
}

static void write_head(const struct live *live, uint64_t seq, struct bw_wall now,
		       struct bw_json *json)
{
	bw_json_key(json, "seq");
	bw_json_int(json, (int64_t)seq);
	bw_json_key(json, "now");
	bw_json_int(json, ms_of(now));
	bw_json_key(json, "roster");
	bw_json_string(json, live->roster);
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
	bw_json_key(&json, "seq");
	bw_json_int(&json, (int64_t)live->seq);
	bw_json_key(&json, "now");
	bw_json_int(&json, ms_of(now));
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
	live->breakers = bw_strmap_create();
	if (live->breakers == NULL)
		xalloc_die();
	bw_buf_init(&live->event, 0);
	for (size_t i = 0; i < PART_COUNT; i++) {
		bw_buf_init(&live->parts[i].last, 0);
		bw_buf_init(&live->parts[i].fresh, 0);
	}
	return live;
}

void live_destroy(struct live *live)
{
	if (live == NULL)
		return;
	io_timer_destroy(live->heartbeat);
	http_body_release(live->snapshot);
	bw_buf_finish(&live->event);
	for (size_t i = 0; i < PART_COUNT; i++) {
		bw_buf_finish(&live->parts[i].last);
		bw_buf_finish(&live->parts[i].fresh);
	}
	bw_strmap_destroy(live->breakers);
	free(live->rows);
	free(live);
}

void live_bind(struct live *live, struct engine *engine, const struct publisher *publisher)
{
	live->engine = engine;
	live->publisher = publisher;
	io_timer_start(live->heartbeat, LIVE_HEARTBEAT_US);
}

static struct live_row row_of(const struct live *live, const struct component *component)
{
	const struct component_settings *settings = component_settings(component);
	struct store_state state;
	struct live_row row;

	component_state(component, &state);
	row = (struct live_row){
		.name = settings->name,
		.group = settings->group,
		.kind = settings->kind == NULL ? "breaker" : settings->kind->name,
		.critical = settings->critical,
		.limit_us = settings->common.within_us,
		.health = state.health,
		.has_response = state.has_response,
		.response_us = state.response_us,
		.checked = component_last_check(component),
		.since = state.since,
		.error = state.error,
	};
	if (row.limit_us == 0)
		row.limit_us =
			(int64_t)(engine_settings(live->engine)->thresholds.response_time_ms *
				  1000.0);
	return row;
}

/* The components of a configuration, by a name; true when it is not what it was. */
static bool take_roster(struct live *live)
{
	struct engine_stats stats;
	char text[ROSTER_TEXT_MAX];
	uint64_t hash;

	engine_stats(live->engine, &stats);
	hash = live_hash(1, &stats.started, sizeof(stats.started));
	for (size_t i = 0; i < engine_component_count(live->engine); i++) {
		struct live_row row = row_of(live, engine_component(live->engine, i));

		hash = live_row_identity(&row, hash);
	}
	snprintf(text, sizeof(text), "%016" PRIx64, hash);
	if (strcmp(text, live->roster) == 0)
		return false;
	memcpy(live->roster, text, sizeof(text));
	live->row_count = engine_component_count(live->engine);
	free(live->rows);
	live->rows = xcalloc(live->row_count + 1, sizeof(*live->rows));
	return true;
}

static void *hash_of_breaker(const struct live *live, const char *name, const char **json,
			     size_t *len)
{
	uint64_t hash;

	if (!bw_dashboard_breaker_fragment(engine_dashboard(live->engine), name, json, len))
		return NULL;
	hash = live_hash(1, *json, *len);
	return (void *)(uintptr_t)(hash == 0 ? 1 : hash);
}

static size_t write_changed_breakers(struct live *live, bool all, struct bw_json *json)
{
	struct guards *guards = engine_guards(live->engine);
	const char *text;
	struct guard *guard;
	size_t cursor = 0, count = 0, len;

	bw_json_key(json, "changed");
	bw_json_object_begin(json);
	while ((guard = guards_next(guards, &cursor)) != NULL) {
		const char *name = guard_name(guard);
		void *hash = hash_of_breaker(live, name, &text, &len);
		bool is_sent = bw_strmap_get(live->breakers, name) == hash;

		if (hash == NULL || (is_sent && !all))
			continue;
		if (!is_sent)
			xalloc_must(bw_strmap_put(live->breakers, name, all ? NULL : hash));
		bw_json_key(json, name);
		bw_json_raw(json, text, len);
		count++;
	}
	bw_json_object_end(json);
	return count;
}

static size_t write_removed_breakers(struct live *live, struct bw_json *json)
{
	struct guards *guards = engine_guards(live->engine);
	struct bw_strmap_entry entry;
	size_t cursor = 0, count = 0;

	while (bw_strmap_count(live->breakers) > guards_count(guards) &&
	       bw_strmap_next(live->breakers, &cursor, &entry)) {
		if (guards_find(guards, entry.key) != NULL)
			continue;
		bw_json_string(json, entry.key);
		bw_strmap_remove(live->breakers, entry.key);
		count++;
	}
	return count;
}

/* The whole part; false when nobody needs it, and then it is taken back. */
static bool write_breakers(struct live *live, bool all, struct bw_json *json)
{
	const struct bw_json before = *json;
	const size_t len = json->buf->len;

	bw_json_key(json, "breakers");
	bw_json_object_begin(json);
	bw_dashboard_write_breaker_states(engine_dashboard(live->engine), json);
	size_t count = write_changed_breakers(live, all, json);
	bw_json_key(json, "removed");
	bw_json_array_begin(json);
	if (!all)
		count += write_removed_breakers(live, json);
	bw_json_array_end(json);
	bw_json_object_end(json);
	if (count > 0 || all)
		return true;
	*json = before;
	json->buf->len = len;
	return false;
}

/* Writes the part anew; true when it is not what readers have. */
static bool refresh_part(struct live *live, size_t nth)
{
	struct part *part = &live->parts[nth];
	struct bw_json json;

	bw_buf_clear(&part->fresh);
	bw_json_init(&json, &part->fresh);
	part_rows[nth].write(live, &json);
	xalloc_must(part->fresh.status);
	return !part->is_sent || part->fresh.len != part->last.len ||
	       memcmp(part->fresh.data, part->last.data, part->last.len) != 0;
}

static bool write_changed_parts(struct live *live, struct bw_json *json)
{
	bool any = false;

	for (size_t i = 0; i < PART_COUNT; i++) {
		struct part *part = &live->parts[i];

		if (!refresh_part(live, i))
			continue;
		struct bw_buf kept = part->last;
		part->last = part->fresh;
		part->fresh = kept;
		part->is_sent = true;
		bw_json_key(json, part_rows[i].key);
		bw_json_raw(json, part->last.data, part->last.len);
		any = true;
	}
	return any;
}

struct changed_rows {
	struct live_row *rows;
	uint32_t *positions;
	size_t count;
};

/* The rows that are not what readers have, up to one more than a patch may hold. */
static void find_changed(struct live *live, const struct engine_turn *turn,
			 struct changed_rows *out)
{
	const struct component_settings *first = engine_settings(live->engine)->components;

	for (size_t i = 0; i < turn->changed_count && out->count <= LIVE_ROWS_MAX; i++) {
		struct live_row row = row_of(live, turn->changed[i]);
		size_t at = (size_t)(component_settings(turn->changed[i]) - first);
		uint64_t hash = live_row_hash(&row);

		bw_assert(at < live->row_count);
		if (live->rows[at] == hash)
			continue;
		live->rows[at] = hash;
		out->rows[out->count] = row;
		out->positions[out->count++] = (uint32_t)at;
	}
}

static void send_changes(struct live *live, const struct changed_rows *changed)
{
	struct bw_json json;
	struct bw_wall now = begin_event(live, &json);
	bool any = changed->count > 0;

	write_head(live, live->seq + 1, now, &json);
	any |= write_changed_parts(live, &json);
	any |= write_breakers(live, false, &json);
	if (changed->count > 0) {
		bw_json_key(&json, "components");
		live_write_patch(&json, changed->rows, changed->positions, changed->count, now);
	}
	if (live->event.len > LIVE_PATCH_BYTES)
		send_resync(live);
	else if (any)
		send_event(live, "patch", &json);
}

static void send_patch(struct live *live, const struct engine_turn *turn)
{
	size_t room = turn->changed_count < LIVE_ROWS_MAX ? turn->changed_count : LIVE_ROWS_MAX;
	struct changed_rows changed = {
		.rows = xcalloc(room + 1, sizeof(*changed.rows)),
		.positions = xcalloc(room + 1, sizeof(*changed.positions)),
	};

	find_changed(live, turn, &changed);
	if (changed.count > LIVE_ROWS_MAX)
		send_resync(live);
	else
		send_changes(live, &changed);
	free(changed.rows);
	free(changed.positions);
}

static void send_sample(struct live *live, const struct bw_history_point *point)
{
	struct bw_json json;
	struct bw_wall now = begin_event(live, &json);

	bw_json_key(&json, "seq");
	bw_json_int(&json, (int64_t)live->seq + 1);
	bw_json_key(&json, "now");
	bw_json_int(&json, ms_of(now));
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

void live_turn(struct live *live, const struct engine_turn *turn)
{
	bool is_renamed = turn->reloaded && take_roster(live);

	if (!is_heard(live)) {
		set_hello(live);
		return;
	}
	if (is_renamed)
		send_resync(live);
	else
		send_patch(live, turn);
	if (turn->sampled)
		send_sample(live, &turn->point);
}

static void write_all_parts(struct live *live, struct bw_json *json)
{
	for (size_t i = 0; i < PART_COUNT; i++) {
		struct part *part = &live->parts[i];

		if (refresh_part(live, i))
			part->is_sent = false;
		bw_json_key(json, part_rows[i].key);
		bw_json_raw(json, part->fresh.data, part->fresh.len);
	}
}

static void write_all_rows(struct live *live, struct bw_wall now, struct bw_json *json)
{
	struct live_row *rows = xcalloc(live->row_count + 1, sizeof(*rows));

	for (size_t i = 0; i < live->row_count; i++) {
		rows[i] = row_of(live, engine_component(live->engine, i));
		if (live->rows[i] != live_row_hash(&rows[i]))
			live->rows[i] = 0;
	}
	bw_json_key(json, "components");
	live_write_snapshot(json, rows, live->row_count, now);
	free(rows);
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
	write_all_parts(live, &json);
	write_breakers(live, true, &json);
	write_all_rows(live, now, &json);
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
