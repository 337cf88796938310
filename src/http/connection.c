/* connection.c - one connection as a machine of six phases (state.h).
 *
 * Bytes are read into an input that is lent for the time of a request and given back when the
 * connection is idle or a stream, so that ten thousand silent connections cost ten thousand small
 * structs. One read an event: a client that sends without end gets its turn and no more.
 *
 * While an answer is awaited or going out nothing is read; what a client pipelines stays in its
 * own socket. Closing only marks and unlinks; the memory goes in http_connection_bury(), when no
 * caller up the stack can still hold the pointer.
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/xalloc.h"
#include "http/state.h"

enum { DISCARD_BYTES = 16384 };

static const char overload_text[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
				    "Content-Length: 0\r\nConnection: close\r\n\r\n";

static size_t input_bytes(const struct http_server *server)
{
	return server->limits.header_bytes_max + HTTP_BODY_ROOM_BYTES;
}

static struct http_input *take_input(struct http_server *server)
{
	struct http_input *input = server->spare_inputs;

	if (input != NULL) {
		server->spare_inputs = input->next_spare;
		server->spare_input_count--;
	} else {
		input = xmalloc(sizeof(*input) + input_bytes(server));
		bw_buf_init(&input->body, server->limits.body_bytes_max);
	}
	input->len = input->consumed = 0;
	http_parser_init(&input->parser, server->limits.header_bytes_max,
			 server->limits.target_bytes_max);
	return input;
}

void http_connection_release_input(struct http_connection *connection)
{
	struct http_server *server = connection->server;
	struct http_input *input = connection->input;

	if (input == NULL)
		return;
	connection->input = NULL;
	bw_buf_finish(&input->body);
	if (server->spare_input_count == HTTP_SPARE_INPUTS_MAX) {
		free(input);
		return;
	}
	input->next_spare = server->spare_inputs;
	server->spare_inputs = input;
	server->spare_input_count++;
}

static unsigned wanted_events(const struct http_connection *connection)
{
	switch (connection->phase) {
	case HTTP_PHASE_WAITING:
		return connection->paused ? 0 : IO_READABLE;
	case HTTP_PHASE_WRITING:
		return IO_WRITABLE;
	case HTTP_PHASE_STREAM:
		return http_output_is_pending(&connection->output) ? IO_READABLE | IO_WRITABLE
								   : IO_READABLE;
	default:
		return IO_READABLE;
	}
}

/* Asked for each time: after an error of the socket the watch is off, whatever it was before. */
void http_connection_settle(struct http_connection *connection)
{
	if (connection->is_dead)
		return;
	http_budget_note(connection);
	if (io_peer_watch(connection->peer, wanted_events(connection)) != BW_OK)
		http_connection_close(connection);
}

/* Takes the body's bytes out of the input; false when more must come or an answer has gone out. */
static bool take_body(struct http_connection *connection)
{
	struct http_input *input = connection->input;
	size_t left = input->len - input->consumed, wanted;
	const char *bytes = input->data + input->consumed;
	enum http_chunk state = HTTP_CHUNK_DATA;

	if (!input->parser.head.chunked) {
		wanted = (size_t)input->parser.head.content_length - input->body.len;
		wanted = wanted < left ? wanted : left;
		bw_buf_append(&input->body, bytes, wanted);
		input->consumed += wanted;
		return input->body.len == input->parser.head.content_length;
	}
	while (state == HTTP_CHUNK_DATA) {
		state = http_chunks_feed(&input->chunks, input->data + input->consumed,
					 input->len - input->consumed, &input->consumed);
		if (state == HTTP_CHUNK_DATA)
			bw_buf_append(&input->body, input->chunks.data, input->chunks.data_len);
	}
	if (input->body.status != BW_OK)
		http_exchange_refuse(connection, 413, "the body is too large");
	else if (state == HTTP_CHUNK_BAD)
		http_exchange_refuse(connection, 400, "a chunk of the body is malformed");
	return input->body.status == BW_OK && state == HTTP_CHUNK_DONE;
}

/* Bytes of the body that are taken make room for the next ones; the head stays. */
static void make_room(struct http_input *input)
{
	const size_t head_bytes = input->parser.head_bytes;
	const size_t left = input->len - input->consumed;

	memmove(input->data + head_bytes, input->data + input->consumed, left);
	input->consumed = head_bytes;
	input->len = head_bytes + left;
}

static bool step_head(struct http_connection *connection)
{
	struct http_input *input = connection->input;

	switch (http_parser_feed(&input->parser, input->data, input->len)) {
	case HTTP_PARSE_MORE:
		return false;
	case HTTP_PARSE_REFUSED:
		connection->began_us = http_now_us(connection->server);
		http_exchange_refuse(connection, input->parser.status, input->parser.why);
		return false;
	case HTTP_PARSE_DONE:
		break;
	}
	input->consumed = input->parser.head_bytes;
	connection->began_us = http_now_us(connection->server);
	http_deadline_clear(connection);
	http_exchange_begin(connection);
	return true;
}

