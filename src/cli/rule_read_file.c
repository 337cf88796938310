/* rule_read_file.c - a line is one sample: when, of whom, and what was known, by the names of the
 * dictionary.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <jansson.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "cli/print.h"
#include "cli/rule_read.h"
#include "config/guess.h"

struct reader {
	const char *name;
	const struct alert_rule *rule;
	const struct rule_range *range;
	struct rule_history *history;
	size_t line;
};

static bool complain(const struct reader *reader, const char *format, ...) BW_PRINTF(2, 3);
static bool complain(const struct reader *reader, const char *format, ...)
{
	char text[512];
	va_list list;

	va_start(list, format);
	bw_text_format_args(text, sizeof(text), format, list);
	va_end(list);
	cli_fail("%s: line %zu: %s", reader->name, reader->line, text);
	return false;
}

static const struct {
	const char *key;
	enum alert_subject_kind kind;
} namers[] = {
	{ "component", ALERT_SUBJECT_COMPONENT },
	{ "breaker", ALERT_SUBJECT_BREAKER },
	{ "job", ALERT_SUBJECT_JOB },
};

enum { NAMERS = sizeof(namers) / sizeof(namers[0]) };

/* What the line is about; the host and the whole are one. */
struct about {
	enum alert_subject_kind kind;
	const char *name;
	struct bw_wall at;
};

static bool read_about(const struct reader *reader, const json_t *line, struct about *out)
{
	const char *at = json_string_value(json_object_get(line, "at"));

	*out = (struct about){ .kind = ALERT_SUBJECT_SYSTEM, .name = "" };
	if (!at || bw_wall_parse(at, &out->at) != BW_OK)
		return complain(reader, "`at` is missing or no time; write "
					"\"at\": \"2026-03-02T14:30:00Z\"");
	for (size_t i = 0; i < NAMERS; i++) {
		const json_t *name = json_object_get(line, namers[i].key);

		if (!name)
			continue;
		if (out->name[0] != '\0')
			return complain(reader, "a line is about one subject, not a %s and a %s",
					alert_subject_text(out->kind), namers[i].key);
		if (!json_is_string(name) || json_string_length(name) == 0)
			return complain(reader, "`%s` is its name, a text", namers[i].key);
		out->kind = namers[i].kind;
		out->name = json_string_value(name);
	}
	return true;
}

static bool is_of_whole(enum alert_subject_kind kind)
{
	return kind == ALERT_SUBJECT_SYSTEM || kind == ALERT_SUBJECT_RESOURCE;
}

static bool complain_key(const struct reader *reader, const char *key)
{
	struct config_guess guess;

	config_guess_init(&guess, key);
	for (int i = 0; fact_fields[i].name; i++)
		config_guess_add(&guess, fact_fields[i].name);
	if (guess.best)
		return complain(reader, "there is no field `%.64s`; did you mean `%s`?", key,
				guess.best);
	return complain(reader,
			"there is no field `%.64s`; beside `at` and component, breaker or job "
			"stand fields of rules, like `component.status`",
			key);
}

static bool check_field(const struct reader *reader, const struct about *about, int field)
{
	const struct fact_field *row = &fact_fields[field];

	if (strncmp(row->name, "threshold.", strlen("threshold.")) == 0)
		return complain(reader, "`%s` comes from the configuration; leave it out",
				row->name);
	if (row->subject == about->kind || (is_of_whole(row->subject) && is_of_whole(about->kind)))
		return true;
	if (is_of_whole(about->kind))
		return complain(reader, "`%s` needs the name: write \"%s\": \"NAME\" too",
				row->name, alert_subject_text(row->subject));
	return complain(reader, "`%s` stands in a line about a %s; give it a line of its own",
			row->name, alert_subject_text(about->kind));
}

