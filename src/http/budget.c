/* budget.c - sums of what connections hold, kept where a connection settles.
 *
 * Each limit of one connection is small, but four thousand connections that each stay just below it
 * would take gigabytes. So the bodies that wait for slow clients, and those that come in slowly,
 * have a sum each; beyond it the connection goes that has made no progress for longest.
 *
 * A body that many wait for counts once, as it lies in memory once.
 *
 * Invariant: outgoing_bytes is the sum of the lengths of all distinct `counted` bodies,
 * incoming_bytes the sum of all `claimed`.
 */
#include "http/body.h"
#include "http/state.h"

static void count_body(struct http_connection *connection, struct http_body *body)
{
	struct http_server *server = connection->server;

	if (body == connection->counted)
		return;
	if (connection->counted != NULL) {
		server->outgoing_bytes -= http_body_let_go(connection->counted);
		http_body_release(connection->counted);
	}
	connection->counted = body;
	if (body != NULL) {
		http_body_retain(body);
		server->outgoing_bytes += http_body_hold(body);
	}
}

static void count_claim(struct http_connection *connection, size_t claim)
{
	connection->server->incoming_bytes += claim - connection->claimed;
	connection->claimed = claim;
}

/* A body that comes in chunks may become as long as any. */
static size_t claim_of(const struct http_connection *connection)
{
	const struct http_head *head;

	if (connection->phase != HTTP_PHASE_BODY || connection->input == NULL)
		return 0;
	head = &connection->input->parser.head;
	return head->chunked ? connection->server->limits.body_bytes_max
			     : (size_t)head->content_length;
}

void http_budget_note(struct http_connection *connection)
{
	count_body(connection, connection->output.body);
	count_claim(connection, claim_of(connection));
}

void http_budget_forget(struct http_connection *connection)
{
	count_body(connection, NULL);
	count_claim(connection, 0);
}

static struct http_connection *slowest(struct http_server *server, enum http_clock clock)
{
	struct http_link *list = &server->clocks[clock];

	return http_list_is_empty(list)
		       ? NULL
		       : HTTP_LINK_OWNER(list->next, struct http_connection, clock_link);
}

void http_budget_enforce(struct http_server *server)
{
	struct http_connection *connection;

	while (server->outgoing_bytes > server->limits.outgoing_bytes_max &&
	       (connection = slowest(server, HTTP_CLOCK_WRITE)) != NULL)
		http_connection_abort(connection);
	while (server->incoming_bytes > server->limits.incoming_bytes_max &&
	       (connection = slowest(server, HTTP_CLOCK_BODY)) != NULL) {
		http_exchange_refuse(connection, 503, "too many bodies are coming in slowly");
		http_connection_settle(connection);
	}
}
