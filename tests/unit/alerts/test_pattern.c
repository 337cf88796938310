#include "alerts/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sheet.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct alert_pattern *compile(const char *text, enum alert_subject_kind subject)
{
	struct alert_pattern *pattern = NULL;
	struct condition_error err;

	if (pattern_compile(text, subject, &pattern, &err) != BW_OK)
		fail_msg("%s: column %zu: %s", text, err.column, err.text);
	return pattern;
}

static void assert_written(const char *text, struct sheet *sheet, const char *wanted)
{
	const struct alert_subject subject = { ALERT_SUBJECT_COMPONENT, "x" };
	const struct fact_source source = { sheet_read, sheet };
	struct alert_pattern *pattern = compile(text, ALERT_SUBJECT_COMPONENT);
	char out[400];

	pattern_write(pattern, &subject, &source, out, sizeof(out));
	assert_string_equal(out, wanted);
	pattern_destroy(pattern);
}

static void texts(void **state)
{
	static const struct {
		const char *pattern, *text;
	} rows[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "{component.name}", "db" },
		{ "a{component.name}b{component.name}c", "adbbdbc" },
		{ "{{{component.name}}}", "{db}" },
		{ "{{}} }}{{", "{} }{" },
		{ "{component.critical}", "true" },
		{ "{component.status}", "unknown" },
		{ "{component.age:human}", "unknown" },
		{ "{component.name} is down: {component.error}", "db is down" },
		{ "{component.name}: {component.error}.", "db: ." },
		{ "{component.name:human}", "db" },
	};
	struct sheet sheet = { 0 };

	(void)state;
	sheet_text(&sheet, "component.name", "db");
	sheet_text(&sheet, "component.error", "");
	sheet_bool(&sheet, "component.critical", true);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_written(rows[i].pattern, &sheet, rows[i].text);
}

