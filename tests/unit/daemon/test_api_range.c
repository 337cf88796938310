/* test_api_range.c - lengths of time as people write them, and how wide a bucket must be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/api_range.h"

#define SECOND BW_SECOND_US

static void test_lengths(void **state)
{
	static const struct {
		const char *text;
		int64_t us;
	} good[] = {
		{ "1s", SECOND },           { "24h", API_DAY_US },
		{ "1h30m", 5400 * SECOND }, { "7d", 7 * API_DAY_US },
		{ "2w", 14 * API_DAY_US },  { "90d", 90 * API_DAY_US },
		{ "1y", 365 * API_DAY_US }, { "100y", 100 * API_YEAR_US },
	};
	int64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(api_range_parse(good[i].text, &us), BW_OK);
		assert_int_equal(us, good[i].us);
	}
}

static void test_what_is_no_length(void **state)
{
	static const char *const bad[] = { "",         "y",    "w",    "d",
					   "1",        "-1d",  "1.5y", "0y",
					   "1 y",      "1Y",   "101y", "0s",
					   "999ms",    "one",  "1dd",  "99999999999999999999y",
					   "9999999w", "1y1d", "1d\n", "5217w" };
	int64_t us = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_not_equal(api_range_parse(bad[i], &us), BW_OK);
		assert_int_equal(us, 7);
	}
}

static struct api_range range_of(int64_t us, int64_t points)
{
	return (struct api_range){ .from = { 1000 * API_DAY_US },
				   .to = { 1000 * API_DAY_US + us },
				   .points = points };
}

static void expect_width(int64_t span_us, int64_t points, int64_t least_us, int64_t wanted_us)
{
	const struct api_range range = range_of(span_us, points);

	assert_int_equal(api_range_width_us(&range, least_us), wanted_us);
}

static void test_widths(void **state)
{
	(void)state;
	expect_width(API_DAY_US, 4000, SECOND, 30 * SECOND);
	expect_width(API_DAY_US, 4000, 300 * SECOND, 300 * SECOND);
	expect_width(API_YEAR_US, 4000, 300 * SECOND, 10800 * SECOND);
	expect_width(API_YEAR_US, 20000, 300 * SECOND, 1800 * SECOND);
	expect_width(0, 3, SECOND, SECOND);
}

/* Cut at both ends, there are never more buckets than points. */
static void test_as_many_as_asked_for(void **state)
{
	(void)state;
	for (int64_t points = 3; points < 20000; points = points * 3 / 2)
		for (int64_t span_us = SECOND; span_us < 100 * API_YEAR_US; span_us *= 7) {
			const struct api_range range = range_of(span_us, points);
			int64_t width_us = api_range_width_us(&range, 300 * SECOND);

			assert_true(width_us >= 300 * SECOND);
			assert_true(width_us % (300 * SECOND) == 0);
			assert_true((span_us + width_us - 1) / width_us + 1 <= points);
		}
}

static void test_recent(void **state)
{
	struct api_range range = { .now = { 10 * API_DAY_US }, .to = { 10 * API_DAY_US } };

	(void)state;
	range.from.us = 9 * API_DAY_US;
	assert_true(api_range_is_recent(&range));
	range.from.us--;
	assert_false(api_range_is_recent(&range));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths), cmocka_unit_test(test_what_is_no_length),
		cmocka_unit_test(test_widths),  cmocka_unit_test(test_as_many_as_asked_for),
		cmocka_unit_test(test_recent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
