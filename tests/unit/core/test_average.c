/* test_average.c - buckets, gaps and the end of the day. */
#include "core/average.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct bw_mono minutes(int64_t count)
{
	return (struct bw_mono){ count * 60 * BW_SECOND_US };
}

static void test_nothing_has_no_average(void **state)
{
	struct bw_average average = { 0 };

	(void)state;
	assert_true(isnan(bw_average_get(&average, minutes(0))));
	bw_average_add(&average, NAN, minutes(0));
	assert_true(isnan(bw_average_get(&average, minutes(0))));
}

static void test_each_bucket_counts_the_same(void **state)
{
	struct bw_average average = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		bw_average_add(&average, 10, minutes(0));
	bw_average_add(&average, 20, minutes(6));
	assert_float_equal((float)bw_average_get(&average, minutes(7)), 15.0F, 1e-6F);
	bw_average_add(&average, 40, minutes(8));
	assert_float_equal((float)bw_average_get(&average, minutes(8)), 20.0F, 1e-6F);
}

static void test_a_day_is_remembered_and_no_more(void **state)
{
	struct bw_average average = { 0 };

	(void)state;
	bw_average_add(&average, 100, minutes(0));
	bw_average_add(&average, 50, minutes(60));
	assert_float_equal((float)bw_average_get(&average, minutes(24 * 60 - 1)), 75.0F, 1e-6F);
	assert_float_equal((float)bw_average_get(&average, minutes(24 * 60)), 50.0F, 1e-6F);
	bw_average_add(&average, 10, minutes(24 * 60)); /* where the first was */
	assert_float_equal((float)bw_average_get(&average, minutes(24 * 60)), 30.0F, 1e-6F);
	assert_true(isnan(bw_average_get(&average, minutes(72 * 60))));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_has_no_average),
		cmocka_unit_test(test_each_bucket_counts_the_same),
		cmocka_unit_test(test_a_day_is_remembered_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
