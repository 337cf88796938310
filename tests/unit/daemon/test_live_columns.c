/* test_live_columns.c - rows as columns: what each says, where texts are cut, when a row counts as
 * changed, and how small ten thousand of them are.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "daemon/live_columns.h"

#define SECOND BW_SECOND_US

static const struct bw_wall now = { 1772461800 * SECOND };

static struct bw_wall ago(double seconds)
{
	return (struct bw_wall){ now.us - (int64_t)(seconds * 1e6) };
}

static char *patch_of(const struct live_row *rows, const uint32_t *positions, size_t count)
{
	struct bw_json json;
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	live_write_patch(&json, rows, positions, count, now);
	bw_json_object_end(&json);
	return bw_buf_take(&buf, NULL);
}

static char *snapshot_of(const struct live_row *rows, size_t count)
{
	struct bw_json json;
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	live_write_snapshot(&json, rows, count, now);
	bw_json_object_end(&json);
	return bw_buf_take(&buf, NULL);
}

static void expect(char *text, const char *wanted)
{
	assert_string_equal(text, wanted);
	free(text);
}

static void test_a_patch_holds_rows_as_columns(void **state)
{
	const struct live_row rows[] = {
		{ .name = "a",
		  .kind = "tcp",
		  .health = BW_HEALTH_HEALTHY,
		  .has_response = true,
		  .response_us = 1234,
		  .checked = ago(3.9),
		  .since = ago(7200) },
		{ .name = "b", .kind = "tcp", .since = ago(0), .error = "not checked yet" },
	};
	const uint32_t positions[] = { 3, 17 };

	(void)state;
	expect(patch_of(rows, positions, 2),
	       "{\"row\":[3,17],\"status\":[1,0],\"response_ms\":[1.2,null],"
	       "\"checked_s\":[3,null],\"since_s\":[7200,0],\"error\":[null,\"not checked yet\"]}");
	expect(patch_of(rows, positions, 0),
	       "{\"row\":[],\"status\":[],\"response_ms\":[],\"checked_s\":[],\"since_s\":[],"
	       "\"error\":[]}");
}

static void test_a_snapshot_writes_words_once(void **state)
{
	const struct live_row rows[] = {
		{ .name = "a", .kind = "tcp", .group = "net", .limit_us = 1500, .since = now },
		{ .name = "b", .kind = "http", .critical = true, .since = now, .error = "down" },
		{ .name = "c", .kind = "tcp", .group = "net", .critical = true, .since = now },
	};

	(void)state;
	expect(snapshot_of(rows, 3),
	       "{\"name\":[\"a\",\"b\",\"c\"],\"group\":[0,null,0],\"kind\":[0,1,0],"
	       "\"critical\":[1,2],\"limit_ms\":[1.5,null,null],\"status\":[0,0,0],"
	       "\"response_ms\":[null,null,null],\"checked_s\":[null,null,null],"
	       "\"since_s\":[0,0,0],\"error\":[[1,\"down\"]],\"words\":{\"status\":[\"unknown\","
	       "\"healthy\",\"degraded\",\"unhealthy\"],\"group\":[\"net\"],"
	       "\"kind\":[\"tcp\",\"http\"]}}");
	char *empty = snapshot_of(rows, 0);
	assert_non_null(strstr(empty, "\"name\":[]"));
	free(empty);
}

static void test_response_times_have_two_digits_that_count(void **state)
{
	static const struct {
		int64_t us;
		const char *text;
	} cases[] = {
		{ 0, "[0]" },        { 7, "[0.007]" },      { 99, "[0.099]" },
		{ 123, "[0.12]" },   { 994, "[0.99]" },     { 996, "[1]" },
		{ 1000, "[1]" },     { 4249, "[4.2]" },     { 9949, "[9.9]" },
		{ 9950, "[10]" },    { 12345, "[12]" },     { 99960, "[100]" },
		{ 184499, "[184]" }, { 1234567, "[1235]" }, { INT64_C(3600000000), "[3600000]" }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct live_row row = { .has_response = true, .response_us = cases[i].us };
		char *text = patch_of(&row, &(uint32_t){ 0 }, 1), wanted[64];

		snprintf(wanted, sizeof(wanted), "\"response_ms\":%s", cases[i].text);
		assert_non_null(strstr(text, wanted));
		free(text);
	}
}

/* The error column of one row that has `piece` so many times, then `end`. */
static void expect_error(const char *piece, int times, const char *end, int shown,
			 const char *shown_end)
{
	struct bw_buf error, wanted;
	struct live_row row = { .name = "a" };

	bw_buf_init(&error, 0);
	bw_buf_init(&wanted, 0);
	for (int i = 0; i < times; i++)
		bw_buf_text(&error, piece);
	bw_buf_text(&error, end);
	bw_buf_text(&wanted, "\"error\":[\"");
	for (int i = 0; i < shown; i++)
		bw_buf_text(&wanted, piece);
	bw_buf_text(&wanted, shown_end);
	bw_buf_text(&wanted, "\"]}");
	row.error = error.data;
	char *text = patch_of(&row, &(uint32_t){ 0 }, 1);
	assert_string_equal(strstr(text, "\"error\""), wanted.data);
	free(text);
	bw_buf_finish(&error);
	bw_buf_finish(&wanted);
}

