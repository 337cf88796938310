/* test_component.c - how results become a state: streaks, breakers, reloads, what the store
 * remembers, reports from outside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/component.h"
#include "unit/daemon/bed.h"

static struct bed bed;

static int set_up(void **state)
{
	(void)state;
	bed_init(&bed);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	bed_finish(&bed);
	return 0;
}

static enum bw_health health_of(const char *name)
{
	return component_health(bed_component(&bed, name));
}

/* One run now, with the peer in the given mood. */
static enum bw_health look(enum io_failure mood)
{
	bed_peer(&bed, mood);
	assert_int_equal(component_check_now(bed_component(&bed, "c")), BW_OK);
	bed_seconds(&bed, 0.001);
	return health_of("c");
}

#define CALM "components:\n  - name: c\n    every: 1h\n    jitter: 0s\n" BED_PEER

static void test_before_the_first_result_nothing_is_known(void **state)
{
	(void)state;
	bed_start(&bed, CALM);
	assert_int_equal(health_of("c"), BW_HEALTH_UNKNOWN);
	assert_false(component_is_settled(bed_component(&bed, "c")));
	assert_int_equal(component_last_check(bed_component(&bed, "c")).us, 0);
	assert_int_equal(look(IO_OK), BW_HEALTH_HEALTHY);
	assert_true(component_is_settled(bed_component(&bed, "c")));
	assert_int_equal(component_last_check(bed_component(&bed, "c")).us, FAKE_WALL_START_US);
}

static void test_down_after_counts_results_in_a_row(void **state)
{
	(void)state;
	bed_start(&bed, CALM "    down_after: 3\n");
	assert_int_equal(look(IO_OK), BW_HEALTH_HEALTHY);
	assert_int_equal(look(IO_REFUSED), BW_HEALTH_HEALTHY);
	assert_string_equal(bed_error(&bed, "c"), "connection refused by 127.0.0.1:9000");
	assert_int_equal(look(IO_REFUSED), BW_HEALTH_HEALTHY);
	assert_int_equal(look(IO_OK), BW_HEALTH_HEALTHY);
	assert_string_equal(bed_error(&bed, "c"), "");
	for (int i = 0; i < 2; i++)
		assert_int_equal(look(IO_REFUSED), BW_HEALTH_HEALTHY);
	assert_int_equal(look(IO_REFUSED), BW_HEALTH_UNHEALTHY);
}

static void test_up_after_counts_on_the_way_back(void **state)
{
	(void)state;
	bed_start(&bed, CALM "    up_after: 2\n");
	assert_int_equal(look(IO_OK), BW_HEALTH_HEALTHY); /* nothing bad was shown before */
	assert_int_equal(look(IO_REFUSED), BW_HEALTH_UNHEALTHY);
	assert_int_equal(look(IO_OK), BW_HEALTH_UNHEALTHY);
	assert_int_equal(look(IO_REFUSED), BW_HEALTH_UNHEALTHY);
	assert_int_equal(look(IO_OK), BW_HEALTH_UNHEALTHY);
	assert_int_equal(look(IO_OK), BW_HEALTH_HEALTHY);
}

static void test_since_moves_only_with_the_state(void **state)
{
	(void)state;
	bed_start(&bed, CALM);
	look(IO_OK);
	struct bw_wall since = component_since(bed_component(&bed, "c"));
	bed_seconds(&bed, 5);
	look(IO_OK);
	assert_int_equal(component_since(bed_component(&bed, "c")).us, since.us);
	look(IO_REFUSED);
	assert_true(component_since(bed_component(&bed, "c")).us > since.us + 5 * BW_SECOND_US);
}

static void test_what_could_not_be_looked_at_is_unknown(void **state)
{
	(void)state;
	bed_start(&bed, CALM "    breaker: { failure_threshold: 1 }\n");
	look(IO_OK);
	assert_int_equal(look(IO_NO_RESOURCES), BW_HEALTH_UNKNOWN);
	struct bw_breaker_snapshot snapshot;
	guard_snapshot(component_guard(bed_component(&bed, "c")), &snapshot);
	assert_int_equal(snapshot.state, BW_BREAKER_CLOSED);
	assert_int_equal(snapshot.lifetime.ignored, 1);
}

static enum bw_breaker_state breaker_of(const char *name)
{
	struct bw_breaker_snapshot snapshot;

	guard_snapshot(component_guard(bed_component(&bed, name)), &snapshot);
	return snapshot.state;
}

#define GUARDED                                                                                    \
	CALM "    breaker: { failure_threshold: 2, recovery_timeout: 60s, success_threshold: 2 "   \
	     "}\n"

