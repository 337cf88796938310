/* ledger.c - a batch: its log entry, what it makes full, and what of the heads is copied with it.
 *
 * Until the commit nothing but `stored` changes in memory; what will change is in `pending`,
 * `sealing` and `copied`. Copies go round all heads: when a round has ended, every head has a copy
 * that is younger than the round's first entry, so that the entries before can go.
 *
 * A series' first copy is made with its first row, so that no older entry of the same number can
 * ever be taken for its own.
 *
 * Invariants: `full` has each series once (its `waiting` says so).
 */
#include "storage/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "storage/ledger_impl.h"
#include "storage/log_entry.h"
#include "storage/statements.h"

enum {
	ROUND_COMMITS = 600, /* until all heads have been copied */
	ROWS_A_COPY = 64,
	LOCK_ROWS = 512, /* added to heads while others wait */
};

struct ledger *ledger_create(void)
{
	struct ledger *ledger = xcalloc(1, sizeof(*ledger));

	ledger->heads = heads_create();
	ledger->texts = texts_create();
	ledger->next_log = 1;
	ledger->press_until_us = ledger->limited_to_us = INT64_MIN;
	ledger->raw_until_us = INT64_MIN;
	bw_buf_init(&ledger->entry, 0);
	bw_buf_init(&ledger->bytes, 0);
	return ledger;
}

void ledger_destroy(struct ledger *ledger)
{
	if (ledger == NULL)
		return;
	heads_destroy(ledger->heads);
	texts_destroy(ledger->texts);
	bw_buf_finish(&ledger->entry);
	bw_buf_finish(&ledger->bytes);
	free(ledger->pending);
	free(ledger->full.items);
	free(ledger->sealing.items);
	free(ledger->copied.items);
	free(ledger->added.items);
	free(ledger->emptied.items);
	free(ledger);
}

bool ledger_newest(const struct ledger *ledger, int64_t *out_us)
{
	bool has_row = false;

	for (size_t nth = 0; nth < heads_count(ledger->heads); nth++) {
		const struct head *head = &heads_get(ledger->heads, nth)->head;

		if (head->rows == 0 || (has_row && head->last_us <= *out_us))
			continue;
		*out_us = head->last_us;
		has_row = true;
	}
	return has_row;
}

struct heads *ledger_heads(struct ledger *ledger)
{
	return ledger->heads;
}

const struct ledger_damage *ledger_damage(const struct ledger *ledger)
{
	return &ledger->damage;
}

void ledger_figures(const struct ledger *ledger, struct ledger_figures *out)
{
	*out = (struct ledger_figures){
		.chunks_sealed = ledger->chunks_sealed,
		.heads = heads_count(ledger->heads),
		.head_bytes = heads_bytes(ledger->heads),
		.raw_from_us = ledger->round.last_raw_us,
		.rollup_from_us = ledger->round.last_rollup_us,
		.limited_to_us = ledger->limited_to_us,
		.raw_until_us = ledger->raw_until_us,
	};
}

void series_list_add(struct series_list *list, struct heads_series *series)
{
	if (list->count == list->cap) {
		list->cap = list->cap > 0 ? 2 * list->cap : 64;
		list->items = xrealloc(list->items, list->cap * sizeof(struct heads_series *));
	}
	list->items[list->count++] = series;
}

static void series_list_drop(struct series_list *list, size_t count)
{
	if (count == 0)
		return;
	memmove(list->items, list->items + count,
		(list->count - count) * sizeof(struct heads_series *));
	list->count -= count;
}

struct sql_value sql_integer(int64_t value)
{
	return (struct sql_value){ .type = SQL_INTEGER, .integer = value };
}

struct sql_value sql_bytes(const struct bw_buf *bytes)
{
	return (struct sql_value){
		.type = SQL_BLOB,
		.data = bytes->data != NULL ? bytes->data : "",
		.len = bytes->len,
	};
}

struct sql_value sql_text(const char *text)
{
	return (struct sql_value){ .type = text != NULL ? SQL_TEXT : SQL_NULL, .data = text };
}

/* --- heads that are full --- */

void ledger_wait_for_seal(struct ledger *ledger, struct heads_series *series)
{
	if (series->waiting || series->head.rows == 0)
		return;
	series->waiting = true;
	series_list_add(&ledger->full, series);
}

static void note_if_full(struct ledger *ledger, struct heads_series *series, int64_t time_us)
{
	if (!series->waiting && series->head.rows > 0 && head_is_full(&series->head, time_us))
		ledger_wait_for_seal(ledger, series);
}

enum bw_status ledger_load(struct ledger *ledger, struct sql *sql, struct bw_error *err)
{
	enum bw_status status;

