/* test_view_history.c - buckets, change points and uptime of a file whose older days are rollups,
 * beside those made of all rows at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/health.h"
#include "series/chunk.h"
#include "storage/ledger_impl.h"
#include "storage/statements.h"
#include "storage/view.h"
#include "support/folder.h"

#define SECOND BW_SECOND_US
#define DAY (24 * ROLLUP_1H_US)
#define START (20000 * DAY)

enum { DAYS = 20, ROLLED = 12, SERIES = 7 };

struct bed {
	struct folder folder;
	char path[FOLDER_PATH_MAX + 32];
	struct sql *sql;
	struct store_view *view;
	struct series_rows rows; /* all */
	struct bw_error err;
};

static uint64_t next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void add(struct series_rows *rows, int64_t time_us, int status, int hold, int maintenance,
		int64_t response_us)
{
	const struct series_cell cells[SERIES_COMPONENT_FIELDS] = {
		[SERIES_COMPONENT_STATUS] = { SERIES_INTEGER, { .integer = status } },
		[SERIES_COMPONENT_HOLD] = { hold < 0 ? SERIES_ABSENT : SERIES_INTEGER,
					    { .integer = hold < 0 ? 0 : hold } },
		[SERIES_COMPONENT_MAINTENANCE] = { SERIES_INTEGER, { .integer = maintenance } },
		[SERIES_COMPONENT_RESPONSE] = { SERIES_INTEGER, { .integer = response_us } },
	};

	assert_int_equal(series_rows_add(rows, time_us, cells), BW_OK);
}

/* A look a minute, with bad spells, maintenance, marks, and hours in which nobody looked. */
static void fill(struct series_rows *rows)
{
	static const int states[] = { 1, 1, 1, 1, 1, 1, 2, 3, 3, 0 };
	uint64_t seed = 88172645463325252;
	int64_t time_us = START + 3 * 3600 * SECOND, until_us = 0;
	int state = 1, maintenance = 0;

	while (time_us < START + DAYS * DAY) {
		if (time_us >= until_us) {
			state = states[next(&seed) % 10];
			maintenance = next(&seed) % 8 == 0;
			until_us = time_us + (int64_t)(next(&seed) % 20000) * SECOND;
			if (next(&seed) % 15 == 0)
				time_us += (int64_t)(next(&seed) % 20000) * SECOND;
		}
		if (next(&seed) % 300 == 0)
			add(rows, time_us, SERIES_NONE, -1, 0, 0);
		else
			add(rows, time_us, state, 90, maintenance,
			    12000 + (int64_t)(next(&seed) % 3000));
		time_us += 58 * SECOND + (int64_t)(next(&seed) % 4000000);
	}
}

/* Rows of [from, to), with the one before. */
static void take(const struct series_rows *from, int64_t from_us, int64_t to_us, bool before,
		 struct series_rows *out)
{
	struct series_cell cells[SERIES_FIELDS_MAX];
	int64_t time_us;

	series_rows_init(out, from->field_count);
	for (size_t nth = 0; nth < from->count; nth++) {
		const bool is_before = before && nth + 1 < from->count &&
				       from->times_us[nth] < from_us &&
				       from->times_us[nth + 1] >= from_us;

		if (!is_before && (from->times_us[nth] < from_us || from->times_us[nth] >= to_us))
			continue;
		series_rows_get(from, nth, &time_us, cells);
		assert_int_equal(series_rows_add(out, time_us, cells), BW_OK);
	}
}

static void put(struct bed *bed, int level, int64_t from_us, int64_t to_us,
		const struct bw_buf *bytes)
{
	const struct ledger_chunk chunk = { (enum rollup_level)level, from_us, to_us, 1, bytes };

	assert_int_equal(bytes->status, BW_OK);
	assert_int_equal(ledger_add_chunk(bed->sql, SERIES, &chunk, &bed->err), BW_OK);
}

