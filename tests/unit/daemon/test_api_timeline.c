/* test_api_timeline.c - change points, gaps and maintenance as the page gets them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <bellwether/breaker.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "core/health.h"
#include "daemon/api_timeline.h"

#define SECOND BW_SECOND_US
#define FROM_US (1772461800 * SECOND)

static struct timeline_point at(int64_t s, int state, bool maintenance)
{
	return (struct timeline_point){ FROM_US + s * SECOND, (uint8_t)state, maintenance };
}

static struct api_timeline timeline_of(const struct timeline *points, int64_t seconds)
{
	return (struct api_timeline){ SERIES_COMPONENT, points, FROM_US,
				      FROM_US + seconds * SECOND };
}

static char *text_of(const struct api_timeline *timeline,
		     void (*write)(const struct api_timeline *timeline, struct bw_json *json))
{
	struct bw_json json;
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	write(timeline, &json);
	return bw_buf_take(&buf, NULL);
}

static void expect(const struct api_timeline *timeline, const char *states, const char *maintenance)
{
	char *told = text_of(timeline, api_timeline_write_states);

	assert_string_equal(told, states);
	free(told);
	told = text_of(timeline, api_timeline_write_maintenance);
	assert_string_equal(told, maintenance);
	free(told);
}

static void expect_gaps(const struct api_timeline *timeline, const int64_t *edges_s, size_t count)
{
	struct bw_gap_list gaps = { 0 };

	api_timeline_gaps(timeline, &gaps);
	assert_int_equal(gaps.count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(gaps.items[i].from.us, FROM_US + edges_s[2 * i] * SECOND);
		assert_int_equal(gaps.items[i].to.us, FROM_US + edges_s[2 * i + 1] * SECOND);
	}
	bw_gap_list_finish(&gaps);
}

static void test_nothing_known_is_one_gap(void **state)
{
	const struct timeline none = { 0 };
	const struct api_timeline timeline = timeline_of(&none, 60), empty = timeline_of(&none, 0);

	(void)state;
	expect(&timeline, "[[0,\"none\"]]", "[]");
	expect_gaps(&timeline, (const int64_t[]){ 0, 60 }, 1);
	expect_gaps(&empty, NULL, 0);
}

static void test_states_and_maintenance_apart(void **state)
{
	struct timeline_point points[] = {
		at(0, SERIES_NONE, false),          at(10, BW_HEALTH_HEALTHY, false),
		at(20, BW_HEALTH_HEALTHY, true),    at(25, BW_HEALTH_UNHEALTHY, true),
		at(30, BW_HEALTH_UNHEALTHY, false), at(40, SERIES_NONE, false),
		at(50, SERIES_NONE, true),
	};
	const struct timeline list = { points, 7, 7 };
	const struct api_timeline timeline = timeline_of(&list, 60);

	(void)state;
	expect(&timeline, "[[0,\"none\"],[10,\"healthy\"],[25,\"unhealthy\"],[40,\"none\"]]",
	       "[[20,30],[50,60]]");
	expect_gaps(&timeline, (const int64_t[]){ 0, 10, 40, 60 }, 2);
}

/* What is seen of a component that flaps: less, but never better than it was. */
static void test_too_many_are_told_coarsely(void **state)
{
	enum { COUNT = 10000 };
	struct timeline_point *points = xcalloc(COUNT, sizeof(*points));
	const struct timeline list = { points, COUNT, COUNT };
	const struct api_timeline timeline = timeline_of(&list, COUNT);
	char *told;

	(void)state;
	for (int i = 0; i < COUNT; i++)
		points[i] = at(i, i % 2 == 0 ? BW_HEALTH_HEALTHY : BW_HEALTH_DEGRADED, false);
	points[5003].state = BW_HEALTH_UNHEALTHY;
	told = text_of(&timeline, api_timeline_write_states);
	assert_string_equal(told, "[[0,\"degraded\"],[5000,\"unhealthy\"],[5010,\"degraded\"]]");
	free(told);
	free(points);
}

static void test_the_exact_ones_stay_exact(void **state)
{
	struct timeline_point *points = xcalloc(API_TIMELINE_POINTS_MAX, sizeof(*points));
	const struct timeline list = { points, API_TIMELINE_POINTS_MAX, API_TIMELINE_POINTS_MAX };
	const struct api_timeline timeline = timeline_of(&list, API_TIMELINE_POINTS_MAX);
	size_t found = 0;
	char *told;

	(void)state;
	for (int i = 0; i < API_TIMELINE_POINTS_MAX; i++)
		points[i] = at(i, i % 2 == 0 ? BW_HEALTH_HEALTHY : BW_HEALTH_DEGRADED, false);
	told = text_of(&timeline, api_timeline_write_states);
	for (const char *c = told; (c = strchr(c, '"')) != NULL; c++)
		found++;
	assert_int_equal(found, 2 * API_TIMELINE_POINTS_MAX);
	free(told);
	free(points);
}

static void test_what_is_worse(void **state)
{
	struct rollup_bucket bucket = { .state_us = { [BW_HEALTH_HEALTHY] = 300 * SECOND } };

	(void)state;
	assert_int_equal(api_worst_state(SERIES_COMPONENT, &bucket), BW_HEALTH_HEALTHY);
	bucket.maintenance_us[BW_HEALTH_DEGRADED] = 1;
	assert_int_equal(api_worst_state(SERIES_COMPONENT, &bucket), BW_HEALTH_DEGRADED);
	bucket = (struct rollup_bucket){ .state_us = { [SERIES_NONE] = 300 * SECOND } };
	assert_int_equal(api_worst_state(SERIES_COMPONENT, &bucket), SERIES_NONE);
	assert_true(api_state_weight(SERIES_BREAKER, BW_BREAKER_OPEN + 1) >
		    api_state_weight(SERIES_BREAKER, BW_BREAKER_HALF_OPEN + 1));
	assert_true(api_state_weight(SERIES_BREAKER, BW_BREAKER_CLOSED + 1) >
		    api_state_weight(SERIES_BREAKER, SERIES_NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_known_is_one_gap),
		cmocka_unit_test(test_states_and_maintenance_apart),
		cmocka_unit_test(test_too_many_are_told_coarsely),
		cmocka_unit_test(test_the_exact_ones_stay_exact),
		cmocka_unit_test(test_what_is_worse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
