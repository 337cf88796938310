/* overview.c - reads the document once into sorted lists; each line is then made by itself.
 *
 * Style bytes take no column. Foreign text cannot hold them: bw_display_append() writes control
 * characters out.
 */
#include "cli/overview.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/display.h"
#include "base/xalloc.h"
#include "cli/print.h"

enum { NAME_COLUMNS = 24, WORD_COLUMNS = 11, BAR_COLUMNS = 10, RANK_CALM = 3, RANKS };

static const struct mark {
	const char *word;
	int rank;
	enum cli_style style;
	const char *shape, *ascii;
} marks[] = {
	{ "unhealthy", 0, CLI_STYLE_BAD, "\xe2\x9c\x96", "X" },
	{ "critical", 0, CLI_STYLE_BAD, "\xe2\x9c\x96", "X" },
	{ "open", 0, CLI_STYLE_BAD, "\xe2\x9c\x96", "X" },
	{ "forced_open", 0, CLI_STYLE_BAD, "\xe2\x9c\x96", "X" },
	{ "degraded", 1, CLI_STYLE_WARN, "\xe2\x96\xb2", "!" },
	{ "warning", 1, CLI_STYLE_WARN, "\xe2\x96\xb2", "!" },
	{ "half_open", 1, CLI_STYLE_WARN, "\xe2\x96\xb2", "!" },
	{ "metrics_only", 2, CLI_STYLE_WARN, "\xe2\x97\x87", "m" },
	{ "disabled", 2, CLI_STYLE_WARN, "\xe2\x97\x8b", "o" },
	{ "healthy", RANK_CALM, CLI_STYLE_PLAIN, "\xc2\xb7", "." },
	{ "closed", RANK_CALM, CLI_STYLE_PLAIN, "\xc2\xb7", "." },
	{ "info", RANK_CALM, CLI_STYLE_PLAIN, "\xe2\x97\x86", "i" },
	{ "unknown", 2, CLI_STYLE_UNKNOWN, "\xe2\x97\x8c", "?" },
};

/* A word that this version does not know looks as `unknown` does. */
static const struct mark *mark_of(const char *word)
{
	size_t i = 0, last = sizeof marks / sizeof marks[0] - 1;

	while (i < last && strcmp(marks[i].word, word) != 0)
		i++;
	return &marks[i];
}

const char *cli_text_at(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool number_at(const json_t *object, const char *key, double *out)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_number(value))
		return false;
	*out = json_number_value(value);
	return true;
}

/* The model */

static int worse_first(const void *left, const void *right)
{
	const struct cli_entry *a = left, *b = right;

	return a->rank != b->rank ? a->rank - b->rank : strcmp(a->name, b->name);
}

static size_t take_members(const json_t *object, const char *key, struct cli_entry **out)
{
	const char *name;
	json_t *member;
	size_t count = 0;

	*out = xcalloc(json_object_size(object) + 1, sizeof **out);
	json_object_foreach((json_t *)object, name, member)(*out)[count++] =
		(struct cli_entry){ name, member, mark_of(cli_text_at(member, key))->rank };
	qsort(*out, count, sizeof **out, worse_first);
	return count;
}

/* What nobody has taken stands before what is acknowledged, that before what is quiet. */
static int rank_of_alert(const json_t *alert)
{
	int rank = mark_of(cli_text_at(alert, "severity"))->rank;

	if (json_is_object(json_object_get(alert, "quiet")))
		return rank + 2 * RANKS;
	return json_is_object(json_object_get(alert, "ack")) ? rank + RANKS : rank;
}

static size_t take_alerts(const json_t *array, struct cli_entry **out)
{
	json_t *alert;
	size_t nth, count = 0;

	*out = xcalloc(json_array_size(array) + 1, sizeof **out);
	json_array_foreach(array, nth, alert)
	{
		if (strcmp(cli_text_at(alert, "state"), "resolved") == 0)
			continue;
		(*out)[count++] = (struct cli_entry){ cli_text_at(alert, "title"), alert,
						      rank_of_alert(alert) };
	}
	qsort(*out, count, sizeof **out, worse_first);
	return count;
}

static size_t count_trouble(const struct cli_entry *entries, size_t count)
{
	size_t nth = 0;

	while (nth < count && entries[nth].rank < RANK_CALM)
		nth++;
	return nth;
}

