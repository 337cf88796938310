/* test_text.c - foreign bytes become one clean line, whatever they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "checks/text.h"

#define BAD "\xEF\xBF\xBD"

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
		check_text_clean(rows[i].in, strlen(rows[i].in), out, rows[i].size);
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
			check_text_clean(in, 2, out, 4);
			assert_true(strlen(out) <= 3);
			check_text_clean(in, 2, out, sizeof(out));
			assert_null(strpbrk(out, "\n\r\t\x1b\x7f"));
		}
	}
}

static void durations(void **state)
{
	static const struct {
		int64_t us;
		const char *text;
	} rows[] = {
		{ -5, "0 ms" },
		{ 0, "0 ms" },
		{ 400, "0.4 ms" },
		{ 1000, "1 ms" },
		{ 9460, "9.5 ms" },
		{ 884000, "884 ms" },
		{ 884499, "884 ms" },
		{ 5 * BW_SECOND_US, "5 s" },
		{ 1500000, "1500 ms" },
		{ 12345678, "12.3 s" },
		{ 90 * BW_SECOND_US, "90 s" },
		{ 30 * 86400 * BW_SECOND_US, "30 days" },
	};
	char out[CHECK_DURATION_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_text_duration(rows[i].us, out);
		assert_string_equal(out, rows[i].text);
	}
}

static void ages(void **state)
{
	static const struct {
		int64_t us;
		const char *text;
	} rows[] = {
		{ -5, "0 s" },
		{ 0, "0 s" },
		{ 250000, "250 ms" },
		{ 45 * BW_SECOND_US, "45 s" },
		{ 60 * BW_SECOND_US, "1 min" },
		{ 90 * BW_SECOND_US, "90 s" },
		{ 300 * BW_SECOND_US, "5 min" },
		{ 3600 * BW_SECOND_US, "1 h" },
		{ 5400 * BW_SECOND_US, "90 min" },
		{ 12000 * BW_SECOND_US, "3 h 20 min" },
		{ 86400 * BW_SECOND_US, "24 h" },
		{ 4 * 86400 * BW_SECOND_US + 5, "4 days" },
	};
	char out[CHECK_DURATION_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_text_age(rows[i].us, out);
		assert_string_equal(out, rows[i].text);
	}
}

static void sizes(void **state)
{
	static const struct {
		int64_t bytes;
		const char *text;
	} rows[] = {
		{ -1, "0 bytes" },
		{ 0, "0 bytes" },
		{ 1023, "1023 bytes" },
		{ 1024, "1 KiB" },
		{ 1536, "1.5 KiB" },
		{ 150 * 1024, "150 KiB" },
		{ INT64_C(20) << 30, "20 GiB" },
		{ INT64_MAX, "8192 PiB" },
	};
	char out[CHECK_DURATION_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_text_size(rows[i].bytes, out);
		assert_string_equal(out, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_cleaned),
		cmocka_unit_test(any_two_bytes_stay_within_bounds),
		cmocka_unit_test(ages),
		cmocka_unit_test(durations),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
