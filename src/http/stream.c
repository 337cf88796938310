/* stream.c - event streams: one ring a topic, one number a subscriber.
 *
 * An event is made once, as the bytes that go over the wire, and kept in the topic's ring. A
 * subscriber is the id of the last event it was sent: what it has still to get is read from the
 * ring when its socket takes more, so a slow one holds no queue of its own. When the ring has
 * moved on past it, it is sent the snapshot and goes on from there.
 *
 * Ring, snapshot and ids are under the server's lock; subscribers belong to the server's thread.
 *
 * Invariants: the ring holds the ids oldest..latest, at most `capacity` of them, and (but for a
 * single larger event) at most stream_backlog_bytes bytes; id n lies at n % capacity.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/xalloc.h"
#include "http/body.h"
#include "http/state.h"

enum { BATCH = 16, PASSING_MAX = 16, SNAPSHOT_HEAD_MAX = 160, EVENT_NAME_MAX = 64 };

static const char stream_fields[] = "Content-Type: text/event-stream\r\n"
				    "Cache-Control: no-store\r\n"
				    "X-Accel-Buffering: no\r\n";

struct http_topic {
	struct http_server *server;
	uint64_t start; /* tells the ids of this run from those of an earlier one */
	atomic_int subscriber_count;

	/* Under the server's lock. */
	size_t capacity, ring_bytes;
	struct http_body **ring;
	uint64_t oldest, latest;
	struct http_body *snapshot;
	uint64_t snapshot_id;
	char snapshot_event[EVENT_NAME_MAX];
	struct http_body *passing[PASSING_MAX]; /* sent once, not kept */
	int passing_count;
	bool has_changed;

	/* The server's thread. */
	struct http_link subscribers;
};

struct batch {
	struct http_body *events[BATCH];
	uint64_t first_id; /* of events[0] */
	int count;
	struct http_body *snapshot; /* instead of events */
	char snapshot_head[SNAPSHOT_HEAD_MAX];
};

static struct http_body **slot(struct http_topic *topic, uint64_t id)
{
	return &topic->ring[id % topic->capacity];
}

struct http_topic *http_topic_create(struct http_server *server, const char *path,
				     size_t ring_events)
{
	struct http_topic *topic = xcalloc(1, sizeof(*topic));
	enum bw_status status;

	bw_assert(ring_events > 0);
	topic->server = server;
	topic->start = (uint64_t)io_loop_wall(server->owner).us;
	topic->capacity = ring_events;
	topic->ring = xcalloc(ring_events, sizeof(struct http_body *));
	topic->oldest = 1;
	http_list_init(&topic->subscribers);
	pthread_mutex_lock(&server->lock);
	bw_assert(bw_strmap_get(server->topics, path) == NULL);
	status = bw_strmap_put(server->topics, path, topic);
	pthread_mutex_unlock(&server->lock);
	xalloc_must(status);
	return topic;
}

static void drop_oldest(struct http_topic *topic)
{
	struct http_body **oldest = slot(topic, topic->oldest++);

	topic->ring_bytes -= http_body_length(*oldest);
	http_body_release(*oldest);
	*oldest = NULL;
}

void http_topic_destroy(struct http_topic *topic)
{
	while (topic->oldest <= topic->latest)
		drop_oldest(topic);
	for (int i = 0; i < topic->passing_count; i++)
		http_body_release(topic->passing[i]);
	http_body_release(topic->snapshot);
	free(topic->ring);
	free(topic);
}

void http_topic_set_snapshot(struct http_topic *topic, const char *event, struct http_body *body)
{
	struct http_server *server = topic->server;
	struct http_body *old;

	bw_assert(strlen(event) < EVENT_NAME_MAX);
	bw_assert(memchr(http_body_data(body), '\n', http_body_length(body)) == NULL);
	http_body_retain(body);
	pthread_mutex_lock(&server->lock);
	old = topic->snapshot;
	topic->snapshot = body;
	topic->snapshot_id = topic->latest;
	snprintf(topic->snapshot_event, sizeof(topic->snapshot_event), "%s", event);
	pthread_mutex_unlock(&server->lock);
	http_body_release(old);
}