enum bw_status cli_overview_init(struct cli_overview *out, const char *data, size_t len)
{
	json_t *document = json_loadb(data, len, 0, NULL);
	const json_t *breakers = json_object_get(document, "circuit_breakers");
	struct cli_overview overview = { .document = document };
	double more;

	if (!json_is_object(json_object_get(document, "overview")) ||
	    bw_wall_parse(cli_text_at(json_object_get(document, "metadata"), "last_updated"),
			  &overview.made) != BW_OK) {
		json_decref(document);
		return BW_EPARSE;
	}
	overview.component_count = take_members(json_object_get(document, "components"), "status",
						&overview.components);
	overview.breaker_count =
		take_members(json_object_get(breakers, "breakers"), "state", &overview.breakers);
	overview.alert_count = take_alerts(json_object_get(document, "alerts"), &overview.alerts);
	if (number_at(json_object_get(document, "metadata"), "more_alerts", &more) && more > 0)
		overview.more_alerts = (size_t)more;
	overview.trouble_count = count_trouble(overview.components, overview.component_count);
	overview.open_count = count_trouble(overview.breakers, overview.breaker_count);
	*out = overview;
	return BW_OK;
}

void cli_overview_finish(struct cli_overview *overview)
{
	free(overview->components);
	free(overview->breakers);
	free(overview->alerts);
	json_decref(overview->document);
	*overview = (struct cli_overview){ 0 };
}

const char *cli_overview_word(const struct cli_overview *overview)
{
	return cli_text_at(json_object_get(overview->document, "overview"), "overall_status");
}

/* Pieces of lines */

static void style(struct cli_lines *lines, enum cli_style style)
{
	bw_buf_byte(lines->buf, (char)style);
}

void cli_line_age(struct bw_buf *buf, double seconds)
{
	long long total = seconds > 0 && seconds < 1e12 ? (long long)seconds : 0;

	if (total >= 86400)
		bw_buf_format(buf, "%lld d %lld h", total / 86400, total / 3600 % 24);
	else if (total >= 3600)
		bw_buf_format(buf, "%lld h %lld m", total / 3600, total / 60 % 60);
	else if (total >= 60)
		bw_buf_format(buf, "%lld m %lld s", total / 60, total % 60);
	else
		bw_buf_format(buf, "%lld s", total);
}

/* The age of an ISO 8601 time, or a dash. */
static void age_of(struct cli_lines *lines, const char *text)
{
	struct bw_wall time;

	if (bw_wall_parse(text, &time) != BW_OK)
		bw_buf_text(lines->buf, "-");
	else
		cli_line_age(lines->buf, (double)(lines->now.us - time.us) / BW_SECOND_US);
}

void cli_line_time(struct cli_lines *lines, const char *text, bool with_date)
{
	char out[BW_WALL_TEXT_MAX], zone[BW_WALL_TEXT_MAX] = "UTC";
	struct bw_wall wall;
	struct tm parts;
	time_t seconds;

	if (bw_wall_parse(text, &wall) != BW_OK) {
		bw_buf_text(lines->buf, "-");
		return;
	}
	seconds = (time_t)(wall.us / BW_SECOND_US);
	if (!(lines->local ? localtime_r(&seconds, &parts) : gmtime_r(&seconds, &parts)) ||
	    strftime(out, sizeof out, "%Y-%m-%d %H:%M:%S", &parts) == 0) {
		bw_buf_text(lines->buf, "-");
		return;
	}
	if (lines->local && strftime(zone, sizeof zone, "%Z", &parts) == 0)
		zone[0] = '\0';
	bw_buf_format(lines->buf, "%s ", with_date ? out : strchr(out, ' ') + 1);
	cli_line_text(lines, zone);
}

void cli_line_text(struct cli_lines *lines, const char *text)
{
	bw_display_append(lines->buf, text, strlen(text));
}

/* The columns of the character at `at`, and its bytes. Style bytes take none. */
static size_t columns_at(const struct bw_buf *buf, size_t at, size_t *bytes)
{
	uint32_t character;

	*bytes = bw_utf8_next(buf->data + at, buf->len - at, &character);
	return character < CLI_STYLES ? 0 : (size_t)bw_display_columns(character);
}

void cli_line_pad(struct cli_lines *lines, size_t from, size_t column)
{
	size_t used = 0, bytes;

	for (size_t at = from; at < lines->buf->len; at += bytes)
		used += columns_at(lines->buf, at, &bytes);
	if (used < column)
		bw_buf_format(lines->buf, "%*s", (int)(column - used), "");
}

