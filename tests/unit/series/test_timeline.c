/* test_timeline.c - states as change points, beside a plain look at each second; uptime that is
 * never more than it was.
 */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <bellwether/breaker.h>

#include "core/health.h"
#include "series/timeline.h"

#define SECOND BW_SECOND_US

enum { ABSENT = -1 };

static uint64_t next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static struct series_cell cell_of(int value)
{
	return value == ABSENT ? (struct series_cell){ .type = SERIES_ABSENT }
			       : (struct series_cell){ SERIES_INTEGER, { .integer = value } };
}

/* A row of a component. */
static void add(struct series_rows *rows, int64_t second, int state, int hold, int maintenance)
{
	const struct series_cell cells[SERIES_COMPONENT_FIELDS] = {
		[SERIES_COMPONENT_STATUS] = cell_of(state),
		[SERIES_COMPONENT_HOLD] = cell_of(hold),
		[SERIES_COMPONENT_MAINTENANCE] = cell_of(maintenance),
	};

	assert_int_equal(series_rows_add(rows, second * SECOND, cells), BW_OK);
}

struct wanted_point {
	int64_t second;
	int state;
	bool maintenance;
};

static void expect(const struct timeline *timeline, const struct wanted_point *wanted, size_t count)
{
	assert_int_equal(timeline->count, count);
	for (size_t nth = 0; nth < count; nth++) {
		assert_int_equal(timeline->points[nth].at_us, wanted[nth].second * SECOND);
		assert_int_equal(timeline->points[nth].state, wanted[nth].state);
		assert_int_equal(timeline->points[nth].maintenance, wanted[nth].maintenance);
	}
}

static void test_a_row_holds_no_longer_than_it_says(void **state)
{
	static const struct wanted_point wanted[] = {
		{ 100, BW_HEALTH_HEALTHY, false }, { 130, BW_HEALTH_UNHEALTHY, false },
		{ 190, SERIES_NONE, false },       { 300, BW_HEALTH_DEGRADED, false },
		{ 310, SERIES_NONE, false },
	};
	struct timeline timeline = { 0 };
	struct series_rows rows;

	(void)state;
	series_rows_init(&rows, SERIES_COMPONENT_FIELDS);
	add(&rows, 90, BW_HEALTH_HEALTHY, 60, 0);
	add(&rows, 110, BW_HEALTH_HEALTHY, 60, 0);
	add(&rows, 130, BW_HEALTH_UNHEALTHY, 60, 0);
	add(&rows, 300, BW_HEALTH_DEGRADED, 60, 0);
	add(&rows, 310, SERIES_NONE, ABSENT, ABSENT);
	assert_int_equal(
		timeline_of_rows(SERIES_COMPONENT, &rows, 100 * SECOND, 400 * SECOND, &timeline),
		BW_OK);
	expect(&timeline, wanted, 5);
	assert_int_equal(
		timeline_of_rows(SERIES_COMPONENT, &rows, 100 * SECOND, 300 * SECOND, &timeline),
		BW_OK);
	expect(&timeline, wanted, 4);
	assert_int_equal(
		timeline_of_rows(SERIES_COMPONENT, &rows, 100 * SECOND, 299 * SECOND, &timeline),
		BW_OK);
	expect(&timeline, wanted, 3);
	assert_int_equal(
		timeline_of_rows(SERIES_COMPONENT, &rows, 9 * SECOND, 8 * SECOND, &timeline),
		BW_OK);
	expect(&timeline, NULL, 0);
	timeline_finish(&timeline);
	series_rows_finish(&rows);
}

