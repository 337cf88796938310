#include "alerts/condition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct row {
	const char *condition;
	size_t column, len;
	const char *text;
};

static void assert_refused(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct condition *condition = NULL;
		struct condition_error err = { 0 };

		assert_int_not_equal(condition_compile(rows[i].condition, &condition, &err), BW_OK);
		assert_null(condition);
		assert_string_equal(err.text, rows[i].text);
		if (err.column != rows[i].column || err.len != rows[i].len)
			fail_msg("%s: column %zu, length %zu", rows[i].condition, err.column,
				 err.len);
	}
}

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void fields(void **state)
{
	static const struct row rows[] = {
		{ "component.respnse_time > 2s", 1, 22,
		  "there is no field `component.respnse_time`; did you mean "
		  "`component.response_time`?" },
		{ "cpu_percent_of_all > 3", 1, 18,
		  "there is no field `cpu_percent_of_all`; fields begin with `component.`, "
		  "`breaker.`, `job.`, `resource.`, `system.` or `threshold.`" },
		{ "resource.cpu > threshold.cpu", 16, 13,
		  "there is no field `threshold.cpu`; did you mean `threshold.cpu_usage`?" },
		{ "exit_code > 0", 1, 9,
		  "there is no field `exit_code`; did you mean `job.exit_code`?" },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa > 3", 1, 64,
		  "no field has so long a name" },
		{ "component.status == unhealthy and breaker.state == open", 35, 13,
		  "`breaker.state` speaks of a breaker, but this rule is about each component; a "
		  "rule is about one kind of subject, beside `resource`, `system` and "
		  "`threshold`" },
		{ "resource.cpu > 5% and job.age > 1d and breaker.shared", 40, 14,
		  "`breaker.shared` speaks of a breaker, but this rule is about each job; a rule "
		  "is about one kind of subject, beside `resource`, `system` and `threshold`" },
		{ "resource.cpu > component.response_time", 16, 23,
		  "`resource.cpu` is a percentage, `component.response_time` is a time: they "
		  "cannot be compared" },
	};

	(void)state;
	assert_refused(rows, COUNT(rows));
}

static void signs(void **state)
{
	static const struct row rows[] = {
		{ "component.status = unhealthy", 18, 1,
		  "`=` is not of this language; write `==`" },
		{ "score < 1 && score > 0", 11, 2, "`&&` is not of this language; write `and`" },
		{ "score < 1 || score > 0", 11, 2, "`||` is not of this language; write `or`" },
		{ "score < 1 & score > 0", 11, 1, "`&` is not of this language; write `and`" },
		{ "score < 1 | score > 0", 11, 1, "`|` is not of this language; write `or`" },
		{ "!component.critical", 1, 1, "`!` is not of this language; write `not`" },
		{ "score <> 1", 7, 2, "`<>` is not of this language; write `!=`" },
		{ "score => 1", 7, 2, "`=>` is not of this language; write `>=`" },
		{ "score =< 1", 7, 2, "`=<` is not of this language; write `<=`" },
		{ "component.name ~= \"a\"", 16, 2, "`~=` is not of this language; write `=~`" },
		{ "component.name ~ \"a\"", 16, 1, "`~` is not of this language; write `=~`" },
		{ "score \u2265 1", 7, 3, "`\u2265` is not of this language; write `>=`" },
		{ "component.name == \u201ca\u201d", 19, 3,
		  "`\u201c` is not of this language; write `\"`" },
		{ "score + 1 > 2", 7, 1,
		  "`+`: there is no arithmetic here; a field is compared with one value or one "
		  "other field" },
		{ "score > $1", 9, 1, "`$` is not of this language" },
		{ "score > \x01", 9, 1, "a character that only a text in quotes may have" },
		{ "score < 1 AND score > 0", 11, 3, "`AND` is written in small letters: `and`" },
		{ "NOT component.critical", 1, 3, "`NOT` is written in small letters: `not`" },
		{ "component.kind IN (\"a\")", 16, 2, "`IN` is written in small letters: `in`" },
		{ "component.status is healthy", 18, 2,
		  "`is` is not of this language; write `==`" },
		{ "component.name contains \"a\"", 16, 8,
		  "`contains` is not of this language; write `=~`" },
		{ "resource.cpu above 90%", 14, 5, "`above` is not of this language; write `>`" },
	};

	(void)state;
	assert_refused(rows, COUNT(rows));
}

