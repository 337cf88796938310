/* test_api_series.c - what an answer is made of: rows, some of them, or buckets; and how it is told
 * as columns, objects and CSV. The view is one of our own.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "core/health.h"
#include "daemon/api_columns.h"
#include "daemon/api_csv.h"
#include "daemon/api_points.h"
#include "daemon/api_series.h"

#define SECOND BW_SECOND_US
#define NOW_US (1772461800 * SECOND)

/* --- a view that has what the test says --- */

struct store_view {
	struct view_extent extent;
	size_t rows;  /* one a second, until now */
	size_t marks; /* of them, the latest */
	size_t spike; /* the nth from the latest takes ten times as long */
	enum bw_status rows_status;
	bool asked_rows, asked_timeline;
	int64_t asked_width_us;
	bool only_hours; /* finer rollups are gone */
};

enum bw_status store_view_extent(struct store_view *view, enum series_kind kind, const char *name,
				 struct view_extent *out, struct bw_error *err)
{
	(void)err;
	assert_int_equal(kind, SERIES_COMPONENT);
	assert_string_equal(name, "db");
	*out = view->extent;
	return BW_OK;
}

static struct series_cell integer(int64_t value)
{
	return (struct series_cell){ SERIES_INTEGER, { .integer = value } };
}

static void add_row(const struct store_view *view, size_t nth, struct series_rows *out)
{
	const size_t ago = view->rows - 1 - nth;
	const bool is_mark = ago < view->marks;
	struct series_cell cells[SERIES_COMPONENT_FIELDS] = {
		[SERIES_COMPONENT_STATUS] = integer(is_mark ? SERIES_NONE : BW_HEALTH_HEALTHY),
	};

	if (!is_mark) {
		cells[SERIES_COMPONENT_HOLD] = integer(60);
		cells[SERIES_COMPONENT_MAINTENANCE] = integer(0);
		cells[SERIES_COMPONENT_ERROR] = integer(ago == view->spike ? 7 : 0);
		cells[SERIES_COMPONENT_RESPONSE] =
			integer(ago == view->spike ? 90000 : 9000 + (int64_t)(nth % 5));
	}
	xalloc_must(series_rows_add(out, NOW_US - (int64_t)ago * SECOND, cells));
}

enum bw_status store_view_rows(struct store_view *view, const struct view_wanted *wanted,
			       struct series_rows *out, struct bw_error *err)
{
	view->asked_rows = true;
	assert_true(wanted->with_before);
	if (view->rows_status != BW_OK)
		return bw_fail(err, view->rows_status, "the disk is away");
	series_rows_init(out, SERIES_COMPONENT_FIELDS);
	for (size_t i = 0; i < view->rows; i++)
		add_row(view, i, out);
	xalloc_must(series_rows_settle(out, wanted->from_us, wanted->to_us));
	return BW_OK;
}

enum bw_status store_view_buckets(struct store_view *view, const struct view_wanted *wanted,
				  int64_t width_us, struct rollup_buckets *out,
				  struct bw_error *err)
{
	struct series_rows rows;

	view->asked_width_us = width_us;
	assert_int_equal(wanted->from_us % width_us, 0);
	view->rows_status = BW_OK;
	enum bw_status status = store_view_rows(view, wanted, &rows, err);
	assert_int_equal(status, BW_OK);
	status = rollup_rows(wanted->kind, &rows, wanted->from_us, wanted->to_us,
			     view->only_hours ? ROLLUP_1H_US : width_us, out);
	series_rows_finish(&rows);
	return status;
}

enum bw_status store_view_timeline(struct store_view *view, const struct view_wanted *wanted,
				   struct timeline *out, struct bw_error *err)
{
	(void)wanted;
	(void)out;
	(void)err;
	view->asked_timeline = true;
	return BW_OK;
}

const char *store_view_text(struct store_view *view, int64_t number)
{
	(void)view;
	return number == 7 ? "no answer, \"again\"" : "";
}

/* --- questions --- */

static const struct view_extent raw_only = { NOW_US - 100000 * SECOND, INT64_MAX, INT64_MAX };

static struct api_series_wanted wanted_of(int64_t seconds, int64_t points,
					  enum api_series_form form)
{
	return (struct api_series_wanted){
		.kind = SERIES_COMPONENT,
		.name = "db",
		.range = { .from = { NOW_US - seconds * SECOND },
			   .to = { NOW_US },
			   .now = { NOW_US },
			   .points = points,
			   .method = BW_DOWNSAMPLE_MINMAX },
		.form = form,
	};
}

static struct api_series read_of(struct store_view *view, const struct api_series_wanted *wanted)
{
	struct api_series series = { 0 };
	struct bw_error err;

