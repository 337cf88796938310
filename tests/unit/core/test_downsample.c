/* test_downsample.c - thinned series still tell the truth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>

#include "core/downsample.h"

enum { LEN = 1000 };

static double times[LEN], values[LEN];
static size_t kept[2 * LEN];

static int fill(void **state)
{
	(void)state;
	for (int i = 0; i < LEN; i++) {
		times[i] = i * 30.0;
		values[i] = 50.0 + i % 3;
	}
	return 0;
}

static bool is_kept(size_t position, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (kept[i] == position)
			return true;
	return false;
}

static void assert_ascending(size_t count)
{
	for (size_t i = 1; i < count; i++)
		assert_true(kept[i - 1] < kept[i]);
}

static void keeps_all_of_a_short_series(void **state)
{
	(void)state;
	for (int method = BW_DOWNSAMPLE_MINMAX; method <= BW_DOWNSAMPLE_STRIDE; method++) {
		assert_int_equal(
			bw_downsample((enum bw_downsample)method, times, values, 7, 7, kept), 7);
		for (size_t i = 0; i < 7; i++)
			assert_int_equal(kept[i], i);
	}
}

static void minmax_and_lttb_keep_first_last_and_the_limit(void **state)
{
	(void)state;
	for (size_t points = 3; points < 200; points++)
		for (int method = BW_DOWNSAMPLE_MINMAX; method <= BW_DOWNSAMPLE_LTTB; method++) {
			size_t count = bw_downsample((enum bw_downsample)method, times, values, LEN,
						     points, kept);

			assert_in_range(count, 2, points);
			assert_int_equal(kept[0], 0);
			assert_int_equal(kept[count - 1], LEN - 1);
			assert_ascending(count);
		}
}

static void minmax_loses_no_spike(void **state)
{
	(void)state;
	for (size_t at = 1; at < LEN - 1; at += 37) {
		double before = values[at];

		values[at] = 1000.0;
		assert_true(is_kept(
			at, bw_downsample(BW_DOWNSAMPLE_MINMAX, times, values, LEN, 20, kept)));
		values[at] = -1000.0;
		assert_true(is_kept(
			at, bw_downsample(BW_DOWNSAMPLE_MINMAX, times, values, LEN, 20, kept)));
		values[at] = before;
	}
}

static void stride_is_the_references(void **state)
{
	(void)state;
	size_t count = bw_downsample(BW_DOWNSAMPLE_STRIDE, times, values, 260, 100, kept);

	assert_int_equal(count, 130); /* data[::260 // 100] */
	assert_int_equal(kept[1], 2);
}

static void gaps_are_not_chosen_for_their_value(void **state)
{
	(void)state;
	for (int i = 100; i < 200; i++)
		values[i] = NAN;
	values[150] = 10.0;
	size_t count = bw_downsample(BW_DOWNSAMPLE_MINMAX, times, values, LEN, 20, kept);
	assert_true(is_kept(150, count));
	count = bw_downsample(BW_DOWNSAMPLE_LTTB, times, values, LEN, 20, kept);
	assert_ascending(count);
	for (int i = 0; i < LEN; i++)
		values[i] = NAN;
	count = bw_downsample(BW_DOWNSAMPLE_MINMAX, times, values, LEN, 20, kept);
	assert_ascending(count);
	assert_int_equal(kept[count - 1], LEN - 1);
}

static void words_are_parsed(void **state)
{
	enum bw_downsample method = BW_DOWNSAMPLE_STRIDE;

	(void)state;
	assert_int_equal(bw_downsample_parse("lttb", &method), BW_OK);
	assert_int_equal(method, BW_DOWNSAMPLE_LTTB);
	assert_int_equal(bw_downsample_parse("mean", &method), BW_EPARSE);
	assert_int_equal(method, BW_DOWNSAMPLE_LTTB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(keeps_all_of_a_short_series, fill),
		cmocka_unit_test_setup(minmax_and_lttb_keep_first_last_and_the_limit, fill),
		cmocka_unit_test_setup(minmax_loses_no_spike, fill),
		cmocka_unit_test_setup(stride_is_the_references, fill),
		cmocka_unit_test_setup(gaps_are_not_chosen_for_their_value, fill),
		cmocka_unit_test(words_are_parsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