static void values(void **state)
{
	static const struct row rows[] = {
		{ "resource.cpu > 0.9", 16, 3,
		  "`0.9` is a fraction, but `resource.cpu` is a percentage, 0 to 100: write "
		  "`90%`" },
		{ "resource.cpu > 90", 16, 2,
		  "`90` has no unit, but `resource.cpu` is a percentage: write `90%`" },
		{ "component.response_time > 2000", 27, 4,
		  "`2000` has no unit, but `component.response_time` is a time: write it like "
		  "500ms or 2s" },
		{ "resource.memory_used > 64", 24, 2,
		  "`64` has no unit, but `resource.memory_used` is a size: write it like 64MiB" },
		{ "resource.cpu > 5s", 16, 2,
		  "`5s` is a time, but `resource.cpu` is a percentage: write it like 90%" },
		{ "component.response_time > 90%", 27, 3,
		  "`90%` is a percentage, but `component.response_time` is a time: write it like "
		  "500ms or 2s" },
		{ "score < 60%", 9, 3,
		  "`60%` is a percentage, but `score` is a plain number: leave out the unit" },
		{ "resource.cpu > \"90%\"", 16, 5,
		  "`resource.cpu` is a percentage, but \"90%\" is a text: leave out the quotes" },
		{ "component.critical == \"true\"", 23, 6,
		  "`component.critical` is true or false, but \"true\" is a text: leave out the "
		  "quotes" },
		{ "component.critical == yes", 23, 3,
		  "`component.critical` is true or false, which `yes` is not" },
		{ "resource.cpu > high", 16, 4,
		  "`resource.cpu` is a percentage, which `high` is not: write it like 90%" },
		{ "score > high", 9, 4, "`score` is a number, which `high` is not" },
		{ "component.response_time > 2sec", 28, 3,
		  "`sec` is no unit; there are ms, s, m, h, d, %, B, kB, MB, GB, TB, KiB, MiB, "
		  "GiB and TiB" },
		{ "score > 1.2.3", 9, 5, "`1.2.3` is no number" },
		{ "score > 111111111111111111111111111111111111111111111111", 9, 48,
		  "this number is too long" },
		{ "component.group == vendors", 20, 7,
		  "`component.group` is a text: put it in quotes, \"vendors\"" },
		{ "component.name == my-db.eu and score < 1", 19, 2,
		  "`component.name` is a text: put it in quotes, \"my-db.eu\"" },
		{ "component.name == 5", 19, 1, "`component.name` is a text, which `5` is not" },
		{ "component.status == unhealty", 21, 8,
		  "`component.status` is never `unhealty`; did you mean `unhealthy`?" },
		{ "breaker.state == half-open", 18, 4,
		  "`breaker.state` is never `half-open`; did you mean `half_open`?" },
		{ "breaker.state == \"opn\"", 18, 5,
		  "`breaker.state` is never `opn`; did you mean `open`?" },
		{ "component.status == red", 21, 3,
		  "`component.status` is never `red`; it is one of healthy, degraded, "
		  "unhealthy" },
		{ "component.status == unknown", 21, 7,
		  "nothing compares with `unknown`; what happens when `component.status` is not "
		  "known, `no_data` of the rule says" },
		{ "component.status > healthy", 18, 1,
		  "`component.status` is a word: only `==` and `!=` go with it" },
		{ "component.critical >= true", 20, 2,
		  "`component.critical` is true or false: only `==` and `!=` go with it" },
		{ "component.name == \"a", 19, 2, "this text has no closing \"" },
		{ "component.name == 'a", 19, 2, "this text has no closing '" },
		{ "component.critical =~ \"a\"", 20, 2,
		  "`component.critical` is true or false: an expression fits texts only" },
		{ "component.name =~ abc", 19, 3,
		  "`abc` stands where an expression in quotes is wanted" },
		{ "component.name =~ \"a(\"", 19, 4,
		  "missing closing parenthesis at character 3 of the expression" },
	};

	(void)state;
	assert_refused(rows, COUNT(rows));
}

