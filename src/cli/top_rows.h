/* top_rows.h - the rows of the four panels of `top`, whatever they are made of.
 *
 * Owns:    nothing.
 * Threads: one at a time; no clock is read.
 */
#ifndef BW_CLI_TOP_ROWS_H
#define BW_CLI_TOP_ROWS_H

#include "cli/top_view.h"

enum { TOP_FACETS = 5 };

/* "unhealthy", ...; facet 0 is "all". */
const char *top_rows_facet(size_t facet);
size_t top_rows_count(const struct top_view *view, enum top_panel panel);
/* Of the view's panel. */
const struct cli_entry *top_rows_at(const struct top_view *view, size_t nth);
/* Filter and facet let it through. */
bool top_rows_match(const struct top_view *view, size_t nth);
/* Without the end of the line, as all below. */
void top_rows_write(const struct top_view *view, enum top_panel panel, size_t nth,
		    struct cli_lines *lines);
void top_rows_title(const struct top_view *view, const struct cli_entry *entry,
		    struct cli_lines *lines);
/* Of a component: what it is and since when. */
void top_rows_facts(const struct cli_entry *entry, struct cli_lines *lines);
/* What a row has to say in full: an error, a message. */
const char *top_rows_text(const struct top_view *view, const struct cli_entry *entry);
/* One of a component's recent results. */
void top_rows_check(const json_t *check, struct cli_lines *lines);

#endif
