/* top_trend.c - sums per cell in one pass over the points; eight heights of block, or of ASCII. */
#include "cli/top_trend.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define TIME_MAX_MS 253402300800000.0 /* the year 10000 */

enum { HEIGHTS = 8 };

enum { MARK_AT, MARK_KIND, MARK_NAME, MARK_FROM, MARK_TO, MARK_TEXT };

static const char *mark_text(const json_t *mark, size_t nth)
{
	const char *text = json_string_value(json_array_get(mark, nth));

	return text ? text : "";
}

static void take_changes(struct top_trend *trend)
{
	const json_t *marks = json_object_get(trend->document, "marks");
	size_t count = json_array_size(marks);

	trend->changes = xcalloc(count + 1, sizeof *trend->changes);
	for (size_t i = 0; i < count; i++) {
		const json_t *mark = json_array_get(marks, count - 1 - i);

		trend->changes[trend->change_count++] =
			(struct cli_entry){ mark_text(mark, MARK_NAME), mark, 0 };
	}
}

enum bw_status top_trend_init(struct top_trend *out, const char *data, size_t len)
{
	struct top_trend trend = { .document = json_loadb(data, len, 0, NULL) };
	const json_t *from = json_object_get(trend.document, "from");
	const json_t *to = json_object_get(trend.document, "to");

	if (!json_is_number(from) || !json_is_number(to) ||
	    json_number_value(to) <= json_number_value(from)) {
		json_decref(trend.document);
		return BW_EPARSE;
	}
	trend.from_ms = json_number_value(from);
	trend.to_ms = json_number_value(to);
	take_changes(&trend);
	*out = trend;
	return BW_OK;
}

void top_trend_finish(struct top_trend *trend)
{
	free(trend->changes);
	json_decref(trend->document);
	*trend = (struct top_trend){ 0 };
}

struct cell {
	double sum;
	size_t count;
};

static void fill(const struct top_trend *trend, const char *name, struct cell *cells, size_t count)
{
	const json_t *steps = json_object_get(trend->document, "step_s");
	const json_t *values = json_object_get(json_object_get(trend->document, "values"), name);
	double at_ms = 0, width_ms = (trend->to_ms - trend->from_ms) / (double)count;
	const json_t *step;
	size_t nth;

	json_array_foreach(steps, nth, step)
	{
		const json_t *value = json_array_get(values, nth);
		double place;

		at_ms += json_number_value(step) * 1000;
		place = at_ms / width_ms;
		if (!json_is_number(value) || !(place >= 0 && place < (double)count + 1))
			continue;
		if (place >= (double)count)
			place = (double)count - 1;
		cells[(size_t)place].sum += json_number_value(value);
		cells[(size_t)place].count++;
	}
}

void top_trend_curve(const struct top_trend *trend, const char *name, double top, size_t cells,
		     bool ascii, struct bw_buf *out)
{
	static const char *const blocks[HEIGHTS] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const letters[HEIGHTS] = { "_", ".", "-", "~", "=", "+", "*", "#" };
	struct cell sums[TOP_CURVE_MAX] = { 0 };
	double highest = top;

	if (cells > TOP_CURVE_MAX)
		cells = TOP_CURVE_MAX;
	fill(trend, name, sums, cells);
	for (size_t i = 0; i < cells; i++)
		if (top <= 0 && sums[i].count > 0 && sums[i].sum / (double)sums[i].count > highest)
			highest = sums[i].sum / (double)sums[i].count;
	for (size_t i = 0; i < cells; i++) {
		double share = sums[i].count > 0 && highest > 0
				       ? sums[i].sum / (double)sums[i].count / highest
				       : 0;
		int height = share >= 1 ? HEIGHTS - 1 : share > 0 ? (int)(share * HEIGHTS) : 0;

		bw_buf_text(out, sums[i].count == 0 ? " "
				 : ascii            ? letters[height]
						    : blocks[height]);
	}
}

/* What an alert or the daemon became is no health. */
static bool has_state(const json_t *mark)
{
	const char *kind = mark_text(mark, MARK_KIND);

	return strcmp(kind, "component") == 0 || strcmp(kind, "overall") == 0 ||
	       strcmp(kind, "breaker") == 0;
}

void top_trend_change(const struct top_trend *trend, struct cli_lines *lines,
		      const struct cli_entry *entry)
{
	const char *from = mark_text(entry->object, MARK_FROM);
	const char *to = mark_text(entry->object, MARK_TO);
	double at_ms =
		trend->from_ms + json_number_value(json_array_get(entry->object, MARK_AT)) * 1000;
	char when[BW_WALL_TEXT_MAX];

	if (!(at_ms >= 0 && at_ms < TIME_MAX_MS))
		at_ms = 0;
	bw_wall_format((struct bw_wall){ (int64_t)at_ms * 1000 }, when);
	cli_line_time(lines, when, false);
	bw_buf_text(lines->buf, "  ");
	cli_line_text(lines, mark_text(entry->object, MARK_KIND));
	bw_buf_text(lines->buf, " ");
	cli_line_text(lines, entry->name);
	bw_buf_text(lines->buf, *entry->name ? ": " : "");
	if (*from && strcmp(from, "none") != 0) {
		cli_line_text(lines, from);
		bw_buf_text(lines->buf, " to ");
	}
	if (has_state(entry->object))
		cli_line_mark(lines, to, 0);
	else
		cli_line_text(lines, to);
	bw_buf_text(lines->buf, "  ");
	cli_line_text(lines, mark_text(entry->object, MARK_TEXT));
}
