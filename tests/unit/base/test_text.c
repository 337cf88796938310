#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BAD "\xEF\xBF\xBD"

static void fits_or_is_cut_behind_a_whole_character(void **state)
{
	static const struct {
		const char *text, *cut;
	} rows[] = {
		{ "", "" },
		{ "1234567", "1234567" },
		{ "12345678", "1234..." },
		{ "123\xc3\xa9"
		  "67",
		  "123\xc3\xa9"
		  "67" },
		{ "123\xc3\xa9"
		  "678",
		  "123..." },
		{ "1\xf0\x9f\x94\x94"
		  "678",
		  "1..." },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[8];

		bw_text_format(out, sizeof(out), "%s", rows[i].text);
		assert_string_equal(out, rows[i].cut);
	}
}

static void only_hexadecimal_digits_have_a_value(void **state)
{
	static const char digits[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
	int found = 0;

	for (int i = 0; i < 16; i++) {
		assert_int_equal(bw_hex_value(digits[i]), i);
		assert_int_equal(bw_hex_value(upper[i]), i);
	}
	for (int byte = -128; byte < 128; byte++)
		found += bw_hex_value((char)byte) >= 0;
	assert_int_equal(found, 22);
}

static void texts_are_cleaned(void **state)
{
	static const struct {
		const char *in;
		size_t size;
		const char *out;
	} rows[] = {
		{ "plain", 64, "plain" },
		{ "two\nlines\r\n", 64, "two lines" },
		{ "tab\there \x1b[31mred", 64, "tab here  [31mred" },
		{ "gr\xC3\xBC\xC3\x9F", 64, "gr\xC3\xBC\xC3\x9F" },
		{ "latin \xFC!", 64, "latin " BAD "!" },
		{ "overlong \xC0\xAF", 64, "overlong " BAD BAD },
		{ "surrogate \xED\xA0\x80", 64, "surrogate " BAD BAD BAD },
		{ "beyond \xF4\x90\x80\x80", 64, "beyond " BAD BAD BAD BAD },
		{ "half \xE2\x82", 64, "half " BAD BAD },
		{ "c1 \xC2\x9B"
		  "3m",
		  64, "c1  3m" },
		{ "line separator \xE2\x80\xA8.", 64, "line separator  ." },
		{ "abc \xE2\x80\xAE.", 64, "abc  ." },
		{ "abc \xE2\x81\xA6.", 64, "abc  ." },
		{ "abc \xD8\x9C.", 64, "abc  ." },
		{ "dash \xE2\x80\x93", 64, "dash \xE2\x80\x93" },
		{ "emoji \xF0\x9F\x98\x80", 64, "emoji \xF0\x9F\x98\x80" },
		{ "1234567", 8, "1234567" },
		{ "12345678", 8, "1234..." },
		{ "123\xC3\xBC\xC3\xBC", 8, "123\xC3\xBC\xC3\xBC" },
		{ "123\xC3\xBC\xC3\xBC\xC3\xBC", 8, "123..." },
		{ "", 8, "" },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bw_text_clean(rows[i].in, strlen(rows[i].in), out, rows[i].size);
		assert_string_equal(out, rows[i].out);
	}
}

static void any_two_bytes_stay_within_bounds(void **state)
{
	char in[2], out[16];

	(void)state;
	for (int first = 0; first < 256; first++) {
		for (int second = 0; second < 256; second++) {
			in[0] = (char)first;
			in[1] = (char)second;
			bw_text_clean(in, 2, out, 4);
			assert_true(strlen(out) <= 3);
			bw_text_clean(in, 2, out, sizeof(out));
			assert_null(strpbrk(out, "\n\r\t\x1b\x7f"));
		}
	}
}

static void the_last_line_that_says_something(void **state)
{
	static const struct {
		const char *text, *line;
	} rows[] = {
		{ "", "" },
		{ " \r\n\n", "" },
		{ "one", "one" },
		{ "one\ntwo\n", "two" },
		{ "one\r\n\ttwo\x1b \r\n \n", " two" },
	};
	char out[16];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bw_text_last_line(rows[i].text, strlen(rows[i].text), out, sizeof(out));
		assert_string_equal(out, rows[i].line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fits_or_is_cut_behind_a_whole_character),
		cmocka_unit_test(texts_are_cleaned),
		cmocka_unit_test(any_two_bytes_stay_within_bounds),
		cmocka_unit_test(the_last_line_that_says_something),
		cmocka_unit_test(only_hexadecimal_digits_have_a_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
