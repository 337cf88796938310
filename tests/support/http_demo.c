/* http_demo.c - src/http alone behind a command line, for the tests of bad clients and the bench.
 *
 * Usage: http_demo [NAME=VALUE ...], names in the table below. Prints "listening ADDRESS" for each
 * address and then "ready". What happens inside is driven over HTTP (the routes at the end), so
 * that a test waits for answers and never for time. SIGTERM stops it in an orderly way.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "base/xalloc.h"
#include "http/server.h"
#include "io/loop.h"

enum { LISTEN_MAX = 4, GRACE_US = 2000000, HELD_MAX = 2048 };

struct demo {
	struct io_loop *loop;
	struct http_server *server;
	struct http_topic *topic;
	struct http_request *held[HELD_MAX];
	int held_count;
	const char *listen[LISTEN_MAX + 1];
	int listen_count;
	const char *allowed[2];
	struct http_limits limits;
	long page_bytes, ring_events, files_max, logs;
};

struct number_option {
	const char *name;
	size_t offset; /* of a long in struct demo */
};

static const struct number_option number_options[] = {
	{ "files", offsetof(struct demo, files_max) },
	{ "log", offsetof(struct demo, logs) },
	{ "page", offsetof(struct demo, page_bytes) },
	{ "ring", offsetof(struct demo, ring_events) },
};

static bool take_limit(struct http_limits *limits, const char *name, long value)
{
	const struct {
		const char *name;
		int64_t *us;
	} times[] = { { "head-ms", &limits->head_timeout_us },
		      { "idle-ms", &limits->idle_timeout_us },
		      { "body-ms", &limits->body_timeout_us },
		      { "write-ms", &limits->write_timeout_us } };

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (strcmp(times[i].name, name) == 0) {
			*times[i].us = value * 1000;
			return true;
		}
	}
	if (strcmp(name, "connections") == 0)
		limits->connections_max = (int)value;
	else if (strcmp(name, "streams") == 0)
		limits->streams_max = (int)value;
	else if (strcmp(name, "incoming") == 0)
		limits->incoming_bytes_max = (size_t)value;
	else if (strcmp(name, "outgoing") == 0)
		limits->outgoing_bytes_max = (size_t)value;
	else if (strcmp(name, "backlog") == 0)
		limits->stream_backlog_bytes = (size_t)value;
	else
		return false;
	return true;
}

static bool take_option(struct demo *demo, const char *name, const char *value)
{
	if (strcmp(name, "listen") == 0 && demo->listen_count < LISTEN_MAX) {
		demo->listen[demo->listen_count++] = value;
		return true;
	}
	if (strcmp(name, "allow") == 0) {
		demo->allowed[0] = value;
		return true;
	}
	for (size_t i = 0; i < sizeof(number_options) / sizeof(number_options[0]); i++) {
		if (strcmp(number_options[i].name, name) == 0) {
			*(long *)((char *)demo + number_options[i].offset) =
				strtol(value, NULL, 10);
			return true;
		}
	}
	return take_limit(&demo->limits, name, strtol(value, NULL, 10));
}

static void take_options(struct demo *demo, char **argv)
{
	for (; *argv != NULL; argv++) {
		char *equals = strchr(*argv, '=');

		if (equals != NULL)
			*equals = '\0';
		if (equals == NULL || !take_option(demo, *argv, equals + 1)) {
			fprintf(stderr, "http_demo: %s: no such option\n", *argv);
			exit(64);
		}
	}
	if (demo->listen_count == 0)
		demo->listen[demo->listen_count++] = "127.0.0.1:0";
}

static void respond_buf(struct http_request *request, int status, struct bw_buf *buf)
{
	size_t len;
	char *bytes = bw_buf_take(buf, &len);
	struct http_body *body;

	bw_assert(bytes != NULL);
	body = http_body_create(bytes, len, "application/json");
	http_respond(request, status, body);
	http_body_release(body);
}

