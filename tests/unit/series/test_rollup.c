/* test_rollup.c - buckets beside sums made by hand, merged ones beside those made at once, and back
 * from their bytes.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "series/rollup.h"

#define SECOND INT64_C(1000000)

static uint64_t next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void add(struct series_rows *rows, int64_t time_us, int status, int64_t hold,
		int64_t response_us)
{
	const struct series_cell cells[SERIES_COMPONENT_FIELDS] = {
		[SERIES_COMPONENT_STATUS] = { SERIES_INTEGER, { .integer = status } },
		[SERIES_COMPONENT_HOLD] = { hold < 0 ? SERIES_ABSENT : SERIES_INTEGER,
					    { .integer = hold } },
		[SERIES_COMPONENT_RESPONSE] = { response_us < 0 ? SERIES_ABSENT : SERIES_INTEGER,
						{ .integer = response_us } },
	};

	assert_int_equal(series_rows_add(rows, time_us, cells), BW_OK);
}

static void test_a_bucket(void **state)
{
	const struct rollup_gauge *gauge;
	struct rollup_buckets out;
	struct series_rows rows;

	(void)state;
	series_rows_init(&rows, SERIES_COMPONENT_FIELDS);
	rollup_init(&out, SERIES_COMPONENT);
	add(&rows, -10 * SECOND, 1, 60, 50);
	add(&rows, 20 * SECOND, 3, 60, -1);
	add(&rows, 50 * SECOND, 1, 60, 100);
	add(&rows, 90 * SECOND, SERIES_NONE, -1, -1);
	add(&rows, 350 * SECOND, 2, 10, 300);
	assert_int_equal(rollup_rows(SERIES_COMPONENT, &rows, 0, 600 * SECOND, ROLLUP_5M_US, &out),
			 BW_OK);
	assert_int_equal(out.count, 2);
	assert_int_equal(out.items[0].looks, 2);
	assert_int_equal(out.items[0].state_us[1], 60 * SECOND);
	assert_int_equal(out.items[0].state_us[3], 30 * SECOND);
	assert_int_equal(out.items[0].state_us[SERIES_NONE], 210 * SECOND);
	gauge = rollup_gauge_at(&out, 0, SERIES_COMPONENT_RESPONSE);
	assert_int_equal(gauge->count, 1);
	assert_true(gauge->min == 100 && gauge->max == 100 && gauge->sum == 100);
	assert_int_equal(out.items[1].state_us[2], 10 * SECOND);
	assert_int_equal(out.items[1].state_us[SERIES_NONE], 290 * SECOND);
	assert_null(rollup_gauge_at(&out, 0, SERIES_COMPONENT_STATUS));
	rollup_finish(&out);
	series_rows_finish(&rows);
}

static void fill(struct series_rows *rows, uint64_t seed)
{
	int64_t time_us = (int64_t)(next(&seed) % 100) * SECOND - 50 * SECOND;

	for (int nth = 0; nth < 500; nth++) {
		add(rows, time_us, next(&seed) % 8 == 0 ? (int)(next(&seed) % 8) : 1,
		    next(&seed) % 20 == 0 ? -1 : (int64_t)(next(&seed) % 120),
		    next(&seed) % 9 == 0 ? -1 : 1000 + (int64_t)(next(&seed) % 500));
		time_us += (int64_t)(1 + next(&seed) % 60000) * 1000;
	}
}

static void expect_same_gauge(const struct rollup_gauge *left, const struct rollup_gauge *right)
{
	assert_int_equal(left->count, right->count);
	assert_true(left->min == right->min && left->max == right->max);
	assert_true(fabs(left->sum - right->sum) <= 1e-9 * fabs(left->sum));
	assert_int_equal(left->sketch.total, right->sketch.total);
	assert_int_equal(left->sketch.count, right->sketch.count);
	if (left->sketch.count > 0)
		assert_memory_equal(left->sketch.buckets, right->sketch.buckets,
				    left->sketch.count * sizeof(left->sketch.buckets[0]));
}

static void expect_same(const struct rollup_buckets *left, const struct rollup_buckets *right)
{
	assert_int_equal(left->count, right->count);
	for (size_t nth = 0; nth < left->count; nth++) {
		assert_memory_equal(&left->items[nth], &right->items[nth],
				    sizeof(left->items[nth]));
		expect_same_gauge(rollup_gauge_at(left, nth, SERIES_COMPONENT_RESPONSE),
				  rollup_gauge_at(right, nth, SERIES_COMPONENT_RESPONSE));
	}
}

static void test_merged_is_direct(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 30; seed++) {
		const int64_t to_us = 5 * 3600 * SECOND;
		struct rollup_buckets small, merged, direct, back;
		struct series_rows rows;
		struct bw_buf bytes;

		series_rows_init(&rows, SERIES_COMPONENT_FIELDS);
		rollup_init(&small, SERIES_COMPONENT);
		rollup_init(&merged, SERIES_COMPONENT);
		rollup_init(&direct, SERIES_COMPONENT);
		rollup_init(&back, SERIES_COMPONENT);
		fill(&rows, seed * UINT64_C(0x9e3779b97f4a7c15));
		assert_int_equal(
			rollup_rows(SERIES_COMPONENT, &rows, 0, to_us, ROLLUP_5M_US, &small),
			BW_OK);
		assert_int_equal(
			rollup_rows(SERIES_COMPONENT, &rows, 0, to_us, ROLLUP_1H_US, &direct),
			BW_OK);
		assert_int_equal(rollup_merge(&merged, &small, ROLLUP_1H_US), BW_OK);
		expect_same(&merged, &direct);
		for (size_t nth = 0; nth < small.count; nth++) {
			int64_t total_us = 0;

			for (int word = 0; word < SERIES_STATES_MAX; word++)
				total_us += small.items[nth].state_us[word];
			assert_int_equal(total_us, ROLLUP_5M_US);
		}
		bw_buf_init(&bytes, 0);
		rollup_encode(&bytes, ROLLUP_5M, &small);
		assert_int_equal(bytes.status, BW_OK);
		assert_int_equal(rollup_decode(bytes.data, bytes.len, 0, &back), BW_OK);
		expect_same(&back, &small);
		assert_int_equal(rollup_decode(bytes.data, bytes.len, 0, &back), BW_OK);
		assert_int_equal(back.count, small.count);
		assert_int_equal(back.items[3].looks, 2 * small.items[3].looks);
		bw_buf_finish(&bytes);
		rollup_finish(&small);
		rollup_finish(&merged);
		rollup_finish(&direct);
		rollup_finish(&back);
		series_rows_finish(&rows);
	}
}

/* Rows of one time from two sources: what the second says takes the place of none. */
static void test_parts_fit_together(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		const int64_t to_us = 6 * 3600 * SECOND, cut_us = (int64_t)seed * 1700 * SECOND;
		struct rollup_buckets parts, late, direct;
		struct series_rows rows;

		series_rows_init(&rows, SERIES_COMPONENT_FIELDS);
		rollup_init(&parts, SERIES_COMPONENT);
		rollup_init(&late, SERIES_COMPONENT);
		rollup_init(&direct, SERIES_COMPONENT);
		fill(&rows, seed * UINT64_C(0x9e3779b97f4a7c15));
		add(&rows, cut_us, SERIES_NONE, 0, -1);
		assert_int_equal(series_rows_settle(&rows, 0, to_us), BW_OK);
		assert_int_equal(
			rollup_rows(SERIES_COMPONENT, &rows, 0, to_us, ROLLUP_1H_US, &direct),
			BW_OK);
		assert_int_equal(series_rows_settle(&rows, cut_us, to_us), BW_OK);
		assert_int_equal(
			rollup_rows(SERIES_COMPONENT, &rows, 0, to_us, ROLLUP_1H_US, &late), BW_OK);
		series_rows_clear(&rows);
		fill(&rows, seed * UINT64_C(0x9e3779b97f4a7c15));
		add(&rows, cut_us, SERIES_NONE, -1, -1);
		assert_int_equal(series_rows_settle(&rows, 0, cut_us), BW_OK);
		assert_int_equal(
			rollup_rows(SERIES_COMPONENT, &rows, 0, to_us, ROLLUP_1H_US, &parts),
			BW_OK);
		assert_int_equal(rollup_merge(&parts, &late, ROLLUP_1H_US), BW_OK);
		rollup_fit(&parts);
		expect_same(&parts, &direct);
		rollup_finish(&parts);
		rollup_finish(&late);
		rollup_finish(&direct);
		series_rows_finish(&rows);
	}
}

