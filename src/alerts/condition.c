/* condition.c - judging: Kleene's logic over what the source answers, and the way back.
 *
 * Nodes refer to older nodes only. Judging recurses as deep as the parser allowed, but a chain of
 * `and` leans to the left and may be as long as the text: it is walked as a loop.
 */
#include "alerts/condition.h"

#include <stdlib.h>
#include <string.h>

#include "alerts/condition_impl.h"
#include "base/xalloc.h"

struct judge {
	const struct condition *condition;
	const struct alert_subject *subject;
	const struct fact_source *facts;
};

void condition_destroy(struct condition *condition)
{
	if (condition == NULL)
		return;
	for (size_t i = 0; i < condition->count; i++) {
		struct node *node = &condition->nodes[i];

		for (size_t j = 0; j < node->literal_count; j++)
			free(node->literals[j].text);
		free(node->literals);
		alert_regex_destroy(node->regex);
	}
	free(condition->nodes);
	free(condition->text);
	free(condition);
}

const char *condition_text(const struct condition *condition)
{
	return condition->text;
}

enum alert_subject_kind condition_subject(const struct condition *condition)
{
	return condition->subject;
}

bool condition_asks(const struct condition *condition, int field)
{
	for (size_t i = 0; i < condition->count; i++) {
		const struct node *node = &condition->nodes[i];

		if (node->kind != NODE_AND && node->kind != NODE_OR && node->kind != NODE_NOT &&
		    (node->field == field || node->other == field))
			return true;
	}
	return false;
}

static enum condition_verdict verdict_of(bool is_true)
{
	return is_true ? CONDITION_TRUE : CONDITION_FALSE;
}

static enum condition_verdict negate(enum condition_verdict verdict)
{
	if (verdict == CONDITION_TRUE || verdict == CONDITION_FALSE)
		return verdict_of(verdict == CONDITION_FALSE);
	return verdict;
}

/* Of what cannot be judged an error is worse than not knowing. */
static enum condition_verdict combine(enum node_kind kind, enum condition_verdict left,
				      enum condition_verdict right)
{
	enum condition_verdict decides = verdict_of(kind == NODE_OR);

	if (left == decides || right == decides)
		return decides;
	return left > right ? left : right;
}

static bool holds(enum compare op, int order)
{
	switch (op) {
	case COMPARE_EQ:
		return order == 0;
	case COMPARE_NE:
		return order != 0;
	case COMPARE_LT:
		return order < 0;
	case COMPARE_LE:
		return order <= 0;
	case COMPARE_GT:
		return order > 0;
	default:
		return order >= 0;
	}
}

static int order_of(const struct fact *left, const struct fact *right)
{
	if (left->type == FACT_TEXT)
		return strcmp(left->text, right->text);
	if (left->type == FACT_BOOL)
		return (int)left->boolean - (int)right->boolean;
	return (left->number > right->number) - (left->number < right->number);
}

static struct fact fact_of(const struct literal *literal)
{
	struct fact fact = { .type = literal->type };

	if (literal->type == FACT_TEXT)
		fact.text = literal->text;
	else if (literal->type == FACT_BOOL)
		fact.boolean = literal->boolean;
	else
		fact.number = literal->number;
	return fact;
}

/* False: nobody knows, or the source answers what its field is not (an error). */
static bool read_fact(const struct judge *judge, int field, struct fact *out,
		      enum condition_verdict *why)
{
	*out = (struct fact){ 0 };
	judge->facts->read(judge->facts->arg, judge->subject, field, out);
	*why = out->type == FACT_UNKNOWN ? CONDITION_UNKNOWN : CONDITION_ERROR;
	if (out->type == FACT_NUMBER && out->number != out->number) {
		*why = CONDITION_UNKNOWN;
		return false;
	}
	return out->type == fact_fields[field].type;
}

static enum condition_verdict judge_compare(const struct judge *judge, const struct node *node)
{
	enum condition_verdict why;
	struct fact left, right;
	char *copy = NULL;

	if (!read_fact(judge, node->field, &left, &why))
		return why;
	if (node->other < 0) {
		right = fact_of(&node->literals[0]);
		return verdict_of(holds(node->op, order_of(&left, &right)));
	}
	if (left.type == FACT_TEXT) /* borrowed until the next question */
		left.text = copy = xstrdup(left.text);
	enum condition_verdict verdict =
		read_fact(judge, node->other, &right, &why)
			? verdict_of(holds(node->op, order_of(&left, &right)))
			: why;
	free(copy);
	return verdict;
}

static enum condition_verdict judge_in(const struct judge *judge, const struct node *node)
{
	enum condition_verdict why;
	struct fact left;
	bool found = false;

	if (!read_fact(judge, node->field, &left, &why))
		return why;
	for (size_t i = 0; i < node->literal_count && !found; i++) {
		const struct fact right = fact_of(&node->literals[i]);

		found = order_of(&left, &right) == 0;
	}
	return verdict_of(found != node->negated);
}

