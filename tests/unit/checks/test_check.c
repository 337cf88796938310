/* test_check.c - the framework around a kind: time-out, timing, texts, stopping at any moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "checks/kind.h"
#include "support/fake_io.h"
#include "support/kind_case.h"

/* A kind that does what its settings say and counts what is done to it. */
struct puppet_settings {
	bool at_once;
	int64_t after_us;
	int health;
	const char *text;
	bool no_response;
	int64_t response_us;
	int64_t details;
};

struct puppet_run {
	struct io_timer *timer;
};

static int starts, stops, releases;

static const char *const health_words[] = { "unknown", "healthy", "degraded", "unhealthy", NULL };

static void puppet_end(void *arg)
{
	struct check_run *run = arg;
	const struct puppet_settings *settings = check_settings(run);

	if (settings->no_response)
		check_no_response(run);
	if (settings->response_us > 0)
		check_set_response(run, settings->response_us);
	for (int64_t i = 0; i < settings->details; i++) {
		bw_json_key(check_details(run), "key");
		bw_json_string(check_details(run), "value");
	}
	if (settings->text)
		check_finish(run, (enum bw_health)settings->health, "%s", settings->text);
	else
		check_finish(run, (enum bw_health)settings->health, NULL);
}

static void puppet_start(struct check_run *run)
{
	const struct puppet_settings *settings = check_settings(run);
	struct puppet_run *data = check_data(run);

	starts++;
	assert_null(data->timer);
	check_phase(run, "pulling %d strings", 3);
	data->timer = io_timer_create(check_loop(run), puppet_end, run);
	if (settings->at_once)
		puppet_end(run);
	else if (settings->after_us > 0)
		io_timer_start(data->timer, settings->after_us);
}

static void puppet_stop(struct check_run *run)
{
	struct puppet_run *data = check_data(run);

	stops++;
	io_timer_destroy(data->timer);
	data->timer = NULL;
}

static void puppet_release(void *state)
{
	(void)state;
	releases++;
}

static const struct config_field puppet_fields[] = {
	{ .name = "at_once",
	  .type = CONFIG_BOOL,
	  .offset = offsetof(struct puppet_settings, at_once) },
	{ .name = "after",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct puppet_settings, after_us) },
	{ .name = "health",
	  .type = CONFIG_WORD,
	  .standard = "healthy",
	  .words = health_words,
	  .offset = offsetof(struct puppet_settings, health) },
	{ .name = "text", .type = CONFIG_TEXT, .offset = offsetof(struct puppet_settings, text) },
	{ .name = "no_response",
	  .type = CONFIG_BOOL,
	  .offset = offsetof(struct puppet_settings, no_response) },
	{ .name = "response",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct puppet_settings, response_us) },
	{ .name = "details",
	  .type = CONFIG_INT,
	  .offset = offsetof(struct puppet_settings, details) },
	{ 0 },
};

static const struct check_kind puppet = {
	.name = "puppet",
	.summary = "does as it is told",
	.fields = puppet_fields,
	.settings_size = sizeof(struct puppet_settings),
	.state_size = 1,
	.run_size = sizeof(struct puppet_run),
	.release = puppet_release,
	.start = puppet_start,
	.stop = puppet_stop,
};

static struct kind_case *make(struct io_loop **loop, const char *settings)
{
	struct kind_case *made;

	starts = stops = releases = 0;
	*loop = io_loop_create();
	made = kind_case_create(*loop, &puppet, settings);
	assert_string_equal(made->report, "");
	return made;
}

static void unmake(struct io_loop *loop, struct kind_case *made)
{
	kind_case_destroy(made);
	assert_int_equal(releases, 1);
	assert_int_equal(starts, stops);
	io_loop_destroy(loop);
}

