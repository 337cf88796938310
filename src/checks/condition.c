/* condition.c - libjq, with the doors closed by shadowing.
 *
 * What could look outside is defined anew in front of the program, and $ENV is bound to nothing, so
 * that no spelling gets past. A plain comparison `LEFT op RIGHT` is compiled together with its left
 * side: when it fails, the text can say what the value was. Both stand in one program, because
 * every jq state carries jq's whole library (30 ms and 120 KB).
 *
 * The text is read by jansson and then handed over value by value: libjq's own reader loses memory
 * on some broken texts (a peer could choose them), and reads past the end of a text without a NUL.
 * jansson also says where the text is broken.
 */
#include "checks/condition.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <jq.h>

#include "base/buf.h"
#include "base/xalloc.h"

enum { VALUE_MAX = 160 };

static const char closed_doors[] =
	"def closed: error(\"is not available in a condition\");"
	"def env: {}; def input: closed; def inputs: closed; def debug: .;"
	"def debug(f): .; def stderr: .; def input_filename: null; def input_line_number: 0;"
	"def halt: closed; def halt_error: closed; def halt_error(f): closed;"
	"def get_search_list: []; def modulemeta: closed; def implode: closed; {} as $ENV | ";

struct check_condition {
	char *program;
	char *left; /* source of the left side; NULL: the program is no plain comparison */
	jq_state *jq;
	char trouble[256]; /* what libjq said last */
};

static void on_message(void *arg, jv message)
{
	struct check_condition *condition = arg;

	if (condition->trouble[0] == '\0' && jv_get_kind(message) == JV_KIND_STRING)
		snprintf(condition->trouble, sizeof(condition->trouble), "%.255s",
			 jv_string_value(message));
	jv_free(message);
}

/* Skips a quoted text; returns the position behind it. */
static size_t skip_quoted(const char *text, size_t at)
{
	at++;
	while (text[at] && text[at] != '"')
		at += text[at] == '\\' && text[at + 1] ? 2 : 1;
	return text[at] ? at + 1 : at;
}

static size_t operator_length(const char *text)
{
	if ((text[0] == '=' || text[0] == '!' || text[0] == '<' || text[0] == '>') &&
	    text[1] == '=')
		return 2;
	return text[0] == '<' || text[0] == '>' ? 1 : 0;
}

static bool is_word_at(const char *text, size_t at, const char *word)
{
	size_t len = strlen(word);

	return strncmp(text + at, word, len) == 0 &&
	       (at == 0 || !(isalnum((unsigned char)text[at - 1]) || text[at - 1] == '_')) &&
	       !(isalnum((unsigned char)text[at + len]) || text[at + len] == '_');
}

/* Length of what stands before the only comparison outside of all brackets; 0: there is none, or
 * more than one, or `and`, `or`, `def` or `as` make the program more than a comparison. */
static size_t left_length(const char *program)
{
	static const char *const words[] = { "and", "or", "def", "as", "if", "reduce", "foreach" };
	size_t found = 0;
	int depth = 0;

	for (size_t at = 0; program[at];) {
		size_t op;

		if (program[at] == '"') {
			at = skip_quoted(program, at);
			continue;
		}
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (is_word_at(program, at, words[i]))
				return 0;
		depth += strchr("([{", program[at]) != NULL;
		depth -= strchr(")]}", program[at]) != NULL;
		op = depth == 0 ? operator_length(program + at) : 0;
		if (op > 0 && found > 0)
			return 0;
		if (op > 0)
			found = at;
		at += op > 0 ? op : 1;
	}
	while (found > 0 && isspace((unsigned char)program[found - 1]))
		found--;
	return found;
}

/* The program is compiled inside of brackets of ours, which it must not close. */
static bool brackets_are_its_own(const char *program)
{
	int depth = 0;

	for (size_t at = 0; program[at] && depth >= 0;) {
		if (program[at] == '"') {
			at = skip_quoted(program, at);
			continue;
		}
		depth += strchr("([{", program[at]) != NULL;
		depth -= strchr(")]}", program[at]) != NULL;
		at++;
	}
	return depth == 0;
}

static bool compile(struct check_condition *condition, const char *left)
{
	struct bw_buf source;
	bool good;

	bw_buf_init(&source, 0);
	bw_buf_format(&source, "%s[[first(%s\n)], [first(%s\n)?]]", closed_doors,
		      condition->program, left ? left : "empty");
	condition->trouble[0] = '\0';
	good = source.status == BW_OK && jq_compile(condition->jq, source.data) != 0;
	bw_buf_finish(&source);
	return good;
}

struct check_condition *check_condition_create(const char *program, struct bw_error *err)
{
	struct check_condition *condition = xcalloc(1, sizeof(*condition));
	size_t left = left_length(program);

