/* deadline.c - one list a limit and one timer for all.
 *
 * Everybody in a list waits equally long, so appending keeps it sorted and only first ones are
 * looked at. The timer is not moved when a deadline moves: it fires early, finds nothing due and
 * sets itself anew, which costs one firing a limit instead of one a request.
 */
#include "http/state.h"

enum { LINGER_US = 2000000, NEVER_SOONER_US = 1000 };

static int64_t limit_of(const struct http_server *server, enum http_clock clock)
{
	switch (clock) {
	case HTTP_CLOCK_HEAD:
		return server->limits.head_timeout_us;
	case HTTP_CLOCK_IDLE:
		return server->limits.idle_timeout_us;
	case HTTP_CLOCK_BODY:
		return server->limits.body_timeout_us;
	case HTTP_CLOCK_WRITE:
		return server->limits.write_timeout_us;
	default:
		return LINGER_US;
	}
}

static void arm(struct http_server *server, int64_t now_us, int64_t at_us)
{
	if (server->sweep_at_us != 0 && server->sweep_at_us <= at_us)
		return;
	server->sweep_at_us = at_us;
	io_timer_start(server->sweep, at_us > now_us ? at_us - now_us : 0);
}

void http_deadline_set(struct http_connection *connection, enum http_clock clock)
{
	struct http_server *server = connection->server;
	int64_t now_us = http_now_us(server);

	connection->deadline_us = now_us + limit_of(server, clock);
	http_list_remove(&connection->clock_link);
	http_list_append(&server->clocks[clock], &connection->clock_link);
	arm(server, now_us, connection->deadline_us);
}

void http_deadline_clear(struct http_connection *connection)
{
	http_list_remove(&connection->clock_link);
}

/* Ends those that are due; the deadline of the first that is not, or 0. */
static int64_t sweep_list(struct http_server *server, enum http_clock clock, int64_t now_us)
{
	struct http_link *list = &server->clocks[clock];

	while (!http_list_is_empty(list)) {
		struct http_connection *connection =
			HTTP_LINK_OWNER(list->next, struct http_connection, clock_link);

		if (connection->deadline_us > now_us)
			return connection->deadline_us;
		http_deadline_clear(connection);
		http_connection_expire(connection, clock);
	}
	return 0;
}

void http_deadline_on_sweep(void *arg)
{
	struct http_server *server = arg;
	int64_t now_us = http_now_us(server), next_us = 0;

	server->sweep_at_us = 0;
	for (int clock = 0; clock < HTTP_CLOCKS; clock++) {
		int64_t first_us = sweep_list(server, (enum http_clock)clock, now_us);

		if (first_us != 0 && (next_us == 0 || first_us < next_us))
			next_us = first_us;
	}
	if (next_us != 0)
		arm(server, now_us,
		    next_us < now_us + NEVER_SOONER_US ? now_us + NEVER_SOONER_US : next_us);
	http_connection_bury(server);
}
