/* view_piece.c - reads a stretch, and tells days of rows from days of rollups.
 *
 * A day is one of rollups when it has a bucket. On the first day of rows the carry, which is the
 * last row of the days before, says what holds until the first row comes.
 */
#include "storage/view_piece.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "series/chunk.h"
#include "storage/ledger_impl.h"

enum { HOLD_FIELD = 1, MARKS_MAX = 4 };

static int64_t day_of(int64_t time_us)
{
	const int64_t rest = time_us % PIECE_DAY_US;

	return time_us - rest - (rest < 0 ? PIECE_DAY_US : 0);
}

void piece_finish(struct piece *piece)
{
	series_rows_finish(&piece->rows);
	series_rows_finish(&piece->carry);
	rollup_finish(&piece->stored[PIECE_FIRST]);
	rollup_finish(&piece->stored[PIECE_OTHER]);
	free(piece->days);
	piece->days = NULL;
}

/* --- rollups --- */

static uint32_t state_fields(enum series_kind kind)
{
	const struct series_schema *schema = series_schema(kind);
	uint32_t fields = 0;

	for (size_t field = 0; field < schema->field_count; field++)
		if (schema->fields[field].type == SERIES_STATE ||
		    schema->fields[field].type == SERIES_HOLD ||
		    schema->fields[field].type == SERIES_FLAG)
			fields |= UINT32_C(1) << field;
	return fields;
}

struct stored_reading {
	struct rollup_buckets *out;
	uint32_t fields;
	int64_t width_us, from_us, to_us;
};

static enum bw_status add_buckets(void *arg, const void *data, size_t len)
{
	const struct stored_reading *reading = arg;
	struct rollup_buckets buckets;
	enum bw_status status;

	rollup_init(&buckets, reading->out->kind);
	status = rollup_decode(data, len, reading->fields, &buckets);
	if (status == BW_OK && buckets.items[0].width_us != reading->width_us)
		status = BW_ECORRUPT;
	if (status == BW_OK)
		status = rollup_append(reading->out, &buckets, reading->width_us);
	rollup_finish(&buckets);
	if (status == BW_ENOMEM)
		xalloc_die();
	return status;
}

static bool meets_range(void *arg, const struct rollup_bucket *bucket)
{
	const struct stored_reading *reading = arg;

	return bucket->from_us + bucket->width_us > reading->from_us &&
	       bucket->from_us < reading->to_us;
}

static enum bw_status read_level(struct store_view *view, const struct piece_wanted *wanted,
				 enum rollup_level level, struct rollup_buckets *out,
				 struct bw_error *err)
{
	const struct view_chunks_wanted chunks = { level, wanted->series, wanted->from_us,
						   wanted->to_us };
	struct stored_reading reading = { out, wanted->fields, rollup_level_us(level),
					  wanted->from_us, wanted->to_us };
	enum bw_status status = view_each_chunk(view, &chunks, add_buckets, &reading, err);

	rollup_keep(out, meets_range, &reading);
	rollup_fit(out);
	return status;
}