	if (strlen(program) > CHECK_CONDITION_MAX_BYTES) {
		bw_fail(err, BW_ELIMIT, "the condition is longer than %d bytes",
			CHECK_CONDITION_MAX_BYTES);
		goto failed;
	}
	if (!brackets_are_its_own(program)) {
		bw_fail(err, BW_EPARSE, "not a jq condition: its brackets do not pair");
		goto failed;
	}
	condition->program = xstrdup(program);
	condition->left = left > 0 ? xstrndup(program, left) : NULL;
	condition->jq = jq_init();
	if (!condition->jq) {
		bw_fail(err, BW_ENOMEM, "no memory for jq");
		goto failed;
	}
	jq_set_error_cb(condition->jq, on_message, condition);
	if (condition->left && compile(condition, condition->left))
		return condition;
	free(condition->left);
	condition->left = NULL;
	if (compile(condition, NULL))
		return condition;
	condition->trouble[strcspn(condition->trouble, "\n")] = '\0';
	bw_fail(err, BW_EPARSE, "not a jq condition: %s", condition->trouble);
failed:
	check_condition_destroy(condition);
	return NULL;
}

void check_condition_destroy(struct check_condition *condition)
{
	if (!condition)
		return;
	if (condition->jq)
		jq_teardown(&condition->jq);
	free(condition->left);
	free(condition->program);
	free(condition);
}

/* What the left side was, or the result itself, as short JSON. */
static void describe(const struct check_condition *condition, jv result, jv left,
		     struct bw_error *err)
{
	bool has_left = condition->left && jv_array_length(jv_copy(left)) > 0;
	bool has_result = jv_array_length(jv_copy(result)) > 0;
	jv shown;
	int cut;

	if (!has_left && !has_result) {
		jv_free(result);
		jv_free(left);
		bw_fail(err, BW_ENOTFOUND, "`%s` gives no result", condition->program);
		return;
	}
	shown = jv_dump_string(jv_array_get(jv_copy(has_left ? left : result), 0), 0);
	cut = strlen(jv_string_value(shown)) > VALUE_MAX;
	if (has_left)
		bw_fail(err, BW_EINVAL, "`%s` is not met: %s is %.*s%s", condition->program,
			condition->left, VALUE_MAX, jv_string_value(shown), cut ? "..." : "");
	else
		bw_fail(err, BW_EINVAL, "`%s` is not met: it gives %.*s%s", condition->program,
			VALUE_MAX, jv_string_value(shown), cut ? "..." : "");
	jv_free(shown);
	jv_free(result);
	jv_free(left);
}

static bool is_true(jv result)
{
	jv first;
	bool truth;

	if (jv_array_length(jv_copy(result)) == 0)
		return false;
	first = jv_array_get(jv_copy(result), 0);
	truth = jv_get_kind(first) != JV_KIND_FALSE && jv_get_kind(first) != JV_KIND_NULL;
	jv_free(first);
	return truth;
}

/* Takes `failure`, an invalid value with or without a message. */
static void describe_failure(const char *what, jv failure, struct bw_error *err)
{
	jv message = jv_invalid_get_msg(failure);

	if (jv_get_kind(message) == JV_KIND_STRING)
		bw_fail(err, BW_EPARSE, "%s: %s", what, jv_string_value(message));
	else
		bw_fail(err, BW_EPARSE, "%s", what);
	jv_free(message);
}

/* jansson's nesting is limited (2,048), so this one's is. */
static jv jv_from_json(const json_t *value)
{
	jv out;
	size_t i;
	void *at;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		out = jv_object();
		for (at = json_object_iter((json_t *)value); at;
		     at = json_object_iter_next((json_t *)value, at))
			out = jv_object_set(out, jv_string(json_object_iter_key(at)),
					    jv_from_json(json_object_iter_value(at)));
		return out;
	case JSON_ARRAY:
		out = jv_array_sized((int)json_array_size(value));
		for (i = 0; i < json_array_size(value); i++)
			out = jv_array_append(out, jv_from_json(json_array_get(value, i)));
		return out;
	case JSON_STRING:
		return jv_string_sized(json_string_value(value), (int)json_string_length(value));
	case JSON_INTEGER:
	case JSON_REAL:
		return jv_number(json_number_value(value));
	case JSON_TRUE:
		return jv_true();
	case JSON_FALSE:
		return jv_false();
	default:
		return jv_null();
	}
}

/* NULL: no JSON, as `err` says. Numbers are doubles to jq, however large. */
static json_t *read_json(const char *text, size_t len, struct bw_error *err)
{
	size_t flags = JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL;
	json_error_t error;
	json_t *value;

	if (len == 0) {
		bw_fail(err, BW_EPARSE, "the body is empty, not JSON");
		return NULL;
	}
	value = json_loadb(text, len, flags, &error);
	if (!value)
		bw_fail(err, BW_EPARSE, "the body is not JSON: line %d, column %d: %s", error.line,
			error.column, error.text);
	return value;
}

bool check_condition_test(struct check_condition *condition, const char *json, size_t len,
			  struct bw_error *err)
{
	char what[CHECK_CONDITION_MAX_BYTES + 32];
	jv pair, result;
	json_t *value;
	bool truth;

	value = read_json(json, len, err);
	if (!value)
		return false;
	condition->trouble[0] = '\0';
	jq_start(condition->jq, jv_from_json(value), 0);
	json_decref(value);
	pair = jq_next(condition->jq);
	if (!jv_is_valid(pair)) {
		snprintf(what, sizeof(what), "`%s` cannot be answered", condition->program);
		describe_failure(what, pair, err);
		return false;
	}
	result = jv_array_get(jv_copy(pair), 0);
	truth = is_true(result);
	if (truth)
		jv_free(result);
	else
		describe(condition, result, jv_array_get(jv_copy(pair), 1), err);
	jv_free(pair);
	return truth;
}
