/* handover.c - what passes between the owner's thread and the server's: requests, answers, log
 * lines.
 *
 * A request is one struct that wanders: asked -> (the owner handles it) -> held -> answered ->
 * gone. Whoever moves it holds the lock; whoever holds the request reads it without. Its
 * `connection` is touched by the server's thread alone, which clears it when the client leaves.
 *
 * Log lines wait up to LOG_DELAY_US, so that a flood of readers wakes the owner twenty times a
 * second and not once a request; what does not fit meanwhile is dropped.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "base/xalloc.h"
#include "http/body.h"
#include "http/problem.h"
#include "http/state.h"

enum { LOG_DELAY_US = 50000, ANSWER_FIELDS_MAX = 16384, TURN_MAX = 64, TURN_US = 5000 };

void http_request_destroy(struct http_request *request)
{
	if (request == NULL)
		return;
	http_body_release(request->answer);
	bw_buf_finish(&request->answer_fields);
	bw_buf_finish(&request->body_bytes);
	free(request);
}

/* One block: the struct, the target as it came, the store of its parts. */
static struct http_request *copy_request(const struct http_input *input)
{
	const struct http_span target = input->parser.head.target;
	struct http_request *request =
		xcalloc(1, sizeof(*request) + target.len + http_target_store_bytes(target.len));
	char *raw = (char *)(request + 1);

	memcpy(raw, input->data + target.at, target.len);
	if (!http_target_parse(raw, target.len, raw + target.len, &request->target))
		abort(); /* it was parsed before */
	return request;
}

static enum http_method method_of(const struct http_input *input)
{
	const struct http_span span = input->parser.head.method;

	if (http_span_is(input->data, span, "POST"))
		return HTTP_POST;
	if (http_span_is(input->data, span, "PUT"))
		return HTTP_PUT;
	return http_span_is(input->data, span, "DELETE") ? HTTP_DELETE : HTTP_GET;
}

/* The input's bytes become the request's. */
static void take_body(struct http_request *request, struct http_input *input)
{
	request->body_bytes = input->body;
	bw_buf_init(&input->body, request->server->limits.body_bytes_max);
	request->body_len = request->body_bytes.len;
	request->body = request->body_len > 0 ? request->body_bytes.data : "";
}

struct http_request *http_handover_ask(struct http_connection *connection)
{
	struct http_server *server = connection->server;
	struct http_request *request = NULL;
	struct http_match match;
	const size_t body_len = connection->input->body.len;
	bool has_room;

	pthread_mutex_lock(&server->lock);
	has_room = server->asked_count < HTTP_ASKED_MAX &&
		   server->asked_bytes + body_len <= server->limits.incoming_bytes_max;
	if (has_room) {
		server->asked_count++;
		server->asked_bytes += body_len;
	}
	pthread_mutex_unlock(&server->lock);
	if (!has_room)
		return NULL;
	request = copy_request(connection->input);
	request->server = server;
	request->connection = connection;
	take_body(request, connection->input);
	bw_buf_init(&request->answer_fields, ANSWER_FIELDS_MAX);
	http_route_find(server->routes, method_of(connection->input), &request->target, &match);
	bw_assert(match.route != NULL);
	request->route = match.route;
	memcpy(request->parts, match.parts, sizeof(request->parts));
	pthread_mutex_lock(&server->lock);
	http_list_append(&server->asked, &request->link);
	pthread_mutex_unlock(&server->lock);
	io_wakeup_send(server->owner_wakeup);
	return request;
}

static struct http_request *next_asked(struct http_server *server)
{
	struct http_request *request = NULL;
	struct http_link *link;

	pthread_mutex_lock(&server->lock);
	link = http_list_take(&server->asked);
	if (link != NULL) {
		request = HTTP_LINK_OWNER(link, struct http_request, link);
		http_list_append(&server->held, link);
	}
	pthread_mutex_unlock(&server->lock);
	return request;
}

static bool next_log_line(struct http_server *server, struct http_log_line *out)
{
	bool is_there;

	pthread_mutex_lock(&server->lock);
	is_there = server->log_count > 0;
	if (is_there) {
		*out = server->log_lines[server->log_first];
		server->log_first = (server->log_first + 1) % HTTP_LOG_LINES_MAX;
		server->log_count--;
	}
	pthread_mutex_unlock(&server->lock);
	return is_there;
}

/* Not the loop's time, which stands still while handlers run. */
static int64_t clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * BW_SECOND_US + now.tv_nsec / 1000;
}

void http_handover_on_owner(void *arg)
{
	struct http_server *server = arg;
	struct http_request *request;
	struct http_log_line line;
	const int64_t began_us = clock_us();
	int handled = 0, logged = 0;
	bool is_over = false;

	while (!is_over && (request = next_asked(server)) != NULL) {
		request->route->handle(request, server->routes_arg);
		is_over = ++handled == TURN_MAX || clock_us() - began_us >= TURN_US;
	}
	/* The owner's other work has its turn before the rest. */
	if (is_over)
		io_wakeup_send(server->owner_wakeup);
	while (logged++ < HTTP_LOG_LINES_MAX && next_log_line(server, &line))
		server->on_request(server->on_request_arg, line.method, line.target, line.status,
				   line.us);
}

static size_t answer_length(const struct http_request *request)
{
	return request->answer != NULL ? http_body_length(request->answer) : 0;
}

/* Under the lock. */
static void forget_asked(struct http_server *server, const struct http_request *request)
{
	server->asked_count--;
	server->asked_bytes -= request->body_len;
}

