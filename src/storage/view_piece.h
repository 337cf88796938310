/* view_piece.h - a stretch of one series as it is kept: rows, and rollups of the days whose rows
 * are gone.
 *
 * Private to src/storage.
 * Owns:    what was read.
 * Errors:  as in view.h.
 */
#ifndef BW_STORAGE_VIEW_PIECE_H
#define BW_STORAGE_VIEW_PIECE_H

#include "storage/view_impl.h"

#define PIECE_DAY_US (24 * ROLLUP_1H_US)

struct piece_wanted {
	enum series_kind kind;
	const char *name;
	int64_t series; /* view_series_id() */
	int64_t from_us, to_us;
	uint32_t fields;         /* besides those of the state; 0: all */
	enum rollup_level level; /* not ROLLUP_RAW */
	bool has_other;          /* the other level steps in for days that this one has not */
	bool has_rows;           /* false: none are of this time, so none are looked for */
};

struct piece {
	enum series_kind kind;
	int64_t from_us, to_us;
	struct series_rows rows;         /* settled, from the latest look before `from` on */
	struct series_rows carry;        /* the last row of the days of rollups; or none */
	struct rollup_buckets stored[2]; /* of the level, and of the other */
	uint8_t *days;                   /* of each UTC day: enum piece_source */
	size_t day_count;
};

enum piece_source { PIECE_FIRST, PIECE_OTHER, PIECE_ROWS };

/* Within view_begin_series(). */
BW_MUST_USE enum bw_status piece_read(struct store_view *view, const struct piece_wanted *wanted,
				      struct piece *out, struct bw_error *err);
void piece_finish(struct piece *piece);

/* Of the first day of rows, the time for which the carry speaks; false: none of it is here. */
bool piece_carried(const struct piece *piece, int64_t *from_us, int64_t *to_us);
/* Rows that came late, of days of rollups, into those. Afterwards the rows of such days are not to
 * be counted again. */
void piece_fold(struct piece *piece);

/* Days in a row that have the same source. */
struct piece_run {
	int64_t from_us, to_us;
	enum piece_source source;
};

/* The run that begins where `run` ends; begin with { 0 } and to_us = from_us of the piece. */
bool piece_next(const struct piece *piece, struct piece_run *run);
/* Change points of a run, behind those of `out`. */
void piece_timeline(const struct piece *piece, const struct piece_run *run, struct timeline *out);

#endif
