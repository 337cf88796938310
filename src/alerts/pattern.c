/* pattern.c - a list of parts: text, or a field with the form it is written in.
 *
 * A text that ends in ": " or "(": what should have followed is not known; the end is cut, so that
 * no message trails off.
 */
#include "alerts/pattern.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/alert.h"
#include "alerts/condition_impl.h"
#include "base/buf.h"
#include "base/number.h"
#include "base/text.h"
#include "base/xalloc.h"

enum form { FORM_PLAIN, FORM_HUMAN, FORM_FIXED, FORM_ROUNDED };

enum { PARTS_MAX = 64, FORM_TEXT_MAX = 400 };

#define LONG_TIME_MAX_MS 1e15
#define EXACT_MAX 9007199254740992.0 /* beyond it no double is sure to be the integer it was */

struct part {
	char *text; /* NULL: a field */
	int field;
	enum form form;
	int digits;
};

struct alert_pattern {
	struct part parts[PARTS_MAX];
	size_t count;
};

struct reader {
	struct alert_pattern *pattern;
	struct condition_error *err;
	const char *text;
	enum alert_subject_kind subject;
};

void pattern_destroy(struct alert_pattern *pattern)
{
	if (pattern == NULL)
		return;
	for (size_t i = 0; i < pattern->count; i++)
		free(pattern->parts[i].text);
	free(pattern);
}

static struct part *add_part(struct reader *reader, size_t at)
{
	if (reader->pattern->count < PARTS_MAX)
		return &reader->pattern->parts[reader->pattern->count++];
	condition_fail(reader->err, at, 1, "more than %d parts", (int)PARTS_MAX);
	return NULL;
}

/* Text up to `len`, in which "{{" is one brace. */
static enum bw_status add_text(struct reader *reader, size_t at, size_t len)
{
	struct part *part;
	size_t put = 0;

	if (len == 0)
		return BW_OK;
	part = add_part(reader, at);
	if (part == NULL)
		return BW_EPARSE;
	part->text = xmalloc(len + 1);
	for (size_t i = 0; i < len; i++) {
		char c = reader->text[at + i];

		part->text[put++] = c;
		i += c == '{' || c == '}'; /* the second of a pair */
	}
	part->text[put] = '\0';
	return BW_OK;
}

static enum bw_status read_form(struct reader *reader, size_t at, size_t len, struct part *part)
{
	const char *form = reader->text + at;
	const struct fact_field *field = &fact_fields[part->field];

	if (len == 5 && strncmp(form, "human", len) == 0) {
		part->form = FORM_HUMAN;
		return BW_OK;
	}
	part->form = len > 5 && strncmp(form, "round", 5) == 0 ? FORM_ROUNDED : FORM_FIXED;
	if (part->form == FORM_ROUNDED) {
		form += 5;
		len -= 5;
	}
	if (len != 1 || *form < '0' || *form > '9')
		return condition_fail(reader->err, at, len,
				      "after `:` comes `human`, a number of digits (`1`), or both "
				      "as in `round1`");
	part->digits = *form - '0';
	if (field->type != FACT_NUMBER)
		return condition_fail(reader->err, at, len, "`%s` is %s and has no digits",
				      field->name, fact_type_words(field));
	return BW_OK;
}

/* {field} or {field:form}; `at` is behind the brace, `len` reaches the closing one. */
static enum bw_status add_field(struct reader *reader, size_t at, size_t len)
{
	const char *colon = memchr(reader->text + at, ':', len);
	size_t name_len = colon != NULL ? (size_t)(colon - reader->text) - at : len;
	enum alert_subject_kind subject = reader->subject;
	bool is_set = true;
	struct part *part = add_part(reader, at);
	int field;

	if (part == NULL)
		return BW_EPARSE;
	if (name_len == 0)
		return condition_fail(reader->err, at, 0,
				      "nothing stands between these braces; a field is wanted, or "
				      "`{{` for a brace itself");
	field = condition_field(reader->text, at, name_len, reader->err);
	if (field < 0)
		return BW_EPARSE;
	if (condition_take_subject(&subject, &is_set, field, at, name_len, reader->err) != BW_OK)
		return BW_EPARSE;
	if (subject != reader->subject && subject != ALERT_SUBJECT_RESOURCE)
		return condition_fail(reader->err, at, name_len,
				      "`%s` speaks of a %s; the condition of this rule does not",
				      fact_fields[field].name, alert_subject_text(subject));
	part->field = field;
	return colon == NULL ? BW_OK
			     : read_form(reader, at + name_len + 1, len - name_len - 1, part);
}

static enum bw_status read_parts(struct reader *reader)
{
	const char *text = reader->text;
	size_t from = 0, at = 0;

	while (text[at] != '\0') {
		const char *close;

		if (text[at] != '{' && text[at] != '}') {
			at++;
		} else if (text[at + 1] == text[at]) {
			at += 2;
		} else if (text[at] == '}') {
			return condition_fail(reader->err, at, 1,
					      "a closing brace alone; a brace itself is `}}`");
		} else {
			close = strchr(text + at, '}');
			if (close == NULL)
				return condition_fail(reader->err, at, 1,
						      "this brace is never closed; a brace itself "
						      "is `{{`");
			if (add_text(reader, from, at - from) != BW_OK ||
			    add_field(reader, at + 1, (size_t)(close - text) - at - 1) != BW_OK)
				return BW_EPARSE;
			from = at = (size_t)(close - text) + 1;
		}
	}
	return add_text(reader, from, at - from);
}

