/* fake_pq.c - each line that arrives becomes what libpq would have made of the protocol.
 *
 * Descriptors are numbers that no system call knows. A watch hears of every change of its stream.
 */
#include "support/fake_pq.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "io/stream.h"
#include "support/fake_io.h"

enum { FIRST_FD = 5000, COLUMNS_MAX = 8, LINES_MAX = 65536, KEYWORDS_MAX = 2048 };

struct pg_conn {
	int fd;
	struct io_stream *stream;
	bool open, lost, ready, querying, complete;
	struct bw_buf input;
	size_t taken; /* of `input` */
	int columns;  /* of the rows so far */
	char error[1024];
};

struct pg_result {
	ExecStatusType status;
	int rows, columns;
	char *text; /* the values, cut apart */
	const char *values[COLUMNS_MAX];
	char state[8];
	char message[256];
};

static struct io_loop *loop_in_use;
static int next_fd = FIRST_FD;
static char last_keywords[KEYWORDS_MAX];

void fake_pq_use(struct io_loop *loop)
{
	loop_in_use = loop;
}

const char *fake_pq_keyword(const char *keyword)
{
	static char value[512];
	char name[64];
	const char *found;

	snprintf(name, sizeof(name), "\n%s=", keyword);
	found = strstr(last_keywords, name);
	if (!found)
		return "";
	found += strlen(name);
	snprintf(value, sizeof(value), "%.*s", (int)strcspn(found, "\n"), found);
	return value;
}

static void wake(PGconn *connection)
{
	fake_fd_ready(loop_in_use, connection->fd, IO_READABLE | IO_WRITABLE);
}

static void on_open(void *arg)
{
	PGconn *connection = arg;

	connection->open = true;
	wake(connection);
}

static void on_data(void *arg, const char *data, size_t len)
{
	PGconn *connection = arg;

	bw_buf_append(&connection->input, data, len);
	wake(connection);
}

static void lose(PGconn *connection, const char *why)
{
	connection->lost = true;
	snprintf(connection->error, sizeof(connection->error), "%s\n", why);
	wake(connection);
}

static void on_end(void *arg)
{
	lose(arg, "server closed the connection unexpectedly\n"
		  "\tThis probably means the server terminated abnormally");
}

static void on_failed(void *arg, const struct io_error *error)
{
	lose(arg, error->failure == IO_NO_RESOURCES ? "could not create socket: Too many open files"
						    : error->text);
}

static const char *value_of(const char *const *keywords, const char *const *values,
			    const char *keyword)
{
	for (int i = 0; keywords[i]; i++)
		if (strcmp(keywords[i], keyword) == 0 && values[i])
			return values[i];
	return "";
}

static void remember_keywords(const char *const *keywords, const char *const *values)
{
	struct bw_buf text;

	bw_buf_init(&text, KEYWORDS_MAX);
	for (int i = 0; keywords[i]; i++)
		bw_buf_format(&text, "\n%s=%s", keywords[i], values[i] ? values[i] : "");
	snprintf(last_keywords, sizeof(last_keywords), "%s\n", text.data ? text.data : "");
	bw_buf_finish(&text);
}

PGconn *PQconnectStartParams(const char *const *keywords, const char *const *values, int expand)
{
	static const struct io_stream_events events = { on_open, on_data, on_end, on_failed };
	struct io_stream_options options = { 0 };
	PGconn *connection = xcalloc(1, sizeof(*connection));
	char host[256];

	(void)expand;
	remember_keywords(keywords, values);
	snprintf(host, sizeof(host), "%.*s", (int)strcspn(value_of(keywords, values, "host"), ","),
		 value_of(keywords, values, "host"));
	options.host = host;
	options.port = (int)strtol(value_of(keywords, values, "port"), NULL, 10);
	connection->fd = next_fd++;
	bw_buf_init(&connection->input, LINES_MAX);
	if (io_stream_open(loop_in_use, &options, &events, connection, &connection->stream, NULL) !=
	    BW_OK)
		connection->lost = true;
	return connection;
}

ConnStatusType PQstatus(const PGconn *connection)
{
	return connection->lost ? CONNECTION_BAD : CONNECTION_STARTED;
}

int PQsocket(const PGconn *connection)
{
	return connection->lost ? -1 : connection->fd;
}

char *PQerrorMessage(const PGconn *connection)
{
	return (char *)connection->error;
}

void PQfinish(PGconn *connection)
{
	if (!connection)
		return;
	io_stream_close(connection->stream);
	bw_buf_finish(&connection->input);
	free(connection);
}

/* The next whole line, or NULL. Valid until more data comes. */
static char *next_line(PGconn *connection)
{
	char *line = connection->input.data ? connection->input.data + connection->taken : NULL;
	char *end = line ? strchr(line, '\n') : NULL;

	if (!end)
		return NULL;
	*end = '\0';
	connection->taken += (size_t)(end - line) + 1;
	return line;
}

