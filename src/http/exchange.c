/* exchange.c - one request: is it allowed, who answers it, and the answer's way out.
 *
 * The checks run from what is cheapest and most general to what needs the tables, and a request
 * that fails one is answered before its body is read; then the connection ends, because the rest
 * of the body would be taken for the next request.
 *
 * A published body or a problem goes out at once from here; a route's request is handed to the
 * owner as soon as its body is whole.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"
#include "http/body.h"
#include "http/negotiate.h"
#include "http/problem.h"
#include "http/state.h"

/* The request as the checks see it; lives on the stack of http_exchange_begin(). */
struct exchange {
	struct http_connection *connection;
	struct http_server *server;
	const char *data;
	const struct http_head *head;
	enum http_method method;
	bool is_options;
	struct http_target target;
};

struct method_row {
	const char *name;
	enum http_method method;
	bool is_head, is_options;
};

/* GET is first: it is asked most. Methods are case-sensitive. */
static const struct method_row method_rows[] = {
	{ "GET", HTTP_GET, false, false },       { "HEAD", HTTP_GET, true, false },
	{ "POST", HTTP_POST, false, false },     { "PUT", HTTP_PUT, false, false },
	{ "DELETE", HTTP_DELETE, false, false }, { "OPTIONS", HTTP_GET, false, true },
};

static const char continue_text[] = "HTTP/1.1 100 Continue\r\n\r\n";

static const char *date_now(struct http_server *server)
{
	struct bw_wall now = io_loop_wall(server->loop);

	if (now.us / BW_SECOND_US != server->date_second) {
		server->date_second = now.us / BW_SECOND_US;
		http_date_format(now, server->date);
	}
	return server->date;
}

void http_exchange_count(struct http_connection *connection, int status)
{
	struct http_server *server = connection->server;

	atomic_fetch_add_explicit(&server->requests, 1, memory_order_relaxed);
	if (status < 400)
		atomic_fetch_add_explicit(&server->responses_2xx, 1, memory_order_relaxed);
	else if (status < 500)
		atomic_fetch_add_explicit(&server->responses_4xx, 1, memory_order_relaxed);
	else
		atomic_fetch_add_explicit(&server->responses_5xx, 1, memory_order_relaxed);
	http_handover_log(connection, status);
}

/* Has the answer a field of its own of the name that `line` begins with? */
static bool has_own(const struct http_answer *answer, const char *line)
{
	const size_t name_len = strcspn(line, ":") + 1;
	const char *at = answer->fields, *end = at + answer->fields_len;

	while (at != NULL && at < end) {
		if ((size_t)(end - at) > name_len && strncasecmp(at, line, name_len) == 0)
			return true;
		at = memchr(at, '\n', (size_t)(end - at));
		at = at == NULL ? NULL : at + 1;
	}
	return false;
}

void http_exchange_head(struct http_connection *connection, int status,
			const struct http_answer *answer)
{
	struct http_server *server = connection->server;
	const char *const *line =
		atomic_load_explicit(&server->extra_headers, memory_order_acquire);

	bw_buf_clear(&server->scratch);
	http_head_begin(&server->scratch, status, date_now(server));
	for (; line != NULL && *line != NULL; line++) {
		if (answer != NULL && has_own(answer, *line))
			continue;
		bw_buf_text(&server->scratch, *line);
		bw_buf_text(&server->scratch, "\r\n");
	}
	if (!connection->keep_alive)
		bw_buf_text(&server->scratch, "Connection: close\r\n");
	else if (connection->minor_version == 0)
		bw_buf_text(&server->scratch, "Connection: keep-alive\r\n");
}

static const struct http_field *find_field(const struct http_connection *connection,
					   const char *name)
{
	const struct http_input *input = connection->input;

	/* A head that was refused half-way has fields that mean nothing. */
	if (input == NULL || input->parser.head_bytes == 0)
		return NULL;
	return http_head_find(&input->parser.head, input->data, name);
}