/* The event as it goes over the wire; id 0: without one. */
static struct http_body *make_event(const struct http_topic *topic, uint64_t id, const char *event,
				    const char *data, size_t len)
{
	struct bw_buf buf;
	size_t event_len;
	char *bytes;

	bw_buf_init(&buf, 0);
	if (id != 0)
		bw_buf_format(&buf, "id: %" PRIu64 "-%" PRIx64 "\n", id, topic->start);
	bw_buf_format(&buf, "event: %s\ndata: ", event);
	bw_buf_append(&buf, data, len);
	bw_buf_text(&buf, "\n\n");
	bytes = bw_buf_take(&buf, &event_len);
	bw_assert(bytes != NULL);
	return http_body_create(bytes, event_len, "text/event-stream");
}

/* Too many at once: the oldest of them goes, as the newer say the same and more. */
static void keep_passing(struct http_topic *topic, struct http_body *event)
{
	if (topic->passing_count == PASSING_MAX) {
		http_body_release(topic->passing[0]);
		topic->passing_count--;
		memmove(topic->passing, topic->passing + 1,
			sizeof(*topic->passing) * (size_t)topic->passing_count);
	}
	topic->passing[topic->passing_count++] = event;
}

static void keep_event(struct http_topic *topic, struct http_body *event)
{
	const size_t bytes_max = topic->server->limits.stream_backlog_bytes;
	const size_t event_bytes = http_body_length(event);

	while (topic->oldest <= topic->latest &&
	       (topic->latest - topic->oldest + 1 == topic->capacity ||
		topic->ring_bytes + event_bytes > bytes_max))
		drop_oldest(topic);
	topic->latest++;
	*slot(topic, topic->latest) = event;
	topic->ring_bytes += event_bytes;
}

uint64_t http_topic_publish(struct http_topic *topic, const char *event, const char *data,
			    size_t len, bool keep)
{
	struct http_server *server = topic->server;
	struct http_body *made;
	uint64_t id;

	bw_assert(memchr(data, '\n', len) == NULL);
	/* Only the owner changes `latest`, so it may read it without the lock. */
	made = make_event(topic, keep ? topic->latest + 1 : 0, event, data, len);
	pthread_mutex_lock(&server->lock);
	if (keep)
		keep_event(topic, made);
	else
		keep_passing(topic, made);
	id = topic->latest;
	topic->has_changed = server->topics_changed = true;
	pthread_mutex_unlock(&server->lock);
	io_wakeup_send(server->wakeup);
	return id;
}

int http_topic_subscribers(const struct http_topic *topic)
{
	return atomic_load_explicit(&topic->subscriber_count, memory_order_relaxed);
}

/* Takes the snapshot into the batch, if there is one that helps. Under the lock. */
static bool take_snapshot(struct http_topic *topic, struct http_connection *connection,
			  struct batch *batch)
{
	const bool is_behind = connection->cursor + 1 < topic->oldest;

	if (!connection->wants_snapshot && !is_behind)
		return false;
	if (topic->snapshot == NULL ||
	    (!connection->wants_snapshot && topic->snapshot_id <= connection->cursor)) {
		/* Without one, a new subscriber begins with the next event. */
		connection->cursor = connection->wants_snapshot ? topic->latest : topic->oldest - 1;
		connection->wants_snapshot = false;
		return false;
	}
	connection->wants_snapshot = false;
	connection->cursor = topic->snapshot_id;
	if (connection->cursor + 1 < topic->oldest)
		connection->cursor = topic->oldest - 1;
	batch->snapshot = http_body_retain(topic->snapshot);
	snprintf(batch->snapshot_head, sizeof(batch->snapshot_head),
		 "id: %" PRIu64 "-%" PRIx64 "\nevent: %s\ndata: ", topic->snapshot_id, topic->start,
		 topic->snapshot_event);
	return true;
}

/* What this subscriber gets next, with references. False: it has everything. */
static bool take_batch(struct http_topic *topic, struct http_connection *connection,
		       struct batch *batch)
{
	struct http_server *server = topic->server;

