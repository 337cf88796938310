/* view_history.c - buckets, change points and uptime of any time, of rows where they are kept and
 * of rollups elsewhere.
 *
 * A question is answered in pieces of whole days (view_piece.h), so that a year of rows is never
 * in memory at once; where there are only rollups a piece may be longer.
 */
#include "base/xalloc.h"
#include "storage/view_piece.h"

#define PIECE_OF_ROWS_US (8 * PIECE_DAY_US)
#define PIECE_OF_ROLLUPS_US (64 * PIECE_DAY_US)
/* Beyond, the worst of an hour is what a picture can show. */
#define FINE_US (32 * PIECE_DAY_US)
/* No history is longer; who asks for all time is not answered piece by piece. */
#define LONGEST_US (30 * 366 * PIECE_DAY_US)

struct walk {
	struct store_view *view;
	struct piece_wanted wanted; /* of the next piece */
	int64_t to_us, rows_from_us;
	struct bw_error *err;
};

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t floor_to(int64_t time_us, int64_t width_us)
{
	const int64_t rest = time_us % width_us;

	return time_us - rest - (rest < 0 ? width_us : 0);
}

static enum bw_status find_extent(struct store_view *view, int64_t series, struct view_extent *out,
				  struct bw_error *err)
{
	enum bw_status status = view_first(view, ROLLUP_RAW, series, &out->raw_from_us, err);

	out->raw_from_us = least(out->raw_from_us, view_first_of_head(view, series));
	if (status == BW_OK)
		status = view_first(view, ROLLUP_5M, series, &out->rollup_5m_from_us, err);
	if (status == BW_OK)
		status = view_first(view, ROLLUP_1H, series, &out->rollup_1h_from_us, err);
	return status;
}

static int64_t first_of(const struct view_extent *extent)
{
	return least(extent->raw_from_us,
		     least(extent->rollup_5m_from_us, extent->rollup_1h_from_us));
}

enum bw_status store_view_extent(struct store_view *view, enum series_kind kind, const char *name,
				 struct view_extent *out, struct bw_error *err)
{
	const int64_t series = view_series_id(view, kind, name);
	struct view_extent extent = { INT64_MAX, INT64_MAX, INT64_MAX };
	enum bw_status status = BW_OK;

	if (series != 0) {
		status = view_begin_series(view, series, err);
		if (status != BW_OK)
			return status;
		status = find_extent(view, series, &extent, err);
		view_end(view);
	}
	if (status == BW_OK)
		*out = extent;
	return status;
}

/* --- pieces --- */

/* Where the next piece ends, if it must have rows. */
static int64_t end_with_rows(const struct walk *walk)
{
	return least(floor_to(walk->wanted.from_us, PIECE_DAY_US) + PIECE_OF_ROWS_US, walk->to_us);
}

static int64_t end_without_rows(const struct walk *walk)
{
	const int64_t from_us = walk->wanted.from_us;
	const int64_t rows_us = floor_to(walk->rows_from_us, PIECE_DAY_US);
	const int64_t end_us =
		least(floor_to(from_us, PIECE_DAY_US) + PIECE_OF_ROLLUPS_US, walk->to_us);

	return rows_us > from_us ? least(rows_us, end_us) : end_us;
}

/* The next piece; false at the end and after a failure. */
static bool walk_next(struct walk *walk, struct piece *piece, enum bw_status *status)
{
	struct piece_wanted *wanted = &walk->wanted;

	if (wanted->from_us >= walk->to_us)
		return false;
	/* Of the first day of rows all is theirs and the carry's. */
	wanted->has_rows = floor_to(walk->rows_from_us, PIECE_DAY_US) <= end_with_rows(walk);
	wanted->to_us = wanted->has_rows ? end_with_rows(walk) : end_without_rows(walk);
	*status = piece_read(walk->view, wanted, piece, walk->err);
	wanted->from_us = wanted->to_us;
	return *status == BW_OK;
}

/* Within the moment of a series: calls `visit` with each piece. */
static enum bw_status each_piece(struct walk *walk, void (*visit)(void *arg, struct piece *piece),
				 void *arg)
{
	enum bw_status status = BW_OK;
	struct piece piece;

	while (walk_next(walk, &piece, &status)) {
		visit(arg, &piece);
		piece_finish(&piece);
	}
	return status;
}

static struct walk walk_of(struct store_view *view, const struct view_wanted *wanted,
			   int64_t series, struct bw_error *err)
{
	return (struct walk){
		.view = view,
		.wanted = { .kind = wanted->kind,
			    .name = wanted->name,
			    .series = series,
			    .from_us = wanted->from_us,
			    .fields = wanted->fields,
			    .level = ROLLUP_5M,
			    .has_other = true },
		.to_us = wanted->to_us,
		.err = err,
	};
}

