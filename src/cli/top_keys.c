/* top_keys.c - the keys are the page's where both have the same thing. */
#include <string.h>

#include "base/text.h"
#include "cli/screen.h"
#include "cli/top_rows.h"

static const size_t zooms[] = { 24, 6, 1 };

size_t top_view_hours(const struct top_view *view)
{
	return zooms[view->zoom];
}

static enum top_action zoom(struct top_view *view, int key)
{
	size_t last = sizeof zooms / sizeof zooms[0] - 1;

	if (key == '+' && view->zoom < last)
		view->zoom++;
	if (key == '-' && view->zoom > 0)
		view->zoom--;
	return TOP_ZOOM;
}

static void choose(struct top_view *view, size_t nth)
{
	const struct cli_entry *entry;

	view->chosen = nth;
	entry = nth > 0 ? top_view_chosen(view) : NULL;
	bw_text_format(view->held, sizeof view->held, "%s", entry ? entry->name : "");
}

static enum top_action begin_anew(struct top_view *view)
{
	view->chosen = view->first = 0;
	view->held[0] = '\0';
	view->open = false;
	return TOP_NOTHING;
}

static void erase(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && ((unsigned char)text[len - 1] & 0xc0) == 0x80)
		len--;
	text[len > 0 ? len - 1 : 0] = '\0';
}

static enum top_action type(struct top_view *view, int key)
{
	size_t len = strlen(view->filter);

	if (key == SCREEN_ENTER || key == SCREEN_ESCAPE)
		view->typing = false;
	if (key == SCREEN_ESCAPE)
		view->filter[0] = '\0';
	if (key == SCREEN_ERASE)
		erase(view->filter);
	if (key >= ' ' && key < 0x7f && len + 1 < sizeof view->filter) {
		view->filter[len] = (char)key;
		view->filter[len + 1] = '\0';
	}
	return begin_anew(view);
}

static enum top_action move(struct top_view *view, int key)
{
	size_t last, nth, page = view->page;

	top_view_settle(view);
	last = view->matching > 0 ? view->matching - 1 : 0;
	nth = view->chosen;
	if (key == 'k' || key == SCREEN_UP)
		nth -= nth > 0;
	else if (key == 'j' || key == SCREEN_DOWN)
		nth++;
	else if (key == SCREEN_PAGE_UP)
		nth = nth > page ? nth - page : 0;
	else if (key == SCREEN_PAGE_DOWN)
		nth += page;
	else if (key == SCREEN_HOME)
		nth = 0;
	else if (key == SCREEN_END)
		nth = last;
	else
		return TOP_NOTHING;
	choose(view, nth > last ? last : nth);
	return view->open ? TOP_OPENED : TOP_NOTHING;
}

static enum top_action turn(struct top_view *view, size_t panel)
{
	view->panel = (enum top_panel)panel;
	return begin_anew(view);
}

static enum top_action escape(struct top_view *view)
{
	if (!view->open && !view->help) {
		view->filter[0] = '\0';
		view->facet = 0;
	}
	view->open = view->help = false;
	return TOP_NOTHING;
}

static enum top_action open_row(struct top_view *view)
{
	const struct cli_entry *entry = top_view_chosen(view);

	view->open = entry && !view->open;
	if (!view->open)
		return TOP_NOTHING;
	bw_text_format(view->held, sizeof view->held, "%s", entry->name);
	return TOP_OPENED;
}

enum top_action top_view_press(struct top_view *view, int key)
{
	if (view->typing)
		return type(view, key);
	if (key >= '1' && key < '1' + TOP_PANELS)
		return turn(view, (size_t)(key - '1'));
	switch (key) {
	case 'q':
		return TOP_QUIT;
	case 'p':
		return TOP_PAUSE;
	case 'c':
		return TOP_CHECK;
	case 'R':
		return TOP_RESET;
	case 'r':
		return TOP_TRY;
	case '+':
	case '-':
		return zoom(view, key);
	case 'u':
		view->local = !view->local;
		return TOP_NOTHING;
	case '?':
		view->help = !view->help;
		return TOP_NOTHING;
	case '/':
		view->typing = true;
		return TOP_NOTHING;
	case 'f':
		view->facet = (view->facet + 1) % TOP_FACETS;
		return begin_anew(view);
	case '\t':
		return turn(view, (view->panel + 1) % TOP_PANELS);
	case SCREEN_ENTER:
		return open_row(view);
	case SCREEN_ESCAPE:
		return escape(view);
	default:
		return move(view, key);
	}
}
