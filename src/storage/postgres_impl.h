/* postgres_impl.h - the inside of the PostgreSQL driver: sql_postgres.c sends statements and reads
 * rows, postgres_setup.c makes a connection ready for them, postgres_value.c knows types.
 *
 * Threads: one at a time.
 */
#ifndef BW_STORAGE_POSTGRES_IMPL_H
#define BW_STORAGE_POSTGRES_IMPL_H

#include "storage/postgres_link.h"
#include "storage/sql.h"
#include "storage/statements.h"

/* With the number of an instance the key of its advisory lock; with 0 that of the tables. */
#define POSTGRES_LOCK_CLASS "1114404724"

enum { POSTGRES_PENDING_MAX = 512, POSTGRES_TOKEN_MAX = 33 };

struct postgres_statement {
	bool prepared; /* on the present connection */
	bool has_rows;
	int parameters;
	Oid types[SQL_PARAMETERS_MAX];
	PGresult *current;  /* with the present row; NULL: none */
	int row;            /* of it */
	PGresult **spooled; /* read ahead, because another statement began */
	size_t spooled_next, spooled_count, spooled_cap;
};

struct postgres {
	struct sql sql;
	struct postgres_link link;
	enum sql_purpose purpose;
	char *instance;
	int instance_id;                /* 0: there is none yet */
	char token[POSTGRES_TOKEN_MAX]; /* of this driver, among all */
	bool claimed;                   /* the instance was ours once */
	bool lazy_commit;               /* the server's commits do not wait for its disk */

	struct postgres_statement statements[SQL_STATEMENTS];
	int stream;                            /* whose rows are still coming; -1: none */
	uint8_t pending[POSTGRES_PENDING_MAX]; /* answers that are still to come, in their order */
	size_t pending_count, pending_bytes;
	PGresult *answer; /* of the latest pending one that has rows */
	int64_t changed;

	bool in_transaction;
	bool careful;          /* every row is tried for itself */
	enum bw_status failed; /* within a transaction: what all answer until it is rolled back */
	char failure[256];

	int64_t bound_bytes;
	int64_t chunk_bytes, other_bytes;   /* as they were read... */
	int64_t added_chunks, added_others; /* ...and what came since */
	int64_t others_at_us;
	int64_t before_bytes; /* at the beginning of the transaction */
	bool weighed;         /* nothing was committed since chunk_bytes was read */
	bool removes;         /* the transaction makes room */
};

/* Connects, and leaves the connection as pipeline. */
BW_MUST_USE enum bw_status postgres_set_up(struct postgres *pg, struct bw_error *err);

/* The value in the binary form of the type. `scratch` has 8 bytes; `repaired` is NULL or the
 * caller's to free. BW_EINVAL: the type cannot have it. */
struct postgres_bytes {
	const char *data; /* NULL: null */
	int len;
	char scratch[8];
	char *repaired;
};

BW_MUST_USE enum bw_status postgres_encode(const struct sql_value *value, Oid type,
					   struct postgres_bytes *out);
/* Of a result in binary form. */
void postgres_decode(const PGresult *result, int row, int column, struct sql_value *out);

#endif