	assert_int_equal(api_series_read(view, wanted, &series, &err), BW_OK);
	return series;
}

static int64_t response_at(const struct api_series *series, size_t nth)
{
	return series->rows.columns[SERIES_COMPONENT_RESPONSE].values[series->kept[nth]].integer;
}

static void test_few_rows_are_told_as_they_are(void **state)
{
	struct store_view view = { raw_only, .rows = 10, .marks = 1, .spike = 3 };
	const struct api_series_wanted wanted = wanted_of(100, 500, API_SERIES_THIN);
	struct api_series series = read_of(&view, &wanted);

	(void)state;
	assert_true(series.is_known);
	assert_int_equal(series.resolution_us, 0);
	assert_int_equal(series.found, 9);
	assert_int_equal(series.count, 9);
	assert_true(series.timeline.count >= 2);
	assert_int_equal(series.timeline.points[0].state, SERIES_NONE);
	api_series_finish(&series);
}

static void test_thinned_rows_keep_the_spike(void **state)
{
	struct store_view view = { raw_only, .rows = 5000, .spike = 1234 };
	const struct api_series_wanted wanted = wanted_of(6000, 50, API_SERIES_THIN);
	struct api_series series = read_of(&view, &wanted);
	bool has_spike = false;

	(void)state;
	assert_int_equal(series.found, 5000);
	assert_in_range(series.count, 3, 50);
	assert_int_equal(series.kept[0], 0);
	assert_int_equal(series.kept[series.count - 1], 4999);
	for (size_t i = 0; i < series.count; i++)
		has_spike |= response_at(&series, i) == 90000;
	assert_true(has_spike);
	api_series_finish(&series);
}

static void test_columns_become_buckets_with_bands(void **state)
{
	struct store_view view = { raw_only, .rows = 5000, .spike = 1234 };
	struct api_series_wanted wanted = wanted_of(6000, 50, API_SERIES_BUCKETS);
	struct api_series series = read_of(&view, &wanted);
	double highest = 0;

	(void)state;
	assert_int_equal(series.resolution_us, 300 * SECOND);
	assert_int_equal(series.found, 5000);
	assert_in_range(series.count, 16, 18); /* nobody looked before: no buckets there */
	for (size_t i = 0; i < series.count; i++)
		highest = fmax(highest, rollup_gauge_at(&series.buckets, series.kept[i],
							SERIES_COMPONENT_RESPONSE)
						->max);
	assert_true(highest == 90000);
	assert_false(view.asked_timeline);
	api_series_finish(&series);
	wanted.range.method = BW_DOWNSAMPLE_LTTB;
	series = read_of(&view, &wanted);
	assert_int_equal(series.resolution_us, 0);
	assert_int_equal(series.count, 50);
	api_series_finish(&series);
}

static void test_what_was_rolled_up_is_told_as_buckets(void **state)
{
	struct store_view view = { { NOW_US - 5000 * SECOND, NOW_US - 9000 * SECOND, INT64_MAX },
				   .rows = 5000 };
	const struct api_series_wanted wanted = wanted_of(8000, 500, API_SERIES_THIN);
	struct api_series series = read_of(&view, &wanted);

	(void)state;
	assert_int_equal(view.asked_width_us, 300 * SECOND);
	assert_int_equal(series.resolution_us, 300 * SECOND);
	assert_true(view.asked_timeline);
	api_series_finish(&series);
}

static void test_where_only_hours_are_left_the_answer_says_so(void **state)
{
	struct store_view view = { { NOW_US - 5000 * SECOND, INT64_MAX, NOW_US - 9000 * SECOND },
				   .rows = 5000,
				   .only_hours = true };
	const struct api_series_wanted wanted = wanted_of(8000, 500, API_SERIES_THIN);
	struct api_series series = read_of(&view, &wanted);

	(void)state;
	assert_int_equal(view.asked_width_us, 300 * SECOND);
	assert_int_equal(series.resolution_us, 3600 * SECOND);
	api_series_finish(&series);
}

static void test_before_anything_is_kept_is_nothing(void **state)
{
	struct store_view view = { { NOW_US - 5000 * SECOND, INT64_MAX, INT64_MAX }, .rows = 5 };
	const struct api_series_wanted wanted = wanted_of(365 * 86400, 20000, API_SERIES_THIN);
	struct api_series series = read_of(&view, &wanted);

	(void)state;
	assert_int_equal(view.asked_width_us, 0);
	assert_int_equal(series.count, 5);
	assert_int_equal(series.timeline.points[0].state, SERIES_NONE);
	api_series_finish(&series);
}

