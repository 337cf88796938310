/* window.h - the samples of a stretch of the history, read in slices.
 *
 * Owns:    its names and samples. While a slice is being read, nobody else touches it.
 * Limits:  WINDOW_SLICE series are read at a time, so that other questions are not kept waiting;
 *          more than WINDOW_SAMPLES_MAX samples end the reading (`overfull`) unless the stretch is
 *          a single millisecond and cannot be made shorter.
 * Threads: one at a time: the store's reading thread within window_read(), else the owner.
 */
#ifndef BW_REMOTE_WINDOW_H
#define BW_REMOTE_WINDOW_H

#include <stdbool.h>

#include "remote/sample.h"
#include "storage/view.h"

enum { WINDOW_SLICE = 64, WINDOW_SAMPLES_MAX = 200000 };

struct window { /* init with { .span = ... } */
	struct remote_span span;
	char **names; /* of the subjects; "" for those that have none */
	enum series_kind *kinds;
	size_t count, cap;
	size_t next; /* the subject to be read next */
	bool listed, complete, overfull;
	struct remote_samples samples; /* sorted when complete */
};

void window_finish(struct window *window);
/* One slice; `complete` says whether it was the last. */
BW_MUST_USE enum bw_status window_read(struct window *window, struct store_view *view,
				       struct bw_error *err);

#endif
