/* test_view.c - what was written is read, whether it is sealed or not, whoever reads it, and
 * whatever else is damaged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "support/store_builder.h"

#define SECOND BW_SECOND_US

static struct store_bed bed;

static int begin(void **state)
{
	store_bed_begin(&bed);
	assert_int_equal(store_bed_open(&bed), BW_OK);
	return 0;
}

static int end(void **state)
{
	store_bed_end(&bed);
	return 0;
}

static struct series_cell whole(int64_t value)
{
	return (struct series_cell){ SERIES_INTEGER, { .integer = value } };
}

static void append(const char *name, int64_t time_us, int64_t response_us, const char *text)
{
	struct store_row row = {
		.kind = SERIES_COMPONENT, .name = name, .time = { time_us }, .text = text
	};

	row.cells[SERIES_COMPONENT_STATUS] = whole(text != NULL ? 3 : 1);
	row.cells[SERIES_COMPONENT_HOLD] = whole(60);
	row.cells[SERIES_COMPONENT_RESPONSE] = whole(response_us);
	store_append_row(bed.store, &row);
}

/* `count` rows of a second each, a flush in between now and then. */
static void append_many(const char *name, int count)
{
	for (int nth = 0; nth < count; nth++) {
		append(name, STORE_NOON_US + nth * SECOND, nth, nth % 10 == 0 ? "refused" : NULL);
		if (nth % 100 == 99)
			store_flush(bed.store);
	}
	store_flush(bed.store);
}

static void expect_rows(struct store_view *view, const char *name, int count)
{
	const struct view_wanted wanted = {
		.kind = SERIES_COMPONENT, .name = name, .from_us = 0, .to_us = INT64_MAX
	};
	struct series_cell cells[SERIES_FIELDS_MAX];
	struct series_rows rows;
	struct bw_error err;
	int64_t time_us;

	assert_int_equal(store_view_rows(view, &wanted, &rows, &err), BW_OK);
	assert_int_equal(rows.count, count);
	for (int nth = 0; nth < count; nth++) {
		const char *text;

		series_rows_get(&rows, (size_t)nth, &time_us, cells);
		assert_int_equal(time_us, STORE_NOON_US + nth * SECOND);
		assert_int_equal(cells[SERIES_COMPONENT_RESPONSE].value.integer, nth);
		text = store_view_text(view, cells[SERIES_COMPONENT_ERROR].value.integer);
		assert_string_equal(text, nth % 10 == 0 ? "refused" : "");
	}
	series_rows_finish(&rows);
}

static struct store_view *open_view(void)
{
	const char *where = store_bed_url() != NULL ? store_bed_url() : bed.path;
	struct store_view *view;
	struct bw_error err;

	if (store_view_open(where, bed.instance, &view, &err) != BW_OK)
		fail_msg("%s", err.text);
	return view;
}

static void test_who_reads_beside_a_daemon_or_after_it_sees_all(void **state)
{
	struct store_view *view;

	append_many("a", 3);
	view = open_view();
	expect_rows(view, "a", 3);
	expect_rows(view, "nobody", 0);
	store_view_close(view);
	append_many("b", 2500);
	view = open_view();
	expect_rows(view, "a", 3);
	expect_rows(view, "b", 2500);
	store_view_close(view);
	store_bed_close(&bed);
	view = open_view();
	expect_rows(view, "b", 2500);
	assert_int_equal(store_view_damaged(view), 0);
	store_view_close(view);
}

static void test_no_file_is_an_error_with_words(void **state)
{
	struct store_view *view;
	struct bw_error err = { "" };

	assert_int_equal(store_view_open("/nowhere/at/all.db", NULL, &view, &err), BW_EIO);
	assert_string_not_equal(err.text, "");
}

/* --- a question to the running store --- */

struct asked {
	struct view_wanted wanted;
	struct series_rows rows;
	struct view_changes_wanted changes;
	char told[512];
	int calls, series;
	enum bw_status status;
};

static void take(void *arg, enum bw_status status, const struct bw_error *error)
{
	struct asked *asked = arg;

	asked->calls++;
	asked->status = status;
	assert_int_equal(error == NULL, status == BW_OK);
}

static void ask(struct asked *asked,
		enum bw_status (*work)(void *arg, struct store_view *view, struct bw_error *err))
{
	const struct store_question question = { work, take, asked };

	store_flush(bed.store);
	assert_int_equal(store_ask(bed.store, &question), BW_OK);
	while (asked->calls == 0)
		store_dispatch(bed.store);
	assert_int_equal(asked->calls, 1);
}

static enum bw_status read_rows(void *arg, struct store_view *view, struct bw_error *err)
{
	struct asked *asked = arg;

	return store_view_rows(view, &asked->wanted, &asked->rows, err);
}

static struct asked ask_rows(int64_t from_us, int64_t to_us, uint32_t fields, bool with_before)
{
	struct asked asked = { .wanted = { SERIES_COMPONENT, "a", from_us, to_us, fields,
					   with_before } };

