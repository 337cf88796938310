/* rows.c - all columns grow together, by doubling; a failed growth leaves longer columns behind the
 * shorter capacity, which the next one uses.
 */
#include <stdlib.h>
#include <string.h>

#include "series/series.h"

enum { ROWS_FIRST = 64 };

void series_rows_init(struct series_rows *rows, size_t field_count)
{
	*rows = (struct series_rows){ .field_count = field_count };
}

void series_rows_finish(struct series_rows *rows)
{
	free(rows->times_us);
	for (size_t field = 0; field < rows->field_count; field++) {
		free(rows->columns[field].types);
		free(rows->columns[field].values);
	}
	series_rows_init(rows, rows->field_count);
}

void series_rows_clear(struct series_rows *rows)
{
	rows->count = 0;
}

static bool grow(void **array, size_t count, size_t size)
{
	void *larger;

	if (count > SIZE_MAX / size)
		return false;
	larger = realloc(*array, count * size);
	if (larger == NULL)
		return false;
	*array = larger;
	return true;
}

static bool grow_column(struct series_column *column, size_t cap)
{
	void *types = column->types, *values = column->values;
	bool is_done = grow(&types, cap, sizeof(*column->types)) &&
		       grow(&values, cap, sizeof(*column->values));

	column->types = types;
	column->values = values;
	return is_done;
}

enum bw_status series_rows_reserve(struct series_rows *rows, size_t more)
{
	size_t cap = rows->cap < ROWS_FIRST ? ROWS_FIRST : rows->cap;
	void *times = rows->times_us;
	bool is_done;

	if (more <= rows->cap - rows->count)
		return BW_OK;
	if (more > SIZE_MAX / 4 - rows->count)
		return BW_ENOMEM;
	while (cap < rows->count + more)
		cap *= 2;
	is_done = grow(&times, cap, sizeof(*rows->times_us));
	rows->times_us = times;
	for (size_t field = 0; field < rows->field_count && is_done; field++)
		is_done = grow_column(&rows->columns[field], cap);
	if (!is_done)
		return BW_ENOMEM;
	rows->cap = cap;
	return BW_OK;
}

enum bw_status series_rows_add(struct series_rows *rows, int64_t time_us,
			       const struct series_cell *cells)
{
	enum bw_status status = series_rows_reserve(rows, 1);

	if (status != BW_OK)
		return status;
	rows->times_us[rows->count] = time_us;
	for (size_t field = 0; field < rows->field_count; field++) {
		rows->columns[field].types[rows->count] = (uint8_t)cells[field].type;
		rows->columns[field].values[rows->count] = cells[field].value;
	}
	rows->count++;
	return BW_OK;
}

enum bw_status series_rows_append(struct series_rows *rows, const struct series_rows *from)
{
	enum bw_status status = series_rows_reserve(rows, from->count);

	if (status != BW_OK || from->count == 0)
		return status;
	memcpy(rows->times_us + rows->count, from->times_us, from->count * sizeof(*from->times_us));
	for (size_t field = 0; field < rows->field_count; field++) {
		struct series_column *to = &rows->columns[field];

		memcpy(to->types + rows->count, from->columns[field].types,
		       from->count * sizeof(*to->types));
		memcpy(to->values + rows->count, from->columns[field].values,
		       from->count * sizeof(*to->values));
	}
	rows->count += from->count;
	return BW_OK;
}

void series_rows_get(const struct series_rows *rows, size_t nth, int64_t *time_us,
		     struct series_cell *cells)
{
	*time_us = rows->times_us[nth];
	for (size_t field = 0; field < rows->field_count; field++) {
		cells[field].type = (enum series_cell_type)rows->columns[field].types[nth];
		cells[field].value = rows->columns[field].values[nth];
	}
}

bool series_cell_real(const struct series_cell *cell, double *out)
{
	if (cell->type == SERIES_ABSENT)
		return false;
	*out = cell->type == SERIES_REAL ? cell->value.real : (double)cell->value.integer;
	return true;
}

/* --- settling --- */

struct place {
	int64_t time_us;
	size_t nth;
};

static int compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;

	if (a->time_us != b->time_us)
		return a->time_us < b->time_us ? -1 : 1;
	return a->nth < b->nth ? -1 : 1;
}

static bool is_ascending(const struct series_rows *rows)
{
	for (size_t nth = 1; nth < rows->count; nth++)
		if (rows->times_us[nth] < rows->times_us[nth - 1])
			return false;
	return true;
}

static void copy_row(struct series_rows *to, size_t at, const struct series_rows *from, size_t nth)
{
	to->times_us[at] = from->times_us[nth];
	for (size_t field = 0; field < to->field_count; field++) {
		to->columns[field].types[at] = from->columns[field].types[nth];
		to->columns[field].values[at] = from->columns[field].values[nth];
	}
}

static enum bw_status sort(struct series_rows *rows)
{
	struct place *places;
	struct series_rows sorted;

	series_rows_init(&sorted, rows->field_count);
	if (series_rows_reserve(&sorted, rows->count) != BW_OK) {
		series_rows_finish(&sorted);
		return BW_ENOMEM;
	}
	places = malloc(rows->count * sizeof(*places));
	if (places == NULL) {
		series_rows_finish(&sorted);
		return BW_ENOMEM;
	}
	for (size_t nth = 0; nth < rows->count; nth++)
		places[nth] = (struct place){ rows->times_us[nth], nth };
	qsort(places, rows->count, sizeof(*places), compare_places);
	for (size_t nth = 0; nth < rows->count; nth++)
		copy_row(&sorted, nth, rows, places[nth].nth);
	sorted.count = rows->count;
	free(places);
	const struct series_rows unsorted = *rows;

	*rows = sorted;
	sorted = unsorted;
	series_rows_finish(&sorted);
	return BW_OK;
}

enum bw_status series_rows_settle(struct series_rows *rows, int64_t from_us, int64_t to_us)
{
	size_t kept = 0;

	if (!is_ascending(rows) && sort(rows) != BW_OK)
		return BW_ENOMEM;
	for (size_t nth = 0; nth < rows->count; nth++) {
		int64_t time_us = rows->times_us[nth];
		bool is_last = nth + 1 == rows->count || rows->times_us[nth + 1] != time_us;

		if (!is_last || time_us < from_us || time_us > to_us)
			continue;
		if (kept != nth)
			copy_row(rows, kept, rows, nth);
		kept++;
	}
	rows->count = kept;
	return BW_OK;
}
