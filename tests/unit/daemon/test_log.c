/* test_log.c - levels, the journal's prefix, repeats, and foreign text that must stay in its line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fcntl.h>

#include <cmocka.h>

#include "daemon/log.h"

static int fds[2];

static int set_up(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	return pipe2(fds, O_NONBLOCK | O_CLOEXEC);
}

static int tear_down(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	close(fds[0]);
	close(fds[1]);
	return 0;
}

static const char *written(void)
{
	static char text[8192];
	ssize_t len = read(fds[0], text, sizeof(text) - 1);

	text[len > 0 ? len : 0] = '\0';
	return text;
}

static void test_what_is_below_the_level_is_not_written(void **state)
{
	struct log *log = log_create(fds[1], LOG_LEVEL_WARNING);

	(void)state;
	log_write(log, LOG_LEVEL_INFO, "small");
	assert_string_equal(written(), "");
	log_write(log, LOG_LEVEL_WARNING, "number %d", 7);
	const char *line = written();
	assert_int_equal(line[10], 'T'); /* a time stands first */
	assert_string_equal(strchr(line, ' '), " warning: number 7\n");
	log_write(NULL, LOG_LEVEL_ERROR, "to nobody");
	log_destroy(log);
}

static void test_a_line_that_repeats_is_counted_not_written(void **state)
{
	struct log *log = log_create(fds[1], LOG_LEVEL_INFO);

	(void)state;
	for (int i = 0; i < 100; i++)
		log_write(log, LOG_LEVEL_INFO, "again");
	const char *first = written();
	assert_non_null(strstr(first, "again\n"));
	assert_null(strstr(strstr(first, "again") + 1, "again"));
	log_write(log, LOG_LEVEL_INFO, "another");
	assert_non_null(strstr(written(), "another\n"));
	log_destroy(log);
}

static void test_a_long_line_stays_one_line(void **state)
{
	struct log *log = log_create(fds[1], LOG_LEVEL_INFO);
	char *text = malloc(100001);

	(void)state;
	memset(text, 'x', 100000);
	text[100000] = '\0';
	log_write(log, LOG_LEVEL_INFO, "%s", text);
	const char *line = written();
	assert_in_range(strlen(line), 1000, 4096);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	free(text);
	log_destroy(log);
}

static void test_the_journal_gets_its_prefix_and_nobody_else(void **state)
{
	char stream[64];
	struct stat info;
	struct log *log;

	(void)state;
	setenv("JOURNAL_STREAM", "1:2", 1);
	log = log_create(fds[1], LOG_LEVEL_INFO);
	log_write(log, LOG_LEVEL_ERROR, "elsewhere");
	assert_non_null(strstr(written(), " error: elsewhere\n"));
	log_destroy(log);
	assert_int_equal(fstat(fds[1], &info), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)info.st_dev, (uintmax_t)info.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log = log_create(fds[1], LOG_LEVEL_INFO);
	log_write(log, LOG_LEVEL_ERROR, "there");
	assert_string_equal(written(), "<3>there\n");
	log_destroy(log);
}

static void test_foreign_text_stays_in_its_quotation(void **state)
{
	static const struct {
		const char *text, *quoted;
	} rows[] = {
		{ "", "\"\"" },
		{ "plain text", "\"plain text\"" },
		{ "say \"no\"", "\"say \\x22no\\x22\"" },
		{ "a\\b", "\"a\\x5cb\"" },
		{ "one\ntwo\r\x1b[2J", "\"one\\x0atwo\\x0d\\x1b[2J\"" },
		{ "caf\xc3\xa9 \xe2\x82\xac", "\"caf\xc3\xa9 \xe2\x82\xac\"" },
		{ "csi \xc2\x9b", "\"csi \\xc2\\x9b\"" },
		{ "rtl \xe2\x80\xae", "\"rtl \\xe2\\x80\\xae\"" },
		{ "bad \xff\xc3", "\"bad \\xff\\xc3\"" },
	};
	char out[LOG_QUOTE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(log_quote(rows[i].text, out), rows[i].quoted);
}

static void test_a_long_quotation_is_cut_at_a_character(void **state)
{
	char text[1201], out[LOG_QUOTE_MAX];

	(void)state;
	for (int shift = 0; shift < 4; shift++) {
		memset(text, 'x', sizeof(text));
		for (size_t i = (size_t)shift; i + 4 < sizeof(text); i += 4)
			memcpy(text + i, "\xf0\x9f\x98\x80", 4);
		text[sizeof(text) - 1] = '\0';
		log_quote(text, out);
		size_t len = strlen(out);
		assert_in_range(len, 200, LOG_QUOTE_MAX - 1);
		assert_string_equal(out + len - 4, "...\"");
		assert_int_equal((len - 5 - (size_t)shift) % 4, 0);
	}
	memset(text, '\x01', 1200);
	assert_true(strlen(log_quote(text, out)) < LOG_QUOTE_MAX);
}

int main(void)
{
#define row(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		row(test_what_is_below_the_level_is_not_written),
		row(test_a_line_that_repeats_is_counted_not_written),
		row(test_a_long_line_stays_one_line),
		row(test_the_journal_gets_its_prefix_and_nobody_else),
		row(test_foreign_text_stays_in_its_quotation),
		row(test_a_long_quotation_is_cut_at_a_character),
	};
#undef row

	return cmocka_run_group_tests(tests, NULL, NULL);
}