static void test_an_open_breaker_stops_the_calls_and_says_so(void **state)
{
	struct engine_stats stats;

	(void)state;
	bed_start(&bed, GUARDED "    down_after: 5\n");
	look(IO_OK);
	look(IO_REFUSED);
	assert_int_equal(breaker_of("c"), BW_BREAKER_CLOSED);
	look(IO_REFUSED);
	assert_int_equal(breaker_of("c"), BW_BREAKER_OPEN);
	assert_string_equal(
		bed_error(&bed, "c"),
		"Circuit breaker open due to failures: connection refused by 127.0.0.1:9000");
	int calls = fake_connection_count(bed.loop);
	struct bw_wall last = component_last_check(bed_component(&bed, "c"));
	bed_seconds(&bed, 1);
	assert_int_equal(look(IO_OK), BW_HEALTH_UNHEALTHY); /* at once: it is certain */
	assert_int_equal(fake_connection_count(bed.loop), calls);
	assert_string_equal(
		bed_error(&bed, "c"),
		"Circuit breaker open due to failures: connection refused by 127.0.0.1:9000");
	assert_int_equal(component_last_check(bed_component(&bed, "c")).us, last.us);
	engine_stats(bed.engine, &stats);
	assert_int_equal(stats.checks_refused, 1);
}

static void test_a_breaker_that_tests_is_degraded_until_it_closes(void **state)
{
	(void)state;
	bed_start(&bed, GUARDED);
	look(IO_REFUSED);
	look(IO_REFUSED);
	bed_seconds(&bed, 61);
	assert_int_equal(look(IO_OK), BW_HEALTH_DEGRADED);
	assert_int_equal(breaker_of("c"), BW_BREAKER_HALF_OPEN);
	assert_string_equal(bed_error(&bed, "c"), "Circuit breaker testing recovery");
	assert_int_equal(look(IO_OK), BW_HEALTH_HEALTHY);
	assert_int_equal(breaker_of("c"), BW_BREAKER_CLOSED);
	assert_string_equal(bed_error(&bed, "c"), "");
}

#define PROBING                                                                                    \
	CALM "    timeout: 60s\n    breaker: { failure_threshold: 1, recovery_timeout: 10s,"       \
	     " success_threshold: 1 }\n"

static void test_a_run_cut_short_gives_its_ticket_back(void **state)
{
	const struct fake_peer silent = { .connect = IO_OK, .mute = true };
	struct bw_breaker_snapshot snapshot;

	(void)state;
	bed_start(&bed, PROBING);
	look(IO_REFUSED);
	bed_seconds(&bed, 11);
	fake_peer_set(bed.loop, "127.0.0.1:9000", &silent);
	assert_int_equal(component_check_now(bed_component(&bed, "c")), BW_OK);
	assert_int_equal(component_check_now(bed_component(&bed, "c")), BW_EEXIST);
	guard_snapshot(component_guard(bed_component(&bed, "c")), &snapshot);
	assert_int_equal(snapshot.probes_in_flight, 1);
	bed_peer(&bed, IO_OK);
	bed_reload(&bed, PROBING);
	guard_snapshot(component_guard(bed_component(&bed, "c")), &snapshot);
	assert_int_equal(snapshot.probes_in_flight, 0);
	bed_seconds(&bed, 0.01); /* and what was cut short is made up for */
	assert_int_equal(breaker_of("c"), BW_BREAKER_CLOSED);
	assert_int_equal(health_of("c"), BW_HEALTH_HEALTHY);
}

static void test_reloads_never_put_a_run_off(void **state)
{
	const char *config = "components:\n  - name: c\n" BED_TEN BED_PEER;

	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, config);
	for (int i = 0; i < 50; i++) {
		bed_seconds(&bed, 2);
		bed_reload(&bed, config);
	}
	assert_in_range(fake_connection_count(bed.loop), 10, 11);
}

static void test_another_rhythm_begins_anew(void **state)
{
	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, CALM);
	bed_seconds(&bed, 5);
	assert_int_equal(fake_connection_count(bed.loop), 1);
	bed_reload(&bed, "components:\n  - name: c\n" BED_TEN BED_PEER);
	bed_seconds(&bed, 30);
	assert_in_range(fake_connection_count(bed.loop), 3, 5);
}