PostgresPollingStatusType PQconnectPoll(PGconn *connection)
{
	char *line = connection->lost ? NULL : next_line(connection);

	if (line && strcmp(line, "ready") == 0) {
		connection->ready = true;
		return PGRES_POLLING_OK;
	}
	if (line) {
		connection->lost = true;
		snprintf(connection->error, sizeof(connection->error),
			 strncmp(line, "fatal ", 6) == 0
				 ? "connection to server at \"x\", port 1 failed: FATAL:  %.200s\n"
				 : "expected authentication request from server, but received "
				   "%.1s\n",
			 strncmp(line, "fatal ", 6) == 0 ? line + 6 : line);
	}
	if (connection->lost)
		return PGRES_POLLING_FAILED;
	return connection->open ? PGRES_POLLING_READING : PGRES_POLLING_WRITING;
}

int PQsetnonblocking(PGconn *connection, int argument)
{
	(void)connection;
	(void)argument;
	return 0;
}

PQnoticeProcessor PQsetNoticeProcessor(PGconn *connection, PQnoticeProcessor processor, void *arg)
{
	(void)connection;
	(void)processor;
	(void)arg;
	return NULL;
}

const char *PQparameterStatus(const PGconn *connection, const char *name)
{
	(void)connection;
	return strcmp(name, "server_version") == 0 ? "15.2" : NULL;
}

int PQsslInUse(PGconn *connection)
{
	(void)connection;
	return 0;
}

const char *PQsslAttribute(PGconn *connection, const char *name)
{
	(void)connection;
	(void)name;
	return NULL;
}

int PQsendQuery(PGconn *connection, const char *query)
{
	char text[4096];
	int len = snprintf(text, sizeof(text), "query %s\n", query);

	connection->querying = true;
	connection->complete = false;
	connection->columns = 0;
	return io_stream_write(connection->stream, text, (size_t)len) == BW_OK;
}

int PQsetSingleRowMode(PGconn *connection)
{
	(void)connection;
	return 1;
}

int PQflush(PGconn *connection)
{
	(void)connection;
	return 0;
}

int PQconsumeInput(PGconn *connection)
{
	return !connection->lost;
}

int PQisBusy(PGconn *connection)
{
	const char *rest = connection->input.data ? connection->input.data + connection->taken : "";

	return connection->querying && !connection->complete && !strchr(rest, '\n');
}

static void read_row(PGresult *result, const char *values)
{
	char *cursor;

	result->status = PGRES_SINGLE_TUPLE;
	result->rows = 1;
	result->text = cursor = xstrdup(values);
	while (result->columns < COLUMNS_MAX) {
		result->values[result->columns++] = cursor;
		cursor = strchr(cursor, '|');
		if (!cursor)
			break;
		*cursor++ = '\0';
	}
}

PGresult *PQgetResult(PGconn *connection)
{
	char *line = connection->complete ? NULL : next_line(connection);
	PGresult *result;

	if (!line)
		return NULL;
	result = xcalloc(1, sizeof(*result));
	if (strncmp(line, "row ", 4) == 0) {
		read_row(result, line + 4);
		connection->columns = result->columns;
		return result;
	}
	connection->complete = true;
	result->status = PGRES_FATAL_ERROR;
	if (strcmp(line, "done") == 0) {
		result->status = PGRES_TUPLES_OK;
		result->columns = connection->columns;
	} else if (strncmp(line, "error ", 6) == 0 && strlen(line) > 12) {
		snprintf(result->state, sizeof(result->state), "%.5s", line + 6);
		snprintf(result->message, sizeof(result->message), "%s", line + 12);
	} else {
		snprintf(result->message, sizeof(result->message),
			 "lost synchronization with server: got message type \"%c\"", line[0]);
	}
	return result;
}

ExecStatusType PQresultStatus(const PGresult *result)
{
	return result->status;
}

char *PQresultErrorField(const PGresult *result, int code)
{
	if (code == PG_DIAG_SQLSTATE && result->state[0])
		return (char *)result->state;
	if (code == PG_DIAG_MESSAGE_PRIMARY && result->state[0])
		return (char *)result->message;
	return NULL;
}

char *PQresultErrorMessage(const PGresult *result)
{
	return (char *)result->message;
}

int PQntuples(const PGresult *result)
{
	return result->rows;
}

int PQnfields(const PGresult *result)
{
	return result->columns;
}

char *PQgetvalue(const PGresult *result, int row, int column)
{
	(void)row;
	return (char *)(PQgetisnull(result, row, column) ? "" : result->values[column]);
}

int PQgetlength(const PGresult *result, int row, int column)
{
	return (int)strlen(PQgetvalue(result, row, column));
}

int PQgetisnull(const PGresult *result, int row, int column)
{
	(void)row;
	return strcmp(result->values[column], "\\N") == 0;
}

void PQclear(PGresult *result)
{
	if (!result)
		return;
	free(result->text);
	free(result);
}