/* From where anything is kept; false: nothing of the time is. */
static bool walk_begin(struct walk *walk, const struct view_extent *extent)
{
	int64_t *from_us = &walk->wanted.from_us;

	if (first_of(extent) > *from_us)
		*from_us = first_of(extent);
	if (*from_us >= walk->to_us)
		return false;
	if (walk->to_us > *from_us + LONGEST_US)
		walk->to_us = *from_us + LONGEST_US;
	walk->rows_from_us = extent->raw_from_us;
	return true;
}

/* --- buckets --- */

struct bucket_visit {
	int64_t width_us;
	struct rollup_buckets *out;
};

static void merge(struct rollup_buckets *out, const struct rollup_buckets *from, int64_t width_us)
{
	if (from->count > 0)
		xalloc_must(rollup_merge(out, from, width_us));
}

static void add_part(const struct series_rows *rows, enum series_kind kind, int64_t from_us,
		     int64_t to_us, const struct bucket_visit *visit)
{
	struct rollup_buckets buckets;

	rollup_init(&buckets, kind);
	xalloc_must(rollup_rows(kind, rows, from_us, to_us, visit->width_us, &buckets));
	merge(visit->out, &buckets, visit->width_us);
	rollup_finish(&buckets);
}

/* Before the first row the rollups speak. What the carry says of is none in the rows. */
static void add_rows(const struct piece *piece, const struct bucket_visit *visit)
{
	const struct series_rows *rows = &piece->rows;
	int64_t from_us = piece->from_us, to_us;

	if (rows->count > 0 && rows->times_us[0] > from_us)
		from_us = rows->times_us[0];
	if (rows->count > 0)
		add_part(rows, piece->kind, from_us, piece->to_us, visit);
	if (piece_carried(piece, &from_us, &to_us))
		add_part(&piece->carry, piece->kind, from_us, to_us, visit);
}

static void visit_buckets(void *arg, struct piece *piece)
{
	const struct bucket_visit *visit = arg;
	struct rollup_buckets buckets;

	rollup_init(&buckets, piece->kind);
	merge(&buckets, &piece->stored[PIECE_FIRST], visit->width_us);
	merge(&buckets, &piece->stored[PIECE_OTHER], visit->width_us);
	add_rows(piece, &(struct bucket_visit){ visit->width_us, &buckets });
	xalloc_must(rollup_append(visit->out, &buckets, visit->width_us));
	rollup_finish(&buckets);
}

static bool is_hours(int64_t width_us)
{
	return width_us % ROLLUP_1H_US == 0;
}

/* Where only those of an hour are left nothing shorter can be told. */
static int64_t width_for(const struct view_wanted *wanted, const struct view_extent *extent,
			 int64_t width_us)
{
	const bool is_gone = extent->rollup_1h_from_us < extent->rollup_5m_from_us &&
			     extent->rollup_1h_from_us < extent->raw_from_us &&
			     wanted->from_us < extent->rollup_5m_from_us;

	if (is_hours(width_us) || !is_gone)
		return width_us;
	return width_us - width_us % ROLLUP_1H_US + ROLLUP_1H_US;
}

static enum bw_status read_buckets(struct walk *walk, const struct view_wanted *wanted,
				   int64_t width_us, struct rollup_buckets *out)
{
	struct bucket_visit visit = { width_us, out };
	struct view_extent extent;
	enum bw_status status = find_extent(walk->view, walk->wanted.series, &extent, walk->err);

	if (status != BW_OK)
		return status;
	visit.width_us = width_for(wanted, &extent, width_us);
	if (!walk_begin(walk, &extent))
		return BW_OK;
	walk->wanted.from_us = floor_to(walk->wanted.from_us, visit.width_us);
	if ((walk->to_us - walk->wanted.from_us) / visit.width_us >= VIEW_BUCKETS_MAX)
		return bw_fail(walk->err, BW_ELIMIT, "more than %d buckets; ask for longer ones",
			       VIEW_BUCKETS_MAX);
	walk->wanted.has_other = is_hours(visit.width_us);
	walk->wanted.level = is_hours(visit.width_us) ? ROLLUP_1H : ROLLUP_5M;
	status = each_piece(walk, visit_buckets, &visit);
	rollup_fit(out);
	return status;
}

