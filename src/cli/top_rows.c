/* top_rows.c - three panels come from the document, the changes from the history. */
#include "cli/top_rows.h"

#include <string.h>

#include "base/text.h"

/* Place + 1 of a rank (overview.h). */
static const char *const facets[TOP_FACETS] = { "all", "unhealthy", "degraded", "unknown",
						"healthy" };

enum { WORD_COLUMNS = 11, MARK_KIND = 1, MARK_TO = 4, MARK_TEXT = 5 };

const char *top_rows_facet(size_t facet)
{
	return facets[facet];
}

static const struct cli_entry *entries_of(const struct top_view *view, enum top_panel panel,
					  size_t *count)
{
	*count = 0;
	if (panel == TOP_CHANGES) {
		*count = view->trend ? view->trend->change_count : 0;
		return view->trend ? view->trend->changes : NULL;
	}
	if (!view->overview)
		return NULL;
	switch (panel) {
	case TOP_BREAKERS:
		*count = view->overview->breaker_count;
		return view->overview->breakers;
	case TOP_ALERTS:
		*count = view->overview->alert_count;
		return view->overview->alerts;
	default:
		*count = view->overview->component_count;
		return view->overview->components;
	}
}

size_t top_rows_count(const struct top_view *view, enum top_panel panel)
{
	size_t count;

	(void)entries_of(view, panel, &count);
	return count;
}

const struct cli_entry *top_rows_at(const struct top_view *view, size_t nth)
{
	size_t count;

	return entries_of(view, view->panel, &count) + nth;
}

static const char *text_of(enum top_panel panel, const struct cli_entry *entry)
{
	const char *text = NULL;

	if (panel == TOP_COMPONENTS)
		return cli_text_at(entry->object, "error_message");
	if (panel == TOP_ALERTS)
		return cli_text_at(entry->object, "message");
	if (panel == TOP_CHANGES)
		text = json_string_value(json_array_get(entry->object, MARK_TEXT));
	return text ? text : "";
}

const char *top_rows_text(const struct top_view *view, const struct cli_entry *entry)
{
	return text_of(view->panel, entry);
}

bool top_rows_match(const struct top_view *view, size_t nth)
{
	const struct cli_entry *entry = top_rows_at(view, nth);

	if (view->panel == TOP_COMPONENTS && view->facet > 0 &&
	    (size_t)entry->rank + 1 != view->facet)
		return false;
	return strcasestr(entry->name, view->filter) ||
	       strcasestr(text_of(view->panel, entry), view->filter);
}

void top_rows_write(const struct top_view *view, enum top_panel panel, size_t nth,
		    struct cli_lines *lines)
{
	size_t count;
	const struct cli_entry *entry = entries_of(view, panel, &count) + nth;

	switch (panel) {
	case TOP_BREAKERS:
		cli_overview_breaker(lines, entry);
		break;
	case TOP_ALERTS:
		cli_overview_alert(lines, entry);
		break;
	case TOP_CHANGES:
		top_trend_change(view->trend, lines, entry);
		break;
	default:
		cli_overview_component(lines, entry);
	}
}

void top_rows_title(const struct top_view *view, const struct cli_entry *entry,
		    struct cli_lines *lines)
{
	static const char *const keys[TOP_PANELS] = { "status", "state", "severity", NULL };

	if (view->panel == TOP_BREAKERS) {
		cli_overview_breaker(lines, entry);
	} else if (view->panel == TOP_CHANGES) {
		top_trend_change(view->trend, lines, entry);
	} else {
		cli_line_mark(lines, cli_text_at(entry->object, keys[view->panel]), 0);
		bw_buf_text(lines->buf, "  ");
		cli_line_text(lines, entry->name);
	}
}

void top_rows_facts(const struct cli_entry *entry, struct cli_lines *lines)
{
	const char *group = cli_text_at(entry->object, "group");

	cli_line_text(lines, cli_text_at(entry->object, "kind"));
	if (*group) {
		bw_buf_text(lines->buf, " of ");
		cli_line_text(lines, group);
	}
	bw_buf_text(lines->buf, ", checked ");
	cli_line_time(lines, cli_text_at(entry->object, "last_check"), false);
	bw_buf_text(lines->buf, ", like this since ");
	cli_line_time(lines, cli_text_at(entry->object, "since"), true);
}

void top_rows_check(const json_t *check, struct cli_lines *lines)
{
	const json_t *ms = json_object_get(check, "response_time_ms");
	char took[32] = "-";

	cli_line_time(lines, cli_text_at(check, "timestamp"), false);
	bw_buf_text(lines->buf, "  ");
	cli_line_mark(lines, cli_text_at(check, "status"), WORD_COLUMNS);
	if (json_is_number(ms))
		bw_text_format(took, sizeof took, "%.1f ms", json_number_value(ms));
	bw_buf_format(lines->buf, "%10s  ", took);
	cli_line_text(lines, cli_text_at(check, "error_message"));
}
