/* test_expectation.c - texts, numbers and operators, with values of every kind. */
#include "checks/expectation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
	const char *wanted, *value;
	bool good, holds;
} cases[] = {
	{ "1", "1", true, true },
	{ "1", "1.0", true, false },
	{ "1", "01", true, false },
	{ "ok", "ok", true, true },
	{ "", "", true, true },
	{ "", "x", true, false },
	{ "= 1", "1.0", true, true },
	{ "== 1", "1", true, true },
	{ "=ok", "ok", true, true },
	{ "= ok", "ok ", true, false },
	{ "!= 1", "1.0", true, false },
	{ "!= 1", "2", true, true },
	{ "!= ok", "broken", true, true },
	{ "!= 1", "many", true, true },
	{ "> 10", "10", true, false },
	{ "> 10", "10.5", true, true },
	{ ">= 10", "10", true, true },
	{ "< 10", "-1e3", true, true },
	{ "<= 10", "10.0001", true, false },
	{ "<10", " 9 ", true, true },
	{ "> 10", "", true, false },
	{ "> 10", "many", true, false },
	{ "> 10", "11 rows", true, false },
	{ "> 10", "nan", true, false },
	{ "> 10", "inf", true, true },
	{ "> ", "1", false, false },
	{ "> many", "1", false, false },
	{ "<= nan", "1", false, false },
};

static void test_cases(void **state)
{
	struct expectation expectation;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(expectation_parse(cases[i].wanted, &expectation), cases[i].good);
		if (cases[i].good)
			assert_int_equal(expectation_holds(&expectation, cases[i].value),
					 cases[i].holds);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
