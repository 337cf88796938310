#include "core/history.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/failing_allocator.h"

#define HOUR_US (3600 * BW_SECOND_US)

static struct bw_history_point point_at(int64_t us, double score)
{
	return (struct bw_history_point){
		.time = { us },
		.health_score = score,
		.availability = 50,
		.response_time = 2.5,
		.circuit_breaker_health = 100,
		.cpu_usage = bw_number_from_int(7),
		.memory_usage = bw_number_from_double(7),
	};
}

static struct bw_history *with(int retention_hours, size_t points_max)
{
	struct bw_history *history = NULL;

	assert_int_equal(bw_history_create(retention_hours, points_max, &history), BW_OK);
	return history;
}

static void add(struct bw_history *history, int64_t us, double score)
{
	const struct bw_history_point point = point_at(us, score);
	uint64_t version = bw_history_version(history);

	assert_int_equal(bw_history_add(history, &point), BW_OK);
	assert_true(bw_history_version(history) != version);
}

static void bad_sizes_are_refused(void **state)
{
	struct bw_history *history = NULL;

	assert_int_equal(bw_history_create(0, 10, &history), BW_EINVAL);
	assert_int_equal(bw_history_create(24, 0, &history), BW_EINVAL);
	assert_int_equal(bw_history_create(24, SIZE_MAX, &history), BW_EINVAL);
	assert_null(history);
	bw_history_destroy(NULL);
}

static void only_strictly_newer_points_stay(void **state)
{
	struct bw_history *history = with(24, 1000);

	add(history, 0, 1);
	add(history, 1, 2);
	add(history, 24 * HOUR_US, 3);
	assert_int_equal(bw_history_count(history), 2);
	assert_true(bw_history_get(history, 0)->time.us == 1);
	add(history, 24 * HOUR_US + 2, 4);
	assert_int_equal(bw_history_count(history), 2);
	assert_int_equal(bw_history_set_retention(history, 1), BW_OK);
	assert_int_equal(bw_history_set_retention(history, 0), BW_EINVAL);
	add(history, 25 * HOUR_US, 5);
	assert_int_equal(bw_history_count(history), 2);
	add(history, 100 * HOUR_US, 6);
	assert_int_equal(bw_history_count(history), 1);
	bw_history_destroy(history);
}

/* After a jump back the old points lie behind newer ones, and must still leave in time. */
static void a_clock_set_back_leaves_no_old_points(void **state)
{
	struct bw_history *history = with(1, 1000);

	add(history, 10 * HOUR_US, 1);
	add(history, 9 * HOUR_US + 5, 2);
	add(history, 9 * HOUR_US + 6, 3);
	add(history, 10 * HOUR_US + 5, 4);
	assert_int_equal(bw_history_count(history), 3);
	assert_true(bw_history_get(history, 0)->time.us == 10 * HOUR_US);
	assert_true(bw_history_get(history, 1)->time.us == 9 * HOUR_US + 6);
	assert_true(bw_history_get(history, 2)->time.us == 10 * HOUR_US + 5);
	add(history, 11 * HOUR_US + 1, 5);
	assert_int_equal(bw_history_count(history), 2);
	assert_true(bw_history_median_score(history) == 4.5);
	bw_history_destroy(history);
}

static void a_full_ring_drops_the_oldest(void **state)
{
	struct bw_history *history = with(24, 100);

	for (int i = 0; i < 1000; i++)
		add(history, i, i % 100);
	assert_int_equal(bw_history_count(history), 100);
	for (int i = 0; i < 100; i++)
		assert_true(bw_history_get(history, (size_t)i)->time.us == 900 + i);
	assert_true(bw_history_median_score(history) == 49.5);
	bw_history_destroy(history);
}

static void median_of_the_scores(void **state)
{
	struct bw_history *history = with(24, 100);

	assert_true(isnan(bw_history_median_score(history)));
	add(history, 1, NAN);
	assert_true(isnan(bw_history_median_score(history)));
	add(history, 2, 64.9);
	assert_true(bw_history_median_score(history) == 64.9);
	add(history, 3, 100);
	assert_true(fabs(bw_history_median_score(history) - 82.45) < 1e-9);
	add(history, 4, 0);
	assert_true(bw_history_median_score(history) == 64.9);
	bw_history_destroy(history);
}