	heads_clear(ledger->heads);
	texts_forget(ledger->texts);
	ledger->full.count = ledger->sealing.count = ledger->copied.count = 0;
	ledger->added.count = ledger->pending_count = ledger->emptied.count = 0;
	ledger->cursor = 0;
	ledger->has_entry = false;
	ledger->round =
		(struct ledger_round){ .raw_from_us = INT64_MAX, .rollup_from_us = INT64_MAX };
	ledger->press_until_us = INT64_MIN;
	status = heads_load(ledger->heads, sql, &ledger->next_log, &ledger->damage, err);
	if (status == BW_OK)
		status = ledger_load_limited(ledger, sql, err);
	ledger->round_log = ledger->next_log;
	for (size_t nth = 0; nth < heads_count(ledger->heads); nth++) {
		struct heads_series *series = heads_get(ledger->heads, nth);

		note_if_full(ledger, series, series->head.first_us);
		note_if_full(ledger, series, series->head.last_us);
	}
	return status;
}

/* --- the log entry --- */

static enum bw_status store_series(struct ledger *ledger, struct sql *sql,
				   struct heads_series *series, struct bw_error *err)
{
	const struct sql_value values[] = { sql_integer(series->id), sql_integer(series->kind),
					    sql_text(series->name) };
	const struct sql_value copy[] = { sql_integer(series->id), sql_integer(ledger->next_log),
					  sql_bytes(&(struct bw_buf){ 0 }) };
	enum bw_status status = sql_run(sql, SQL_SERIES_ADD, values, 3, err);

	if (status == BW_OK)
		status = sql_run(sql, SQL_HEAD_PUT, copy, 3, err);
	if (status != BW_OK)
		return status;
	series->stored = true;
	series_list_add(&ledger->added, series);
	return BW_OK;
}

static int text_field(enum series_kind kind)
{
	const struct series_schema *schema = series_schema(kind);

	for (size_t nth = 0; nth < schema->field_count; nth++) {
		if (schema->fields[nth].type == SERIES_TEXT)
			return (int)nth;
	}
	return -1;
}

/* The cells of a row, with the number of its text in its place. */
static void fill_cells(const struct pending_row *row, struct series_cell *cells)
{
	int field = row->item->text_len > 0 || row->item->kind == SERIES_COMPONENT
			    ? text_field(row->series->kind)
			    : -1;

	memcpy(cells, row->item->cells, row->item->cell_count * sizeof(cells[0]));
	if (field < 0)
		return;
	cells[field].type = SERIES_INTEGER;
	cells[field].value.integer = row->text;
}

static struct pending_row *add_pending(struct ledger *ledger)
{
	if (ledger->pending_count == ledger->pending_cap) {
		ledger->pending_cap = ledger->pending_cap > 0 ? 2 * ledger->pending_cap : 256;
		ledger->pending =
			xrealloc(ledger->pending, ledger->pending_cap * sizeof(ledger->pending[0]));
	}
	return &ledger->pending[ledger->pending_count++];
}

static enum bw_status take_row(struct ledger *ledger, struct sql *sql, const struct row_item *item,
			       struct log_writer *writer, struct bw_error *err)
{
	enum series_kind kind = (enum series_kind)item->kind;
	struct heads_series *series = heads_find(ledger->heads, kind, row_item_name(item));
	struct series_cell cells[SERIES_FIELDS_MAX];
	struct pending_row *row = add_pending(ledger);
	enum bw_status status = BW_OK;

	if (series == NULL)
		series = heads_add(ledger->heads, 0, kind, row_item_name(item));
	*row = (struct pending_row){ series, item, 0 };
	series->batch = ledger->batch;
	if (!series->stored)
		status = store_series(ledger, sql, series, err);
	if (status == BW_OK && item->text_len > 0)
		status = texts_number(ledger->texts, sql, row_item_text(item), item->time_us,
				      &row->text, err);
	if (status != BW_OK)
		return status;
	fill_cells(row, cells);
	log_writer_row(writer, series->id, item->time_us, cells, item->cell_count);
	return BW_OK;
}

static enum bw_status write_entry(struct ledger *ledger, struct sql *sql,
				  const struct row_queue *rows, struct bw_error *err)
{
	struct row_cursor cursor = { 0 };
	const struct row_item *item;
	struct log_writer writer;
	enum bw_status status = BW_OK;

	bw_buf_clear(&ledger->entry);
	log_writer_begin(&writer, &ledger->entry);
	while (status == BW_OK && (item = row_queue_next(rows, &cursor)) != NULL)
		status = take_row(ledger, sql, item, &writer, err);
	log_writer_end(&writer);
	xalloc_must(ledger->entry.status);
	if (status == BW_OK) {
		const struct sql_value values[] = { sql_integer(ledger->next_log),
						    sql_bytes(&ledger->entry) };

		status = sql_run(sql, SQL_LOG_ADD, values, 2, err);
		ledger->has_entry = true;
	}
	return status;
}

/* --- copies --- */

static enum bw_status put_copy(struct ledger *ledger, struct sql *sql, struct heads_series *series,
			       struct bw_error *err)
{
	struct sql_value values[3] = { sql_integer(series->id), sql_integer(ledger->next_log) };