static void test_errors_are_cut_behind_a_whole_character(void **state)
{
	const struct live_row none = { .error = "" };

	(void)state;
	expect_error("z", 299, "Q", 299, "Q");
	expect_error("z", 300, "Q", 299, "…");
	expect_error("é", 300, "", 300, "");
	expect_error("é", 301, "", 299, "…");
	expect_error("🚀", 4096, "", 299, "…");
	char *text = patch_of(&none, &(uint32_t){ 0 }, 1);
	assert_non_null(strstr(text, "\"error\":[null]"));
	free(text);
}

static void test_what_is_no_text_becomes_one(void **state)
{
	const struct live_row row = { .error = "a\xff\xc3\x1b\"\\\n<b>" };
	char *text = patch_of(&row, &(uint32_t){ 0 }, 1);

	(void)state;
	assert_non_null(strstr(text, "[\"a\xef\xbf\xbd\xef\xbf\xbd\\u001b\\\"\\\\\\n<b>\"]"));
	free(text);
}

static void test_a_clock_set_back_gives_no_negative_age(void **state)
{
	const struct live_row row = { .checked = ago(-60), .since = ago(-3600) };
	char *text = patch_of(&row, &(uint32_t){ 0 }, 1);

	(void)state;
	assert_non_null(strstr(text, "\"checked_s\":[0],\"since_s\":[0]"));
	free(text);
}

static void test_a_row_is_changed_when_a_patch_would_say_so(void **state)
{
	const struct live_row base = { .health = BW_HEALTH_HEALTHY,
				       .has_response = true,
				       .response_us = 5,
				       .checked = now,
				       .since = now,
				       .error = "x" };
	struct live_row rows[7] = { base, base, base, base, base, base, base };
	uint64_t hash = live_row_hash(&base);

	(void)state;
	assert_int_not_equal(hash, 0);
	assert_true(live_row_hash(&rows[0]) == hash);
	rows[0].health = BW_HEALTH_DEGRADED;
	rows[1].has_response = false;
	rows[2].response_us = 6;
	rows[3].checked.us++;
	rows[4].since.us++;
	rows[5].error = NULL;
	rows[6].error = "y";
	for (size_t i = 0; i < 7; i++)
		assert_true(live_row_hash(&rows[i]) != hash);
	rows[0] = base;
	rows[0].name = "other"; /* that is of the roster */
	rows[0].limit_us = 9;
	assert_true(live_row_hash(&rows[0]) == hash);
	assert_true(live_row_identity(&rows[0], 1) != live_row_identity(&base, 1));
}

