/* scalar.c - a parser a type. */
#include "config/scalar.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "config/decode.h"
#include "config/guess.h"
#include "config/units.h"

enum { SHOWN_MAX = 80, NAME_MAX_BYTES = 128 };

bool config_has_range(const struct config_field *field)
{
	return field->min != 0 || field->max != 0;
}

void config_limit_text(const struct config_field *field, double value, char *out, size_t size)
{
	char text[CONFIG_UNIT_TEXT_MAX];

	if (field->type == CONFIG_DURATION)
		config_duration_format((int64_t)value, text);
	else if (field->type == CONFIG_SIZE)
		config_size_format((int64_t)value, text);
	else if (value == floor(value) && fabs(value) < 1e15)
		snprintf(text, sizeof text, "%.0f", value);
	else
		bw_double_text(value, text);
	snprintf(out, size, "%s", text);
}

void config_range_text(const struct config_field *field, char *out, size_t size)
{
	char min[CONFIG_UNIT_TEXT_MAX], max[CONFIG_UNIT_TEXT_MAX];

	config_limit_text(field, field->min, min, sizeof min);
	if (field->max >= 9e18) {
		snprintf(out, size, "at least %s", min);
		return;
	}
	config_limit_text(field, field->max, max, sizeof max);
	snprintf(out, size, "between %s and %s", min, max);
}

static enum bw_status check_range(const struct config_field *field, double value,
				  struct bw_error *err)
{
	char range[2 * CONFIG_UNIT_TEXT_MAX + 16], shown[CONFIG_UNIT_TEXT_MAX];

	if (!config_has_range(field) || (value >= field->min && value <= field->max))
		return BW_OK;
	config_range_text(field, range, sizeof range);
	config_limit_text(field, value, shown, sizeof shown);
	return bw_fail(err, BW_EPARSE, "`%s` must be %s, not %s", field->name, range, shown);
}

static enum bw_status not_a(const struct config_field *field, const char *written,
			    struct bw_error *err)
{
	return bw_fail(err, BW_EPARSE, "%s expected, not `%.*s%s`", config_type_text(field),
		       SHOWN_MAX, written, strlen(written) > SHOWN_MAX ? "..." : "");
}

static enum bw_status set_bool(const struct config_field *field, const char *text,
			       const char *written, bool *out, struct bw_error *err)
{
	static const char *const yes[] = { "true", "yes", "on", "True", "TRUE" };
	static const char *const no[] = { "false", "no", "off", "False", "FALSE" };

	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
		if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
			*out = strcmp(text, yes[i]) == 0;
			return BW_OK;
		}
	}
	return not_a(field, written, err);
}

static enum bw_status set_int(const struct config_field *field, const char *text,
			      const char *written, int64_t *out, struct bw_error *err)
{
	size_t sign = *text == '-' || *text == '+';
	enum bw_status status;
	int64_t value;

	if (!text[sign] || text[sign + strspn(text + sign, "0123456789")])
		return not_a(field, written, err);
	errno = 0;
	value = strtoll(text, NULL, 10);
	if (errno != 0)
		return not_a(field, written, err);
	status = check_range(field, (double)value, err);
	if (status == BW_OK)
		*out = value;
	return status;
}

static enum bw_status set_number(const struct config_field *field, const char *text,
				 const char *written, double *out, struct bw_error *err)
{
	enum bw_status status;
	double value;
	char *end;

	if (!*text || text[strspn(text, "+-.0123456789eE")])
		return not_a(field, written, err);
	value = strtod(text, &end);
	if (*end || !isfinite(value))
		return not_a(field, written, err);
	status = check_range(field, value, err);
	if (status == BW_OK)
		*out = value;
	return status;
}

static enum bw_status set_amount(const struct config_field *field, const char *text,
				 const char *written, int64_t *out, struct bw_error *err)
{
	bool is_duration = field->type == CONFIG_DURATION;
	enum bw_status status;
	int64_t value;

	status =
		is_duration ? config_duration_parse(text, &value) : config_size_parse(text, &value);
	if (status == BW_ELIMIT)
		return bw_fail(err, BW_EPARSE, "`%.*s` is too large; %s expected", SHOWN_MAX,
			       written, config_type_text(field));
	if (status != BW_OK && is_duration && *text && !text[strspn(text, "0123456789")])
		return bw_fail(err, BW_EPARSE,
			       "a duration needs a unit: write %.*ss for seconds, or ms, m, h, d",
			       SHOWN_MAX, written);
	if (status != BW_OK)
		return not_a(field, written, err);
	status = check_range(field, (double)value, err);
	if (status == BW_OK)
		*out = value;
	return status;
}

