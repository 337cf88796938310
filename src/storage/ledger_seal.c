/* ledger_seal.c - heads that are full become chunks, a bounded number with a commit: at midnight
 * all of them are full at once, and may wait.
 */
#include <stdlib.h>

#include "base/xalloc.h"
#include "series/chunk.h"
#include "storage/ledger_impl.h"
#include "storage/statements.h"

enum { SEAL_MAX = 256 };

int64_t ledger_day(int64_t time_us)
{
	int64_t into = time_us % LEDGER_DAY_US;

	if (time_us < INT64_MIN + LEDGER_DAY_US)
		return time_us;
	return time_us - into - (into < 0 ? LEDGER_DAY_US : 0);
}

/* How many of the rows from the nth on belong into one chunk. */
static size_t run_length(const struct series_rows *rows, size_t nth)
{
	size_t end = nth + 1;

	while (end < rows->count && end - nth < CHUNK_ROWS_MAX &&
	       ledger_day(rows->times_us[end]) == ledger_day(rows->times_us[nth]))
		end++;
	return end - nth;
}

/* Rows [nth, nth + count) without a copy. */
static struct series_rows part_of(const struct series_rows *rows, size_t nth, size_t count)
{
	struct series_rows part = *rows;

	part.count = part.cap = count;
	part.times_us += nth;
	for (size_t field = 0; field < rows->field_count; field++) {
		part.columns[field].types += nth;
		part.columns[field].values += nth;
	}
	return part;
}

enum bw_status ledger_add_chunk(struct sql *sql, int64_t series, const struct ledger_chunk *chunk,
				struct bw_error *err)
{
	const struct sql_value values[] = {
		sql_integer(chunk->level),         sql_integer(series),
		sql_integer(chunk->from_us),       sql_integer(chunk->to_us),
		sql_integer((int64_t)chunk->rows), sql_bytes(chunk->bytes),
	};

	xalloc_must(chunk->bytes->status);
	return sql_run(sql, SQL_CHUNK_ADD, values, 6, err);
}

static enum bw_status put_chunk(struct sql *sql, struct heads_series *series,
				const struct series_rows *rows, struct bw_error *err)
{
	struct bw_buf bytes;
	const struct ledger_chunk chunk = { ROLLUP_RAW, rows->times_us[0],
					    rows->times_us[rows->count - 1], rows->count, &bytes };
	enum bw_status status;

	bw_buf_init(&bytes, 0);
	chunk_encode(&bytes, series->kind, rows);
	status = ledger_add_chunk(sql, series->id, &chunk, err);
	bw_buf_finish(&bytes);
	if (series->oldest_us != INT64_MIN && chunk.from_us < series->oldest_us)
		series->oldest_us = chunk.from_us;
	return status;
}

enum bw_status ledger_put_chunks(struct sql *sql, struct heads_series *series,
				 struct series_rows *rows, uint64_t *chunks, struct bw_error *err)
{
	enum bw_status status = BW_OK;
	size_t count;

	xalloc_must(series_rows_settle(rows, INT64_MIN, INT64_MAX));
	for (size_t nth = 0; nth < rows->count && status == BW_OK; nth += count) {
		struct series_rows part;

		count = run_length(rows, nth);
		part = part_of(rows, nth, count);
		status = put_chunk(sql, series, &part, err);
		*chunks += 1;
	}
	return status;
}

static enum bw_status seal(struct ledger *ledger, struct sql *sql, struct heads_series *series,
			   struct bw_error *err)
{
	const struct sql_value empty[] = { sql_integer(series->id), sql_integer(ledger->next_log),
					   sql_bytes(&(struct bw_buf){ 0 }) };
	struct series_rows rows = { 0 };
	enum bw_status status;

	series_rows_init(&rows, series_schema(series->kind)->field_count);
	xalloc_must(head_read(series->head.data, series->head.len, &rows));
	status = ledger_put_chunks(sql, series, &rows, &ledger->chunks_sealing, err);
	series_rows_finish(&rows);
	if (status != BW_OK)
		return status;
	series->sealing = true;
	series_list_add(&ledger->sealing, series);
	return sql_run(sql, SQL_HEAD_PUT, empty, 3, err);
}

enum bw_status ledger_seal_some(struct ledger *ledger, struct sql *sql, struct bw_error *err)
{
	size_t count = ledger->full.count < SEAL_MAX ? ledger->full.count : SEAL_MAX;
	enum bw_status status = BW_OK;

	for (size_t nth = 0; nth < count && status == BW_OK; nth++)
		status = seal(ledger, sql, ledger->full.items[nth], err);
	return status;
}