static bool step_body(struct http_connection *connection)
{
	if (take_body(connection)) {
		http_deadline_clear(connection);
		http_exchange_ask(connection);
		return true;
	}
	if (connection->phase == HTTP_PHASE_BODY)
		make_room(connection->input);
	return false;
}

/* Everything the bytes at hand allow. A loop, not a recursion: requests may be pipelined. */
static void process(struct http_connection *connection)
{
	bool goes_on = true;

	while (goes_on && !connection->is_dead && connection->input != NULL) {
		if (connection->phase == HTTP_PHASE_HEAD)
			goes_on = step_head(connection);
		else if (connection->phase == HTTP_PHASE_BODY)
			goes_on = step_body(connection);
		else
			goes_on = false;
	}
}

void http_connection_next(struct http_connection *connection)
{
	struct http_input *input = connection->input;
	const size_t left = input != NULL ? input->len - input->consumed : 0;

	connection->paused = connection->head_only = false;
	if (!connection->keep_alive || connection->server->is_draining) {
		http_connection_linger(connection);
		return;
	}
	connection->phase = HTTP_PHASE_HEAD;
	if (left == 0) {
		http_connection_release_input(connection);
		http_deadline_set(connection, HTTP_CLOCK_IDLE);
		return;
	}
	memmove(input->data, input->data + input->consumed, left);
	input->len = left;
	input->consumed = 0;
	bw_buf_clear(&input->body);
	http_parser_init(&input->parser, connection->server->limits.header_bytes_max,
			 connection->server->limits.target_bytes_max);
	http_deadline_set(connection, HTTP_CLOCK_HEAD);
}

void http_connection_linger(struct http_connection *connection)
{
	if (connection->phase == HTTP_PHASE_STREAM)
		http_stream_leave(connection);
	http_connection_release_input(connection);
	connection->phase = HTTP_PHASE_LINGER;
	io_peer_end(connection->peer);
	http_deadline_set(connection, HTTP_CLOCK_LINGER);
}

static void forget(struct http_connection *connection)
{
	struct http_server *server = connection->server;

	if (connection->phase == HTTP_PHASE_STREAM)
		http_stream_leave(connection);
	if (connection->request != NULL)
		connection->request->connection = NULL;
	connection->request = NULL;
	http_connection_release_input(connection);
	http_output_finish(&connection->output);
	http_budget_forget(connection);
	http_deadline_clear(connection);
	connection->is_dead = true;
	http_list_remove(&connection->link);
	http_list_append(&server->dead, &connection->link);
	atomic_fetch_sub_explicit(&server->connection_count, 1, memory_order_relaxed);
}

void http_connection_close(struct http_connection *connection)
{
	if (connection->is_dead)
		return;
	forget(connection);
	io_peer_close(connection->peer);
}

void http_connection_abort(struct http_connection *connection)
{
	forget(connection);
	io_peer_abort(connection->peer);
}

void http_connection_bury(struct http_server *server)
{
	struct http_link *link;

	while ((link = http_list_take(&server->dead)) != NULL)
		free(HTTP_LINK_OWNER(link, struct http_connection, link));
}

void http_connection_expire(struct http_connection *connection, enum http_clock clock)
{
	if (clock == HTTP_CLOCK_WRITE) {
		http_connection_abort(connection);
		return;
	}
	if (clock == HTTP_CLOCK_HEAD && connection->input != NULL) {
		connection->began_us = http_now_us(connection->server);
		http_exchange_refuse(connection, 408, "the head of the request took too long");
	} else if (clock == HTTP_CLOCK_BODY) {
		http_exchange_refuse(connection, 408, "the body of the request took too long");
	} else {
		http_connection_close(connection);
	}
	http_connection_settle(connection);
}

static void read_request(struct http_connection *connection)
{
	const size_t room = input_bytes(connection->server);
	struct http_input *input;
	long count;

	if (connection->input == NULL) {
		connection->input = take_input(connection->server);
		http_deadline_set(connection, HTTP_CLOCK_HEAD);
	}
	input = connection->input;
	bw_assert(input->len < room);
	count = io_peer_read(connection->peer, input->data + input->len, room - input->len);
	if (count > 0) {
		input->len += (size_t)count;
		process(connection);
	} else if (count != IO_PEER_AGAIN) {
		http_connection_close(connection);
	}
}

