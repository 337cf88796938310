#include "eval/eval.h"

#include <stdbool.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct answer {
	int status;
	char *out, *err;
	size_t out_len, err_len;
};

static struct answer run(const char *input, size_t len, bool only_last)
{
	struct answer answer = { 0 };
	FILE *in = len ? fmemopen((char *)input, len, "r") : fopen("/dev/null", "r");
	FILE *out = open_memstream(&answer.out, &answer.out_len);
	FILE *err = open_memstream(&answer.err, &answer.err_len);

	assert_non_null(in);
	answer.status = eval_run(in, out, err, only_last);
	(void)fclose(in);
	(void)fclose(out);
	(void)fclose(err);
	return answer;
}

static void finish(struct answer *answer)
{
	free(answer->out);
	free(answer->err);
}

static void expect(const char *input, bool only_last, int status, int documents, const char *err)
{
	struct answer answer = run(input, strlen(input), only_last);
	int lines = 0;

	for (size_t i = 0; i < answer.out_len; i++)
		lines += answer.out[i] == '\n';
	assert_int_equal(answer.status, status);
	assert_int_equal(lines, documents);
	assert_string_equal(answer.err, err);
	finish(&answer);
}

#define TICK "{\"now\":\"2026-03-02T14:30:00Z\",\"health\":{}}"
#define ERROR_TICK "{\"now\":\"2026-03-02T14:30:00Z\",\"error\":\"gone\"}"

static void a_document_a_line(void **state)
{
	expect("", false, 0, 0, "");
	expect(TICK "\n", false, 0, 1, "");
	expect(TICK, false, 0, 1, "");
	expect(TICK "\r\n\r\n  \t\n\n" TICK "\r\n", false, 0, 2, "");
	expect(TICK "\n" ERROR_TICK "\n" TICK "\n", false, 0, 3, "");
}

static void last_means_one(void **state)
{
	expect("", true, 0, 0, "");
	expect(TICK "\n" TICK "\n" TICK "\n", true, 0, 1, "");
	expect(TICK "\n\nnonsense\n", true, 65, 1,
	       "line 3: not JSON at column 8: '[' or '{' expected near 'nonsense'\n");
	expect("[]\n", true, 65, 0, "line 1: an object expected, not a list\n");
}

static void a_bad_line_ends_it_after_the_good_ones(void **state)
{
	expect(TICK "\n" TICK "\n{\"now\":1}\n" TICK "\n", false, 65, 2,
	       "line 3: now: a time as text expected, not a number\n");
	expect("\n\n" ERROR_TICK "\n{}", false, 65, 1,
	       "line 4: now: missing; a time as text expected\n");
	expect(TICK "\n{\"now\":\"2026-03-02T14:30:00Z\",\"health\":{\"status\":1}}\n", false, 65,
	       1, "line 2: health.status: text expected, not a number\n");
}

static void a_nul_byte_is_bad_input(void **state)
{
	static const char input[] = TICK "\n{\"now\0\":1}\n";
	struct answer answer = run(input, sizeof(input) - 1, false);

	assert_int_equal(answer.status, 65);
	assert_memory_equal(answer.err, "line 2: not JSON", 16);
	finish(&answer);
}

static void history_is_carried_but_not_by_error_ticks(void **state)
{
	static const char input[] = TICK "\n" ERROR_TICK "\n" TICK "\n";
	struct answer answer = run(input, strlen(input), false);
	const char *last = strchr(strchr(answer.out, '\n') + 1, '\n') + 1;

	assert_non_null(strstr(answer.out, "\"overall_status\":\"error\""));
	assert_non_null(strstr(last, "\"summary\":{\"points\":1,\"timespan_hours\":24,"));
	finish(&answer);
}

static char *long_line(size_t spaces, size_t *len)
{
	char *text = malloc(spaces + sizeof(TICK));

	assert_non_null(text);
	memset(text, ' ', spaces);
	memcpy(text + spaces, TICK, sizeof(TICK));
	*len = spaces + sizeof(TICK) - 1;
	return text;
}

static void a_line_has_a_maximum(void **state)
{
	size_t len;
	char *text = long_line(EVAL_LINE_MAX - sizeof(TICK) + 1, &len);
	struct answer answer = run(text, len, false);

	assert_int_equal(len, EVAL_LINE_MAX);
	assert_int_equal(answer.status, 0);
	finish(&answer);
	free(text);
	text = long_line(EVAL_LINE_MAX - sizeof(TICK) + 2, &len);
	answer = run(text, len, false);
	assert_int_equal(answer.status, 65);
	assert_string_equal(answer.err, "line 1: longer than 16 MiB\n");
	finish(&answer);
	free(text);
}

static void a_full_disk_is_an_error(void **state)
{
	char input[] = TICK "\n";
	FILE *in = fmemopen(input, strlen(input), "r"), *out = fopen("/dev/full", "w");
	char *text = NULL;
	size_t len;
	FILE *err = open_memstream(&text, &len);

	if (!out)
		skip();
	assert_int_equal(eval_run(in, out, err, false), 74);
	(void)fclose(in);
	(void)fclose(out);
	(void)fclose(err);
	assert_memory_equal(text, "bellwether: writing the document failed: ", 41);
	free(text);
}

static void an_unreadable_input_is_an_error(void **state)
{
	FILE *in = fopen("/", "r");
	char *out_text = NULL, *err_text = NULL;
	size_t out_len, err_len;
	FILE *out = open_memstream(&out_text, &out_len), *err = open_memstream(&err_text, &err_len);

	assert_non_null(in);
	assert_int_equal(eval_run(in, out, err, false), 74);
	(void)fclose(in);
	(void)fclose(out);
	(void)fclose(err);
	assert_memory_equal(err_text, "bellwether: reading the ticks failed: ", 38);
	free(out_text);
	free(err_text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_a_line),
		cmocka_unit_test(last_means_one),
		cmocka_unit_test(a_bad_line_ends_it_after_the_good_ones),
		cmocka_unit_test(a_nul_byte_is_bad_input),
		cmocka_unit_test(history_is_carried_but_not_by_error_ticks),
		cmocka_unit_test(a_line_has_a_maximum),
		cmocka_unit_test(a_full_disk_is_an_error),
		cmocka_unit_test(an_unreadable_input_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
