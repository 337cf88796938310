/* condition_parse.c - recursive descent: or < and < not < comparison; types are checked at once.
 *
 * The depth is counted, so that no text can exhaust the stack; a chain of `and` is one loop and
 * costs no depth.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/alert.h"
#include "alerts/condition_impl.h"
#include "base/xalloc.h"
#include "config/guess.h"

enum { WORD_MAX = 64, LITERALS_MAX = 256 };

struct parser {
	struct lexer lexer;
	struct condition *condition;
	struct condition_error *err;
	int depth;
	bool has_subject;
};

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
	for (int i = 0; fact_fields[i].name != NULL; i++)
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

static int add_node(struct parser *parser, enum node_kind kind)
{
	struct condition *condition = parser->condition;

	condition->nodes =
		xrealloc(condition->nodes, (condition->count + 1) * sizeof(*condition->nodes));
	condition->nodes[condition->count] =
		(struct node){ .kind = kind, .other = -1, .left = -1, .right = -1 };
	return (int)condition->count++;
}

static struct node *node_at(const struct parser *parser, int node)
{
	return &parser->condition->nodes[node];
}

static enum bw_status next(struct parser *parser)
{
	return lexer_next(&parser->lexer);
}

static enum bw_status fail_token(struct parser *parser, const char *what)
{
	const struct token *token = &parser->lexer.token;

	if (token->kind == TOKEN_END)
		return condition_fail(parser->err, token->at, 0,
				      "the condition ends where %s is wanted", what);
	return condition_fail(parser->err, token->at, token->len,
			      "`%.*s` stands where %s is wanted",
			      (int)(token->len > WORD_MAX ? WORD_MAX : token->len),
			      parser->lexer.text + token->at, what);
}

/* The field under the token, taken into the rule's subject. */
static enum bw_status take_field(struct parser *parser, int *out)
{
	const struct token token = parser->lexer.token;

	*out = condition_field(parser->lexer.text, token.at, token.len, parser->err);
	if (*out < 0 || condition_take_subject(&parser->condition->subject, &parser->has_subject,
					       *out, token.at, token.len, parser->err) != BW_OK)
		return BW_EPARSE;
	return next(parser);
}

/* --- literals --- */

static enum bw_status refuse_type(struct parser *parser, const struct fact_field *field)
{
	const struct token *token = &parser->lexer.token;

	if (field->type == FACT_NUMBER && field->unit != FACT_PLAIN)
		return condition_fail(parser->err, token->at, token->len,
				      "`%s` is %s: write it like %s", field->name,
				      fact_type_words(field), fact_unit_example(field->unit));
	return condition_fail(parser->err, token->at, token->len, "`%s` is %s, which `%.*s` is not",
			      field->name, fact_type_words(field),
			      (int)(token->len > WORD_MAX ? WORD_MAX : token->len),
			      parser->lexer.text + token->at);
}

static enum bw_status read_number(struct parser *parser, const struct fact_field *field,
				  struct literal *out)
{
	const struct token *token = &parser->lexer.token;
	bool fits = token->has_unit ? token->unit == field->unit
				    : field->unit == FACT_PLAIN || token->number == 0;

	if (token->kind != TOKEN_NUMBER || !fits)
		return refuse_type(parser, field);
	*out = (struct literal){ .type = FACT_NUMBER, .number = token->number };
	return next(parser);
}

static enum bw_status read_bool(struct parser *parser, const struct fact_field *field,
				struct literal *out)
{
	bool is_true = lexer_is(&parser->lexer, "true");

	if (!is_true && !lexer_is(&parser->lexer, "false"))
		return refuse_type(parser, field);
	*out = (struct literal){ .type = FACT_BOOL, .boolean = is_true };
	return next(parser);
}

/* The text between the quotes, or the word itself. */
static char *copy_text(const struct lexer *lexer)
{
	const struct token *token = &lexer->token;
	const char *from = lexer->text + token->at;
	bool quoted = token->kind == TOKEN_TEXT;
	size_t len = token->len - (quoted ? 2 : 0), put = 0;
	char *copy = xmalloc(len + 1);

	from += quoted;
	for (size_t i = 0; i < len; i++) {
		if (quoted && from[i] == '\\' && i + 1 < len && strchr("\\\"'", from[i + 1]))
			i++;
		copy[put++] = from[i];
	}
	copy[put] = '\0';
	return copy;
}

static enum bw_status check_word(struct parser *parser, const struct fact_field *field,
				 const char *word)
{
	const struct token *token = &parser->lexer.token;
	struct config_guess guess;
	char all[160] = "";

	config_guess_init(&guess, word);
	for (size_t i = 0; field->words[i] != NULL; i++) {
		size_t len = strlen(all);

		if (strcmp(field->words[i], word) == 0)
			return BW_OK;
		config_guess_add(&guess, field->words[i]);
		snprintf(all + len, sizeof(all) - len, "%s%s", i == 0 ? "" : ", ", field->words[i]);
	}
	if (guess.best != NULL)
		return condition_fail(parser->err, token->at, token->len,
				      "`%s` is never `%.64s`; did you mean `%s`?", field->name,
				      word, guess.best);
	return condition_fail(parser->err, token->at, token->len,
			      "`%s` is never `%.64s`; it is one of %s", field->name, word, all);
}

