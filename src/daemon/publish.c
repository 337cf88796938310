/* publish.c - one buffer for the document, one for the event; bodies are handed to the server
 * whole.
 *
 * The document goes out with its own copy of the bytes (the server's thread reads it while the next
 * one is written), so the cost of a turn is the fragments that changed plus one copy.
 */
#include "daemon/publish.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "base/xalloc.h"
#include "daemon/alert_views.h"
#include "daemon/store_notice.h"
#include "daemon/views.h"

#define DASHBOARD_PATH "/api/v1/dashboard"
#define EVENTS_PATH "/api/v1/events"
#define JSON_TYPE "application/json"

enum { EVENT_RING = 64, CHANGED_MAX = 1000, HOST_NAME_SIZE = 256 };

struct publisher {
	struct http_server *server;
	struct http_topic *topic;
	struct engine *engine;
	struct io_timer *heartbeat;
	uint64_t seq;
	bool unheard; /* the ring ends with a resync and nobody has listened since */
	char *notices[PUBLISHER_NOTICE_COUNT];
	char instance[HOST_NAME_SIZE];
	struct bw_buf event, alerts, metadata;
	size_t more_alerts;  /* that fire and are not in `alerts`: too many for a document */
	size_t document_len; /* of the latest, as a guess for the next */
};

static void beat(void *arg)
{
	struct publisher *publisher = arg;
	struct bw_json json;

	io_timer_start(publisher->heartbeat, PUBLISH_HEARTBEAT_US);
	if (publisher->engine == NULL || http_topic_subscribers(publisher->topic) == 0)
		return;
	bw_buf_clear(&publisher->event);
	bw_json_init(&json, &publisher->event);
	bw_json_object_begin(&json);
	bw_json_key(&json, "seq");
	bw_json_int(&json, (int64_t)publisher->seq);
	bw_json_key(&json, "now");
	bw_json_wall(&json, io_loop_wall(engine_loop(publisher->engine)));
	bw_json_object_end(&json);
	http_topic_publish(publisher->topic, "heartbeat", publisher->event.data,
			   publisher->event.len, false);
}

struct publisher *publisher_create(struct io_loop *loop, struct http_server *server)
{
	struct publisher *publisher = xcalloc(1, sizeof(*publisher));

	publisher->server = server;
	publisher->topic = http_topic_create(server, EVENTS_PATH, EVENT_RING);
	publisher->heartbeat = io_timer_create(loop, beat, publisher);
	if (gethostname(publisher->instance, sizeof(publisher->instance) - 1) != 0)
		publisher->instance[0] = '\0';
	bw_buf_init(&publisher->event, 0);
	bw_buf_init(&publisher->alerts, 0);
	bw_buf_init(&publisher->metadata, 0);
	return publisher;
}

void publisher_destroy(struct publisher *publisher)
{
	if (publisher == NULL)
		return;
	io_timer_destroy(publisher->heartbeat);
	bw_buf_finish(&publisher->event);
	bw_buf_finish(&publisher->alerts);
	bw_buf_finish(&publisher->metadata);
	for (size_t i = 0; i < PUBLISHER_NOTICE_COUNT; i++)
		free(publisher->notices[i]);
	free(publisher);
}

void publisher_bind(struct publisher *publisher, struct engine *engine)
{
	publisher->engine = engine;
	io_timer_start(publisher->heartbeat, PUBLISH_HEARTBEAT_US);
}

void publisher_set_notice(struct publisher *publisher, enum publisher_notice source,
			  const char *text)
{
	free(publisher->notices[source]);
	publisher->notices[source] = text == NULL ? NULL : xstrdup(text);
}