static void test_the_roster_tells_texts_apart_at_their_ends(void **state)
{
	const struct live_row one = { .name = "ab", .kind = "c" };
	const struct live_row two = { .name = "a", .kind = "bc" };
	const struct live_row none = { .name = "ab", .group = NULL, .kind = "c" };
	const struct live_row empty = { .name = "ab", .group = "", .kind = "c" };

	(void)state;
	assert_true(live_row_identity(&one, 1) != live_row_identity(&two, 1));
	assert_true(live_row_identity(&none, 1) != live_row_identity(&empty, 1));
}

enum { MANY = 10000, SOME = 500 };

/* A day as it is: response times around 30 ms, one in thirty slow, three groups of kinds. */
static struct live_row *many_rows(void)
{
	struct live_row *rows = xcalloc(MANY, sizeof(*rows));
	static char names[MANY][32];
	uint32_t random = 7;

	for (int i = 0; i < MANY; i++) {
		random = random * 1664525u + 1013904223u;
		double spread = exp(3.5 + 0.8 * ((random >> 8) % 1000 / 250.0 - 2));
		bool slow = (random >> 20) % 30 == 0;

		snprintf(names[i], sizeof(names[i]), "feed-%05d.prices", i);
		rows[i] = (struct live_row){
			.name = names[i],
			.group = i % 3 == 0 ? "feeds" : "storage",
			.kind = i % 4 == 0 ? "http" : "tcp",
			.limit_us = 5 * SECOND,
			.health = slow ? BW_HEALTH_DEGRADED : BW_HEALTH_HEALTHY,
			.has_response = true,
			.response_us = (int64_t)(spread * 1000),
			.checked = ago(random % 30),
			.since = ago(slow ? random % 7200 : 86400),
			.error = slow ? "slow: over the limit of 100 ms" : NULL,
		};
	}
	return rows;
}

static size_t packed_bytes(const char *text)
{
	z_stream stream = { 0 };
	static unsigned char out[4 << 20];

	assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
			 Z_OK);
	stream.next_in = (unsigned char *)text;
	stream.avail_in = (unsigned)strlen(text);
	stream.next_out = out;
	stream.avail_out = sizeof(out);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	deflateEnd(&stream);
	return stream.total_out;
}

static void test_ten_thousand_rows_are_small(void **state)
{
	struct live_row *rows = many_rows(), changed[SOME];
	uint32_t positions[SOME];

	(void)state;
	for (size_t i = 0; i < SOME; i++) {
		positions[i] = (uint32_t)(i * 20 + i * i % 17);
		changed[i] = rows[positions[i]];
		changed[i].checked = now;
	}
	char *snapshot = snapshot_of(rows, MANY), *patch = patch_of(changed, positions, SOME);
	print_message("with gzip: %d rows %zu bytes, %d changed ones %zu bytes\n", MANY,
		      packed_bytes(snapshot), SOME, packed_bytes(patch));
	assert_true(packed_bytes(snapshot) <= 60000);
	assert_true(packed_bytes(patch) <= 2500);
	free(snapshot);
	free(patch);
	free(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_patch_holds_rows_as_columns),
		cmocka_unit_test(test_a_snapshot_writes_words_once),
		cmocka_unit_test(test_response_times_have_two_digits_that_count),
		cmocka_unit_test(test_errors_are_cut_behind_a_whole_character),
		cmocka_unit_test(test_what_is_no_text_becomes_one),
		cmocka_unit_test(test_a_clock_set_back_gives_no_negative_age),
		cmocka_unit_test(test_a_row_is_changed_when_a_patch_would_say_so),
		cmocka_unit_test(test_the_roster_tells_texts_apart_at_their_ends),
		cmocka_unit_test(test_ten_thousand_rows_are_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