static void put_rows(struct bed *bed, int level, const struct series_rows *rows)
{
	struct bw_buf bytes;

	if (rows->count == 0)
		return;
	bw_buf_init(&bytes, 0);
	chunk_encode(&bytes, SERIES_COMPONENT, rows);
	put(bed, level, rows->times_us[0], rows->times_us[rows->count - 1], &bytes);
	bw_buf_finish(&bytes);
}

static void put_level(struct bed *bed, enum rollup_level level, const struct series_rows *rows,
		      int64_t day_us)
{
	struct rollup_buckets buckets;
	struct bw_buf bytes;

	rollup_init(&buckets, SERIES_COMPONENT);
	bw_buf_init(&bytes, 0);
	assert_int_equal(rollup_rows(SERIES_COMPONENT, rows, day_us, day_us + DAY,
				     rollup_level_us(level), &buckets),
			 BW_OK);
	rollup_encode(&bytes, level, &buckets);
	put(bed, level, day_us, day_us + DAY - 1, &bytes);
	bw_buf_finish(&bytes);
	rollup_finish(&buckets);
}

struct shape {
	int64_t without_5m_until_us, damaged_day_us, late_from_us, late_to_us;
};

static void put_day(struct bed *bed, const struct shape *shape, int64_t day_us)
{
	struct series_rows rows;

	if (day_us >= START + ROLLED * DAY) {
		take(&bed->rows, day_us, day_us + DAY, false, &rows);
		put_rows(bed, ROLLUP_RAW, &rows);
	} else {
		take(&bed->rows, day_us, day_us + DAY, true, &rows);
		if (shape->damaged_day_us == day_us)
			put(bed, ROLLUP_5M, day_us, day_us + DAY - 1,
			    &(struct bw_buf){ .data = (char[]){ "damaged chunk" }, .len = 13 });
		else if (day_us >= shape->without_5m_until_us)
			put_level(bed, ROLLUP_5M, &rows, day_us);
		put_level(bed, ROLLUP_1H, &rows, day_us);
	}
	series_rows_finish(&rows);
}

static void put_carry(struct bed *bed)
{
	struct series_rows rows;

	take(&bed->rows, START, START + ROLLED * DAY, false, &rows);
	rows.times_us[0] = rows.times_us[rows.count - 1];
	for (size_t field = 0; field < rows.field_count; field++) {
		rows.columns[field].types[0] = rows.columns[field].types[rows.count - 1];
		rows.columns[field].values[0] = rows.columns[field].values[rows.count - 1];
	}
	rows.count = 1;
	put_rows(bed, LEDGER_LEVEL_CARRY, &rows);
	series_rows_finish(&rows);
}

/* What comes late is not among the rows that the days are made of. */
static void take_late(struct bed *bed, const struct shape *shape, struct series_rows *late)
{
	struct series_rows early, behind;

	take(&bed->rows, shape->late_from_us, shape->late_to_us, false, late);
	if (late->count == 0)
		return;
	take(&bed->rows, INT64_MIN, shape->late_from_us, false, &early);
	take(&bed->rows, shape->late_to_us, INT64_MAX, false, &behind);
	assert_int_equal(series_rows_append(&early, &behind), BW_OK);
	series_rows_finish(&behind);
	series_rows_finish(&bed->rows);
	bed->rows = early;
}

