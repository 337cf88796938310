/* server.c - the calls of server.h and the thread behind them.
 *
 * The thread runs one loop with the listeners, the connections and a wake-up. What the owner
 * changes (published bodies, topics, answers) lies under one lock that is held for a look-up or a
 * swap only; the thread takes a reference and works without it.
 *
 * The listeners are opened by the owner before the thread begins, so that a port in use is told
 * at once and the port is known when http_server_start() returns.
 */
#include "http/server.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/xalloc.h"
#include "http/state.h"

const struct http_limits http_limits_default = {
	.connections_max = 4096,
	.streams_max = 16384,
	.header_bytes_max = 8192,
	.target_bytes_max = 4096,
	.body_bytes_max = 262144,
	.head_timeout_us = 10 * BW_SECOND_US,
	.idle_timeout_us = 60 * BW_SECOND_US,
	.body_timeout_us = 30 * BW_SECOND_US,
	.write_timeout_us = 30 * BW_SECOND_US,
	.outgoing_bytes_max = 64 << 20,
	.incoming_bytes_max = 16 << 20,
	.stream_backlog_bytes = 1048576,
};

enum { CLOSE_CHECK_US = 5000 };

static const char overload_text[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
				    "Content-Length: 0\r\nConnection: close\r\n\r\n";

static void fill_limits(struct http_limits *limits)
{
	const struct http_limits *standard = &http_limits_default;

	if (limits->connections_max <= 0)
		limits->connections_max = standard->connections_max;
	if (limits->streams_max <= 0)
		limits->streams_max = standard->streams_max;
	if (limits->header_bytes_max == 0)
		limits->header_bytes_max = standard->header_bytes_max;
	if (limits->target_bytes_max == 0)
		limits->target_bytes_max = standard->target_bytes_max;
	if (limits->body_bytes_max == 0)
		limits->body_bytes_max = standard->body_bytes_max;
	if (limits->head_timeout_us <= 0)
		limits->head_timeout_us = standard->head_timeout_us;
	if (limits->idle_timeout_us <= 0)
		limits->idle_timeout_us = standard->idle_timeout_us;
	if (limits->body_timeout_us <= 0)
		limits->body_timeout_us = standard->body_timeout_us;
	if (limits->write_timeout_us <= 0)
		limits->write_timeout_us = standard->write_timeout_us;
	if (limits->outgoing_bytes_max == 0)
		limits->outgoing_bytes_max = standard->outgoing_bytes_max;
	if (limits->incoming_bytes_max == 0)
		limits->incoming_bytes_max = standard->incoming_bytes_max;
	if (limits->stream_backlog_bytes == 0)
		limits->stream_backlog_bytes = standard->stream_backlog_bytes;
}

static void stop_if_empty(struct http_server *server)
{
	if (server->is_draining && http_list_is_empty(&server->connections))
		io_loop_stop(server->loop);
}

/* While draining: looks now and then whether all have gone, and at the end of the grace stops. */
static void on_grace(void *arg)
{
	struct http_server *server = arg;

	stop_if_empty(server);
	server->grace_us -= CLOSE_CHECK_US;
	if (server->grace_us <= 0)
		io_loop_stop(server->loop);
	else
		io_timer_start(server->grace, CLOSE_CHECK_US);
}

static void begin_draining(struct http_server *server)
{
	server->is_draining = true;
	for (int i = 0; i < server->listener_count; i++) {
		io_listener_close(server->listeners[i]);
		server->listeners[i] = NULL;
	}
	http_connection_drain(server);
	io_timer_start(server->grace, 0);
}

static void on_wakeup(void *arg)
{
	struct http_server *server = arg;
	bool must_stop;

	http_handover_on_server(server);
	http_stream_broadcast(server);
	pthread_mutex_lock(&server->lock);
	must_stop = server->stop_asked;
	pthread_mutex_unlock(&server->lock);
	if (must_stop && !server->is_draining)
		begin_draining(server);
	http_budget_enforce(server);
	http_connection_bury(server);
}

static void on_accept(void *arg, struct io_peer *peer)
{
	http_connection_accept(arg, peer);
}

static void init_lists(struct http_server *server)
{
	http_list_init(&server->asked);
	http_list_init(&server->held);
	http_list_init(&server->answered);
	http_list_init(&server->connections);
	http_list_init(&server->dead);
	for (int i = 0; i < HTTP_CLOCKS; i++)
		http_list_init(&server->clocks[i]);
}

static void init_loop(struct http_server *server)
{
	server->loop = io_loop_create();
	server->wakeup = io_wakeup_create(server->loop, on_wakeup, server);
	server->owner_wakeup = io_wakeup_create(server->owner, http_handover_on_owner, server);
	server->sweep = io_timer_create(server->loop, http_deadline_on_sweep, server);
	server->log_timer = io_timer_create(server->loop, http_handover_on_log_timer, server);
	server->grace = io_timer_create(server->loop, on_grace, server);
}

static void init_memory(struct http_server *server, const struct http_server_config *config)
{
	server->limits = config->limits;
	fill_limits(&server->limits);
	server->authorities = http_authorities_create(config->allowed_hosts);
	server->published = bw_strmap_create();
	server->topics = bw_strmap_create();
	bw_assert(server->published != NULL && server->topics != NULL);
	server->target_store = xmalloc(http_target_store_bytes(server->limits.target_bytes_max));
	bw_buf_init(&server->scratch, 0);
	if (config->on_request == NULL)
		return;
	server->on_request = config->on_request;
	server->on_request_arg = config->arg;
	server->log_lines = xcalloc(HTTP_LOG_LINES_MAX, sizeof(*server->log_lines));
}

enum bw_status http_server_create(struct io_loop *owner, const struct http_server_config *config,
				  const struct http_route *routes, void *routes_arg,
				  struct http_server **out, struct bw_error *err)
{
	struct http_server *server;
	int count = 0;

	while (config->listen[count] != NULL)
		count++;
	if (count == 0 || count > HTTP_LISTENERS_MAX)
		return bw_fail(err, BW_EINVAL, "there must be 1 to %d addresses to listen on",
			       HTTP_LISTENERS_MAX);
	if (!http_routes_are_valid(routes))
		return bw_fail(err, BW_EINVAL, "the routes are not sorted by pattern");
	server = xcalloc(1, sizeof(*server));
	server->owner = owner;
	server->routes = routes;
	server->routes_arg = routes_arg;
	server->listener_count = count;
	for (int i = 0; i < count; i++)
		server->addresses[i] = xstrdup(config->listen[i]);
	pthread_mutex_init(&server->lock, NULL);
	init_lists(server);
	init_memory(server, config);
	init_loop(server);
	*out = server;
	return BW_OK;
}

static void close_listeners(struct http_server *server)
{
	for (int i = 0; i < server->listener_count; i++) {
		io_listener_close(server->listeners[i]);
		server->listeners[i] = NULL;
	}
}

static enum bw_status open_listeners(struct http_server *server, struct bw_error *err)
{
	for (int i = 0; i < server->listener_count; i++) {
		const struct io_listener_options options = { .address = server->addresses[i],
							     .overload_answer = overload_text,
							     .on_accept = on_accept,
							     .arg = server };
		enum bw_status status =
			io_listener_open(server->loop, &options, &server->listeners[i], err);
		const char *address;

		if (status != BW_OK) {
			close_listeners(server);
			return status;
		}
		address = io_listener_address(server->listeners[i]);
		free(server->addresses[i]);
		server->addresses[i] = xstrdup(address);
		http_authorities_listen(server->authorities, address);
	}
	return BW_OK;
}

static void *run_thread(void *arg)
{
	struct http_server *server = arg;

	io_loop_run(server->loop);
	return NULL;
}

enum bw_status http_server_start(struct http_server *server, struct bw_error *err)
{
	enum bw_status status = open_listeners(server, err);
	sigset_t all, old;
	int failure;

	if (status != BW_OK)
		return status;
	/* Signals are the owner's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	failure = pthread_create(&server->thread, NULL, run_thread, server);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (failure != 0) {
		close_listeners(server);
		return bw_fail(err, BW_EIO, "cannot start the server's thread: %s",
			       strerror(failure));
	}
	server->is_running = true;
	return BW_OK;
}

const char *http_server_address(const struct http_server *server, int nth)
{
	return nth >= 0 && nth < server->listener_count ? server->addresses[nth] : NULL;
}

/* With the thread gone, its connections and what was answered too late are ended here. */
static void clean_up_after_thread(struct http_server *server)
{
	struct http_link *link;

	while (!http_list_is_empty(&server->connections))
		http_connection_close(
			HTTP_LINK_OWNER(server->connections.next, struct http_connection, link));
	http_connection_bury(server);
	pthread_mutex_lock(&server->lock);
	server->has_stopped = true;
	pthread_mutex_unlock(&server->lock);
	while ((link = http_list_take(&server->answered)) != NULL)
		http_request_destroy(HTTP_LINK_OWNER(link, struct http_request, link));
	while ((link = http_list_take(&server->asked)) != NULL)
		http_request_destroy(HTTP_LINK_OWNER(link, struct http_request, link));
}

void http_server_stop(struct http_server *server, int64_t grace_us)
{
	if (!server->is_running)
		return;
	http_handover_on_owner(server);
	pthread_mutex_lock(&server->lock);
	server->stop_asked = true;
	server->grace_us = grace_us;
	pthread_mutex_unlock(&server->lock);
	io_wakeup_send(server->wakeup);
	pthread_join(server->thread, NULL);
	server->is_running = false;
	clean_up_after_thread(server);
	http_handover_on_owner(server);
}

static void destroy_loop(struct http_server *server)
{
	io_timer_destroy(server->sweep);
	io_timer_destroy(server->log_timer);
	io_timer_destroy(server->grace);
	io_wakeup_destroy(server->wakeup);
	io_wakeup_destroy(server->owner_wakeup);
	io_loop_destroy(server->loop);
}

static void destroy_maps(struct http_server *server)
{
	struct bw_strmap_entry entry;
	size_t cursor = 0;

	while (bw_strmap_next(server->topics, &cursor, &entry))
		http_topic_destroy(entry.value);
	cursor = 0;
	while (bw_strmap_next(server->published, &cursor, &entry)) {
		struct http_published *published = entry.value;

		http_body_release(published->body);
		free(published);
	}
	bw_strmap_destroy(server->topics);
	bw_strmap_destroy(server->published);
}

static void destroy_inputs(struct http_server *server)
{
	while (server->spare_inputs != NULL) {
		struct http_input *input = server->spare_inputs;

		server->spare_inputs = input->next_spare;
		free(input);
	}
}

void http_server_destroy(struct http_server *server)
{
	struct http_link *link;

	if (server == NULL)
		return;
	http_server_stop(server, 0);
	close_listeners(server);
	while ((link = http_list_take(&server->held)) != NULL)
		http_request_destroy(HTTP_LINK_OWNER(link, struct http_request, link));
	destroy_loop(server);
	destroy_maps(server);
	destroy_inputs(server);
	http_authorities_destroy(server->authorities);
	for (int i = 0; i < server->listener_count; i++)
		free(server->addresses[i]);
	bw_buf_finish(&server->scratch);
	free(server->target_store);
	free(server->log_lines);
	pthread_mutex_destroy(&server->lock);
	free(server);
}

void http_server_publish(struct http_server *server, const char *path, int status,
			 struct http_body *body, const char *cache_control)
{
	struct http_published *published;
	struct http_body *old = NULL;
	enum bw_status result = BW_OK;

	http_body_retain(body);
	pthread_mutex_lock(&server->lock);
	published = bw_strmap_get(server->published, path);
	if (published == NULL) {
		published = xcalloc(1, sizeof(*published));
		result = bw_strmap_put(server->published, path, published);
	}
	old = published->body;
	*published = (struct http_published){ body, cache_control, status };
	pthread_mutex_unlock(&server->lock);
	xalloc_must(result);
	http_body_release(old);
}

void http_server_set_headers(struct http_server *server, const char *const *lines)
{
	atomic_store_explicit(&server->extra_headers, lines, memory_order_release);
}

void http_server_stats(const struct http_server *server, struct http_stats *out)
{
	out->requests = atomic_load_explicit(&server->requests, memory_order_relaxed);
	out->responses_2xx = atomic_load_explicit(&server->responses_2xx, memory_order_relaxed);
	out->responses_4xx = atomic_load_explicit(&server->responses_4xx, memory_order_relaxed);
	out->responses_5xx = atomic_load_explicit(&server->responses_5xx, memory_order_relaxed);
	out->bytes_sent = atomic_load_explicit(&server->bytes_sent, memory_order_relaxed);
	out->connections_accepted =
		atomic_load_explicit(&server->connections_accepted, memory_order_relaxed);
	out->connections = atomic_load_explicit(&server->connection_count, memory_order_relaxed);
	out->streams = atomic_load_explicit(&server->stream_count, memory_order_relaxed);
}
