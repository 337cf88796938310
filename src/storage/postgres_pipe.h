/* postgres_pipe.h - statements on their way to the server and their answers, in order, with as few
 * round trips as can be.
 *
 * Private to the PostgreSQL driver.
 * Errors:  of a statement that was sent without waiting comes from a later call, at the latest
 *          from postgres_settle().
 */
#ifndef BW_STORAGE_POSTGRES_PIPE_H
#define BW_STORAGE_POSTGRES_PIPE_H

#include "storage/postgres_impl.h"

/* Sends without waiting: BEGIN and its kind. */
BW_MUST_USE enum bw_status postgres_control(struct postgres *pg, const char *sql,
					    struct bw_error *err);
BW_MUST_USE enum bw_status postgres_prepare(struct postgres *pg, int statement,
					    struct bw_error *err);
/* A prepared statement without rows; waits only when too much is under way. */
BW_MUST_USE enum bw_status postgres_send(struct postgres *pg, int statement,
					 const struct sql_value *values, size_t count,
					 struct bw_error *err);
/* One with rows, which come by postgres_fetch(). */
BW_MUST_USE enum bw_status postgres_open_stream(struct postgres *pg, int statement,
						const struct sql_value *values, size_t count,
						struct bw_error *err);
/* The next piece of the stream; NULL: that was all, and there is no stream any more. */
BW_MUST_USE enum bw_status postgres_fetch(struct postgres *pg, PGresult **out,
					  struct bw_error *err);
/* The rest of the stream is not wanted. */
void postgres_discard(struct postgres *pg);
/* All that was sent is answered, and went well. */
BW_MUST_USE enum bw_status postgres_settle(struct postgres *pg, struct bw_error *err);
/* The first number of a statement's first row. */
BW_MUST_USE enum bw_status postgres_ask(struct postgres *pg, const char *sql, int64_t *out,
					struct bw_error *err);

#endif
