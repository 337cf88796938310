/* test_store.c - what goes in comes out, after a restart too; limits, retention and figures. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "support/store_builder.h"
#include "support/store_look.h"

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

static void reopen(void)
{
	store_bed_close(&bed);
	assert_int_equal(store_bed_open(&bed), BW_OK);
	assert_string_equal(store_bed_status(&bed).trouble, "");
}

static void test_results_come_back_after_a_restart(void **state)
{
	struct store_answer answer;

	store_bed_append(&bed, "database", 0, NULL);
	store_bed_append(&bed, "database", 1000, "connection refused");
	store_bed_append(&bed, "cache", 500, NULL);
	reopen();
	answer = store_bed_ask(&bed, "database", 0, 1000, 10);
	assert_int_equal(answer.count, 2);
	assert_true(answer.in_order);
	assert_false(answer.cut);
	assert_int_equal(answer.first_ms, 0);
	assert_int_equal(answer.last_ms, 1000);
	assert_int_equal(answer.last_health, BW_HEALTH_UNHEALTHY);
	assert_false(answer.last_has_response);
	assert_string_equal(answer.last_error, "connection refused");
	answer = store_bed_ask(&bed, "cache", 0, 1000, 10);
	assert_int_equal(answer.count, 1);
	assert_true(answer.last_has_response);
	assert_int_equal(answer.last_response_us, 1000);
	assert_string_equal(answer.last_error, "");
}

static void test_a_query_sees_what_was_appended_before(void **state)
{
	for (int i = 0; i < 20; i++) {
		store_bed_append(&bed, "database", i, NULL);
		assert_int_equal(store_bed_count(&bed, "database"), i + 1);
	}
}

static void test_queries_keep_to_their_range_and_limit(void **state)
{
	static const struct {
		int64_t from_ms, to_ms;
		size_t limit, count;
		bool cut;
		int64_t first_ms, last_ms;
	} rows[] = {
		{ 0, 99, 1000, 100, false, 0, 99 }, { 0, 99, 100, 100, false, 0, 99 },
		{ 0, 99, 10, 10, true, 90, 99 },    { 10, 19, 1000, 10, false, 10, 19 },
		{ -500, 5, 1000, 6, false, 0, 5 },  { 95, 5000, 2, 2, true, 98, 99 },
		{ 50, 49, 10, 0, false, 0, 0 },     { 7000, 8000, 10, 0, false, 0, 0 },
		{ 99, 99, 1, 1, false, 99, 99 },
	};

	for (int i = 0; i < 100; i++)
		store_bed_append(&bed, "database", i, i % 2 == 0 ? NULL : "odd");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct store_answer answer = store_bed_ask(&bed, "database", rows[i].from_ms,
							   rows[i].to_ms, rows[i].limit);

		assert_false(answer.failed);
		assert_int_equal(answer.count, rows[i].count);
		assert_int_equal(answer.cut, rows[i].cut);
		assert_true(answer.in_order);
		assert_int_equal(answer.first_ms, rows[i].first_ms);
		assert_int_equal(answer.last_ms, rows[i].last_ms);
	}
	assert_int_equal(store_bed_ask(&bed, "nobody", 0, 99, 10).count, 0);
}

static enum bw_status work_nothing(void *arg, struct store_view *view, struct bw_error *err)
{
	return BW_OK;
}

static void count_answer(void *arg, enum bw_status status, const struct bw_error *error)
{
	*(int *)arg += 1;
}

static void test_every_waiting_question_is_answered_and_no_more_wait_than_may(void **state)
{
	int answers = 0;
	const struct store_question question = { work_nothing, count_answer, &answers };

	for (int i = 0; i < STORE_QUERIES_MAX; i++)
		assert_int_equal(store_ask(bed.store, &question), BW_OK);
	assert_int_equal(store_ask(bed.store, &question), BW_ELIMIT);
	store_bed_close(&bed);
	assert_int_equal(answers, STORE_QUERIES_MAX);
}

static void test_an_error_text_is_cut_at_a_whole_character(void **state)
{
	char text[4096];

	memset(text, 'a', sizeof(text));
	memcpy(text + 1022, "\xe2\x82\xac", 3);
	text[sizeof(text) - 1] = '\0';
	store_bed_append(&bed, "database", 0, text);
	text[1022] = '\0';
	assert_string_equal(store_bed_ask(&bed, "database", 0, 0, 1).last_error, text);
}

static void test_the_same_time_twice_keeps_the_later_result(void **state)
{
	store_bed_append(&bed, "database", 5, NULL);
	store_bed_append(&bed, "database", 5, "later");
	assert_int_equal(store_bed_count(&bed, "database"), 1);
	assert_string_equal(store_bed_ask(&bed, "database", 0, 9, 9).last_error, "later");
}

/* --- start-up --- */