static void finishing_in_start_calls_back_later(void **state)
{
	struct io_loop *loop;
	struct kind_case *made = make(&loop, "at_once: true\ntext: ready\n");

	(void)state;
	kind_case_start(made);
	assert_int_equal(made->results, 0);
	assert_int_equal(stops, 1);
	assert_true(check_is_running(made->check));
	fake_advance(loop, 0);
	assert_int_equal(made->results, 1);
	assert_false(check_is_running(made->check));
	assert_string_equal(made->result.error, "ready");
	assert_string_equal(made->details, "");
	unmake(loop, made);
}

static void stopping_between_finish_and_callback(void **state)
{
	struct io_loop *loop;
	struct kind_case *made = make(&loop, "at_once: true\n");

	(void)state;
	kind_case_start(made);
	check_stop(made->check);
	check_stop(made->check);
	fake_advance(loop, BW_SECOND_US);
	assert_int_equal(made->results, 0);
	kind_case_start(made);
	fake_advance(loop, BW_SECOND_US);
	assert_int_equal(made->results, 1);
	unmake(loop, made);
}

static void time_out_tells_the_phase(void **state)
{
	struct io_loop *loop;
	struct kind_case *made = make(&loop, "{}");

	(void)state;
	kind_case_start(made);
	fake_advance(loop, 5 * BW_SECOND_US - 1);
	assert_int_equal(made->results, 0);
	fake_advance(loop, 1);
	assert_int_equal(made->results, 1);
	assert_int_equal(made->result.health, BW_HEALTH_UNHEALTHY);
	assert_true(made->result.timed_out);
	assert_string_equal(made->result.error, "timed out after 5 s while pulling 3 strings");
	assert_true(made->result.has_response);
	assert_int_equal(made->result.response_us, 5 * BW_SECOND_US);
	unmake(loop, made);
}

static void destroying_a_run_in_flight(void **state)
{
	struct io_loop *loop;
	struct kind_case *made = make(&loop, "after: 1s\n");

	(void)state;
	kind_case_start(made);
	fake_advance(loop, BW_SECOND_US / 2);
	unmake(loop, made);
}