static enum condition_verdict judge_match(const struct judge *judge, const struct node *node)
{
	enum condition_verdict why;
	enum alert_regex_result result;
	struct fact fact;

	if (!read_fact(judge, node->field, &fact, &why))
		return why;
	result = alert_regex_test(node->regex, fact.text);
	if (result == ALERT_REGEX_TOO_COSTLY)
		return CONDITION_ERROR;
	return verdict_of((result == ALERT_REGEX_YES) != node->negated);
}

static enum condition_verdict judge_leaf(const struct judge *judge, const struct node *node)
{
	enum condition_verdict why;
	struct fact fact;

	if (node->kind == NODE_COMPARE)
		return judge_compare(judge, node);
	if (node->kind == NODE_IN)
		return judge_in(judge, node);
	if (node->kind == NODE_MATCH)
		return judge_match(judge, node);
	return read_fact(judge, node->field, &fact, &why) ? verdict_of(fact.boolean) : why;
}

static enum condition_verdict judge_node(const struct judge *judge, int at)
{
	const struct node *nodes = judge->condition->nodes;
	enum node_kind kind = nodes[at].kind;
	enum condition_verdict verdict;

	if (kind == NODE_NOT)
		return negate(judge_node(judge, nodes[at].left));
	if (kind != NODE_AND && kind != NODE_OR)
		return judge_leaf(judge, &nodes[at]);
	verdict = judge_node(judge, nodes[at].right);
	for (at = nodes[at].left; nodes[at].kind == kind; at = nodes[at].left)
		verdict = combine(kind, judge_node(judge, nodes[at].right), verdict);
	return combine(kind, judge_node(judge, at), verdict);
}

enum condition_verdict condition_judge(const struct condition *condition,
				       const struct alert_subject *subject,
				       const struct fact_source *facts)
{
	const struct judge judge = { condition, subject, facts };

	return judge_node(&judge, condition->root);
}

/* --- hysteresis --- */

/* `limit` in the unit of the field; a plain number is taken to be in it. */
static enum bw_status read_limit(const char *limit, const struct fact_field *field, double *out,
				 struct condition_error *err)
{
	struct lexer lexer = { .text = limit, .err = err };

	if (lexer_next(&lexer) != BW_OK)
		return BW_EPARSE;
	const struct token token = lexer.token;

	if (token.kind != TOKEN_NUMBER || (token.has_unit && token.unit != field->unit) ||
	    (!token.has_unit && field->unit != FACT_PLAIN && field->unit != FACT_PERCENT &&
	     token.number != 0))
		return condition_fail(err, 0, strlen(limit), "`%s` is %s: write it like %s",
				      field->name, fact_type_words(field),
				      fact_unit_example(field->unit));
	if (!token.has_unit && field->unit == FACT_PERCENT && token.number > 0 && token.number < 1)
		return condition_refuse_value(&lexer, field);
	if (lexer_next(&lexer) != BW_OK || lexer.token.kind != TOKEN_END)
		return condition_fail(err, lexer.token.at, lexer.token.len,
				      "one number is wanted, nothing behind it");
	*out = token.number;
	return BW_OK;
}

enum bw_status condition_clear_below(const struct condition *condition, const char *limit,
				     struct condition **out, struct condition_error *err)
{
	const struct node *node = &condition->nodes[condition->root];
	const struct fact_field *field = &fact_fields[node->field];
	bool is_above = node->op == COMPARE_GT || node->op == COMPARE_GE;
	bool is_below = node->op == COMPARE_LT || node->op == COMPARE_LE;
	struct condition *clear;
	double number = 0;

	*err = (struct condition_error){ .column = 1 };
	if (condition->count != 1 || node->kind != NODE_COMPARE || (!is_above && !is_below)) {
		condition_fail(err, 0, strlen(limit),
			       "the way back needs a condition that is one comparison of a "
			       "number, like `resource.cpu > 90%%`");
		return BW_EINVAL;
	}
	if (read_limit(limit, field, &number, err) != BW_OK)
		return BW_EINVAL;
	if (node->other < 0 &&
	    (is_above ? number > node->literals[0].number : number < node->literals[0].number)) {
		condition_fail(err, 0, strlen(limit),
			       "the way back lies beyond the limit of `%s`; it must be %s",
			       condition->text, is_above ? "lower" : "higher");
		return BW_EINVAL;
	}
	clear = xcalloc(1, sizeof(*clear));
	clear->text = xstrdup(limit);
	clear->subject = condition->subject;
	clear->nodes = xcalloc(1, sizeof(*clear->nodes));
	clear->count = 1;
	clear->nodes[0] = (struct node){ .kind = NODE_COMPARE,
					 .op = is_above ? COMPARE_LT : COMPARE_GT,
					 .field = node->field,
					 .other = -1,
					 .left = -1,
					 .right = -1,
					 .literal_count = 1 };
	clear->nodes[0].literals = xcalloc(1, sizeof(struct literal));
	clear->nodes[0].literals[0] = (struct literal){ .type = FACT_NUMBER, .number = number };
	*out = clear;
	return BW_OK;
}