enum bw_status pattern_compile(const char *text, enum alert_subject_kind subject,
			       struct alert_pattern **out, struct condition_error *err)
{
	struct reader reader = { .err = err, .text = text, .subject = subject };

	*err = (struct condition_error){ 0 };
	if (strlen(text) > CONDITION_TEXT_MAX)
		return condition_fail(err, CONDITION_TEXT_MAX, 0, "longer than %d bytes",
				      (int)CONDITION_TEXT_MAX);
	reader.pattern = xcalloc(1, sizeof(*reader.pattern));
	if (read_parts(&reader) == BW_OK) {
		*out = reader.pattern;
		return BW_OK;
	}
	pattern_destroy(reader.pattern);
	return BW_EPARSE;
}

/* --- writing --- */

/* The two largest units of a time of a minute or more. */
static void write_long_time(double ms, char *out, size_t size)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = { { "d", 86400 }, { "h", 3600 }, { "m", 60 }, { "s", 1 } };
	int64_t seconds = (int64_t)round(ms / 1e3);
	size_t unit = 0;

	while (seconds < units[unit].seconds)
		unit++;
	int64_t whole = seconds / units[unit].seconds, rest = seconds % units[unit].seconds;

	if (unit + 1 < sizeof(units) / sizeof(units[0]))
		rest /= units[unit + 1].seconds;
	if (rest > 0)
		(void)snprintf(out, size, "%" PRId64 " %s %" PRId64 " %s", whole, units[unit].name,
			       rest, units[unit + 1].name);
	else
		(void)snprintf(out, size, "%" PRId64 " %s", whole, units[unit].name);
}

/* The unit is chosen for what will stand there: 999.6 ms is "1.00 s". */
static void write_human_time(double ms, char *out, size_t size)
{
	if (ms < 9.95)
		(void)snprintf(out, size, "%.1f ms", ms);
	else if (ms < 999.5)
		(void)snprintf(out, size, "%.0f ms", ms);
	else if (ms < 59995)
		(void)snprintf(out, size, "%.2f s", ms / 1e3);
	else if (ms < LONG_TIME_MAX_MS)
		write_long_time(ms, out, size);
	else
		(void)snprintf(out, size, "%.0f d", ms / 86400e3);
}

static void write_human_size(double bytes, char *out, size_t size)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t unit = 0;

	for (; bytes >= 1023.5 && unit + 1 < sizeof(units) / sizeof(units[0]); unit++)
		bytes /= 1024;
	(void)snprintf(out, size, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
}

/* One decimal where there is one. What is not quite all is never "100 %". */
static void write_human_plain(double number, bool is_percent, char *out, size_t size)
{
	if (is_percent && number > 99.9 && number < 100)
		number = 99.9;
	(void)snprintf(out, size, round(number * 10) == round(number) * 10 ? "%.0f%s" : "%.1f%s",
		       number, is_percent ? " %" : "");
}

static void write_human(enum fact_unit unit, double number, char *out, size_t size)
{
	if (unit == FACT_MILLISECONDS)
		write_human_time(number, out, size);
	else if (unit == FACT_BYTES)
		write_human_size(number, out, size);
	else
		write_human_plain(number, unit == FACT_PERCENT, out, size);
}

static void write_number(const struct part *part, const struct fact *fact, char *out, size_t size)
{
	const struct fact_field *field = &fact_fields[part->field];
	char plain[BW_NUMBER_TEXT_MAX];

	if (part->form == FORM_FIXED) {
		(void)snprintf(out, size, "%.*f", part->digits, fact->number);
		return;
	}
	if (part->form == FORM_HUMAN) {
		write_human(field->unit, fact->number, out, size);
		return;
	}
	if (fact->is_int && fabs(fact->number) <= EXACT_MAX)
		bw_number_text(bw_number_from_int((int64_t)fact->number), plain);
	else
		bw_double_text(part->form == FORM_ROUNDED ? bw_round(fact->number, part->digits)
							  : fact->number,
			       plain);
	(void)snprintf(out, size, "%s", plain);
}

static void write_part(const struct part *part, const struct fact *fact, struct bw_buf *out)
{
	char number[FORM_TEXT_MAX];

	if (fact->type == FACT_UNKNOWN) {
		bw_buf_text(out, "unknown");
	} else if (fact->type == FACT_TEXT) {
		bw_buf_text(out, fact->text);
	} else if (fact->type == FACT_BOOL) {
		bw_buf_text(out, fact->boolean ? "true" : "false");
	} else {
		write_number(part, fact, number, sizeof(number));
		bw_buf_text(out, number);
	}
}

void pattern_write(const struct alert_pattern *pattern, const struct alert_subject *subject,
		   const struct fact_source *facts, char *out, size_t size)
{
	struct bw_buf text;

	bw_buf_init(&text, 0);
	for (size_t i = 0; i < pattern->count; i++) {
		const struct part *part = &pattern->parts[i];
		struct fact fact = { 0 };

		if (part->text != NULL) {
			bw_buf_text(&text, part->text);
			continue;
		}
		facts->read(facts->arg, subject, part->field, &fact);
		write_part(part, &fact, &text);
	}
	xalloc_must(text.status);
	size_t len = text.len;

	while (len > 0 && (text.data[len - 1] == ' ' || text.data[len - 1] == ':'))
		len--;
	bw_text_clean(text.data, len, out, size);
	bw_buf_finish(&text);
}