	batch->count = 0;
	batch->snapshot = NULL;
	pthread_mutex_lock(&server->lock);
	if (!take_snapshot(topic, connection, batch)) {
		batch->first_id = connection->cursor + 1;
		while (batch->count < BATCH &&
		       batch->first_id + (uint64_t)batch->count <= topic->latest) {
			batch->events[batch->count] = http_body_retain(
				*slot(topic, batch->first_id + (uint64_t)batch->count));
			batch->count++;
		}
	}
	pthread_mutex_unlock(&server->lock);
	return batch->snapshot != NULL || batch->count > 0;
}

static void note_bytes(struct http_connection *connection, uint64_t bytes)
{
	atomic_fetch_add_explicit(&connection->server->bytes_sent, bytes, memory_order_relaxed);
}

/* After a write: false when there is nothing more to be done now. */
static bool judge(struct http_connection *connection, enum http_sent sent)
{
	if (sent == HTTP_SENT_ALL)
		return true;
	if (sent == HTTP_SENT_BROKEN)
		http_connection_close(connection);
	else
		http_deadline_set(connection, HTTP_CLOCK_WRITE);
	return false;
}

static bool send_snapshot(struct http_connection *connection, const struct batch *batch)
{
	const struct http_piece piece = { batch->snapshot_head, strlen(batch->snapshot_head),
					  batch->snapshot, "\n\n" };
	uint64_t bytes = 0;
	enum http_sent sent =
		http_output_send(&connection->output, connection->peer, &piece, &bytes);

	note_bytes(connection, bytes);
	return judge(connection, sent);
}

/* The events in one write; the one it ended in is kept by the output, later ones stay in the ring.
 */
static bool send_events(struct http_connection *connection, const struct batch *batch)
{
	struct iovec parts[BATCH];
	size_t left;
	long taken;

	for (int i = 0; i < batch->count; i++) {
		parts[i].iov_base = (char *)http_body_data(batch->events[i]);
		parts[i].iov_len = http_body_length(batch->events[i]);
	}
	taken = io_peer_write(connection->peer, parts, batch->count);
	if (taken == IO_PEER_GONE)
		return judge(connection, HTTP_SENT_BROKEN);
	left = taken > 0 ? (size_t)taken : 0;
	note_bytes(connection, left);
	for (int i = 0; i < batch->count; i++) {
		connection->cursor = batch->first_id + (uint64_t)i;
		if (left < parts[i].iov_len) {
			http_output_keep(&connection->output, batch->events[i], left);
			return judge(connection, HTTP_SENT_PART);
		}
		left -= parts[i].iov_len;
	}
	return true;
}

void http_stream_pump(struct http_connection *connection)
{
	struct http_topic *topic = connection->topic;
	struct batch batch;
	bool goes_on = !http_output_is_pending(&connection->output);

	while (goes_on && take_batch(topic, connection, &batch)) {
		goes_on = batch.snapshot != NULL ? send_snapshot(connection, &batch)
						 : send_events(connection, &batch);
		http_body_release(batch.snapshot);
		for (int i = 0; i < batch.count; i++)
			http_body_release(batch.events[i]);
	}
}

static uint64_t read_number(const char **at, const char *end, unsigned base)
{
	uint64_t value = 0;

	for (; *at < end; ++*at) {
		char byte = **at;
		unsigned digit = byte >= '0' && byte <= '9'   ? (unsigned)(byte - '0')
				 : byte >= 'a' && byte <= 'f' ? (unsigned)(byte - 'a') + 10
							      : 16;

		if (digit >= base)
			break;
		value = value * base + digit;
	}
	return value;
}

/* Last-Event-ID of this very topic, still in the ring: goes on behind it. */
static bool resume(struct http_connection *connection, struct http_topic *topic)
{
	const struct http_input *input = connection->input;
	const struct http_field *field =
		http_head_find(&input->parser.head, input->data, "last-event-id");
	const char *at, *end;
	uint64_t id;
	bool is_kept;

	if (field == NULL || field->value.len == 0)
		return false;
	at = input->data + field->value.at;
	end = at + field->value.len;
	id = read_number(&at, end, 10);
	if (at == end || *at++ != '-' || read_number(&at, end, 16) != topic->start || at != end)
		return false;
	pthread_mutex_lock(&topic->server->lock);
	is_kept = id <= topic->latest && id + 1 >= topic->oldest;
	pthread_mutex_unlock(&topic->server->lock);
	connection->cursor = id;
	return is_kept;
}

