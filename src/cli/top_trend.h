/* top_trend.h - the last hours of `top`: curves in one line each, and the newest changes.
 *
 * Owns:    top_trend holds the daemon's answer (docs/internals/live.md, history in columns).
 * Units:   a cell of a curve is the mean of its share of the time asked for; without a point it is
 *          blank, never the value before.
 * Limits:  a curve has at most TOP_CURVE_MAX cells; changes are the daemon's 200.
 * Threads: one at a time; no clock is read.
 */
#ifndef BW_CLI_TOP_TREND_H
#define BW_CLI_TOP_TREND_H

#include <jansson.h>

#include "base/buf.h"
#include "base/status.h"
#include "cli/overview.h"

enum { TOP_CURVE_MAX = 160 };

struct top_trend {
	json_t *document;
	struct cli_entry *changes; /* newest first; `object` is the mark */
	size_t change_count;
	double from_ms, to_ms;
};

/* BW_EPARSE, and `out` untouched, when the bytes are no such answer. */
BW_MUST_USE enum bw_status top_trend_init(struct top_trend *out, const char *data, size_t len);
void top_trend_finish(struct top_trend *trend);

/* Appends `cells` cells of health_score, cpu_usage, response_time, ...; `top` is a full cell, 0:
 * the highest one that is shown. */
void top_trend_curve(const struct top_trend *trend, const char *name, double top, size_t cells,
		     bool ascii, struct bw_buf *out);
/* A line of a change: when, what, from what to what, why. */
void top_trend_change(const struct top_trend *trend, struct cli_lines *lines,
		      const struct cli_entry *entry);

#endif