static bool is_one_of(const char *const *words, const char *word)
{
	for (size_t i = 0; words && words[i]; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return !words;
}

static bool read_value(const struct reader *reader, const struct fact_field *field,
		       const json_t *value, struct fact *out)
{
	static const char *const units[] = { "a number", "a number of milliseconds",
					     "a number of percent", "a number of bytes" };

	*out = (struct fact){ .type = FACT_UNKNOWN };
	if (json_is_null(value))
		return true;
	if (field->type == FACT_NUMBER) {
		if (!json_is_number(value))
			return complain(reader, "`%s` is %s, or null where it is not known",
					field->name, units[field->unit]);
		*out = (struct fact){ .type = FACT_NUMBER,
				      .is_int = json_is_integer(value),
				      .number = json_number_value(value) };
		return true;
	}
	if (field->type == FACT_BOOL) {
		if (!json_is_boolean(value))
			return complain(reader, "`%s` is true, false or null", field->name);
		*out = (struct fact){ .type = FACT_BOOL, .boolean = json_is_true(value) };
		return true;
	}
	if (!json_is_string(value))
		return complain(reader, "`%s` is a text, or null where it is not known",
				field->name);
	if (is_one_of(field->words, json_string_value(value)))
		*out = (struct fact){ .type = FACT_TEXT, .text = json_string_value(value) };
	else if (strcmp(json_string_value(value), "unknown") != 0)
		return complain(reader, "`%s` is never `%.64s`", field->name,
				json_string_value(value));
	return true;
}

/* A line that nobody asks for is only checked. */
static bool read_fields(const struct reader *reader, const struct about *about, json_t *line,
			bool is_wanted)
{
	const char *key;
	json_t *value;

	json_object_foreach(line, key, value)
	{
		int field = fact_field_find(key);
		struct fact fact;

		if (strcmp(key, "at") == 0 || strcmp(key, "component") == 0 ||
		    strcmp(key, "breaker") == 0 || strcmp(key, "job") == 0)
			continue;
		if (field < 0)
			return complain_key(reader, key);
		if (!check_field(reader, about, field) ||
		    !read_value(reader, &fact_fields[field], value, &fact))
			return false;
		if (is_wanted)
			rule_history_add(reader->history, field, &fact);
	}
	return true;
}

static bool read_sample(const struct reader *reader, json_t *line)
{
	struct rule_history *history = reader->history;
	struct about about;
	bool is_wanted;

	if (!read_about(reader, line, &about))
		return false;
	is_wanted = about.at.us >= reader->range->from.us && about.at.us <= reader->range->to.us &&
		    (is_of_whole(about.kind) || about.kind == reader->rule->subject);
	if (is_wanted && rule_history_begin(history, rule_history_subject(history, about.name),
					    about.at) != BW_OK)
		return complain(reader, "more than %d samples; take a shorter time with --from",
				(int)RULE_SAMPLES_MAX);
	return read_fields(reader, &about, line, is_wanted);
}

static bool read_line(const struct reader *reader, const char *text, size_t len)
{
	json_error_t why;
	json_t *line;
	bool is_good;

	if (len > RULE_LINE_MAX)
		return complain(reader, "longer than %d KiB", RULE_LINE_MAX / 1024);
	line = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	if (!line)
		return complain(reader, "no JSON: %s", why.text);
	is_good = json_is_object(line) ? read_sample(reader, line)
				       : complain(reader, "an object is wanted: {\"at\": ...}");
	json_decref(line);
	return is_good;
}

/* The next line without its end; one that is too long is cut behind RULE_LINE_MAX + 1 bytes. False
 * at the end. A NUL is a byte as any other, so that a device full of them ends as no JSON. */
static bool take_line(FILE *in, char text[RULE_LINE_MAX + 2], size_t *len)
{
	int c = getc(in);

	*len = 0;
	if (c == EOF)
		return false;
	for (; c != EOF && c != '\n'; c = getc(in)) {
		text[(*len)++] = (char)c;
		if (*len > RULE_LINE_MAX)
			break;
	}
	text[*len] = '\0';
	return true;
}

int rule_read_file(FILE *in, const char *name, const struct alert_rule *rule,
		   const struct rule_range *range, struct rule_history *history)
{
	struct reader reader = { .name = name, .rule = rule, .range = range, .history = history };
	char *text = xmalloc(RULE_LINE_MAX + 2);
	bool is_good = true;
	size_t len;

	while (is_good && take_line(in, text, &len)) {
		reader.line++;
		if (strspn(text, " \t\r") < len)
			is_good = read_line(&reader, text, len);
	}
	free(text);
	if (is_good && ferror(in)) {
		cli_fail("%s cannot be read; name a file of JSON lines", name);
		return EX_IOERR;
	}
	return is_good ? EX_OK : EX_DATAERR;
}
