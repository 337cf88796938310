/* view.c - reads rows: heads first, then chunks, then settles them by time.
 *
 * In this order nothing is missed: a row leaves its head only after the chunk with it has been
 * committed. A row that is met in both is one after settling. A chunk never spans a UTC day, so
 * those that can meet a range begin at most a day before it.
 */
#include "storage/view.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "series/chunk.h"
#include "storage/ledger_impl.h"
#include "storage/load.h"
#include "storage/statements.h"
#include "storage/view_own.h"

#define DAY_US (86400 * BW_SECOND_US)

enum { TEXTS_CACHED = 256, DAMAGES_KNOWN = 256 };

struct cached_text {
	int64_t number; /* 0: none */
	char *text;
};

struct store_view {
	struct sql *sql;
	struct heads *heads;
	bool owns;
	atomic_bool stopped;
	int depth; /* of view_begin() */
	bool met_damage;
	uint64_t damaged;
	char damage[256];
	uint64_t known[DAMAGES_KNOWN]; /* what was counted already; the oldest is overwritten */
	size_t known_count;
	struct cached_text texts[TEXTS_CACHED]; /* by number */
	struct bw_buf head;                     /* as it was when the moment began, or scratch */
	size_t head_fields;
	int64_t head_series; /* of view_begin_series(); 0: none */
};

struct store_view *view_create(struct sql *sql, struct heads *heads)
{
	struct store_view *view = xcalloc(1, sizeof(*view));

	view->sql = sql;
	view->heads = heads;
	bw_buf_init(&view->head, 0);
	return view;
}

void view_use(struct store_view *view, struct sql *sql)
{
	view->sql = sql;
	for (size_t nth = 0; nth < TEXTS_CACHED; nth++) {
		free(view->texts[nth].text);
		view->texts[nth] = (struct cached_text){ 0 };
	}
}

void view_stop(struct store_view *view)
{
	atomic_store(&view->stopped, true);
}

bool view_met_damage(struct store_view *view)
{
	bool met = view->met_damage;

	view->met_damage = false;
	return met;
}

const char *view_damage_text(const struct store_view *view)
{
	return view->damage;
}

void store_view_close(struct store_view *view)
{
	if (view == NULL)
		return;
	if (view->owns) {
		heads_destroy(view->heads);
		view->sql->driver->close(view->sql);
	}
	view_use(view, NULL);
	bw_buf_finish(&view->head);
	free(view);
}

enum bw_status store_view_open(const char *where, const char *instance, struct store_view **out,
			       struct bw_error *err)
{
	const struct sql_place place = { where, instance != NULL ? instance : "", SQL_READER };
	struct ledger_damage damage = { 0 };
	struct store_view *view;
	struct sql *sql;
	int64_t next_log;
	enum bw_status status = sql_open(&place, &sql, err);

	if (status != BW_OK)
		return status == BW_ECORRUPT ? BW_EIO : status;
	view = view_create(sql, heads_create());
	view->owns = true;
	status = view_begin(view, err);
	if (status == BW_OK) {
		status = heads_load(view->heads, sql, &next_log, &damage, err);
		view_end(view);
	}
	if (status != BW_OK) {
		store_view_close(view);
		return status == BW_ECORRUPT ? BW_EIO : status;
	}
	view->damaged = damage.count;
	bw_text_format(view->damage, sizeof(view->damage), "%s", damage.text);
	*out = view;
	return BW_OK;
}

/* --- one moment --- */

static enum bw_status check(struct store_view *view, enum bw_status status, struct bw_error *err)
{
	if (status == BW_ECORRUPT) {
		view->met_damage = true;
		return BW_EIO;
	}
	if (status == BW_OK && atomic_load(&view->stopped))
		return bw_fail(err, BW_EIO, "the store is closing");
	return status;
}

enum bw_status view_begin(struct store_view *view, struct bw_error *err)
{
	enum bw_status status = BW_OK;

	/* A running transaction (the writer's own, in memory) is of one moment anyway. */
	if (view->depth++ == 0)
		status = check(view, view->sql->driver->begin(view->sql, false, err), err);
	if (status != BW_OK)
		view->depth--;
	return status;
}

