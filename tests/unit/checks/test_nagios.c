/* test_nagios.c - plugin output of every shape, good and bad. */
#include "checks/nagios.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *text_of(const struct bw_buf *buf)
{
	return buf->data ? buf->data : "";
}

static void test_lines_and_bars(void **state)
{
	static const struct {
		const char *output, *text, *more, *data;
	} cases[] = {
		{ "OK", "OK", "", "" },
		{ "OK\n", "OK", "", "" },
		{ "OK - fine | a=1 b=2\n", "OK - fine ", "", "  a=1 b=2" },
		{ "OK | a=1\nmore\nlast | b=2\nc=3\n", "OK ", "more\nlast \n", "  a=1  b=2 c=3" },
		{ "OK\nmore | b=2\nc=3|d=4", "OK", "more \n", "  b=2 c=3|d=4" },
		{ "| a=1", "", "", "  a=1" },
		{ "OK\n\nthird", "OK", "\nthird\n", "" },
		{ "", "", "", "" },
		{ "\n", "", "", "" },
	};
	struct nagios_output output;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		nagios_output_init(&output, cases[i].output, strlen(cases[i].output));
		assert_string_equal(text_of(&output.text), cases[i].text);
		assert_string_equal(text_of(&output.more), cases[i].more);
		assert_string_equal(text_of(&output.data), cases[i].data);
		nagios_output_finish(&output);
	}
	nagios_output_init(&output, "a\0b|c\0=1", 8);
	assert_string_equal(text_of(&output.text), "a b");
	assert_string_equal(text_of(&output.data), " c =1");
	nagios_output_finish(&output);
}

static void test_a_whole_metric(void **state)
{
	const char *cursor = "  'used ''space'''=12.5MB;10:20;@30;0;100 next=U;;;; bare=3";
	struct nagios_metric metric;

	(void)state;
	assert_int_equal(nagios_metric_next(&cursor, &metric), NAGIOS_METRIC);
	assert_string_equal(metric.label, "used 'space'");
	assert_true(metric.has_value);
	assert_float_equal(metric.value, 12.5, 1e-9);
	assert_string_equal(metric.unit, "MB");
	assert_string_equal(metric.warn, "10:20");
	assert_string_equal(metric.critical, "@30");
	assert_true(metric.has_min && metric.has_max);
	assert_float_equal(metric.max, 100, 1e-9);
	assert_int_equal(nagios_metric_next(&cursor, &metric), NAGIOS_METRIC);
	assert_string_equal(metric.label, "next");
	assert_false(metric.has_value);
	assert_false(metric.has_min);
	assert_int_equal(nagios_metric_next(&cursor, &metric), NAGIOS_METRIC);
	assert_string_equal(metric.label, "bare");
	assert_string_equal(metric.unit, "");
	assert_int_equal(nagios_metric_next(&cursor, &metric), NAGIOS_END);
}

static void test_good_and_broken_items(void **state)
{
	static const struct {
		const char *text;
		enum nagios_next next;
		double value;
	} cases[] = {
		{ "a=1", NAGIOS_METRIC, 1 },
		{ "a=-0.5s", NAGIOS_METRIC, -0.5 },
		{ "a=.5%", NAGIOS_METRIC, 0.5 },
		{ "a=+3c;", NAGIOS_METRIC, 3 },
		{ "a=1e3B;5;6;7;8", NAGIOS_METRIC, 1000 },
		{ "/=1;;~:5;;", NAGIOS_METRIC, 1 },
		{ "", NAGIOS_END, 0 },
		{ "   ", NAGIOS_END, 0 },
		{ "a", NAGIOS_BROKEN, 0 },
		{ "=1", NAGIOS_BROKEN, 0 },
		{ "a=", NAGIOS_BROKEN, 0 },
		{ "a=x", NAGIOS_BROKEN, 0 },
		{ "a=1,5", NAGIOS_BROKEN, 0 },
		{ "a=0x10", NAGIOS_BROKEN, 0 },
		{ "a=inf", NAGIOS_BROKEN, 0 },
		{ "a=nan", NAGIOS_BROKEN, 0 },
		{ "a=--1", NAGIOS_BROKEN, 0 },
		{ "'a=1", NAGIOS_BROKEN, 0 },
		{ "a=1;2;3;4;5;6", NAGIOS_BROKEN, 0 },
		{ "a=1;2;3;x;5", NAGIOS_BROKEN, 0 },
		{ "a=1;0123456789012345678901234567890123456789", NAGIOS_BROKEN, 0 },
		{ "a=1unitthatislong", NAGIOS_BROKEN, 0 },
	};
	struct nagios_metric metric;
	const char *cursor;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cursor = cases[i].text;
		assert_int_equal(nagios_metric_next(&cursor, &metric), cases[i].next);
		if (cases[i].next == NAGIOS_METRIC)
			assert_float_equal(metric.value, cases[i].value, 1e-9);
	}
	cursor = NULL;
	assert_int_equal(nagios_metric_next(&cursor, &metric), NAGIOS_END);
}

static void test_one_broken_item_does_not_spoil_the_next(void **state)
{
	const char *cursor = "broken 'also=2 x=1";
	struct nagios_metric metric;
	int good = 0, broken = 0;
	enum nagios_next next;

	(void)state;
	while ((next = nagios_metric_next(&cursor, &metric)) != NAGIOS_END) {
		good += next == NAGIOS_METRIC;
		broken += next == NAGIOS_BROKEN;
	}
	assert_int_equal(broken, 2);
	assert_int_equal(good, 0);
	cursor = "a=1,5 b=2";
	assert_int_equal(nagios_metric_next(&cursor, &metric), NAGIOS_BROKEN);
	assert_int_equal(nagios_metric_next(&cursor, &metric), NAGIOS_METRIC);
	assert_string_equal(metric.label, "b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_and_bars),
		cmocka_unit_test(test_a_whole_metric),
		cmocka_unit_test(test_good_and_broken_items),
		cmocka_unit_test(test_one_broken_item_does_not_spoil_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
