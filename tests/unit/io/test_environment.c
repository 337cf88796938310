/* test_environment.c - what a child process sees. */
#include "io/environment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *value_of(const struct io_environment *environment, const char *name)
{
	size_t len = strlen(name);

	for (char **item = environment->items; *item; item++)
		if (strncmp(*item, name, len) == 0 && (*item)[len] == '=')
			return *item + len + 1;
	return NULL;
}

static void three_variables_are_ours(void **state)
{
	struct io_environment environment;

	(void)state;
	assert_int_equal(setenv("HOME", "/home/ada", 1), 0);
	assert_int_equal(unsetenv("LANG"), 0);
	assert_int_equal(setenv("SECRET", "hunter2", 1), 0);
	io_environment_init(&environment);
	assert_int_equal(environment.count, 3);
	assert_string_equal(value_of(&environment, "HOME"), "/home/ada");
	assert_string_equal(value_of(&environment, "LANG"), "C.UTF-8");
	assert_non_null(value_of(&environment, "PATH"));
	assert_null(value_of(&environment, "SECRET"));
	io_environment_finish(&environment);
}

static void a_name_stands_once(void **state)
{
	struct io_environment environment;

	(void)state;
	io_environment_init(&environment);
	io_environment_set(&environment, "HOME", "/");
	io_environment_set(&environment, "HOM", "a=b");
	io_environment_set(&environment, "HOM", NULL);
	assert_int_equal(environment.count, 4);
	assert_null(environment.items[4]);
	assert_string_equal(value_of(&environment, "HOME"), "/");
	assert_string_equal(value_of(&environment, "HOM"), "");
	io_environment_finish(&environment);
	io_environment_finish(&environment);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_variables_are_ours),
		cmocka_unit_test(a_name_stands_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
