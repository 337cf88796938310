/* pq_session.c - a small state machine around libpq's asynchronous calls.
 *
 *     RESOLVING -> CONNECTING -> IDLE -> QUERYING -> IDLE ...
 *
 * libpq may close and reopen its socket inside any call, under the same number. So the watch is
 * destroyed before libpq gets to work and made anew afterwards; a watch never outlives its
 * descriptor.
 *
 * Rows come one at a time (single-row mode), so that a large result is counted and dropped. A
 * single huge row would still be gathered by libpq; the bytes waiting in the socket are added up
 * before each read, and the session ends when they pass PQ_ANSWER_MAX.
 *
 * Nothing of the session is touched after an event was called: its receiver may have closed it.
 */
#include "checks/pq_session.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <libpq-fe.h>

#include "base/assert.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "io/resolver.h"

enum { ADDRESSES_TRIED = 4, SECRET_MIN = 3, MESSAGE_MAX = 4096, RECEIVE_BUFFER = 64 * 1024 };

enum stage { RESOLVING, CONNECTING, IDLE, QUERYING, FAILED };

struct pq_session {
	struct io_loop *loop;
	struct pq_parameters parameters;
	const struct pq_events *events;
	void *arg;
	enum stage stage;
	struct io_resolve *resolve;
	struct io_watch *watch;
	PGconn *connection;
	char *hosts, *addresses; /* comma-separated, as many of one as of the other */
	int64_t received_before; /* bytes, when the query was sent */
	int64_t received;        /* of the answer so far */
	int results;             /* result sets of the answer */
	struct pq_result result;
	struct pq_failure failure; /* of the query; text empty: none */
};

const char *pq_parameters_get(const struct pq_parameters *parameters, const char *keyword)
{
	int i;

	for (i = 0; i < parameters->count; i++)
		if (strcmp(parameters->keywords[i], keyword) == 0)
			return parameters->values[i];
	return NULL;
}

void pq_parameters_set(struct pq_parameters *parameters, const char *keyword, const char *value)
{
	int i;

	for (i = 0; i < parameters->count; i++)
		if (strcmp(parameters->keywords[i], keyword) == 0)
			break;
	bw_assert(i < PQ_PARAMETERS_MAX);
	parameters->keywords[i] = keyword;
	parameters->values[i] = value;
	if (i == parameters->count)
		parameters->count++;
}

/* Blots out the password wherever a message should quote it. */
static void hide_secret(const struct pq_session *session, char *text)
{
	const char *secret = pq_parameters_get(&session->parameters, "password");
	size_t len = secret ? strlen(secret) : 0;
	char *found;

	if (len < SECRET_MIN)
		return;
	for (found = text; (found = strstr(found, secret)); found += len)
		memset(found, '*', len);
}

/* The last line that is not a hint, without "connection to server at ... failed: ": libpq repeats
 * itself for every address and every try with and without TLS. */
static void shorten(char *message)
{
	static const char marker[] = " failed: ";
	char *line, *next, *last = message, *cut;

	for (line = message; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (line[0] != '\t' && line[0] != '\0')
			last = line;
	}
	if (strncmp(last, "connection to server", 20) == 0) {
		cut = strstr(last, marker);
		if (cut)
			last = cut + sizeof(marker) - 1;
	}
	memmove(message, last, strlen(last) + 1);
	cut = strstr(message, ":  ");
	if (cut)
		memmove(cut + 1, cut + 2, strlen(cut + 2) + 1);
}

static void clean_message(const struct pq_session *session, const char *message, char *out)
{
	char text[MESSAGE_MAX];

	snprintf(text, sizeof(text), "%s", message ? message : "");
	hide_secret(session, text);
	shorten(text);
	if (text[0] == '\0')
		snprintf(text, sizeof(text), "libpq gave no reason");
	bw_text_clean(text, strlen(text), out, PQ_ERROR_MAX);
}

/* Whether a message of libpq speaks of this machine: it has no codes for that. What
 * the server says about itself begins with FATAL. */