static struct http_request *next_answered(struct http_server *server)
{
	struct http_request *request = NULL;
	struct http_link *link;

	pthread_mutex_lock(&server->lock);
	link = http_list_take(&server->answered);
	if (link != NULL) {
		request = HTTP_LINK_OWNER(link, struct http_request, link);
		forget_asked(server, request);
		server->answered_bytes -= answer_length(request);
	}
	pthread_mutex_unlock(&server->lock);
	return request;
}

void http_handover_on_server(struct http_server *server)
{
	struct http_request *request;

	while ((request = next_answered(server)) != NULL) {
		struct http_connection *connection = request->connection;

		if (connection != NULL) {
			const struct http_answer answer = { .status = request->status,
							    .body = request->answer,
							    .fields = request->answer_fields.data,
							    .fields_len =
								    request->answer_fields.len };

			connection->request = NULL;
			http_exchange_answer(connection, &answer);
			http_connection_resume(connection);
		}
		http_request_destroy(request);
	}
}

static void copy_span(char *out, size_t size, const char *data, struct http_span span)
{
	const size_t len = span.len < size - 1 ? span.len : size - 1;

	memcpy(out, data + span.at, len);
	out[len] = '\0';
}

void http_handover_log(struct http_connection *connection, int status)
{
	struct http_server *server = connection->server;
	const struct http_input *input = connection->input;
	struct http_log_line *line;

	if (server->on_request == NULL)
		return;
	pthread_mutex_lock(&server->lock);
	if (server->log_count < HTTP_LOG_LINES_MAX) {
		line = &server->log_lines[(server->log_first + server->log_count++) %
					  HTTP_LOG_LINES_MAX];
		*line = (struct http_log_line){ .status = status };
		line->us = http_now_us(server) - connection->began_us;
		if (input != NULL) {
			copy_span(line->method, sizeof(line->method), input->data,
				  input->parser.head.method);
			copy_span(line->target, sizeof(line->target), input->data,
				  input->parser.head.target);
		}
	}
	pthread_mutex_unlock(&server->lock);
	if (!server->log_timer_runs)
		io_timer_start(server->log_timer, LOG_DELAY_US);
	server->log_timer_runs = true;
}

void http_handover_on_log_timer(void *arg)
{
	struct http_server *server = arg;

	server->log_timer_runs = false;
	io_wakeup_send(server->owner_wakeup);
}

const char *http_request_path(const struct http_request *request)
{
	return request->target.path;
}

const char *http_request_part(const struct http_request *request, int nth)
{
	if (nth < 0 || nth >= HTTP_PARTS_MAX || request->parts[nth] == NULL)
		return "";
	return request->parts[nth];
}

const char *http_request_query(const struct http_request *request, const char *name)
{
	return http_target_query(&request->target, name);
}

const char *http_request_query_nth(const struct http_request *request, const char *name, int nth)
{
	return http_target_query_nth(&request->target, name, nth);
}

const char *http_request_body(const struct http_request *request, size_t *len)
{
	if (len != NULL)
		*len = request->body_len;
	return request->body;
}

void http_response_header(struct http_request *request, const char *name, const char *value)
{
	http_head_field(&request->answer_fields, name, value);
}

/* Only the owner adds answers, so room that is there stays there until it does. */
static bool has_room_for(struct http_server *server, const struct http_body *body)
{
	size_t waiting;

	pthread_mutex_lock(&server->lock);
	waiting = server->answered_bytes;
	pthread_mutex_unlock(&server->lock);
	return body == NULL || waiting == 0 ||
	       waiting + http_body_length(body) <= server->limits.outgoing_bytes_max;
}

void http_respond(struct http_request *request, int status, struct http_body *body)
{
	struct http_server *server = request->server;
	bool has_stopped;

	bw_assert(status >= 200 && status <= 599);
	if (request->answer_fields.status != BW_OK) {
		bw_buf_clear(&request->answer_fields);
		request->status = 500;
		request->answer = http_problem_create(500, "the answer has too many headers");
	} else if (!has_room_for(server, body)) {
		bw_buf_clear(&request->answer_fields);
		http_response_header(request, "Retry-After", "1");
		request->status = 503;
		request->answer =
			http_problem_create(503, "too many large answers are waiting already");
	} else {
		request->status = status;
		request->answer = body != NULL ? http_body_retain(body) : NULL;
	}
	pthread_mutex_lock(&server->lock);
	http_list_remove(&request->link);
	has_stopped = server->has_stopped;
	if (has_stopped) {
		forget_asked(server, request);
	} else {
		server->answered_bytes += answer_length(request);
		http_list_append(&server->answered, &request->link);
	}
	pthread_mutex_unlock(&server->lock);
	if (has_stopped)
		http_request_destroy(request);
	else
		io_wakeup_send(server->wakeup);
}

void http_respond_problem(struct http_request *request, int status, const char *format, ...)
{
	char detail[HTTP_PROBLEM_DETAIL_MAX];
	struct http_body *body;
	va_list list;
	int len;

	va_start(list, format);
	len = vsnprintf(detail, sizeof(detail), format, list);
	va_end(list);
	if (len >= (int)sizeof(detail))
		memcpy(detail + sizeof(detail) - 4, "...", 4);
	body = http_problem_create(status, detail);
	http_response_header(request, "Cache-Control", "no-store");
	http_respond(request, status, body);
	http_body_release(body);
}