static void test_maintenance_begins_with_a_mark(void **state)
{
	static const struct wanted_point wanted[] = {
		{ 0, SERIES_NONE, false },        { 10, BW_HEALTH_HEALTHY, false },
		{ 30, BW_HEALTH_HEALTHY, true },  { 50, BW_HEALTH_UNHEALTHY, true },
		{ 60, BW_HEALTH_HEALTHY, false },
	};
	struct timeline timeline = { 0 };
	struct uptime uptime = { 0 };
	struct series_rows rows;

	(void)state;
	series_rows_init(&rows, SERIES_COMPONENT_FIELDS);
	add(&rows, 10, BW_HEALTH_HEALTHY, 60, 0);
	add(&rows, 30, BW_HEALTH_HEALTHY, ABSENT, 1);
	add(&rows, 50, BW_HEALTH_UNHEALTHY, 60, 1);
	add(&rows, 60, BW_HEALTH_HEALTHY, 60, 0);
	assert_int_equal(timeline_of_rows(SERIES_COMPONENT, &rows, 0, 100 * SECOND, &timeline),
			 BW_OK);
	expect(&timeline, wanted, 5);
	uptime_add_timeline(&uptime, SERIES_COMPONENT, &timeline, 100 * SECOND);
	assert_int_equal(uptime.up_us, 60 * SECOND);
	assert_int_equal(uptime.down_us, 0);
	assert_int_equal(uptime.maintenance_us, 30 * SECOND);
	assert_int_equal(uptime.unknown_us, 10 * SECOND);
	timeline_finish(&timeline);
	series_rows_finish(&rows);
}

/* --- beside a plain look at each second --- */

enum { DAY = 4 * 3600, ROWS = 300 };

struct second {
	int state;
	bool maintenance;
};

/* The latest row says what holds, the latest look how long. */
static struct second look_at(const struct series_rows *rows, int64_t second)
{
	struct second out = { SERIES_NONE, false };
	int64_t until = INT64_MIN;

	for (size_t nth = 0; nth < rows->count && rows->times_us[nth] <= second * SECOND; nth++) {
		struct series_cell cells[SERIES_COMPONENT_FIELDS];
		int64_t time_us;

		series_rows_get(rows, nth, &time_us, cells);
		if (cells[SERIES_COMPONENT_HOLD].type == SERIES_INTEGER)
			until = time_us / SECOND + cells[SERIES_COMPONENT_HOLD].value.integer;
		out.state = (int)cells[SERIES_COMPONENT_STATUS].value.integer;
		if (cells[SERIES_COMPONENT_MAINTENANCE].type == SERIES_INTEGER)
			out.maintenance = cells[SERIES_COMPONENT_MAINTENANCE].value.integer != 0;
	}
	if (until <= second || out.state == SERIES_NONE)
		return (struct second){ SERIES_NONE, false };
	return out;
}

static void any_rows(struct series_rows *rows, uint64_t *seed)
{
	static const int states[] = { 0, 1, 1, 1, 1, 2, 3, SERIES_NONE };
	int64_t second = 0;

	series_rows_init(rows, SERIES_COMPONENT_FIELDS);
	for (int nth = 0; nth < ROWS; nth++) {
		const bool is_mark = next(seed) % 20 == 0;

		second += 1 + (int64_t)(next(seed) % 60);
		add(rows, second, states[next(seed) % 8],
		    is_mark ? ABSENT : 10 + (int)(next(seed) % 60),
		    is_mark && next(seed) % 2 == 0 ? ABSENT : next(seed) % 10 == 0);
	}
}

static struct second at(const struct timeline *timeline, int64_t second)
{
	size_t nth = 0;

	assert_true(timeline->points[0].at_us <= second * SECOND);
	while (nth + 1 < timeline->count && timeline->points[nth + 1].at_us <= second * SECOND)
		nth++;
	return (struct second){ timeline->points[nth].state, timeline->points[nth].maintenance };
}

static void count_second(struct uptime *uptime, struct second second)
{
	if (second.maintenance)
		uptime->maintenance_us += SECOND;
	else if (second.state == BW_HEALTH_HEALTHY || second.state == BW_HEALTH_DEGRADED)
		uptime->up_us += SECOND;
	else if (second.state == BW_HEALTH_UNHEALTHY)
		uptime->down_us += SECOND;
	else
		uptime->unknown_us += SECOND;
}

