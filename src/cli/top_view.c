/* top_view.c - the first line is about the daemon, the last about keys; between them the overview
 * and one panel, or one row in full.
 *
 * The chosen row is held by name, so that it stays chosen when the order changes; the first row is
 * not, so that who has chosen nothing sees the worst.
 */
#include "cli/top_view.h"

#include <string.h>
#include <strings.h>

#include "base/display.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/top_rows.h"

/* Below so many rows only the verdict stays above the panel. */
enum { ROWS_OF_HEAD = 20, VERDICT_LINES = 3, ROWS_PER_BRIEF = 12 };

struct picture {
	struct cli_lines lines;
	size_t row, rows;
};

static void end_line(struct picture *picture, size_t from)
{
	cli_line_end(&picture->lines, from);
	picture->row++;
}

static void put_line(struct picture *picture, const char *text)
{
	size_t from = picture->lines.buf->len;

	bw_buf_text(picture->lines.buf, text);
	end_line(picture, from);
}

/* The first line */

static void draw_silence(struct picture *picture, const struct top_view *view)
{
	struct bw_buf *buf = picture->lines.buf;

	bw_buf_text(buf, view->state == TOP_LOST ? "? Lost, last answer " : "! Late, last answer ");
	cli_line_age(buf, (double)view->silent_us / BW_SECOND_US);
	bw_buf_text(buf, " ago");
	if (view->retry_us > 0) {
		bw_buf_text(buf, ", next try in ");
		cli_line_age(buf, (double)view->retry_us / BW_SECOND_US + 0.5);
	}
}

static void draw_state(struct picture *picture, const struct top_view *view)
{
	struct bw_buf *buf = picture->lines.buf;
	size_t from = buf->len;

	bw_buf_format(buf, "%cBellwether%c  ", CLI_STYLE_STRONG, CLI_STYLE_PLAIN);
	if (view->state == TOP_WAITING) {
		bw_buf_text(buf, "? Waiting for first data");
	} else if (view->paused) {
		bw_buf_text(buf, "= Paused, as of ");
		cli_line_age(buf, (double)view->silent_us / BW_SECOND_US);
		bw_buf_text(buf, " ago");
	} else if (view->state == TOP_LIVE) {
		bw_buf_text(buf, "* Live");
	} else {
		draw_silence(picture, view);
	}
	if (*view->failure && !view->paused && view->state != TOP_WAITING) {
		bw_buf_text(buf, ": ");
		cli_line_text(&picture->lines, view->failure);
	} else if (view->overview && view->state == TOP_LIVE) {
		char when[BW_WALL_TEXT_MAX];

		bw_wall_format(view->now, when);
		cli_line_pad(&picture->lines, from, picture->lines.columns - 14);
		cli_line_time(&picture->lines, when, false);
	}
	end_line(picture, from);
}

/* The overview */

static void draw_head(struct picture *picture, const struct top_view *view)
{
	static const struct {
		const char *name;
		double top;
	} curves[CLI_TRENDS] = { { "health_score", 100 },
				 { "cpu_usage", 100 },
				 { "response_time", 0 } };
	size_t room = picture->lines.columns - CLI_TREND_COLUMN - 1;
	struct bw_buf texts[CLI_TRENDS];

	if (picture->rows < ROWS_OF_HEAD) {
		cli_overview_verdict(&picture->lines, view->overview);
		picture->row += VERDICT_LINES;
		return;
	}
	for (size_t i = 0; i < CLI_TRENDS; i++) {
		bw_buf_init(&texts[i], 0);
		if (view->trend) {
			top_trend_curve(view->trend, curves[i].name, curves[i].top, room,
					view->ascii, &texts[i]);
			bw_buf_byte(&texts[i], '\0');
			picture->lines.trends[i] = texts[i].data;
		}
	}
	cli_overview_head(&picture->lines, view->overview);
	picture->row += CLI_HEAD_LINES;
	for (size_t i = 0; i < CLI_TRENDS; i++)
		bw_buf_finish(&texts[i]);
}

/* The worst of the other panels, so that what burns is seen from each. */
static void draw_brief(struct picture *picture, const struct top_view *view, enum top_panel panel)
{
	const struct cli_overview *overview = view->overview;
	size_t count = panel == TOP_ALERTS ? overview->alert_count : overview->open_count;
	size_t shown = picture->rows / ROWS_PER_BRIEF;

	if (view->panel == panel || picture->rows < ROWS_OF_HEAD)
		return;
	if (panel == TOP_ALERTS)
		shown = (shown + 1) / 2;
	for (size_t i = 0; i < count && i < shown; i++) {
		size_t from = picture->lines.buf->len;

		bw_buf_text(picture->lines.buf, panel == TOP_ALERTS ? "alert   " : "breaker ");
		top_rows_write(view, panel, i, &picture->lines);
		end_line(picture, from);
	}
}