struct loaded {
	int count;
	struct bw_history_point points[4];
	struct store_state states[4];
	char names[4][32], errors[4][32];
};

static void take_point(void *arg, const struct bw_history_point *point)
{
	struct loaded *loaded = arg;

	assert_in_range(loaded->count, 0, 3);
	loaded->points[loaded->count++] = *point;
}

static void take_state(void *arg, const struct store_state *state)
{
	struct loaded *loaded = arg;

	assert_in_range(loaded->count, 0, 3);
	snprintf(loaded->names[loaded->count], 32, "%s", state->component);
	snprintf(loaded->errors[loaded->count], 32, "%s",
		 state->error != NULL ? state->error : "(none)");
	loaded->states[loaded->count++] = *state;
}

static struct series_cell real(double value)
{
	return (struct series_cell){ SERIES_REAL, { .real = value } };
}

/* The whole, as the recorder writes it. */
static void append_point(int64_t time_us, struct series_cell score, struct series_cell cpu)
{
	struct store_row row = { .kind = SERIES_SYSTEM, .name = "", .time = { time_us } };

	row.cells[SERIES_SYSTEM_HOLD] = (struct series_cell){ SERIES_INTEGER, { .integer = 30 } };
	row.cells[SERIES_SYSTEM_HEALTH_SCORE] = score;
	row.cells[SERIES_SYSTEM_CIRCUIT_BREAKER_HEALTH] = real(1e-300);
	row.cells[SERIES_SYSTEM_CPU_USAGE] = cpu;
	row.cells[SERIES_SYSTEM_MEMORY_USAGE] = real(12.0);
	store_append_row(bed.store, &row);
}

static void test_points_come_back_as_they_were(void **state)
{
	const struct series_cell absent = { .type = SERIES_ABSENT };
	const struct series_cell twelve = { SERIES_INTEGER, { .integer = 12 } };
	struct loaded loaded = { 0 };

	append_point(STORE_NOON_US, real(97.123456789), twelve);
	append_point(STORE_NOON_US + 1, absent, absent);
	append_point(STORE_NOON_US - 10 * BW_SECOND_US, real(1), twelve);
	reopen();
	store_load_points(bed.store, (struct bw_wall){ STORE_NOON_US }, take_point, &loaded);
	assert_int_equal(loaded.count, 2);
	assert_int_equal(loaded.points[0].time.us, STORE_NOON_US);
	assert_true(loaded.points[0].health_score == 97.123456789);
	assert_true(isnan(loaded.points[0].availability));
	assert_true(loaded.points[0].circuit_breaker_health == 1e-300);
	assert_true(loaded.points[0].cpu_usage.is_integer);
	assert_int_equal(loaded.points[0].cpu_usage.integer, 12);
	assert_false(loaded.points[0].memory_usage.is_integer);
	assert_true(loaded.points[0].memory_usage.value == 12.0);
	assert_true(isnan(loaded.points[1].health_score));
	assert_true(isnan(loaded.points[1].cpu_usage.value));
}

static void put_state(const char *component, enum bw_health health, const char *error)
{
	char name[32], text[32];
	struct store_state state = {
		.component = name,
		.health = health,
		.since = { STORE_NOON_US - 7 },
		.last_check = { STORE_NOON_US + 7 },
		.has_response = error == NULL,
		.response_us = 4321,
	};

	snprintf(name, sizeof(name), "%s", component);
	if (error != NULL) {
		snprintf(text, sizeof(text), "%s", error);
		state.error = text;
	}
	store_put_state(bed.store, &state);
}

