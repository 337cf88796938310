#include "base/number.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void floats_print_as_python_prints_them(void **state)
{
	static const struct {
		double value;
		const char *text;
	} rows[] = {
		{ 0.0, "0.0" },
		{ -0.0, "-0.0" },
		{ 100, "100.0" },
		{ -7.25, "-7.25" },
		{ 0.1, "0.1" },
		{ 0.1 + 0.2, "0.30000000000000004" },
		{ 1.0 / 3, "0.3333333333333333" },
		{ 0.0001, "0.0001" },
		{ 0.00012345, "0.00012345" },
		{ 0.00009, "9e-05" },
		{ 1e-05, "1e-05" },
		{ 1.5e-07, "1.5e-07" },
		{ 123456789.125, "123456789.125" },
		{ 999999999999999.0, "999999999999999.0" },
		{ 1e15, "1000000000000000.0" },
		{ 9999999999999998.0, "9999999999999998.0" },
		{ 1e16, "1e+16" },
		{ 12345678901234567890.0, "1.2345678901234567e+19" },
		{ 5e-324, "5e-324" },
		{ 2.2250738585072014e-308, "2.2250738585072014e-308" },
		{ 1.7976931348623157e308, "1.7976931348623157e+308" },
		{ 0x1p-44, "5.684341886080802e-14" }, /* the nearest 16 digits do not read back */
		{ 85.00000000000001, "85.00000000000001" },
		{ INFINITY, "null" },
		{ NAN, "null" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[BW_NUMBER_TEXT_MAX];

		assert_int_equal(bw_double_text(rows[i].value, text), strlen(rows[i].text));
		assert_string_equal(text, rows[i].text);
	}
}

static uint64_t next(uint64_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random;
}

static void every_text_reads_back(void **state)
{
	uint64_t random = 88172645463325252u;

	for (int i = 0; i < 200000; i++) {
		uint64_t bits = next(&random);
		char text[BW_NUMBER_TEXT_MAX];
		double value;

		memcpy(&value, &bits, sizeof(value));
		if (i % 2)
			value = (double)(bits % 10000000) / 1000;
		if (!isfinite(value))
			continue;
		assert_in_range(bw_double_text(value, text), 3, BW_NUMBER_TEXT_MAX - 1);
		assert_true(strtod(text, NULL) == value);
	}
}

static void ints_stay_ints(void **state)
{
	char text[BW_NUMBER_TEXT_MAX];

	assert_int_equal(bw_number_text(bw_number_from_int(INT64_MIN), text), 20);
	assert_string_equal(text, "-9223372036854775808");
	bw_number_text(bw_number_from_int(INT64_MAX), text);
	assert_string_equal(text, "9223372036854775807");
	bw_number_text(bw_number_from_int(0), text);
	assert_string_equal(text, "0");
	bw_number_text(bw_number_from_double(81), text);
	assert_string_equal(text, "81.0");
	assert_true(bw_number_from_int(-3).value == -3.0);
}

static void rounds_from_the_binary_value_ties_to_even(void **state)
{
	static const struct {
		double value;
		int digits;
		double rounded;
	} rows[] = {
		{ 0.5, 0, 0 },        { 1.5, 0, 2 },
		{ 2.5, 0, 2 },        { 2.675, 2, 2.67 },
		{ 1.005, 2, 1.0 },    { 0.125, 2, 0.12 },
		{ 0.375, 2, 0.38 },   { 64.95, 1, 65.0 },
		{ 0.25, 1, 0.2 },     { 33.333333, 2, 33.33 },
		{ -2.5, 0, -2 },      { 1e300, 2, 1e300 },
		{ 5e-324, 15, 0 },    { 4503599627370495.5, 0, 4503599627370496.0 },
		{ 99.995, 2, 100.0 }, { 1e15 + 0.125, 2, 1e15 + 0.12 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(bw_round(rows[i].value, rows[i].digits) == rows[i].rounded);
	assert_true(signbit(bw_round(-0.001, 2)));
	assert_true(isnan(bw_round(NAN, 2)));
	assert_true(isinf(bw_round(-INFINITY, 2)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(floats_print_as_python_prints_them),
		cmocka_unit_test(every_text_reads_back),
		cmocka_unit_test(ints_stay_ints),
		cmocka_unit_test(rounds_from_the_binary_value_ties_to_even),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
