/* ledger.h - how rows get from a batch to the heads, the log and the chunks.
 *
 * A transaction gets the log entry of its batch, chunks of the heads that were full before, and
 * copies of some heads; memory changes after the commit. docs/internals/storage.md has the picture.
 *
 * Private to src/storage.
 * Owns:    the heads (others may read them), the numbers of the texts.
 * Errors:  those of sql.h.
 * Threads: the store's.
 */
#ifndef BW_STORAGE_LEDGER_H
#define BW_STORAGE_LEDGER_H

#include "storage/heads.h"
#include "storage/row_queue.h"
#include "storage/sql.h"

struct ledger;

/* What could not be read; the latest in words. */
struct ledger_damage {
	uint64_t count;
	char text[256];
};

struct ledger *ledger_create(void);
void ledger_destroy(struct ledger *ledger); /* NULL is allowed */
struct heads *ledger_heads(struct ledger *ledger);

/* Begins with what the database knows; what was in memory is forgotten. */
BW_MUST_USE enum bw_status ledger_load(struct ledger *ledger, struct sql *sql,
				       struct bw_error *err);
/* Into the transaction that runs: then either ledger_commit() or ledger_roll_back(). The rows are
 * borrowed until then. */
BW_MUST_USE enum bw_status ledger_write(struct ledger *ledger, struct sql *sql,
					const struct row_queue *rows, struct bw_error *err);
void ledger_commit(struct ledger *ledger);
void ledger_roll_back(struct ledger *ledger);

/* A piece of expiry, in the transaction after ledger_write(): days of single series whose raw rows
 * are old become rollups, rollups that are old go, series without anything are forgotten. */
struct ledger_bounds {
	int64_t raw_until_us, rollup_until_us; /* INT64_MIN: nothing is old */
	bool makes_rollups;
	int64_t newest_us;
	int days; /* at most */
};

BW_MUST_USE enum bw_status ledger_expire(struct ledger *ledger, struct sql *sql,
					 const struct ledger_bounds *bounds, struct bw_error *err);
/* There is too much: from now on raw rows of the oldest day are old. Where there is one day only,
 * and more than may be at all, the oldest of what is least worth goes. In the transaction. */
BW_MUST_USE enum bw_status ledger_press(struct ledger *ledger, struct sql *sql, bool is_over,
					struct bw_error *err);
/* There is no room at all: the oldest of what is least worth goes at once, in a transaction of its
 * own. */
BW_MUST_USE enum bw_status ledger_make_room(struct ledger *ledger, struct sql *sql,
					    struct bw_error *err);

struct ledger_figures {
	uint64_t chunks_sealed, heads, head_bytes;
	int64_t raw_from_us, rollup_from_us; /* 0: nothing is known */
	int64_t raw_until_us;  /* the history keeps raw rows from here on; INT64_MIN: unknown */
	int64_t limited_to_us; /* raw rows before went early; INT64_MIN: none did */
};

/* The newest row of all heads; false: there is none. */
bool ledger_newest(const struct ledger *ledger, int64_t *out_us);
void ledger_figures(const struct ledger *ledger, struct ledger_figures *out);
const struct ledger_damage *ledger_damage(const struct ledger *ledger);

/* The series, the copies of the heads and the log into `heads`, which is empty. *next_log: the
 * number of the next entry. */
BW_MUST_USE enum bw_status heads_load(struct heads *heads, struct sql *sql, int64_t *next_log,
				      struct ledger_damage *damage, struct bw_error *err);
/* A copy as it is stored: the head's bytes and a checksum. */
void heads_write_copy(const struct heads_series *series, struct bw_buf *out);

#endif