static bool is_even(void *arg, const struct rollup_bucket *bucket)
{
	++*(int *)arg;
	return bucket->from_us / ROLLUP_5M_US % 2 == 0;
}

/* Hours one after the other, each with the last bucket of the one before. */
static void test_appending(void **state)
{
	struct rollup_buckets all, direct, part;
	struct series_rows rows;
	int asked = 0;

	(void)state;
	series_rows_init(&rows, SERIES_COMPONENT_FIELDS);
	rollup_init(&all, SERIES_COMPONENT);
	rollup_init(&direct, SERIES_COMPONENT);
	rollup_init(&part, SERIES_COMPONENT);
	fill(&rows, 5);
	for (int64_t from_us = 0; from_us < 3 * ROLLUP_1H_US; from_us += 1000 * SECOND) {
		assert_int_equal(rollup_rows(SERIES_COMPONENT, &rows, from_us,
					     from_us + 1000 * SECOND, ROLLUP_5M_US, &part),
				 BW_OK);
		assert_int_equal(rollup_append(&all, &part, ROLLUP_5M_US), BW_OK);
		assert_int_equal(part.count, 0);
	}
	assert_int_equal(
		rollup_rows(SERIES_COMPONENT, &rows, 0, 11000 * SECOND, ROLLUP_5M_US, &direct),
		BW_OK);
	expect_same(&all, &direct);
	rollup_keep(&all, is_even, &asked);
	assert_int_equal(asked, direct.count);
	assert_int_equal(all.count, (direct.count + 1) / 2);
	for (size_t nth = 0; nth < all.count; nth++) {
		assert_int_equal(all.items[nth].from_us, direct.items[2 * nth].from_us);
		expect_same_gauge(rollup_gauge_at(&all, nth, SERIES_COMPONENT_RESPONSE),
				  rollup_gauge_at(&direct, 2 * nth, SERIES_COMPONENT_RESPONSE));
	}
	/* Out of order, too. */
	assert_int_equal(rollup_rows(SERIES_COMPONENT, &rows, 600 * SECOND, 900 * SECOND,
				     ROLLUP_5M_US, &part),
			 BW_OK);
	assert_int_equal(rollup_append(&all, &part, ROLLUP_5M_US), BW_OK);
	assert_int_equal(part.count, 0);
	assert_int_equal(all.items[1].looks, 2 * direct.items[2].looks);
	rollup_finish(&all);
	rollup_finish(&direct);
	rollup_finish(&part);
	series_rows_finish(&rows);
}

