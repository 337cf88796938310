/* condition_refuse.c - what is said of a mistake: each typical one has a sentence of its own, which
 * ends in what to write instead.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "alerts/alert.h"
#include "alerts/condition_impl.h"
#include "base/text.h"
#include "config/guess.h"

enum { WORD_MAX = 64, WORDS_TEXT_MAX = 160 };

const char *fact_type_words(const struct fact_field *field)
{
	static const char *const units[] = {
		[FACT_PLAIN] = "a number",
		[FACT_MILLISECONDS] = "a time",
		[FACT_PERCENT] = "a percentage",
		[FACT_BYTES] = "a size",
	};

	if (field->type == FACT_BOOL)
		return "true or false";
	if (field->type == FACT_TEXT)
		return field->words != NULL ? "a word" : "a text";
	return units[field->unit];
}

const char *fact_unit_example(enum fact_unit unit)
{
	static const char *const examples[] = {
		[FACT_PLAIN] = "90",
		[FACT_MILLISECONDS] = "500ms or 2s",
		[FACT_PERCENT] = "90%",
		[FACT_BYTES] = "64MiB",
	};

	return examples[unit];
}

/* What nobody mistyped but shortened: `threshold.cpu`, or `cpu` without what it belongs to. */
static const char *longer_name(const char *name)
{
	size_t len = strlen(name);

	for (int i = 0; len > 0 && fact_fields[i].name != NULL; i++) {
		if (strncmp(fact_fields[i].name, name, len) == 0)
			return fact_fields[i].name;
	}
	for (int i = 0; fact_fields[i].name != NULL; i++) {
		const char *dot = strchr(fact_fields[i].name, '.');

		if (dot != NULL && strcmp(dot + 1, name) == 0)
			return fact_fields[i].name;
	}
	return NULL;
}

int condition_field(const char *text, size_t at, size_t len, struct condition_error *err)
{
	char name[WORD_MAX];
	struct config_guess guess;

	if (len >= sizeof(name)) {
		condition_fail(err, at, len, "no field has so long a name");
		return -1;
	}
	memcpy(name, text + at, len);
	name[len] = '\0';
	int field = fact_field_find(name);
	if (field >= 0)
		return field;
	config_guess_init(&guess, name);
	guess.best = longer_name(name);
	for (int i = 0; guess.best == NULL && fact_fields[i].name != NULL; i++)
		config_guess_add(&guess, fact_fields[i].name);
	if (guess.best != NULL)
		condition_fail(err, at, len, "there is no field `%s`; did you mean `%s`?", name,
			       guess.best);
	else
		condition_fail(err, at, len,
			       "there is no field `%s`; fields begin with `component.`, "
			       "`breaker.`, `job.`, `resource.`, `system.` or `threshold.`",
			       name);
	return -1;
}

/* The host and the whole stand beside any other subject, the whole beside the host. */
static int rank(enum alert_subject_kind kind)
{
	return kind == ALERT_SUBJECT_SYSTEM ? 0 : kind == ALERT_SUBJECT_RESOURCE ? 1 : 2;
}

enum bw_status condition_take_subject(enum alert_subject_kind *subject, bool *is_set, int field,
				      size_t at, size_t len, struct condition_error *err)
{
	const struct fact_field *row = &fact_fields[field];

	if (!*is_set || rank(row->subject) > rank(*subject)) {
		*subject = row->subject;
		*is_set = true;
		return BW_OK;
	}
	if (rank(row->subject) < 2 || row->subject == *subject)
		return BW_OK;
	condition_fail(err, at, len,
		       "`%s` speaks of a %s, but this rule is about each %s; a rule is about "
		       "one kind of subject, beside `resource`, `system` and `threshold`",
		       row->name, alert_subject_text(row->subject), alert_subject_text(*subject));
	return BW_EINVAL;
}

/* --- tokens --- */

/* The token with what stands behind it without a space, as people wrote it: `half-open`. */
static void as_written(const struct lexer *lexer, char out[WORD_MAX])
{
	const struct token *token = &lexer->token;
	const char *from = lexer->text + token->at;
	size_t len = token->len;

	if (token->kind == TOKEN_WORD)
		len += strcspn(from + len, " \t\r\n()<>=!&|,\"'");
	(void)snprintf(out, WORD_MAX, "%.*s", (int)(len < WORD_MAX ? len : WORD_MAX - 1), from);
}

static enum bw_status fail_here(const struct lexer *lexer, const char *format, ...) BW_PRINTF(2, 3);
static enum bw_status fail_here(const struct lexer *lexer, const char *format, ...)
{
	char text[sizeof(lexer->err->text)];
	va_list list;

	va_start(list, format);
	bw_text_format_args(text, sizeof(text), format, list);
	va_end(list);
	return condition_fail(lexer->err, lexer->token.at, lexer->token.len, "%s", text);
}

enum bw_status condition_refuse_token(const struct lexer *lexer, const char *what)
{
	static const char *const words[] = { "and", "or", "not", "in" };
	char written[WORD_MAX];

	if (lexer->token.kind == TOKEN_END)
		return condition_fail(lexer->err, lexer->token.at, 0,
				      "the condition ends where %s is wanted", what);
	as_written(lexer, written);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(words[i], written) == 0 && strcmp(words[i], written) != 0)
			return fail_here(lexer, "`%s` is written in small letters: `%s`", written,
					 words[i]);
	}
	return fail_here(lexer, "`%s` stands where %s is wanted", written, what);
}

enum bw_status condition_refuse_start(const struct lexer *lexer)
{
	char written[WORD_MAX];