static void test_the_latest_state_of_each_component_comes_back(void **state)
{
	struct loaded loaded = { 0 };

	put_state("one", BW_HEALTH_HEALTHY, NULL);
	put_state("two", BW_HEALTH_HEALTHY, NULL);
	put_state("three", BW_HEALTH_DEGRADED, NULL);
	put_state("two", BW_HEALTH_UNHEALTHY, "refused");
	store_remove_state(bed.store, "three");
	store_remove_state(bed.store, "never was");
	reopen();
	store_load_states(bed.store, take_state, &loaded);
	assert_int_equal(loaded.count, 2);
	assert_string_equal(loaded.names[0], "one");
	assert_string_equal(loaded.errors[0], "(none)");
	assert_int_equal(loaded.states[0].health, BW_HEALTH_HEALTHY);
	assert_int_equal(loaded.states[0].since.us, STORE_NOON_US - 7);
	assert_int_equal(loaded.states[0].last_check.us, STORE_NOON_US + 7);
	assert_true(loaded.states[0].has_response);
	assert_int_equal(loaded.states[0].response_us, 4321);
	assert_string_equal(loaded.names[1], "two");
	assert_string_equal(loaded.errors[1], "refused");
	assert_int_equal(loaded.states[1].health, BW_HEALTH_UNHEALTHY);
	assert_false(loaded.states[1].has_response);
}

/* --- retention and limits --- */

/* What the tables hold, whatever the store would show of it. */
static int count_in_file(const char *sql)
{
	return store_look_number(&bed, sql);
}

static void test_old_days_become_rollups_one_after_the_other(void **state)
{
	const int64_t day_ms = STORE_DAY_US / 1000;
	static const size_t allowed[] = { 0, 2500, 5000 };

	store_set_bounds(bed.store, STORE_DAY_US, 400 * STORE_DAY_US, 0);
	for (int i = 0; i < 10000; i++)
		store_bed_append(&bed, i % 2 == 0 ? "even" : "odd", (i < 5000 ? 0 : day_ms) + i,
				 "an error");
	store_flush(bed.store);
	assert_int_equal(store_bed_count(&bed, "even"), 5000);
	/* A day of a series goes as a whole. */
	for (int i = 0; i < 30; i++) {
		size_t count;

		store_bed_append(&bed, "new", 5 * day_ms + i, NULL);
		store_flush(bed.store);
		count = store_bed_count(&bed, "even");
		assert_true(count == allowed[0] || count == allowed[1] || count == allowed[2]);
	}
	assert_int_equal(store_bed_count(&bed, "even"), 0);
	assert_int_equal(store_bed_count(&bed, "odd"), 0);
	assert_int_equal(store_bed_count(&bed, "new"), 30);
	assert_int_equal(count_in_file("SELECT count(*) FROM chunk WHERE {w}level = 0"), 0);
	assert_int_equal(count_in_file("SELECT count(*) FROM chunk WHERE {w}level = 1"), 4);
	assert_int_equal(count_in_file("SELECT count(*) FROM chunk WHERE {w}level = 2"), 4);
	assert_int_equal(count_in_file("SELECT count(*) FROM chunk WHERE {w}level = 3"), 2);
	assert_int_equal(count_in_file("SELECT count(*) FROM text WHERE {w}id > 0"), 0);
}

static void test_old_rollups_go_and_their_series_with_them(void **state)
{
	const int64_t day_ms = STORE_DAY_US / 1000;

	store_set_bounds(bed.store, STORE_DAY_US, 3 * STORE_DAY_US, 0);
	store_bed_append(&bed, "gone", 0, NULL);
	for (int day = 0; day < 9; day++) {
		for (int i = 0; i < 10; i++) {
			store_bed_append(&bed, "stays", day * day_ms + i, NULL);
			store_flush(bed.store);
		}
	}
	/* Days 3 and 4 to 7: of 8.6 days those that are not wholly older than 3, and not raw. */
	assert_int_equal(count_in_file("SELECT count(*) FROM chunk WHERE {w}level = 2"), 2);
	assert_int_equal(count_in_file("SELECT count(*) FROM series WHERE {w}id > 0"), 1);
	reopen();
	assert_int_equal(store_bed_count(&bed, "gone"), 0);
	store_bed_append(&bed, "gone", 9 * day_ms, NULL);
	assert_int_equal(store_bed_count(&bed, "gone"), 1);
}