static void shape(void **state)
{
	static const struct row rows[] = {
		{ "", 1, 0,
		  "the condition ends where a field, like `component.status`, is wanted" },
		{ "score >", 8, 0, "the condition ends where a number is wanted" },
		{ "resource.cpu > 90% and", 23, 0,
		  "the condition ends where a field, like `component.status`, is wanted" },
		{ "(score > 1", 11, 0, "the condition ends where `)` is wanted" },
		{ "score > 1)", 10, 1, "`)` stands where `and`, `or` or the end is wanted" },
		{ "score > 1 < 2", 11, 1, "`<` stands where `and`, `or` or the end is wanted" },
		{ "2s < component.response_time", 1, 2,
		  "a comparison begins with its field: write `field > ...`, then `2s`" },
		{ "\"a\" == component.name", 1, 3,
		  "a comparison begins with its field: write `field > ...`, then `\"a\"`" },
		{ ") score", 1, 1, "`)` stands where a field, like `component.status`, is wanted" },
		{ "score", 1, 5,
		  "`score` is a number: compare it with something, like `score > ...`" },
		{ "component.name", 1, 14,
		  "`component.name` is a text: compare it with something, like `component.name "
		  "== ...`" },
		{ "component.kind in \"a\"", 19, 3,
		  "`\"a\"` stands where `(`, as in `in (a, b)`, is wanted" },
		{ "component.kind in (\"a\" \"b\")", 24, 3,
		  "`\"b\"` stands where `,` or `)` is wanted" },
		{ "component.kind in ()", 20, 1, "`component.kind` is a text, which `)` is not" },
		{ "component.kind not \"a\"", 20, 3, "`\"a\"` stands where `in` is wanted" },
	};

	(void)state;
	assert_refused(rows, COUNT(rows));
}

/* The text of so many `piece`s around `middle`. */
static char *nest(size_t count, const char *open, const char *middle, const char *close)
{
	char *text = calloc(1, count * (strlen(open) + strlen(close)) + strlen(middle) + 1);
	char *end = text;

	for (size_t i = 0; i < count; i++, end += strlen(open))
		memcpy(end, open, strlen(open));
	memcpy(end, middle, strlen(middle));
	end += strlen(middle);
	for (size_t i = 0; i < count; i++, end += strlen(close))
		memcpy(end, close, strlen(close));
	return text;
}

static enum bw_status try_nest(size_t count, const char *open, const char *middle,
			       const char *close, struct condition_error *err)
{
	char *text = nest(count, open, middle, close);
	struct condition *condition = NULL;
	enum bw_status status = condition_compile(text, &condition, err);

	if (status == BW_OK)
		condition_destroy(condition);
	free(text);
	return status;
}