	as_written(lexer, written);
	if (lexer->token.kind == TOKEN_NUMBER || lexer->token.kind == TOKEN_TEXT)
		return fail_here(lexer,
				 "a comparison begins with its field: write `field > ...`, then "
				 "`%s`",
				 written);
	return condition_refuse_token(lexer, "a field, like `component.status`,");
}

/* A field that nothing follows, or a word that other languages compare with. */
enum bw_status condition_refuse_alone(const struct lexer *lexer, const struct fact_field *field,
				      const struct token *name)
{
	static const struct {
		const char *word, *instead;
	} words[] = {
		{ "is", "==" },      { "equals", "==" },   { "eq", "==" },   { "ne", "!=" },
		{ "above", ">" },    { "over", ">" },      { "gt", ">" },    { "ge", ">=" },
		{ "below", "<" },    { "under", "<" },     { "lt", "<" },    { "le", "<=" },
		{ "matches", "=~" }, { "contains", "=~" }, { "like", "=~" },
	};
	char written[WORD_MAX];

	as_written(lexer, written);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (lexer->token.kind == TOKEN_WORD && strcasecmp(words[i].word, written) == 0)
			return fail_here(lexer, "`%s` is not of this language; write `%s`", written,
					 words[i].instead);
	}
	if (lexer->token.kind == TOKEN_WORD && strcasecmp(written, "in") == 0)
		return condition_refuse_token(lexer, "a comparison");
	return condition_fail(lexer->err, name->at, name->len,
			      "`%s` is %s: compare it with something, like `%s %s`", field->name,
			      fact_type_words(field), field->name,
			      field->type == FACT_TEXT ? "== ..." : "> ...");
}

/* --- values --- */

static enum bw_status refuse_unit(const struct lexer *lexer, const struct fact_field *field)
{
	const struct token *token = &lexer->token;
	const struct fact_field other = { .type = FACT_NUMBER, .unit = token->unit };
	char written[WORD_MAX];

	as_written(lexer, written);
	if (field->unit == FACT_PLAIN)
		return fail_here(lexer,
				 "`%s` is %s, but `%s` is a plain number: leave out the unit",
				 written, fact_type_words(&other), field->name);
	return fail_here(lexer, "`%s` is %s, but `%s` is %s: write it like %s", written,
			 fact_type_words(&other), field->name, fact_type_words(field),
			 fact_unit_example(field->unit));
}

static enum bw_status refuse_number(const struct lexer *lexer, const struct fact_field *field)
{
	const struct token *token = &lexer->token;
	char written[WORD_MAX];

	as_written(lexer, written);
	if (token->has_unit)
		return refuse_unit(lexer, field);
	if (field->unit == FACT_PERCENT && token->number > 0 && token->number < 1)
		return fail_here(lexer,
				 "`%s` is a fraction, but `%s` is a percentage, 0 to 100: "
				 "write `%g%%`",
				 written, field->name, token->number * 100);
	if (field->unit == FACT_PERCENT)
		return fail_here(lexer, "`%s` has no unit, but `%s` is a percentage: write `%s%%`",
				 written, field->name, written);
	return fail_here(lexer, "`%s` has no unit, but `%s` is %s: write it like %s", written,
			 field->name, fact_type_words(field), fact_unit_example(field->unit));
}

static enum bw_status refuse_word(const struct lexer *lexer, const struct fact_field *field)
{
	struct config_guess guess;
	char written[WORD_MAX], all[WORDS_TEXT_MAX] = "";

	as_written(lexer, written);
	if (lexer->token.kind == TOKEN_TEXT)
		bw_text_format(written, sizeof(written), "%.*s", (int)lexer->token.len - 2,
			       lexer->text + lexer->token.at + 1);
	if (strcmp(written, "unknown") == 0)
		return fail_here(lexer,
				 "nothing compares with `unknown`; what happens when `%s` is not "
				 "known, `no_data` of the rule says",
				 field->name);
	config_guess_init(&guess, written);
	for (size_t i = 0; field->words[i] != NULL; i++) {
		size_t len = strlen(all);

		config_guess_add(&guess, field->words[i]);
		(void)snprintf(all + len, sizeof(all) - len, "%s%s", i == 0 ? "" : ", ",
			       field->words[i]);
	}
	if (guess.best != NULL)
		return fail_here(lexer, "`%s` is never `%s`; did you mean `%s`?", field->name,
				 written, guess.best);
	return fail_here(lexer, "`%s` is never `%s`; it is one of %s", field->name, written, all);
}

enum bw_status condition_refuse_value(const struct lexer *lexer, const struct fact_field *field)
{
	const struct token *token = &lexer->token;
	char written[WORD_MAX];

	as_written(lexer, written);
	if (token->kind == TOKEN_END)
		return condition_refuse_token(lexer, fact_type_words(field));
	if (field->type == FACT_NUMBER && token->kind == TOKEN_NUMBER)
		return refuse_number(lexer, field);
	if (field->type != FACT_TEXT && token->kind == TOKEN_TEXT)
		return fail_here(lexer, "`%s` is %s, but %s is a text: leave out the quotes",
				 field->name, fact_type_words(field), written);
	if (field->words != NULL && (token->kind == TOKEN_WORD || token->kind == TOKEN_TEXT))
		return refuse_word(lexer, field);
	if (field->type == FACT_TEXT && token->kind == TOKEN_WORD)
		return fail_here(lexer, "`%s` is a text: put it in quotes, \"%s\"", field->name,
				 written);
	if (field->type == FACT_NUMBER && field->unit != FACT_PLAIN)
		return fail_here(lexer, "`%s` is %s, which `%s` is not: write it like %s",
				 field->name, fact_type_words(field), written,
				 fact_unit_example(field->unit));
	return fail_here(lexer, "`%s` is %s, which `%s` is not", field->name,
			 fact_type_words(field), written);
}