static void test_the_results_of_a_removed_component_stay_until_they_are_old(void **state)
{
	const int64_t day_ms = STORE_DAY_US / 1000;

	for (int i = 0; i < 3000; i++)
		store_bed_append(&bed, "gone", i, NULL);
	put_state("gone", BW_HEALTH_HEALTHY, NULL);
	put_state("stays", BW_HEALTH_HEALTHY, NULL);
	store_flush(bed.store);
	store_remove_state(bed.store, "gone");
	store_flush(bed.store);
	assert_int_equal(store_bed_count(&bed, "gone"), 3000);
	for (int i = 0; i < 200; i++) {
		store_bed_append(&bed, "stays", 2 * day_ms + i, NULL);
		store_flush(bed.store);
	}
	assert_int_equal(store_bed_count(&bed, "gone"), 0);
	assert_int_equal(count_in_file("SELECT count(*) FROM chunk WHERE {w}id > 0"), 0);
	assert_int_equal(count_in_file("SELECT count(*) FROM series WHERE {w}id > 0"), 1);
	store_bed_append(&bed, "gone", 2 * day_ms + 9000, NULL);
	assert_int_equal(store_bed_count(&bed, "gone"), 1);
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Rows that no codec makes small: some 50 bytes each. */
static void append_noise(struct store *store, int64_t time_us, uint64_t *seed)
{
	struct store_row row = { .kind = SERIES_SYSTEM, .name = "", .time = { time_us } };

	for (int field = SERIES_SYSTEM_HOLD; field < SERIES_SYSTEM_CPU_USAGE; field++) {
		row.cells[field].type = SERIES_REAL;
		row.cells[field].value.real = (double)next_random(seed) / 3e7;
	}
	store_append_row(store, &row);
}

static void test_the_file_does_not_grow_once_history_is_full(void **state)
{
	int64_t full = 0;
	uint64_t seed = 1;

	for (int day = 0; day < 12; day++) {
		for (int i = 0; i < 2000; i++)
			append_noise(bed.store,
				     STORE_NOON_US + day * STORE_DAY_US + i * 40 * BW_SECOND_US,
				     &seed);
		store_flush(bed.store);
		if (day == 5) {
			reopen();
			full = store_bed_status(&bed).file_bytes;
		}
	}
	reopen();
	assert_in_range(store_bed_status(&bed).file_bytes, 1, full + full / 10);
}

static void test_the_limit_holds_and_is_told(void **state)
{
	const int64_t limit = 2 << 20;
	struct store_status status;
	uint64_t seed = 1;

	store_set_bounds(bed.store, 100 * STORE_DAY_US, 400 * STORE_DAY_US, limit);
	for (int day = 0; day < 40; day++) {
		for (int i = 0; i < 2000; i++)
			append_noise(bed.store,
				     STORE_NOON_US + day * STORE_DAY_US + i * 40 * BW_SECOND_US,
				     &seed);
		store_flush(bed.store);
		status = store_bed_status(&bed);
		assert_string_equal(status.trouble, "");
		assert_in_range(status.file_bytes, 1, limit);
	}
	assert_int_equal(status.dropped, 0);
	assert_true(status.limited);
	assert_int_equal(status.limit_bytes, limit);
	assert_in_range(status.raw_from.us, STORE_NOON_US + STORE_DAY_US,
			STORE_NOON_US + 40 * STORE_DAY_US);
	assert_true(count_in_file("SELECT count(*) FROM chunk WHERE {w}level = 1") > 0);
}

static void test_a_bound_below_what_is_there_is_reached(void **state)
{
	const int64_t limit = 1 << 20;
	struct store_status status = { .file_bytes = 0 };
	uint64_t seed = 1;

	/* All of one day, which no rollup could make shorter yet. */
	for (int64_t i = 0; i < 400000; i++) {
		append_noise(bed.store, STORE_NOON_US + i * 20000, &seed);
		if (i % 8000 == 0)
			store_flush(bed.store);
	}
	store_flush(bed.store);
	store_set_bounds(bed.store, 100 * STORE_DAY_US, 400 * STORE_DAY_US, limit);
	for (int64_t i = 0; i < 2000 && (i == 0 || status.file_bytes > limit); i++) {
		append_noise(bed.store, STORE_NOON_US + (400000 + i) * 20000, &seed);
		store_flush(bed.store);
		status = store_bed_status(&bed);
	}
	assert_in_range(status.file_bytes, 1, limit);
	assert_true(status.limited);
	assert_in_range(status.raw_from.us, STORE_NOON_US + 20000,
			STORE_NOON_US + INT64_C(400400) * 20000);
}

static void test_figures_add_up(void **state)
{
	struct store_status status;

	for (int i = 0; i < 100; i++)
		store_bed_append(&bed, "database", i, NULL);
	store_flush(bed.store);
	status = store_bed_status(&bed);
	assert_true(status.usable);
	assert_int_equal(status.written, 100);
	assert_int_equal(status.dropped, 0);
	assert_int_equal(status.queued, 0);
	assert_true(status.commits >= 1);
	assert_true(status.last_commit_us > 0);
	assert_true(status.file_bytes > 64);
}

static void test_memory_mode_keeps_but_not_for_ever(void **state)
{
	const struct store_config config = { .path = "", .history_us = 400 * STORE_DAY_US };
	struct store_bed other = { 0 };
	struct store_status status;
	uint64_t seed = 1;

	assert_int_equal(store_open(&config, (struct bw_wall){ 0 }, &other.store, NULL), BW_OK);
	store_bed_append(&other, "database", 0, NULL);
	for (int round = 0; round < 60; round++) {
		for (int i = 0; i < 4000; i++)
			append_noise(other.store, STORE_NOON_US + (round * 4000 + i) * BW_SECOND_US,
				     &seed);
		store_bed_append(&other, "database", (round + 1) * 4000000, NULL);
		store_flush(other.store);
	}
	status = store_bed_status(&other);
	assert_string_equal(status.trouble, "");
	assert_int_equal(status.dropped, 0);
	assert_true(status.limited);
	assert_int_equal(store_bed_ask(&other, "database", 0, 240000000, 1).last_ms, 240000000);
	store_close(other.store, 60 * BW_SECOND_US);
}

static void test_a_bad_history_is_refused(void **state)
{
	const struct store_config config = { .history_us = 0 };
	struct store *store;

	assert_int_equal(store_open(&config, (struct bw_wall){ 0 }, &store, NULL), BW_EINVAL);
	assert_null(store);
}

static void expect_mode(const char *path, mode_t mode)
{
	struct stat found;

	assert_int_equal(stat(path, &found), 0);
	assert_int_equal(found.st_mode & 0777, mode);
}

static void test_the_file_is_the_owners_alone(void **state)
{
	char folder[FOLDER_PATH_MAX + 32], log[FOLDER_PATH_MAX + 64];

	if (store_bed_url() != NULL)
		skip();
	store_bed_append(&bed, "database", 0, NULL);
	store_flush(bed.store);
	folder_name(&bed.folder, "data", folder, sizeof(folder));
	snprintf(log, sizeof(log), "%s-wal", bed.path);
	expect_mode(folder, 0700);
	expect_mode(bed.path, 0600);
	expect_mode(log, 0600);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(test_results_come_back_after_a_restart),
		WITH_STORE(test_a_query_sees_what_was_appended_before),
		WITH_STORE(test_queries_keep_to_their_range_and_limit),
		WITH_STORE(test_every_waiting_question_is_answered_and_no_more_wait_than_may),
		WITH_STORE(test_an_error_text_is_cut_at_a_whole_character),
		WITH_STORE(test_the_same_time_twice_keeps_the_later_result),
		WITH_STORE(test_points_come_back_as_they_were),
		WITH_STORE(test_the_latest_state_of_each_component_comes_back),
		WITH_STORE(test_old_days_become_rollups_one_after_the_other),
		WITH_STORE(test_old_rollups_go_and_their_series_with_them),
		WITH_STORE(test_the_limit_holds_and_is_told),
		WITH_STORE(test_a_bound_below_what_is_there_is_reached),
		WITH_STORE(test_the_results_of_a_removed_component_stay_until_they_are_old),
		WITH_STORE(test_the_file_does_not_grow_once_history_is_full),
		WITH_STORE(test_figures_add_up),
		WITH_STORE(test_the_file_is_the_owners_alone),
		cmocka_unit_test(test_memory_mode_keeps_but_not_for_ever),
		cmocka_unit_test(test_a_bad_history_is_refused),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
