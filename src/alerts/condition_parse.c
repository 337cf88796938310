/* condition_parse.c - recursive descent: or < and < not < comparison; types are checked at once.
 *
 * The depth is counted, so that no text can exhaust the stack; a chain of `and` is one loop and
 * costs no depth. What a mistake is told with stands in condition_refuse.c.
 */
#include <stdlib.h>
#include <string.h>

#include "alerts/condition_impl.h"
#include "base/xalloc.h"

enum { LITERALS_MAX = 256 };

struct parser {
	struct lexer lexer;
	struct condition *condition;
	struct condition_error *err;
	int depth;
	bool has_subject;
};

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
	return condition_refuse_token(&parser->lexer, what);
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

static enum bw_status read_number(struct parser *parser, const struct fact_field *field,
				  struct literal *out)
{
	const struct token *token = &parser->lexer.token;
	bool fits = token->has_unit ? token->unit == field->unit
				    : field->unit == FACT_PLAIN || token->number == 0;

	if (token->kind != TOKEN_NUMBER || !fits)
		return condition_refuse_value(&parser->lexer, field);
	*out = (struct literal){ .type = FACT_NUMBER, .number = token->number };
	return next(parser);
}

static enum bw_status read_bool(struct parser *parser, const struct fact_field *field,
				struct literal *out)
{
	bool is_true = lexer_is(&parser->lexer, "true");

	if (!is_true && !lexer_is(&parser->lexer, "false"))
		return condition_refuse_value(&parser->lexer, field);
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

static enum bw_status read_text(struct parser *parser, const struct fact_field *field,
				struct literal *out)
{
	const struct token *token = &parser->lexer.token;

	if ((token->kind == TOKEN_WORD && field->words == NULL) ||
	    (token->kind != TOKEN_WORD && token->kind != TOKEN_TEXT))
		return condition_refuse_value(&parser->lexer, field);
	out->type = FACT_TEXT;
	out->text = copy_text(&parser->lexer);
	for (size_t i = 0; field->words != NULL; i++) {
		if (field->words[i] == NULL)
			return condition_refuse_value(&parser->lexer, field);
		if (strcmp(field->words[i], out->text) == 0)
			break;
	}
	return next(parser);
}

static enum bw_status read_literal(struct parser *parser, int node)
{
	const struct fact_field *field = &fact_fields[node_at(parser, node)->field];
	struct node *to = node_at(parser, node);
	struct literal *literal;

	if (to->literal_count == LITERALS_MAX)
		return condition_fail(
			parser->err, parser->lexer.token.at, parser->lexer.token.len,
			"more than %d values; an expression (`=~`) may say it shorter",
			(int)LITERALS_MAX);
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

/* Of a text without quotes nobody knows whether it was to be a field: its first word decides. */
static bool is_field_word(const struct parser *parser)
{
	static const char *const first[] = { "component.", "breaker.",   "job.",  "resource.",
					     "system.",    "threshold.", "score", "availability" };
	const struct token *token = &parser->lexer.token;
	const char *text = parser->lexer.text + token->at;

	for (size_t i = 0; token->kind == TOKEN_WORD && i < sizeof(first) / sizeof(first[0]); i++) {
		size_t len = strlen(first[i]);

		if (token->len >= len && strncmp(text, first[i], len) == 0)
			return true;
	}
	return false;
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

	if (token.kind != TOKEN_WORD || lexer_is(&parser->lexer, "NOT"))
		return condition_refuse_start(&parser->lexer);
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
	return condition_refuse_alone(&parser->lexer, &fact_fields[field], &token);
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
	int inner = 0;

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
	int right = 0;

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