/* The first bucket at `from` or later. */
static size_t find(const struct rollup_buckets *buckets, int64_t from_us)
{
	size_t low = 0, high = buckets->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (buckets->items[middle].from_us < from_us)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool has_day(const struct rollup_buckets *buckets, int64_t day_us)
{
	const size_t nth = find(buckets, day_us);

	return nth < buckets->count && buckets->items[nth].from_us < day_us + PIECE_DAY_US;
}

static size_t day_number(const struct piece *piece, int64_t time_us)
{
	return (size_t)((day_of(time_us) - day_of(piece->from_us)) / PIECE_DAY_US);
}

static int64_t day_at(const struct piece *piece, size_t nth)
{
	return day_of(piece->from_us) + (int64_t)nth * PIECE_DAY_US;
}

static bool is_of_other(void *arg, const struct rollup_bucket *bucket)
{
	const struct piece *piece = arg;

	return piece->days[day_number(piece, bucket->from_us)] == PIECE_OTHER;
}

static void note_days(struct piece *piece, enum piece_source source)
{
	for (size_t nth = 0; nth < piece->day_count; nth++)
		if (piece->days[nth] == PIECE_ROWS &&
		    has_day(&piece->stored[source], day_at(piece, nth)))
			piece->days[nth] = (uint8_t)source;
}

static bool has_days_of_rows(const struct piece *piece)
{
	for (size_t nth = 0; nth < piece->day_count; nth++)
		if (piece->days[nth] == PIECE_ROWS)
			return true;
	return false;
}

static enum bw_status read_stored(struct store_view *view, const struct piece_wanted *wanted,
				  struct piece *piece, struct bw_error *err)
{
	const enum rollup_level other = wanted->level == ROLLUP_5M ? ROLLUP_1H : ROLLUP_5M;
	enum bw_status status =
		read_level(view, wanted, wanted->level, &piece->stored[PIECE_FIRST], err);

	note_days(piece, PIECE_FIRST);
	if (status != BW_OK || !wanted->has_other || !has_days_of_rows(piece))
		return status;
	status = read_level(view, wanted, other, &piece->stored[PIECE_OTHER], err);
	note_days(piece, PIECE_OTHER);
	rollup_keep(&piece->stored[PIECE_OTHER], is_of_other, piece);
	return status;
}

/* --- rows --- */

/* What a mark says holds as long as the look before it does. */
static bool begins_with_mark(const struct series_rows *rows, int64_t from_us)
{
	return rows->count > 0 && rows->times_us[0] < from_us &&
	       rows->columns[HOLD_FIELD].types[0] == SERIES_ABSENT &&
	       rows->columns[0].values[0].integer != SERIES_NONE;
}

static enum bw_status read_rows(struct store_view *view, const struct piece_wanted *wanted,
				struct series_rows *out, struct bw_error *err)
{
	struct view_wanted rows = { wanted->kind,  wanted->name,   wanted->from_us,
				    wanted->to_us, wanted->fields, true };
	enum bw_status status = store_view_rows(view, &rows, out, err);

	for (int marks = 0;
	     status == BW_OK && marks < MARKS_MAX && begins_with_mark(out, rows.from_us); marks++) {
		rows.from_us = out->times_us[0];
		series_rows_finish(out);
		status = store_view_rows(view, &rows, out, err);
	}
	return status;
}

static enum bw_status add_carry(void *arg, const void *data, size_t len)
{
	enum bw_status status = chunk_decode(data, len, 0, arg);

	if (status == BW_ENOMEM)
		xalloc_die();
	return status;
}

/* One that is more than a day old says nothing any more. */
static enum bw_status read_carry(struct store_view *view, const struct piece_wanted *wanted,
				 struct series_rows *out, struct bw_error *err)
{
	const struct view_chunks_wanted chunks = { (enum rollup_level)LEDGER_LEVEL_CARRY,
						   wanted->series, wanted->from_us - PIECE_DAY_US,
						   wanted->to_us };

	return view_each_chunk(view, &chunks, add_carry, out, err);
}

enum bw_status piece_read(struct store_view *view, const struct piece_wanted *wanted,
			  struct piece *out, struct bw_error *err)
{
	struct piece_wanted all = *wanted;
	struct piece piece = { .kind = wanted->kind,
			       .from_us = wanted->from_us,
			       .to_us = wanted->to_us };
	enum bw_status status = BW_OK;

	if (wanted->fields != 0)
		all.fields |= state_fields(wanted->kind);
	series_rows_init(&piece.rows, series_schema(wanted->kind)->field_count);
	series_rows_init(&piece.carry, piece.rows.field_count);
	rollup_init(&piece.stored[PIECE_FIRST], wanted->kind);
	rollup_init(&piece.stored[PIECE_OTHER], wanted->kind);
	/* A piece that ends at midnight has nothing of the day that begins there. */
	piece.day_count = day_number(&piece, wanted->to_us - 1) + 1;
	piece.days = xcalloc(piece.day_count, 1);
	for (size_t nth = 0; nth < piece.day_count; nth++)
		piece.days[nth] = PIECE_ROWS;
	if (wanted->has_rows)
		status = read_rows(view, &all, &piece.rows, err);
	if (wanted->has_rows && status == BW_OK)
		status = read_carry(view, &all, &piece.carry, err);
	if (status == BW_OK)
		status = read_stored(view, &all, &piece, err);
	if (status != BW_OK) {
		piece_finish(&piece);
		return status;
	}
	*out = piece;
	return BW_OK;
}

static bool has_rows_between(const struct series_rows *rows, int64_t from_us, int64_t to_us)
{
	for (size_t nth = 0; nth < rows->count && rows->times_us[nth] < to_us; nth++)
		if (rows->times_us[nth] >= from_us)
			return true;
	return false;
}

void piece_fold(struct piece *piece)
{
	for (size_t nth = 0; nth < piece->day_count; nth++) {
		const int64_t day_us = day_at(piece, nth);
		struct rollup_buckets *stored = &piece->stored[piece->days[nth]];
		struct rollup_buckets late;
		int64_t width_us;

		if (piece->days[nth] == PIECE_ROWS ||
		    !has_rows_between(&piece->rows, day_us, day_us + PIECE_DAY_US))
			continue;
		width_us = stored->items[0].width_us;
		rollup_init(&late, piece->kind);
		xalloc_must(rollup_rows(piece->kind, &piece->rows, day_us, day_us + PIECE_DAY_US,
					width_us, &late));
		xalloc_must(rollup_merge(stored, &late, width_us));
		rollup_fit(stored);
		rollup_finish(&late);
	}
}

/* --- runs --- */

bool piece_next(const struct piece *piece, struct piece_run *run)
{
	size_t nth = day_number(piece, run->to_us);

	if (run->to_us >= piece->to_us)
		return false;
	run->from_us = run->to_us;
	run->source = (enum piece_source)piece->days[nth];
	while (nth < piece->day_count && piece->days[nth] == run->source)
		nth++;
	run->to_us = day_at(piece, nth) < piece->to_us ? day_at(piece, nth) : piece->to_us;
	return true;
}

bool piece_carried(const struct piece *piece, int64_t *from_us, int64_t *to_us)
{
	const struct series_rows *rows = &piece->rows;
	int64_t carry_us, day_us;
	size_t nth = 0;

	if (piece->carry.count == 0)
		return false;
	carry_us = piece->carry.times_us[0];
	day_us = day_of(carry_us) + PIECE_DAY_US;
	while (nth < rows->count && rows->times_us[nth] <= carry_us)
		nth++;
	*from_us = day_us > piece->from_us ? day_us : piece->from_us;
	*to_us = nth < rows->count && rows->times_us[nth] < piece->to_us ? rows->times_us[nth]
									 : piece->to_us;
	return *from_us < *to_us;
}

static void add_rows(const struct piece *piece, const struct series_rows *rows, int64_t from_us,
		     int64_t to_us, struct timeline *out)
{
	struct timeline points = { 0 };

	xalloc_must(timeline_of_rows(piece->kind, rows, from_us, to_us, &points));
	xalloc_must(timeline_append(out, &points));
	timeline_finish(&points);
}

static void timeline_of_run(const struct piece *piece, const struct piece_run *run,
			    struct timeline *out)
{
	int64_t from_us, to_us;

	add_rows(piece, &piece->rows, run->from_us, run->to_us, out);
	if (!piece_carried(piece, &from_us, &to_us) || from_us >= run->to_us ||
	    to_us <= run->from_us)
		return;
	add_rows(piece, &piece->carry, from_us, to_us, out);
	add_rows(piece, &piece->rows, to_us, run->to_us, out);
}

void piece_timeline(const struct piece *piece, const struct piece_run *run, struct timeline *out)
{
	struct timeline points = { 0 };

	if (run->source == PIECE_ROWS)
		timeline_of_run(piece, run, &points);
	else
		xalloc_must(timeline_of_buckets(&piece->stored[run->source], run->from_us,
						run->to_us, &points));
	xalloc_must(timeline_append(out, &points));
	timeline_finish(&points);
}