static void draw_tabs(struct picture *picture, const struct top_view *view)
{
	static const char *const names[TOP_PANELS] = { "Components", "Breakers", "Alerts",
						       "Changes" };
	struct bw_buf *buf = picture->lines.buf;
	size_t from = buf->len;

	for (enum top_panel panel = 0; panel < TOP_PANELS; panel++) {
		bool here = panel == view->panel;

		bw_buf_format(buf, "%c%s%d %s ", here ? CLI_STYLE_STRONG : CLI_STYLE_FAINT,
			      here ? "[" : " ", (int)panel + 1, names[panel]);
		if (here && view->matching != top_rows_count(view, panel))
			bw_buf_format(buf, "%zu of ", view->matching);
		bw_buf_format(buf, "%zu%s%c ", top_rows_count(view, panel), here ? "]" : " ",
			      CLI_STYLE_PLAIN);
	}
	if (view->facet > 0 && view->panel == TOP_COMPONENTS)
		bw_buf_format(buf, " %s", top_rows_facet(view->facet));
	if (*view->filter || view->typing)
		bw_buf_format(buf, " /%s%s", view->filter, view->typing ? "_" : "");
	else if (view->trend)
		bw_buf_format(buf, " %ccurves of %zu h", CLI_STYLE_FAINT, top_view_hours(view));
	end_line(picture, from);
}

/* The panel */

void top_view_settle(struct top_view *view)
{
	size_t count = top_rows_count(view, view->panel), matching = 0, held = SIZE_MAX;
	bool by_name = *view->held && view->panel != TOP_CHANGES;

	for (size_t i = 0; i < count; i++) {
		if (!top_rows_match(view, i))
			continue;
		if (by_name && strcmp(top_rows_at(view, i)->name, view->held) == 0 &&
		    (held == SIZE_MAX || matching == view->chosen))
			held = matching;
		matching++;
	}
	if (held != SIZE_MAX)
		view->chosen = held;
	view->matching = matching;
	if (view->chosen >= matching)
		view->chosen = matching > 0 ? matching - 1 : 0;
}

static void scroll(struct top_view *view, size_t page)
{
	view->page = page > 0 ? page : 1;
	if (view->chosen < view->first)
		view->first = view->chosen;
	if (view->chosen >= view->first + view->page)
		view->first = view->chosen - view->page + 1;
	if (view->first + view->page > view->matching)
		view->first = view->matching > view->page ? view->matching - view->page : 0;
}

static size_t draw_rows(struct picture *picture, struct top_view *view)
{
	size_t count = top_rows_count(view, view->panel), seen = 0, marked = SIZE_MAX;

	for (size_t i = 0; i < count && picture->row + 1 < picture->rows; i++) {
		size_t from = picture->lines.buf->len;

		if (!top_rows_match(view, i) || seen++ < view->first)
			continue;
		if (seen - 1 == view->chosen)
			marked = picture->row;
		top_rows_write(view, view->panel, i, &picture->lines);
		end_line(picture, from);
	}
	if (view->matching == 0)
		put_line(picture,
			 count > 0 ? "  nothing matches; Esc clears the filter" : "  nothing here");
	return marked;
}

/* One row in full */

static void draw_text(struct picture *picture, const char *text)
{
	size_t len = strlen(text), at = 0;

	while (at < len && picture->row + 1 < picture->rows) {
		size_t used = 0, begin = at, from = picture->lines.buf->len;

		while (at < len) {
			uint32_t character;
			size_t size = bw_utf8_next(text + at, len - at, &character);

			used += (size_t)bw_display_columns(character);
			if (used > picture->lines.columns && at > begin)
				break;
			at += size;
		}
		bw_display_append(picture->lines.buf, text + begin, at - begin);
		end_line(picture, from);
	}
}

static void draw_checks(struct picture *picture, const struct top_view *view)
{
	const json_t *data = json_object_get(view->checks, "data");
	size_t count = json_array_size(data);

	if (picture->row + 2 >= picture->rows)
		return;
	put_line(picture, "");
	put_line(picture, !view->checks ? "Recent checks: not known yet"
			  : count == 0  ? "Recent checks: none"
					: "Recent checks, newest first");
	for (size_t i = count; i > 0 && picture->row + 1 < picture->rows; i--) {
		size_t from = picture->lines.buf->len;

		bw_buf_text(picture->lines.buf, "  ");
		top_rows_check(json_array_get(data, i - 1), &picture->lines);
		end_line(picture, from);
	}
}

