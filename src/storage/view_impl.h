/* view_impl.h - the inside of a view, for what reads through one: view.c and view_history.c.
 *
 * Errors:  as in view.h. Damaged chunks are counted by view_note_damage(), told once, and left out.
 */
#ifndef BW_STORAGE_VIEW_IMPL_H
#define BW_STORAGE_VIEW_IMPL_H

#include "storage/sql.h"
#include "storage/view.h"

/* From here to view_end() all reading is of one moment: what expiry does meanwhile is not half
 * seen. Nested pairs count as the outermost. */
BW_MUST_USE enum bw_status view_begin(struct store_view *view, struct bw_error *err);
void view_end(struct store_view *view);
/* view_begin() for several looks at one series: its head is that of before the moment, so that no
 * row is missed that became a chunk since. The outermost of its kind, and one series. */
BW_MUST_USE enum bw_status view_begin_series(struct store_view *view, int64_t series,
					     struct bw_error *err);

/* The number of a series; 0: nobody knows it. */
int64_t view_series_id(struct store_view *view, enum series_kind kind, const char *name);

struct view_chunks_wanted {
	enum rollup_level level;
	int64_t series; /* view_series_id() */
	int64_t from_us, to_us;
};

/* Stored chunks of the level that meet [from, to], by their beginnings; the bytes are borrowed for
 * the call. What `visit` returns, unless BW_OK or BW_ECORRUPT, ends it and is returned; BW_ECORRUPT
 * leaves the chunk out and counts it. Heads are not here: store_view_rows() has them. */
BW_MUST_USE enum bw_status view_each_chunk(struct store_view *view,
					   const struct view_chunks_wanted *wanted,
					   enum bw_status (*visit)(void *arg, const void *data,
								   size_t len),
					   void *arg, struct bw_error *err);
/* Where the stored chunks of a level begin; INT64_MAX: there are none. */
BW_MUST_USE enum bw_status view_first(struct store_view *view, enum rollup_level level,
				      int64_t series, int64_t *from_us, struct bw_error *err);
/* Where rows that are only in memory yet begin; INT64_MAX: there are none. */
int64_t view_first_of_head(struct store_view *view, int64_t series);

#endif
