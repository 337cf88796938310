/* postgres_link.c - libpq's asynchronous calls with poll() between them, under one point in time.
 *
 * A time-out drops the connection: what was sent may still be done by the server, and there is no
 * place to go on from. The server ends what is left by its own time-outs (postgres_setup.c).
 *
 * Names are resolved by libpq and so by the system, whose time-outs are its own: the store's
 * threads may wait for them, nobody else does.
 *
 * Passwords: the server never sends one, but libpq quotes what it cannot parse, and takes a part
 * of a password with an unescaped @, / or % for a host, a port or a database. Such URLs are
 * refused here without quoting anything, and all texts are looked through for the password.
 */
#include "storage/postgres_link.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

enum { SECRET_MIN = 3, MESSAGE_MAX = 2048 };

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * BW_SECOND_US + now.tv_nsec / 1000;
}

void postgres_link_wait(struct postgres_link *link, int64_t us)
{
	link->until_us = now_us() + us;
}

/* --- the URL --- */

static const char *option_of(const struct postgres_link *link, const char *keyword)
{
	for (const PQconninfoOption *option = link->options; option->keyword != NULL; option++)
		if (strcmp(option->keyword, keyword) == 0)
			return option->val;
	return NULL;
}

static bool has_only(const char *text, const char *allowed)
{
	return text == NULL || text[strspn(text, allowed)] == '\0';
}

/* Whether a part of a password may have been taken for something else. */
static bool is_misread(const struct postgres_link *link)
{
	const char *host = option_of(link, "host"), *database = option_of(link, "dbname");

	return (host != NULL && strchr(host, '@') != NULL) ||
	       (database != NULL && strchr(database, '@') != NULL) ||
	       !has_only(option_of(link, "port"), "0123456789,");
}

enum bw_status postgres_link_init(struct postgres_link *link, const char *url, const char *instance,
				  struct bw_error *err)
{
	*link = (struct postgres_link){ .options = PQconninfoParse(url, NULL) };
	if (link->options != NULL && !is_misread(link)) {
		bw_text_format(link->application, sizeof(link->application), "bellwether %s",
			       instance != NULL ? instance : "");
		return BW_OK;
	}
	postgres_link_finish(link);
	return bw_fail(err, BW_EINVAL,
		       "the URL of the store cannot be read; it is written postgresql://"
		       "user:password@host:port/database?option=value, with @ : / ? %% of a "
		       "password as %%40 %%3A %%2F %%3F %%25");
}

void postgres_link_drop(struct postgres_link *link)
{
	/* The connection does not block, so that its goodbye does not either. */
	PQfinish(link->connection);
	link->connection = NULL;
}

void postgres_link_finish(struct postgres_link *link)
{
	postgres_link_drop(link);
	PQconninfoFree(link->options);
	link->options = NULL;
}

/* --- texts --- */

static void hide(char *text, const char *secret)
{
	size_t len = secret != NULL ? strlen(secret) : 0;

	if (len < SECRET_MIN)
		return;
	for (char *found = text; (found = strstr(found, secret)) != NULL; found += len)
		memset(found, '*', len);
}

/* The last line that says something: libpq tells of every address and every way it tried. */
static const char *last_line(char *message)
{
	char *last = message, *next;

	for (char *line = message; line != NULL && *line != '\0'; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		if (line[0] != '\t' && line[0] != '\0')
			last = line;
	}
	return last;
}

static const char *without_place(const char *line)
{
	static const char place[] = "connection to server", marker[] = " failed: ";
	const char *cut =
		strncmp(line, place, sizeof(place) - 1) == 0 ? strstr(line, marker) : NULL;

	return cut != NULL ? cut + sizeof(marker) - 1 : line;
}

static void describe(struct postgres_link *link, const char *message, char *out, size_t size)
{
	char text[MESSAGE_MAX];
	const char *line;

	bw_text_format(text, sizeof(text), "%s", message != NULL ? message : "");
	hide(text, option_of(link, "password"));
	hide(text, option_of(link, "sslpassword"));
	hide(text, PQpass(link->connection));
	line = without_place(last_line(text));
	if (line[0] == '\0')
		line = "it gave no reason";
	bw_text_clean(line, strlen(line), out, size);
}

