/* alert_print.c - columns of fixed places, and what is long at the end, where it may be cut. */
#include "cli/alert_print.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cli/alert_remote.h"
#include "cli/print.h"

/* Where columns begin. */
enum {
	MARK_AT = 8,
	SINCE_AT = 20,
	TITLE_AT = 32,
	STATE_AT = 7,
	ENDS_AT = 16,
	HIDES_AT = 32,
	BY_AT = 39,
	REASON_AT = 52,
	MARK_WORD = 9,
};

void alert_print_begin(struct cli_lines *lines, struct bw_buf *buf,
		       const struct cli_options *options)
{
	bw_buf_init(buf, 0);
	*lines = (struct cli_lines){ .buf = buf,
				     .columns = options->verbose ? SIZE_MAX : CLI_COLUMNS,
				     .ascii = !cli_is_utf8(),
				     .now = alert_remote_now() };
}

void alert_print_end(struct cli_lines *lines, const struct cli_options *options)
{
	cli_lines_print(lines->buf, cli_has_color(stdout) && !options->no_color);
	bw_buf_finish(lines->buf);
}

static void faint_end(struct cli_lines *lines, size_t from)
{
	bw_buf_byte(lines->buf, CLI_STYLE_PLAIN);
	cli_line_end(lines, from);
}

/* "in 1 h 20 m" or "2 m 3 s"; nothing when there is no such time. */
static void write_span(struct cli_lines *lines, const char *text, bool is_ahead)
{
	struct bw_wall time;
	double seconds;

	if (bw_wall_parse(text, &time) != BW_OK)
		return;
	seconds = (double)(lines->now.us - time.us) / BW_SECOND_US;
	if (is_ahead)
		bw_buf_text(lines->buf, "in ");
	cli_line_age(lines->buf, is_ahead ? -seconds : seconds);
}

/* Why nobody hears of it: who has taken it, or what keeps it quiet. */
static void write_note(struct cli_lines *lines, const json_t *alert)
{
	const json_t *ack = json_object_get(alert, "ack"), *quiet = json_object_get(alert, "quiet");
	bool is_acked = json_is_object(ack);

	if (!is_acked && !json_is_object(quiet))
		return;
	bw_buf_text(lines->buf, is_acked ? "  acknowledged by " : "  quiet: ");
	cli_line_text(lines, is_acked ? cli_text_at(ack, "by") : cli_text_at(quiet, "kind"));
}

static void print_alert(struct cli_lines *lines, const json_t *alert)
{
	size_t from = lines->buf->len;

	cli_line_text(lines, cli_text_at(alert, "id"));
	cli_line_pad(lines, from, MARK_AT);
	cli_line_mark(lines, cli_text_at(alert, "severity"), MARK_WORD);
	cli_line_pad(lines, from, SINCE_AT);
	write_span(lines, cli_text_at(alert, "fired"), false);
	cli_line_pad(lines, from, TITLE_AT);
	cli_line_text(lines, cli_text_at(alert, "title"));
	write_note(lines, alert);
	cli_line_end(lines, from);
}

void alert_print_table(struct cli_lines *lines, const json_t *alerts)
{
	size_t from = lines->buf->len, nth;
	json_t *alert;

	if (json_array_size(alerts) == 0)
		return;
	bw_buf_byte(lines->buf, CLI_STYLE_FAINT);
	bw_buf_format(lines->buf, "%-*s%-*s%-*s%s", MARK_AT, "ID", SINCE_AT - MARK_AT, "SEVERITY",
		      TITLE_AT - SINCE_AT, "FIRES FOR", "ALERT");
	faint_end(lines, from);
	json_array_foreach(alerts, nth, alert) print_alert(lines, alert);
}

/* --- silences --- */

static void write_end(struct cli_lines *lines, const json_t *silence)
{
	const char *state = cli_text_at(silence, "state");
	const char *until = cli_text_at(silence, "until");

	if (strcmp(state, "future") == 0)
		write_span(lines, cli_text_at(silence, "from"), true);
	else if (strcmp(state, "active") != 0)
		bw_buf_byte(lines->buf, '-');
	else if (*until)
		write_span(lines, until, true);
	else
		bw_buf_text(lines->buf, "resolved");
}

static void write_matchers(struct cli_lines *lines, const json_t *silence)
{
	size_t nth;
	json_t *text;

	json_array_foreach(json_object_get(silence, "match"), nth, text)
	{
		bw_buf_text(lines->buf, nth > 0 ? " and " : "");
		cli_line_text(lines, json_is_string(text) ? json_string_value(text) : "");
	}
}

static void print_silence(struct cli_lines *lines, const json_t *silence)
{
	const json_t *hides = json_object_get(silence, "hides");
	size_t from = lines->buf->len;

	cli_line_text(lines, cli_text_at(silence, "id"));
	cli_line_pad(lines, from, STATE_AT);
	cli_line_text(lines, cli_text_at(silence, "state"));
	cli_line_pad(lines, from, ENDS_AT);
	write_end(lines, silence);
	cli_line_pad(lines, from, HIDES_AT);
	bw_buf_format(lines->buf, "%5lld", (long long)json_integer_value(hides));
	cli_line_pad(lines, from, BY_AT);
	cli_cell(lines->buf, cli_text_at(silence, "by"), REASON_AT - BY_AT - 1);
	cli_line_pad(lines, from, REASON_AT);
	cli_line_text(lines, cli_text_at(silence, "reason"));
	cli_line_end(lines, from);
	from = lines->buf->len;
	bw_buf_format(lines->buf, "%*s", STATE_AT, "");
	write_matchers(lines, silence);
	cli_line_end(lines, from);
}

void silence_print_table(struct cli_lines *lines, const json_t *silences)
{
	size_t from = lines->buf->len, nth;
	json_t *silence;

	if (json_array_size(silences) == 0)
		return;
	bw_buf_byte(lines->buf, CLI_STYLE_FAINT);
	bw_buf_format(lines->buf, "%-*s%-*s%-*s%-*s%-*s%s", STATE_AT, "ID", ENDS_AT - STATE_AT,
		      "STATE", HIDES_AT - ENDS_AT, "ENDS, BEGINS", BY_AT - HIDES_AT, "HIDES",
		      REASON_AT - BY_AT, "BY", "REASON, MATCH");
	faint_end(lines, from);
	json_array_foreach(silences, nth, silence) print_silence(lines, silence);
}