static char *written(const struct bw_history *history, const struct bw_history_point *present)
{
	struct bw_buf buf;
	struct bw_json json;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	if (present)
		bw_history_write_with(history, present, &json);
	else
		bw_history_write(history, &json);
	return bw_buf_take(&buf, NULL);
}

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;

	for (const char *at = text; (at = strstr(at, part)); at++)
		count++;
	return count;
}

static void writes_as_the_reference(void **state)
{
	struct bw_history *history = with(24, 1000);
	char *text = written(history, NULL);

	assert_string_equal(text, "{\"data\":[],\"summary\":{\"points\":0,\"timespan_hours\":0}}");
	free(text);
	add(history, 0, 64.9);
	text = written(history, NULL);
	assert_string_equal(
		text,
		"{\"data\":[{\"timestamp\":\"1970-01-01T00:00:00+00:00\",\"health_score\":64.9,"
		"\"availability\":50.0,\"response_time\":2.5,\"cpu_usage\":7,\"memory_usage\":7.0,"
		"\"circuit_breaker_health\":100.0}],\"summary\":{\"points\":1,\"timespan_hours\":"
		"24,"
		"\"avg_health_score\":64.9,\"avg_availability\":50.0,\"avg_response_time\":2.5}}");
	free(text);
	bw_history_destroy(history);
}

static void more_than_100_points_are_thinned(void **state)
{
	static const struct {
		int points, shown;
	} rows[] = { { 100, 100 }, { 101, 101 }, { 199, 199 }, { 200, 100 },
		     { 201, 101 }, { 250, 125 }, { 300, 100 }, { 999, 111 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bw_history *history = with(24, 1000);
		char *text;

		for (int n = 0; n < rows[i].points; n++)
			add(history, n, 50);
		text = written(history, NULL);
		assert_int_equal(count_of(text, "timestamp"), rows[i].shown);
		free(text);
		bw_history_destroy(history);
	}
}

static void the_present_point_joins_1_to_100_points(void **state)
{
	static const struct {
		int points, shown;
	} rows[] = { { 0, 0 }, { 1, 2 }, { 100, 101 }, { 101, 101 } };
	const struct bw_history_point present = point_at(5000, 1);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bw_history *history = with(24, 1000);
		char *text;

		for (int n = 0; n < rows[i].points; n++)
			add(history, n, 50);
		text = written(history, &present);
		assert_int_equal(count_of(text, "timestamp"), rows[i].shown);
		if (rows[i].points > 0)
			assert_non_null(strstr(text, "\"avg_health_score\":50.0"));
		free(text);
		bw_history_destroy(history);
	}
}

static void what_is_not_known_is_null(void **state)
{
	struct bw_history *history = with(24, 1000);
	struct bw_history_point point = point_at(0, NAN);
	char *text;

	point.cpu_usage = bw_number_from_double(NAN);
	assert_int_equal(bw_history_add(history, &point), BW_OK);
	add(history, 1, 30);
	text = written(history, NULL);
	assert_non_null(strstr(text, "\"health_score\":null"));
	assert_non_null(strstr(text, "\"cpu_usage\":null"));
	assert_non_null(strstr(text, "\"avg_health_score\":30.0"));
	free(text);
	bw_history_destroy(history);
}

static void a_failed_add_changes_nothing(void **state)
{
	const struct bw_history_point point = point_at(64, 1);
	struct bw_history *history = NULL;

	failing_allocator_arm(0);
	assert_int_equal(bw_history_create(24, 10, &history), BW_ENOMEM);
	assert_true(failing_allocator_disarm());
	assert_null(history);
	history = with(24, 1000);
	for (int i = 0; i < 64; i++)
		add(history, i, 50);
	failing_allocator_arm(0);
	assert_int_equal(bw_history_add(history, &point), BW_ENOMEM);
	assert_true(failing_allocator_disarm());
	assert_int_equal(bw_history_count(history), 64);
	assert_true(bw_history_median_score(history) == 50);
	bw_history_destroy(history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_sizes_are_refused),
		cmocka_unit_test(only_strictly_newer_points_stay),
		cmocka_unit_test(a_clock_set_back_leaves_no_old_points),
		cmocka_unit_test(a_full_ring_drops_the_oldest),
		cmocka_unit_test(median_of_the_scores),
		cmocka_unit_test(writes_as_the_reference),
		cmocka_unit_test(more_than_100_points_are_thinned),
		cmocka_unit_test(the_present_point_joins_1_to_100_points),
		cmocka_unit_test(what_is_not_known_is_null),
		cmocka_unit_test(a_failed_add_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
