/* span.h - what rows say of all the time between them: one state after the other, without a gap.
 *
 * Private to src/series.
 * Owns:    nothing; the rows are borrowed.
 * Threads: one at a time.
 */
#ifndef BW_SERIES_SPAN_H
#define BW_SERIES_SPAN_H

#include "series/series.h"

struct span {
	int64_t from_us, to_us; /* from < to */
	uint8_t state;
	bool maintenance;
};

struct span_walk {
	const struct series_rows *rows;
	const struct series_schema *schema;
	int flag_field; /* -1: the kind has no maintenance */
	size_t next;    /* row */
	int64_t at_us, to_us, hold_until_us;
	uint8_t state;
	bool maintenance;
};

/* Of settled rows; those before `from_us` say what holds there. */
void span_walk_init(struct span_walk *walk, enum series_kind kind, const struct series_rows *rows,
		    int64_t from_us, int64_t to_us);
/* False at the end. Neighbours may have the same state. */
bool span_walk_next(struct span_walk *walk, struct span *out);

#endif