enum bw_status store_view_buckets(struct store_view *view, const struct view_wanted *wanted,
				  int64_t width_us, struct rollup_buckets *out,
				  struct bw_error *err)
{
	const int64_t series = view_series_id(view, wanted->kind, wanted->name);
	struct walk walk = walk_of(view, wanted, series, err);
	struct rollup_buckets buckets;
	enum bw_status status = BW_OK;

	rollup_init(&buckets, wanted->kind);
	if (width_us <= 0 || width_us % ROLLUP_5M_US != 0)
		return bw_fail(err, BW_EINVAL, "buckets are multiples of 5 minutes");
	if (series != 0)
		status = view_begin_series(view, series, err);
	if (series != 0 && status == BW_OK) {
		status = read_buckets(&walk, wanted, width_us, &buckets);
		view_end(view);
	}
	if (status != BW_OK) {
		rollup_finish(&buckets);
		return status;
	}
	rollup_finish(out);
	*out = buckets;
	return BW_OK;
}

/* --- change points and uptime --- */

static void visit_timeline(void *arg, struct piece *piece)
{
	struct piece_run run = { .to_us = piece->from_us };

	piece_fold(piece);
	while (piece_next(piece, &run))
		piece_timeline(piece, &run, arg);
}

static void visit_uptime(void *arg, struct piece *piece)
{
	struct piece_run run = { .to_us = piece->from_us };
	struct uptime *uptime = arg;

	piece_fold(piece);
	while (piece_next(piece, &run)) {
		struct timeline points = { 0 };

		if (run.source != PIECE_ROWS) {
			uptime_add_buckets(uptime, &piece->stored[run.source], run.from_us,
					   run.to_us);
			continue;
		}
		piece_timeline(piece, &run, &points);
		uptime_add_timeline(uptime, piece->kind, &points, run.to_us);
		timeline_finish(&points);
	}
}

static enum bw_status read_states(struct walk *walk, void (*visit)(void *arg, struct piece *piece),
				  void *arg)
{
	struct view_extent extent;
	enum bw_status status = find_extent(walk->view, walk->wanted.series, &extent, walk->err);

	if (status != BW_OK || !walk_begin(walk, &extent))
		return status;
	walk->wanted.fields = 1; /* the state; gauges are passed over */
	if (walk->to_us - walk->wanted.from_us > FINE_US)
		walk->wanted.level = ROLLUP_1H;
	return each_piece(walk, visit, arg);
}

static enum bw_status ask_states(struct store_view *view, const struct view_wanted *wanted,
				 void (*visit)(void *arg, struct piece *piece), void *arg,
				 struct bw_error *err)
{
	const int64_t series = view_series_id(view, wanted->kind, wanted->name);
	struct walk walk = walk_of(view, wanted, series, err);
	enum bw_status status;

	if (series == 0)
		return BW_OK;
	status = view_begin_series(view, series, err);
	if (status != BW_OK)
		return status;
	status = read_states(&walk, visit, arg);
	view_end(view);
	return status;
}

/* What is before everything kept is none. */
static void begin_at(struct timeline *points, int64_t from_us)
{
	struct timeline_point none = { from_us, SERIES_NONE, false };
	struct timeline whole = { 0 };

	if (points->count > 0 && points->points[0].at_us <= from_us)
		return;
	xalloc_must(timeline_append(&whole, &(struct timeline){ &none, 1, 1 }));
	xalloc_must(timeline_append(&whole, points));
	timeline_finish(points);
	*points = whole;
}

enum bw_status store_view_timeline(struct store_view *view, const struct view_wanted *wanted,
				   struct timeline *out, struct bw_error *err)
{
	struct timeline points = { 0 };
	enum bw_status status = ask_states(view, wanted, visit_timeline, &points, err);

	if (status != BW_OK) {
		timeline_finish(&points);
		return status;
	}
	if (wanted->from_us < wanted->to_us &&
	    view_series_id(view, wanted->kind, wanted->name) != 0)
		begin_at(&points, wanted->from_us);
	timeline_finish(out);
	*out = points;
	return BW_OK;
}

enum bw_status store_view_uptime(struct store_view *view, const struct view_wanted *wanted,
				 struct uptime *out, struct bw_error *err)
{
	struct uptime uptime = { 0 };
	enum bw_status status = ask_states(view, wanted, visit_uptime, &uptime, err);

	if (status != BW_OK)
		return status;
	/* All that nothing was said of. */
	if (wanted->to_us > wanted->from_us)
		uptime.unknown_us = wanted->to_us - wanted->from_us - uptime.up_us -
				    uptime.down_us - uptime.maintenance_us;
	*out = uptime;
	return BW_OK;
}