static void test_a_name_nobody_knows(void **state)
{
	struct store_view view = { { INT64_MAX, INT64_MAX, INT64_MAX } };
	const struct api_series_wanted wanted = wanted_of(100, 500, API_SERIES_THIN);
	struct api_series series = read_of(&view, &wanted);

	(void)state;
	assert_false(series.is_known);
	assert_int_equal(series.count, 0);
	assert_false(view.asked_rows);
	api_series_finish(&series);
}

static void test_too_many_rows(void **state)
{
	struct store_view view = { { 0, INT64_MAX, INT64_MAX }, .rows = API_SERIES_ROWS_MAX + 1 };
	const struct api_series_wanted some = wanted_of(400000, 500, API_SERIES_THIN);
	const struct api_series_wanted all = wanted_of(400000, 500, API_SERIES_ALL);
	struct api_series series = read_of(&view, &some);
	struct bw_error err;

	(void)state;
	assert_int_equal(series.resolution_us, 900 * SECOND);
	api_series_finish(&series);
	assert_int_equal(api_series_read(&view, &all, &series, &err), BW_ELIMIT);
	assert_non_null(strstr(err.text, "200000"));
	api_series_finish(&series);
	view.rows_status = BW_ELIMIT;
	assert_int_equal(api_series_read(&view, &all, &series, &err), BW_ELIMIT);
	api_series_finish(&series);
}

static void test_the_words_of_a_store_that_fails(void **state)
{
	struct store_view view = { raw_only, .rows_status = BW_EIO };
	const struct api_series_wanted wanted = wanted_of(100, 500, API_SERIES_THIN);
	struct api_series series = { 0 };
	struct bw_error err;

	(void)state;
	assert_int_equal(api_series_read(&view, &wanted, &series, &err), BW_EIO);
	assert_string_equal(err.text, "the disk is away");
	api_series_finish(&series);
}

/* --- how it is told --- */

static char *json_of(const struct api_series *series, struct store_view *view)
{
	struct bw_json json;
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	if (view != NULL)
		api_points_write(series, view, &json);
	else
		api_columns_write(series, &json);
	bw_json_object_end(&json);
	return bw_buf_take(&buf, NULL);
}

static void expect(char *told, const char *wanted)
{
	assert_string_equal(told, wanted);
	free(told);
}

static void test_rows_as_columns(void **state)
{
	struct store_view view = { raw_only, .rows = 4, .marks = 1, .spike = 2 };
	const struct api_series_wanted wanted = wanted_of(10, 500, API_SERIES_BUCKETS);
	struct api_series series = read_of(&view, &wanted);

	(void)state;
	expect(json_of(&series, NULL),
	       "{\"resolution_s\":0,\"found\":3,\"cut\":false,\"step_s\":[7,1,1],\"values\":"
	       "{\"response_us\":[9000,90000,9002]},\"bands\":{},\"quantiles\":{}}");
	api_series_finish(&series);
}

static void test_rows_as_objects(void **state)
{
	struct store_view view = { raw_only, .rows = 3, .marks = 1, .spike = 1 };
	const struct api_series_wanted wanted = wanted_of(10, 500, API_SERIES_THIN);
	struct api_series series = read_of(&view, &wanted);

	(void)state;
	expect(json_of(&series, &view),
	       "{\"from\":\"2026-03-02T14:29:50+00:00\",\"to\":\"2026-03-02T14:30:00+00:00\","
	       "\"found\":2,\"cut\":false,\"resolution_seconds\":0,\"data\":["
	       "{\"timestamp\":\"2026-03-02T14:29:58+00:00\",\"status\":\"healthy\","
	       "\"response_time_ms\":9.0},"
	       "{\"timestamp\":\"2026-03-02T14:29:59+00:00\",\"status\":\"healthy\","
	       "\"response_time_ms\":90.0,\"error_message\":\"no answer, \\\"again\\\"\"}]}");
	api_series_finish(&series);
}

static void test_rows_as_csv_have_marks(void **state)
{
	struct store_view view = { raw_only, .rows = 2, .marks = 1, .spike = 1 };
	const struct api_series_wanted wanted = wanted_of(10, 500, API_SERIES_ALL);
	struct api_series series = read_of(&view, &wanted);
	struct bw_buf buf;

	(void)state;
	bw_buf_init(&buf, 0);
	api_csv_write(&series, &view, &buf);
	expect(bw_buf_take(&buf, NULL),
	       "time,status,hold,maintenance,error,response_us\n"
	       "2026-03-02T14:29:59+00:00,healthy,60,0,\"no answer, \"\"again\"\"\",90000\n"
	       "2026-03-02T14:30:00+00:00,none,,,,\n");
	api_series_finish(&series);
}

