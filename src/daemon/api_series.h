/* api_series.h - the rows or the buckets of one series that an answer is made of.
 *
 * Raw rows while they are kept and there are not too many, thinned where fewer are wanted; else
 * buckets, which have the lowest and the highest of all they stand for. What is not kept is not
 * there: no row and no bucket.
 *
 * Owns:    what it holds; api_series_finish().
 * Errors:  of the view, with its text; BW_ELIMIT: more rows than one answer may have.
 * Threads: any, one at a time.
 */
#ifndef BW_DAEMON_API_SERIES_H
#define BW_DAEMON_API_SERIES_H

#include "daemon/api_range.h"
#include "series/rollup.h"
#include "series/series.h"
#include "series/timeline.h"
#include "storage/view.h"

enum { API_SERIES_ROWS_MAX = 200000 };

/* What is to become of more rows than are wanted. */
enum api_series_form {
	API_SERIES_THIN,    /* some of them, chosen by the main field (`method`) */
	API_SERIES_BUCKETS, /* buckets, so that no lane loses a spike */
	API_SERIES_ALL,     /* all of them and the marks, or BW_ELIMIT */
};

struct api_series_wanted {
	enum series_kind kind;
	const char *name;
	struct api_range range;
	uint32_t fields; /* a bit each; 0: all */
	enum api_series_form form;
};

struct api_series { /* init with { 0 } */
	enum series_kind kind;
	struct bw_wall from, to, now;
	int64_t resolution_us;   /* of the buckets; 0: rows */
	bool is_known;           /* there is something of it, of whatever time */
	size_t found;            /* looks within the time */
	struct series_rows rows; /* with the one before `from` where there is one */
	size_t *kept;            /* positions in `rows`, or of buckets somebody looked in */
	size_t count;            /* of `kept` */
	struct rollup_buckets buckets;
	struct timeline timeline; /* up to now at most */
};

void api_series_finish(struct api_series *series);
/* Where the timeline ends: a time that has not come is not told of. */
int64_t api_series_end_us(const struct api_series *series);
/* Field by which rows are thinned. */
int api_series_main_field(enum series_kind kind);
/* Fills `out` from settled rows, which it takes over, with or without one before the time. */
enum bw_status api_series_of_rows(const struct api_series_wanted *wanted, struct series_rows *rows,
				  struct api_series *out, struct bw_error *err);
/* The same with buckets, which it takes over. */
void api_series_of_buckets(const struct api_series_wanted *wanted, struct rollup_buckets *buckets,
			   int64_t width_us, struct api_series *out);
/* The same from what is kept. */
enum bw_status api_series_read(struct store_view *view, const struct api_series_wanted *wanted,
			       struct api_series *out, struct bw_error *err);

#endif