static bool wants_gzip(const struct http_connection *connection)
{
	const struct http_field *field = find_field(connection, "accept-encoding");

	return field != NULL &&
	       http_accepts_gzip(connection->input->data + field->value.at, field->value.len);
}

/* Does the client have this body already? Then `tag` is the one it named. */
static bool is_known(const struct http_connection *connection, char *tag, size_t tag_size,
		     bool gzip)
{
	const struct http_field *field = find_field(connection, "if-none-match");
	const size_t len = strlen(tag);
	const char *value;

	if (gzip)
		snprintf(tag + len, tag_size - len, "-gzip");
	if (field == NULL)
		return false;
	value = connection->input->data + field->value.at;
	return http_none_match_has(value, field->value.len, tag);
}

/* Fields that describe the body; returns the bytes to send, or NULL for none. */
static struct http_body *describe(struct http_connection *connection,
				  const struct http_answer *answer, bool is_known_body,
				  const char *tag, bool gzip)
{
	struct bw_buf *out = &connection->server->scratch;
	struct http_body *body = answer->body;

	if (answer->status == 204)
		return NULL;
	if (body == NULL) {
		bw_buf_text(out, "Content-Length: 0\r\n");
		return NULL;
	}
	if (http_body_is_compressible(body))
		bw_buf_text(out, "Vary: Accept-Encoding\r\n");
	if (*tag != '\0')
		bw_buf_format(out, "ETag: \"%s\"\r\n", tag);
	if (is_known_body)
		return NULL;
	if (gzip) {
		body = http_body_gzip(body);
		bw_buf_text(out, "Content-Encoding: gzip\r\n");
	}
	http_head_field(out, "Content-Type", http_body_type(body));
	bw_buf_format(out, "Content-Length: %zu\r\n", http_body_length(body));
	return connection->head_only ? NULL : body;
}

static void send_answer(struct http_connection *connection, struct http_body *body)
{
	struct http_server *server = connection->server;
	const struct http_piece piece = { server->scratch.data, server->scratch.len, body, NULL };
	uint64_t bytes = 0;
	enum http_sent sent;

	xalloc_must(server->scratch.status);
	sent = http_output_send(&connection->output, connection->peer, &piece, &bytes);
	atomic_fetch_add_explicit(&server->bytes_sent, bytes, memory_order_relaxed);
	if (sent == HTTP_SENT_BROKEN) {
		http_connection_close(connection);
	} else if (sent == HTTP_SENT_ALL) {
		http_connection_next(connection);
	} else {
		connection->phase = HTTP_PHASE_WRITING;
		http_deadline_set(connection, HTTP_CLOCK_WRITE);
	}
}

void http_exchange_answer(struct http_connection *connection, const struct http_answer *answer)
{
	struct http_server *server = connection->server;
	struct http_body *body = answer->body;
	char tag[HTTP_TAG_TEXT_MAX + sizeof("-gzip")] = "";
	bool gzip = false, known = false;

	if (answer->ends_connection || server->is_draining)
		connection->keep_alive = false;
	if (body != NULL && http_body_is_compressible(body) && wants_gzip(connection))
		gzip = http_body_gzip(body) != NULL;
	if (body != NULL && answer->status == 200) {
		http_body_tag(body, tag);
		known = is_known(connection, tag, sizeof(tag), gzip);
	}
	http_exchange_head(connection, known ? 304 : answer->status, answer);
	if (answer->has_allowed)
		http_head_allow(&server->scratch, answer->allowed);
	if (answer->cache_control != NULL)
		http_head_field(&server->scratch, "Cache-Control", answer->cache_control);
	bw_buf_append(&server->scratch, answer->fields, answer->fields_len);
	body = describe(connection, answer, known, tag, gzip);
	http_head_end(&server->scratch);
	http_exchange_count(connection, known ? 304 : answer->status);
	send_answer(connection, body);
}

static void answer_problem(struct http_connection *connection, struct http_answer *answer,
			   const char *why)
{
	answer->body = http_problem_create(answer->status, why);
	if (answer->cache_control == NULL)
		answer->cache_control = "no-store";
	http_exchange_answer(connection, answer);
	http_body_release(answer->body);
}

