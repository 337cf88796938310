/* condition_lex.c - words, numbers with units, texts in quotes, and what other languages write.
 *
 * `&&`, `||`, `!` and a single `=` are known only to say what is written here instead.
 */
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/condition_impl.h"
#include "base/text.h"
#include "config/units.h"

enum { NUMBER_TEXT_MAX = 48 };

static const struct unit {
	const char *name;
	enum fact_unit unit;
	double factor;
} units[] = {
	{ "ms", FACT_MILLISECONDS, 1 },
	{ "s", FACT_MILLISECONDS, 1e3 },
	{ "m", FACT_MILLISECONDS, 60e3 },
	{ "h", FACT_MILLISECONDS, 3600e3 },
	{ "d", FACT_MILLISECONDS, 86400e3 },
	{ "%", FACT_PERCENT, 1 },
	{ "B", FACT_BYTES, 1 },
	{ "kB", FACT_BYTES, 1e3 },
	{ "MB", FACT_BYTES, 1e6 },
	{ "GB", FACT_BYTES, 1e9 },
	{ "TB", FACT_BYTES, 1e12 },
	{ "KiB", FACT_BYTES, 1024.0 },
	{ "MiB", FACT_BYTES, 1048576.0 },
	{ "GiB", FACT_BYTES, 1073741824.0 },
	{ "TiB", FACT_BYTES, 1099511627776.0 },
};

enum bw_status condition_fail(struct condition_error *err, size_t at, size_t len,
			      const char *format, ...)
{
	char text[2 * sizeof(err->text)];
	va_list list;

	err->column = at + 1;
	err->len = len;
	va_start(list, format);
	(void)vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	bw_text_clean(text, strlen(text), err->text, sizeof(err->text));
	return BW_EPARSE;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.';
}

static enum bw_status take(struct lexer *lexer, enum token_kind kind, size_t len)
{
	lexer->token.kind = kind;
	lexer->token.len = len;
	lexer->at += len;
	return BW_OK;
}

/* "1h30m", as durations are written elsewhere in the configuration. */
static bool read_compound(const char *text, size_t len, struct token *token)
{
	char copy[NUMBER_TEXT_MAX];
	int64_t us;

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (config_duration_parse(copy, &us) != BW_OK)
		return false;
	token->unit = FACT_MILLISECONDS;
	token->number = (double)us / 1e3;
	return true;
}

/* The number in the token's text is `len` bytes, its unit what follows. */
static enum bw_status read_number(struct lexer *lexer, size_t len, size_t unit_len)
{
	const char *start = lexer->text + lexer->at, *unit = start + len;
	struct token *token = &lexer->token;
	char digits[NUMBER_TEXT_MAX];
	char *end;

	if (len >= sizeof(digits))
		return condition_fail(lexer->err, lexer->at, len, "this number is too long");
	memcpy(digits, start, len);
	digits[len] = '\0';
	token->number = strtod(digits, &end); /* the program never sets a locale */
	if (*end != '\0' || !isfinite(token->number))
		return condition_fail(lexer->err, lexer->at, len, "`%s` is no number", digits);
	token->has_unit = unit_len > 0;
	if (unit_len == 0)
		return take(lexer, TOKEN_NUMBER, len);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strlen(units[i].name) == unit_len &&
		    strncmp(units[i].name, unit, unit_len) == 0) {
			token->unit = units[i].unit;
			token->number *= units[i].factor;
			return take(lexer, TOKEN_NUMBER, len + unit_len);
		}
	}
	if (read_compound(start, len + unit_len, token))
		return take(lexer, TOKEN_NUMBER, len + unit_len);
	return condition_fail(lexer->err, lexer->at + len, unit_len,
			      "`%.*s` is no unit; there are ms, s, m, h, d, %%, B, kB, MB, GB, "
			      "TB, KiB, MiB, GiB and TiB",
			      (int)(unit_len > 32 ? 32 : unit_len), unit);
}

static enum bw_status take_number(struct lexer *lexer)
{
	const char *start = lexer->text + lexer->at;
	size_t len = *start == '-' ? 1 : 0, unit_len = 0;

	while (isdigit((unsigned char)start[len]) || start[len] == '.')
		len++;
	if (start[len] == '%')
		unit_len = 1;
	else
		while (is_word(start[len + unit_len]))
			unit_len++;
	return read_number(lexer, len, unit_len);
}

static enum bw_status take_quoted(struct lexer *lexer)
{
	const char *start = lexer->text + lexer->at;
	size_t len = 1;

