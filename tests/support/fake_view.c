/* fake_view.c - a list of series in the order in which they came. */
#include "support/fake_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

enum { SERIES_MAX = 400 };

struct fake_series {
	enum series_kind kind;
	char *name;
	struct series_rows rows;
};

struct store_view {
	struct fake_series series[SERIES_MAX];
	size_t count, read;
	bool fails;
};

struct store_view *fake_view_create(void)
{
	return xcalloc(1, sizeof(struct store_view));
}

void fake_view_destroy(struct store_view *view)
{
	for (size_t nth = 0; nth < view->count; nth++) {
		free(view->series[nth].name);
		series_rows_finish(&view->series[nth].rows);
	}
	free(view);
}

static struct fake_series *find(struct store_view *view, enum series_kind kind, const char *name)
{
	for (size_t nth = 0; nth < view->count; nth++) {
		if (view->series[nth].kind == kind && strcmp(view->series[nth].name, name) == 0)
			return &view->series[nth];
	}
	return NULL;
}

struct series_rows *fake_view_rows(struct store_view *view, enum series_kind kind, const char *name)
{
	struct fake_series *series = find(view, kind, name);

	if (series != NULL)
		return &series->rows;
	xalloc_must(view->count < SERIES_MAX ? BW_OK : BW_ENOMEM);
	series = &view->series[view->count++];
	series->kind = kind;
	series->name = xstrdup(name);
	series_rows_init(&series->rows, series_schema(kind)->field_count);
	return &series->rows;
}

void fake_view_fail(struct store_view *view, bool fails)
{
	view->fails = fails;
}

size_t fake_view_read(const struct store_view *view)
{
	return view->read;
}

/* --- storage/view.h --- */

enum bw_status store_view_series(struct store_view *view,
				 bool (*visit)(void *arg, enum series_kind kind, const char *name),
				 void *arg, struct bw_error *err)
{
	if (view->fails)
		return bw_fail(err, BW_EIO, "the disk is sick");
	for (size_t nth = 0; nth < view->count; nth++) {
		if (!visit(arg, view->series[nth].kind, view->series[nth].name))
			break;
	}
	return BW_OK;
}

enum bw_status store_view_rows(struct store_view *view, const struct view_wanted *wanted,
			       struct series_rows *out, struct bw_error *err)
{
	const struct fake_series *series = find(view, wanted->kind, wanted->name);
	struct series_cell cells[SERIES_FIELDS_MAX];
	int64_t time_us, next_us;

	if (view->fails)
		return bw_fail(err, BW_EIO, "the disk is sick");
	*out = (struct series_rows){ 0 };
	series_rows_init(out, series_schema(wanted->kind)->field_count);
	for (size_t nth = 0; series != NULL && nth < series->rows.count; nth++) {
		series_rows_get(&series->rows, nth, &time_us, cells);
		next_us = nth + 1 < series->rows.count ? series->rows.times_us[nth + 1] : INT64_MAX;
		if (time_us > wanted->to_us ||
		    (time_us < wanted->from_us &&
		     !(wanted->with_before && next_us >= wanted->from_us)))
			continue;
		xalloc_must(series_rows_add(out, time_us, cells));
		view->read++;
	}
	return BW_OK;
}