static void bed_begin(struct bed *bed, const struct shape *shape)
{
	const struct sql_value series[] = { sql_integer(SERIES), sql_integer(SERIES_COMPONENT),
					    sql_text("db") };
	struct series_rows all, late;

	folder_init(&bed->folder);
	folder_name(&bed->folder, "bellwether.db", bed->path, sizeof(bed->path));
	series_rows_init(&bed->rows, SERIES_COMPONENT_FIELDS);
	fill(&bed->rows);
	assert_int_equal(
		sql_open(&(struct sql_place){ bed->path, "", SQL_WRITER }, &bed->sql, &bed->err),
		BW_OK);
	assert_int_equal(bed->sql->driver->begin(bed->sql, false, &bed->err), BW_OK);
	assert_int_equal(sql_run(bed->sql, SQL_SERIES_ADD, series, 3, &bed->err), BW_OK);
	take(&bed->rows, INT64_MIN, INT64_MAX, false, &all);
	take_late(bed, shape, &late);
	for (int day = 0; day < DAYS; day++)
		put_day(bed, shape, START + day * DAY);
	put_carry(bed);
	put_rows(bed, ROLLUP_RAW, &late);
	assert_int_equal(bed->sql->driver->commit(bed->sql, &bed->err), BW_OK);
	bed->sql->driver->close(bed->sql);
	series_rows_finish(&bed->rows);
	series_rows_finish(&late);
	bed->rows = all;
	assert_int_equal(store_view_open(bed->path, "", &bed->view, &bed->err), BW_OK);
}

static void bed_end(struct bed *bed)
{
	store_view_close(bed->view);
	series_rows_finish(&bed->rows);
	folder_finish(&bed->folder);
}

static struct view_wanted wanted_of(int64_t from_us, int64_t to_us)
{
	return (struct view_wanted){ SERIES_COMPONENT, "db", from_us, to_us, 0, true };
}

/* --- buckets --- */

static void expect_same_gauge(const struct rollup_gauge *left, const struct rollup_gauge *right)
{
	assert_int_equal(left->count, right->count);
	assert_true(left->min == right->min && left->max == right->max);
	assert_true(left->sum == right->sum);
	assert_int_equal(left->sketch.total, right->sketch.total);
	assert_int_equal(left->sketch.count, right->sketch.count);
	if (left->sketch.count > 0)
		assert_memory_equal(left->sketch.buckets, right->sketch.buckets,
				    left->sketch.count * sizeof(left->sketch.buckets[0]));
}

static void expect_buckets(struct bed *bed, int64_t from_us, int64_t to_us, int64_t width_us)
{
	const struct view_wanted wanted = wanted_of(from_us, to_us);
	struct rollup_buckets got, direct;

	rollup_init(&got, SERIES_COMPONENT);
	rollup_init(&direct, SERIES_COMPONENT);
	assert_int_equal(store_view_buckets(bed->view, &wanted, width_us, &got, &bed->err), BW_OK);
	assert_int_equal(
		rollup_rows(SERIES_COMPONENT, &bed->rows, from_us, to_us, width_us, &direct),
		BW_OK);
	assert_int_equal(got.count, direct.count);
	for (size_t nth = 0; nth < got.count; nth++) {
		assert_memory_equal(&got.items[nth], &direct.items[nth], sizeof(got.items[nth]));
		expect_same_gauge(rollup_gauge_at(&got, nth, SERIES_COMPONENT_RESPONSE),
				  rollup_gauge_at(&direct, nth, SERIES_COMPONENT_RESPONSE));
	}
	rollup_finish(&got);
	rollup_finish(&direct);
}

static void test_buckets(void **state)
{
	static const int64_t hours[] = { 1, 2, 6, 24, 24 * 7 };
	struct bed bed = { 0 };

	(void)state;
	bed_begin(&bed, &(struct shape){ 0 });
	expect_buckets(&bed, START, START + DAYS * DAY, ROLLUP_5M_US);
	expect_buckets(&bed, START + 5 * DAY, START + 15 * DAY, 3 * ROLLUP_5M_US);
	for (size_t nth = 0; nth < sizeof(hours) / sizeof(hours[0]); nth++) {
		const int64_t width_us = hours[nth] * ROLLUP_1H_US;

		expect_buckets(&bed, (START + 10 * DAY) / width_us * width_us, START + DAYS * DAY,
			       width_us);
	}
	expect_buckets(&bed, START + 11 * DAY, START + 12 * DAY + ROLLUP_1H_US, ROLLUP_5M_US);
	expect_buckets(&bed, START + 12 * DAY, START + 12 * DAY + ROLLUP_1H_US, ROLLUP_5M_US);
	bed_end(&bed);
}

