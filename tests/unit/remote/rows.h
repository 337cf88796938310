/* rows.h - short ways to make rows. Every call must succeed. */
#ifndef BW_TESTS_REMOTE_ROWS_H
#define BW_TESTS_REMOTE_ROWS_H

#include <bellwether/breaker.h>

#include "base/xalloc.h"
#include "core/health.h"
#include "series/series.h"

static inline struct series_cell rows_integer(int64_t value)
{
	return (struct series_cell){ SERIES_INTEGER, { .integer = value } };
}

static inline struct series_cell rows_real(double value)
{
	return (struct series_cell){ SERIES_REAL, { .real = value } };
}

static inline void rows_begin(struct series_rows *rows, enum series_kind kind)
{
	*rows = (struct series_rows){ 0 };
	series_rows_init(rows, series_schema(kind)->field_count);
}

static inline void rows_add(struct series_rows *rows, int64_t at_ms,
			    const struct series_cell *cells)
{
	xalloc_must(series_rows_add(rows, at_ms * 1000, cells));
}

/* A look outside maintenance; a response below 0: none. */
static inline void rows_component(struct series_rows *rows, int64_t at_ms, int health,
				  int64_t hold_s, int64_t response_us)
{
	struct series_cell cells[SERIES_FIELDS_MAX] = {
		[SERIES_COMPONENT_STATUS] = rows_integer(health),
		[SERIES_COMPONENT_HOLD] = rows_integer(hold_s),
		[SERIES_COMPONENT_MAINTENANCE] = rows_integer(0),
	};

	if (response_us >= 0)
		cells[SERIES_COMPONENT_RESPONSE] = rows_integer(response_us);
	rows_add(rows, at_ms, cells);
}

/* A mark of any kind of series. */
static inline void rows_mark(struct series_rows *rows, int64_t at_ms, int state)
{
	const struct series_cell cells[SERIES_FIELDS_MAX] = { [0] = rows_integer(state) };

	rows_add(rows, at_ms, cells);
}

static inline void rows_maintenance_mark(struct series_rows *rows, int64_t at_ms, int health)
{
	const struct series_cell cells[SERIES_FIELDS_MAX] = {
		[SERIES_COMPONENT_STATUS] = rows_integer(health),
		[SERIES_COMPONENT_MAINTENANCE] = rows_integer(1),
	};

	rows_add(rows, at_ms, cells);
}

#endif
