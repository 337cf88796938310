/* test_views.c - units change on the way to the model. */
#include "daemon/views.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HOUR_US (3600 * BW_SECOND_US)

static void history_is_shown_as_long_as_it_is_kept(void **state)
{
	static const struct {
		int64_t history_us;
		int hours;
	} rows[] = {
		{ HOUR_US, 1 },
		{ 24 * HOUR_US, 24 },
		{ 24 * HOUR_US + 1, 25 },
		{ 31 * 24 * HOUR_US, 744 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct daemon_settings settings = {
			.storage.history_us = rows[i].history_us,
			.refresh_us = 5 * BW_SECOND_US,
		};
		struct bw_dashboard_config config;

		view_of_settings(&settings, (struct bw_wall){ 7 }, &config);
		assert_int_equal(config.retention_hours, rows[i].hours);
		assert_int_equal(config.refresh_interval_s, 5);
		assert_int_equal(config.start.us, 7);
	}
}

static void bytes_become_the_reference_s_units(void **state)
{
	const struct host_sample sample = {
		.known = true,
		.memory_used_bytes = 512 << 20,
		.disk_used_bytes = (uint64_t)3 << 29,
		.cpu_pct = 12.34,
	};
	struct bw_resources_view view;
	struct bw_buf extra;

	bw_buf_init(&extra, 4096);
	view_of_sample(&sample, &view, &extra);
	assert_true(view.known);
	assert_true(view.cpu_percent.value == 12.3);
	assert_true(view.memory_used_mb.value == 512);
	assert_true(view.disk_used_gb.value == 1.5);
	assert_int_equal(view.load_averages, 0);
	bw_buf_finish(&extra);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(history_is_shown_as_long_as_it_is_kept),
		cmocka_unit_test(bytes_become_the_reference_s_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