	ask(&asked, read_rows);
	assert_int_equal(asked.status, BW_OK);
	return asked;
}

static void test_a_range_has_its_rows_and_the_one_before(void **state)
{
	static const struct {
		int64_t from, to;
		bool with_before;
		size_t count;
		int64_t first;
	} rows[] = {
		{ 0, 10, false, 11, 0 },         { 100, 200, false, 101, 100 },
		{ 100, 200, true, 102, 99 },     { 0, 5, true, 6, 0 },
		{ -50, -10, true, 0, 0 },        { 1990, 3000, false, 10, 1990 },
		{ 5000, 6000, false, 0, 0 },     { 5000, 6000, true, 1, 1999 },
		{ 90000, 99000, true, 1, 1999 }, { 20, 10, true, 0, 0 },
	};

	append_many("a", 2000);
	for (size_t nth = 0; nth < sizeof(rows) / sizeof(rows[0]); nth++) {
		struct asked asked =
			ask_rows(STORE_NOON_US + rows[nth].from * SECOND,
				 STORE_NOON_US + rows[nth].to * SECOND, 0, rows[nth].with_before);

		assert_int_equal(asked.rows.count, rows[nth].count);
		if (rows[nth].count > 0)
			assert_int_equal(asked.rows.times_us[0],
					 STORE_NOON_US + rows[nth].first * SECOND);
		series_rows_finish(&asked.rows);
	}
}

static void test_only_the_fields_asked_for_are_there(void **state)
{
	struct series_cell cells[SERIES_FIELDS_MAX];
	struct asked asked;
	int64_t time_us;

	append_many("a", 1000);
	asked = ask_rows(0, INT64_MAX, 1 << SERIES_COMPONENT_RESPONSE, false);
	assert_int_equal(asked.rows.count, 1000);
	for (size_t nth = 0; nth < asked.rows.count; nth++) {
		series_rows_get(&asked.rows, nth, &time_us, cells);
		assert_int_equal(cells[SERIES_COMPONENT_STATUS].type, SERIES_ABSENT);
		assert_int_equal(cells[SERIES_COMPONENT_RESPONSE].value.integer, nth);
	}
	series_rows_finish(&asked.rows);
}

static void test_rows_out_of_order_and_of_one_time_are_settled(void **state)
{
	struct series_cell cells[SERIES_FIELDS_MAX];
	struct asked asked;
	int64_t time_us;

	append_many("a", 600);
	append("a", STORE_NOON_US + 100 * SECOND, 7777, NULL);
	append("a", STORE_NOON_US + 100 * SECOND + SECOND / 2, 8888, NULL);
	asked = ask_rows(0, INT64_MAX, 0, false);
	assert_int_equal(asked.rows.count, 601);
	series_rows_get(&asked.rows, 100, &time_us, cells);
	assert_int_equal(cells[SERIES_COMPONENT_RESPONSE].value.integer, 7777);
	series_rows_get(&asked.rows, 101, &time_us, cells);
	assert_int_equal(cells[SERIES_COMPONENT_RESPONSE].value.integer, 8888);
	for (size_t nth = 1; nth < 601; nth++)
		assert_true(asked.rows.times_us[nth] > asked.rows.times_us[nth - 1]);
	series_rows_finish(&asked.rows);
}

static bool count_series(void *arg, enum series_kind kind, const char *name)
{
	struct asked *asked = arg;

	asked->series++;
	return strcmp(name, "stop") != 0;
}

static enum bw_status read_series(void *arg, struct store_view *view, struct bw_error *err)
{
	return store_view_series(view, count_series, arg, err);
}

static void test_every_series_is_named(void **state)
{
	struct asked asked = { 0 };

	append("a", STORE_NOON_US, 1, NULL);
	append("b", STORE_NOON_US, 1, NULL);
	append("stop", STORE_NOON_US, 1, NULL);
	append("z", STORE_NOON_US, 1, NULL);
	ask(&asked, read_series);
	assert_int_equal(asked.series, 3);
}

/* --- changes --- */

static void tell_change(void *arg, const struct bw_change *change)
{
	struct asked *asked = arg;

	snprintf(asked->told + strlen(asked->told), sizeof(asked->told) - strlen(asked->told),
		 "%d ", (int)change->id);
}

static enum bw_status read_changes(void *arg, struct store_view *view, struct bw_error *err)
{
	struct asked *asked = arg;

	return store_view_changes(view, &asked->changes, tell_change, asked, err);
}

