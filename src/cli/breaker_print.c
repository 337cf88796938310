/* breaker_print.c - columns that fit 80, and sentences where a number alone would not tell. */
#include "cli/breaker_print.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "cli/print.h"

enum { NAME_COLUMNS = 18, STATE_COLUMNS = 12, LABEL_COLUMNS = 15, FIGURE_MAX = 32 };

static bool number_at(const json_t *object, const char *key, double *out)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_number(value))
		return false;
	*out = json_number_value(value);
	return true;
}

static double number_or(const json_t *object, const char *key, double otherwise)
{
	double value;

	return number_at(object, key, &value) ? value : otherwise;
}

/* Right-aligned, behind a blank; a dash for what is not known. */
static void figure(struct cli_lines *lines, int columns, const char *text)
{
	bw_buf_format(lines->buf, " %*s", columns, *text ? text : "-");
}

static void figure_format(struct cli_lines *lines, int columns, const char *format, ...)
	BW_PRINTF(3, 4);

static void figure_format(struct cli_lines *lines, int columns, const char *format, ...)
{
	char text[FIGURE_MAX];
	va_list args;

	va_start(args, format);
	bw_text_format_args(text, sizeof text, format, args);
	va_end(args);
	figure(lines, columns, text);
}

static bool age_at(const struct cli_lines *lines, const json_t *object, const char *key,
		   double *seconds)
{
	struct bw_wall time;

	if (bw_wall_parse(cli_text_at(object, key), &time) != BW_OK)
		return false;
	*seconds = (double)(lines->now.us - time.us) / BW_SECOND_US;
	return true;
}

/* --- the table --- */

static void write_figures(struct cli_lines *lines, const json_t *breaker)
{
	const json_t *workers = json_object_get(breaker, "workers");
	double value, threshold, calls = number_or(breaker, "total_calls", 0);

	if (number_at(breaker, "failure_count", &value) &&
	    number_at(breaker, "failure_threshold", &threshold))
		figure_format(lines, 7, "%.0f/%.0f", value, threshold);
	else
		figure(lines, 7, "");
	if (calls > 0 && number_at(breaker, "success_rate", &value))
		figure_format(lines, 7, "%.1f %%", value * 100);
	else
		figure(lines, 7, "");
	if (calls > 0 && number_at(breaker, "avg_response_time", &value))
		figure_format(lines, 7, value < 0.01 ? "%.1f" : "%.0f", value * 1000);
	else
		figure(lines, 7, "");
	figure_format(lines, 6, "%.0f", calls);
	if (number_at(workers, "total", &value))
		figure_format(lines, 4, "%.0f", value);
	else
		figure(lines, 4, "");
}

/* One unit is enough beside other figures. */
static void short_age(struct bw_buf *buf, double seconds)
{
	if (seconds < 100)
		bw_buf_format(buf, "%.0f s", seconds > 0 ? floor(seconds) : 0);
	else if (seconds < 6000)
		bw_buf_format(buf, "%.0f m", floor(seconds / 60));
	else if (seconds < 360000)
		bw_buf_format(buf, "%.0f h", floor(seconds / 3600));
	else
		bw_buf_format(buf, "%.0f d", floor(seconds / 86400));
}

static void write_next(struct cli_lines *lines, const json_t *breaker)
{
	double seconds;

	bw_buf_text(lines->buf, "  ");
	if (number_at(breaker, "time_until_retry", &seconds)) {
		if (seconds <= 0) {
			bw_buf_text(lines->buf, "probe due");
			return;
		}
		bw_buf_text(lines->buf, "in ");
		short_age(lines->buf, ceil(seconds));
	} else if (age_at(lines, breaker, "open_since", &seconds)) {
		bw_buf_text(lines->buf, "for ");
		short_age(lines->buf, seconds);
	}
}

static int by_state_and_name(const void *left, const void *right)
{
	const struct cli_entry *a = left, *b = right;

	return a->rank != b->rank ? a->rank - b->rank : strcmp(a->name, b->name);
}

