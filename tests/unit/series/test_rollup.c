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
#define DAY_US (86400 * SECOND)

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

static void fill(struct series_rows *rows, uint64_t seed, int64_t from_us)
{
	int64_t time_us = from_us + (int64_t)(next(&seed) % 100) * SECOND - 50 * SECOND;

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
		fill(&rows, seed * UINT64_C(0x9e3779b97f4a7c15), 0);
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

/* Rows [nth, nth + count) without a copy. */
static struct series_rows part_of(const struct series_rows *rows, size_t nth, size_t count)
{
	struct series_rows part = *rows;

	part.count = part.cap = count;
	part.times_us += nth;
	for (size_t field = 0; field < rows->field_count; field++) {
		part.columns[field].types += nth;
		part.columns[field].values += nth;
	}
	return part;
}

static void roll_up_days(const struct series_rows *rows, int64_t width_us,
			 struct rollup_buckets *out)
{
	size_t end;

	for (size_t nth = 0; nth < rows->count; nth = end) {
		const int64_t day_us = rows->times_us[nth] / DAY_US * DAY_US;
		struct series_rows part;
		struct rollup_buckets day;

		for (end = nth; end < rows->count && rows->times_us[end] < day_us + DAY_US;)
			end++;
		part = part_of(rows, nth, end - nth);
		rollup_init(&day, SERIES_COMPONENT);
		assert_int_equal(rollup_day(SERIES_COMPONENT, &part, day_us,
					    end < rows->count ? rows->times_us[end] : INT64_MAX,
					    width_us, &day),
				 BW_OK);
		assert_int_equal(rollup_append(out, &day, width_us), BW_OK);
		assert_int_equal(day.count, 0);
		rollup_finish(&day);
	}
	rollup_fit(out);
}

/* What a mark says at the beginning of a day goes no further back. */
static void begin_days_with_looks(struct series_rows *rows)
{
	const struct series_column *hold = &rows->columns[SERIES_COMPONENT_HOLD];

	for (size_t nth = 0; nth < rows->count; nth++) {
		if (nth > 0 && rows->times_us[nth] / DAY_US == rows->times_us[nth - 1] / DAY_US)
			continue;
		hold->types[nth] = SERIES_INTEGER;
		hold->values[nth].integer = 60;
	}
}

/* Each day alone, and nothing is lost between them. */
static void test_day_by_day_is_all_at_once(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		const int64_t width_us = seed % 2 == 0 ? ROLLUP_5M_US : ROLLUP_1H_US;
		struct rollup_buckets days, direct;
		struct series_rows rows;
		int64_t end_us;

		series_rows_init(&rows, SERIES_COMPONENT_FIELDS);
		rollup_init(&days, SERIES_COMPONENT);
		rollup_init(&direct, SERIES_COMPONENT);
		for (uint64_t round = 0; round < 20; round++)
			fill(&rows, (round * 100 + seed) * UINT64_C(0x9e3779b97f4a7c15),
			     (int64_t)round * 11 * 3600 * SECOND);
		assert_int_equal(series_rows_settle(&rows, 0, INT64_MAX), BW_OK);
		begin_days_with_looks(&rows);
		roll_up_days(&rows, width_us, &days);
		end_us = days.items[days.count - 1].from_us + width_us;
		assert_int_equal(rollup_rows(SERIES_COMPONENT, &rows, 0, end_us, width_us, &direct),
				 BW_OK);
		expect_same(&days, &direct);
		rollup_finish(&days);
		rollup_finish(&direct);
		series_rows_finish(&rows);
	}
}

/* The last row speaks for 20 s of the next day, or for its first hour at most. */
static void test_the_tail_of_a_day(void **state)
{
	struct rollup_buckets out;
	struct series_rows rows;

	(void)state;
	series_rows_init(&rows, SERIES_COMPONENT_FIELDS);
	rollup_init(&out, SERIES_COMPONENT);
	add(&rows, DAY_US - 10 * SECOND, 1, 30, 5);
	assert_int_equal(rollup_day(SERIES_COMPONENT, &rows, 0, INT64_MAX, ROLLUP_5M_US, &out),
			 BW_OK);
	assert_int_equal(out.count, 289);
	assert_int_equal(out.items[288].state_us[1], 20 * SECOND);
	assert_int_equal(out.items[288].state_us[SERIES_NONE], 0);
	assert_int_equal(
		rollup_day(SERIES_COMPONENT, &rows, 0, DAY_US + SECOND, ROLLUP_1H_US, &out), BW_OK);
	assert_int_equal(out.count, 25);
	assert_int_equal(out.items[24].state_us[1], SECOND);
	assert_int_equal(rollup_day(SERIES_COMPONENT, &rows, 0, DAY_US, ROLLUP_1H_US, &out), BW_OK);
	assert_int_equal(out.count, 24);
	series_rows_clear(&rows);
	add(&rows, DAY_US - 10 * SECOND, 1, 86400, 5);
	assert_int_equal(rollup_day(SERIES_COMPONENT, &rows, 0, INT64_MAX, ROLLUP_5M_US, &out),
			 BW_OK);
	assert_int_equal(out.count, 300);
	rollup_finish(&out);
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
		cmocka_unit_test(test_day_by_day_is_all_at_once),
		cmocka_unit_test(test_the_tail_of_a_day),
		cmocka_unit_test(test_gauges_that_are_not_wanted),
		cmocka_unit_test(test_quantiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