void http_exchange_refuse(struct http_connection *connection, int status, const char *why)
{
	struct http_answer answer = { .status = status, .ends_connection = true };

	if (connection->request != NULL)
		connection->request->connection = NULL;
	connection->request = NULL;
	answer_problem(connection, &answer, why);
}

static bool has_body(const struct http_head *head)
{
	return head->chunked || head->content_length > 0;
}

/* A problem found before the body was read: keeps the connection only when there is none. */
static bool problem(const struct exchange *exchange, int status, const char *why)
{
	struct http_answer answer = { .status = status,
				      .ends_connection = has_body(exchange->head) };

	answer_problem(exchange->connection, &answer, why);
	return false;
}

static bool take_method(struct exchange *exchange)
{
	const struct http_span span = exchange->head->method;
	const char *name = exchange->data + span.at;

	for (size_t i = 0; i < sizeof(method_rows) / sizeof(method_rows[0]); i++) {
		const struct method_row *row = &method_rows[i];

		if (strlen(row->name) == span.len && memcmp(row->name, name, span.len) == 0) {
			exchange->method = row->method;
			exchange->is_options = row->is_options;
			exchange->connection->head_only = row->is_head;
			return true;
		}
	}
	return problem(exchange, 501, "this method is not known here");
}

static bool take_target(struct exchange *exchange)
{
	const struct http_span span = exchange->head->target, host = exchange->head->host;
	const struct http_target *target = &exchange->target;

	if (!http_target_parse(exchange->data + span.at, span.len, exchange->server->target_store,
			       &exchange->target) ||
	    (*target->path == '*' && !exchange->is_options))
		return problem(exchange, 400, "the request target is malformed");
	if (target->authority != NULL && exchange->head->has_host &&
	    (target->authority_len != host.len ||
	     memcmp(target->authority, exchange->data + host.at, host.len) != 0))
		return problem(exchange, 400, "the request target and Host contradict");
	return true;
}

/* Names that may stand in a Host: letters, digits, and what IPv6 and ports need. */
static bool is_host_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte <= 0x20 || byte >= 0x7f || strchr("/?#@\\\"<>,;", byte) != NULL)
			return false;
	}
	return true;
}

static bool check_host(struct exchange *exchange)
{
	const struct http_span host = exchange->head->host;
	const char *text = exchange->data + host.at;

	/* HTTP/1.0 has none; no browser speaks it. */
	if (!exchange->head->has_host)
		return true;
	if (!is_host_text(text, host.len))
		return problem(exchange, 400, "Host is malformed");
	if (!http_authority_is_allowed(exchange->server->authorities, text, host.len))
		return problem(exchange, 421,
			       "this server does not go by the name in Host; if it should, add "
			       "the name to its allowed hosts");
	return true;
}

static bool check_origin(struct exchange *exchange)
{
	const struct http_span host = exchange->head->host;
	const struct http_field *origin = find_field(exchange->connection, "origin");

	if (exchange->is_options || exchange->method == HTTP_GET || origin == NULL)
		return true;
	if (http_origin_is_own(exchange->server->authorities, exchange->data + origin->value.at,
			       origin->value.len, exchange->data + host.at, host.len))
		return true;
	return problem(exchange, 403, "a page of another origin may not change anything here");
}

static void answer_options(const struct exchange *exchange, unsigned allowed)
{
	const struct http_answer answer = { .status = 204,
					    .allowed = allowed,
					    .has_allowed = true,
					    .ends_connection = has_body(exchange->head) };

	http_exchange_answer(exchange->connection, &answer);
}

static void answer_not_allowed(const struct exchange *exchange, unsigned allowed)
{
	struct http_answer answer = { .status = 405,
				      .allowed = allowed,
				      .has_allowed = true,
				      .ends_connection = has_body(exchange->head) };

	answer_problem(exchange->connection, &answer, "this path does not have this method");
}