	bw_buf_clear(&ledger->bytes);
	heads_write_copy(series, &ledger->bytes);
	xalloc_must(ledger->bytes.status);
	values[2] = sql_bytes(&ledger->bytes);
	series_list_add(&ledger->copied, series);
	return sql_run(sql, SQL_HEAD_PUT, values, 3, err);
}

/* The next few of the round: more when many rows come, so that the log stays about as long as the
 * heads are. What is to be sealed soon is copied, too: it may have to wait. */
static enum bw_status copy_some(struct ledger *ledger, struct sql *sql, size_t rows,
				struct bw_error *err)
{
	size_t count = heads_count(ledger->heads);
	size_t few = count / ROUND_COMMITS + 1 + rows / ROWS_A_COPY;
	enum bw_status status = BW_OK;

	ledger->next_cursor = ledger->cursor;
	for (size_t nth = 0; nth < few && ledger->next_cursor < count && status == BW_OK; nth++) {
		struct heads_series *series = heads_get(ledger->heads, ledger->next_cursor++);

		if (series->dirty && !series->sealing)
			status = put_copy(ledger, sql, series, err);
	}
	ledger->round_ends = ledger->next_cursor >= count;
	if (status == BW_OK && ledger->round_ends) {
		const struct sql_value below = sql_integer(ledger->round_log);

		status = sql_run(sql, SQL_LOG_TRIM, &below, 1, err);
	}
	return status;
}

/* --- the batch --- */

enum bw_status ledger_write(struct ledger *ledger, struct sql *sql, const struct row_queue *rows,
			    struct bw_error *err)
{
	enum bw_status status;

	ledger->batch++;
	status = ledger_seal_some(ledger, sql, err);
	if (status == BW_OK)
		status = copy_some(ledger, sql, rows->count, err);
	if (status == BW_OK && rows->count > 0)
		status = write_entry(ledger, sql, rows, err);
	return status;
}

static void end_sealing(struct ledger *ledger)
{
	heads_lock(ledger->heads);
	for (size_t nth = 0; nth < ledger->sealing.count; nth++) {
		struct heads_series *series = ledger->sealing.items[nth];

		head_clear(&series->head);
		series->dirty = series->sealing = series->waiting = false;
		series->log = ledger->next_log;
	}
	heads_unlock(ledger->heads);
	ledger->chunks_sealed += ledger->chunks_sealing;
	series_list_drop(&ledger->full, ledger->sealing.count);
	ledger->sealing.count = 0;
	ledger->chunks_sealing = 0;
}

static void add_rows(struct ledger *ledger, size_t from, size_t to)
{
	struct series_cell cells[SERIES_FIELDS_MAX];

	heads_lock(ledger->heads);
	for (size_t nth = from; nth < to; nth++) {
		const struct pending_row *row = &ledger->pending[nth];

		note_if_full(ledger, row->series, row->item->time_us);
		fill_cells(row, cells);
		xalloc_must(head_add(&row->series->head, row->item->cell_count, row->item->time_us,
				     cells));
		row->series->dirty = true;
	}
	heads_unlock(ledger->heads);
}

/* Those behind move up, and none of them may be left out by a round. */
static void forget_emptied(struct ledger *ledger)
{
	for (size_t nth = 0; nth < ledger->emptied.count; nth++) {
		size_t place = heads_remove(ledger->heads, ledger->emptied.items[nth]);

		ledger->cursor -= place < ledger->cursor;
		ledger->round.cursor -= place < ledger->round.cursor;
	}
	ledger->emptied.count = 0;
}

void ledger_commit(struct ledger *ledger)
{
	end_sealing(ledger);
	for (size_t nth = 0; nth < ledger->copied.count; nth++) {
		ledger->copied.items[nth]->dirty = false;
		ledger->copied.items[nth]->log = ledger->next_log;
	}
	ledger->copied.count = ledger->added.count = 0;
	for (size_t nth = 0; nth < ledger->pending_count; nth += LOCK_ROWS) {
		size_t to = nth + LOCK_ROWS;

		add_rows(ledger, nth, to < ledger->pending_count ? to : ledger->pending_count);
	}
	ledger->pending_count = 0;
	ledger->cursor = ledger->next_cursor;
	forget_emptied(ledger);
	ledger->next_log += ledger->has_entry;
	ledger->has_entry = false;
	if (ledger->round_ends) {
		ledger->cursor = 0;
		ledger->round_log = ledger->next_log;
	}
}

void ledger_roll_back(struct ledger *ledger)
{
	for (size_t nth = 0; nth < ledger->added.count; nth++)
		ledger->added.items[nth]->stored = false;
	for (size_t nth = 0; nth < ledger->sealing.count; nth++)
		ledger->sealing.items[nth]->sealing = false;
	ledger->added.count = ledger->sealing.count = ledger->copied.count = 0;
	ledger->pending_count = ledger->emptied.count = 0;
	ledger->chunks_sealing = 0;
	ledger->has_entry = false;
	texts_forget(ledger->texts);
}