static void use_ascii(struct bw_buf *buf, size_t from)
{
	size_t bytes, end = from;

	for (size_t at = from; at < buf->len; at += bytes) {
		(void)columns_at(buf, at, &bytes);
		buf->data[end++] = bytes == 1 ? buf->data[at] : '?';
	}
	buf->len = end;
}

void cli_line_end(struct cli_lines *lines, size_t from)
{
	struct bw_buf *buf = lines->buf;
	size_t at = from, used = 0, bytes, room = from;

	if (lines->ascii)
		use_ascii(buf, from);
	while (at < buf->len) {
		used += columns_at(buf, at, &bytes);
		if (used > lines->columns)
			break;
		at += bytes;
		if (used < lines->columns)
			room = at;
	}
	if (at < buf->len) {
		buf->len = room;
		bw_buf_text(buf, lines->ascii ? "~" : "\xe2\x80\xa6");
	}
	while (buf->len > from && buf->data[buf->len - 1] == ' ')
		buf->len--;
	style(lines, CLI_STYLE_PLAIN);
	bw_buf_byte(buf, '\n');
}

void cli_line_mark(struct cli_lines *lines, const char *word, size_t columns)
{
	const struct mark *mark = mark_of(word);

	style(lines, mark->style);
	bw_buf_format(lines->buf, "%s ", lines->ascii ? mark->ascii : mark->shape);
	if (columns)
		cli_cell(lines->buf, word, columns);
	else
		cli_line_text(lines, word);
	style(lines, CLI_STYLE_PLAIN);
}

void cli_lines_print(const struct bw_buf *buf, bool color)
{
	static const char *const sequences[CLI_STYLES] = {
		[CLI_STYLE_PLAIN] = "\x1b[0m",  [CLI_STYLE_BAD] = "\x1b[1;31m",
		[CLI_STYLE_WARN] = "\x1b[33m",  [CLI_STYLE_UNKNOWN] = "\x1b[35m",
		[CLI_STYLE_STRONG] = "\x1b[1m", [CLI_STYLE_FAINT] = "\x1b[2m",
	};
	struct bw_buf out;

	bw_buf_init(&out, 0);
	for (size_t i = 0; i < buf->len; i++) {
		unsigned char byte = (unsigned char)buf->data[i];

		if (byte >= CLI_STYLES)
			bw_buf_byte(&out, (char)byte);
		else if (color)
			bw_buf_text(&out, sequences[byte]);
	}
	cli_out(&out);
}

static void bar(struct cli_lines *lines, double share)
{
	int filled = share <= 0 ? 0 : share >= 1 ? BAR_COLUMNS : (int)(share * BAR_COLUMNS + 0.5);

	for (int i = 0; i < BAR_COLUMNS; i++)
		bw_buf_text(lines->buf, i < filled ? "#" : lines->ascii ? "." : "\xc2\xb7");
}

/* The head */

static void head_verdict(struct cli_lines *lines, const struct cli_overview *overview)
{
	const json_t *object = json_object_get(overview->document, "overview");
	const json_t *cause = json_object_get(object, "first_cause");
	const char *trouble = cli_text_at(object, "trouble_since");
	const char *since = *trouble ? trouble : cli_text_at(object, "since");
	const char *text = cli_text_at(cause, "text");
	size_t from = lines->buf->len;

	if (lines->lost) {
		cli_line_mark(lines, "unknown", 0);
		bw_buf_text(lines->buf, "  all below is what was last known; it was ");
	}
	cli_line_mark(lines, cli_overview_word(overview), 0);
	if (*since && !lines->lost) {
		bw_buf_text(lines->buf, *trouble ? "  in trouble for " : "  for ");
		age_of(lines, since);
		bw_buf_text(lines->buf, ", since ");
		cli_line_time(lines, since, true);
	}
	cli_line_end(lines, from);
	from = lines->buf->len;
	if (*text) {
		bw_buf_text(lines->buf, "  First: ");
		cli_line_text(lines, text);
	} else if (overview->component_count == 0) {
		bw_buf_text(lines->buf, "  Nothing to watch yet; write a configuration.");
	}
	cli_line_end(lines, from);
}