static void write_notices(const struct publisher *publisher, struct bw_json *json)
{
	const struct daemon_settings *settings = engine_settings(publisher->engine);
	struct store_status status = { .usable = true };
	struct store_notices notices;

	bw_json_array_begin(json);
	for (size_t i = 0; i < PUBLISHER_NOTICE_COUNT; i++) {
		if (publisher->notices[i] != NULL)
			bw_json_string(json, publisher->notices[i]);
	}
	for (size_t i = 0; i < settings->warning_count; i++)
		bw_json_string(json, settings->warnings[i]);
	if (engine_breaker_notice(publisher->engine)[0] != '\0')
		bw_json_string(json, engine_breaker_notice(publisher->engine));
	if (engine_store(publisher->engine) != NULL)
		store_status(engine_store(publisher->engine), &status);
	store_notices_of(&status, &notices);
	for (size_t i = 0; i < notices.count; i++)
		bw_json_string(json, notices.texts[i]);
	bw_json_array_end(json);
}

void publisher_write_metadata(const struct publisher *publisher, struct bw_json *json)
{
	bw_json_key(json, "instance");
	bw_json_string(json, publisher->instance);
	bw_json_key(json, "version");
	bw_json_string(json, BW_VERSION);
	bw_json_key(json, "notices");
	write_notices(publisher, json);
}

/* Members of "metadata" beside the reference's. */
static void write_metadata_extra(struct publisher *publisher)
{
	struct bw_json json;

	bw_buf_clear(&publisher->metadata);
	bw_json_init(&json, &publisher->metadata);
	bw_json_key(&json, "seq");
	bw_json_int(&json, (int64_t)publisher->seq);
	bw_json_member_int(&json, "more_alerts", (int64_t)publisher->more_alerts);
	publisher_write_metadata(publisher, &json);
}

static void write_alerts(struct publisher *publisher)
{
	struct alert_rank rank;
	struct bw_json json;

	bw_buf_clear(&publisher->alerts);
	bw_json_init(&json, &publisher->alerts);
	alert_view_write_firing(publisher->engine, ALERT_VIEW_DOCUMENT_MAX,
				ALERT_VIEW_DOCUMENT_BYTES, &rank, &json);
	publisher->more_alerts = rank.loud + rank.acked + rank.quiet - rank.count;
}

static struct http_body *build_document(struct publisher *publisher, struct bw_wall now)
{
	const struct daemon_settings *settings = engine_settings(publisher->engine);
	struct bw_document_options options = { .now = now };
	struct bw_buf document, limits;
	struct bw_json json;
	size_t len;

	bw_buf_init(&limits, 0);
	bw_json_init(&json, &limits);
	bw_json_key(&json, "thresholds");
	view_write_thresholds(&settings->thresholds, &json);
	options.alerts_json = publisher->alerts.data;
	options.metadata_members = publisher->metadata.data;
	options.extra_members = limits.data;
	bw_buf_init(&document, 0);
	bw_buf_reserve(&document, publisher->document_len + 1024);
	bw_dashboard_write(engine_dashboard(publisher->engine), &options, &document);
	xalloc_must(document.status);
	publisher->document_len = document.len;
	bw_buf_finish(&limits);
	char *data = bw_buf_take(&document, &len);
	return http_body_create(data, len, JSON_TYPE);
}

static void begin_event(struct publisher *publisher, struct bw_json *json, struct bw_wall now)
{
	bw_buf_clear(&publisher->event);
	bw_json_init(json, &publisher->event);
	bw_json_object_begin(json);
	bw_json_key(json, "seq");
	bw_json_int(json, (int64_t)publisher->seq);
	bw_json_key(json, "now");
	bw_json_wall(json, now);
}

static void send_event(struct publisher *publisher, const char *event)
{
	xalloc_must(publisher->event.status);
	uint64_t id = http_topic_publish(publisher->topic, event, publisher->event.data,
					 publisher->event.len, true);
	bw_assert(id == publisher->seq);
}

static void write_changed(struct publisher *publisher, const struct engine_turn *turn,
			  struct bw_json *json)
{
	struct bw_dashboard *dashboard = engine_dashboard(publisher->engine);
	const char *fragment;
	size_t len;

