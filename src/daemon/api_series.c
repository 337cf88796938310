/* api_series.c - decides what stands for a range: rows, some of them, or buckets.
 *
 * Buckets begin at multiples of their width, so that the first of them may begin before the time
 * asked for: cut there, it would be drawn too wide.
 *
 * A mark (a row without `hold`) is no look: it is in the timeline, not among the points.
 */
#include "daemon/api_series.h"

#include <math.h>
#include <stdlib.h>

#include "base/xalloc.h"

void api_series_finish(struct api_series *series)
{
	series_rows_finish(&series->rows);
	rollup_finish(&series->buckets);
	timeline_finish(&series->timeline);
	free(series->kept);
	*series = (struct api_series){ 0 };
}

int64_t api_series_end_us(const struct api_series *series)
{
	return series->to.us < series->now.us ? series->to.us : series->now.us;
}

int api_series_main_field(enum series_kind kind)
{
	static const int fields[SERIES_KINDS] = {
		[SERIES_SYSTEM] = SERIES_SYSTEM_HEALTH_SCORE,
		[SERIES_COMPONENT] = SERIES_COMPONENT_RESPONSE,
		[SERIES_BREAKER] = SERIES_BREAKER_FAILURE_RATE,
		[SERIES_HOST] = SERIES_HOST_CPU_USAGE,
	};

	return fields[kind];
}

static double value_of(const struct series_rows *rows, int field, size_t nth)
{
	const struct series_column *column = &rows->columns[field];
	const struct series_cell cell = { (enum series_cell_type)column->types[nth],
					  column->values[nth] };
	double value;

	return series_cell_real(&cell, &value) ? value : NAN;
}

/* The second field of every kind is `hold`. */
static bool is_look(const struct series_rows *rows, size_t nth)
{
	return rows->columns[SERIES_COMPONENT_HOLD].types[nth] != SERIES_ABSENT;
}

static size_t find_rows(const struct api_series *series, bool with_marks, size_t *found)
{
	const struct series_rows *rows = &series->rows;
	size_t count = 0;

	for (size_t i = 0; i < rows->count; i++) {
		if (rows->times_us[i] >= series->from.us && rows->times_us[i] <= series->to.us &&
		    (with_marks || is_look(rows, i)))
			found[count++] = i;
	}
	return count;
}

static void thin(const struct api_series_wanted *wanted, size_t *looks, struct api_series *series)
{
	const size_t len = series->found, points = (size_t)wanted->range.points;
	const int field = api_series_main_field(series->kind);
	double *times = xcalloc(len + 1, sizeof(*times)),
	       *values = xcalloc(len + 1, sizeof(*values));
	size_t *kept = xcalloc(2 * points + 1, sizeof(*kept));

	for (size_t i = 0; i < len; i++) {
		times[i] = (double)series->rows.times_us[looks[i]];
		values[i] = value_of(&series->rows, field, looks[i]);
	}
	series->count = bw_downsample(wanted->range.method, times, values, len, points, kept);
	for (size_t i = 0; i < series->count; i++)
		kept[i] = looks[kept[i]];
	free(times);
	free(values);
	free(looks);
	series->kept = kept;
}

static void take_rows(const struct api_series_wanted *wanted, size_t *looks,
		      struct api_series *series)
{
	if (wanted->form != API_SERIES_ALL && series->found > (size_t)wanted->range.points) {
		thin(wanted, looks, series);
		return;
	}
	series->kept = looks;
	series->count = series->found;
}

/* A time that has not come is not told of. */
static int64_t end_us(const struct api_range *range)
{
	return range->to.us < range->now.us ? range->to.us : range->now.us;
}

static int64_t aligned_us(int64_t time_us, int64_t width_us)
{
	return time_us / width_us * width_us;
}

void api_series_of_buckets(const struct api_series_wanted *wanted, struct rollup_buckets *buckets,
			   int64_t width_us, struct api_series *out)
{
	out->resolution_us = width_us;
	out->buckets = *buckets;
	rollup_init(buckets, wanted->kind);
	out->found = 0;
	out->kept = xcalloc(out->buckets.count + 1, sizeof(*out->kept));
	for (size_t i = 0; i < out->buckets.count; i++) {
		if (out->buckets.items[i].looks == 0)
			continue;
		out->found += out->buckets.items[i].looks;
		out->kept[out->count++] = i;
	}
}

static enum bw_status gather_rows(const struct api_series_wanted *wanted, struct api_series *out)
{
	const struct api_range *range = &wanted->range;
	const int64_t width_us = api_range_width_us(range, BW_SECOND_US);
	struct rollup_buckets buckets;

	rollup_init(&buckets, wanted->kind);
	enum bw_status status =
		rollup_rows(wanted->kind, &out->rows, aligned_us(range->from.us, width_us),
			    end_us(range) + 1, width_us, &buckets);

	if (status == BW_OK)
		api_series_of_buckets(wanted, &buckets, width_us, out);
	rollup_finish(&buckets);
	return status;
}