static void head_counts(struct cli_lines *lines, const struct cli_overview *overview)
{
	size_t from = lines->buf->len, counts[RANK_CALM + 1] = { 0 };

	for (size_t i = 0; i < overview->component_count; i++)
		counts[overview->components[i].rank]++;
	bw_buf_format(lines->buf,
		      "  %zu component%s: %zu healthy, %zu degraded, %zu unhealthy, %zu unknown",
		      overview->component_count, overview->component_count == 1 ? "" : "s",
		      counts[3], counts[1], counts[0], counts[2]);
	cli_line_end(lines, from);
}

static const struct factor {
	const char *key, *label;
} factors[] = {
	{ "availability", "Availability" }, { "breaker_health", "Breakers" },
	{ "cpu_performance", "CPU" },       { "memory_performance", "Memory" },
	{ "response_time", "Response" },
};

static void factor(struct cli_lines *lines, const json_t *metrics, const struct factor *factor)
{
	const json_t *object =
		json_object_get(json_object_get(metrics, "score_factors"), factor->key);
	double score, lost, weight;
	bool known = number_at(object, "score", &score) &&
		     number_at(object, "points_lost", &lost) &&
		     number_at(object, "weight", &weight);

	bw_buf_format(lines->buf, "  %-13s", factor->label);
	style(lines, known && lost > 35 * weight ? CLI_STYLE_WARN : CLI_STYLE_FAINT);
	bar(lines, known ? score / 100 : 0);
	style(lines, CLI_STYLE_PLAIN);
	if (known)
		bw_buf_format(lines->buf, " %5.1f  ", -lost + 0.0);
	else
		bw_buf_text(lines->buf, "     -  ");
}

struct resource {
	const char *label, *value, *limit;
};

static void resource(struct cli_lines *lines, const struct cli_overview *overview,
		     const struct resource *resource)
{
	const json_t *resources = json_object_get(overview->document, "resources");
	double value, limit;
	bool known = !json_is_false(json_object_get(resources, "known")) &&
		     number_at(resources, resource->value, &value);
	bool limited = number_at(json_object_get(overview->document, "thresholds"), resource->limit,
				 &limit);

	bw_buf_format(lines->buf, "  %-7s", resource->label);
	if (known) {
		style(lines, limited && value > limit ? CLI_STYLE_WARN : CLI_STYLE_FAINT);
		bar(lines, value / 100);
		style(lines, CLI_STYLE_PLAIN);
		bw_buf_format(lines->buf, " %3.0f %%%s", value,
			      limited && value > limit ? " !" : "");
	} else {
		bw_buf_text(lines->buf, "-");
	}
	if (limited)
		bw_buf_format(lines->buf, " of %.0f", limit);
}

static void trend(struct cli_lines *lines, size_t from, const char *label, int which)
{
	if (!lines->trends[which])
		return;
	cli_line_pad(lines, from, CLI_TREND_COLUMN - 7);
	bw_buf_format(lines->buf, "%-7s", label);
	style(lines, CLI_STYLE_FAINT);
	bw_buf_text(lines->buf, lines->trends[which]);
	style(lines, CLI_STYLE_PLAIN);
}

static void head_score(struct cli_lines *lines, const struct cli_overview *overview)
{
	const json_t *metrics = json_object_get(overview->document, "metrics");
	size_t from = lines->buf->len;
	double score, usual;

	style(lines, CLI_STYLE_STRONG);
	if (overview->component_count > 0 && number_at(metrics, "system_health_score", &score))
		bw_buf_format(lines->buf, "  Score %.1f of 100", score);
	else
		bw_buf_text(lines->buf, "  Score -");
	style(lines, CLI_STYLE_PLAIN);
	if (number_at(metrics, "usual_health_score", &usual))
		bw_buf_format(lines->buf, "  usually %.0f", usual);
	trend(lines, from, "Score", CLI_TREND_SCORE);
	cli_line_end(lines, from);
}

void cli_overview_verdict(struct cli_lines *lines, const struct cli_overview *overview)
{
	head_verdict(lines, overview);
	head_counts(lines, overview);
}

void cli_overview_head(struct cli_lines *lines, const struct cli_overview *overview)
{
	static const struct resource resources[] = {
		{ "CPU", "cpu_percent", "cpu_usage" },
		{ "Memory", "memory_percent", "memory_usage" },
		{ "Disk", "disk_percent", "disk_usage" },
	};
	const json_t *metrics = json_object_get(overview->document, "metrics");

	cli_overview_verdict(lines, overview);
	head_score(lines, overview);
	for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++) {
		size_t from = lines->buf->len;

		factor(lines, metrics, &factors[i]);
		if (i < sizeof resources / sizeof resources[0])
			resource(lines, overview, &resources[i]);
		else if (i == sizeof resources / sizeof resources[0])
			trend(lines, from, "CPU", CLI_TREND_CPU);
		else
			trend(lines, from, "Resp.", CLI_TREND_RESPONSE);
		cli_line_end(lines, from);
	}
}

