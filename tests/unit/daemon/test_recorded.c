/* test_recorded.c - what the engine wrote is what the history says, through a real store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/history.h"
#include "storage/view.h"
#include "unit/daemon/bed.h"

#define TWO                                                                                        \
	"refresh_interval: 30s\ncomponents:\n"                                                     \
	"  - { name: b, every: 10s, jitter: 0s, tcp: { host: 127.0.0.1, port: 1 } }\n"             \
	"  - name: a\n    critical: true\n" BED_TEN BED_PEER                                       \
	"    breaker: { failure_threshold: 2 }\n"

static struct bed bed;

static int set_up(void **state)
{
	(void)state;
	bed_init(&bed);
	bed_open_store(&bed);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	bed_finish(&bed);
	return 0;
}

static struct store_view *open_view(void)
{
	char path[FOLDER_PATH_MAX + 32];
	struct store_view *view;
	struct bw_error err;

	folder_name(&bed.folder, "bellwether.db", path, sizeof(path));
	if (store_view_open(path, "", &view, &err) != BW_OK)
		fail_msg("%s", err.text);
	return view;
}

/* All rows of a series; the caller finishes them. */
static void read_rows(struct store_view *view, enum series_kind kind, const char *name,
		      struct series_rows *out)
{
	const struct view_wanted wanted = { .kind = kind,
					    .name = name,
					    .from_us = FAKE_WALL_START_US,
					    .to_us = io_loop_wall(bed.loop).us };
	struct bw_error err;

	if (store_view_rows(view, &wanted, out, &err) != BW_OK)
		fail_msg("%s", err.text);
}

static int64_t integer_at(const struct series_rows *rows, int field, size_t nth)
{
	assert_int_equal(rows->columns[field].types[nth], SERIES_INTEGER);
	return rows->columns[field].values[nth].integer;
}

static void test_rows_come_back_as_they_were_seen(void **state)
{
	struct series_rows rows = { 0 };

	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, TWO);
	bed_seconds(&bed, 100);
	bed_stop(&bed);
	struct store_view *view = open_view();
	read_rows(view, SERIES_COMPONENT, "a", &rows);
	assert_in_range(rows.count, 9, 11);
	for (size_t i = 0; i < rows.count; i++) {
		assert_int_equal(integer_at(&rows, SERIES_COMPONENT_STATUS, i), BW_HEALTH_HEALTHY);
		assert_int_equal(rows.times_us[i] % 1000, 0);
	}
	series_rows_finish(&rows);
	read_rows(view, SERIES_COMPONENT, "b", &rows);
	size_t last = rows.count - 1;
	assert_int_equal(integer_at(&rows, SERIES_COMPONENT_STATUS, last), BW_HEALTH_UNHEALTHY);
	assert_non_null(strstr(
		store_view_text(view, integer_at(&rows, SERIES_COMPONENT_ERROR, last)), "refused"));
	series_rows_finish(&rows);
	read_rows(view, SERIES_BREAKER, "a", &rows);
	assert_in_range(rows.count, 3, 5);
	series_rows_finish(&rows);
	store_view_close(view);
}

static void keep_points(struct bw_history_point *out, size_t room, size_t *count)
{
	const struct bw_history *history = bw_dashboard_history(engine_dashboard(bed.engine));

	*count = bw_history_count(history);
	assert_in_range(*count, 2, room);
	for (size_t i = 0; i < *count; i++)
		out[i] = *bw_history_get(history, i);
}

/* Bit by bit, for what is not known is a NaN. */
static void assert_same(const struct bw_history_point *a, const struct bw_history_point *b)
{
	assert_int_equal(a->time.us, b->time.us);
	assert_memory_equal(&a->health_score, &b->health_score, sizeof(double));
	assert_memory_equal(&a->availability, &b->availability, sizeof(double));
	assert_memory_equal(&a->response_time, &b->response_time, sizeof(double));
	assert_memory_equal(&a->circuit_breaker_health, &b->circuit_breaker_health, sizeof(double));
	assert_int_equal(a->cpu_usage.is_integer, b->cpu_usage.is_integer);
	assert_memory_equal(&a->cpu_usage.value, &b->cpu_usage.value, sizeof(double));
	assert_memory_equal(&a->memory_usage.value, &b->memory_usage.value, sizeof(double));
}

/* Marks of the whole stand between the points and are none. */
static void test_the_document_has_its_points_again(void **state)
{
	struct bw_history_point before[64], after[64];
	size_t count, again;

	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, TWO);
	bed_seconds(&bed, 300);
	bed_peer(&bed, IO_REFUSED);
	fake_peer_set(bed.loop, "127.0.0.1:1", &(const struct fake_peer){ .connect = IO_OK });
	bed_seconds(&bed, 300);
	keep_points(before, 64, &count);
	for (int i = 0; i < 2; i++) {
		bed_stop(&bed);
		fake_advance(bed.loop, 5 * BW_SECOND_US);
		bed_open_store(&bed);
		bed_start(&bed, TWO);
		keep_points(after, 64, &again);
		assert_int_equal(again, count);
		for (size_t nth = 0; nth < count; nth++)
			assert_same(&before[nth], &after[nth]);
	}
}

/* Time a component spent so, of the timeline of all. */
static int64_t spent_us(const struct timeline *timeline, int state, int64_t to_us)
{
	int64_t sum = 0;

	for (size_t i = 0; i < timeline->count; i++) {
		int64_t end = i + 1 < timeline->count ? timeline->points[i + 1].at_us : to_us;

		sum += timeline->points[i].state == state ? end - timeline->points[i].at_us : 0;
	}
	return sum;
}

static void test_time_without_a_daemon_is_nobodys(void **state)
{
	struct timeline timeline = { 0 };
	struct series_rows rows = { 0 };

	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, TWO);
	bed_seconds(&bed, 100);
	const int64_t stopped_us = io_loop_wall(bed.loop).us;
	bed_stop(&bed);
	fake_advance(bed.loop, 3600 * BW_SECOND_US);
	bed_open_store(&bed);
	bed_start(&bed, TWO);
	bed_seconds(&bed, 100);
	bed_stop(&bed);
	struct store_view *view = open_view();
	const int64_t from_us = stopped_us - 60 * BW_SECOND_US, to_us = io_loop_wall(bed.loop).us;
	read_rows(view, SERIES_COMPONENT, "a", &rows);
	assert_int_equal(timeline_of_rows(SERIES_COMPONENT, &rows, from_us, to_us, &timeline),
			 BW_OK);
	assert_in_range(spent_us(&timeline, SERIES_NONE, to_us), 3600 * BW_SECOND_US,
			3612 * BW_SECOND_US);
	assert_in_range(spent_us(&timeline, BW_HEALTH_HEALTHY, to_us), 140 * BW_SECOND_US,
			160 * BW_SECOND_US);
	timeline_finish(&timeline);
	series_rows_finish(&rows);
	store_view_close(view);
}

int main(void)
{
#define row(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		row(test_rows_come_back_as_they_were_seen),
		row(test_the_document_has_its_points_again),
		row(test_time_without_a_daemon_is_nobodys),
	};
#undef row

	return cmocka_run_group_tests(tests, NULL, NULL);
}