static void response_time_and_limits(void **state)
{
	static const struct {
		const char *settings;
		int64_t within_us;
		bool degraded_if_down;
		enum bw_health health;
		bool has_response;
		int64_t response_us;
		const char *error;
	} rows[] = {
		{ "after: 884ms", 500000, false, BW_HEALTH_DEGRADED, true, 884000,
		  "slow: 884 ms, limit 500 ms" },
		{ "after: 500ms", 500000, false, BW_HEALTH_HEALTHY, true, 500000, "" },
		{ "{ after: 2s, health: degraded, text: old }", BW_SECOND_US, false,
		  BW_HEALTH_DEGRADED, true, 2000000, "old; slow: 2 s, limit 1 s" },
		{ "{ after: 2s, health: unhealthy, text: bad }", BW_SECOND_US, false,
		  BW_HEALTH_UNHEALTHY, true, 2000000, "bad" },
		{ "{ after: 2s, health: unhealthy, text: bad }", 0, true, BW_HEALTH_DEGRADED, true,
		  2000000, "bad" },
		{ "{ after: 2s, health: unknown, text: lost }", 1, true, BW_HEALTH_UNKNOWN, false,
		  2000000, "lost" },
		{ "{ after: 1s, no_response: true }", 1, false, BW_HEALTH_HEALTHY, false, 0, "" },
		{ "{ after: 1s, response: 30ms }", 40000, false, BW_HEALTH_HEALTHY, true, 30000,
		  "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct io_loop *loop;
		struct kind_case *made = make(&loop, rows[i].settings);

		made->common.within_us = rows[i].within_us;
		made->common.degraded_if_down = rows[i].degraded_if_down;
		kind_case_start(made);
		fake_advance(loop, 3 * BW_SECOND_US);
		assert_int_equal(made->results, 1);
		assert_int_equal(made->result.health, rows[i].health);
		assert_int_equal(made->result.has_response, rows[i].has_response);
		if (rows[i].has_response)
			assert_int_equal(made->result.response_us, rows[i].response_us);
		assert_string_equal(made->result.error, rows[i].error);
		unmake(loop, made);
	}
}

static void the_tighter_limit_counts(void **state)
{
	struct own_settings {
		bool first;
		int64_t within_us;
	};
	static const struct check_kind with_own = {
		.within_offset = offsetof(struct own_settings, within_us),
	};
	static const struct check_kind without = { 0 };
	static const struct {
		const struct check_kind *kind;
		int64_t own_us, common_us, limit_us;
	} rows[] = {
		{ &with_own, 0, 0, 0 }, { &with_own, 7, 0, 7 }, { &with_own, 0, 9, 9 },
		{ &with_own, 7, 9, 7 }, { &with_own, 9, 7, 7 }, { &without, 7, 9, 9 },
		{ &without, 7, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct own_settings settings = { .within_us = rows[i].own_us };
		const struct check_common common = { .within_us = rows[i].common_us };

		assert_int_equal(check_within_us(rows[i].kind, &settings, &common),
				 rows[i].limit_us);
	}
}

static void the_wall_clock_plays_no_part(void **state)
{
	struct io_loop *loop;
	struct kind_case *made = make(&loop, "after: 2s");

	(void)state;
	kind_case_start(made);
	fake_advance(loop, BW_SECOND_US);
	fake_shift_wall(loop, -3600 * BW_SECOND_US);
	fake_advance(loop, BW_SECOND_US);
	assert_int_equal(made->result.response_us, 2 * BW_SECOND_US);
	unmake(loop, made);
}

static void destroy_in_callback(void *arg)
{
	struct kind_case *made = arg;

	check_destroy(made->check);
	made->check = NULL;
}

static void the_callback_may_destroy_the_check(void **state)
{
	struct io_loop *loop;
	struct kind_case *made = make(&loop, "after: 1s");

	(void)state;
	made->on_result = destroy_in_callback;
	made->arg = made;
	kind_case_start(made);
	fake_advance(loop, BW_SECOND_US);
	assert_int_equal(made->results, 1);
	unmake(loop, made);
}

static void start_in_callback(void *arg)
{
	struct kind_case *made = arg;

	if (made->results < 3)
		kind_case_start(made);
}

static void the_callback_may_start_the_next_run(void **state)
{
	struct io_loop *loop;
	struct kind_case *made = make(&loop, "{ after: 1s, details: 1 }");

	(void)state;
	made->on_result = start_in_callback;
	made->arg = made;
	kind_case_start(made);
	fake_advance(loop, 10 * BW_SECOND_US);
	assert_int_equal(made->results, 3);
	assert_string_equal(made->details, "\"key\":\"value\"");
	unmake(loop, made);
}

static void too_many_details_are_dropped_whole(void **state)
{
	struct io_loop *loop;
	struct kind_case *made = make(&loop, "{ at_once: true, details: 10000 }");

	(void)state;
	kind_case_start(made);
	fake_advance(loop, 0);
	assert_string_equal(made->details, "\"details_too_large\":true");
	unmake(loop, made);
}

static void reports_are_for_passive_kinds(void **state)
{
	struct check_report report = { .health = BW_HEALTH_HEALTHY };
	struct io_loop *loop;
	struct kind_case *made = make(&loop, "{}");
	struct bw_error err;

	(void)state;
	assert_int_equal(check_report(made->check, &report, &err), BW_EINVAL);
	assert_string_equal(err.text, "case takes no reports: it is of kind puppet");
	unmake(loop, made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finishing_in_start_calls_back_later),
		cmocka_unit_test(stopping_between_finish_and_callback),
		cmocka_unit_test(time_out_tells_the_phase),
		cmocka_unit_test(destroying_a_run_in_flight),
		cmocka_unit_test(response_time_and_limits),
		cmocka_unit_test(the_tighter_limit_counts),
		cmocka_unit_test(the_wall_clock_plays_no_part),
		cmocka_unit_test(the_callback_may_destroy_the_check),
		cmocka_unit_test(the_callback_may_start_the_next_run),
		cmocka_unit_test(too_many_details_are_dropped_whole),
		cmocka_unit_test(reports_are_for_passive_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
