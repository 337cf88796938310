#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fits_or_is_cut_behind_a_whole_character),
		cmocka_unit_test(only_hexadecimal_digits_have_a_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