static void limits(void **state)
{
	struct condition_error err;

	(void)state;
	assert_int_equal(try_nest(CONDITION_DEPTH_MAX - 1, "(", "score > 1", ")", &err), BW_OK);
	assert_int_not_equal(try_nest(CONDITION_DEPTH_MAX, "(", "score > 1", ")", &err), BW_OK);
	assert_string_equal(err.text, "nested deeper than 32 levels; make two rules of it");
	assert_int_equal(err.column, CONDITION_DEPTH_MAX + 1);
	assert_int_equal(try_nest(CONDITION_DEPTH_MAX - 1, "not ", "score > 1", "", &err), BW_OK);
	assert_int_not_equal(try_nest(CONDITION_DEPTH_MAX, "not ", "score > 1", "", &err), BW_OK);
	assert_int_equal(try_nest(300, "score>1 and ", "score > 1", "", &err), BW_OK);
	assert_int_equal(try_nest(300, "score>1 or ", "score > 1", "", &err), BW_OK);
	assert_int_equal(try_nest(255, "", "score in (1", ",1", &err), BW_EPARSE);
	assert_string_equal(err.text, "the condition ends where `,` or `)` is wanted");
	assert_int_equal(try_nest(256, "", "score in (1", ",1", &err), BW_EPARSE);
	assert_string_equal(err.text, "more than 256 values; an expression (`=~`) may say it "
				      "shorter");
	assert_int_equal(try_nest(CONDITION_TEXT_MAX - 9, " ", "score > 1", "", &err), BW_OK);
	assert_int_equal(try_nest(CONDITION_TEXT_MAX - 8, " ", "score > 1", "", &err), BW_EPARSE);
	assert_string_equal(err.text, "longer than 4096 bytes; make several rules of it");
	assert_int_equal(err.column, CONDITION_TEXT_MAX + 1);
}

/* Whatever is quoted, the sentence is whole UTF-8 and fits. */
static void foreign_text_is_cleaned(void **state)
{
	struct condition *condition;
	struct condition_error err;

	(void)state;
	assert_int_equal(
		condition_compile("component.critical == \"\x1b[31m\xff\"", &condition, &err),
		BW_EPARSE);
	assert_null(strchr(err.text, '\x1b'));
	assert_non_null(strstr(err.text, "\uFFFD"));
}

static void way_back(void **state)
{
	static const struct {
		const char *condition, *limit, *text;
		size_t column;
	} rows[] = {
		{ "resource.cpu > 90% and score < 9", "70%",
		  "the way back needs a condition that is one comparison of a number, like "
		  "`resource.cpu > 90%`",
		  1 },
		{ "component.status == unhealthy", "70%",
		  "the way back needs a condition that is one comparison of a number, like "
		  "`resource.cpu > 90%`",
		  1 },
		{ "score == 5", "4",
		  "the way back needs a condition that is one comparison of a number, like "
		  "`resource.cpu > 90%`",
		  1 },
		{ "resource.cpu > 90%", "2s", "`resource.cpu` is a percentage: write it like 90%",
		  1 },
		{ "component.response_time > 2s", "1",
		  "`component.response_time` is a time: write it like 500ms or 2s", 1 },
		{ "breaker.failure_rate > 10%", "0.05",
		  "`0.05` is a fraction, but `breaker.failure_rate` is a percentage, 0 to 100: "
		  "write `5%`",
		  1 },
		{ "resource.cpu > 90%", "95%",
		  "the way back lies beyond the limit of `resource.cpu > 90%`; it must be lower",
		  1 },
		{ "score < 60", "50",
		  "the way back lies beyond the limit of `score < 60`; it must be higher", 1 },
		{ "resource.cpu > 90%", "70% or so", "one number is wanted, nothing behind it", 5 },
		{ "resource.cpu > 90%", "", "`resource.cpu` is a percentage: write it like 90%",
		  1 },
		{ "resource.cpu > 90%", "7x",
		  "`x` is no unit; there are ms, s, m, h, d, %, B, kB, MB, GB, TB, KiB, MiB, GiB "
		  "and TiB",
		  2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct condition *condition = NULL, *clear = NULL;
		struct condition_error err;

		assert_int_equal(condition_compile(rows[i].condition, &condition, &err), BW_OK);
		assert_int_equal(condition_clear_below(condition, rows[i].limit, &clear, &err),
				 BW_EINVAL);
		assert_null(clear);
		assert_string_equal(err.text, rows[i].text);
		assert_int_equal(err.column, rows[i].column);
		condition_destroy(condition);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),
		cmocka_unit_test(signs),
		cmocka_unit_test(values),
		cmocka_unit_test(shape),
		cmocka_unit_test(limits),
		cmocka_unit_test(way_back),
		cmocka_unit_test(foreign_text_is_cleaned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
