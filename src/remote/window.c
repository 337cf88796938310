/* window.c - first the list of all series, then the rows of each, with the one before the stretch:
 * what held there may end in it.
 */
#include "remote/window.h"

#include <stdlib.h>

#include "base/xalloc.h"

void window_finish(struct window *window)
{
	for (size_t nth = 0; nth < window->count; nth++)
		free(window->names[nth]);
	free((void *)window->names);
	free(window->kinds);
	remote_samples_finish(&window->samples);
	*window = (struct window){ 0 };
}

static bool take_series(void *arg, enum series_kind kind, const char *name)
{
	struct window *window = arg;

	if (window->count == window->cap) {
		window->cap = window->cap > 0 ? 2 * window->cap : 64;
		window->names =
			xrealloc((void *)window->names, window->cap * sizeof(*window->names));
		window->kinds = xrealloc(window->kinds, window->cap * sizeof(*window->kinds));
	}
	window->names[window->count] = xstrdup(name);
	window->kinds[window->count++] = kind;
	return true;
}

static bool is_too_much(const struct window *window)
{
	return window->samples.count > WINDOW_SAMPLES_MAX &&
	       window->span.to_ms - window->span.from_ms > 1;
}

static enum bw_status read_subject(struct window *window, struct store_view *view,
				   struct bw_error *err)
{
	uint32_t nth = (uint32_t)window->next;
	const struct view_wanted wanted = {
		.kind = window->kinds[nth],
		.name = window->names[nth],
		.from_us = (window->span.from_ms + 1) * 1000,
		.to_us = window->span.to_ms * 1000 + 999,
		.with_before = true,
	};
	struct series_rows rows;
	enum bw_status status = store_view_rows(view, &wanted, &rows, err);

	if (status != BW_OK)
		return status;
	remote_samples_add(&window->samples, wanted.kind, nth, &rows, &window->span);
	series_rows_finish(&rows);
	return BW_OK;
}

enum bw_status window_read(struct window *window, struct store_view *view, struct bw_error *err)
{
	enum bw_status status = BW_OK;

	if (!window->listed) {
		status = store_view_series(view, take_series, window, err);
		window->listed = status == BW_OK;
	}
	for (size_t nth = 0; nth < WINDOW_SLICE && status == BW_OK && !window->overfull &&
			     window->next < window->count;
	     nth++) {
		status = read_subject(window, view, err);
		window->overfull = status == BW_ELIMIT || is_too_much(window);
		window->next += status == BW_OK;
	}
	if (window->overfull)
		return BW_OK;
	window->complete = status == BW_OK && window->next == window->count;
	if (window->complete)
		remote_samples_sort(&window->samples);
	return status;
}
