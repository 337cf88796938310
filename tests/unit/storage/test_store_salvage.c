/* test_store_salvage.c - a page of the file is broken, each in turn: the store says so, and goes on
 * with what the other pages hold. What is there is as it was written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/store_builder.h"

enum { NAMES = 16, ROWS = 650, STEP_MS = 120000, PAGE_BYTES = 8192 };

static struct store_bed bed;

static int begin(void **state)
{
	store_bed_begin(&bed);
	return 0;
}

static int end(void **state)
{
	store_bed_end(&bed);
	return 0;
}

static const char *name_of(int nth, char out[32])
{
	snprintf(out, 32, "component %d", nth);
	return out;
}

/* Most of a day of some components: chunks, heads and the log. */
static void fill(void)
{
	char name[32], error[64];

	assert_int_equal(store_bed_open(&bed), BW_OK);
	for (int row = 0; row < ROWS; row++) {
		for (int nth = 0; nth < NAMES; nth++) {
			snprintf(error, sizeof(error), "refused %d", row % 100);
			store_bed_append(&bed, name_of(nth, name), (int64_t)row * STEP_MS,
					 row % 5 == 0 ? error : NULL);
		}
		if (row % 100 == 99)
			store_flush(bed.store);
	}
	store_bed_close(&bed);
}

static unsigned char *read_file(size_t *size)
{
	int file = open(bed.path, O_RDONLY | O_CLOEXEC);
	struct stat found;
	unsigned char *bytes;

	assert_true(file >= 0);
	assert_int_equal(fstat(file, &found), 0);
	*size = (size_t)found.st_size;
	bytes = malloc(*size);
	assert_non_null(bytes);
	assert_int_equal(read(file, bytes, *size), (ssize_t)*size);
	close(file);
	return bytes;
}

struct seen {
	size_t rows, wrong;
	bool done;
};

/* A text that is lost is none, and never another one. */
static bool is_right(struct store_view *view, int64_t time_us, const struct series_cell *cells)
{
	int64_t row = (time_us - STORE_NOON_US) / 1000 / STEP_MS;
	const char *found = store_view_text(view, cells[SERIES_COMPONENT_ERROR].value.integer);
	char text[64] = "";

	if (row % 5 == 0)
		snprintf(text, sizeof(text), "refused %d", (int)(row % 100));
	return (found[0] == '\0' || strcmp(found, text) == 0) &&
	       cells[SERIES_COMPONENT_STATUS].value.integer ==
		       (row % 5 == 0 ? BW_HEALTH_UNHEALTHY : BW_HEALTH_HEALTHY);
}

static enum bw_status read_all(void *arg, struct store_view *view, struct bw_error *err)
{
	struct seen *seen = arg;
	char name[32];

	for (int nth = 0; nth < NAMES; nth++) {
		const struct view_wanted wanted = { .kind = SERIES_COMPONENT,
						    .name = name_of(nth, name),
						    .to_us = INT64_MAX };
		struct series_cell cells[SERIES_FIELDS_MAX];
		struct series_rows rows;
		enum bw_status status = store_view_rows(view, &wanted, &rows, err);
		int64_t time_us;

		if (status != BW_OK)
			return status;
		for (size_t row = 0; row < rows.count; row++) {
			series_rows_get(&rows, row, &time_us, cells);
			seen->wrong += !is_right(view, time_us, cells);
		}
		seen->rows += rows.count;
		series_rows_finish(&rows);
	}
	return BW_OK;
}

static void end_reading(void *arg, enum bw_status status, const struct bw_error *error)
{
	struct seen *seen = arg;

	assert_int_equal(status, BW_OK);
	seen->done = true;
}

static size_t count_rows(void)
{
	struct seen seen = { 0 };
	const struct store_question question = { read_all, end_reading, &seen };

	assert_int_equal(store_ask(bed.store, &question), BW_OK);
	while (!seen.done)
		store_dispatch(bed.store);
	assert_int_equal(seen.wrong, 0);
	return seen.rows;
}

static void test_what_other_pages_hold_is_taken_over(void **state)
{
	size_t size, pages, kept = 0, least = SIZE_MAX;
	unsigned char *bytes;

	fill();
	bytes = read_file(&size);
	pages = size / PAGE_BYTES;
	assert_true(pages > 10);
	for (size_t page = 1; page < pages; page++) {
		unsigned char *at = bytes + page * PAGE_BYTES;
		unsigned char before[64];
		size_t rows;

		memcpy(before, at, sizeof(before));
		memset(at, 0xa5, sizeof(before));
		folder_write_bytes(&bed.folder, "data/bellwether.db", bytes, size);
		memcpy(at, before, sizeof(before));
		assert_int_equal(store_bed_open(&bed), BW_OK);
		rows = count_rows();
		assert_true(store_bed_status(&bed).usable);
		if (rows < (size_t)NAMES * ROWS)
			assert_true(store_bed_status(&bed).trouble[0] != '\0' ||
				    store_bed_status(&bed).damaged > 0);
		assert_true(rows <= (size_t)NAMES * ROWS);
		kept += rows;
		least = rows < least ? rows : least;
		store_bed_close(&bed);
	}
	/* Of so few pages each has its share of the rows; no other page's go with it. */
	assert_true(least >= (size_t)NAMES * ROWS / 3);
	assert_true(kept >= (pages - 1) * NAMES * ROWS / 10 * 9);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_other_pages_hold_is_taken_over, begin,
						end),
	};

	return cmocka_run_group_tests_name("store salvage", tests, NULL, NULL);
}