void view_end(struct store_view *view)
{
	if (--view->depth > 0)
		return;
	view->sql->driver->roll_back(view->sql);
	view->head_series = 0;
}

static void copy_head(struct store_view *view, int64_t series)
{
	bw_buf_clear(&view->head);
	view->head_fields = heads_copy(view->heads, series, &view->head);
	xalloc_must(view->head.status);
}

enum bw_status view_begin_series(struct store_view *view, int64_t series, struct bw_error *err)
{
	enum bw_status status;

	copy_head(view, series);
	status = view_begin(view, err);
	if (status == BW_OK)
		view->head_series = series;
	return status;
}

/* --- statements --- */

struct query {
	struct store_view *view;
	int statement;
	const struct sql_value *values;
	size_t count;
	struct bw_error *err;
};

/* Each row of a query; what `visit` returns, unless BW_OK, ends it. */
static enum bw_status each_row(const struct query *query,
			       enum bw_status (*visit)(void *arg, struct sql *row, int statement),
			       void *arg)
{
	struct store_view *view = query->view;
	const struct sql_driver *driver = view->sql->driver;
	enum bw_status status =
		driver->start(view->sql, query->statement, query->values, query->count, query->err);
	bool has = true;

	status = check(view, status, query->err);
	while (status == BW_OK && has) {
		status = driver->step(view->sql, query->statement, &has, query->err);
		status = check(view, status, query->err);
		if (status == BW_OK && has)
			status = visit(arg, view->sql, query->statement);
	}
	driver->reset(view->sql, query->statement);
	return status;
}

static struct sql_value column(struct sql *row, int statement, int nth)
{
	struct sql_value value;

	row->driver->column(row, statement, nth, &value);
	return value;
}

/* --- series and texts --- */

int64_t view_series_id(struct store_view *view, enum series_kind kind, const char *name)
{
	return heads_find_id(view->heads, kind, name);
}

enum bw_status store_view_series(struct store_view *view,
				 bool (*visit)(void *arg, enum series_kind kind, const char *name),
				 void *arg, struct bw_error *err)
{
	char name[SERIES_NAME_MAX + 1];
	enum series_kind kind;

	for (size_t nth = 0; heads_name(view->heads, nth, &kind, name); nth++) {
		if (!visit(arg, kind, name))
			break;
	}
	return BW_OK;
}

static enum bw_status visit_text(void *arg, struct sql *row, int statement)
{
	struct cached_text *cached = arg;
	const struct sql_value text = column(row, statement, 0);

	if (text.type == SQL_TEXT)
		cached->text = xstrdup(text.data);
	return BW_OK;
}

const char *store_view_text(struct store_view *view, int64_t number)
{
	struct cached_text *cached = &view->texts[(uint64_t)number % TEXTS_CACHED];
	const struct sql_value value = sql_integer(number);
	const struct query query = { view, SQL_TEXT_GET, &value, 1, NULL };

	if (number <= 0)
		return "";
	if (cached->number != number) {
		free(cached->text);
		*cached = (struct cached_text){ 0 };
		if (each_row(&query, visit_text, cached) != BW_OK)
			return "";
		cached->number = cached->text != NULL ? number : 0;
	}
	return cached->text != NULL ? cached->text : "";
}

uint64_t store_view_damaged(const struct store_view *view)
{
	return view->damaged;
}

/* --- chunks --- */

struct chunk_visit {
	struct store_view *view;
	const struct view_chunks_wanted *wanted;
	enum bw_status (*visit)(void *arg, const void *data, size_t len);
	void *arg;
};

/* Counted once, however often it is read. */
static void note_damage(struct store_view *view, const struct view_chunks_wanted *wanted,
			int64_t from_us)
{
	uint64_t key = ((uint64_t)from_us * UINT64_C(0x9e3779b97f4a7c15)) ^
		       ((uint64_t)wanted->series << 2 | (uint64_t)wanted->level);
	char time[BW_WALL_TEXT_MAX];

	for (size_t nth = 0; nth < DAMAGES_KNOWN; nth++) {
		if (view->known[nth] == key)
			return;
	}
	view->known[view->known_count++ % DAMAGES_KNOWN] = key;
	view->damaged++;
	bw_wall_format((struct bw_wall){ from_us }, time);
	bw_text_format(view->damage, sizeof(view->damage), "a chunk of series %lld from %s on",
		       (long long)wanted->series, time);
}

