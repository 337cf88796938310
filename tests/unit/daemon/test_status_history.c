/* test_status_history.c - change points become half hours, and how much of the known time was
 * usable.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/status_history.h"

#define MINUTE (60 * BW_SECOND_US)
#define HOUR (60 * MINUTE)

/* 14:45, so that the last bar is half over. */
static const struct bw_wall now = { 1772461800 * BW_SECOND_US + 15 * MINUTE };

static struct bw_strip_point at(int64_t ago_us, const char *word)
{
	return (struct bw_strip_point){ { now.us - ago_us }, word };
}

static struct status_history measured(struct bw_strip_point *points, size_t count)
{
	const struct bw_strip strip = { points, count, count };
	struct status_history history;

	status_history_measure(&strip, now, &history);
	return history;
}

static void expect_uptime(const struct status_history *history, const char *wanted)
{
	char text[STATUS_UPTIME_TEXT_MAX];

	status_uptime_text(history, text);
	assert_string_equal(text, wanted);
}

static void test_bars_stand_on_half_hours(void **state)
{
	(void)state;
	assert_int_equal(status_history_start(now).us, now.us - 15 * MINUTE - 47 * STATUS_BAR_US);
	assert_int_equal(status_history_start((struct bw_wall){ STATUS_BAR_US }).us,
			 -46 * STATUS_BAR_US);
}

static void test_nothing_known_is_nothing_shown(void **state)
{
	struct bw_strip_point gap = at(25 * HOUR, "none");
	struct status_history none = measured(NULL, 0), gone = measured(&gap, 1);

	(void)state;
	for (int i = 0; i < STATUS_BARS; i++) {
		assert_int_equal(none.bars[i], BW_HEALTH_UNKNOWN);
		assert_int_equal(gone.bars[i], BW_HEALTH_UNKNOWN);
	}
	expect_uptime(&none, "–");
	expect_uptime(&gone, "–");
}

static void test_a_bar_shows_its_worst(void **state)
{
	struct bw_strip_point points[] = {
		at(30 * HOUR, "healthy"), at(2 * HOUR, "degraded"),     at(2 * HOUR - 1, "healthy"),
		at(HOUR, "unhealthy"),    at(HOUR - MINUTE, "healthy"),
	};
	struct status_history history = measured(points, 5);

	(void)state;
	assert_int_equal(history.bars[0], BW_HEALTH_HEALTHY);
	assert_int_equal(history.bars[43], BW_HEALTH_DEGRADED);
	assert_int_equal(history.bars[45], BW_HEALTH_UNHEALTHY);
	assert_int_equal(history.bars[46], BW_HEALTH_HEALTHY);
	assert_int_equal(history.bars[47], BW_HEALTH_HEALTHY);
	assert_int_equal(history.known_us, 47 * STATUS_BAR_US + 15 * MINUTE);
	assert_int_equal(history.known_us - history.usable_us, MINUTE);
	expect_uptime(&history, "99.92 %");
}

static void test_a_gap_is_not_painted_as_health(void **state)
{
	struct bw_strip_point points[] = { at(25 * HOUR, "none"), at(50 * MINUTE, "healthy"),
					   at(40 * MINUTE, "none"), at(14 * MINUTE, "healthy") };
	struct status_history history = measured(points, 4);

	(void)state;
	assert_int_equal(history.bars[46], BW_HEALTH_UNKNOWN);
	assert_int_equal(history.bars[47], BW_HEALTH_HEALTHY);
	assert_int_equal(history.known_us, 24 * MINUTE);
	expect_uptime(&history, "100 %");
}

static void test_uptime_is_never_rounded_up(void **state)
{
	struct bw_strip_point points[] = { at(25 * HOUR, "healthy"), at(HOUR, "unhealthy"),
					   at(HOUR - 1, "healthy") };
	struct status_history history = measured(points, 3);
	struct bw_strip_point down = at(25 * HOUR, "unhealthy");

	(void)state;
	expect_uptime(&history, "99.99 %");
	history = measured(&down, 1);
	expect_uptime(&history, "0.00 %");
}

/* A word that this version does not know is not known, whatever it was. */
static void test_a_strange_word_is_unknown(void **state)
{
	struct bw_strip_point odd = at(25 * HOUR, "sleeping");
	struct status_history history = measured(&odd, 1);

	(void)state;
	assert_int_equal(history.bars[20], BW_HEALTH_UNKNOWN);
	assert_int_equal(history.known_us, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bars_stand_on_half_hours),
		cmocka_unit_test(test_nothing_known_is_nothing_shown),
		cmocka_unit_test(test_a_bar_shows_its_worst),
		cmocka_unit_test(test_a_gap_is_not_painted_as_health),
		cmocka_unit_test(test_uptime_is_never_rounded_up),
		cmocka_unit_test(test_a_strange_word_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
