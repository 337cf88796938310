/* test_cron.c - what a schedule may look like and what it says when it does not; days that are
 * rare. That the times are right is beside_zoneinfo.py's business.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "time/cron.h"

static void test_mistakes(void **state)
{
	static const struct {
		const char *text, *trouble;
	} cases[] = {
		{ "", "a schedule has five fields" },
		{ "* * * *", "this one has 4" },
		{ "0 * * * * *", "this one has 6" },
		{ "60 * * * *", "`60` is no minute: write 0 to 59" },
		{ "* 24 * * *", "`24` is no hour: write 0 to 23" },
		{ "* * 0 * *", "`0` is no day of the month: write 1 to 31" },
		{ "* * * 13 *", "`13` is no month: write 1 to 12, or jan to dec" },
		{ "* * * * 8", "`8` is no day of the week: write 0 to 7" },
		{ "* * * foo *", "`foo` is no month" },
		{ "* * * * sunday", "`sunday` is no day of the week" },
		{ "1, * * * *", "`` is no minute" },
		{ "5-1 * * * *", "`5-1` is no minute" },
		{ "5/2 * * * *", "`5/2` is no minute" },
		{ "*/0 * * * *", "`*/0` is no minute" },
		{ "*/60 * * * *", "`*/60` is no minute" },
		{ "-1 * * * *", "`-1` is no minute" },
		{ "1- * * * *", "`1-` is no minute" },
		{ "? * * * *", "`?` is no minute" },
		{ "9999 * * * *", "`9999` is no minute" },
		{ "@dayly", "`@dayly` is no schedule; known are @hourly" },
		{ "@daily 5", "`@daily 5` is no schedule" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct bw_error err = { "" };
		struct cron cron;

		if (cron_parse(cases[i].text, &cron, &err) != BW_EPARSE ||
		    !strstr(err.text, cases[i].trouble))
			fail_msg("%s: %s", cases[i].text, err.text);
	}
}

static void test_long_text(void **state)
{
	struct cron cron;
	char text[400];

	(void)state;
	memset(text, ' ', sizeof text);
	memcpy(text + sizeof text - 10, "* * * * *", 10);
	assert_int_equal(cron_parse(text, &cron, NULL), BW_EPARSE);
	assert_int_equal(cron_parse(text + 200, &cron, NULL), BW_OK);
}

static void test_bits(void **state)
{
	struct cron cron;

	(void)state;
	assert_int_equal(cron_parse("\t1,3-5,*/20  */6 1-31/10 JAN,dec fri-sun ", &cron, NULL),
			 BW_OK);
	assert_int_equal(cron.minutes, 1u << 1 | 7u << 3 | 1 | 1u << 20 | UINT64_C(1) << 40);
	assert_int_equal(cron.hours, 1 | 1u << 6 | 1u << 12 | 1u << 18);
	assert_int_equal(cron.days, 1u << 1 | 1u << 11 | 1u << 21 | 1u << 31);
	assert_int_equal(cron.months, 1u << 1 | 1u << 12);
	assert_int_equal(cron.weekdays, 1 | 1u << 5 | 1u << 6);
	assert_false(cron.any_day || cron.any_weekday);
	assert_int_equal(cron_parse("@WEEKLY", &cron, NULL), BW_OK);
	assert_int_equal(cron.weekdays, 1);
	assert_true(cron.any_day && !cron.any_weekday);
	assert_int_equal(cron_parse("* * * * 7", &cron, NULL), BW_OK);
	assert_int_equal(cron.weekdays, 1);
	assert_int_equal(cron_parse("* * */2 * *", &cron, NULL), BW_OK);
	assert_int_equal(cron.weekdays, 0x7f);
	assert_true(cron.any_day && cron.any_weekday);
}

static int64_t next_us(const char *schedule, int64_t after_us)
{
	struct bw_wall found = { -1 };
	struct zone *zone;
	struct cron cron;

	assert_int_equal(zone_open("UTC", &zone, NULL), BW_OK);
	assert_int_equal(cron_parse(schedule, &cron, NULL), BW_OK);
	if (!cron_next(&cron, zone, (struct bw_wall){ after_us }, &found))
		found.us = -1;
	zone_close(zone);
	return found.us;
}

static void test_rare_days(void **state)
{
	static const int64_t in_1896 = -2330000000, leap_1904 = -2077747200;

	(void)state;
	assert_int_equal(next_us("0 0 31 2 *", 0), -1);
	assert_int_equal(next_us("0 0 30 2 *", 1767225600 * BW_SECOND_US), -1);
	assert_int_equal(next_us("0 0 29 2 *", in_1896 * BW_SECOND_US), leap_1904 * BW_SECOND_US);
	assert_int_equal(next_us("0 0 * * *", INT64_MAX), -1);
	assert_int_equal(next_us("0 0 * * *", INT64_MIN), -1);
}

static void test_never_the_same_moment(void **state)
{
	(void)state;
	assert_int_equal(next_us("* * * * *", 0), 60 * BW_SECOND_US);
	assert_int_equal(next_us("* * * * *", -1), 0);
	assert_int_equal(next_us("* * * * *", 60 * BW_SECOND_US - 1), 60 * BW_SECOND_US);
}

static void test_previous_holds_the_moment(void **state)
{
	struct bw_wall found;
	struct zone *zone;
	struct cron cron;

	(void)state;
	assert_int_equal(zone_open("UTC", &zone, NULL), BW_OK);
	assert_int_equal(cron_parse("*/5 * * * *", &cron, NULL), BW_OK);
	assert_true(cron_previous(&cron, zone, (struct bw_wall){ 300 * BW_SECOND_US }, &found));
	assert_int_equal(found.us, 300 * BW_SECOND_US);
	assert_true(cron_previous(&cron, zone, (struct bw_wall){ 300 * BW_SECOND_US - 1 }, &found));
	assert_int_equal(found.us, 0);
	assert_int_equal(cron_parse("0 0 31 2 *", &cron, NULL), BW_OK);
	assert_false(cron_previous(&cron, zone, (struct bw_wall){ 0 }, &found));
	zone_close(zone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_rare_days),
		cmocka_unit_test(test_never_the_same_moment),
		cmocka_unit_test(test_previous_holds_the_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
