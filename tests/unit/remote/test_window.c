/* test_window.c - a stretch of the history in slices, and stretches that hold too much. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "remote/window.h"
#include "rows.h"
#include "support/fake_view.h"

static struct store_view *view;

static int begin(void **state)
{
	(void)state;
	view = fake_view_create();
	return 0;
}

static int end(void **state)
{
	(void)state;
	fake_view_destroy(view);
	return 0;
}

static int read_all(struct window *window)
{
	int slices = 0;

	do {
		assert_int_equal(window_read(window, view, NULL), BW_OK);
		slices++;
	} while (!window->complete && !window->overfull);
	return slices;
}

static void add_components(int count, int rows)
{
	char name[16];

	for (int nth = 0; nth < count; nth++) {
		snprintf(name, sizeof(name), "c%03d", nth);
		for (int row = 1; row <= rows; row++)
			rows_component(fake_view_rows(view, SERIES_COMPONENT, name), row * 1000,
				       BW_HEALTH_HEALTHY, 60, nth);
	}
}

static void test_slices(void **state)
{
	struct window window = { .span = { 0, 2000 } };

	(void)state;
	add_components(2 * WINDOW_SLICE + 1, 3);
	assert_int_equal(read_all(&window), 3);
	assert_int_equal(window.count, 2 * WINDOW_SLICE + 1);
	assert_int_equal(window.samples.count, (2 * WINDOW_SLICE + 1) * 2 * 6);
	for (size_t nth = 1; nth < window.samples.count; nth++)
		assert_true(window.samples.items[nth - 1].time_ms <=
			    window.samples.items[nth].time_ms);
	assert_string_equal(window.names[window.samples.items[6].subject], "c001");
	window_finish(&window);
}

static void test_nothing(void **state)
{
	struct window window = { .span = { 0, 2000 } };

	(void)state;
	assert_int_equal(read_all(&window), 1);
	assert_int_equal(window.samples.count, 0);
	window_finish(&window);
}

static void test_too_much(void **state)
{
	struct window window = { .span = { 0, 1000 * 1000 } };

	(void)state;
	add_components(70, 600);
	read_all(&window);
	assert_true(window.overfull && !window.complete);
	window_finish(&window);
	window = (struct window){ .span = { 0, 100 * 1000 } };
	read_all(&window);
	assert_true(window.complete);
	window_finish(&window);
}

static void test_a_sick_disk(void **state)
{
	struct window window = { .span = { 0, 2000 } };
	struct bw_error err = { "" };

	(void)state;
	add_components(1, 1);
	fake_view_fail(view, true);
	assert_int_equal(window_read(&window, view, &err), BW_EIO);
	assert_string_equal(err.text, "the disk is sick");
	assert_false(window.complete);
	fake_view_fail(view, false);
	assert_int_equal(read_all(&window), 1);
	assert_int_equal(window.samples.count, 6);
	window_finish(&window);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define row(test) cmocka_unit_test_setup_teardown(test, begin, end)
		row(test_slices),
		row(test_nothing),
		row(test_too_much),
		row(test_a_sick_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
