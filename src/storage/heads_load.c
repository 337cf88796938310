/* heads_load.c - the heads as they were: their copies, completed from the log.
 *
 * A copy holds all rows of the log entries before its `log` that were not sealed then. What is
 * damaged is left out: a copy, with the rows of its series up to then; an entry, with its rows.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "storage/ledger.h"
#include "storage/log_entry.h"
#include "storage/statements.h"

struct loading {
	struct heads *heads;
	struct sql *sql;
	int64_t next_log, entry;
	struct ledger_damage *damage;
};

static struct sql_value column(struct loading *loading, int statement, int nth)
{
	struct sql_value value;

	loading->sql->driver->column(loading->sql, statement, nth, &value);
	return value;
}

/* Each row of a statement without parameters. */
static enum bw_status each(struct loading *loading, int statement,
			   void (*visit)(struct loading *loading, int statement),
			   struct bw_error *err)
{
	struct sql *sql = loading->sql;
	enum bw_status status = sql->driver->start(sql, statement, NULL, 0, err);
	bool has = true;

	while (status == BW_OK && has) {
		status = sql->driver->step(sql, statement, &has, err);
		if (status == BW_OK && has)
			visit(loading, statement);
	}
	sql->driver->reset(sql, statement);
	return status;
}

static void note_damage(struct loading *loading, const char *what, const char *whose)
{
	loading->damage->count++;
	bw_text_format(loading->damage->text, sizeof(loading->damage->text), "%s%.180s", what,
		       whose);
}

static void visit_series(struct loading *loading, int statement)
{
	const struct sql_value id = column(loading, statement, 0);
	const struct sql_value kind = column(loading, statement, 1);
	const struct sql_value name = column(loading, statement, 2);
	struct heads_series *series;

	if (name.type != SQL_TEXT || kind.integer < 0 || kind.integer >= SERIES_KINDS ||
	    strlen(name.data) > SERIES_NAME_MAX)
		return;
	series = heads_add(loading->heads, id.integer, (enum series_kind)kind.integer, name.data);
	if (series != NULL)
		series->stored = true;
}

static void visit_copy(struct loading *loading, int statement)
{
	const struct sql_value id = column(loading, statement, 0);
	const struct sql_value log = column(loading, statement, 1);
	const struct sql_value data = column(loading, statement, 2);
	struct heads_series *series = heads_by_id(loading->heads, id.integer);
	size_t fields;

	if (series == NULL)
		return;
	series->log = log.integer;
	if (log.integer > loading->next_log)
		loading->next_log = log.integer;
	if (data.len == 0)
		return;
	fields = series_schema(series->kind)->field_count;
	if (!log_is_whole(data.data, data.len) ||
	    head_restore(&series->head, fields, data.data, data.len - LOG_SEAL_BYTES) != BW_OK)
		note_damage(loading, "a copy of the latest rows of ", series->name);
}

static void visit_row(void *arg, const struct log_row *row)
{
	struct loading *loading = arg;
	struct heads_series *series = heads_by_id(loading->heads, row->series);
	struct series_cell cells[SERIES_FIELDS_MAX] = { 0 };

	if (series == NULL || loading->entry < series->log)
		return;
	memcpy(cells, row->cells, row->cell_count * sizeof(cells[0]));
	xalloc_must(head_add(&series->head, series_schema(series->kind)->field_count, row->time_us,
			     cells));
	series->dirty = true;
}

static void visit_entry(struct loading *loading, int statement)
{
	const struct sql_value id = column(loading, statement, 0);
	const struct sql_value data = column(loading, statement, 1);
	char number[32];

	loading->entry = id.integer;
	if (id.integer >= loading->next_log)
		loading->next_log = id.integer + 1;
	snprintf(number, sizeof(number), "%lld", (long long)id.integer);
	if (log_entry_read(data.data, data.len, visit_row, loading) != BW_OK)
		note_damage(loading, "entry of the log ", number);
}

enum bw_status heads_load(struct heads *heads, struct sql *sql, int64_t *next_log,
			  struct ledger_damage *damage, struct bw_error *err)
{
	struct loading loading = { heads, sql, 1, 0, damage };
	enum bw_status status = each(&loading, SQL_SERIES_ALL, visit_series, err);

	if (status == BW_OK)
		status = each(&loading, SQL_HEAD_ALL, visit_copy, err);
	if (status == BW_OK)
		status = each(&loading, SQL_LOG_ALL, visit_entry, err);
	*next_log = loading.next_log;
	return status;
}

void heads_write_copy(const struct heads_series *series, struct bw_buf *out)
{
	size_t begin = out->len;

	if (series->head.rows == 0)
		return;
	bw_buf_append(out, series->head.data, series->head.len);
	log_seal(out, begin);
}