/* Rows */

void cli_overview_component(struct cli_lines *lines, const struct cli_entry *entry)
{
	const char *error = cli_text_at(entry->object, "error_message");
	struct bw_buf text;
	double ms;

	bw_buf_init(&text, 0);
	cli_line_mark(lines, cli_text_at(entry->object, "status"), WORD_COLUMNS);
	cli_cell(lines->buf, entry->name, NAME_COLUMNS);
	if (number_at(entry->object, "response_time_ms", &ms))
		bw_buf_format(&text, ms < 10 ? "%.1f ms" : "%.0f ms", ms);
	bw_buf_format(lines->buf, " %10s  ", text.len > 0 ? text.data : "-");
	cli_line_text(lines, error);
	bw_buf_finish(&text);
}

static void probes(struct cli_lines *lines, const json_t *breaker)
{
	double passed, wanted, retry;

	if (strcmp(cli_text_at(breaker, "state"), "half_open") == 0 &&
	    number_at(breaker, "probe_successes", &passed) &&
	    number_at(breaker, "success_threshold", &wanted)) {
		bw_buf_format(lines->buf, "  %.0f of %.0f probes passed", passed, wanted);
	} else if (number_at(breaker, "time_until_retry", &retry)) {
		bw_buf_text(lines->buf, "  probe in ");
		cli_line_age(lines->buf,
			     retry - (double)(lines->now.us - lines->made.us) / BW_SECOND_US);
	}
}

/* The processes that share it, and first what is wrong with them: the line may be cut. */
static void crew(struct cli_lines *lines, const json_t *workers)
{
	const char *cause = cli_text_at(workers, "cause");
	double total, dead, overdue;

	if (*cause) {
		bw_buf_text(lines->buf, "  ");
		cli_line_text(lines, cause);
	}
	if (number_at(workers, "dead", &dead) && dead > 0)
		bw_buf_format(lines->buf, "  %.0f gone in a call", dead);
	if (number_at(workers, "overdue", &overdue) && overdue > 0)
		bw_buf_format(lines->buf, "  %.0f overdue", overdue);
	if (!*cause && number_at(workers, "total", &total) && total > 1)
		bw_buf_format(lines->buf, "  %.0f workers", total);
}

void cli_overview_breaker(struct cli_lines *lines, const struct cli_entry *entry)
{
	double fails, threshold;

	cli_line_mark(lines, cli_text_at(entry->object, "state"), WORD_COLUMNS);
	cli_cell(lines->buf, entry->name, NAME_COLUMNS);
	if (number_at(entry->object, "failure_count", &fails) &&
	    number_at(entry->object, "failure_threshold", &threshold))
		bw_buf_format(lines->buf, " %.0f/%.0f fails", fails, threshold);
	probes(lines, entry->object);
	crew(lines, json_object_get(entry->object, "workers"));
}

/* Why nobody is told of it, or who has taken it. */
static void care_of(struct cli_lines *lines, const json_t *alert)
{
	const char *quiet = cli_text_at(json_object_get(alert, "quiet"), "text");
	const char *person = cli_text_at(json_object_get(alert, "ack"), "by");

	if (*quiet) {
		bw_buf_text(lines->buf, "  [quiet: ");
		cli_line_text(lines, quiet);
		bw_buf_byte(lines->buf, ']');
	} else if (*person) {
		bw_buf_text(lines->buf, "  [acknowledged by ");
		cli_line_text(lines, person);
		bw_buf_byte(lines->buf, ']');
	}
}

void cli_overview_alert(struct cli_lines *lines, const struct cli_entry *entry)
{
	const char *message = cli_text_at(entry->object, "message");

	cli_line_mark(lines, cli_text_at(entry->object, "severity"), WORD_COLUMNS);
	cli_line_text(lines, entry->name);
	bw_buf_text(lines->buf, "  ");
	age_of(lines, cli_text_at(entry->object, "started"));
	care_of(lines, entry->object);
	bw_buf_text(lines->buf, "  ");
	cli_line_text(lines, message);
}
