/* test_answer.c - what becomes of samples by the answer of the other side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "remote/answer.h"

static const struct {
	int status;
	const char *headers, *body;
	enum answer_meaning meaning;
	bool is_unclear;
	int64_t retry_us;
	const char *text;
} answers[] = {
	{ 200, "", "fine", ANSWER_TAKEN, false, 0, "HTTP 200: fine" },
	{ 204, "", "", ANSWER_TAKEN, false, 0, "HTTP 204" },
	{ 301, "", "", ANSWER_LATER, false, 0,
	  "HTTP 301: redirected; the configuration needs the final address" },
	{ 400, "Retry-After: 7", "out of order sample\n", ANSWER_REFUSED, false, 0,
	  "HTTP 400: out of order sample" },
	{ 401, "", "<html>no</html>", ANSWER_LATER, false, 0, "HTTP 401" },
	{ 403, "", "", ANSWER_LATER, false, 0, "HTTP 403" },
	{ 404, "", " \n ", ANSWER_LATER, false, 0, "HTTP 404" },
	{ 405, "", "", ANSWER_LATER, false, 0, "HTTP 405" },
	{ 407, "", "", ANSWER_LATER, false, 0, "HTTP 407" },
	{ 408, "", "", ANSWER_LATER, false, 0, "HTTP 408" },
	{ 409, "", "", ANSWER_REFUSED, false, 0, "HTTP 409" },
	{ 413, "", "too large", ANSWER_REFUSED, false, 0, "HTTP 413: too large" },
	{ 422, "", "a\tb\x1b[2J", ANSWER_REFUSED, false, 0, "HTTP 422: a b [2J" },
	{ 429, "Retry-After: 7", "", ANSWER_LATER, false, 7000000, "HTTP 429" },
	{ 500, "", "", ANSWER_LATER, true, 0, "HTTP 500" },
	{ 503, "retry-after: 0.5", "", ANSWER_LATER, true, 500000, "HTTP 503" },
};

static void test_by_status(void **state)
{
	(void)state;
	for (size_t nth = 0; nth < sizeof(answers) / sizeof(answers[0]); nth++) {
		const struct io_fetch_result result = {
			.status = answers[nth].status,
			.headers = answers[nth].headers,
			.headers_len = strlen(answers[nth].headers),
			.body = answers[nth].body,
			.body_len = strlen(answers[nth].body),
		};
		struct answer answer;

		answer_read(&result, (struct bw_wall){ 0 }, &answer);
		assert_string_equal(answer.text, answers[nth].text);
		assert_int_equal(answer.meaning, answers[nth].meaning);
		assert_int_equal(answer.is_unclear, answers[nth].is_unclear);
		assert_int_equal(answer.retry_us, answers[nth].retry_us);
	}
}

static void test_no_answer(void **state)
{
	const struct io_fetch_result result = { .error = { IO_RESET, "reset by 127.0.0.1:1" },
						.headers = "",
						.body = "" };
	struct answer answer;

	(void)state;
	answer_read(&result, (struct bw_wall){ 0 }, &answer);
	assert_int_equal(answer.meaning, ANSWER_LATER);
	assert_true(answer.is_unclear);
	assert_string_equal(answer.text, "reset by 127.0.0.1:1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_status),
		cmocka_unit_test(test_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