static size_t sorted(const json_t *breakers, struct cli_entry **out)
{
	const char *name;
	json_t *member;
	size_t count = 0;

	*out = xcalloc(json_object_size(breakers) + 1, sizeof **out);
	json_object_foreach((json_t *)breakers, name, member)
	{
		bool is_closed = strcmp(cli_text_at(member, "state"), "closed") == 0;

		(*out)[count++] = (struct cli_entry){ name, member, is_closed };
	}
	qsort(*out, count, sizeof **out, by_state_and_name);
	return count;
}

void breaker_print_table(struct cli_lines *lines, const json_t *document)
{
	struct cli_entry *entries;
	size_t count = sorted(json_object_get(document, "breakers"), &entries);
	size_t from = lines->buf->len;

	bw_buf_byte(lines->buf, CLI_STYLE_FAINT);
	bw_buf_format(lines->buf, "%-*s %-*s %7s %7s %7s %6s %4s  %s", NAME_COLUMNS, "NAME",
		      STATE_COLUMNS + 2, "STATE", "FAILS", "SUCCESS", "AVG MS", "CALLS", "WORK",
		      "PROBE");
	cli_line_end(lines, from);
	for (size_t i = 0; i < count; i++) {
		from = lines->buf->len;
		cli_cell(lines->buf, entries[i].name, NAME_COLUMNS);
		bw_buf_byte(lines->buf, ' ');
		cli_line_mark(lines, cli_text_at(entries[i].object, "state"), STATE_COLUMNS);
		write_figures(lines, entries[i].object);
		write_next(lines, entries[i].object);
		cli_line_end(lines, from);
	}
	free(entries);
}

/* --- one in full --- */

static size_t begin_row(struct cli_lines *lines, const char *label)
{
	size_t from = lines->buf->len;

	bw_buf_format(lines->buf, "  %-*s ", LABEL_COLUMNS, label);
	return from;
}

static void print_state(struct cli_lines *lines, const json_t *document)
{
	const json_t *breaker = json_object_get(document, "breaker");
	size_t from = lines->buf->len;
	double seconds;

	bw_buf_byte(lines->buf, CLI_STYLE_STRONG);
	cli_line_text(lines, cli_text_at(document, "name"));
	bw_buf_byte(lines->buf, CLI_STYLE_PLAIN);
	bw_buf_text(lines->buf, "  ");
	cli_line_mark(lines, cli_text_at(breaker, "state"), 0);
	if (age_at(lines, breaker, "open_since", &seconds)) {
		bw_buf_text(lines->buf, "  not closed for ");
		cli_line_age(lines->buf, seconds);
	} else if (age_at(lines, breaker, "changed", &seconds)) {
		bw_buf_text(lines->buf, "  for ");
		cli_line_age(lines->buf, seconds);
	}
	if (number_at(breaker, "time_until_retry", &seconds)) {
		bw_buf_text(lines->buf, seconds > 0 ? "  next probe in " : "  a probe is due");
		if (seconds > 0)
			cli_line_age(lines->buf, ceil(seconds));
	}
	cli_line_end(lines, from);
}

static void print_window(struct cli_lines *lines, const json_t *breaker)
{
	double value, calls = number_or(breaker, "total_calls", 0);
	size_t from = begin_row(lines, "window");

	bw_buf_format(lines->buf, "%.0f call%s", calls, calls == 1 ? "" : "s");
	if (calls > 0 && number_at(breaker, "success_rate", &value))
		bw_buf_format(lines->buf, ", %.1f %% succeeded", 100 * value);
	if (calls > 0 && number_at(breaker, "timeout_rate", &value))
		bw_buf_format(lines->buf, ", %.1f %% timed out", 100 * value);
	if (calls > 0 && number_at(breaker, "avg_response_time", &value))
		bw_buf_format(lines->buf, ", %.1f ms each", 1000 * value);
	cli_line_end(lines, from);
	from = begin_row(lines, "in a row");
	bw_buf_format(lines->buf, "%.0f of %.0f failures", number_or(breaker, "failure_count", 0),
		      number_or(breaker, "failure_threshold", 0));
	cli_line_end(lines, from);
	if (strcmp(cli_text_at(breaker, "state"), "half_open") != 0)
		return;
	from = begin_row(lines, "probes");
	bw_buf_format(lines->buf, "%.0f in flight, %.0f of %.0f succeeded",
		      number_or(breaker, "probes_in_flight", 0),
		      number_or(breaker, "probe_successes", 0),
		      number_or(breaker, "success_threshold", 0));
	cli_line_end(lines, from);
}

