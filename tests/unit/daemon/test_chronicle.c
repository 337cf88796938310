/* test_chronicle.c - what the engine tells its journal, over restarts, on the scripted loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/daemon/bed.h"

#define CALM "thresholds: { cpu_usage: 100, memory_usage: 100, disk_usage: 100 }\n"
#define ONE CALM "components:\n  - name: a\n    critical: true\n" BED_TEN BED_PEER
#define GUARDED ONE "    breaker: { failure_threshold: 2, recovery_timeout: 60s }\n"
#define SLOW                                                                                       \
	CALM "refresh_interval: 10m\ncomponents:\n"                                                \
	     "  - name: a\n    critical: true\n    every: 10m\n" BED_PEER                          \
	     "  - name: later\n    every: 10m\n    tcp: { host: 127.0.0.1, port: 9001 }\n"

static struct bed bed;

static int set_up(void **state)
{
	(void)state;
	bed_init(&bed);
	bed_open_store(&bed);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	bed_finish(&bed);
	return 0;
}

/* "0:started 3:a healthy; ": seconds since the loop began, newest last, of one kind. */
static const char *told(enum bw_change_kind kind)
{
	static char text[4096];
	const struct bw_journal_filter filter = { .to = { INT64_MAX },
						  .has_kind = true,
						  .kind = kind };
	struct bw_change changes[64];
	uint64_t cursor = 0;
	size_t count = 0, len = 0;

	while (count < 64 &&
	       bw_journal_next(engine_journal(bed.engine), &filter, &cursor, &changes[count]))
		count++;
	text[0] = '\0';
	while (count > 0) {
		const struct bw_change *change = &changes[--count];

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s>%s %s; ", change->from,
					change->to, change->text);
		assert_true(len < sizeof(text));
	}
	return text;
}

/* Words of a strip over the last day, joined by blanks. */
static const char *strip(enum bw_change_kind kind, const char *name)
{
	static char text[1024];
	const struct bw_wall now = io_loop_wall(bed.loop);
	const struct bw_wall from = { now.us - 86400 * BW_SECOND_US };
	struct bw_gap_list gaps = { 0 };
	struct bw_strip points = { 0 };
	const struct bw_strip_wanted wanted = { kind, name, from, now, &gaps };
	size_t len = 0;

	assert_int_equal(bw_journal_gaps(engine_journal(bed.engine), from, now, &gaps), BW_OK);
	assert_int_equal(bw_journal_strip(engine_journal(bed.engine), &wanted, &points), BW_OK);
	text[0] = '\0';
	for (size_t i = 0; i < points.count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i > 0 ? " " : "",
					points.items[i].word);
	bw_strip_finish(&points);
	bw_gap_list_finish(&gaps);
	return text;
}

static const char *overview(void)
{
	static char text[4096];
	struct bw_buf buf;
	struct bw_json json;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_dashboard_write_overview(engine_dashboard(bed.engine), &json);
	assert_int_equal(buf.status, BW_OK);
	snprintf(text, sizeof(text), "%s", buf.data);
	bw_buf_finish(&buf);
	return text;
}

static void test_states_are_told_with_their_cause(void **state)
{
	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, ONE);
	bed_seconds(&bed, 15);
	assert_string_equal(told(BW_CHANGE_COMPONENT), "unknown>healthy ; ");
	assert_non_null(strstr(overview(), "\"trouble_since\":null,\"first_cause\":null"));
	bed_peer(&bed, IO_REFUSED);
	bed_seconds(&bed, 30);
	const char *text = strstr(told(BW_CHANGE_COMPONENT), "healthy>unhealthy ");
	assert_non_null(text);
	assert_non_null(strstr(text, "connection refused"));
	assert_non_null(strstr(told(BW_CHANGE_OVERALL), "healthy>unhealthy a unhealthy: conn"));
	assert_non_null(strstr(overview(), "\"text\":\"a unhealthy: connection refused"));
	assert_string_equal(strip(BW_CHANGE_COMPONENT, "a"), "none unknown healthy unhealthy");
}

static void test_breakers_say_why_and_who(void **state)
{
	(void)state;
	bed_peer(&bed, IO_REFUSED);
	bed_start(&bed, GUARDED);
	bed_seconds(&bed, 35);
	assert_string_equal(told(BW_CHANGE_BREAKER),
			    "closed>open opened after 2 failures in a row; ");
	bed_seconds(&bed, 60);
	assert_non_null(strstr(told(BW_CHANGE_BREAKER), "open>half_open trying again after 60 s; "
							"half_open>open opened again: the probe "
							"failed; "));
	struct guard *guard = guards_find(engine_guards(bed.engine), "a");
	assert_int_equal(engine_guard_command(bed.engine, guard, GUARD_FORCE_OPEN, 0), BW_OK);
	assert_int_equal(engine_guard_command(bed.engine, guard, GUARD_ENABLE, 0), BW_OK);
	assert_non_null(strstr(told(BW_CHANGE_BREAKER),
			       "open>forced_open forced open through the API; "
			       "forced_open>closed enabled through the API; "));
}

static void test_a_restart_shows_its_gap_and_no_old_state(void **state)
{
	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, ONE);
	bed_seconds(&bed, 40);
	bed_stop(&bed);
	fake_advance(bed.loop, 600 * BW_SECOND_US);
	bed_open_store(&bed);
	bed_start(&bed, ONE);
	bed_seconds(&bed, 15);
	assert_string_equal(told(BW_CHANGE_DAEMON), "none>started ; started>stopped ; "
						    "stopped>started ; ");
	assert_string_equal(strip(BW_CHANGE_COMPONENT, "a"),
			    "none unknown healthy none unknown healthy");
	assert_string_equal(strip(BW_CHANGE_OVERALL, ""),
			    "none unknown healthy none unknown healthy");
}