static void test_buckets_that_are_refused(void **state)
{
	const struct view_wanted all = wanted_of(INT64_MIN, INT64_MAX);
	struct view_wanted stranger = all;
	struct bed bed = { 0 };
	struct rollup_buckets out;

	(void)state;
	bed_begin(&bed, &(struct shape){ 0 });
	rollup_init(&out, SERIES_COMPONENT);
	assert_int_equal(store_view_buckets(bed.view, &all, 0, &out, &bed.err), BW_EINVAL);
	assert_int_equal(store_view_buckets(bed.view, &all, ROLLUP_5M_US + 1, &out, &bed.err),
			 BW_EINVAL);
	assert_int_equal(store_view_buckets(bed.view, &all, ROLLUP_5M_US, &out, &bed.err),
			 BW_ELIMIT);
	stranger.name = "stranger";
	assert_int_equal(store_view_buckets(bed.view, &stranger, DAY, &out, &bed.err), BW_OK);
	assert_int_equal(out.count, 0);
	rollup_finish(&out);
	bed_end(&bed);
}

/* Where only hours are left they are given, and say so. */
static void test_buckets_of_hours_alone(void **state)
{
	const struct view_wanted wanted = wanted_of(START + DAY, START + 2 * DAY);
	struct bed bed = { 0 };
	struct rollup_buckets out;

	(void)state;
	bed_begin(&bed, &(struct shape){ .without_5m_until_us = START + 6 * DAY });
	rollup_init(&out, SERIES_COMPONENT);
	assert_int_equal(store_view_buckets(bed.view, &wanted, ROLLUP_5M_US, &out, &bed.err),
			 BW_OK);
	assert_int_equal(out.count, 24);
	assert_int_equal(out.items[0].width_us, ROLLUP_1H_US);
	rollup_finish(&out);
	expect_buckets(&bed, START + 7 * DAY, START + 8 * DAY, ROLLUP_5M_US);
	bed_end(&bed);
}

/* --- change points and uptime --- */

static void direct_uptime(const struct series_rows *rows, int64_t from_us, int64_t to_us,
			  struct uptime *out)
{
	struct timeline points = { 0 };

	*out = (struct uptime){ 0 };
	assert_int_equal(timeline_of_rows(SERIES_COMPONENT, rows, from_us, to_us, &points), BW_OK);
	uptime_add_timeline(out, SERIES_COMPONENT, &points, to_us);
	timeline_finish(&points);
}

static void expect_uptime(struct bed *bed, int64_t from_us, int64_t to_us)
{
	const struct view_wanted wanted = wanted_of(from_us, to_us);
	struct uptime got, direct;

	direct_uptime(&bed->rows, from_us, to_us, &direct);
	assert_int_equal(store_view_uptime(bed->view, &wanted, &got, &bed->err), BW_OK);
	assert_int_equal(got.up_us, direct.up_us);
	assert_int_equal(got.down_us, direct.down_us);
	assert_int_equal(got.maintenance_us, direct.maintenance_us);
	assert_int_equal(got.unknown_us, direct.unknown_us);
}

static void test_uptime(void **state)
{
	struct view_wanted stranger = wanted_of(START, START + DAY);
	struct bed bed = { 0 };
	struct uptime uptime;

	(void)state;
	bed_begin(&bed, &(struct shape){ 0 });
	for (int from = 0; from < DAYS; from += 3)
		for (int to = from + 1; to <= DAYS; to += 4)
			expect_uptime(&bed, START + from * DAY, START + to * DAY);
	expect_uptime(&bed, START + 13 * DAY + 12345, START + 17 * DAY + 54321);
	expect_uptime(&bed, START + 12 * DAY, START + 12 * DAY + SECOND);
	expect_uptime(&bed, START - 300 * DAY, START + 60 * DAY);
	stranger.name = "stranger";
	assert_int_equal(store_view_uptime(bed.view, &stranger, &uptime, &bed.err), BW_OK);
	assert_int_equal(uptime.unknown_us, DAY);
	assert_int_equal(uptime.up_us, 0);
	bed_end(&bed);
}