static void compare(const struct series_rows *rows, int64_t from, int64_t to)
{
	struct timeline timeline = { 0 };
	struct rollup_buckets buckets;
	struct uptime plain = { 0 }, of_points = { 0 }, of_buckets = { 0 };

	rollup_init(&buckets, SERIES_COMPONENT);
	assert_int_equal(
		timeline_of_rows(SERIES_COMPONENT, rows, from * SECOND, to * SECOND, &timeline),
		BW_OK);
	assert_int_equal(rollup_rows(SERIES_COMPONENT, rows, from * SECOND, to * SECOND,
				     ROLLUP_5M_US, &buckets),
			 BW_OK);
	for (int64_t second = from; second < to; second++) {
		const struct second wanted = look_at(rows, second);
		const struct second got = at(&timeline, second);

		assert_int_equal(got.state, wanted.state);
		assert_int_equal(got.maintenance, wanted.maintenance);
		count_second(&plain, wanted);
	}
	for (size_t nth = 1; nth < timeline.count; nth++)
		assert_true(
			timeline.points[nth].at_us > timeline.points[nth - 1].at_us &&
			(timeline.points[nth].state != timeline.points[nth - 1].state ||
			 timeline.points[nth].maintenance != timeline.points[nth - 1].maintenance));
	uptime_add_timeline(&of_points, SERIES_COMPONENT, &timeline, to * SECOND);
	assert_memory_equal(&plain, &of_points, sizeof(plain));
	/* All that is accounted for stands in the buckets, so their whole widths are asked. */
	uptime_add_buckets(&of_buckets, &buckets, from / 300 * 300 * SECOND,
			   (to + 299) / 300 * 300 * SECOND);
	of_buckets.unknown_us -= ((to + 299) / 300 * 300 - to + from - from / 300 * 300) * SECOND;
	assert_memory_equal(&plain, &of_buckets, sizeof(plain));
	rollup_finish(&buckets);
	timeline_finish(&timeline);
}

static void test_beside_a_look_at_each_second(void **state)
{
	uint64_t seed = 88172645463325252;

	(void)state;
	for (int round = 0; round < 20; round++) {
		const int64_t from = (int64_t)(next(&seed) % 3000);
		struct series_rows rows;

		any_rows(&rows, &seed);
		compare(&rows, from, from + 1 + (int64_t)(next(&seed) % (DAY - 3000)));
		series_rows_finish(&rows);
	}
}

/* --- from buckets --- */

static void add_bucket(struct rollup_buckets *buckets, int64_t minute, const int *seconds,
		       const int *within)
{
	struct series_rows rows;
	struct rollup_buckets one;
	int64_t second = minute * 60;

	rollup_init(&one, buckets->kind);
	series_rows_init(&rows, series_schema(buckets->kind)->field_count);
	for (int state = 0; state < SERIES_STATES_MAX; state++) {
		if (seconds[state] > 0)
			add(&rows, second, state, seconds[state], 0);
		second += seconds[state];
		if (within[state] > 0)
			add(&rows, second, state, within[state], 1);
		second += within[state];
	}
	assert_int_equal(rollup_rows(buckets->kind, &rows, minute * 60 * SECOND,
				     (minute + 5) * 60 * SECOND, ROLLUP_5M_US, &one),
			 BW_OK);
	assert_int_equal(rollup_append(buckets, &one, ROLLUP_5M_US), BW_OK);
	rollup_finish(&one);
	series_rows_finish(&rows);
}