static void draw_open(struct picture *picture, const struct top_view *view,
		      const struct cli_entry *entry)
{
	size_t from;

	cli_overview_verdict(&picture->lines, view->overview);
	picture->row += VERDICT_LINES;
	put_line(picture, "");
	from = picture->lines.buf->len;
	top_rows_title(view, entry, &picture->lines);
	end_line(picture, from);
	if (view->panel == TOP_COMPONENTS) {
		from = picture->lines.buf->len;
		top_rows_facts(entry, &picture->lines);
		end_line(picture, from);
	}
	draw_text(picture, top_rows_text(view, entry));
	if (view->panel == TOP_COMPONENTS)
		draw_checks(picture, view);
}

static void draw_help(struct picture *picture)
{
	static const char *const help[] = {
		"",
		"j k, arrows, Page Up and Down, Home, End   choose a row",
		"Enter        the row in full               Esc  back, clear the filter",
		"1 2 3 4 Tab  components, breakers, alerts, changes",
		"/            filter by name or text        f    by status",
		"c            check the component now",
		"R            reset its breaker: press twice",
		"p            pause and go on               u    UTC or local time",
		"+ -          curves of 24, 6 or 1 hours    r    try now when the daemon is lost",
		"?            these keys                    q    quit",
		"",
		"x or \xe2\x9c\x96 is unhealthy, ! or \xe2\x96\xb2 degraded, ? or \xe2\x97\x8c "
		"unknown. "
		"Curves: a gap stays blank.",
	};

	for (size_t i = 0; i < sizeof help / sizeof help[0] && picture->row + 1 < picture->rows;
	     i++)
		put_line(picture, help[i]);
}

static void draw_waiting(struct picture *picture, const struct top_view *view)
{
	put_line(picture, "");
	draw_text(picture, view->failure);
	if (*view->failure)
		put_line(picture, "Start `bellwether serve`, or name another daemon with --url.");
}

static void draw_last_line(struct picture *picture, const struct top_view *view)
{
	size_t from;

	while (picture->row + 1 < picture->rows)
		put_line(picture, "");
	from = picture->lines.buf->len;
	if (*view->message)
		cli_line_text(&picture->lines, view->message);
	else
		bw_buf_format(picture->lines.buf, "%c%s", CLI_STYLE_FAINT,
			      view->typing ? "type to filter  Enter keeps it  Esc clears it"
			      : view->open || view->help
				      ? "Esc back  ? keys  q quit"
				      : "Enter open  / filter  f status  Tab panel  c check  "
					"R reset  ? keys  q quit");
	end_line(picture, from);
}

static size_t draw_panel(struct picture *picture, struct top_view *view)
{
	draw_head(picture, view);
	draw_brief(picture, view, TOP_ALERTS);
	draw_brief(picture, view, TOP_BREAKERS);
	draw_tabs(picture, view);
	scroll(view, picture->rows > picture->row + 1 ? picture->rows - picture->row - 1 : 1);
	return draw_rows(picture, view);
}

/* Lost: shapes and words stay, colours go. */
static void drain(struct bw_buf *buf, size_t from)
{
	for (size_t i = from; i < buf->len; i++)
		if ((unsigned char)buf->data[i] < CLI_STYLES)
			buf->data[i] = CLI_STYLE_FAINT;
}

void top_view_draw(struct top_view *view, size_t rows, size_t columns, struct bw_buf *out,
		   size_t *marked)
{
	struct picture picture = { .rows = rows,
				   .lines = { .buf = out,
					      .columns = columns,
					      .ascii = view->ascii,
					      .local = view->local,
					      .lost = view->state == TOP_LOST,
					      .now = view->now } };
	size_t from = out->len;

	*marked = SIZE_MAX;
	if (rows < TOP_ROWS_MIN || columns < TOP_COLUMNS_MIN) {
		put_line(&picture, "needs 60 columns, 12 lines; q quits");
		return;
	}
	draw_state(&picture, view);
	if (view->overview) {
		picture.lines.made = view->overview->made;
		top_view_settle(view);
	}
	if (view->help)
		draw_help(&picture);
	else if (view->overview && view->open && top_view_chosen(view))
		draw_open(&picture, view, top_view_chosen(view));
	else if (view->overview)
		*marked = draw_panel(&picture, view);
	else
		draw_waiting(&picture, view);
	draw_last_line(&picture, view);
	if (view->state == TOP_LOST)
		drain(out, from);
}

const struct cli_entry *top_view_chosen(const struct top_view *view)
{
	size_t count = top_rows_count(view, view->panel), seen = 0;

	for (size_t i = 0; i < count; i++)
		if (top_rows_match(view, i) && seen++ == view->chosen)
			return top_rows_at(view, i);
	return NULL;
}
