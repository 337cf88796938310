/* overview.h - the dashboard document as lines for a terminal: `status` prints them, `top` keeps
 * them on the screen.
 *
 * Owns:    cli_overview holds the document; texts lie in the caller's buffers.
 * Text:    lines hold CLI_STYLE_* bytes where the look changes; all foreign text went through
 *          bw_display_append(), so that no other control byte is in them.
 * Limits:  a line is made for each row that is asked for, never for every component.
 * Threads: one at a time; no clock is read.
 */
#ifndef BW_CLI_OVERVIEW_H
#define BW_CLI_OVERVIEW_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/time.h"

enum cli_style {
	CLI_STYLE_PLAIN = 1,
	CLI_STYLE_BAD,
	CLI_STYLE_WARN,
	CLI_STYLE_UNKNOWN,
	CLI_STYLE_STRONG,
	CLI_STYLE_FAINT,
	CLI_STYLES,
};

struct cli_entry {
	const char *name;
	const json_t *object;
	int rank; /* 0 is worst */
};

struct cli_overview {
	json_t *document;
	struct cli_entry *components, *breakers, *alerts; /* worst first */
	size_t component_count, breaker_count, alert_count;
	size_t more_alerts;               /* that the document counts, and does not list */
	size_t trouble_count, open_count; /* the first so many are not healthy, not closed */
	struct bw_wall made;
};

/* BW_EPARSE, and `out` untouched, when the bytes are no dashboard document. */
BW_MUST_USE enum bw_status cli_overview_init(struct cli_overview *out, const char *data,
					     size_t len);
void cli_overview_finish(struct cli_overview *overview);

/* "" when it is no text. */
const char *cli_text_at(const json_t *object, const char *key);
const char *cli_overview_word(const struct cli_overview *overview);

/* Curves beside the score and its factors. */
enum { CLI_TREND_SCORE, CLI_TREND_CPU, CLI_TREND_RESPONSE, CLI_TRENDS };

/* How lines are made. */
struct cli_lines {
	struct bw_buf *buf;
	size_t columns;
	bool ascii;                     /* the terminal shows no UTF-8 */
	bool local;                     /* times in this machine's zone, else in UTC */
	bool lost;                      /* the daemon does not answer: nothing is known now */
	struct bw_wall now;             /* what ages are counted to */
	struct bw_wall made;            /* what countdowns were counted from */
	const char *trends[CLI_TRENDS]; /* or NULL */
};

/* "1 h 36 m" */
void cli_line_age(struct bw_buf *buf, double seconds);
/* "2026-11-22 21:21:43 UTC", or only its second half; a dash when `text` is no ISO 8601 time. */
void cli_line_time(struct cli_lines *lines, const char *text, bool with_date);
/* Foreign text. */
void cli_line_text(struct cli_lines *lines, const char *text);
/* Appends blanks up to `column` of the line that began at `from`. */
void cli_line_pad(struct cli_lines *lines, size_t from, size_t column);
/* Ends the line: cuts it at `columns`, which shows as an ellipsis, and appends a newline. `from` is
 * where it began. */
void cli_line_end(struct cli_lines *lines, size_t from);
/* Shape and word of a health, breaker state or severity. */
void cli_line_mark(struct cli_lines *lines, const char *word, size_t columns);

/* To standard output; the style bytes become the terminal's colours, or nothing. Leaves `buf`. */
void cli_lines_print(const struct bw_buf *buf, bool color);

/* 3 lines: the verdict with its since, the first cause, counts. */
void cli_overview_verdict(struct cli_lines *lines, const struct cli_overview *overview);
/* 9 lines: those, and the score with its factors beside the resources and curves. */
enum { CLI_HEAD_LINES = 9, CLI_TREND_COLUMN = 42 };
void cli_overview_head(struct cli_lines *lines, const struct cli_overview *overview);
void cli_overview_component(struct cli_lines *lines, const struct cli_entry *entry);
void cli_overview_breaker(struct cli_lines *lines, const struct cli_entry *entry);
void cli_overview_alert(struct cli_lines *lines, const struct cli_entry *entry);

#endif