static enum bw_status set_word(const struct config_field *field, const char *text,
			       const char *written, int *out, struct bw_error *err)
{
	struct config_guess guess;
	char known[256] = "";

	config_guess_init(&guess, text);
	for (int i = 0; field->words[i]; i++) {
		size_t len = strlen(known);

		if (strcmp(text, field->words[i]) == 0) {
			*out = i;
			return BW_OK;
		}
		config_guess_add(&guess, field->words[i]);
		snprintf(known + len, sizeof known - len, "%s%s", i > 0 ? ", " : "",
			 field->words[i]);
	}
	if (guess.best)
		return bw_fail(err, BW_EPARSE, "`%s` cannot be `%.*s`; did you mean `%s`?",
			       field->name, SHOWN_MAX, written, guess.best);
	return bw_fail(err, BW_EPARSE, "`%s` cannot be `%.*s`; write one of %s", field->name,
		       SHOWN_MAX, written, known);
}

static enum bw_status check_url(const struct config_field *field, const char *text,
				struct bw_error *err)
{
	static const char bytes[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.";
	size_t len = strspn(text, bytes);

	if (len > 0 && strncmp(text + len, "://", 3) == 0)
		return BW_OK;
	return bw_fail(err, BW_EPARSE, "`%s` has no scheme; write it with one, such as %s",
		       field->name, field->example ? field->example : "https://example.org/");
}

static bool is_name_word(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
}

static bool is_name(const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || !is_name_word(text[0]) || !is_name_word(text[len - 1]))
		return false;
	for (size_t i = 1; i < len; i++)
		if (!is_name_word(text[i]) &&
		    (!strchr("-_.", text[i]) || !is_name_word(text[i - 1])))
			return false;
	return true;
}

/* What the text would be as a name: "My DB!" is "my-db". */
static void make_name(const char *text, char *out, size_t size)
{
	size_t len = 0;

	for (; *text && len + 1 < size; text++) {
		char byte = *text >= 'A' && *text <= 'Z' ? (char)(*text + ('a' - 'A')) : *text;
		bool is_word = is_name_word(byte);

		if (!is_word && (len == 0 || !is_name_word(out[len - 1])))
			continue;
		out[len++] = is_word || strchr("-_.", byte) ? byte : '-';
	}
	while (len > 0 && !is_name_word(out[len - 1]))
		len--;
	out[len] = '\0';
}

static enum bw_status check_name(const char *text, const char *written, struct bw_error *err)
{
	char guess[NAME_MAX_BYTES] = "";

	if (is_name(text) && strlen(text) <= NAME_MAX_BYTES)
		return BW_OK;
	if (is_name(text))
		return bw_fail(err, BW_EPARSE, "a name has at most %d bytes, this one %zu",
			       NAME_MAX_BYTES, strlen(text));
	make_name(written, guess, sizeof guess);
	return bw_fail(err, BW_EPARSE,
		       "`%.*s` is no name: lower-case words joined by `-`, `_` or `.`%s%.*s%s",
		       SHOWN_MAX, written, is_name(guess) ? "; did you mean `" : "",
		       is_name(guess) ? SHOWN_MAX : 0, guess, is_name(guess) ? "`?" : "");
}

enum bw_status config_scalar(const struct config_field *field, const char *text,
			     const char *written, void *target, struct bw_error *err)
{
	enum bw_status status = BW_OK;

	switch (field->type) {
	case CONFIG_BOOL:
		return set_bool(field, text, written, target, err);
	case CONFIG_INT:
		return set_int(field, text, written, target, err);
	case CONFIG_NUMBER:
	case CONFIG_NUMBER_LIST:
		return set_number(field, text, written, target, err);
	case CONFIG_DURATION:
	case CONFIG_SIZE:
		return set_amount(field, text, written, target, err);
	case CONFIG_WORD:
		return set_word(field, text, written, target, err);
	case CONFIG_URL:
		status = check_url(field, text, err);
		break;
	case CONFIG_NAME:
		status = check_name(text, written, err);
		break;
	default:
		break;
	}
	if (status == BW_OK)
		*(const char **)target = text;
	return status;
}