enum bw_status api_series_of_rows(const struct api_series_wanted *wanted, struct series_rows *rows,
				  struct api_series *out, struct bw_error *err)
{
	const bool gathers =
		wanted->form == API_SERIES_BUCKETS && wanted->range.method == BW_DOWNSAMPLE_MINMAX;
	size_t *looks = xcalloc(rows->count + 1, sizeof(*looks));

	out->kind = wanted->kind;
	out->from = wanted->range.from;
	out->to = wanted->range.to;
	out->now = wanted->range.now;
	out->rows = *rows;
	*rows = (struct series_rows){ 0 };
	out->found = find_rows(out, wanted->form == API_SERIES_ALL, looks);
	if (!gathers || out->found <= (size_t)wanted->range.points) {
		take_rows(wanted, looks, out);
		return BW_OK;
	}
	free(looks);
	enum bw_status status = gather_rows(wanted, out);
	return status == BW_OK ? BW_OK : bw_fail(err, status, "%s", bw_status_text(status));
}

/* --- what is kept --- */

static struct view_wanted view_wanted_of(const struct api_series_wanted *wanted)
{
	/* State, hold and, of a component, maintenance: what a timeline is made of. */
	const uint32_t states = wanted->kind == SERIES_COMPONENT ? 7 : 3;

	return (struct view_wanted){
		.kind = wanted->kind,
		.name = wanted->name,
		.from_us = wanted->range.from.us,
		.to_us = end_us(&wanted->range),
		.fields = wanted->fields == 0 ? 0 : wanted->fields | states,
		.with_before = true,
	};
}

static enum bw_status read_buckets(struct store_view *view, const struct api_series_wanted *wanted,
				   struct api_series *out, struct bw_error *err)
{
	const int64_t width_us = api_range_width_us(&wanted->range, ROLLUP_5M_US);
	struct view_wanted kept = view_wanted_of(wanted);
	struct rollup_buckets buckets;
	enum bw_status status = store_view_timeline(view, &kept, &out->timeline, err);

	if (status != BW_OK)
		return status;
	kept.from_us = aligned_us(kept.from_us, width_us);
	rollup_init(&buckets, wanted->kind);
	status = store_view_buckets(view, &kept, width_us, &buckets, err);
	/* Where only hourly rollups are left, they are wider than was asked for. */
	if (status == BW_OK)
		api_series_of_buckets(wanted, &buckets,
				      buckets.count > 0 ? buckets.items[0].width_us : width_us,
				      out);
	rollup_finish(&buckets);
	return status;
}

static enum bw_status refuse_rows(size_t count, struct bw_error *err)
{
	return bw_fail(err, BW_ELIMIT,
		       "%zu rows lie in this time; one answer has %d at most: ask for less, or "
		       "for format=columns",
		       count, API_SERIES_ROWS_MAX);
}

/* Takes `rows` over. */
static enum bw_status settle_rows(const struct api_series_wanted *wanted, struct series_rows *rows,
				  struct api_series *out, struct bw_error *err)
{
	enum bw_status status = timeline_of_rows(wanted->kind, rows, wanted->range.from.us,
						 end_us(&wanted->range), &out->timeline);

	if (status == BW_OK)
		return api_series_of_rows(wanted, rows, out, err);
	series_rows_finish(rows);
	return bw_fail(err, status, "%s", bw_status_text(status));
}

static enum bw_status read_rows(struct store_view *view, const struct api_series_wanted *wanted,
				struct api_series *out, struct bw_error *err)
{
	const struct view_wanted kept = view_wanted_of(wanted);
	struct series_rows rows;
	enum bw_status status = store_view_rows(view, &kept, &rows, err);
	size_t count;

	if (status == BW_OK && rows.count <= API_SERIES_ROWS_MAX)
		return settle_rows(wanted, &rows, out, err);
	if (status != BW_OK && status != BW_ELIMIT)
		return status;
	count = status == BW_OK ? rows.count : VIEW_ROWS_MAX;
	if (status == BW_OK)
		series_rows_finish(&rows);
	if (wanted->form == API_SERIES_ALL)
		return refuse_rows(count, err);
	return read_buckets(view, wanted, out, err);
}

enum bw_status api_series_read(struct store_view *view, const struct api_series_wanted *wanted,
			       struct api_series *out, struct bw_error *err)
{
	struct view_extent extent;
	enum bw_status status = store_view_extent(view, wanted->kind, wanted->name, &extent, err);
	int64_t rolled_us;

	if (status != BW_OK)
		return status;
	rolled_us = extent.rollup_5m_from_us < extent.rollup_1h_from_us ? extent.rollup_5m_from_us
									: extent.rollup_1h_from_us;
	out->kind = wanted->kind;
	out->from = wanted->range.from;
	out->to = wanted->range.to;
	out->now = wanted->range.now;
	out->is_known = extent.raw_from_us != INT64_MAX || rolled_us != INT64_MAX;
	if (!out->is_known || end_us(&wanted->range) < wanted->range.from.us)
		return BW_OK;
	if (wanted->range.from.us < extent.raw_from_us && rolled_us < extent.raw_from_us)
		return read_buckets(view, wanted, out, err);
	return read_rows(view, wanted, out, err);
}
