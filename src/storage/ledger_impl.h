/* ledger_impl.h - the inside of a ledger, shared by the files that are one. */
#ifndef BW_STORAGE_LEDGER_IMPL_H
#define BW_STORAGE_LEDGER_IMPL_H

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

struct ledger {
	struct heads *heads;
	struct texts *texts;
	int64_t next_log;  /* number of the entry to come */
	int64_t round_log; /* the first entry of the round of copies */
	size_t cursor;     /* the next head of the round */
	struct series_list full;
	uint64_t chunks_sealed;
	struct ledger_damage damage;

	/* Of the transaction that runs. */
	struct pending_row *pending;
	size_t pending_count, pending_cap, next_cursor;
	bool has_entry, round_ends;
	struct series_list sealing; /* the first of `full` */
	struct series_list copied, added;
	uint64_t chunks_sealing;
	struct bw_buf entry, bytes; /* scratch */
};

struct sql_value sql_integer(int64_t value);
struct sql_value sql_bytes(const struct bw_buf *bytes);
struct sql_value sql_text(const char *text); /* NULL stays NULL */
void series_list_add(struct series_list *list, struct heads_series *series);

/* Chunks of the heads that have waited longest. */
BW_MUST_USE enum bw_status ledger_seal_some(struct ledger *ledger, struct sql *sql,
					    struct bw_error *err);

/* Rows of one series as chunks of at most a UTC day, settled before. */
BW_MUST_USE enum bw_status ledger_put_chunks(struct sql *sql, const struct heads_series *series,
					     struct series_rows *rows, uint64_t *chunks,
					     struct bw_error *err);

#endif