static void test_a_disabled_component_claims_nothing(void **state)
{
	struct bw_error err;
	const struct check_report report = { .health = BW_HEALTH_HEALTHY };

	(void)state;
	bed_start(&bed, CALM "    critical: true\n");
	look(IO_OK);
	bed_reload(&bed, CALM "    critical: true\n    enabled: false\n");
	assert_int_equal(health_of("c"), BW_HEALTH_UNKNOWN);
	assert_string_equal(bed_error(&bed, "c"), "disabled by the configuration");
	assert_true(component_is_settled(bed_component(&bed, "c")));
	assert_null(engine_not_ready(bed.engine));
	int calls = fake_connection_count(bed.loop);
	bed_seconds(&bed, 7200);
	assert_int_equal(fake_connection_count(bed.loop), calls);
	bed_reload(&bed, CALM "    critical: true\n");
	assert_string_equal(bed_error(&bed, "c"), "");
	assert_non_null(engine_not_ready(bed.engine));
	bed_seconds(&bed, 5);
	assert_int_equal(health_of("c"), BW_HEALTH_HEALTHY);
	bed_reload(&bed, "components:\n  - name: c\n    push: { every: 1m }\n    enabled: false\n");
	assert_int_equal(component_report(bed_component(&bed, "c"), &report, &err), BW_EINVAL);
	assert_string_equal(err.text, "component c is disabled by the configuration");
}

static void order(const char *name, enum guard_order order)
{
	struct guard *guard = guards_find(engine_guards(bed.engine), name);

	assert_int_equal(engine_guard_command(bed.engine, guard, order, 0), BW_OK);
}

static void test_a_shared_breaker_is_named_where_others_opened_it(void **state)
{
	(void)state;
	bed_start(&bed, CALM "    breaker: b\nbreakers: [{ name: b }]\n");
	assert_int_equal(look(IO_OK), BW_HEALTH_HEALTHY);
	order("b", GUARD_FORCE_OPEN);
	assert_int_equal(look(IO_OK), BW_HEALTH_UNHEALTHY);
	assert_string_equal(bed_error(&bed, "c"),
			    "Circuit breaker open due to failures: breaker b");
}

static void test_a_component_that_only_shows_a_breaker(void **state)
{
	(void)state;
	bed_start(&bed, "components:\n  - { name: v, breaker: b, every: 10s }\n"
			"  - { name: off, breaker: b, enabled: false }\n"
			"breakers: [{ name: b }]\n");
	bed_seconds(&bed, 4);
	assert_int_equal(health_of("v"), BW_HEALTH_HEALTHY);
	order("b", GUARD_FORCE_OPEN);
	assert_int_equal(health_of("v"), BW_HEALTH_UNHEALTHY);
	assert_string_equal(bed_error(&bed, "v"), "Circuit breaker open due to failures");
	assert_int_equal(health_of("off"), BW_HEALTH_UNKNOWN);
	order("b", GUARD_RESET);
	assert_int_equal(health_of("v"), BW_HEALTH_HEALTHY);
	assert_string_equal(bed_error(&bed, "v"), "");
}

static void restart_after(const char *config, double seconds)
{
	bed_stop(&bed);
	bed_seconds(&bed, seconds);
	bed_open_store(&bed);
	bed_start(&bed, config);
}

#define TEN "components:\n  - name: c\n" BED_TEN BED_PEER

static void test_a_fresh_state_comes_back_and_a_stale_one_does_not(void **state)
{
	char text[64];

	(void)state;
	bed_open_store(&bed);
	bed_peer(&bed, IO_REFUSED);
	bed_start(&bed, TEN);
	bed_seconds(&bed, 11);
	struct bw_wall since = component_since(bed_component(&bed, "c"));
	struct bw_wall last = component_last_check(bed_component(&bed, "c"));
	restart_after(TEN, 2);
	assert_int_equal(health_of("c"), BW_HEALTH_UNHEALTHY);
	assert_int_equal(component_since(bed_component(&bed, "c")).us, since.us);
	assert_string_equal(bed_error(&bed, "c"), "connection refused by 127.0.0.1:9000");
	assert_false(component_is_settled(bed_component(&bed, "c")));
	restart_after(TEN, 60);
	assert_int_equal(health_of("c"), BW_HEALTH_UNKNOWN);
	bw_wall_format(last, text);
	assert_memory_equal(bed_error(&bed, "c"), "not checked since ", 18);
	assert_string_equal(bed_error(&bed, "c") + 18, text);
}

#define PUSH(every)                                                                                \
	"components:\n  - name: c\n    jitter: 0s\n    push: { every: " every ", grace: 0s }\n"

static void report(enum bw_health health, const char *error)
{
	const struct check_report made = { .health = health,
					   .error = error,
					   .details = "\"rows\":7" };
	struct bw_error err;

	assert_int_equal(component_report(bed_component(&bed, "c"), &made, &err), BW_OK);
	bed_seconds(&bed, 0.001);
	assert_int_equal(health_of("c"), health);
}

static void test_a_report_during_a_run_is_shown_when_it_ends(void **state)
{
	(void)state;
	bed_start(&bed, PUSH("1h"));
	assert_int_equal(component_check_now(bed_component(&bed, "c")), BW_OK);
	report(BW_HEALTH_DEGRADED, "slow");
	assert_string_equal(bed_error(&bed, "c"), "slow");
}