static void test_gauges_that_are_not_wanted(void **state)
{
	struct rollup_buckets buckets, back;
	struct series_rows rows;
	struct bw_buf bytes;

	(void)state;
	series_rows_init(&rows, SERIES_COMPONENT_FIELDS);
	rollup_init(&buckets, SERIES_COMPONENT);
	rollup_init(&back, SERIES_COMPONENT);
	bw_buf_init(&bytes, 0);
	add(&rows, 10 * SECOND, 1, 60, 50);
	assert_int_equal(
		rollup_rows(SERIES_COMPONENT, &rows, 0, ROLLUP_5M_US, ROLLUP_5M_US, &buckets),
		BW_OK);
	rollup_encode(&bytes, ROLLUP_5M, &buckets);
	assert_int_equal(rollup_decode(bytes.data, bytes.len, 1, &back), BW_OK);
	assert_int_equal(back.items[0].state_us[1], 60 * SECOND);
	assert_int_equal(rollup_gauge_at(&back, 0, SERIES_COMPONENT_RESPONSE)->count, 0);
	rollup_finish(&back);
	assert_int_equal(
		rollup_decode(bytes.data, bytes.len, 1 << SERIES_COMPONENT_RESPONSE, &back), BW_OK);
	assert_int_equal(rollup_gauge_at(&back, 0, SERIES_COMPONENT_RESPONSE)->count, 1);
	bw_buf_finish(&bytes);
	rollup_finish(&buckets);
	rollup_finish(&back);
	series_rows_finish(&rows);
}

static int compare(const void *left, const void *right)
{
	const double a = *(const double *)left, b = *(const double *)right;

	return a < b ? -1 : a > b;
}

static void test_quantiles(void **state)
{
	static const double ranks[] = { 0, 0.01, 0.5, 0.95, 0.99, 1 };
	static double values[2000];
	uint64_t seed = 7;
	struct sketch sketch = { 0 };

	(void)state;
	assert_true(isnan(sketch_quantile(&sketch, 0.5)));
	for (size_t nth = 0; nth < 2000; nth++) {
		values[nth] = exp((double)(next(&seed) % 1000) / 100.0 - 5) *
			      (next(&seed) % 5 == 0 ? -1 : 1);
		assert_int_equal(sketch_add(&sketch, values[nth], 1), BW_OK);
	}
	qsort(values, 2000, sizeof(values[0]), compare);
	for (size_t i = 0; i < sizeof(ranks) / sizeof(ranks[0]); i++) {
		const double exact = values[(size_t)(ranks[i] * 1999)];

		assert_true(fabs(sketch_quantile(&sketch, ranks[i]) - exact) <=
			    SKETCH_ERROR * fabs(exact) * 1.0001);
	}
	sketch_finish(&sketch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_bucket),
		cmocka_unit_test(test_merged_is_direct),
		cmocka_unit_test(test_parts_fit_together),
		cmocka_unit_test(test_appending),
		cmocka_unit_test(test_gauges_that_are_not_wanted),
		cmocka_unit_test(test_quantiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