static void test_changes_are_told_newest_first_by_time_kind_and_name(void **state)
{
	const int64_t last = STORE_NOON_US + 100;
	const struct {
		struct view_changes_wanted wanted;
		const char *told;
	} rows[] = {
		{ { 0, last, false, 0, NULL, 100 }, "6 5 4 3 2 1 " },
		{ { 0, last, false, 0, NULL, 2 }, "6 5 " },
		{ { STORE_NOON_US + 2, STORE_NOON_US + 4, false, 0, NULL, 9 }, "4 3 2 " },
		{ { 0, last, true, BW_CHANGE_BREAKER, NULL, 9 }, "6 4 2 " },
		{ { 0, last, false, 0, "odd", 9 }, "5 3 1 " },
		{ { 0, last, true, BW_CHANGE_BREAKER, "odd", 9 }, "" },
	};

	for (int nth = 1; nth <= 6; nth++) {
		const struct bw_change change = {
			.id = (uint64_t)nth,
			.at = { STORE_NOON_US + nth },
			.kind = nth % 2 == 0 ? BW_CHANGE_BREAKER : BW_CHANGE_COMPONENT,
			.name = nth % 2 == 0 ? "even" : "odd",
			.from = "a",
			.to = "b",
			.text = "",
		};

		store_append_change(bed.store, &change);
	}
	for (size_t nth = 0; nth < sizeof(rows) / sizeof(rows[0]); nth++) {
		struct asked asked = { .changes = rows[nth].wanted };

		ask(&asked, read_changes);
		assert_int_equal(asked.status, BW_OK);
		assert_string_equal(asked.told, rows[nth].told);
	}
}

/* --- damage, on files --- */

static void change_file(const char *path, const char *sql)
{
	sqlite3 *handle;

	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
}

static void test_damage_is_confined_to_its_chunk_counted_once_and_told(void **state)
{
	struct asked first, second;
	size_t left;

	append_many("a", 2500);
	append_many("b", 100);
	store_bed_close(&bed);
	change_file(bed.path, "UPDATE chunk SET data = zeroblob(length(data)) WHERE id = 2");
	assert_int_equal(store_bed_open(&bed), BW_OK);
	first = ask_rows(0, INT64_MAX, 0, false);
	left = first.rows.count;
	assert_in_range(left, 1000, 2400);
	assert_int_equal(store_bed_status(&bed).damaged, 1);
	assert_non_null(strstr(store_bed_status(&bed).damage, "2026-03-02"));
	second = ask_rows(0, INT64_MAX, 0, false);
	assert_int_equal(second.rows.count, left);
	assert_int_equal(store_bed_status(&bed).damaged, 1);
	assert_true(store_bed_status(&bed).usable);
	series_rows_finish(&first.rows);
	series_rows_finish(&second.rows);
	assert_int_equal(store_bed_count(&bed, "b"), 100);
}

static void expect_after(const char *sql, const char *words, size_t a, size_t b)
{
	append_many("a", 100);
	append_many("b", 100);
	store_bed_close(&bed);
	change_file(bed.path, sql);
	assert_int_equal(store_bed_open(&bed), BW_OK);
	assert_int_equal(store_bed_status(&bed).damaged, 1);
	assert_non_null(strstr(store_bed_status(&bed).damage, words));
	assert_int_equal(store_bed_count(&bed, "a"), a);
	assert_int_equal(store_bed_count(&bed, "b"), b);
	append("a", STORE_NOON_US + 1000 * SECOND, 1, NULL);
	assert_int_equal(store_bed_count(&bed, "a"), a + 1);
}

/* The second commit had a copy of what the first wrote, and made its entry needless. */
static void test_a_damaged_copy_costs_the_rows_in_it(void **state)
{
	expect_after("UPDATE head SET data = zeroblob(length(data)) WHERE series = 1", "of a", 0,
		     100);
}

static void test_a_damaged_entry_costs_its_rows(void **state)
{
	expect_after("UPDATE log SET data = zeroblob(length(data))", "log", 100, 0);
}

/* --- nobody waits for a writer --- */

static void test_an_answer_does_not_wait_for_a_write(void **state)
{
	struct asked asked;
	sqlite3 *other;

	append_many("a", 600);
	assert_int_equal(sqlite3_open(bed.path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	append("a", STORE_NOON_US + 9000 * SECOND, 1, NULL);
	asked = ask_rows(0, INT64_MAX, 0, false);
	assert_int_equal(asked.rows.count, 600);
	series_rows_finish(&asked.rows);
	assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(test_who_reads_beside_a_daemon_or_after_it_sees_all),
		WITH_STORE(test_no_file_is_an_error_with_words),
		WITH_STORE(test_a_range_has_its_rows_and_the_one_before),
		WITH_STORE(test_only_the_fields_asked_for_are_there),
		WITH_STORE(test_rows_out_of_order_and_of_one_time_are_settled),
		WITH_STORE(test_every_series_is_named),
		WITH_STORE(test_changes_are_told_newest_first_by_time_kind_and_name),
	};
	const struct CMUnitTest of_files[] = {
		WITH_STORE(test_damage_is_confined_to_its_chunk_counted_once_and_told),
		WITH_STORE(test_a_damaged_copy_costs_the_rows_in_it),
		WITH_STORE(test_a_damaged_entry_costs_its_rows),
		WITH_STORE(test_an_answer_does_not_wait_for_a_write),
	};
	int failed = cmocka_run_group_tests_name("view", tests, NULL, NULL);

	if (store_bed_url() == NULL)
		failed += cmocka_run_group_tests_name("view of files", of_files, NULL, NULL);
	return failed;
}