static void test_a_bucket_is_its_worst(void **state)
{
	static const int healthy[] = { 0, 300, 0, 0, 0, 0, 0, 0 };
	static const int shortly_down[] = { 10, 200, 80, 10, 0, 0, 0, 0 };
	static const int shortly_unknown[] = { 1, 299, 0, 0, 0, 0, 0, 0 };
	static const int mostly_none[] = { 0, 100, 0, 20, 0, 0, 0, 180 };
	static const int half[] = { 0, 100, 0, 0, 0, 0, 0, 0 };
	static const int half_within[] = { 0, 0, 200, 0, 0, 0, 0, 0 };
	static const int nothing[SERIES_STATES_MAX] = { 0 };
	static const struct wanted_point wanted[] = {
		{ 60, BW_HEALTH_HEALTHY, false },   { 600, BW_HEALTH_UNHEALTHY, false },
		{ 900, BW_HEALTH_UNKNOWN, false },  { 1200, SERIES_NONE, false },
		{ 1800, BW_HEALTH_DEGRADED, true }, { 2100, SERIES_NONE, false },
	};
	struct timeline timeline = { 0 };
	struct rollup_buckets buckets;

	(void)state;
	rollup_init(&buckets, SERIES_COMPONENT);
	add_bucket(&buckets, 0, healthy, nothing);
	add_bucket(&buckets, 5, healthy, nothing);
	add_bucket(&buckets, 10, shortly_down, nothing);
	add_bucket(&buckets, 15, shortly_unknown, nothing);
	add_bucket(&buckets, 20, mostly_none, nothing);
	add_bucket(&buckets, 30, half, half_within);
	assert_int_equal(timeline_of_buckets(&buckets, 60 * SECOND, 3600 * SECOND, &timeline),
			 BW_OK);
	expect(&timeline, wanted, 6);
	timeline.count = 0;
	assert_int_equal(timeline_of_buckets(&buckets, 60 * SECOND, 1200 * SECOND, &timeline),
			 BW_OK);
	expect(&timeline, wanted, 3);
	assert_int_equal(timeline_of_buckets(&buckets, 1200 * SECOND, 2100 * SECOND, &timeline),
			 BW_OK);
	expect(&timeline, wanted, 5);
	rollup_finish(&buckets);
	timeline_finish(&timeline);
}

static void test_appending(void **state)
{
	struct timeline_point early[] = { { 0, 1, false }, { 10, 3, false }, { 30, 1, false } };
	struct timeline_point late[] = { { 20, 3, false }, { 40, 1, false } };
	const struct timeline more = { late, 2, 2 };
	struct timeline out = { 0 };

	(void)state;
	assert_int_equal(timeline_append(&out, &(struct timeline){ early, 3, 3 }), BW_OK);
	assert_int_equal(out.count, 3);
	assert_int_equal(timeline_append(&out, &more), BW_OK);
	assert_int_equal(out.count, 3);
	assert_int_equal(out.points[1].at_us, 10);
	assert_int_equal(out.points[2].at_us, 40);
	assert_int_equal(timeline_append(&out, &(struct timeline){ 0 }), BW_OK);
	assert_int_equal(out.count, 3);
	timeline_finish(&out);
}

/* --- uptime --- */

static void test_states_that_count(void **state)
{
	static const struct {
		enum series_kind kind;
		int state;
		char counts_as;
	} cases[] = {
		{ SERIES_COMPONENT, BW_HEALTH_HEALTHY, 'u' },
		{ SERIES_COMPONENT, BW_HEALTH_DEGRADED, 'u' },
		{ SERIES_COMPONENT, BW_HEALTH_UNHEALTHY, 'd' },
		{ SERIES_COMPONENT, BW_HEALTH_UNKNOWN, '?' },
		{ SERIES_COMPONENT, 5, '?' },
		{ SERIES_SYSTEM, SERIES_NONE, '?' },
		{ SERIES_BREAKER, BW_BREAKER_CLOSED + 1, 'u' },
		{ SERIES_BREAKER, BW_BREAKER_HALF_OPEN + 1, 'u' },
		{ SERIES_BREAKER, BW_BREAKER_OPEN + 1, 'd' },
		{ SERIES_BREAKER, BW_BREAKER_FORCED_OPEN + 1, 'd' },
		{ SERIES_BREAKER, 0, '?' },
		{ SERIES_HOST, 1, 'u' },
		{ SERIES_HOST, 0, '?' },
	};

	(void)state;
	for (size_t nth = 0; nth < sizeof(cases) / sizeof(cases[0]); nth++) {
		struct timeline_point point = { 0, (uint8_t)cases[nth].state, false };
		struct uptime uptime = { 0 };

		uptime_add_timeline(&uptime, cases[nth].kind, &(struct timeline){ &point, 1, 1 },
				    SECOND);
		assert_int_equal(uptime.up_us, cases[nth].counts_as == 'u' ? SECOND : 0);
		assert_int_equal(uptime.down_us, cases[nth].counts_as == 'd' ? SECOND : 0);
		assert_int_equal(uptime.unknown_us, cases[nth].counts_as == '?' ? SECOND : 0);
	}
}

