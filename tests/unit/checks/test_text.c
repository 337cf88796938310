/* test_text.c - durations, ages and sizes as a person reads them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "checks/text.h"

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
		cmocka_unit_test(ages),
		cmocka_unit_test(durations),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
