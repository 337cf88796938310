/* test_engine.c - results become turns, turns become points and alerts; reloads and clocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/history.h"
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

static size_t points(void)
{
	return bw_history_count(bw_dashboard_history(engine_dashboard(bed.engine)));
}

static size_t alerts_firing(const char *type)
{
	const unsigned firing = 1U << ALERT_FIRING | 1U << ALERT_RECOVERING;
	const struct alert *alert;
	size_t cursor = 0, count = 0;

	while ((alert = alerts_next(engine_alerts(bed.engine), firing, &cursor)) != NULL)
		count += strcmp(alert->type, type) == 0;
	return count;
}

static const char *document(void)
{
	static char text[16384];
	const struct bw_document_options options = { .now = io_loop_wall(bed.loop),
						     .alerts_json = "[]" };
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	bw_dashboard_write(engine_dashboard(bed.engine), &options, &buf);
	assert_int_equal(buf.status, BW_OK);
	snprintf(text, sizeof(text), "%s", buf.data);
	bw_buf_finish(&buf);
	return text;
}

#define ROW(name) "  - name: " name "\n" BED_TEN BED_PEER
#define THREE "components:\n" ROW("a") ROW("b") ROW("c")

static void test_many_results_make_one_turn(void **state)
{
	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, THREE);
	bed_seconds(&bed, 5.1);
	int turns = bed.turns;
	for (const char *const *name = (const char *const[]){ "a", "b", "c", NULL }; *name; name++)
		assert_int_equal(component_check_now(bed_component(&bed, *name)), BW_OK);
	assert_int_equal(bed.turns, turns);
	fake_advance(bed.loop, ENGINE_TURN_US + 1000);
	assert_int_equal(bed.turns, turns + 1);
	assert_int_equal(bed.changed, 3);
}

static void test_points_come_at_the_refresh_interval_with_nobody_looking(void **state)
{
	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, "refresh_interval: 30s\n" THREE);
	bed_seconds(&bed, 10);
	size_t first = points();
	assert_int_equal(first, 1); /* when all were looked at */
	bed_seconds(&bed, 300);
	assert_int_equal(points(), first + 10);
	assert_int_equal(bed.samples, (int)points());
}

static void test_frequent_reloads_do_not_starve_the_history(void **state)
{
	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, "refresh_interval: 30s\n" THREE);
	bed_seconds(&bed, 10);
	for (int i = 0; i < 30; i++) {
		bed_seconds(&bed, 10);
		bed_reload(&bed, "refresh_interval: 30s\n" THREE);
	}
	assert_in_range(points(), 11, 12);
	bed_reload(&bed, "refresh_interval: 5s\n" THREE);
	size_t before = points();
	bed_seconds(&bed, 21);
	assert_int_equal(points(), before + 4);
}

static void test_a_gap_stays_a_gap(void **state)
{
	(void)state;
	bed_open_store(&bed);
	bed_peer(&bed, IO_OK);
	bed_start(&bed, "refresh_interval: 30s\n" THREE);
	bed_seconds(&bed, 100);
	size_t kept = points();
	struct bw_wall last = bed.point.time;
	bed_stop(&bed);
	bed_seconds(&bed, 3600);
	bed_open_store(&bed);
	bed_start(&bed, "refresh_interval: 30s\n" THREE);
	assert_int_equal(points(), kept);
	bed_seconds(&bed, 10);
	assert_int_equal(points(), kept + 1);
	assert_true(bed.point.time.us - last.us > 3600 * BW_SECOND_US);
}

static void test_nothing_is_said_before_all_were_looked_at(void **state)
{
	const struct fake_peer silent = { .connect = IO_OK, .mute = true };

	(void)state;
	fake_peer_set(bed.loop, "127.0.0.1:9000", &silent);
	bed_start(&bed, "components:\n  - name: slow\n    critical: true\n    every: 2m\n"
			"    timeout: 2m\n" BED_PEER
			"  - { name: shut, critical: true, tcp: { host: 127.0.0.1, port: 1 } }\n");
	bed_seconds(&bed, 19);
	assert_int_equal(component_health(bed_component(&bed, "shut")), BW_HEALTH_UNHEALTHY);
	assert_int_equal(points(), 0);
	assert_int_equal(alerts_firing("system_health"), 0);
	bed_seconds(&bed, 7); /* but the wait has an end */
	assert_int_equal(points(), 1);
	assert_int_equal(alerts_firing("system_health"), 1);
}

static void test_a_reload_keeps_what_stays_and_drops_what_went(void **state)
{
	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, "components:\n" ROW("a") "    breaker: { failure_threshold: 3 }\n" ROW(
				"b") "breakers: [{ name: x }, { name: y }]\n");
	bed_seconds(&bed, 5);
	struct bw_wall since = component_since(bed_component(&bed, "b"));
	assert_non_null(strstr(document(), "\"x\""));
	bed_reload(&bed, "components:\n" ROW("n") ROW("b") "breakers: [{ name: y }]\n");
	assert_string_equal(bed.removed, "a");
	assert_null(engine_find(bed.engine, "a"));
	assert_int_equal(component_since(bed_component(&bed, "b")).us, since.us);
	assert_int_equal(component_health(bed_component(&bed, "b")), BW_HEALTH_HEALTHY);
	assert_int_equal(component_health(bed_component(&bed, "n")), BW_HEALTH_UNKNOWN);
	assert_int_equal(guards_count(engine_guards(bed.engine)), 1);
	const char *text = document();
	assert_null(strstr(text, "\"x\""));
	assert_null(strstr(text, "\"a\""));
	assert_non_null(strstr(text, "\"n\""));
	assert_true(strstr(text, "\"n\"") < strstr(text, "\"b\"")); /* the new order */
}