	while (start[len] != '\0' && start[len] != *start)
		len += start[len] == '\\' && start[len + 1] != '\0' ? 2 : 1;
	if (start[len] == '\0')
		return condition_fail(lexer->err, lexer->at, len, "this text has no closing %c",
				      *start);
	return take(lexer, TOKEN_TEXT, len + 1);
}

static enum bw_status take_compare(struct lexer *lexer, enum compare compare, size_t len)
{
	lexer->token.compare = compare;
	return take(lexer, TOKEN_COMPARE, len);
}

/* Signs that other languages write. */
static enum bw_status refuse(const struct lexer *lexer)
{
	static const struct {
		const char *sign, *instead;
	} signs[] = {
		{ "&&", "and" },    { "||", "or" },     { "&", "and" },     { "|", "or" },
		{ "<>", "!=" },     { "=>", ">=" },     { "=<", "<=" },     { "=", "==" },
		{ "~=", "=~" },     { "~", "=~" },      { "!", "not" },     { "\u2265", ">=" },
		{ "\u2264", "<=" }, { "\u2260", "!=" }, { "\u201c", "\"" }, { "\u201d", "\"" },
		{ "\u2018", "'" },  { "\u2019", "'" },
	};
	const char *here = lexer->text + lexer->at;

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t len = strlen(signs[i].sign);

		if (strncmp(here, signs[i].sign, len) == 0)
			return condition_fail(lexer->err, lexer->at, len,
					      "`%s` is not of this language; write `%s`",
					      signs[i].sign, signs[i].instead);
	}
	if (strchr("+-*/^", *here) != NULL)
		return condition_fail(lexer->err, lexer->at, 1,
				      "`%c`: there is no arithmetic here; a field is compared "
				      "with one value or one other field",
				      *here);
	if ((unsigned char)*here < 0x20 || (unsigned char)*here >= 0x7f)
		return condition_fail(lexer->err, lexer->at, 1,
				      "a character that only a text in quotes may have");
	return condition_fail(lexer->err, lexer->at, 1, "`%c` is not of this language", *here);
}

static enum bw_status take_sign(struct lexer *lexer)
{
	const char *here = lexer->text + lexer->at;

	if (strncmp(here, "==", 2) == 0)
		return take_compare(lexer, COMPARE_EQ, 2);
	if (strncmp(here, "!=", 2) == 0)
		return take_compare(lexer, COMPARE_NE, 2);
	if (strncmp(here, "<=", 2) == 0)
		return take_compare(lexer, COMPARE_LE, 2);
	if (strncmp(here, ">=", 2) == 0)
		return take_compare(lexer, COMPARE_GE, 2);
	if (strncmp(here, "=~", 2) == 0)
		return take(lexer, TOKEN_MATCH, 2);
	if (strncmp(here, "!~", 2) == 0)
		return take(lexer, TOKEN_NOT_MATCH, 2);
	if (*here == '<' && here[1] != '>')
		return take_compare(lexer, COMPARE_LT, 1);
	if (*here == '>')
		return take_compare(lexer, COMPARE_GT, 1);
	if (*here == '(')
		return take(lexer, TOKEN_OPEN, 1);
	if (*here == ')')
		return take(lexer, TOKEN_CLOSE, 1);
	if (*here == ',')
		return take(lexer, TOKEN_COMMA, 1);
	return refuse(lexer);
}

enum bw_status lexer_next(struct lexer *lexer)
{
	const char *text = lexer->text;
	size_t len = 0;

	while (text[lexer->at] == ' ' || text[lexer->at] == '\t' || text[lexer->at] == '\n' ||
	       text[lexer->at] == '\r')
		lexer->at++;
	lexer->token = (struct token){ .at = lexer->at };
	const char *here = text + lexer->at;

	if (*here == '\0')
		return take(lexer, TOKEN_END, 0);
	if (isdigit((unsigned char)*here) || (*here == '-' && isdigit((unsigned char)here[1])))
		return take_number(lexer);
	if (*here == '"' || *here == '\'')
		return take_quoted(lexer);
	if (!is_word(*here))
		return take_sign(lexer);
	while (is_word(here[len]))
		len++;
	return take(lexer, TOKEN_WORD, len);
}

bool lexer_is(const struct lexer *lexer, const char *word)
{
	return lexer->token.kind == TOKEN_WORD && strlen(word) == lexer->token.len &&
	       strncmp(lexer->text + lexer->token.at, word, lexer->token.len) == 0;
}