static void name_server(const struct postgres_link *link, char *out, size_t size)
{
	const char *host = PQhost(link->connection), *port = PQport(link->connection);
	char text[128];

	bw_text_format(text, sizeof(text), "%s%s%s", host != NULL && *host ? host : "its server",
		       host != NULL && *host == '/' ? "/.s.PGSQL." : ":", port != NULL ? port : "");
	bw_text_clean(text, strlen(text), out, size);
}

static enum bw_status fail_with(struct postgres_link *link, enum bw_status status,
				const char *message, struct bw_error *err)
{
	char text[160], server[64];

	describe(link, message, text, sizeof(text));
	name_server(link, server, sizeof(server));
	return bw_fail(err, status, "PostgreSQL at %s: %s", server, text);
}

/* The server ends the session with it, seen already or not; or the tables are gone, and who comes
 * back must look what there is. */
static bool is_fatal(const PGresult *result)
{
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	if (severity == NULL || state == NULL)
		return false;
	return strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0 ||
	       strcmp(state, "42P01") == 0;
}

/* SQLSTATE of the classes 22 and 23 is about a row. */
enum bw_status postgres_link_fail(struct postgres_link *link, const PGresult *result,
				  struct bw_error *err)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	bool is_row =
		state != NULL && (strncmp(state, "22", 2) == 0 || strncmp(state, "23", 2) == 0);
	enum bw_status status;

	if (primary == NULL)
		primary = result != NULL ? PQresultErrorMessage(result)
					 : PQerrorMessage(link->connection);
	status = fail_with(link, is_row ? BW_EINVAL : BW_EIO, primary, err);
	if (PQstatus(link->connection) == CONNECTION_BAD || is_fatal(result))
		postgres_link_drop(link);
	return status;
}

/* --- waiting --- */

static enum bw_status time_out(struct postgres_link *link, struct bw_error *err)
{
	enum bw_status status = fail_with(link, BW_EIO, "it does not answer", err);

	postgres_link_drop(link);
	return status;
}

static enum bw_status wait_for(struct postgres_link *link, short events, struct bw_error *err)
{
	struct pollfd descriptor = { .fd = PQsocket(link->connection), .events = events };
	int64_t left_us;
	int got;

	do {
		left_us = link->until_us - now_us();
		if (left_us <= 0)
			return time_out(link, err);
		got = poll(&descriptor, 1, (int)(left_us / 1000) + 1);
	} while (got == 0 || (got < 0 && errno == EINTR));
	if (got < 0)
		return fail_with(link, BW_EIO, strerror(errno), err);
	return BW_OK;
}

/* Sends and receives once something can be. */
static enum bw_status exchange(struct postgres_link *link, int unsent, struct bw_error *err)
{
	enum bw_status status = wait_for(link, unsent > 0 ? POLLIN | POLLOUT : POLLIN, err);

	if (status != BW_OK)
		return status;
	return PQconsumeInput(link->connection) ? BW_OK : postgres_link_fail(link, NULL, err);
}

enum bw_status postgres_link_flush(struct postgres_link *link, struct bw_error *err)
{
	enum bw_status status = BW_OK;
	int unsent;

	while (status == BW_OK && (unsent = PQflush(link->connection)) != 0)
		status = unsent < 0 ? postgres_link_fail(link, NULL, err)
				    : exchange(link, unsent, err);
	return status;
}

enum bw_status postgres_link_result(struct postgres_link *link, PGresult **out,
				    struct bw_error *err)
{
	enum bw_status status = BW_OK;

	while (status == BW_OK && PQisBusy(link->connection)) {
		int unsent = PQflush(link->connection);

		status = unsent < 0 ? postgres_link_fail(link, NULL, err)
				    : exchange(link, unsent, err);
	}
	if (status == BW_OK)
		*out = PQgetResult(link->connection);
	return status;
}

/* A server that stops says so, and then closes: two reads, if not three. */
bool postgres_link_is_alive(struct postgres_link *link)
{
	struct pollfd descriptor = { .fd = PQsocket(link->connection), .events = POLLIN };
	bool alive = link->connection != NULL;

	for (int reads = 0; alive && reads < 4 && poll(&descriptor, 1, 0) > 0; reads++) {
		alive = PQconsumeInput(link->connection) != 0;
		(void)PQisBusy(link->connection); /* takes what was read */
		alive = alive && PQstatus(link->connection) == CONNECTION_OK;
	}
	if (!alive)
		postgres_link_drop(link);
	return alive;
}

