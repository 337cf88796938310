/* top_view.h - what `top` shows and what its keys change; no terminal, no clock, no daemon.
 *
 * Owns:    nothing; what is shown is borrowed.
 * Limits:  at most `rows` lines a picture; 10,000 components cost one pass over their names.
 * Threads: one at a time.
 */
#ifndef BW_CLI_TOP_VIEW_H
#define BW_CLI_TOP_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/buf.h"
#include "cli/overview.h"
#include "cli/top_trend.h"

enum { TOP_FILTER_MAX = 64, TOP_NAME_MAX = 256, TOP_ROWS_MIN = 12, TOP_COLUMNS_MIN = 60 };

enum top_state { TOP_WAITING, TOP_LIVE, TOP_LATE, TOP_LOST };
enum top_panel { TOP_COMPONENTS, TOP_BREAKERS, TOP_ALERTS, TOP_CHANGES, TOP_PANELS };

struct top_view {
	/* what is known */
	const struct cli_overview *overview; /* NULL: no answer yet */
	const struct top_trend *trend;       /* or NULL */
	const json_t *checks;                /* the opened component's recent results, or NULL */
	enum top_state state;
	bool paused;
	int64_t silent_us;             /* since the last answer */
	int64_t retry_us;              /* until the next question; 0: under way */
	const char *failure, *message; /* "" for none */
	struct bw_wall now;
	bool ascii;

	/* what the reader chose */
	bool local, open, help, typing;
	enum top_panel panel;
	size_t zoom;  /* of the curves and changes: 0 is all 24 hours */
	size_t facet; /* 0: all, else one status */
	char filter[TOP_FILTER_MAX];
	char held[TOP_NAME_MAX]; /* the chosen row's name; "": whatever comes first */
	size_t chosen, first;    /* of the rows that the filter lets through */
	size_t matching, page;   /* `page` is known after a picture */
};

/* Appends the picture as lines (overview.h). `marked` is the line of the chosen row or SIZE_MAX. */
void top_view_draw(struct top_view *view, size_t rows, size_t columns, struct bw_buf *out,
		   size_t *marked);
/* One pass: counts what the filter lets through and finds the held row again. */
void top_view_settle(struct top_view *view);
/* The chosen row of the panel, or NULL. */
const struct cli_entry *top_view_chosen(const struct top_view *view);

/* What a key asks of others. */
enum top_action {
	TOP_NOTHING,
	TOP_QUIT,
	TOP_PAUSE,
	TOP_OPENED,
	TOP_CHECK,
	TOP_RESET,
	TOP_TRY,
	TOP_ZOOM,
};

/* The hours of the curves, 24 until a key changes them. */
size_t top_view_hours(const struct top_view *view);
/* `key` is a character or one of enum screen_key (screen.h). */
enum top_action top_view_press(struct top_view *view, int key);

#endif
