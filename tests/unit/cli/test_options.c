/* test_options.c - command lines, what they become and what is said of wrong ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/options.h"

static const struct cli_option table[] = {
	CLI_OPTION_CONFIG,
	CLI_OPTION_JSON,
	{ 0 },
};

static const struct {
	const char *words[6];
	const char *config, *error;
	bool json, quiet, verbose;
	size_t left;
} rows[] = {
	{ { "a", "b" }, .left = 2 },
	{ { "--config", "x" }, .config = "x" },
	{ { "--config=x", "--json" }, .config = "x", .json = true },
	{ { "--config=", "a" }, .config = "", .left = 1 },
	{ { "-c", "x" }, .config = "x" },
	{ { "-cx" }, .config = "x" },
	{ { "-qvc", "x" }, .config = "x", .quiet = true, .verbose = true },
	{ { "a", "-q", "b" }, .quiet = true, .left = 2 },
	{ { "--", "-q", "--json" }, .left = 2 },
	{ { "-", "a" }, .left = 2 },
	{ { "--config" }, .error = "--config needs a value; write --config=PATH" },
	{ { "-c" }, .error = "--config needs a value; write --config=PATH" },
	{ { "--jsno" }, .error = "there is no option --jsno; did you mean --json" },
	{ { "--nothing" }, .error = "there is no option --nothing; --help lists them" },
	{ { "--json=1" }, .error = "--json takes no value" },
	{ { "-qz" }, .error = "there is no option -z; --help lists them" },
	{ { "--=x" }, .error = "there is no option --; --help lists them" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *words[6];
		struct cli_options options;
		struct bw_error err;
		enum bw_status status;
		int count = 0;

		for (; count < 6 && rows[i].words[count]; count++)
			words[count] = (char *)rows[i].words[count];
		status = cli_options_parse(table, count, words, &options, &err);
		assert_int_equal(status, rows[i].error ? BW_EINVAL : BW_OK);
		if (rows[i].error) {
			assert_string_equal(err.text, rows[i].error);
		} else {
			assert_int_equal(options.json, rows[i].json);
			assert_int_equal(options.quiet, rows[i].quiet);
			assert_int_equal(options.verbose, rows[i].verbose);
			assert_int_equal(options.word_count, rows[i].left);
			assert_int_equal(options.config != NULL, rows[i].config != NULL);
		}
		if (rows[i].config)
			assert_string_equal(options.config, rows[i].config);
		cli_options_finish(&options);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