	bw_json_key(json, "components");
	bw_json_object_begin(json);
	for (size_t i = 0; i < turn->changed_count; i++) {
		const char *name = component_name(turn->changed[i]);

		if (!bw_dashboard_component_fragment(dashboard, name, &fragment, &len))
			continue;
		bw_json_key(json, name);
		bw_json_raw(json, fragment, len);
	}
	bw_json_object_end(json);
	bw_json_key(json, "removed");
	bw_json_array_begin(json);
	for (size_t i = 0; i < turn->removed_count; i++)
		bw_json_string(json, turn->removed[i]);
	bw_json_array_end(json);
}

/* As in the document, without what never changes while the daemon runs. */
static void write_metadata(const struct publisher *publisher, struct bw_wall now,
			   struct bw_json *json)
{
	int64_t refresh_us = engine_settings(publisher->engine)->refresh_us;

	bw_json_object_begin(json);
	bw_json_key(json, "last_updated");
	bw_json_wall(json, now);
	bw_json_key(json, "auto_refresh_interval");
	bw_json_int(json, refresh_us / BW_SECOND_US);
	bw_json_raw_members(json, publisher->metadata.data, publisher->metadata.len);
	bw_json_object_end(json);
}

static void send_change(struct publisher *publisher, const struct engine_turn *turn,
			struct bw_wall now)
{
	struct bw_dashboard *dashboard = engine_dashboard(publisher->engine);
	struct bw_metrics metrics;
	struct bw_json json;

	publisher->seq++;
	begin_event(publisher, &json, now);
	bw_dashboard_metrics(dashboard, &metrics);
	bw_json_key(&json, "overview");
	bw_dashboard_write_overview(dashboard, &json);
	bw_json_key(&json, "metrics");
	bw_dashboard_write_metrics(dashboard, &metrics, &json);
	bw_json_key(&json, "resources");
	bw_dashboard_write_resources(dashboard, &json);
	bw_json_key(&json, "circuit_breakers");
	bw_dashboard_write_breakers(dashboard, &json);
	bw_json_key(&json, "alerts");
	bw_json_raw(&json, publisher->alerts.data, publisher->alerts.len);
	write_changed(publisher, turn, &json);
	bw_json_key(&json, "metadata");
	write_metadata(publisher, now, &json);
	bw_json_object_end(&json);
	send_event(publisher, "change");
}

static void send_resync(struct publisher *publisher, struct bw_wall now)
{
	struct bw_json json;

	publisher->seq++;
	begin_event(publisher, &json, now);
	bw_json_object_end(&json);
	send_event(publisher, "resync");
}

static void send_sample(struct publisher *publisher, const struct engine_turn *turn,
			struct bw_wall now)
{
	struct bw_json json;

	publisher->seq++;
	begin_event(publisher, &json, now);
	bw_json_key(&json, "point");
	bw_history_write_point(&turn->point, &json);
	bw_json_object_end(&json);
	send_event(publisher, "sample");
}

/* An event is only worth its bytes when somebody reads it: with no reader, one resync stands for
 * all that changes until the next reader comes, who may resume from an event before it. */
static void send_turn(struct publisher *publisher, const struct engine_turn *turn,
		      struct bw_wall now)
{
	bool heard = http_topic_subscribers(publisher->topic) > 0;

	if (!heard && publisher->unheard)
		return;
	publisher->unheard = !heard;
	if (!heard || turn->changed_count > CHANGED_MAX) {
		send_resync(publisher, now);
		return;
	}
	send_change(publisher, turn, now);
	if (turn->sampled)
		send_sample(publisher, turn, now);
}

void publisher_turn(struct publisher *publisher, const struct engine_turn *turn)
{
	struct bw_wall now = io_loop_wall(engine_loop(publisher->engine));

	write_alerts(publisher);
	write_metadata_extra(publisher);
	send_turn(publisher, turn, now);
	write_metadata_extra(publisher); /* with the sequence number reached */
	struct http_body *document = build_document(publisher, now);
	http_server_publish(publisher->server, DASHBOARD_PATH, 200, document, "no-cache");
	http_topic_set_snapshot(publisher->topic, "snapshot", document);
	http_body_release(document);
}