static void print_lifetime(struct cli_lines *lines, const json_t *document)
{
	const json_t *lifetime = json_object_get(document, "lifetime");
	size_t from;

	if (!lifetime)
		return;
	from = begin_row(lines, "since creation");
	bw_buf_format(lines->buf, "%.0f admitted, %.0f rejected",
		      number_or(lifetime, "admitted", 0), number_or(lifetime, "rejected", 0));
	cli_line_end(lines, from);
	from = begin_row(lines, "");
	bw_buf_format(lines->buf,
		      "%.0f succeeded, %.0f failed (%.0f by time), %.0f ignored, "
		      "%.0f late",
		      number_or(lifetime, "success", 0), number_or(lifetime, "failure", 0),
		      number_or(lifetime, "timeout", 0), number_or(lifetime, "ignored", 0),
		      number_or(lifetime, "late", 0));
	cli_line_end(lines, from);
}

static const struct {
	const char *key, *unit;
	const char *zero; /* what 0 means; NULL: 0 */
} settings[] = {
	{ "strategy", "" },
	{ "failure_threshold", " in a row" },
	{ "failure_rate_threshold", "" },
	{ "minimum_calls", " in the window" },
	{ "window", " s" },
	{ "timeout_threshold", " s" },
	{ "recovery_timeout", " s" },
	{ "retry_multiplier", "" },
	{ "retry_jitter", "", "none" },
	{ "max_open", " s", "no limit" },
	{ "success_threshold", " probes" },
	{ "max_probes", " at once", "as success_threshold, at most 8" },
	{ "lump", " s", "none" },
	{ "min_failing_workers", "" },
	{ "slow_success_counts", "" },
	{ "slow_threshold", " s", "as timeout_threshold" },
};

static void print_config(struct cli_lines *lines, const json_t *document)
{
	const json_t *config = json_object_get(document, "config");
	size_t from = lines->buf->len;

	if (!config)
		return;
	bw_buf_text(lines->buf, "CONFIGURATION");
	cli_line_end(lines, from);
	for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
		const json_t *value = json_object_get(config, settings[i].key);

		if (!value)
			continue;
		from = lines->buf->len;
		bw_buf_format(lines->buf, "  %-23s ", settings[i].key);
		if (json_is_number(value) && json_number_value(value) == 0 && settings[i].zero)
			bw_buf_text(lines->buf, settings[i].zero);
		else if (json_is_number(value))
			bw_buf_format(lines->buf, "%.10g%s", json_number_value(value),
				      settings[i].unit);
		else
			cli_line_text(lines, json_is_string(value) ? json_string_value(value)
					     : json_is_true(value) ? "yes"
								   : "no");
		cli_line_end(lines, from);
	}
}

static void print_worker(struct cli_lines *lines, const json_t *worker)
{
	bool is_alive = json_is_true(json_object_get(worker, "alive"));
	double in_flight = number_or(worker, "in_flight", 0);
	double busy = number_or(worker, "busy_s", 0), age;
	size_t from = lines->buf->len;

	bw_buf_format(lines->buf, "  %7.0f ", number_or(worker, "pid", 0));
	cli_cell(lines->buf, cli_text_at(worker, "command"), 15);
	figure_format(lines, 9, "%.0f", number_or(worker, "admitted", 0));
	figure_format(lines, 8, "%.0f", number_or(worker, "failed", 0));
	bw_buf_text(lines->buf, "  ");
	if (!is_alive && in_flight > 0) {
		bw_buf_byte(lines->buf, CLI_STYLE_BAD);
		bw_buf_text(lines->buf, lines->ascii ? "X dead" : "\xe2\x9c\x96 dead");
		bw_buf_byte(lines->buf, CLI_STYLE_PLAIN);
		bw_buf_format(lines->buf, ", %.0f never ended", in_flight);
	} else if (!is_alive) {
		bw_buf_text(lines->buf, "gone");
	} else if (in_flight > 0) {
		bw_buf_format(lines->buf, "%.0f in flight", in_flight);
		if (busy > 0) {
			bw_buf_text(lines->buf, " for ");
			cli_line_age(lines->buf, busy);
		}
	}
	if (age_at(lines, worker, "last_failure", &age)) {
		bw_buf_text(lines->buf, is_alive && in_flight <= 0 ? "failed " : ", failed ");
		cli_line_age(lines->buf, age);
		bw_buf_text(lines->buf, " ago");
	}
	cli_line_end(lines, from);
}

