/* test_display.c - columns and escapes of text from anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/display.h"

static const struct {
	const char *text, *shown;
	size_t columns;
} rows[] = {
	{ "", "", 0 },
	{ "plain", "plain", 5 },
	{ "\xc3\xa9", "\xc3\xa9", 1 },
	{ "e\xcc\x81", "e\xcc\x81", 1 },
	{ "\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac", 4 },
	{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", 2 },
	{ "a\x1b[31mb", "a\\x1b[31mb", 10 },
	{ "\t\r\n\x7f", "\\x09\\x0d\\x0a\\x7f", 16 },
	{ "\xc2\x9b"
	  "31m",
	  "\\x9b31m", 7 },
	{ "\xe2\x80\xae"
	  "gpj",
	  "\\u202egpj", 9 },
	{ "\xff\xc3", "\xef\xbf\xbd\xef\xbf\xbd", 2 },
	{ "\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd", 2 },
	{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 3 },
	{ "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 4 },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t len = strlen(rows[i].text);
		struct bw_buf buf;

		bw_buf_init(&buf, 0);
		bw_display_append(&buf, rows[i].text, len);
		assert_string_equal(buf.len > 0 ? buf.data : "", rows[i].shown);
		assert_int_equal(bw_display_width(rows[i].text, len), rows[i].columns);
		bw_buf_finish(&buf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
