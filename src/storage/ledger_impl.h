/* ledger_impl.h - the inside of a ledger, shared by the files that are one. */
#ifndef BW_STORAGE_LEDGER_IMPL_H
#define BW_STORAGE_LEDGER_IMPL_H

#include "series/rollup.h"
#include "storage/ledger.h"
#include "storage/texts.h"

struct pending_row {
	struct heads_series *series;
	const struct row_item *item;
	int64_t text; /* 0: none */
};

struct series_list {
	struct heads_series **items;
	size_t count, cap;
};

/* The way of expiry round the series. */
struct ledger_round {
	size_t cursor;
	int64_t raw_from_us, rollup_from_us; /* the earliest met in this round... */
	int64_t last_raw_us, last_rollup_us; /* ...and in the one before */
};

struct ledger {
	struct heads *heads;
	struct texts *texts;
	int64_t next_log;  /* number of the entry to come */
	int64_t round_log; /* the first entry of the round of copies */
	size_t cursor;     /* the next head of the round */
	struct series_list full;
	uint64_t chunks_sealed;
	struct ledger_damage damage;
	struct ledger_round round;
	int64_t press_until_us; /* raw rows before this must go, however young; INT64_MIN: none */
	int64_t limited_to_us, raw_until_us;
	uint64_t batch;

	/* Of the transaction that runs. */
	struct pending_row *pending;
	size_t pending_count, pending_cap, next_cursor;
	bool has_entry, round_ends;
	struct series_list sealing; /* the first of `full` */
	struct series_list copied, added;
	struct series_list emptied; /* to be forgotten */
	uint64_t chunks_sealing;
	struct bw_buf entry, bytes; /* scratch */
};

#define LEDGER_DAY_US (86400 * BW_SECOND_US)

/* Behind those of rollup.h: the last row of the days that are buckets. */
enum { LEDGER_LEVEL_CARRY = ROLLUP_LEVELS };

struct ledger_chunk {
	enum rollup_level level;
	int64_t from_us, to_us;
	size_t rows;
	const struct bw_buf *bytes;
};

/* The beginning of the UTC day. */
int64_t ledger_day(int64_t time_us);

struct sql_value sql_integer(int64_t value);
struct sql_value sql_bytes(const struct bw_buf *bytes);
struct sql_value sql_text(const char *text); /* NULL stays NULL */
/* A chunk of a level; adds nothing to the figures. */
BW_MUST_USE enum bw_status ledger_add_chunk(struct sql *sql, int64_t series,
					    const struct ledger_chunk *chunk, struct bw_error *err);
void series_list_add(struct series_list *list, struct heads_series *series);

/* With or without being full; unless it waits or is empty already. */
void ledger_wait_for_seal(struct ledger *ledger, struct heads_series *series);
/* How far the bound has gone, from the database. */
BW_MUST_USE enum bw_status ledger_load_limited(struct ledger *ledger, struct sql *sql,
					       struct bw_error *err);

/* Chunks of the heads that have waited longest. */
BW_MUST_USE enum bw_status ledger_seal_some(struct ledger *ledger, struct sql *sql,
					    struct bw_error *err);

/* Rows of one series as chunks of at most a UTC day, settled before. */
BW_MUST_USE enum bw_status ledger_put_chunks(struct sql *sql, struct heads_series *series,
					     struct series_rows *rows, uint64_t *chunks,
					     struct bw_error *err);

#endif