static uint8_t state_at(const struct timeline *timeline, int64_t at_us, bool *maintenance)
{
	size_t nth = 0;

	assert_true(timeline->count > 0 && timeline->points[0].at_us <= at_us);
	while (nth + 1 < timeline->count && timeline->points[nth + 1].at_us <= at_us)
		nth++;
	*maintenance = timeline->points[nth].maintenance;
	return timeline->points[nth].state;
}

static void expect_points(struct bed *bed, int64_t from_us, int64_t to_us)
{
	const int64_t exact_us = START + ROLLED * DAY;
	const struct view_wanted wanted = wanted_of(from_us, to_us);
	struct timeline got = { 0 }, exact = { 0 }, coarse = { 0 };
	struct rollup_buckets buckets;

	rollup_init(&buckets, SERIES_COMPONENT);
	assert_int_equal(store_view_timeline(bed->view, &wanted, &got, &bed->err), BW_OK);
	assert_int_equal(timeline_of_rows(SERIES_COMPONENT, &bed->rows, from_us, to_us, &exact),
			 BW_OK);
	assert_int_equal(
		rollup_rows(SERIES_COMPONENT, &bed->rows, START, exact_us, ROLLUP_5M_US, &buckets),
		BW_OK);
	assert_int_equal(timeline_of_buckets(&buckets, from_us, exact_us, &coarse), BW_OK);
	assert_int_equal(got.points[0].at_us, from_us);
	for (int64_t at_us = from_us; at_us < to_us; at_us += 7 * SECOND) {
		bool got_maintenance, maintenance;
		const uint8_t state =
			state_at(at_us < exact_us ? &coarse : &exact, at_us, &maintenance);

		assert_int_equal(state_at(&got, at_us, &got_maintenance), state);
		assert_int_equal(got_maintenance, maintenance);
	}
	for (size_t nth = 1; nth < got.count; nth++)
		assert_true(got.points[nth].at_us > got.points[nth - 1].at_us &&
			    (got.points[nth].state != got.points[nth - 1].state ||
			     got.points[nth].maintenance != got.points[nth - 1].maintenance));
	rollup_finish(&buckets);
	timeline_finish(&got);
	timeline_finish(&exact);
	timeline_finish(&coarse);
}

static void test_change_points(void **state)
{
	struct view_wanted stranger = wanted_of(START, START + DAY);
	struct timeline points = { 0 };
	struct bed bed = { 0 };

	(void)state;
	bed_begin(&bed, &(struct shape){ 0 });
	expect_points(&bed, START - DAY, START + DAYS * DAY);
	expect_points(&bed, START + 11 * DAY + 77 * SECOND, START + 13 * DAY + 3 * SECOND);
	expect_points(&bed, START + 14 * DAY + 77 * SECOND, START + 14 * DAY + 300 * SECOND);
	stranger.name = "stranger";
	assert_int_equal(store_view_timeline(bed.view, &stranger, &points, &bed.err), BW_OK);
	assert_int_equal(points.count, 0);
	bed_end(&bed);
}

/* All time is no trap. */
static void test_all_time(void **state)
{
	const struct view_wanted all = wanted_of(INT64_MIN / 2, INT64_MAX / 2);
	struct timeline points = { 0 };
	struct bed bed = { 0 };
	struct uptime got, direct;

	(void)state;
	bed_begin(&bed, &(struct shape){ 0 });
	direct_uptime(&bed.rows, START, START + DAYS * DAY + 3600 * SECOND, &direct);
	assert_int_equal(store_view_uptime(bed.view, &all, &got, &bed.err), BW_OK);
	assert_int_equal(got.up_us, direct.up_us);
	assert_int_equal(got.down_us, direct.down_us);
	assert_int_equal(store_view_timeline(bed.view, &all, &points, &bed.err), BW_OK);
	assert_int_equal(points.points[0].at_us, INT64_MIN / 2);
	assert_int_equal(points.points[0].state, SERIES_NONE);
	assert_int_equal(points.points[points.count - 1].state, SERIES_NONE);
	timeline_finish(&points);
	bed_end(&bed);
}