static enum bw_status read_text(struct parser *parser, const struct fact_field *field,
				struct literal *out)
{
	const struct token *token = &parser->lexer.token;

	if (token->kind == TOKEN_WORD && field->words == NULL)
		return condition_fail(parser->err, token->at, token->len,
				      "`%s` is a text: put `%.*s` in quotes", field->name,
				      (int)(token->len > WORD_MAX ? WORD_MAX : token->len),
				      parser->lexer.text + token->at);
	if (token->kind != TOKEN_WORD && token->kind != TOKEN_TEXT)
		return refuse_type(parser, field);
	out->type = FACT_TEXT;
	out->text = copy_text(&parser->lexer);
	if (field->words != NULL && check_word(parser, field, out->text) != BW_OK)
		return BW_EPARSE;
	return next(parser);
}

static enum bw_status read_literal(struct parser *parser, int node)
{
	const struct fact_field *field = &fact_fields[node_at(parser, node)->field];
	struct node *to = node_at(parser, node);
	struct literal *literal;

	if (to->literal_count == LITERALS_MAX)
		return fail_token(parser, "`)`: there are too many already, and it");
	to->literals = xrealloc(to->literals, (to->literal_count + 1) * sizeof(*to->literals));
	literal = &to->literals[to->literal_count++];
	*literal = (struct literal){ 0 };
	if (parser->lexer.token.kind == TOKEN_END)
		return fail_token(parser, fact_type_words(field));
	if (field->type == FACT_NUMBER)
		return read_number(parser, field, literal);
	if (field->type == FACT_BOOL)
		return read_bool(parser, field, literal);
	return read_text(parser, field, literal);
}

/* --- comparisons --- */

static bool is_field_word(const struct parser *parser)
{
	const struct token *token = &parser->lexer.token;
	const char *text = parser->lexer.text + token->at;

	return token->kind == TOKEN_WORD &&
	       (memchr(text, '.', token->len) != NULL || lexer_is(&parser->lexer, "score") ||
		lexer_is(&parser->lexer, "availability"));
}

static enum bw_status read_other(struct parser *parser, int node)
{
	const struct token token = parser->lexer.token;
	const struct fact_field *field = &fact_fields[node_at(parser, node)->field];
	const struct fact_field *other;
	int number;

	if (take_field(parser, &number) != BW_OK)
		return BW_EPARSE;
	other = &fact_fields[number];
	if (other->type != field->type || other->unit != field->unit)
		return condition_fail(parser->err, token.at, token.len,
				      "`%s` is %s, `%s` is %s: they cannot be compared",
				      field->name, fact_type_words(field), other->name,
				      fact_type_words(other));
	node_at(parser, node)->other = number;
	return BW_OK;
}

static enum bw_status read_compare(struct parser *parser, int node)
{
	const struct token token = parser->lexer.token;
	const struct fact_field *field = &fact_fields[node_at(parser, node)->field];

	if (field->type != FACT_NUMBER && token.compare != COMPARE_EQ &&
	    token.compare != COMPARE_NE)
		return condition_fail(parser->err, token.at, token.len,
				      "`%s` is %s: only `==` and `!=` go with it", field->name,
				      fact_type_words(field));
	node_at(parser, node)->kind = NODE_COMPARE;
	node_at(parser, node)->op = token.compare;
	if (next(parser) != BW_OK)
		return BW_EPARSE;
	return is_field_word(parser) ? read_other(parser, node) : read_literal(parser, node);
}

static enum bw_status read_match(struct parser *parser, int node)
{
	const struct token sign = parser->lexer.token;
	const struct fact_field *field = &fact_fields[node_at(parser, node)->field];
	struct bw_error err = { 0 };
	char *pattern;

	if (field->type != FACT_TEXT)
		return condition_fail(parser->err, sign.at, sign.len,
				      "`%s` is %s: an expression fits texts only", field->name,
				      fact_type_words(field));
	node_at(parser, node)->kind = NODE_MATCH;
	node_at(parser, node)->negated = sign.kind == TOKEN_NOT_MATCH;
	if (next(parser) != BW_OK)
		return BW_EPARSE;
	if (parser->lexer.token.kind != TOKEN_TEXT)
		return fail_token(parser, "an expression in quotes");
	pattern = copy_text(&parser->lexer);
	node_at(parser, node)->regex = alert_regex_create(pattern, &err);
	free(pattern);
	if (node_at(parser, node)->regex == NULL)
		return condition_fail(parser->err, parser->lexer.token.at, parser->lexer.token.len,
				      "%s", err.text);
	return next(parser);
}