static void subscribe(struct http_connection *connection, struct http_topic *topic)
{
	connection->phase = HTTP_PHASE_STREAM;
	connection->topic = topic;
	http_list_append(&topic->subscribers, &connection->topic_link);
	atomic_fetch_add_explicit(&topic->subscriber_count, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&connection->server->stream_count, 1, memory_order_relaxed);
}

void http_stream_leave(struct http_connection *connection)
{
	http_list_remove(&connection->topic_link);
	http_output_finish(&connection->output);
	atomic_fetch_sub_explicit(&connection->topic->subscriber_count, 1, memory_order_relaxed);
	atomic_fetch_sub_explicit(&connection->server->stream_count, 1, memory_order_relaxed);
	connection->topic = NULL;
	connection->phase = HTTP_PHASE_LINGER;
}

/* The stream ends with its connection, so its body needs no framing. */
void http_stream_begin(struct http_connection *connection, struct http_topic *topic)
{
	struct bw_buf *head = &connection->server->scratch;
	uint64_t bytes = 0;
	enum http_sent sent;

	connection->keep_alive = false;
	connection->wants_snapshot = !resume(connection, topic);
	http_exchange_head(connection, 200, NULL);
	bw_buf_text(head, stream_fields);
	http_head_end(head);
	xalloc_must(head->status);
	http_exchange_count(connection, 200);
	http_connection_release_input(connection);
	if (connection->head_only)
		connection->phase = HTTP_PHASE_WRITING;
	else
		subscribe(connection, topic);
	sent = http_output_send(&connection->output, connection->peer,
				&(struct http_piece){ head->data, head->len, NULL, NULL }, &bytes);
	note_bytes(connection, bytes);
	if (!judge(connection, sent))
		return;
	if (connection->head_only)
		http_connection_next(connection);
	else
		http_stream_pump(connection);
}

static void send_passing(struct http_connection *connection, struct http_body *const *passing,
			 int count)
{
	for (int i = 0; i < count && !connection->is_dead; i++) {
		const struct http_piece piece = { NULL, 0, passing[i], NULL };
		uint64_t bytes = 0;
		enum http_sent sent;

		if (http_output_is_pending(&connection->output))
			return;
		sent = http_output_send(&connection->output, connection->peer, &piece, &bytes);
		note_bytes(connection, bytes);
		(void)judge(connection, sent);
	}
}

static void broadcast_topic(struct http_topic *topic)
{
	struct http_body *passing[PASSING_MAX];
	struct http_link *link;
	int count;

	pthread_mutex_lock(&topic->server->lock);
	topic->has_changed = false;
	count = topic->passing_count;
	topic->passing_count = 0;
	memcpy(passing, topic->passing, sizeof(passing));
	pthread_mutex_unlock(&topic->server->lock);
	for (link = topic->subscribers.next; link != &topic->subscribers;) {
		struct http_connection *connection =
			HTTP_LINK_OWNER(link, struct http_connection, topic_link);

		link = link->next;
		http_stream_pump(connection);
		if (!connection->is_dead)
			send_passing(connection, passing, count);
		http_connection_settle(connection);
	}
	for (int i = 0; i < count; i++)
		http_body_release(passing[i]);
}

static struct http_topic *next_changed(struct http_server *server, size_t *cursor)
{
	struct bw_strmap_entry entry = { 0 };
	struct http_topic *topic = NULL;

	pthread_mutex_lock(&server->lock);
	while (topic == NULL && bw_strmap_next(server->topics, cursor, &entry)) {
		topic = entry.value;
		if (!topic->has_changed)
			topic = NULL;
	}
	pthread_mutex_unlock(&server->lock);
	return topic;
}

void http_stream_broadcast(struct http_server *server)
{
	struct http_topic *topic;
	size_t cursor = 0;
	bool have_changed;

	pthread_mutex_lock(&server->lock);
	have_changed = server->topics_changed;
	server->topics_changed = false;
	pthread_mutex_unlock(&server->lock);
	if (!have_changed)
		return;
	while ((topic = next_changed(server, &cursor)) != NULL)
		broadcast_topic(topic);
}