/* --- damage, rows that come late, extents --- */

static void test_hours_step_in_for_a_damaged_chunk(void **state)
{
	struct bed bed = { 0 };

	(void)state;
	bed_begin(&bed, &(struct shape){ .damaged_day_us = START + 4 * DAY });
	expect_uptime(&bed, START + 4 * DAY, START + 5 * DAY);
	assert_int_equal(store_view_damaged(bed.view), 1);
	expect_uptime(&bed, START, START + DAYS * DAY);
	assert_int_equal(store_view_damaged(bed.view), 1);
	bed_end(&bed);
}

static void test_rows_that_come_late(void **state)
{
	const struct shape shape = { .late_from_us = START + 6 * DAY + 1000 * SECOND,
				     .late_to_us = START + 6 * DAY + 9000 * SECOND };
	const struct view_wanted wanted = wanted_of(START + 6 * DAY, START + 7 * DAY);
	struct rollup_buckets buckets, plain;
	struct uptime got, direct;
	struct bed bed = { 0 };

	(void)state;
	bed_begin(&bed, &shape);
	direct_uptime(&bed.rows, wanted.from_us, wanted.to_us, &direct);
	assert_int_equal(store_view_uptime(bed.view, &wanted, &got, &bed.err), BW_OK);
	/* But for the holds that would have been cut short. */
	assert_in_range(got.unknown_us + 180 * SECOND, direct.unknown_us,
			direct.unknown_us + 360 * SECOND);
	assert_in_range(got.down_us + 180 * SECOND, direct.down_us, direct.down_us + 360 * SECOND);
	rollup_init(&buckets, SERIES_COMPONENT);
	rollup_init(&plain, SERIES_COMPONENT);
	assert_int_equal(store_view_buckets(bed.view, &wanted, DAY, &buckets, &bed.err), BW_OK);
	assert_int_equal(
		rollup_rows(SERIES_COMPONENT, &bed.rows, wanted.from_us, wanted.to_us, DAY, &plain),
		BW_OK);
	assert_int_equal(buckets.count, 1);
	assert_int_equal(buckets.items[0].looks, plain.items[0].looks);
	rollup_finish(&buckets);
	rollup_finish(&plain);
	expect_uptime(&bed, START + 7 * DAY, START + DAYS * DAY);
	bed_end(&bed);
}

static void test_extents(void **state)
{
	struct view_extent extent;
	struct bed bed = { 0 };

	(void)state;
	bed_begin(&bed, &(struct shape){ .without_5m_until_us = START + 6 * DAY });
	assert_int_equal(store_view_extent(bed.view, SERIES_COMPONENT, "db", &extent, &bed.err),
			 BW_OK);
	assert_in_range(extent.raw_from_us, START + ROLLED * DAY,
			START + ROLLED * DAY + 7 * 3600 * SECOND);
	assert_int_equal(extent.rollup_5m_from_us, START + 6 * DAY);
	assert_int_equal(extent.rollup_1h_from_us, START);
	assert_int_equal(store_view_extent(bed.view, SERIES_BREAKER, "db", &extent, &bed.err),
			 BW_OK);
	assert_int_equal(extent.raw_from_us, INT64_MAX);
	assert_int_equal(extent.rollup_1h_from_us, INT64_MAX);
	bed_end(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_buckets_that_are_refused),
		cmocka_unit_test(test_buckets_of_hours_alone),
		cmocka_unit_test(test_uptime),
		cmocka_unit_test(test_change_points),
		cmocka_unit_test(test_all_time),
		cmocka_unit_test(test_hours_step_in_for_a_damaged_chunk),
		cmocka_unit_test(test_rows_that_come_late),
		cmocka_unit_test(test_extents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
