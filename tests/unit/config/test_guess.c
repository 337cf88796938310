/* test_guess.c - slips of the pen, other monitors' words, and words that are neither. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/guess.h"

static const char *const known[] = { "every", "timeout", "within", "depends_on", "url", "ok" };

static const struct {
	const char *word, *best;
} rows[] = {
	{ "evry", "every" },          { "eveyr", "every" },    { "tiemout", "timeout" },
	{ "timeouts", "timeout" },    { "interval", "every" }, { "dependson", "depends_on" },
	{ "requires", "depends_on" }, { "ulr", "url" },        { "uri", "url" },
	{ "frobnicate", NULL },       { "x", NULL },           { "", NULL },
	{ "max_latency", "within" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct config_guess guess;

		config_guess_init(&guess, rows[i].word);
		for (size_t j = 0; j < sizeof known / sizeof known[0]; j++)
			config_guess_add(&guess, known[j]);
		if (!rows[i].best)
			assert_null(guess.best);
		else
			assert_string_equal(guess.best, rows[i].best);
	}
}

/* Longer than the table of distances. */
static void test_long_word(void **state)
{
	char word[1000];
	struct config_guess guess;

	(void)state;
	memset(word, 'a', sizeof word - 1);
	word[sizeof word - 1] = '\0';
	config_guess_init(&guess, word);
	config_guess_add(&guess, "aaaa");
	config_guess_add(&guess, word);
	assert_true(guess.best == NULL || strcmp(guess.best, "aaaa") != 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows),
					    cmocka_unit_test(test_long_word) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