static enum bw_status read_in(struct parser *parser, int node, bool negated)
{
	node_at(parser, node)->kind = NODE_IN;
	node_at(parser, node)->negated = negated;
	if (next(parser) != BW_OK)
		return BW_EPARSE;
	if (parser->lexer.token.kind != TOKEN_OPEN)
		return fail_token(parser, "`(`, as in `in (a, b)`,");
	do {
		if (next(parser) != BW_OK || read_literal(parser, node) != BW_OK)
			return BW_EPARSE;
	} while (parser->lexer.token.kind == TOKEN_COMMA);
	if (parser->lexer.token.kind != TOKEN_CLOSE)
		return fail_token(parser, "`,` or `)`");
	return next(parser);
}

static enum bw_status read_comparison(struct parser *parser, int *out)
{
	const struct token token = parser->lexer.token;
	int field, node;

	if (token.kind != TOKEN_WORD)
		return fail_token(parser, "a field, like `component.status`,");
	if (take_field(parser, &field) != BW_OK)
		return BW_EPARSE;
	*out = node = add_node(parser, NODE_TRUTH);
	node_at(parser, node)->field = field;
	if (parser->lexer.token.kind == TOKEN_COMPARE)
		return read_compare(parser, node);
	if (parser->lexer.token.kind == TOKEN_MATCH || parser->lexer.token.kind == TOKEN_NOT_MATCH)
		return read_match(parser, node);
	if (lexer_is(&parser->lexer, "in"))
		return read_in(parser, node, false);
	if (lexer_is(&parser->lexer, "not")) {
		if (next(parser) != BW_OK)
			return BW_EPARSE;
		return lexer_is(&parser->lexer, "in") ? read_in(parser, node, true)
						      : fail_token(parser, "`in`");
	}
	if (fact_fields[field].type == FACT_BOOL)
		return BW_OK;
	return condition_fail(parser->err, token.at, token.len,
			      "`%s` is %s: compare it with something, like `%s %s`",
			      fact_fields[field].name, fact_type_words(&fact_fields[field]),
			      fact_fields[field].name,
			      fact_fields[field].type == FACT_TEXT ? "== ..." : "> ...");
}

/* --- and, or, not --- */

static enum bw_status read_or(struct parser *parser, int *out);

static enum bw_status read_group(struct parser *parser, int *out)
{
	if (next(parser) != BW_OK || read_or(parser, out) != BW_OK)
		return BW_EPARSE;
	if (parser->lexer.token.kind != TOKEN_CLOSE)
		return fail_token(parser, "`)`");
	return next(parser);
}

static enum bw_status read_not(struct parser *parser, int *out)
{
	const struct token token = parser->lexer.token;
	enum bw_status status;
	int inner;

	if (++parser->depth > CONDITION_DEPTH_MAX)
		return condition_fail(parser->err, token.at, token.len,
				      "nested deeper than %d levels; make two rules of it",
				      (int)CONDITION_DEPTH_MAX);
	if (token.kind == TOKEN_OPEN) {
		status = read_group(parser, out);
	} else if (lexer_is(&parser->lexer, "not")) {
		status = next(parser) == BW_OK ? read_not(parser, &inner) : BW_EPARSE;
		if (status == BW_OK) {
			*out = add_node(parser, NODE_NOT);
			node_at(parser, *out)->left = inner;
		}
	} else {
		status = read_comparison(parser, out);
	}
	parser->depth--;
	return status;
}

static enum bw_status read_chain(struct parser *parser, enum node_kind kind, int *out)
{
	const char *word = kind == NODE_AND ? "and" : "or";
	int right;

	if ((kind == NODE_AND ? read_not(parser, out) : read_chain(parser, NODE_AND, out)) != BW_OK)
		return BW_EPARSE;
	while (lexer_is(&parser->lexer, word)) {
		if (next(parser) != BW_OK ||
		    (kind == NODE_AND ? read_not(parser, &right)
				      : read_chain(parser, NODE_AND, &right)) != BW_OK)
			return BW_EPARSE;
		int node = add_node(parser, kind);

		node_at(parser, node)->left = *out;
		node_at(parser, node)->right = right;
		*out = node;
	}
	return BW_OK;
}

static enum bw_status read_or(struct parser *parser, int *out)
{
	return read_chain(parser, NODE_OR, out);
}

enum bw_status condition_compile(const char *text, struct condition **out,
				 struct condition_error *err)
{
	struct parser parser = { .lexer = { .text = text, .err = err }, .err = err };

	*err = (struct condition_error){ 0 };
	if (strlen(text) > CONDITION_TEXT_MAX)
		return condition_fail(err, CONDITION_TEXT_MAX, 0,
				      "longer than %d bytes; make several rules of it",
				      (int)CONDITION_TEXT_MAX);
	parser.condition = xcalloc(1, sizeof(*parser.condition));
	parser.condition->text = xstrdup(text);
	if (next(&parser) == BW_OK && read_or(&parser, &parser.condition->root) == BW_OK) {
		if (parser.lexer.token.kind == TOKEN_END) {
			*out = parser.condition;
			return BW_OK;
		}
		(void)fail_token(&parser, "`and`, `or` or the end");
	}
	condition_destroy(parser.condition);
	return BW_EPARSE;
}
