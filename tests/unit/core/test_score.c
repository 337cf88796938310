#include "core/score.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void weights_add_up_to_one(void **state)
{
	const struct bw_score_input input = { 0 };
	struct bw_score score;
	double sum = 0;

	bw_score_compute(&input, &score);
	for (int i = 0; i < BW_FACTOR_MAX; i++)
		sum += score.factor[i].weight;
	assert_true(fabs(sum - 1) < 1e-12);
}

static void curves(void **state)
{
	static const struct {
		double ms, continuous, reference;
	} rows[] = {
		{ 0, 100, 100 },          { 100, 100, 100 }, { 550, 90, 50 }, { 1000, 80, 0 },
		{ 1000.5, 79.99, 79.99 }, { 3000, 40, 40 },  { 5000, 0, 0 },  { 90000, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double continuous = bw_score_response(rows[i].ms, BW_RESPONSE_CONTINUOUS);
		double reference = bw_score_response(rows[i].ms, BW_RESPONSE_REFERENCE);

		assert_true(fabs(continuous - rows[i].continuous) < 1e-9);
		assert_true(fabs(reference - rows[i].reference) < 1e-9);
	}
}

/* What the reference gets wrong: a slower system must never score better. */
static void the_continuous_curve_never_rises(void **state)
{
	double last = 100;

	for (double ms = 0; ms < 6000; ms += 0.5) {
		double score = bw_score_response(ms, BW_RESPONSE_CONTINUOUS);

		assert_true(score <= last && last - score < 0.02);
		last = score;
	}
}

static void the_parts_explain_the_total(void **state)
{
	const struct bw_score_input input = {
		50, 100, 94.001, 20, 550, BW_RESPONSE_REFERENCE, false
	};
	struct bw_score score;
	double lost = 0;

	bw_score_compute(&input, &score);
	assert_string_equal(bw_score_factor_text(BW_FACTOR_CPU), "cpu_performance");
	assert_true(fabs(score.factor[BW_FACTOR_CPU].score - 5.999) < 1e-9);
	assert_true(fabs(score.factor[BW_FACTOR_AVAILABILITY].points_lost - 15) < 1e-9);
	for (int i = 0; i < BW_FACTOR_MAX; i++) {
		assert_true(score.factor[i].known);
		lost += score.factor[i].points_lost;
	}
	assert_true(fabs(score.total - (100 - lost)) < 1e-9);
}

static void unknown_resources_earn_nothing(void **state)
{
	const struct bw_score_input input = { 100, 100, 0, 0, 0, BW_RESPONSE_CONTINUOUS, true };
	struct bw_score score;

	bw_score_compute(&input, &score);
	assert_true(fabs(score.total - 65) < 1e-9);
	assert_false(score.factor[BW_FACTOR_CPU].known);
	assert_false(score.factor[BW_FACTOR_MEMORY].known);
	assert_true(score.factor[BW_FACTOR_RESPONSE].known);
	assert_true(fabs(score.factor[BW_FACTOR_MEMORY].points_lost - 15) < 1e-9);
}

static void stays_between_0_and_100(void **state)
{
	const struct bw_score_input best = {
		100, 100, -500, -500, 0, BW_RESPONSE_REFERENCE, false
	};
	const struct bw_score_input worst = {
		-100, 0, 500, 500, 1e9, BW_RESPONSE_REFERENCE, false
	};
	struct bw_score score;

	bw_score_compute(&best, &score);
	assert_true(score.total == 100);
	bw_score_compute(&worst, &score);
	assert_true(score.total == 0);
	assert_true(score.factor[BW_FACTOR_CPU].score == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weights_add_up_to_one),
		cmocka_unit_test(curves),
		cmocka_unit_test(the_continuous_curve_never_rises),
		cmocka_unit_test(the_parts_explain_the_total),
		cmocka_unit_test(unknown_resources_earn_nothing),
		cmocka_unit_test(stays_between_0_and_100),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