static bool is_our_fault(const char *message)
{
	static const int errors[] = { EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL };
	static const char *const texts[] = {
		"out of memory",    "root certificate file", "could not read root certificate",
		"certificate file", "private key file",      "could not load private key",
	};
	size_t i;

	if (strncmp(message, "FATAL:", 6) == 0 || strncmp(message, "ERROR:", 6) == 0)
		return false;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strstr(message, strerror(errors[i])))
			return true;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strstr(message, texts[i]))
			return true;
	return false;
}

static void unwatch(struct pq_session *session)
{
	if (session->watch)
		io_watch_destroy(session->watch);
	session->watch = NULL;
}

static void fail(struct pq_session *session, const struct pq_failure *failure)
{
	struct pq_failure copy = *failure;

	unwatch(session);
	session->stage = FAILED;
	session->events->on_failed(session->arg, &copy);
}

static void fail_connection(struct pq_session *session)
{
	struct pq_failure failure = { 0 };

	clean_message(session, PQerrorMessage(session->connection), failure.text);
	failure.ours = session->stage == CONNECTING && is_our_fault(failure.text);
	fail(session, &failure);
}

static void drive(struct pq_session *session);

static void on_watch(void *arg, unsigned events, int error_number)
{
	drive(arg);
}

static void watch(struct pq_session *session, unsigned events)
{
	int fd = PQsocket(session->connection);
	struct pq_failure failure = { .ours = true,
				      .text = "the loop cannot watch the connection" };

	bw_assert(!session->watch);
	if (fd < 0) {
		fail_connection(session);
		return;
	}
	session->watch = io_watch_create(session->loop, fd, on_watch, session);
	if (io_watch_set(session->watch, events) != BW_OK)
		fail(session, &failure);
}

static void keep_first_row(struct pq_result *kept, const PGresult *result)
{
	int column;

	for (column = 0; column < kept->columns && column < PQ_COLUMNS_MAX; column++) {
		kept->is_null[column] = PQgetisnull(result, 0, column);
		bw_text_clean(PQgetvalue(result, 0, column), (size_t)PQgetlength(result, 0, column),
			      kept->values[column], sizeof(kept->values[column]));
	}
}

static void keep_rows(struct pq_session *session, const PGresult *result)
{
	struct pq_result *kept = &session->result;

	kept->columns = PQnfields(result);
	if (kept->rows == 0 && PQntuples(result) > 0)
		keep_first_row(kept, result);
	kept->rows += PQntuples(result);
}

static void keep_error(struct pq_session *session, const PGresult *result)
{
	struct pq_failure *failure = &session->failure;
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (failure->text[0])
		return;
	snprintf(failure->state, sizeof(failure->state), "%s", state ? state : "");
	clean_message(session, primary ? primary : PQresultErrorMessage(result), failure->text);
}

static void keep(struct pq_session *session, const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_SINGLE_TUPLE:
		keep_rows(session, result);
		break;
	case PGRES_TUPLES_OK:
		keep_rows(session, result);
		session->results++;
		break;
	case PGRES_COMMAND_OK:
	case PGRES_EMPTY_QUERY:
		session->results++;
		break;
	case PGRES_COPY_IN:
	case PGRES_COPY_OUT:
	case PGRES_COPY_BOTH:
		snprintf(session->failure.text, sizeof(session->failure.text),
			 "COPY is no query with a result");
		break;
	default:
		keep_error(session, result);
		break;
	}
}

/* False when the answer is not complete yet. COPY never completes: its failure ends the answer. */
static bool take_results(struct pq_session *session)
{
	PGresult *result;

	while (!PQisBusy(session->connection)) {
		result = PQgetResult(session->connection);
		if (!result)
			return true;
		keep(session, result);
		PQclear(result);
		if (session->failure.text[0] && !session->failure.state[0])
			return true;
	}
	return false;
}