static void on_hello(struct http_request *request, void *arg)
{
	const char *name = http_request_query(request, "greeting");
	struct bw_buf buf;
	struct bw_json json;

	(void)arg;
	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	bw_json_key(&json, "path");
	bw_json_string(&json, http_request_path(request));
	bw_json_key(&json, "name");
	bw_json_string(&json, http_request_part(request, 0));
	bw_json_key(&json, "greeting");
	bw_json_string(&json, name);
	bw_json_object_end(&json);
	http_response_header(request, "X-Name", http_request_part(request, 0));
	respond_buf(request, 200, &buf);
}

static void on_echo(struct http_request *request, void *arg)
{
	struct bw_buf buf;
	size_t len;
	const char *body = http_request_body(request, &len);

	(void)arg;
	bw_buf_init(&buf, 0);
	bw_buf_byte(&buf, '"');
	bw_buf_append(&buf, body, len);
	bw_buf_byte(&buf, '"');
	respond_buf(request, 200, &buf);
}

static void on_problem(struct http_request *request, void *arg)
{
	(void)arg;
	http_respond_problem(request, 409, "conflict about \"%s\"", http_request_part(request, 0));
}

static void on_hold(struct http_request *request, void *arg)
{
	struct demo *demo = arg;

	bw_assert(demo->held_count < HELD_MAX);
	demo->held[demo->held_count++] = request;
}

static void on_release(struct http_request *request, void *arg)
{
	struct demo *demo = arg;

	for (int i = 0; i < demo->held_count; i++)
		http_respond(demo->held[i], 204, NULL);
	demo->held_count = 0;
	http_respond(request, 204, NULL);
}

static void on_event(struct http_request *request, void *arg)
{
	struct demo *demo = arg;
	size_t len;
	const char *data = http_request_body(request, &len);
	const char *times = http_request_query(request, "times");
	long count = times != NULL ? strtol(times, NULL, 10) : 1;

	for (long i = 0; i < count; i++)
		(void)http_topic_publish(demo->topic, "change", data, len, true);
	http_respond(request, 204, NULL);
}

static void on_heartbeat(struct http_request *request, void *arg)
{
	struct demo *demo = arg;

	(void)http_topic_publish(demo->topic, "heartbeat", "{}", 2, false);
	http_respond(request, 204, NULL);
}

static void on_snapshot(struct http_request *request, void *arg)
{
	struct demo *demo = arg;
	size_t len;
	const char *data = http_request_body(request, &len);
	char *copy = xstrndup(data, len);
	struct http_body *body = http_body_create(copy, len, "application/json");

	http_topic_set_snapshot(demo->topic, "snapshot", body);
	http_body_release(body);
	http_respond(request, 204, NULL);
}

static void on_stats(struct http_request *request, void *arg)
{
	struct demo *demo = arg;
	struct http_stats stats;
	struct bw_buf buf;

	http_server_stats(demo->server, &stats);
	bw_buf_init(&buf, 0);
	bw_buf_format(&buf,
		      "{\"connections\":%d,\"streams\":%d,\"subscribers\":%d,\"held\":%d,"
		      "\"accepted\":%" PRIu64 ",\"requests\":%" PRIu64 "}",
		      stats.connections, stats.streams, http_topic_subscribers(demo->topic),
		      demo->held_count, stats.connections_accepted, stats.requests);
	respond_buf(request, 200, &buf);
}

static const char *const headers[] = { "Content-Security-Policy: default-src 'self'",
				       "Referrer-Policy: no-referrer", NULL };

/* Text that looks like a dashboard document, so that gzip has what it will have. */
static struct http_body *make_page(size_t bytes)
{
	struct bw_buf buf;
	char *text;
	size_t len;