static void test_a_fresh_state_goes_on_after_a_short_restart(void **state)
{
	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, ONE);
	bed_seconds(&bed, 40);
	struct bw_journal_verdict before, after;
	bw_journal_verdict(engine_journal(bed.engine), &before);
	bed_stop(&bed);
	fake_advance(bed.loop, 5 * BW_SECOND_US);
	bed_open_store(&bed);
	bed_start(&bed, ONE);
	assert_string_equal(strip(BW_CHANGE_COMPONENT, "a"), "none unknown healthy none healthy");
	bed_seconds(&bed, 15);
	bw_journal_verdict(engine_journal(bed.engine), &after);
	assert_string_equal(after.word, "healthy");
	assert_int_equal(after.since.us, before.since.us);
	assert_false(after.has_problem);
}

/* The object after "first_cause"; the next call overwrites it. */
static const char *first_cause(void)
{
	static char text[512];
	const char *at = strstr(overview(), "\"first_cause\":");

	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s", (int)(strcspn(at, "}") + 1), at);
	return text;
}

static void test_the_first_cause_outlives_the_day_and_a_restart(void **state)
{
	char before[512];

	(void)state;
	bed_peer(&bed, IO_REFUSED);
	bed_start(&bed, SLOW);
	fake_peer_set(bed.loop, "127.0.0.1:9001", &(const struct fake_peer){ .connect = IO_OK });
	bed_seconds(&bed, 2 * 86400);
	fake_peer_set(bed.loop, "127.0.0.1:9001",
		      &(const struct fake_peer){ .connect = IO_REFUSED });
	bed_seconds(&bed, 86400);
	snprintf(before, sizeof(before), "%s", first_cause());
	assert_non_null(strstr(before, "\"at\":\"2026-03-02T14:"));
	assert_non_null(strstr(before, "\"name\":\"a\",\"text\":\"a unhealthy: connection"));
	for (int i = 0; i < 2; i++) {
		bed_stop(&bed);
		fake_advance(bed.loop, 60 * BW_SECOND_US);
		bed_open_store(&bed);
		bed_start(&bed, SLOW);
		bed_seconds(&bed, 1800);
		assert_string_equal(first_cause(), before);
	}
}

static void test_a_reload_is_told_and_what_goes_is_gone(void **state)
{
	(void)state;
	bed_peer(&bed, IO_REFUSED);
	bed_start(&bed, ONE);
	bed_seconds(&bed, 30);
	bed_reload(&bed, CALM "components: []\n");
	assert_string_equal(told(BW_CHANGE_DAEMON),
			    "none>started ; started>reloaded 0 components; ");
	assert_string_equal(strip(BW_CHANGE_COMPONENT, "a"), "none unknown unhealthy none");
	assert_non_null(strstr(overview(), "\"first_cause\":null"));
}

static void test_a_disabled_component_says_so(void **state)
{
	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, ONE);
	bed_seconds(&bed, 30);
	bed_reload(&bed, ONE "    enabled: false\n");
	bed_seconds(&bed, 1);
	assert_string_equal(strip(BW_CHANGE_COMPONENT, "a"), "none unknown healthy unknown");
}

static void test_the_clock_and_alerts_are_told(void **state)
{
	(void)state;
	bed_peer(&bed, IO_REFUSED);
	bed_start(&bed, ONE);
	bed_seconds(&bed, 30);
	assert_non_null(strstr(told(BW_CHANGE_ALERT), "none>firing One or more critical"));
	fake_shift_wall(bed.loop, 3600 * BW_SECOND_US);
	bed_seconds(&bed, 30);
	assert_string_equal(told(BW_CHANGE_CLOCK),
			    ">forward the wall clock was set forward by 3600 s; ");
}

static void test_figures_know_what_they_know(void **state)
{
	struct bw_metrics metrics;
	struct bw_buf buf;
	struct bw_json json;

	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, GUARDED);
	bed_seconds(&bed, 300);
	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_dashboard_metrics(engine_dashboard(bed.engine), &metrics);
	bw_dashboard_write_metrics(engine_dashboard(bed.engine), &metrics, &json);
	assert_non_null(strstr(buf.data, "{\"name\":\"checks\",\"unit\":\"1/s\",\"now\":0.1,"));
	assert_non_null(
		strstr(buf.data, "{\"name\":\"breaker_calls\",\"unit\":\"1/s\",\"now\":0.1,"));
	assert_non_null(strstr(buf.data,
			       "{\"name\":\"errors\",\"unit\":\"%\",\"now\":0.0,\"average\":0.0}"));
	assert_non_null(strstr(buf.data, "\"name\":\"response_p99\""));
	bw_buf_finish(&buf);
}

int main(void)
{
#define row(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		row(test_states_are_told_with_their_cause),
		row(test_breakers_say_why_and_who),
		row(test_a_restart_shows_its_gap_and_no_old_state),
		row(test_a_fresh_state_goes_on_after_a_short_restart),
		row(test_the_first_cause_outlives_the_day_and_a_restart),
		row(test_a_reload_is_told_and_what_goes_is_gone),
		row(test_a_disabled_component_says_so),
		row(test_the_clock_and_alerts_are_told),
		row(test_figures_know_what_they_know),
	};
#undef row

	return cmocka_run_group_tests(tests, NULL, NULL);
}
