/* test_rules.c - a configuration as sixteen words, and the figures made of them. */
#include "shm/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shm/handle.h"

static struct bw_breaker *open_one(struct bw_region **region,
				   const struct bw_breaker_config *config)
{
	struct bw_region_options options = { .mode = BW_REGION_PRIVATE, .breakers = 1 };
	struct bw_breaker *breaker = NULL;

	assert_int_equal(bw_region_open(&options, region, NULL), BW_OK);
	assert_int_equal(bw_breaker_open(*region, "feed", config, &breaker, NULL), BW_OK);
	return breaker;
}

static struct bw_breaker_config unusual(void)
{
	return (struct bw_breaker_config){
		.strategy = BW_BREAKER_TIMEOUT_RATE,
		.failure_threshold = 9,
		.failure_rate_threshold = 0.25,
		.timeout_threshold_us = 1234567,
		.recovery_timeout_us = 7654321,
		.success_threshold = 4,
		.window_us = 30000000,
		.minimum_calls = 11,
		.max_probes = 2,
		.retry_multiplier = 1.5,
		.retry_jitter = 0.125,
		.max_open_us = 99000000,
		.lump_us = 5000,
		.min_failing_workers = 3,
		.slow_success_counts = true,
		.slow_threshold_us = 222222,
	};
}

static void test_a_configuration_comes_back_as_it_was_given(void **state)
{
	struct bw_region *region;
	struct bw_breaker_config given = unusual(), holds;
	struct bw_breaker *breaker = open_one(&region, &given);
	const struct breaker_rules *rules = breaker_rules(breaker);

	bw_breaker_config(breaker, &holds);
	assert_true(bw_config_equal(&given, &holds));
	assert_int_equal(holds.strategy, BW_BREAKER_TIMEOUT_RATE);
	assert_true(holds.retry_multiplier == 1.5);
	assert_true(holds.retry_jitter == 0.125);
	assert_true(holds.slow_success_counts);
	assert_int_equal(rules->bucket_us, 500000);
	assert_int_equal(rules->rate_bp, 2500);
	assert_int_equal(rules->lease_us, 2234567);
	assert_int_equal(rules->max_probes, 2);
	assert_int_equal(rules->slow_us, 222222);
	bw_breaker_close(breaker);
	bw_region_close(region);
}

static void test_every_setting_makes_a_configuration_another_one(void **state)
{
	struct bw_breaker_config base = unusual(), other[16];

	for (int i = 0; i < 16; i++)
		other[i] = base;
	other[0].strategy = BW_BREAKER_COMBINED;
	other[1].failure_threshold++;
	other[2].failure_rate_threshold = 0.26;
	other[3].timeout_threshold_us++;
	other[4].recovery_timeout_us++;
	other[5].success_threshold++;
	other[6].window_us++;
	other[7].minimum_calls++;
	other[8].max_probes++;
	other[9].retry_multiplier = 1.25;
	other[10].retry_jitter = 0;
	other[11].max_open_us++;
	other[12].lump_us++;
	other[13].min_failing_workers++;
	other[14].slow_success_counts = false;
	other[15].slow_threshold_us++;
	for (int i = 0; i < 16; i++)
		assert_false(bw_config_equal(&base, &other[i]));
}

static void test_words_that_are_no_configuration_are_the_standard_one(void **state)
{
	struct bw_region *region;
	struct bw_breaker *breaker = open_one(&region, NULL), *other;
	struct bw_breaker_config given = unusual(), holds;
	struct bw_region_info info;

	assert_int_equal(bw_breaker_configure(breaker, &given, NULL), BW_OK);
	for (int copy = 0; copy < 2; copy++)
		for (int i = 0; i < SEGMENT_CONFIG_WORDS; i++)
			atomic_store(&breaker->cell->config[copy].words[i], UINT64_MAX - 7);
	bw_breaker_config(breaker, &holds);
	assert_true(bw_config_equal(&holds, &bw_breaker_config_default));
	assert_int_equal(bw_breaker_open(region, "feed", NULL, &other, NULL), BW_OK);
	assert_int_equal(breaker_rules(other)->bucket_us, 1000000);
	bw_region_info(region, &info);
	assert_true(info.corrupt > 0);
	bw_breaker_close(breaker);
	bw_breaker_close(other);
	bw_region_close(region);
}

static void test_epochs_are_quotients(void **state)
{
	static const int64_t windows[] = { 60, 61, 120, 60000000, 59999999, 31536000000000 };
	static const int64_t times[] = { 0,
					 1,
					 59,
					 60,
					 999999,
					 1000000,
					 86400000000,
					 INT64_C(1) << 48,
					 (INT64_C(1) << 60) - 1,
					 INT64_MAX };
	struct bw_breaker_config config = bw_breaker_config_default;
	struct breaker_rules rules;

	for (size_t w = 0; w < sizeof(windows) / sizeof(windows[0]); w++) {
		config.window_us = windows[w];
		bw_rules_make(&rules, &config);
		for (size_t t = 0; t < sizeof(times) / sizeof(times[0]); t++)
			for (int64_t d = -1; d <= 1; d++) {
				int64_t time = times[t] - (times[t] == INT64_MAX ? 1 : 0) + d;
				int64_t width = windows[w] / 60;

				if (time >= 0)
					assert_true(rules_epoch(&rules, time) ==
						    (uint64_t)(time / width));
			}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_configuration_comes_back_as_it_was_given),
		cmocka_unit_test(test_every_setting_makes_a_configuration_another_one),
		cmocka_unit_test(test_words_that_are_no_configuration_are_the_standard_one),
		cmocka_unit_test(test_epochs_are_quotients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
