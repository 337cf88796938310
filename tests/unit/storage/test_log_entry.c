/* test_log_entry.c - every row of an entry comes back as it was; of a damaged one none does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "storage/log_entry.h"

enum { ROWS = 500 };

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void make_row(uint64_t *seed, struct log_row *out)
{
	memset(out, 0, sizeof(*out));
	out->series = (int64_t)(next_random(seed) >> (next_random(seed) % 60 + 1));
	out->time_us = (int64_t)(next_random(seed) >> (next_random(seed) % 60));
	if (next_random(seed) % 2 == 0)
		out->time_us = -out->time_us;
	out->cell_count = next_random(seed) % (SERIES_FIELDS_MAX + 1);
	for (size_t nth = 0; nth < out->cell_count; nth++) {
		out->cells[nth].type = (enum series_cell_type)(next_random(seed) % 3);
		if (out->cells[nth].type == SERIES_INTEGER)
			out->cells[nth].value.integer = (int64_t)next_random(seed);
		else if (out->cells[nth].type == SERIES_REAL)
			out->cells[nth].value.real = (double)next_random(seed) / 1e9;
	}
}

struct seen {
	const struct log_row *rows;
	size_t count;
	bool wrong;
};

static void see(void *arg, const struct log_row *row)
{
	struct seen *seen = arg;
	const struct log_row *made = &seen->rows[seen->count++];

	seen->wrong |= row->series != made->series || row->time_us != made->time_us ||
		       row->cell_count != made->cell_count;
	for (size_t nth = 0; nth < row->cell_count && !seen->wrong; nth++)
		seen->wrong = row->cells[nth].type != made->cells[nth].type ||
			      (row->cells[nth].type != SERIES_ABSENT &&
			       row->cells[nth].value.integer != made->cells[nth].value.integer);
}

static void write_rows(struct bw_buf *out, struct log_row *rows, size_t count, uint64_t *seed)
{
	struct log_writer writer;

	log_writer_begin(&writer, out);
	for (size_t nth = 0; nth < count; nth++) {
		make_row(seed, &rows[nth]);
		log_writer_row(&writer, rows[nth].series, rows[nth].time_us, rows[nth].cells,
			       rows[nth].cell_count);
	}
	log_writer_end(&writer);
	assert_int_equal(out->status, BW_OK);
}

static void test_rows_of_any_kind_come_back(void **state)
{
	static struct log_row rows[ROWS];
	uint64_t seed = 20260302;

	for (size_t count = 0; count <= ROWS; count = count * 3 + 1) {
		struct seen seen = { .rows = rows };
		struct bw_buf out;

		bw_buf_init(&out, 0);
		write_rows(&out, rows, count, &seed);
		assert_int_equal(log_entry_read(out.data, out.len, see, &seen), BW_OK);
		assert_int_equal(seen.count, count);
		assert_false(seen.wrong);
		bw_buf_finish(&out);
	}
}

static void count_row(void *arg, const struct log_row *row)
{
	*(size_t *)arg += 1;
}

static void test_what_is_damaged_gives_no_row(void **state)
{
	static struct log_row rows[ROWS];
	uint64_t seed = 7;
	size_t given = 0;
	struct bw_buf out;

	bw_buf_init(&out, 0);
	write_rows(&out, rows, 50, &seed);
	for (size_t len = 0; len < out.len; len++)
		assert_int_equal(log_entry_read(out.data, len, count_row, &given), BW_ECORRUPT);
	for (size_t at = 0; at < out.len; at++) {
		out.data[at] ^= (char)(1 << (next_random(&seed) % 8));
		assert_int_equal(log_entry_read(out.data, out.len, count_row, &given), BW_ECORRUPT);
		bw_buf_clear(&out);
		seed = 7;
		write_rows(&out, rows, 50, &seed);
		seed += at;
	}
	assert_int_equal(given, 0);
	bw_buf_finish(&out);
}

/* A checksum that fits does not make sense of nonsense. */
static void test_nonsense_with_a_right_checksum_is_refused_or_harmless(void **state)
{
	uint64_t seed = 99;

	for (int round = 0; round < 20000; round++) {
		size_t len = next_random(&seed) % 64, given = 0;
		struct bw_buf out;

		bw_buf_init(&out, 0);
		bw_buf_byte(&out, 1);
		for (size_t nth = 0; nth < len; nth++)
			bw_buf_byte(&out, (char)next_random(&seed));
		log_seal(&out, 0);
		if (log_entry_read(out.data, out.len, count_row, &given) == BW_OK)
			assert_true(given <= len);
		bw_buf_finish(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_of_any_kind_come_back),
		cmocka_unit_test(test_what_is_damaged_gives_no_row),
		cmocka_unit_test(test_nonsense_with_a_right_checksum_is_refused_or_harmless),
	};

	return cmocka_run_group_tests_name("log entry", tests, NULL, NULL);
}