static enum bw_status visit_chunk(void *arg, struct sql *row, int statement)
{
	const struct chunk_visit *chunks = arg;
	const struct sql_value from = column(row, statement, 0);
	const struct sql_value data = column(row, statement, 2);
	enum bw_status status = chunks->visit(chunks->arg, data.data, data.len);

	if (status == BW_ECORRUPT) {
		note_damage(chunks->view, chunks->wanted, from.integer);
		return BW_OK;
	}
	return status;
}

static int64_t minus(int64_t time_us, int64_t less_us)
{
	return time_us < INT64_MIN + less_us ? INT64_MIN : time_us - less_us;
}

enum bw_status view_each_chunk(struct store_view *view, const struct view_chunks_wanted *wanted,
			       enum bw_status (*visit)(void *arg, const void *data, size_t len),
			       void *arg, struct bw_error *err)
{
	struct chunk_visit chunks = { view, wanted, visit, arg };
	const struct sql_value values[] = {
		sql_integer(wanted->level),
		sql_integer(wanted->series),
		sql_integer(minus(wanted->from_us, DAY_US)),
		sql_integer(wanted->to_us),
		sql_integer(wanted->from_us),
	};
	const struct query query = { view, SQL_CHUNK_RANGE, values, 5, err };

	return each_row(&query, visit_chunk, &chunks);
}

static enum bw_status visit_first(void *arg, struct sql *row, int statement)
{
	*(int64_t *)arg = column(row, statement, 0).integer;
	return BW_OK;
}

enum bw_status view_first(struct store_view *view, enum rollup_level level, int64_t series,
			  int64_t *from_us, struct bw_error *err)
{
	const struct sql_value values[] = { sql_integer(level), sql_integer(series) };
	const struct query query = { view, SQL_CHUNK_FIRST, values, 2, err };

	*from_us = INT64_MAX;
	return each_row(&query, visit_first, from_us);
}

/* --- rows --- */

struct row_reading {
	struct store_view *view;
	const struct view_wanted *wanted;
	struct series_rows *rows;
	int64_t series;
	struct bw_error *err;
};

static enum bw_status add_chunk(void *arg, const void *data, size_t len)
{
	const struct row_reading *reading = arg;
	enum bw_status status = chunk_decode(data, len, reading->wanted->fields, reading->rows);

	if (status == BW_OK && reading->rows->count > VIEW_ROWS_MAX)
		return bw_fail(reading->err, BW_ELIMIT, "more than %d rows; ask for a shorter time",
			       VIEW_ROWS_MAX);
	return status;
}

/* Fields that were not asked for are absent, as in chunks. */
static void blank_fields(struct series_rows *rows, uint32_t fields)
{
	for (size_t nth = 0; fields != 0 && nth < rows->field_count; nth++) {
		if ((fields >> nth & 1) == 0 && rows->count > 0)
			memset(rows->columns[nth].types, SERIES_ABSENT, rows->count);
	}
}

/* Inits `rows`. */
static void read_head(struct store_view *view, int64_t series, struct series_rows *rows)
{
	if (view->head_series != series)
		copy_head(view, series);
	series_rows_init(rows, view->head_fields);
	if (view->head.len > 0)
		xalloc_must(head_read(view->head.data, view->head.len, rows));
}

int64_t view_first_of_head(struct store_view *view, int64_t series)
{
	struct series_rows rows = { 0 };
	int64_t first_us = INT64_MAX;

	read_head(view, series, &rows);
	for (size_t nth = 0; nth < rows.count; nth++) {
		if (rows.times_us[nth] < first_us)
			first_us = rows.times_us[nth];
	}
	series_rows_finish(&rows);
	return first_us;
}

/* The time of the latest row before `from`; INT64_MIN: there is none. */
static int64_t latest_before(const struct series_rows *rows, int64_t from_us)
{
	int64_t latest_us = INT64_MIN;

	for (size_t nth = 0; nth < rows->count; nth++) {
		if (rows->times_us[nth] < from_us && rows->times_us[nth] > latest_us)
			latest_us = rows->times_us[nth];
	}
	return latest_us;
}