static void print_workers(struct cli_lines *lines, const json_t *document)
{
	const json_t *list = json_object_get(document, "worker_list");
	const json_t *counts = json_object_get(json_object_get(document, "breaker"), "workers");
	const char *cause = cli_text_at(counts, "cause");
	double dead = number_or(counts, "dead", 0);
	size_t from = lines->buf->len, nth;
	json_t *worker;

	if (!list)
		return;
	bw_buf_format(lines->buf, "WORKERS (%.0f",
		      number_or(counts, "total", (double)json_array_size(list)));
	if (dead > 0)
		bw_buf_format(lines->buf, ", %.0f of them dead", dead);
	bw_buf_byte(lines->buf, ')');
	cli_line_end(lines, from);
	if (*cause) {
		from = lines->buf->len;
		bw_buf_text(lines->buf, "  ");
		cli_line_text(lines, cause);
		cli_line_end(lines, from);
	}
	if (json_array_size(list) == 0)
		return;
	from = lines->buf->len;
	bw_buf_byte(lines->buf, CLI_STYLE_FAINT);
	bw_buf_format(lines->buf, "  %7s %-15s %9s %8s", "PID", "COMMAND", "CALLS", "FAILED");
	cli_line_end(lines, from);
	json_array_foreach(list, nth, worker) print_worker(lines, worker);
}

static void print_events(struct cli_lines *lines, const json_t *document)
{
	const json_t *events = json_object_get(document, "events");
	size_t from = lines->buf->len, nth;
	json_t *event;

	if (json_array_size(events) == 0)
		return;
	bw_buf_format(lines->buf, "EVENTS (the last %zu)", json_array_size(events));
	cli_line_end(lines, from);
	json_array_foreach(events, nth, event)
	{
		bw_buf_text(lines->buf, "  ");
		breaker_print_event(lines, event);
	}
}

void breaker_print_full(struct cli_lines *lines, const json_t *document)
{
	print_state(lines, document);
	print_window(lines, json_object_get(document, "breaker"));
	print_lifetime(lines, document);
	print_config(lines, document);
	print_workers(lines, document);
	print_events(lines, document);
}

/* --- events --- */

static void write_reason(struct cli_lines *lines, const json_t *event)
{
	static const char *const reasons[][2] = {
		{ "failure_rate", "the failure rate" },
		{ "timeout_rate", "the timeout rate" },
		{ "recovery_timeout", "a probe is due" },
		{ "probe_failed", "a probe failed" },
		{ "probes_succeeded", "the probes succeeded" },
		{ "force_open", "forced open" },
		{ "metrics_only", "metrics only" },
		{ "open_for", "told to wait" },
		{ "would_have_opened", "would have opened" },
		{ "disable", "disabled" },
		{ "enable", "enabled" },
	};
	const char *reason = cli_text_at(event, "reason");

	if (strcmp(reason, "consecutive_failures") == 0) {
		bw_buf_format(lines->buf, "%.0f failures in a row",
			      number_or(event, "failures", 0));
		return;
	}
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (strcmp(reasons[i][0], reason) == 0)
			reason = reasons[i][1];
	cli_line_text(lines, reason);
}

void breaker_print_event(struct cli_lines *lines, const json_t *event)
{
	size_t from = lines->buf->len;
	const char *name = cli_text_at(event, "name");
	double pid;

	cli_line_time(lines, cli_text_at(event, "at"), false);
	bw_buf_byte(lines->buf, ' ');
	if (*name) {
		cli_cell(lines->buf, name, NAME_COLUMNS);
		bw_buf_byte(lines->buf, ' ');
	}
	cli_line_mark(lines, cli_text_at(event, "to"), STATE_COLUMNS);
	bw_buf_byte(lines->buf, ' ');
	write_reason(lines, event);
	if (number_at(event, "pid", &pid))
		bw_buf_format(lines->buf, ", pid %.0f", pid);
	cli_line_end(lines, from);
}