/* A subscriber has nothing to say, and one that lingers nothing that matters; but its end does. */
static void read_nothing(struct http_connection *connection)
{
	char unread[DISCARD_BYTES];
	long count = io_peer_read(connection->peer, unread, sizeof(unread));

	if (count == 0 || count == IO_PEER_GONE)
		http_connection_close(connection);
}

static void on_readable(struct http_connection *connection)
{
	switch (connection->phase) {
	case HTTP_PHASE_HEAD:
	case HTTP_PHASE_BODY:
		read_request(connection);
		break;
	case HTTP_PHASE_WAITING:
		connection->paused = true;
		break;
	case HTTP_PHASE_STREAM:
	case HTTP_PHASE_LINGER:
		read_nothing(connection);
		break;
	default:
		break;
	}
}

static void on_writable(struct http_connection *connection)
{
	uint64_t bytes = 0;
	enum http_sent sent = http_output_flush(&connection->output, connection->peer, &bytes);

	atomic_fetch_add_explicit(&connection->server->bytes_sent, bytes, memory_order_relaxed);
	if (sent == HTTP_SENT_BROKEN) {
		http_connection_close(connection);
		return;
	}
	if (sent == HTTP_SENT_PART)
		http_deadline_set(connection, HTTP_CLOCK_WRITE);
	if (sent != HTTP_SENT_ALL)
		return;
	http_deadline_clear(connection);
	if (connection->phase == HTTP_PHASE_STREAM)
		http_stream_pump(connection);
	else
		http_connection_next(connection);
}

void http_connection_resume(struct http_connection *connection)
{
	process(connection);
	http_connection_settle(connection);
}

static void on_event(void *arg, unsigned events, int error_number)
{
	struct http_connection *connection = arg;
	struct http_server *server = connection->server;

	if (error_number != 0)
		http_connection_close(connection);
	else if ((events & IO_WRITABLE) != 0 && http_output_is_pending(&connection->output))
		on_writable(connection);
	else if ((events & IO_READABLE) != 0)
		on_readable(connection);
	if (!connection->is_dead)
		http_connection_resume(connection);
	http_budget_enforce(server);
	http_connection_bury(server);
}

/* Room for one more: the connection that has been idle longest goes. */
static bool evict_idle(struct http_server *server)
{
	struct http_link *list = &server->clocks[HTTP_CLOCK_IDLE];

	if (http_list_is_empty(list))
		return false;
	http_connection_close(HTTP_LINK_OWNER(list->next, struct http_connection, clock_link));
	return true;
}

static void turn_away(struct io_peer *peer)
{
	const struct iovec part = { (char *)overload_text, sizeof(overload_text) - 1 };
	char unread[DISCARD_BYTES];

	(void)io_peer_read(peer, unread, sizeof(unread));
	(void)io_peer_write(peer, &part, 1);
	io_peer_end(peer);
	io_peer_close(peer);
}

/* Streams have a limit of their own: one holds hardly any memory, a head that comes in slowly some
 * kilobytes. */
static bool has_room(const struct http_server *server)
{
	return atomic_load_explicit(&server->connection_count, memory_order_relaxed) -
		       atomic_load_explicit(&server->stream_count, memory_order_relaxed) <
	       server->limits.connections_max;
}

void http_connection_accept(struct http_server *server, struct io_peer *peer)
{
	struct http_connection *connection;

	atomic_fetch_add_explicit(&server->connections_accepted, 1, memory_order_relaxed);
	if (!has_room(server) && !evict_idle(server)) {
		turn_away(peer);
		return;
	}
	connection = xcalloc(1, sizeof(*connection));
	connection->server = server;
	connection->peer = peer;
	connection->phase = HTTP_PHASE_HEAD;
	http_list_append(&server->connections, &connection->link);
	http_list_init(&connection->clock_link);
	http_list_init(&connection->topic_link);
	atomic_fetch_add_explicit(&server->connection_count, 1, memory_order_relaxed);
	io_peer_set_callback(peer, on_event, connection);
	http_deadline_set(connection, HTTP_CLOCK_HEAD);
	http_connection_settle(connection);
	http_connection_bury(server);
}

void http_connection_drain(struct http_server *server)
{
	struct http_link *link = server->connections.next;

	while (link != &server->connections) {
		struct http_connection *connection =
			HTTP_LINK_OWNER(link, struct http_connection, link);

		link = link->next;
		connection->keep_alive = false;
		if (connection->phase == HTTP_PHASE_WAITING)
			http_exchange_refuse(connection, 503, "the server is stopping");
		else if (connection->phase == HTTP_PHASE_STREAM)
			http_connection_linger(connection);
		else if (connection->phase == HTTP_PHASE_HEAD && connection->input == NULL)
			http_connection_close(connection);
		http_connection_settle(connection);
	}
	http_connection_bury(server);
}
