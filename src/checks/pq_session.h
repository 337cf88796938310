/* pq_session.h - one connection to PostgreSQL: opens, runs queries one after the other, closes.
 *
 * libpq without its blocking corners: names are resolved by io/resolver and given as hostaddr, no
 * password or service file is read, nothing waits.
 *
 * Owns:    the connection. Options are borrowed until pq_session_close().
 * Limits:  the first row is kept, PQ_COLUMNS_MAX columns of PQ_VALUE_MAX - 1 bytes; the others are
 *          counted. About PQ_ANSWER_MAX bytes are read for one query, and PQ_GREETING_MAX before
 *          the server is ready for one.
 * Events:  on_open, then on_result once for each query, or on_failed once and then nothing. They
 *          may come before the call that caused them returns. The session may be closed in them.
 * Threads: the loop's.
 */
#ifndef BW_CHECKS_PQ_SESSION_H
#define BW_CHECKS_PQ_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "io/failure.h"
#include "io/loop.h"

enum {
	PQ_COLUMNS_MAX = 8,
	PQ_VALUE_MAX = 1024,
	PQ_ANSWER_MAX = 8 * 1024 * 1024,
	PQ_GREETING_MAX = 64 * 1024,
	PQ_PARAMETERS_MAX = 64,
	PQ_ERROR_MAX = 512,
};

/* What libpq calls keywords, without hostaddr unless it is known already. */
struct pq_parameters {
	const char *keywords[PQ_PARAMETERS_MAX + 1]; /* ended by NULL */
	const char *values[PQ_PARAMETERS_MAX + 1];
	int count;
};

struct pq_result {
	int64_t rows;
	int columns;
	char values[PQ_COLUMNS_MAX][PQ_VALUE_MAX]; /* of the first row; "" for null */
	bool is_null[PQ_COLUMNS_MAX];
};

struct pq_failure {
	bool ours;               /* this machine or its settings: we could not look */
	char state[6];           /* SQLSTATE of a query's error, or empty */
	char text[PQ_ERROR_MAX]; /* one line; the password is never in it */
};

struct pq_events {
	void (*on_open)(void *arg);
	void (*on_result)(void *arg, const struct pq_result *result);
	void (*on_failed)(void *arg, const struct pq_failure *failure);
};

struct pq_session;

/* `*out` is set before any event. */
void pq_session_open(struct io_loop *loop, const struct pq_parameters *parameters,
		     const struct pq_events *events, void *arg, struct pq_session **out);
/* One statement; only after on_open, or in or after on_result. */
void pq_session_query(struct pq_session *session, const char *sql);
/* A parameter the server reports ("server_version"), or NULL. Borrowed. */
const char *pq_session_parameter(const struct pq_session *session, const char *name);
/* "TLSv1.3", or NULL for a plain connection. Borrowed. */
const char *pq_session_tls(const struct pq_session *session);
/* NULL is allowed. */
void pq_session_close(struct pq_session *session);

/* The value of a keyword, or NULL. */
const char *pq_parameters_get(const struct pq_parameters *parameters, const char *keyword);
/* Appends or replaces; the value is borrowed. Too many are a broken contract. */
void pq_parameters_set(struct pq_parameters *parameters, const char *keyword, const char *value);

#endif