/* Two buckets; in the first nobody was answered. */
static void two_buckets(struct api_series *series, const struct api_series_wanted *wanted)
{
	const int64_t from_us = wanted->range.from.us - 100 * SECOND;
	struct rollup_buckets buckets;
	struct series_rows rows;
	struct series_cell cells[SERIES_COMPONENT_FIELDS] = { [SERIES_COMPONENT_HOLD] =
								      integer(10) };

	series_rows_init(&rows, SERIES_COMPONENT_FIELDS);
	for (int i = 0; i < 5; i++) {
		static const int64_t at_s[] = { 100, 105, 600, 610, 890 };
		static const double took[] = { NAN, NAN, 1000, 2000, 3000.5 };

		cells[SERIES_COMPONENT_STATUS] =
			integer(i < 2 ? BW_HEALTH_UNHEALTHY : BW_HEALTH_HEALTHY);
		cells[SERIES_COMPONENT_RESPONSE] =
			(struct series_cell){ i < 2 ? SERIES_ABSENT : SERIES_REAL,
					      { .real = took[i] } };
		xalloc_must(series_rows_add(&rows, from_us + at_s[i] * SECOND, cells));
	}
	rollup_init(&buckets, SERIES_COMPONENT);
	xalloc_must(rollup_rows(SERIES_COMPONENT, &rows, from_us, from_us + 900 * SECOND,
				300 * SECOND, &buckets));
	series_rows_finish(&rows);
	series->kind = SERIES_COMPONENT;
	series->from = wanted->range.from;
	series->to = wanted->range.to;
	api_series_of_buckets(wanted, &buckets, 300 * SECOND, series);
	assert_int_equal(buckets.count, 0);
}

/* A bucket nobody looked in is not there, an unknown value is null, and what began before `from`
 * is told with a step back. */
static void test_buckets_as_columns(void **state)
{
	const struct api_series_wanted wanted = wanted_of(1100, 500, API_SERIES_BUCKETS);
	struct api_series series = { 0 };
	char *told;

	(void)state;
	two_buckets(&series, &wanted);
	told = json_of(&series, NULL);
	assert_non_null(strstr(told,
			       "{\"resolution_s\":300,\"found\":5,\"cut\":true,\"step_s\":"
			       "[-100,600],\"values\":{\"response_us\":[null,2000]},\"bands\":"
			       "{\"response_us\":{\"min\":[null,1000],\"max\":[null,3000]}},"
			       "\"quantiles\":{\"response_us\":{\"p50\":[null,"));
	free(told);
	api_series_finish(&series);
}

static void test_buckets_as_objects_and_csv(void **state)
{
	const struct api_series_wanted wanted = wanted_of(1100, 500, API_SERIES_THIN);
	struct store_view view = { raw_only };
	struct api_series series = { 0 };
	struct bw_buf buf;
	char *told;

	(void)state;
	two_buckets(&series, &wanted);
	told = json_of(&series, &view);
	assert_non_null(strstr(told, "{\"timestamp\":\"2026-03-02T14:10:00+00:00\",\"status\":"
				     "\"unhealthy\",\"response_time_ms\":null,"
				     "\"response_time_ms_min\":null,\"response_time_ms_max\":null,"
				     "\"looks\":2}"));
	assert_non_null(strstr(told, "\"response_time_ms_min\":1.0,"));
	free(told);
	bw_buf_init(&buf, 0);
	api_csv_write(&series, &view, &buf);
	told = bw_buf_take(&buf, NULL);
	assert_non_null(strstr(told, "time,width_s,status,looks,response_us_average,"
				     "response_us_min,response_us_max\n"
				     "2026-03-02T14:10:00+00:00,300,unhealthy,2,,,\n"));
	assert_non_null(strstr(told, ",300,healthy,3,2000.1666666666667,1000.0,3000.5\n"));
	free(told);
	api_series_finish(&series);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few_rows_are_told_as_they_are),
		cmocka_unit_test(test_thinned_rows_keep_the_spike),
		cmocka_unit_test(test_columns_become_buckets_with_bands),
		cmocka_unit_test(test_what_was_rolled_up_is_told_as_buckets),
		cmocka_unit_test(test_where_only_hours_are_left_the_answer_says_so),
		cmocka_unit_test(test_before_anything_is_kept_is_nothing),
		cmocka_unit_test(test_a_name_nobody_knows),
		cmocka_unit_test(test_too_many_rows),
		cmocka_unit_test(test_the_words_of_a_store_that_fails),
		cmocka_unit_test(test_rows_as_columns),
		cmocka_unit_test(test_rows_as_objects),
		cmocka_unit_test(test_rows_as_csv_have_marks),
		cmocka_unit_test(test_buckets_as_columns),
		cmocka_unit_test(test_buckets_as_objects_and_csv),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
