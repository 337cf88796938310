/* test_chunk.c - columns, chunks and heads give back every bit; damage is met, never believed. */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "series/chunk.h"
#include "series/column.h"
#include "series/head.h"

static uint64_t next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

enum { SHAPES = 9, VALUES = 1500 };

/* What real columns look like, and what none does. */
static int64_t integer_of(int shape, size_t nth, uint64_t *seed)
{
	switch (shape) {
	case 0:
		return 7;
	case 1:
		return (int64_t)(nth / 300);
	case 2:
		return 12000 + (int64_t)(next(seed) % 3000);
	case 3:
		return (int64_t)nth * 30000 + (int64_t)(next(seed) % 40);
	case 4:
		return next(seed) % 50 == 0 ? INT64_MIN : (int64_t)(next(seed) % 100);
	case 5:
		return (int64_t)next(seed);
	case 6:
		return nth % 2 == 0 ? INT64_MAX : INT64_MIN;
	case 7:
		return -(int64_t)(nth * nth * nth);
	default:
		return next(seed) % 40 == 0 ? -1000000 : 500000 + (int64_t)(next(seed) % 16);
	}
}

static void test_integers(void **state)
{
	static const size_t counts[] = { 1, 2, 3, 127, 128, 129, 130, 131, 257, VALUES };
	static int64_t values[VALUES], back[VALUES];
	uint64_t seed = 88172645463325252;

	(void)state;
	for (int shape = 0; shape < SHAPES; shape++) {
		for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
			struct bw_buf bytes;

			for (size_t nth = 0; nth < counts[i]; nth++)
				values[nth] = integer_of(shape, nth, &seed);
			bw_buf_init(&bytes, 0);
			column_put_integers(&bytes, values, counts[i]);
			struct column_bytes in = { (const uint8_t *)bytes.data, bytes.len };

			assert_int_equal(column_get_integers(&in, back, counts[i]), BW_OK);
			assert_int_equal(in.len, 0);
			assert_memory_equal(values, back, counts[i] * sizeof(values[0]));
			bw_buf_finish(&bytes);
		}
	}
}

static size_t bytes_of(int shape, size_t count)
{
	static int64_t values[VALUES];
	uint64_t seed = 88172645463325252;
	struct bw_buf bytes;
	size_t len;

	for (size_t nth = 0; nth < count; nth++)
		values[nth] = integer_of(shape, nth, &seed);
	bw_buf_init(&bytes, 0);
	column_put_integers(&bytes, values, count);
	len = bytes.len;
	bw_buf_finish(&bytes);
	return len;
}

/* Some bits a value more than its noise has, and patches do not make all the others wide. */
static void test_integers_are_short(void **state)
{
	(void)state;
	assert_in_range(bytes_of(0, VALUES), 2, 4);
	assert_in_range(bytes_of(1, VALUES), 5, 25);
	assert_in_range(bytes_of(2, VALUES), VALUES * 11 / 8, VALUES * 12 / 8 + 100);
	assert_in_range(bytes_of(3, VALUES), VALUES * 5 / 8, VALUES * 6 / 8 + 150);
	assert_in_range(bytes_of(8, VALUES), VALUES * 4 / 8, VALUES * 5 / 8 + 300);
}

static double real_of(uint64_t *seed, int shape)
{
	const uint64_t bits = next(seed);
	double real;

	if (shape == 1)
		return (double)(bits % 10000) / 100.0;
	if (shape == 2)
		return bits % 30 == 0 ? -0.0 : (double)(bits % 1000) / 10.0;
	if (shape == 3 && bits % 2 == 0)
		return bits % 4 == 0 ? INFINITY : -INFINITY;
	memcpy(&real, &bits, sizeof(real));
	return isnan(real) ? 1.5 : real;
}

static struct series_cell any_cell(uint64_t *seed, int shape)
{
	const uint64_t type = shape < 4    ? SERIES_REAL
			      : shape == 4 ? SERIES_INTEGER
					   : next(seed) % 3;

	if (type == SERIES_ABSENT)
		return (struct series_cell){ .type = SERIES_ABSENT };
	if (type == SERIES_INTEGER)
		return (struct series_cell){ SERIES_INTEGER,
					     { .integer = integer_of((int)(next(seed) % SHAPES), 3,
								     seed) } };
	return (struct series_cell){
		SERIES_REAL, { .real = real_of(seed, shape < 4 ? shape : (int)(next(seed) % 4)) }
	};
}

static void fill(struct series_rows *rows, size_t count, uint64_t seed)
{
	const int64_t unit = (int64_t[]){ 1, 1000, 1000000 }[seed % 3];
	int64_t time_us = (int64_t)(next(&seed) % 2000000) * unit - 500000 * unit;

	for (size_t nth = 0; nth < count; nth++) {
		struct series_cell cells[SERIES_FIELDS_MAX];

		for (size_t field = 0; field < rows->field_count; field++)
			cells[field] = any_cell(&seed, (int)((field + seed / 1000) % 7));
		time_us += (int64_t)(next(&seed) % 60000 - 5000) * unit;
		assert_int_equal(series_rows_add(rows, time_us, cells), BW_OK);
	}
}

static void expect_same(const struct series_rows *left, const struct series_rows *right,
			uint32_t wanted)
{
	assert_int_equal(left->count, right->count);
	for (size_t nth = 0; nth < left->count; nth++) {
		struct series_cell a[SERIES_FIELDS_MAX], b[SERIES_FIELDS_MAX];
		int64_t a_us, b_us;

		series_rows_get(left, nth, &a_us, a);
		series_rows_get(right, nth, &b_us, b);
		assert_int_equal(a_us, b_us);
		for (size_t field = 0; field < left->field_count; field++) {
			if ((wanted >> field & 1) == 0) {
				assert_int_equal(b[field].type, SERIES_ABSENT);
				continue;
			}
			assert_int_equal(a[field].type, b[field].type);
			if (a[field].type != SERIES_ABSENT)
				assert_memory_equal(&a[field].value, &b[field].value,
						    sizeof(a[field].value));
		}
	}
}

