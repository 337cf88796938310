/* view.h - reading the history: rows, rollups, timelines, changes, of any time that is kept.
 *
 * A view is what a question works with. A running daemon asks with store_ask() (store.h): the work
 * runs on the store's reading thread and never waits for a write, a disk that hangs, or tidying. A
 * program without a daemon, or beside one, opens the file or the database by itself, to read only.
 *
 * Sees:    all that was committed, sealed or not, in the order of time. What is damaged is left out
 *          and counted in `damaged`; the rest of the answer is right.
 * Errors:  BW_EIO, BW_ELIMIT (more than COLUMN rows or bytes allow; ask for less), with a text.
 * Threads: one at a time; only within the work of store_ask(), or the opener's.
 */
#ifndef BW_STORAGE_VIEW_H
#define BW_STORAGE_VIEW_H

#include "core/journal.h"
#include "series/rollup.h"
#include "series/series.h"
#include "series/timeline.h"

enum { VIEW_ROWS_MAX = 2000000, VIEW_BUCKETS_MAX = 200000, VIEW_CHANGES_MAX = 100000 };

struct store_view;

/* `where` is storage.path or storage.url. `instance` matters for a url: whose history it is. */
BW_MUST_USE enum bw_status store_view_open(const char *where, const char *instance,
					   struct store_view **out, struct bw_error *err);
void store_view_close(struct store_view *view);

/* Every series there is rows or rollups of, by kind and name; false from `visit` ends it. Names are
 * borrowed for the call. */
BW_MUST_USE enum bw_status store_view_series(struct store_view *view,
					     bool (*visit)(void *arg, enum series_kind kind,
							   const char *name),
					     void *arg, struct bw_error *err);

struct view_wanted {
	enum series_kind kind;
	const char *name; /* a name nobody knows has an empty answer */
	int64_t from_us, to_us;
	uint32_t fields;  /* a bit each; 0: all */
	bool with_before; /* the latest row before `from`, too: what holds there */
};

/* Raw rows of [from, to], settled, behind nothing: `out` is inited by this. `out` is the caller's
 * to finish on success. */
BW_MUST_USE enum bw_status store_view_rows(struct store_view *view,
					   const struct view_wanted *wanted,
					   struct series_rows *out, struct bw_error *err);
/* Buckets that meet [from, to), of the width, a multiple of 5 minutes, and starting at multiples of
 * it: of stored rollups where raw rows are gone, of rows elsewhere; those of a time of which
 * nothing is kept may be missing. Whole hours are read from hourly rollups. Where only those are
 * left and less is asked for, the width is the next whole hours: each bucket has its own. Replaces
 * what is in `out` (rollup_init()). BW_EINVAL for other widths, BW_ELIMIT beyond VIEW_BUCKETS_MAX.
 */
BW_MUST_USE enum bw_status store_view_buckets(struct store_view *view,
					      const struct view_wanted *wanted, int64_t width_us,
					      struct rollup_buckets *out, struct bw_error *err);
/* Change points of [from, to]: exact where rows are kept, else of rollups, those of 5 minutes for
 * up to 32 days and of an hour for more. None for a name nobody knows. Replaces what is in
 * `out`. */
BW_MUST_USE enum bw_status store_view_timeline(struct store_view *view,
					       const struct view_wanted *wanted,
					       struct timeline *out, struct bw_error *err);
/* Of [from, to); what was before everything kept is unknown. */
BW_MUST_USE enum bw_status store_view_uptime(struct store_view *view,
					     const struct view_wanted *wanted, struct uptime *out,
					     struct bw_error *err);
/* Of a SERIES_TEXT value; "" for 0; borrowed until the view is used again. */
const char *store_view_text(struct store_view *view, int64_t number);

struct view_changes_wanted {
	int64_t from_us, to_us;
	bool has_kind;
	enum bw_change_kind kind;
	const char *name; /* NULL: any */
	size_t limit;     /* newest first; 1..VIEW_CHANGES_MAX */
};

BW_MUST_USE enum bw_status store_view_changes(
	struct store_view *view, const struct view_changes_wanted *wanted,
	void (*visit)(void *arg, const struct bw_change *change), void *arg, struct bw_error *err);

/* Where each kind of data of a series begins, for "older than that is not kept". INT64_MAX: there
 * is none. */
struct view_extent {
	int64_t raw_from_us, rollup_5m_from_us, rollup_1h_from_us;
};

BW_MUST_USE enum bw_status store_view_extent(struct store_view *view, enum series_kind kind,
					     const char *name, struct view_extent *out,
					     struct bw_error *err);
/* Chunks, log entries and texts that could not be read since the view exists. */
uint64_t store_view_damaged(const struct store_view *view);

#endif
