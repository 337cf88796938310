/* test_horizon.c - a clock that jumps ahead is believed late, one that goes on or back at once; and
 * a store keeps its rows through a jump.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "storage/horizon.h"
#include "support/store_builder.h"

#define HOUR_US (3600 * BW_SECOND_US)
#define YEAR_US (365 * STORE_DAY_US)

static void test_what_is_believed(void **state)
{
	struct horizon horizon = { .is_set = false };
	const int64_t t = STORE_NOON_US;

	(void)state;
	assert_int_equal(horizon_advance(&horizon, t, 0, HOUR_US), t);
	assert_int_equal(
		horizon_advance(&horizon, t + 30 * BW_SECOND_US, 30 * BW_SECOND_US, HOUR_US),
		t + 30 * BW_SECOND_US);
	/* Daylight saving is no jump of UTC, but an hour may be put right. */
	assert_int_equal(horizon_advance(&horizon, t + HOUR_US, 31 * BW_SECOND_US, HOUR_US),
			 t + HOUR_US);
	assert_int_equal(horizon_advance(&horizon, t - YEAR_US, 32 * BW_SECOND_US, HOUR_US),
			 t - YEAR_US);
	horizon_begin(&horizon, t, 0);
	assert_int_equal(horizon_advance(&horizon, t + YEAR_US, BW_SECOND_US, HOUR_US), t);
	assert_int_equal(horizon_advance(&horizon, t + YEAR_US, HOUR_US, HOUR_US), t);
	/* It came back meanwhile, so that the hour begins anew. */
	assert_int_equal(horizon_advance(&horizon, t + HOUR_US, HOUR_US, HOUR_US), t + HOUR_US);
	assert_int_equal(horizon_advance(&horizon, t + YEAR_US, HOUR_US + 1, HOUR_US), t + HOUR_US);
	assert_int_equal(horizon_advance(&horizon, t + YEAR_US + HOUR_US, 2 * HOUR_US + 1, HOUR_US),
			 t + YEAR_US + HOUR_US);
	/* The daemon was off for long, and so was nobody who could have said it. */
	horizon_begin(&horizon, t, 0);
	assert_int_equal(horizon_advance(&horizon, t + YEAR_US, 5, 0), t + YEAR_US);
	assert_int_equal(horizon_advance(&horizon, INT64_MAX, 6, HOUR_US), t + YEAR_US);
}

static void append(struct store *store, int64_t time_us)
{
	const struct store_row row = {
		.kind = SERIES_COMPONENT,
		.name = "db",
		.time = { time_us },
		.cells = { [SERIES_COMPONENT_STATUS] = { SERIES_INTEGER, { .integer = 1 } },
			   [SERIES_COMPONENT_HOLD] = { SERIES_INTEGER, { .integer = 95 } } },
	};

	store_append_row(store, &row);
	store_flush(store);
}

static size_t count_rows(const struct store_bed *bed)
{
	const struct view_wanted wanted = {
		.kind = SERIES_COMPONENT, .name = "db", .from_us = INT64_MIN, .to_us = INT64_MAX
	};
	struct store_view *view;
	struct series_rows rows;
	struct bw_error err;
	size_t count;

	assert_int_equal(store_view_open(bed->path, "", &view, &err), BW_OK);
	assert_int_equal(store_view_rows(view, &wanted, &rows, &err), BW_OK);
	count = rows.count;
	series_rows_finish(&rows);
	store_view_close(view);
	return count;
}

static void run_jump(int64_t patience_us, bool restarts, size_t at_least, size_t at_most)
{
	struct store_bed bed;
	struct bw_error err;

	store_bed_begin(&bed);
	const struct store_config config = { .path = bed.path,
					     .history_us = 7 * STORE_DAY_US,
					     .patience_us = patience_us };

	assert_int_equal(store_open(&config, (struct bw_wall){ STORE_NOON_US }, &bed.store, &err),
			 BW_OK);
	for (int64_t nth = 0; nth < 40; nth++)
		append(bed.store, STORE_NOON_US + nth * 600 * BW_SECOND_US);
	if (restarts) {
		store_close(bed.store, BW_SECOND_US * 60);
		assert_int_equal(
			store_open(&config, (struct bw_wall){ STORE_NOON_US }, &bed.store, &err),
			BW_OK);
	}
	for (int64_t nth = 0; nth < 20; nth++)
		append(bed.store, STORE_NOON_US + 10 * YEAR_US + nth);
	assert_in_range(count_rows(&bed), at_least, at_most);
	store_close(bed.store, BW_SECOND_US * 60);
	bed.store = NULL;
	store_bed_end(&bed);
}

static void test_a_jump_takes_nothing(void **state)
{
	(void)state;
	run_jump(HOUR_US, false, 60, 60);
	run_jump(HOUR_US, true, 60, 60);
	/* The test can fail: without patience the old rows go. */
	run_jump(0, false, 20, 59);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_believed),
		cmocka_unit_test(test_a_jump_takes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