static void numbers(void **state)
{
	static const struct {
		const char *pattern;
		double number;
		const char *text;
	} rows[] = {
		{ "{resource.cpu}", 85, "85.0" },
		{ "{resource.cpu}", 0.1 + 0.2, "0.30000000000000004" },
		{ "{resource.cpu}", 1e16, "1e+16" },
		{ "{resource.cpu:0}", 85.5, "86" }, /* ties to even */
		{ "{resource.cpu:0}", 84.5, "84" },
		{ "{resource.cpu:1}", 5000.05, "5000.1" },
		{ "{resource.cpu:3}", 2, "2.000" },
		{ "{resource.cpu:round1}", 33.333, "33.3" },
		{ "{resource.cpu:round1}", 30, "30.0" },
		{ "{resource.cpu:round2}", 2.675, "2.67" },
		{ "{resource.cpu:human}", 87.66, "87.7 %" },
		{ "{resource.cpu:human}", 87, "87 %" },
		{ "{resource.cpu:human}", 100, "100 %" },
		{ "{resource.cpu:human}", 99.996, "99.9 %" },
		{ "{component.response_time:human}", 4.25, "4.2 ms" },
		{ "{component.response_time:human}", 9.96, "10 ms" },
		{ "{component.response_time:human}", 184.4, "184 ms" },
		{ "{component.response_time:human}", 999.6, "1.00 s" },
		{ "{component.response_time:human}", 1240, "1.24 s" },
		{ "{component.response_time:human}", 59996, "1 m" },
		{ "{component.response_time:human}", 90e3, "1 m 30 s" },
		{ "{component.response_time:human}", 3599.9e3, "1 h" },
		{ "{component.response_time:human}", 3600e3, "1 h" },
		{ "{component.response_time:human}", 5400e3, "1 h 30 m" },
		{ "{component.response_time:human}", 86400e3, "1 d" },
		{ "{component.response_time:human}", 1.5 * 86400e3, "1 d 12 h" },
		{ "{component.response_time:human}", -3, "-3.0 ms" },
		{ "{resource.memory_used:human}", 512, "512 B" },
		{ "{resource.memory_used:human}", 1023.7, "1.0 KiB" },
		{ "{resource.memory_used:human}", 94058905395.2, "87.6 GiB" },
		{ "{resource.memory_used:human}", 1125899906842624.0, "1024.0 TiB" },
		{ "{score:human}", 55.5, "55.5" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sheet sheet = { 0 };
		char field[64];

		(void)snprintf(field, sizeof(field), "%.*s",
			       (int)strcspn(rows[i].pattern, ":}") - 1, rows[i].pattern + 1);
		sheet_number(&sheet, field, rows[i].number);
		assert_written(rows[i].pattern, &sheet, rows[i].text);
	}
}

static void whole_numbers_have_no_point(void **state)
{
	struct sheet sheet = { 0 };

	(void)state;
	sheet_int(&sheet, "resource.cpu", 81);
	assert_written("{resource.cpu}", &sheet, "81");
	assert_written("{resource.cpu:1}", &sheet, "81.0");
	assert_written("{resource.cpu:human}", &sheet, "81 %");
	sheet_at(&sheet, "resource.cpu")->number = 0x1p63;
	assert_written("{resource.cpu}", &sheet, "9.223372036854776e+18");
}

static void long_texts_are_cut_at_a_character(void **state)
{
	const struct alert_subject subject = { ALERT_SUBJECT_COMPONENT, "x" };
	struct sheet sheet = { 0 };
	const struct fact_source source = { sheet_read, &sheet };
	struct alert_pattern *pattern = compile("{component.error}", ALERT_SUBJECT_COMPONENT);
	char out[12];

	(void)state;
	sheet_text(&sheet, "component.error", "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4");
	pattern_write(pattern, &subject, &source, out, sizeof(out));
	assert_string_equal(out, "\u00e4\u00e4\u00e4\u00e4...");
	sheet_text(&sheet, "component.error", "a\nb\x1b[1m\xff");
	pattern_write(pattern, &subject, &source, out, sizeof(out));
	assert_string_equal(out, "a b [1m\uFFFD");
	pattern_destroy(pattern);
}

static void mistakes(void **state)
{
	static const struct {
		const char *pattern;
		size_t column, len;
		const char *text;
	} rows[] = {
		{ "a {component.nam}", 4, 13,
		  "there is no field `component.nam`; did you mean `component.name`?" },
		{ "a {", 3, 1, "this brace is never closed; a brace itself is `{{`" },
		{ "a } b", 3, 1, "a closing brace alone; a brace itself is `}}`" },
		{ "{}", 2, 0,
		  "nothing stands between these braces; a field is wanted, or `{{` for a "
		  "brace itself" },
		{ "{breaker.name}", 2, 12,
		  "`breaker.name` speaks of a breaker, but this rule is about each component; a "
		  "rule is about one kind of subject, beside `resource`, `system` and "
		  "`threshold`" },
		{ "{component.name:upper}", 17, 5,
		  "after `:` comes `human`, a number of digits (`1`), or both as in `round1`" },
		{ "{component.name:1}", 17, 1, "`component.name` is a text and has no digits" },
		{ "{resource.cpu:12}", 15, 2,
		  "after `:` comes `human`, a number of digits (`1`), or both as in `round1`" },
		{ "{resource.cpu:}", 15, 0,
		  "after `:` comes `human`, a number of digits (`1`), or both as in `round1`" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct alert_pattern *pattern = NULL;
		struct condition_error err;

		assert_int_not_equal(
			pattern_compile(rows[i].pattern, ALERT_SUBJECT_COMPONENT, &pattern, &err),
			BW_OK);
		assert_null(pattern);
		assert_string_equal(err.text, rows[i].text);
		assert_int_equal(err.column, rows[i].column);
		assert_int_equal(err.len, rows[i].len);
	}
}

static void fields_of_what_the_condition_does_not_speak_of(void **state)
{
	struct alert_pattern *pattern = NULL;
	struct condition_error err;

	(void)state;
	assert_int_equal(pattern_compile("{component.name}", ALERT_SUBJECT_SYSTEM, &pattern, &err),
			 BW_EPARSE);
	assert_string_equal(err.text, "`component.name` speaks of a component; the condition of "
				      "this rule does not");
	pattern_destroy(
		compile("{resource.cpu} {score} {threshold.cpu_usage}", ALERT_SUBJECT_SYSTEM));
}

static void limits(void **state)
{
	char text[CONDITION_TEXT_MAX + 2];
	struct alert_pattern *pattern = NULL;
	struct condition_error err;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[CONDITION_TEXT_MAX + 1] = '\0';
	assert_int_equal(pattern_compile(text, ALERT_SUBJECT_SYSTEM, &pattern, &err), BW_EPARSE);
	assert_string_equal(err.text, "longer than 4096 bytes");
	for (size_t i = 0; i < 65; i++)
		memcpy(text + 7 * i, "{score}", 8);
	assert_int_equal(pattern_compile(text, ALERT_SUBJECT_SYSTEM, &pattern, &err), BW_EPARSE);
	assert_string_equal(err.text, "more than 64 parts");
	text[7 * 64] = '\0';
	pattern_destroy(compile(text, ALERT_SUBJECT_SYSTEM));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(numbers),
		cmocka_unit_test(whole_numbers_have_no_point),
		cmocka_unit_test(long_texts_are_cut_at_a_character),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(fields_of_what_the_condition_does_not_speak_of),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