static void answer_published(const struct exchange *exchange, struct http_body *body,
			     const struct http_published *published)
{
	const struct http_answer answer = { .status = published->status,
					    .body = body,
					    .cache_control = published->cache_control,
					    .ends_connection = has_body(exchange->head) };

	http_exchange_answer(exchange->connection, &answer);
}

/* What has this path beside the routes. The body comes with a reference. */
static bool look_up(const struct exchange *exchange, struct http_published *published,
		    struct http_topic **topic)
{
	struct http_server *server = exchange->server;
	const struct http_published *found;

	pthread_mutex_lock(&server->lock);
	found = bw_strmap_get(server->published, exchange->target.path);
	*published = found != NULL ? *found : (struct http_published){ 0 };
	if (published->body != NULL)
		http_body_retain(published->body);
	*topic = bw_strmap_get(server->topics, exchange->target.path);
	pthread_mutex_unlock(&server->lock);
	return found != NULL || *topic != NULL;
}

static bool begin_body(struct http_connection *connection)
{
	const struct iovec part = { (char *)continue_text, sizeof(continue_text) - 1 };
	struct http_input *input = connection->input;

	if (input->parser.head.expect_continue && input->len == input->consumed &&
	    io_peer_write(connection->peer, &part, 1) != (long)part.iov_len) {
		http_connection_close(connection);
		return false;
	}
	http_chunks_init(&input->chunks);
	connection->phase = HTTP_PHASE_BODY;
	http_deadline_set(connection, HTTP_CLOCK_BODY);
	return true;
}

static void begin_route(const struct exchange *exchange)
{
	struct http_connection *connection = exchange->connection;

	if (!has_body(exchange->head)) {
		http_exchange_ask(connection);
		return;
	}
	if (exchange->head->content_length > exchange->server->limits.body_bytes_max) {
		problem(exchange, 413, "the body is too large");
		return;
	}
	(void)begin_body(connection);
}

static void answer_stream(const struct exchange *exchange, struct http_topic *topic)
{
	const struct http_server *server = exchange->server;

	if (atomic_load_explicit(&server->stream_count, memory_order_relaxed) <
	    server->limits.streams_max)
		http_stream_begin(exchange->connection, topic);
	else
		problem(exchange, 503, "too many streams are open already");
}

static void choose(struct exchange *exchange)
{
	struct http_published published;
	struct http_topic *topic;
	struct http_match match;
	const bool has_own = look_up(exchange, &published, &topic);

	http_route_find(exchange->server->routes, exchange->method, &exchange->target, &match);
	if (has_own)
		match.allowed |= 1u << HTTP_GET;
	if (exchange->is_options && (match.allowed != 0 || *exchange->target.path == '*'))
		answer_options(exchange, match.allowed);
	else if (match.allowed == 0)
		problem(exchange, 404, "there is nothing at this path");
	else if (exchange->method == HTTP_GET && published.body != NULL)
		answer_published(exchange, published.body, &published);
	else if (exchange->method == HTTP_GET && topic != NULL)
		answer_stream(exchange, topic);
	else if (match.route == NULL)
		answer_not_allowed(exchange, match.allowed);
	else if (check_origin(exchange))
		begin_route(exchange);
	http_body_release(published.body);
}

void http_exchange_begin(struct http_connection *connection)
{
	struct http_input *input = connection->input;
	struct exchange exchange = { .connection = connection,
				     .server = connection->server,
				     .data = input->data,
				     .head = &input->parser.head };

	connection->keep_alive = exchange.head->keep_alive;
	connection->minor_version = exchange.head->minor;
	connection->head_only = false;
	if (take_method(&exchange) && take_target(&exchange) && check_host(&exchange))
		choose(&exchange);
}

void http_exchange_ask(struct http_connection *connection)
{
	struct http_answer answer = { .status = 503,
				      .fields = "Retry-After: 1\r\n",
				      .fields_len = strlen("Retry-After: 1\r\n") };

	connection->request = http_handover_ask(connection);
	if (connection->request == NULL)
		answer_problem(connection, &answer, "too many requests are waiting already");
	else
		connection->phase = HTTP_PHASE_WAITING;
}