static void test_the_order_after_a_reload_is_the_configurations(void **state)
{
	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, THREE);
	bed_reload(&bed, "components:\n" ROW("c") ROW("a") ROW("b"));
	assert_string_equal(component_name(engine_component(bed.engine, 0)), "c");
	assert_string_equal(component_name(engine_component(bed.engine, 2)), "b");
	const char *text = document();
	assert_true(strstr(text, "\"c\":") < strstr(text, "\"a\":"));
	assert_true(strstr(text, "\"a\":") < strstr(text, "\"b\":"));
}

static void test_a_reload_between_a_result_and_its_turn(void **state)
{
	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, THREE);
	bed_seconds(&bed, 5);
	assert_int_equal(component_check_now(bed_component(&bed, "a")), BW_OK);
	fake_advance(bed.loop, 100);
	bed_reload(&bed, "components:\n" ROW("b"));
	bed_seconds(&bed, 60);
	assert_int_equal(engine_component_count(bed.engine), 1);
}

static void test_a_wrong_configuration_changes_nothing(void **state)
{
	struct daemon_settings *settings =
		bed_settings("components:\n  - { name: a, http: { url: \"http://h/\", expect: { "
			     "body: \"/(/\" } } }\n");
	char *report = NULL;

	(void)state;
	bed_peer(&bed, IO_OK);
	bed_start(&bed, THREE);
	bed_seconds(&bed, 5);
	assert_int_equal(engine_reload(bed.engine, settings, &report), BW_EINVAL);
	assert_non_null(report);
	free(report);
	daemon_settings_destroy(settings);
	assert_int_equal(engine_component_count(bed.engine), 3);
	assert_int_equal(component_health(bed_component(&bed, "a")), BW_HEALTH_HEALTHY);
	int calls = fake_connection_count(bed.loop);
	bed_seconds(&bed, 10);
	assert_int_equal(fake_connection_count(bed.loop), calls + 3);
}

/* What the log said since. */
static const char *log_text(int fd)
{
	static char text[4096];
	ssize_t len = read(fd, text, sizeof(text) - 1);

	text[len > 0 ? len : 0] = '\0';
	return text;
}

static void test_a_clock_set_back_leaves_the_rhythm_alone(void **state)
{
	struct engine_stats stats;
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	bed.log = log_create(fds[1], LOG_LEVEL_WARNING);
	bed_open_store(&bed);
	bed_peer(&bed, IO_OK);
	bed_start(&bed, "refresh_interval: 30s\n" THREE);
	bed_seconds(&bed, 120);
	size_t before = points();
	int calls = fake_connection_count(bed.loop);
	fake_shift_wall(bed.loop, -3600 * BW_SECOND_US);
	bed_seconds(&bed, 120);
	assert_in_range(fake_connection_count(bed.loop), calls + 34, calls + 38);
	assert_int_equal(points(), before + 4);
	assert_int_equal(component_health(bed_component(&bed, "a")), BW_HEALTH_HEALTHY);
	engine_stats(bed.engine, &stats);
	assert_int_equal(stats.clock_steps, 1);
	assert_non_null(
		strstr(log_text(fds[0]), "the wall clock was set back by 3600 s: checks keep"));
	bed_stop(&bed); /* and what is kept from both sides of the step can be read again */
	bed_open_store(&bed);
	bed_start(&bed, "refresh_interval: 30s\n" THREE);
	assert_int_equal(points(), before + 4);
	fake_shift_wall(bed.loop, 3 * 86400 * BW_SECOND_US);
	bed_seconds(&bed, 60);
	engine_stats(bed.engine, &stats);
	assert_int_equal(stats.clock_steps, 1);
	assert_non_null(strstr(log_text(fds[0]), "set forward by 259200 s"));
	bed_stop(&bed);
	log_destroy(bed.log);
	close(fds[0]);
	close(fds[1]);
}

static void test_one_change_is_one_line_of_the_log(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	bed.log = log_create(fds[1], LOG_LEVEL_INFO);
	bed_peer(&bed, IO_REFUSED);
	bed_start(&bed, "components:\n" ROW("a"));
	bed_seconds(&bed, 60);
	const char *text = log_text(fds[0]);
	const char *line =
		strstr(text, "component a: unhealthy, was unknown: \"connection refused");
	assert_non_null(line);
	assert_null(strstr(line + 1, "component a:"));
	bed_stop(&bed);
	log_destroy(bed.log);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
#define row(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		row(test_many_results_make_one_turn),
		row(test_points_come_at_the_refresh_interval_with_nobody_looking),
		row(test_frequent_reloads_do_not_starve_the_history),
		row(test_a_gap_stays_a_gap),
		row(test_nothing_is_said_before_all_were_looked_at),
		row(test_a_reload_keeps_what_stays_and_drops_what_went),
		row(test_the_order_after_a_reload_is_the_configurations),
		row(test_a_reload_between_a_result_and_its_turn),
		row(test_a_wrong_configuration_changes_nothing),
		row(test_a_clock_set_back_leaves_the_rhythm_alone),
		row(test_one_change_is_one_line_of_the_log),
	};
#undef row

	return cmocka_run_group_tests(tests, NULL, NULL);
}