static void deliver(struct pq_session *session)
{
	struct pq_result result = session->result;

	if (session->failure.text[0]) {
		fail(session, &session->failure);
		return;
	}
	if (session->results > 1) {
		snprintf(session->failure.text, sizeof(session->failure.text),
			 "the query consists of %d statements, write one", session->results);
		fail(session, &session->failure);
		return;
	}
	session->stage = IDLE;
	session->events->on_result(session->arg, &result);
}

/* Bytes the peer has sent, which only TCP counts. */
static bool count_sent(struct pq_session *session)
{
	struct tcp_info info;
	socklen_t size = sizeof(info);

	if (getsockopt(PQsocket(session->connection), IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
	    size <= offsetof(struct tcp_info, tcpi_bytes_received))
		return false;
	session->received = (int64_t)info.tcpi_bytes_received - session->received_before;
	return true;
}

/* Elsewhere what waits before each read is added up. */
static void count_received(struct pq_session *session)
{
	int waiting = 0;

	if (!count_sent(session) && ioctl(PQsocket(session->connection), FIONREAD, &waiting) == 0)
		session->received += waiting;
}

static bool is_too_large(struct pq_session *session)
{
	if (session->received <= PQ_ANSWER_MAX)
		return false;
	snprintf(session->failure.text, sizeof(session->failure.text),
		 "the answer is larger than %d MiB", PQ_ANSWER_MAX / 1024 / 1024);
	return true;
}

static void drive_query(struct pq_session *session)
{
	bool alive = true, complete;
	int flushed;

	count_received(session);
	if (is_too_large(session)) {
		fail(session, &session->failure);
		return;
	}
	flushed = PQflush(session->connection);
	alive = flushed >= 0 && PQconsumeInput(session->connection);
	complete = take_results(session);
	(void)count_sent(session); /* libpq reads on as long as more comes */
	if (is_too_large(session))
		fail(session, &session->failure);
	else if (complete && (alive || session->failure.text[0]))
		deliver(session);
	else if (!alive)
		fail_connection(session);
	else
		watch(session, IO_READABLE | (flushed > 0 ? IO_WRITABLE : 0));
}

/* libpq reads on as long as there is something: a small buffer lets the loop come round between. */
static void bound_reads(int fd)
{
	int size = RECEIVE_BUFFER;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

/* libpq keeps every parameter a server tells before it is ready, and looks through all of them for
 * each: without a limit a server could fill the memory and hold up the loop for seconds. */
static bool greets_too_long(struct pq_session *session)
{
	int fd = PQsocket(session->connection), unread = 0;

	if (fd < 0)
		return false;
	bound_reads(fd);
	count_received(session);
	/* libpq's own complaint about what it has not read yet says more than ours. */
	if (ioctl(fd, FIONREAD, &unread) != 0 || session->received - unread <= PQ_GREETING_MAX)
		return false;
	snprintf(session->failure.text, sizeof(session->failure.text),
		 "the server sent more than %d KiB and was not ready yet", PQ_GREETING_MAX / 1024);
	return true;
}

static void drive_connect(struct pq_session *session)
{
	switch (PQconnectPoll(session->connection)) {
	case PGRES_POLLING_READING:
		if (greets_too_long(session))
			fail(session, &session->failure);
		else
			watch(session, IO_READABLE);
		break;
	case PGRES_POLLING_WRITING:
		watch(session, IO_WRITABLE);
		break;
	case PGRES_POLLING_OK:
		session->stage = IDLE;
		PQsetnonblocking(session->connection, 1);
		bound_reads(PQsocket(session->connection));
		session->events->on_open(session->arg);
		break;
	default:
		fail_connection(session);
		break;
	}
}

static void drive(struct pq_session *session)
{
	unwatch(session);
	if (session->stage == CONNECTING)
		drive_connect(session);
	else if (session->stage == QUERYING)
		drive_query(session);
}

static void ignore_notice(void *arg, const char *message)
{
}

static void connect_now(struct pq_session *session)
{
	struct pq_parameters *parameters = &session->parameters;
	struct pq_failure failure = { .ours = true, .text = "no memory for a connection" };

	parameters->keywords[parameters->count] = NULL;
	parameters->values[parameters->count] = NULL;
	session->stage = CONNECTING;
	session->connection = PQconnectStartParams(parameters->keywords, parameters->values, 0);
	if (!session->connection) {
		fail(session, &failure);
		return;
	}
	PQsetNoticeProcessor(session->connection, ignore_notice, NULL);
	if (PQstatus(session->connection) == CONNECTION_BAD)
		fail_connection(session);
	else
		watch(session, IO_WRITABLE);
}

/* "a,a" and "10.0.0.1,10.0.0.2": libpq tries one after the other and verifies the name. */
static void set_addresses(struct pq_session *session, const struct io_addresses *addresses)
{
	const char *host = pq_parameters_get(&session->parameters, "host");
	size_t host_size = strlen(host) + 1;
	size_t hosts_size = ADDRESSES_TRIED * host_size + 1;
	size_t addresses_size = ADDRESSES_TRIED * (IO_ADDRESS_TEXT_MAX + 1);
	size_t hosts_len = 0, addresses_len = 0;
	int i;

	session->hosts = xcalloc(1, hosts_size);
	session->addresses = xcalloc(1, addresses_size);
	for (i = 0; i < addresses->count && i < ADDRESSES_TRIED; i++) {
		hosts_len += (size_t)snprintf(session->hosts + hosts_len, hosts_size - hosts_len,
					      "%s%s", i ? "," : "", host);
		addresses_len += (size_t)snprintf(session->addresses + addresses_len,
						  addresses_size - addresses_len, "%s%s",
						  i ? "," : "", addresses->text[i]);
	}
	pq_parameters_set(&session->parameters, "host", session->hosts);
	pq_parameters_set(&session->parameters, "hostaddr", session->addresses);
}

static void on_resolved(void *arg, const struct io_addresses *addresses,
			const struct io_error *error)
{
	struct pq_session *session = arg;
	struct pq_failure failure = { 0 };

	if (error) {
		failure.ours = io_failure_is_ours(error->failure);
		snprintf(failure.text, sizeof(failure.text), "%s", error->text);
		fail(session, &failure);
		return;
	}
	set_addresses(session, addresses);
	connect_now(session);
}

void pq_session_open(struct io_loop *loop, const struct pq_parameters *parameters,
		     const struct pq_events *events, void *arg, struct pq_session **out)
{
	struct pq_session *session = xcalloc(1, sizeof(*session));
	const char *host;

	session->loop = loop;
	session->parameters = *parameters;
	session->events = events;
	session->arg = arg;
	*out = session;
	host = pq_parameters_get(&session->parameters, "host");
	if (pq_parameters_get(&session->parameters, "hostaddr") || !host || strchr("/@", host[0]))
		connect_now(session);
	else
		session->resolve = io_resolve_start(loop, host, on_resolved, session);
}

void pq_session_query(struct pq_session *session, const char *sql)
{
	bw_assert(session->stage == IDLE);
	session->stage = QUERYING;
	session->received_before = 0;
	count_received(session);
	session->received_before = session->received;
	session->received = 0;
	session->results = 0;
	memset(&session->result, 0, sizeof(session->result));
	memset(&session->failure, 0, sizeof(session->failure));
	if (!PQsendQuery(session->connection, sql)) {
		fail_connection(session);
		return;
	}
	PQsetSingleRowMode(session->connection);
	watch(session, IO_READABLE | IO_WRITABLE);
}

const char *pq_session_parameter(const struct pq_session *session, const char *name)
{
	return PQparameterStatus(session->connection, name);
}

const char *pq_session_tls(const struct pq_session *session)
{
	if (!PQsslInUse(session->connection))
		return NULL;
	return PQsslAttribute(session->connection, "protocol");
}

void pq_session_close(struct pq_session *session)
{
	if (!session)
		return;
	io_resolve_stop(session->resolve);
	unwatch(session);
	if (session->connection)
		PQfinish(session->connection);
	free(session->hosts);
	free(session->addresses);
	free(session);
}
