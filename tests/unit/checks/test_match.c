/* test_match.c - patterns, and that none of them can hold the loop for long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "checks/match.h"

enum { LARGE = 1 << 20 };

static void patterns(void **state)
{
	static const struct {
		const char *pattern, *text;
		size_t len;
		enum check_match_result result;
	} rows[] = {
		{ "ok", "it is ok", 8, CHECK_MATCH_YES },
		{ "ok", "it is", 5, CHECK_MATCH_NO },
		{ "", "anything", 8, CHECK_MATCH_YES },
		{ "a.c", "abc", 3, CHECK_MATCH_NO },
		{ "/a.c/", "abc", 3, CHECK_MATCH_YES },
		{ "/A.C/", "abc", 3, CHECK_MATCH_NO },
		{ "/A.C/i", "abc", 3, CHECK_MATCH_YES },
		{ "/^b/", "a\nb", 3, CHECK_MATCH_NO },
		{ "/^b/m", "a\nb", 3, CHECK_MATCH_YES },
		{ "/a.b/", "a\nb", 3, CHECK_MATCH_NO },
		{ "/a.b/s", "a\nb", 3, CHECK_MATCH_YES },
		{ "regex ^a+$", "aaa", 3, CHECK_MATCH_YES },
		{ "text /etc/", "in /etc/ it", 11, CHECK_MATCH_YES },
		{ "/etc/passwd", "see /etc/passwd", 15, CHECK_MATCH_YES },
		{ "/", "a/b", 3, CHECK_MATCH_YES },
		{ "/\xC3\x9C/i", "\xC3\xBC", 2, CHECK_MATCH_YES },
		{ "/b/", "a\0b", 3, CHECK_MATCH_YES },
		{ "b", "a\0b", 3, CHECK_MATCH_YES },
		{ "/b/",
		  "\xFF\xFE"
		  "b",
		  3, CHECK_MATCH_YES },
		{ "/^$/", "", 0, CHECK_MATCH_YES },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct check_match *match = check_match_create(rows[i].pattern, NULL);

		assert_non_null(match);
		if (check_match_test(match, rows[i].text, rows[i].len) != rows[i].result)
			fail_msg("%s on %s", rows[i].pattern, rows[i].text);
		assert_string_equal(check_match_pattern(match), rows[i].pattern);
		check_match_destroy(match);
	}
}

static void nothing_is_no_text(void **state)
{
	struct check_match *match = check_match_create("/a/", NULL);

	(void)state;
	assert_int_equal(check_match_test(match, NULL, 0), CHECK_MATCH_NO);
	check_match_destroy(match);
}

static void broken_patterns_say_where(void **state)
{
	static const char *const rows[] = { "/a(/", "regex [", "/\\C/", "/(?<=a*)b/" };
	struct bw_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_null(check_match_create(rows[i], &err));
		assert_non_null(strstr(err.text, "the regular expression is broken"));
	}
}

static double seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Chosen texts against slow patterns: a megabyte must not take longer than a few seconds even where
 * tools slow everything down. */
static void slow_patterns_are_given_up(void **state)
{
	static const struct {
		const char *pattern;
		char fill;
	} rows[] = { { "/(a+)+[bc]/", 'a' },
		     { "/a.*b.*[cd]/s", 'a' },
		     { "/(x+x+)+[yz]/", 'x' },
		     { "/(.*)*\\d/s", ' ' } };
	char *text = malloc(LARGE);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct check_match *match = check_match_create(rows[i].pattern, NULL);
		double before = seconds();

		memset(text, rows[i].fill, LARGE);
		assert_int_not_equal(check_match_test(match, text, LARGE), CHECK_MATCH_YES);
		if (seconds() - before > 10)
			fail_msg("%s took %.1f s", rows[i].pattern, seconds() - before);
		check_match_destroy(match);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns),
		cmocka_unit_test(nothing_is_no_text),
		cmocka_unit_test(broken_patterns_say_where),
		cmocka_unit_test(slow_patterns_are_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
