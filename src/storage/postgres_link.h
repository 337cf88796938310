/* postgres_link.h - a connection to a PostgreSQL server on which no call waits longer than it may.
 *
 * Private to src/storage.
 * Owns:    the connection, and the options of the URL with its password, which is in no text that
 *          leaves this file.
 * Units:   whoever calls sets the time by postgres_link_wait(); it holds for all that follows.
 * Errors:  BW_EIO, and the connection is gone when nothing more can come over it; BW_EINVAL for a
 *          row that the tables refuse. Texts are of one line, with the name of the server.
 * Threads: one at a time.
 */
#ifndef BW_STORAGE_POSTGRES_LINK_H
#define BW_STORAGE_POSTGRES_LINK_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/time.h"

#define POSTGRES_CONNECT_US (5 * BW_SECOND_US) /* of each server the URL names, at most three */
#define POSTGRES_ANSWER_US (10 * BW_SECOND_US)
#define POSTGRES_SETUP_US (60 * BW_SECOND_US) /* somebody else may be making the tables */
#define POSTGRES_AGAIN_US (2 * BW_SECOND_US)  /* between two tries to connect */

enum { POSTGRES_OPTIONS_MAX = 64 };

struct postgres_link {
	PGconn *connection;        /* NULL: there is none */
	PQconninfoOption *options; /* of the URL */
	char application[64];
	int64_t until_us;      /* CLOCK_MONOTONIC: nothing waits longer */
	int64_t not_before_us; /* likewise: a try to connect is answered at once until then */
	char failure[256];     /* of the latest try to connect */
};

/* BW_EINVAL: `url` is none. `instance` is what the server's lists of sessions show. */
BW_MUST_USE enum bw_status postgres_link_init(struct postgres_link *link, const char *url,
					      const char *instance, struct bw_error *err);
/* Both leave a server that hangs to itself. */
void postgres_link_drop(struct postgres_link *link);
void postgres_link_finish(struct postgres_link *link);

BW_MUST_USE enum bw_status postgres_link_connect(struct postgres_link *link, struct bw_error *err);
/* Whether the connection is there, as far as can be seen without asking the server. */
bool postgres_link_is_alive(struct postgres_link *link);
void postgres_link_wait(struct postgres_link *link, int64_t us);

/* Hands what was sent to the system, at the latest when the answer is waited for. */
BW_MUST_USE enum bw_status postgres_link_flush(struct postgres_link *link, struct bw_error *err);
/* The next result, NULL where libpq has one end. */
BW_MUST_USE enum bw_status postgres_link_result(struct postgres_link *link, PGresult **out,
						struct bw_error *err);
/* One or several statements, before the pipeline begins; `out` has the last one's rows, or is NULL
 * for who does not want them. */
BW_MUST_USE enum bw_status postgres_link_execute(struct postgres_link *link, const char *sql,
						 PGresult **out, struct bw_error *err);
/* Why a result is none, or, with NULL, why the connection does not work. */
enum bw_status postgres_link_fail(struct postgres_link *link, const PGresult *result,
				  struct bw_error *err);

#endif
