/* test_condition.c - jq conditions: what holds, what is said when one does not, what is closed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "checks/condition.h"

static void conditions_that_hold(void **state)
{
	static const struct {
		const char *program, *json;
	} rows[] = {
		{ ".a == 1", "{\"a\":1}" },
		{ ".", "0" },
		{ ".", "\"\"" },
		{ ".a == 1 and .b > 2", "{\"a\":1,\"b\":3}" },
		{ "def f: .a; f == 1", "{\"a\":1}" },
		{ ".a # comment", "{\"a\":true}" },
		{ ".name == \"a == b\"", "{\"name\":\"a == b\"}" },
		{ "any(.[]; . > 2)", "[1,2,3]" },
		{ "first(range(0; infinite))", "null" },
		{ "($ENV | length) == 0", "null" },
		{ "(env | length) == 0", "null" },
		{ "\"\\($ENV.PATH)\" == \"null\"", "null" },
		{ ". as [$a] | $a == 1", "[1]" },
	};
	struct bw_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct check_condition *condition = check_condition_create(rows[i].program, &err);

		if (!condition)
			fail_msg("%s: %s", rows[i].program, err.text);
		for (int again = 0; again < 2; again++)
			if (!check_condition_test(condition, rows[i].json, strlen(rows[i].json),
						  &err))
				fail_msg("%s: %s", rows[i].program, err.text);
		check_condition_destroy(condition);
	}
}

static void failures_say_what_the_value_was(void **state)
{
	static const struct {
		const char *program, *json, *text;
	} rows[] = {
		{ ".a == 1", "{\"a\":2}", "`.a == 1` is not met: .a is 2" },
		{ ".a | length > 3", "{\"a\":[1]}",
		  "`.a | length > 3` is not met: .a | length is 1" },
		{ ".a==1 and .b", "{}", "`.a==1 and .b` is not met: it gives false" },
		{ ".a", "{\"a\":null}", "`.a` is not met: it gives null" },
		{ "empty", "{}", "`empty` gives no result" },
		{ ".a.b", "{\"a\":1}",
		  "`.a.b` cannot be answered: Cannot index number with string \"b\"" },
		{ "input", "{}", "`input` cannot be answered: is not available in a condition" },
		{ "halt", "{}", "`halt` cannot be answered: is not available in a condition" },
		{ "[-1] | implode", "{}",
		  "`[-1] | implode` cannot be answered: is not available in a condition" },
	};
	struct bw_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct check_condition *condition = check_condition_create(rows[i].program, &err);

		if (!condition)
			fail_msg("%s: %s", rows[i].program, err.text);
		assert_false(
			check_condition_test(condition, rows[i].json, strlen(rows[i].json), &err));
		assert_string_equal(err.text, rows[i].text);
		check_condition_destroy(condition);
	}
}

static void bodies_that_are_no_json(void **state)
{
	static const char *const rows[] = {
		"", "<html>", "{\"a\":", "{} {}", "[1,]", "\xFF", "nul"
	};
	struct check_condition *condition = check_condition_create(".", NULL);
	struct bw_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_false(check_condition_test(condition, rows[i], strlen(rows[i]), &err));
		assert_non_null(strstr(err.text, "JSON"));
	}
	assert_false(check_condition_test(condition, NULL, 0, &err));
	check_condition_destroy(condition);
}

static void deep_json_is_no_way_in(void **state)
{
	struct check_condition *condition = check_condition_create(".", NULL);
	size_t len = 1 << 20;
	char *deep = malloc(len);
	struct bw_error err;

	(void)state;
	assert_non_null(deep);
	memset(deep, '[', len);
	assert_false(check_condition_test(condition, deep, len, &err));
	free(deep);
	check_condition_destroy(condition);
}

static void programs_that_are_none(void **state)
{
	static const char *const rows[] = {
		".a ==",    "nonsense(1)",     "", "import \"x\" as x; .", ".a) , (.b",
		"$nothing", "include \"x\"; ."
	};
	struct bw_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct check_condition *condition = check_condition_create(rows[i], &err);

		if (condition)
			fail_msg("%s was taken", rows[i]);
		assert_non_null(strstr(err.text, "not a jq condition"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_that_hold),
		cmocka_unit_test(failures_say_what_the_value_was),
		cmocka_unit_test(bodies_that_are_no_json),
		cmocka_unit_test(deep_json_is_no_way_in),
		cmocka_unit_test(programs_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