	bw_buf_init(&buf, 0);
	bw_buf_byte(&buf, '[');
	for (unsigned i = 0; buf.len + 2 < bytes; i++)
		bw_buf_format(&buf,
			      "%s{\"name\":\"component-%u\",\"status\":\"healthy\","
			      "\"response_time_ms\":%u.%u,\"last_check\":"
			      "\"2026-03-02T14:%02u:%02u.%06u+00:00\",\"error\":null}",
			      i > 0 ? "," : "", i, i * 7919u % 500, i % 10, i / 60 % 60, i % 60,
			      i * 104729u % 1000000);
	bw_buf_byte(&buf, ']');
	text = bw_buf_take(&buf, &len);
	bw_assert(text != NULL);
	return http_body_create(text, len, "application/json");
}

/* A page of its own for each request, as a list with filters is. */
static void on_fresh(struct http_request *request, void *arg)
{
	const struct demo *demo = arg;
	struct http_body *page = make_page((size_t)demo->page_bytes);

	http_respond(request, 200, page);
	http_body_release(page);
}

static const struct http_route routes[] = {
	{ HTTP_POST, "/echo", on_echo },
	{ HTTP_PUT, "/echo", on_echo },
	{ HTTP_POST, "/event", on_event },
	{ HTTP_GET, "/fresh", on_fresh },
	{ HTTP_POST, "/heartbeat", on_heartbeat },
	{ HTTP_GET, "/hello/{name}", on_hello },
	{ HTTP_GET, "/hold", on_hold },
	{ HTTP_DELETE, "/problem/{name}", on_problem },
	{ HTTP_POST, "/release", on_release },
	{ HTTP_POST, "/snapshot", on_snapshot },
	{ HTTP_GET, "/stats", on_stats },
	{ 0 },
};

static void log_request(void *arg, const char *method, const char *target, int status, int64_t us)
{
	const struct demo *demo = arg;

	if (demo->logs)
		printf("request %s %s %d %s\n", method, target, status, us >= 0 ? "" : "backwards");
	fflush(stdout);
}

static void on_terminate(void *arg)
{
	struct demo *demo = arg;

	http_server_stop(demo->server, GRACE_US);
	io_loop_stop(demo->loop);
}

static void limit_files(long files_max)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = files_max > 0 ? (rlim_t)files_max : limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void publish_page(struct demo *demo)
{
	struct http_body *page = make_page((size_t)demo->page_bytes);
	struct http_body *missing = http_body_static("gone", 4, "text/plain");

	http_server_publish(demo->server, "/page", 200, page, "no-cache");
	http_server_publish(demo->server, "/ready", 503, missing, "no-store");
	http_server_publish(demo->server, "/a b", 200, missing, NULL);
	http_body_release(page);
	http_body_release(missing);
}

static void serve(struct demo *demo)
{
	const struct http_server_config config = { .listen = demo->listen,
						   .allowed_hosts = demo->allowed,
						   .limits = demo->limits,
						   .on_request = demo->logs ? log_request : NULL,
						   .arg = demo };
	struct bw_error error;

	if (http_server_create(demo->loop, &config, routes, demo, &demo->server, &error) != BW_OK) {
		fprintf(stderr, "http_demo: %s\n", error.text);
		exit(1);
	}
	http_server_set_headers(demo->server, headers);
	publish_page(demo);
	demo->topic = http_topic_create(demo->server, "/events", (size_t)demo->ring_events);
	if (http_server_start(demo->server, &error) != BW_OK) {
		fprintf(stderr, "http_demo: %s\n", error.text);
		exit(1);
	}
	for (int i = 0; http_server_address(demo->server, i) != NULL; i++)
		printf("listening %s\n", http_server_address(demo->server, i));
	printf("ready\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static struct demo demo = { .page_bytes = 20000, .ring_events = 64 };
	struct io_signal *terminate;

	(void)argc;
	take_options(&demo, argv + 1);
	limit_files(demo.files_max);
	demo.loop = io_loop_create();
	terminate = io_signal_create(demo.loop, SIGTERM, on_terminate, &demo);
	serve(&demo);
	io_loop_run(demo.loop);
	io_signal_destroy(terminate);
	http_server_destroy(demo.server);
	io_loop_destroy(demo.loop);
	return 0;
}