static void test_chunks(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 60; seed++) {
		const enum series_kind kind = (enum series_kind)(seed % SERIES_KINDS);
		const size_t fields = series_schema(kind)->field_count;
		const uint32_t wanted = seed % 4 == 0 ? 5 : UINT32_MAX;
		struct series_rows rows, back;
		struct chunk_summary summary;
		struct bw_buf bytes;

		series_rows_init(&rows, fields);
		series_rows_init(&back, fields);
		fill(&rows, 1 + seed * 7 % 400, seed * UINT64_C(0x9e3779b97f4a7c15));
		bw_buf_init(&bytes, 0);
		chunk_encode(&bytes, kind, &rows);
		assert_int_equal(bytes.status, BW_OK);
		assert_int_equal(chunk_look(bytes.data, bytes.len, &summary), BW_OK);
		assert_int_equal(summary.kind, kind);
		assert_int_equal(summary.rows, rows.count);
		assert_int_equal(chunk_decode(bytes.data, bytes.len, wanted == 5 ? 5 : 0, &back),
				 BW_OK);
		expect_same(&rows, &back, wanted);
		for (size_t nth = 0; nth < rows.count; nth++)
			assert_true(rows.times_us[nth] >= summary.from_us &&
				    rows.times_us[nth] <= summary.to_us);
		bw_buf_finish(&bytes);
		series_rows_finish(&rows);
		series_rows_finish(&back);
	}
}

static void test_a_flipped_bit_is_met(void **state)
{
	struct series_rows rows, back;
	struct bw_buf bytes;

	(void)state;
	series_rows_init(&rows, SERIES_COMPONENT_FIELDS);
	series_rows_init(&back, SERIES_COMPONENT_FIELDS);
	fill(&rows, 50, 12345);
	bw_buf_init(&bytes, 0);
	chunk_encode(&bytes, SERIES_COMPONENT, &rows);
	for (size_t bit = 0; bit < bytes.len * 8; bit++) {
		bytes.data[bit / 8] ^= (char)(1 << bit % 8);
		assert_int_equal(chunk_decode(bytes.data, bytes.len, 0, &back), BW_ECORRUPT);
		assert_int_equal(back.count, 0);
		bytes.data[bit / 8] ^= (char)(1 << bit % 8);
	}
	for (size_t len = 0; len < bytes.len; len++)
		assert_int_equal(chunk_decode(bytes.data, len, 0, &back), BW_ECORRUPT);
	bw_buf_finish(&bytes);
	series_rows_finish(&rows);
	series_rows_finish(&back);
}

static void test_heads(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 60; seed++) {
		const size_t fields =
			series_schema((enum series_kind)(seed % SERIES_KINDS))->field_count;
		struct series_rows rows, back;
		struct head head, restored;

		series_rows_init(&rows, fields);
		series_rows_init(&back, fields);
		head_init(&head);
		head_init(&restored);
		fill(&rows, 1 + seed * 3, seed * UINT64_C(0x9e3779b97f4a7c15));
		for (size_t nth = 0; nth < rows.count; nth++) {
			struct series_cell cells[SERIES_FIELDS_MAX];
			int64_t time_us;

			series_rows_get(&rows, nth, &time_us, cells);
			if (nth == rows.count / 2)
				assert_int_equal(
					head_restore(&restored, fields, head.data, head.len),
					BW_OK);
			assert_int_equal(head_add(nth < rows.count / 2 ? &head : &restored, fields,
						  time_us, cells),
					 BW_OK);
		}
		assert_int_equal(restored.rows, rows.count);
		assert_int_equal(restored.first_us, rows.times_us[0]);
		assert_int_equal(restored.last_us, rows.times_us[rows.count - 1]);
		assert_int_equal(head_read(restored.data, restored.len, &back), BW_OK);
		expect_same(&rows, &back, UINT32_MAX);
		head_finish(&head);
		head_finish(&restored);
		series_rows_finish(&rows);
		series_rows_finish(&back);
	}
}

static void test_a_head_is_full(void **state)
{
	const struct series_cell cells[SERIES_COMPONENT_FIELDS] = { { SERIES_INTEGER,
								      { .integer = 1 } } };
	const int64_t day_us = 86400 * BW_SECOND_US;
	struct head head;

	(void)state;
	head_init(&head);
	assert_false(head_is_full(&head, 5 * day_us));
	assert_int_equal(head_add(&head, SERIES_COMPONENT_FIELDS, day_us - 1, cells), BW_OK);
	assert_false(head_is_full(&head, 0));
	assert_true(head_is_full(&head, day_us));
	assert_true(head_is_full(&head, -1));
	while (!head_is_full(&head, 0))
		assert_int_equal(head_add(&head, SERIES_COMPONENT_FIELDS, 1000, cells), BW_OK);
	assert_in_range(head.len, HEAD_BYTES, HEAD_BYTES + 50);
	head_clear(&head);
	assert_int_equal(head.rows, 0);
	head_finish(&head);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers), cmocka_unit_test(test_integers_are_short),
		cmocka_unit_test(test_chunks),   cmocka_unit_test(test_a_flipped_bit_is_met),
		cmocka_unit_test(test_heads),    cmocka_unit_test(test_a_head_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
