/* test_replay_read.c - lines of a replay, what they become and what is said of wrong ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/replay_read.h"

static void a_configuration_has_seconds_and_names(void **state)
{
	const char *line = "{\"config\": {\"strategy\": \"timeout_rate\", \"window\": 0.5, "
			   "\"lump_ms\": 1.5, \"mult\": 2, \"max_open\": null, "
			   "\"slow_success_counts\": true, \"failure_threshold\": 7.0}}";
	struct bw_breaker_config config;
	struct bw_error err;

	(void)state;
	assert_int_equal(replay_config_read(line, strlen(line), &config, &err), BW_OK);
	assert_int_equal(config.strategy, BW_BREAKER_TIMEOUT_RATE);
	assert_int_equal(config.window_us, 500000);
	assert_int_equal(config.lump_us, 1500);
	assert_true(config.retry_multiplier == 2);
	assert_int_equal(config.max_open_us, 0);
	assert_true(config.slow_success_counts);
	assert_int_equal(config.failure_threshold, 7);
	assert_int_equal(config.success_threshold, bw_breaker_config_default.success_threshold);
}

static void a_bad_configuration_leaves_the_output(void **state)
{
	static const char *const lines[] = {
		"",
		"{}",
		"null",
		"{\"config\": null}",
		"{\"config\": {}, \"x\": 1}",
		"{\"config\": {\"x\": 1}}",
		"{\"config\": {\"mult\": 2, \"retry_multiplier\": 2}}",
		"{\"config\": {\"mult\": 0.5}}",
		"{\"config\": {\"window\": null}}",
		"{\"config\": {\"strategy\": \"\"}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct bw_breaker_config config = { .minimum_calls = 77 };
		struct bw_error err = { 0 };

		assert_int_equal(replay_config_read(lines[i], strlen(lines[i]), &config, &err),
				 BW_EPARSE);
		assert_int_equal(config.minimum_calls, 77);
		assert_true(strlen(err.text) > 0);
	}
}

static void a_step_has_what_its_kind_needs(void **state)
{
	const char *line = "{\"at\": 1767225600.25, \"do\": \"call\", \"outcome\": \"cancelled\", "
			   "\"duration\": 0.1, \"times\": 3}";
	struct replay_step step;
	struct bw_error err;

	(void)state;
	assert_int_equal(replay_step_read(line, strlen(line), &step, &err), BW_OK);
	assert_int_equal(step.what, REPLAY_CALL);
	assert_true(step.has_at);
	assert_int_equal(step.at_us, INT64_C(1767225600250000));
	assert_int_equal(step.outcome, BW_BREAKER_CANCELLED);
	assert_int_equal(step.duration_us, 100000);
	assert_int_equal(step.times, 3);
	assert_null(step.as);
	replay_step_finish(&step);
	replay_step_finish(&step);
}

static void what_is_not_named_has_a_standard(void **state)
{
	const char *line = "{\"do\": \"record\", \"as\": \"a\", \"outcome\": \"success\"}";
	struct replay_step step;
	struct bw_error err;

	(void)state;
	assert_int_equal(replay_step_read(line, strlen(line), &step, &err), BW_OK);
	assert_false(step.has_at);
	assert_int_equal(step.duration_us, 0);
	assert_int_equal(step.times, 1);
	assert_string_equal(step.as, "a");
	replay_step_finish(&step);
}

static void every_kind_of_step_is_read_by_its_name(void **state)
{
	static const struct {
		const char *line;
		enum replay_do what;
	} rows[] = {
		{ "{\"do\": \"acquire\"}", REPLAY_ACQUIRE },
		{ "{\"do\": \"disable\"}", REPLAY_DISABLE },
		{ "{\"do\": \"enable\"}", REPLAY_ENABLE },
		{ "{\"do\": \"force_open\"}", REPLAY_FORCE_OPEN },
		{ "{\"do\": \"metrics_only\"}", REPLAY_METRICS_ONLY },
		{ "{\"do\": \"open_for\", \"seconds\": 1}", REPLAY_OPEN_FOR },
		{ "{\"do\": \"open_until\", \"until\": -1}", REPLAY_OPEN_UNTIL },
		{ "{\"do\": \"reset\"}", REPLAY_RESET },
		{ "{\"do\": \"snapshot\"}", REPLAY_SNAPSHOT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct replay_step step;
		struct bw_error err = { 0 };

		assert_int_equal(replay_step_read(rows[i].line, strlen(rows[i].line), &step, &err),
				 BW_OK);
		assert_int_equal(step.what, rows[i].what);
		replay_step_finish(&step);
	}
}

static void a_bad_step_says_what_was_expected(void **state)
{
	static const struct {
		const char *line, *why;
	} rows[] = {
		{ "{\"do\": \"resett\"}", "did you mean `reset`?" },
		{ "{\"do\": \"reset\", \"as\": \"a\"}", "reset has no use for `as`" },
		{ "{\"do\": \"call\"}", "call needs `outcome`" },
		{ "{\"at\": 1}", "`do` is missing" },
		{ "{\"do\": \"snapshot\", \"at\": 2e12}", "beyond every clock" },
		{ "{\"do\": \"snapshot\", \"at\": true}", "seconds as a number expected" },
		{ "{\"config\": {}}", "first line only" },
		{ "[1]", "an object in braces expected" },
		{ "{\"do\": \"snapshot\"", "not JSON at column" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct replay_step step = { .times = 77 };
		struct bw_error err = { 0 };

		assert_int_equal(replay_step_read(rows[i].line, strlen(rows[i].line), &step, &err),
				 BW_EPARSE);
		assert_int_equal(step.times, 77);
		assert_non_null(strstr(err.text, rows[i].why));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_configuration_has_seconds_and_names),
		cmocka_unit_test(a_bad_configuration_leaves_the_output),
		cmocka_unit_test(a_step_has_what_its_kind_needs),
		cmocka_unit_test(what_is_not_named_has_a_standard),
		cmocka_unit_test(every_kind_of_step_is_read_by_its_name),
		cmocka_unit_test(a_bad_step_says_what_was_expected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