/* --- connecting --- */

static void drop_notice(void *arg, const char *message)
{
}

static size_t add(const char *keywords[], const char *values[], size_t count, const char *keyword,
		  const char *value)
{
	keywords[count] = keyword;
	values[count] = value;
	return count + 1;
}

/* The later of two of one keyword counts. */
static PGconn *start(const struct postgres_link *link)
{
	const char *keywords[POSTGRES_OPTIONS_MAX + 1] = { NULL };
	const char *values[POSTGRES_OPTIONS_MAX + 1] = { NULL };
	size_t count = 0;

	count = add(keywords, values, count, "gssencmode", "disable");
	count = add(keywords, values, count, "tcp_user_timeout", "10000");
	count = add(keywords, values, count, "keepalives_idle", "10");
	count = add(keywords, values, count, "keepalives_interval", "5");
	count = add(keywords, values, count, "fallback_application_name", link->application);
	for (const PQconninfoOption *option = link->options; option->keyword != NULL; option++)
		if (option->val != NULL && count < POSTGRES_OPTIONS_MAX - 1)
			count = add(keywords, values, count, option->keyword, option->val);
	add(keywords, values, count, "client_encoding", "UTF8");
	return PQconnectStartParams(keywords, values, 0);
}

static int servers_named(const struct postgres_link *link)
{
	const char *hosts = option_of(link, "host");
	int count = 1;

	for (; hosts != NULL && *hosts != '\0' && count < 3; hosts++)
		count += *hosts == ',';
	return count;
}

static enum bw_status finish_connecting(struct postgres_link *link, struct bw_error *err)
{
	PostgresPollingStatusType stage = PGRES_POLLING_WRITING;
	enum bw_status status = BW_OK;

	if (link->connection == NULL)
		return bw_fail(err, BW_EIO, "no memory for a connection to PostgreSQL");
	if (PQstatus(link->connection) == CONNECTION_BAD)
		return postgres_link_fail(link, NULL, err);
	PQsetNoticeProcessor(link->connection, drop_notice, NULL);
	while (status == BW_OK && stage != PGRES_POLLING_OK) {
		status = wait_for(link, stage == PGRES_POLLING_READING ? POLLIN : POLLOUT, err);
		if (status != BW_OK)
			break;
		stage = PQconnectPoll(link->connection);
		if (stage == PGRES_POLLING_FAILED)
			status = postgres_link_fail(link, NULL, err);
	}
	if (status == BW_OK && PQsetnonblocking(link->connection, 1) != 0)
		status = postgres_link_fail(link, NULL, err);
	return status;
}

enum bw_status postgres_link_connect(struct postgres_link *link, struct bw_error *err)
{
	struct bw_error own = { "" };
	enum bw_status status;

	if (now_us() < link->not_before_us)
		return bw_fail(err, BW_EIO, "%s", link->failure);
	postgres_link_wait(link, POSTGRES_CONNECT_US * servers_named(link));
	link->connection = start(link);
	status = finish_connecting(link, &own);
	if (status == BW_OK)
		return BW_OK;
	postgres_link_drop(link);
	bw_text_format(link->failure, sizeof(link->failure), "%s", own.text);
	link->not_before_us = now_us() + POSTGRES_AGAIN_US;
	return bw_fail(err, status, "%s", own.text);
}

/* --- simple queries --- */

enum bw_status postgres_link_execute(struct postgres_link *link, const char *sql, PGresult **out,
				     struct bw_error *err)
{
	PGresult *result = NULL, *last = NULL;
	enum bw_status status, failed = BW_OK;

	if (!PQsendQuery(link->connection, sql))
		return postgres_link_fail(link, NULL, err);
	for (;;) {
		ExecStatusType code;

		status = postgres_link_result(link, &result, err);
		if (status != BW_OK || result == NULL)
			break;
		code = PQresultStatus(result);
		PQclear(last);
		last = result;
		if (code != PGRES_COMMAND_OK && code != PGRES_TUPLES_OK && failed == BW_OK) {
			failed = postgres_link_fail(link, result, err);
			if (link->connection == NULL)
				break;
		}
	}
	status = status != BW_OK ? status : failed;
	if (status == BW_OK && out != NULL)
		*out = last;
	else
		PQclear(last);
	return status;
}