static void test_a_reload_does_not_make_a_report_younger(void **state)
{
	(void)state;
	bed_start(&bed, PUSH("1m"));
	report(BW_HEALTH_DEGRADED, "slow");
	for (int i = 0; i < 5; i++) {
		bed_seconds(&bed, 11);
		bed_reload(&bed, PUSH("1m"));
	}
	assert_int_equal(health_of("c"), BW_HEALTH_DEGRADED);
	assert_string_equal(bed_error(&bed, "c"), "slow");
	const char *details = component_details(bed_component(&bed, "c"));
	assert_memory_equal(details, "\"rows\":7,\"report_age_seconds\":3", 30);
	assert_null(strstr(details + 30, "report_age_seconds"));
	bed_seconds(&bed, 30);
	assert_int_equal(health_of("c"), BW_HEALTH_UNHEALTHY);
	bed_reload(&bed, PUSH("1h")); /* not late by the new rule: the report itself counts */
	bed_seconds(&bed, 31);
	assert_int_equal(health_of("c"), BW_HEALTH_DEGRADED);
	assert_string_equal(bed_error(&bed, "c"), "slow");
}

static void test_a_reload_does_not_invent_a_report(void **state)
{
	(void)state;
	bed_start(&bed, PUSH("1m"));
	bed_seconds(&bed, 11);
	bed_reload(&bed, PUSH("1m"));
	bed_seconds(&bed, 200);
	assert_int_equal(health_of("c"), BW_HEALTH_UNKNOWN);
	assert_string_equal(bed_error(&bed, "c"), "waiting for the first report");
}

static void test_the_wait_for_a_report_goes_on_after_a_restart(void **state)
{
	(void)state;
	bed_open_store(&bed);
	bed_start(&bed, PUSH("1h"));
	report(BW_HEALTH_HEALTHY, NULL);
	bed_seconds(&bed, 1000);
	restart_after(PUSH("1h"), 1000); /* longer than any look is apart */
	bed_seconds(&bed, 15);
	assert_int_equal(health_of("c"), BW_HEALTH_HEALTHY);
	restart_after(PUSH("1h"), 1000);
	bed_seconds(&bed, 15);
	assert_int_equal(health_of("c"), BW_HEALTH_HEALTHY);
	bed_seconds(&bed, 600);
	assert_int_equal(health_of("c"), BW_HEALTH_UNHEALTHY);
	assert_memory_equal(bed_error(&bed, "c"), "no report for", 13);
}

static void test_nothing_reported_before_a_restart_is_nothing_after(void **state)
{
	(void)state;
	bed_open_store(&bed);
	bed_start(&bed, PUSH("1m"));
	bed_seconds(&bed, 30);
	restart_after(PUSH("1m"), 5);
	bed_seconds(&bed, 300);
	assert_int_equal(health_of("c"), BW_HEALTH_UNKNOWN);
	assert_string_equal(bed_error(&bed, "c"), "waiting for the first report");
}

static void test_only_a_passive_kind_takes_reports(void **state)
{
	const struct check_report made = { .health = BW_HEALTH_HEALTHY };
	struct bw_error err;

	(void)state;
	bed_start(&bed, CALM "  - { name: v, breaker: b }\nbreakers: [{ name: b }]\n");
	assert_int_equal(component_report(bed_component(&bed, "c"), &made, &err), BW_EINVAL);
	assert_int_equal(component_report(bed_component(&bed, "v"), &made, &err), BW_EINVAL);
}

int main(void)
{
#define row(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		row(test_before_the_first_result_nothing_is_known),
		row(test_down_after_counts_results_in_a_row),
		row(test_up_after_counts_on_the_way_back),
		row(test_since_moves_only_with_the_state),
		row(test_what_could_not_be_looked_at_is_unknown),
		row(test_an_open_breaker_stops_the_calls_and_says_so),
		row(test_a_breaker_that_tests_is_degraded_until_it_closes),
		row(test_a_run_cut_short_gives_its_ticket_back),
		row(test_reloads_never_put_a_run_off),
		row(test_another_rhythm_begins_anew),
		row(test_a_disabled_component_claims_nothing),
		row(test_a_shared_breaker_is_named_where_others_opened_it),
		row(test_a_component_that_only_shows_a_breaker),
		row(test_a_fresh_state_comes_back_and_a_stale_one_does_not),
		row(test_a_report_during_a_run_is_shown_when_it_ends),
		row(test_a_reload_does_not_make_a_report_younger),
		row(test_a_reload_does_not_invent_a_report),
		row(test_the_wait_for_a_report_goes_on_after_a_restart),
		row(test_nothing_reported_before_a_restart_is_nothing_after),
		row(test_only_a_passive_kind_takes_reports),
	};
#undef row

	return cmocka_run_group_tests(tests, NULL, NULL);
}