static enum bw_status visit_before(void *arg, struct sql *row, int statement)
{
	const struct row_reading *reading = arg;
	const struct sql_value data = column(row, statement, 1);
	enum bw_status status = add_chunk(arg, data.data, data.len);

	if (status != BW_ECORRUPT)
		return status;
	note_damage(reading->view,
		    &(struct view_chunks_wanted){ ROLLUP_RAW, reading->series, 0, 0 },
		    column(row, statement, 0).integer);
	return BW_OK;
}

/* The row before `from`, when what was read so far has none. */
static enum bw_status read_before(struct row_reading *reading, int64_t *before_us)
{
	const struct sql_value values[] = { sql_integer(ROLLUP_RAW), sql_integer(reading->series),
					    sql_integer(reading->wanted->from_us) };
	const struct query query = { reading->view, SQL_CHUNK_BEFORE, values, 3, reading->err };
	enum bw_status status;

	*before_us = latest_before(reading->rows, reading->wanted->from_us);
	if (*before_us != INT64_MIN)
		return BW_OK;
	status = each_row(&query, visit_before, reading);
	*before_us = latest_before(reading->rows, reading->wanted->from_us);
	return status;
}

static enum bw_status read_rows(struct row_reading *reading)
{
	const struct view_wanted *wanted = reading->wanted;
	const struct view_chunks_wanted chunks = { ROLLUP_RAW, reading->series, wanted->from_us,
						   wanted->to_us };
	struct series_rows head = { 0 };
	int64_t from_us = wanted->from_us, before_us;
	enum bw_status status;

	read_head(reading->view, reading->series, &head);
	blank_fields(&head, wanted->fields);
	status = view_begin(reading->view, reading->err);
	if (status != BW_OK) {
		series_rows_finish(&head);
		return status;
	}
	status = view_each_chunk(reading->view, &chunks, add_chunk, reading, reading->err);
	xalloc_must(series_rows_append(reading->rows, &head));
	series_rows_finish(&head);
	if (status == BW_OK && wanted->with_before) {
		status = read_before(reading, &before_us);
		from_us = before_us != INT64_MIN ? before_us : from_us;
	}
	view_end(reading->view);
	if (status == BW_OK)
		xalloc_must(series_rows_settle(reading->rows, from_us, wanted->to_us));
	return status;
}

enum bw_status store_view_rows(struct store_view *view, const struct view_wanted *wanted,
			       struct series_rows *out, struct bw_error *err)
{
	struct series_rows rows = { 0 };
	struct row_reading reading = { view, wanted, &rows, 0, err };
	enum bw_status status = BW_OK;

	series_rows_init(&rows, series_schema(wanted->kind)->field_count);
	reading.series = view_series_id(view, wanted->kind, wanted->name);
	if (reading.series != 0 && wanted->from_us <= wanted->to_us)
		status = read_rows(&reading);
	if (status != BW_OK) {
		series_rows_finish(&rows);
		return status;
	}
	*out = rows;
	return BW_OK;
}

/* --- changes --- */

struct change_visit {
	void (*visit)(void *arg, const struct bw_change *change);
	void *arg;
};

static enum bw_status visit_change(void *arg, struct sql *row, int statement)
{
	const struct change_visit *changes = arg;
	struct bw_change change;

	if (load_change(row, statement, &change))
		changes->visit(changes->arg, &change);
	return BW_OK;
}

enum bw_status store_view_changes(struct store_view *view, const struct view_changes_wanted *wanted,
				  void (*visit)(void *arg, const struct bw_change *change),
				  void *arg, struct bw_error *err)
{
	struct change_visit changes = { visit, arg };
	const struct sql_value values[] = {
		sql_integer(wanted->from_us),
		sql_integer(wanted->to_us),
		sql_text(wanted->has_kind ? bw_change_kind_text(wanted->kind) : ""),
		sql_integer(wanted->name == NULL),
		sql_text(wanted->name != NULL ? wanted->name : ""),
		sql_integer((int64_t)(wanted->limit < VIEW_CHANGES_MAX ? wanted->limit
								       : VIEW_CHANGES_MAX)),
	};
	const struct query query = { view, SQL_CHANGE_ASK, values, 6, err };

	return each_row(&query, visit_change, &changes);
}
