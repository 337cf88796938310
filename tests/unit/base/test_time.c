#include "base/time.h"

#include <stdio.h>
#include <time.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void formats_as_isoformat_does(void **state)
{
	static const struct {
		int64_t us;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00+00:00" },
		{ 1, "1970-01-01T00:00:00.000001+00:00" },
		{ -1, "1969-12-31T23:59:59.999999+00:00" },
		{ INT64_C(1772461833532275), "2026-03-02T14:30:33.532275+00:00" },
		{ INT64_C(951782400000000), "2000-02-29T00:00:00+00:00" },
		{ INT64_MIN, "0001-01-01T00:00:00+00:00" },
		{ INT64_MAX, "9999-12-31T23:59:59.999999+00:00" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[BW_WALL_TEXT_MAX];

		bw_wall_format((struct bw_wall){ rows[i].us }, text);
		assert_string_equal(text, rows[i].text);
	}
}

static void agrees_with_the_c_library_on_every_day(void **state)
{
	for (int64_t day = -719162; day <= 2932896; day += 13) {
		time_t seconds = (time_t)(day * 86400 + 3661);
		struct tm tm;
		struct bw_wall back;
		char text[BW_WALL_TEXT_MAX], wanted[64];

		gmtime_r(&seconds, &tm);
		(void)snprintf(wanted, sizeof(wanted), "%04d-%02d-%02dT01:01:01+00:00",
			       tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
		bw_wall_format((struct bw_wall){ seconds * BW_SECOND_US }, text);
		assert_string_equal(text, wanted);
		assert_int_equal(bw_wall_parse(text, &back), BW_OK);
		assert_true(back.us == seconds * BW_SECOND_US);
	}
}

static void reads_iso_8601(void **state)
{
	static const struct {
		const char *text;
		int64_t us;
	} rows[] = {
		{ "2026-03-02T14:30:00+00:00", INT64_C(1772461800000000) },
		{ "2026-03-02T14:30:00Z", INT64_C(1772461800000000) },
		{ "2026-03-02 14:30:00z", INT64_C(1772461800000000) },
		{ "2026-03-02t14:30", INT64_C(1772461800000000) },
		{ "2026-03-02T14:30:00.5", INT64_C(1772461800500000) },
		{ "2026-03-02T14:30:00,123456789Z", INT64_C(1772461800123456) },
		{ "2026-03-02T15:30:00+01:00", INT64_C(1772461800000000) },
		{ "2026-03-02T09:00:00-0530", INT64_C(1772461800000000) },
		{ "2026-03-02T16:30:00+02", INT64_C(1772461800000000) },
		{ "1970-01-01", 0 },
		{ "0001-01-01T00:00:00Z", INT64_C(-62135596800000000) },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bw_wall time = { 42 };

		assert_int_equal(bw_wall_parse(rows[i].text, &time), BW_OK);
		assert_true(time.us == rows[i].us);
	}
}

static void refuses_what_is_no_time(void **state)
{
	static const char *const rows[] = {
		"",
		"yesterday",
		"2026",
		"2026-3-02",
		"2026-13-01T00:00:00Z",
		"2026-00-01",
		"2026-02-29T00:00:00Z",
		"1900-02-29",
		"2026-03-32",
		"0000-01-01T00:00:00Z",
		"2026-03-02T24:00:00Z",
		"2026-03-02T14:60:00Z",
		"2026-03-02T14:30:60Z",
		"2026-03-02T14",
		"2026-03-02T14:30:00.Z",
		"2026-03-02T14:30:00+",
		"2026-03-02T14:30:00+24:00",
		"2026-03-02T14:30:00+01:0",
		"2026-03-02T14:30:00Zx",
		" 2026-03-02T14:30:00Z",
		"2026-03-02T14:30:00 UTC",
		"0001-01-01T00:00:00+01:00",
		"9999-12-31T23:59:59-01:00",
		"2026-03-02T-1:30:00Z",
		"2026-03-02T14:30:00+01:00:00",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bw_wall time = { 42 };

		assert_int_equal(bw_wall_parse(rows[i], &time), BW_EPARSE);
		assert_true(time.us == 42);
	}
}

static void mono_times_subtract(void **state)
{
	struct bw_mono start = { 5 };

	assert_true(bw_mono_since(bw_mono_add(start, 7), start) == 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_as_isoformat_does),
		cmocka_unit_test(agrees_with_the_c_library_on_every_day),
		cmocka_unit_test(reads_iso_8601),
		cmocka_unit_test(refuses_what_is_no_time),
		cmocka_unit_test(mono_times_subtract),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