static void test_texts(void **state)
{
	static const struct {
		int64_t up_us, down_us;
		const char *text;
	} cases[] = {
		{ 0, 0, "–" },
		{ 1, 0, "100 %" },
		{ INT64_C(400) * 86400 * SECOND, 0, "100 %" },
		{ INT64_C(400) * 86400 * SECOND, 1, "99.99 %" },
		{ INT64_C(4000) * 365 * 86400 * SECOND, 1, "99.99 %" },
		{ 1, 1, "50.00 %" },
		{ 2, 1, "66.66 %" },
		{ 9998, 2, "99.98 %" },
		{ 99989, 11, "99.98 %" },
		{ 0, 5, "0.00 %" },
		{ 7, 9993, "0.07 %" },
	};

	(void)state;
	for (size_t nth = 0; nth < sizeof(cases) / sizeof(cases[0]); nth++) {
		const struct uptime uptime = { .up_us = cases[nth].up_us,
					       .down_us = cases[nth].down_us,
					       .maintenance_us = 77,
					       .unknown_us = 78 };
		const double ratio = uptime_ratio(&uptime);
		char text[UPTIME_TEXT_MAX];

		uptime_text(&uptime, text);
		assert_string_equal(text, cases[nth].text);
		assert_int_equal(isnan(ratio), nth == 0);
		assert_int_equal(ratio == 1, cases[nth].down_us == 0 && nth > 0);
	}
}

/* A third of an hour with a microsecond of down time in it is not all up. */
static void test_a_share_of_a_bucket(void **state)
{
	struct rollup_bucket bucket = { .from_us = 0, .width_us = ROLLUP_1H_US };
	const struct rollup_buckets buckets = {
		.kind = SERIES_COMPONENT, .count = 1, .cap = 1, .items = &bucket
	};
	struct uptime uptime = { 0 };

	(void)state;
	bucket.state_us[BW_HEALTH_HEALTHY] = ROLLUP_1H_US / 2 - 1;
	bucket.state_us[BW_HEALTH_UNHEALTHY] = 1;
	bucket.state_us[SERIES_NONE] = ROLLUP_1H_US / 4;
	bucket.maintenance_us[BW_HEALTH_UNHEALTHY] = ROLLUP_1H_US / 4;
	uptime_add_buckets(&uptime, &buckets, 0, ROLLUP_1H_US / 3);
	assert_int_equal(uptime.up_us, ROLLUP_1H_US / 6 - 1);
	assert_int_equal(uptime.down_us, 1);
	assert_int_equal(uptime.maintenance_us, ROLLUP_1H_US / 12);
	assert_int_equal(uptime.unknown_us, ROLLUP_1H_US / 12);
	uptime_add_buckets(&uptime, &buckets, -SECOND, 0);
	assert_int_equal(uptime.unknown_us, ROLLUP_1H_US / 12 + SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_row_holds_no_longer_than_it_says),
		cmocka_unit_test(test_maintenance_begins_with_a_mark),
		cmocka_unit_test(test_beside_a_look_at_each_second),
		cmocka_unit_test(test_a_bucket_is_its_worst),
		cmocka_unit_test(test_appending),
		cmocka_unit_test(test_states_that_count),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_a_share_of_a_bucket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
