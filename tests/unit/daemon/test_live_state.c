/* test_live_state.c - who was told what: snapshots between turns, and the patches after them.
 *
 * publisher_write_metadata() is this file's, so that a part can change at any moment.
 */
#include "daemon/live_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/daemon/bed.h"

static struct bed bed;
static struct live_state *live;
static const char *notice;

void publisher_write_metadata(const struct publisher *publisher, struct bw_json *json)
{
	(void)publisher;
	bw_json_key(json, "notice");
	bw_json_string(json, notice);
}

/* One component that was looked at, and one breaker. */
static int set_up(void **state)
{
	(void)state;
	notice = "calm";
	bed_init(&bed);
	bed_peer(&bed, IO_OK);
	bed_start(&bed, "components:\n  - name: a\n" BED_TEN BED_PEER "breakers: [{ name: b }]\n");
	bed_seconds(&bed, 15);
	live = live_state_create(bed.engine, NULL);
	assert_true(live_state_take_roster(live));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	live_state_destroy(live);
	bed_finish(&bed);
	return 0;
}

/* What was written of a snapshot or a patch: valid until the next call. */
static char written[16384];

static void keep(struct bw_json *json)
{
	bw_json_object_end(json);
	assert_int_equal(json->buf->status, BW_OK);
	assert_true(json->buf->len < sizeof(written));
	memcpy(written, json->buf->data, json->buf->len);
	written[json->buf->len] = '\0';
	bw_buf_finish(json->buf);
}

static void begin(struct bw_json *json, struct bw_buf *buf)
{
	bw_buf_init(buf, 0);
	bw_json_init(json, buf);
	bw_json_object_begin(json);
}

static const char *snapshot(bool is_first)
{
	struct bw_buf buf;
	struct bw_json json;

	begin(&json, &buf);
	live_state_write_snapshot(live, is_first, io_loop_wall(bed.loop), &json);
	keep(&json);
	return written;
}

/* Of a turn in which `name` changed; NULL: no component did. */
static enum live_change patch(const char *name)
{
	struct component *changed = name == NULL ? NULL : bed_component(&bed, name);
	const struct engine_turn turn = { .changed = &changed, .changed_count = name != NULL };
	struct bw_buf buf;
	struct bw_json json;

	begin(&json, &buf);
	enum live_change change =
		live_state_write_patch(live, &turn, io_loop_wall(bed.loop), &json);
	keep(&json);
	return change;
}

static bool says(const char *text)
{
	return strstr(written, text) != NULL;
}

static void test_what_the_first_snapshot_says_is_not_sent_again(void **state)
{
	(void)state;
	snapshot(true);
	assert_true(says("\"name\":[\"a\"]") && says("\"calm\"") && says("\"b\":"));
	assert_int_equal(patch("a"), LIVE_UNCHANGED);
}

static void test_a_part_goes_out_when_it_is_another(void **state)
{
	(void)state;
	snapshot(true);
	notice = "storm";
	assert_int_equal(patch(NULL), LIVE_CHANGED);
	assert_true(says("\"storm\""));
	assert_false(says("\"components\"") || says("\"breakers\""));
	assert_int_equal(patch(NULL), LIVE_UNCHANGED);
}

/* Its reader holds what no patch has told. */
static void test_a_part_that_differs_between_turns_goes_out_again(void **state)
{
	(void)state;
	snapshot(true);
	notice = "storm";
	snapshot(false);
	assert_true(says("\"storm\""));
	notice = "calm"; /* what the patch before has told */
	assert_int_equal(patch(NULL), LIVE_CHANGED);
	assert_true(says("\"calm\""));
	assert_int_equal(patch(NULL), LIVE_UNCHANGED);
}

static void test_a_part_that_does_not_differ_between_turns_stays(void **state)
{
	(void)state;
	snapshot(true);
	snapshot(false);
	assert_int_equal(patch("a"), LIVE_UNCHANGED);
}

/* Others hold what was before it. */
static void test_a_row_that_differs_between_turns_goes_out(void **state)
{
	(void)state;
	snapshot(true);
	bed_seconds(&bed, 10); /* it was looked at again */
	snapshot(false);
	assert_int_equal(patch("a"), LIVE_CHANGED);
	assert_true(says("\"row\":[0]"));
	patch("a");
	assert_false(says("\"row\""));
}

static void test_a_breaker_that_differs_between_turns_goes_out(void **state)
{
	struct guard *guard = guards_find(engine_guards(bed.engine), "b");

	(void)state;
	snapshot(true);
	assert_int_equal(engine_guard_command(bed.engine, guard, GUARD_FORCE_OPEN, 0), BW_OK);
	bed_seconds(&bed, 1);
	snapshot(false);
	assert_true(says("\"forced_open\""));
	assert_int_equal(patch(NULL), LIVE_CHANGED);
	assert_true(says("\"breakers\"") && says("\"b\":"));
	patch(NULL);
	assert_false(says("\"breakers\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_the_first_snapshot_says_is_not_sent_again,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_part_goes_out_when_it_is_another, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_part_that_differs_between_turns_goes_out_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_part_that_does_not_differ_between_turns_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_row_that_differs_between_turns_goes_out,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_breaker_that_differs_between_turns_goes_out,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
