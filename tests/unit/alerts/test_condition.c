#include "alerts/condition.h"

#include <math.h>
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

static struct condition *compile(const char *text)
{
	struct condition *condition = NULL;
	struct condition_error err;

	if (condition_compile(text, &condition, &err) != BW_OK)
		fail_msg("%s: column %zu: %s", text, err.column, err.text);
	return condition;
}

static enum condition_verdict judge(const struct condition *condition, struct sheet *sheet)
{
	const struct alert_subject subject = { condition_subject(condition), "x" };
	const struct fact_source source = { sheet_read, sheet };

	return condition_judge(condition, &subject, &source);
}

static void assert_verdict(const char *text, struct sheet *sheet, enum condition_verdict wanted)
{
	struct condition *condition = compile(text);
	enum condition_verdict found = judge(condition, sheet);

	if (found != wanted)
		fail_msg("%s: %d, not %d", text, found, wanted);
	assert_string_equal(condition_text(condition), text);
	condition_destroy(condition);
}

static void fill(struct sheet *sheet)
{
	*sheet = (struct sheet){ 0 };
	sheet_number(sheet, "component.response_time", 2000);
	sheet_text(sheet, "component.status", "unhealthy");
	sheet_text(sheet, "component.group", "vendors");
	sheet_text(sheet, "component.error", "say \"no\" \\ twice");
	sheet_bool(sheet, "component.critical", true);
	sheet_number(sheet, "resource.cpu", 90);
	sheet_number(sheet, "threshold.cpu_usage", 80);
	sheet_number(sheet, "resource.memory_used", 1073741824.0);
	sheet_number(sheet, "score", 55);
	sheet_text(sheet, "system.status", "unhealthy");
	sheet_number(sheet, "component.age", 5400e3);
	sheet_number(sheet, "resource.load_1", -1);
}

static void comparisons(void **state)
{
	static const struct {
		const char *text;
		bool is_true;
	} rows[] = {
		{ "component.response_time == 2s", true },
		{ "component.response_time == 2000ms", true },
		{ "component.response_time != 2s", false },
		{ "component.response_time > 2s", false },
		{ "component.response_time >= 2s", true },
		{ "component.response_time < 2s", false },
		{ "component.response_time <= 2s", true },
		{ "component.response_time > 1.5s", true },
		{ "component.response_time > 1m", false },
		{ "component.response_time < 1h", true },
		{ "component.response_time < 1d", true },
		{ "component.response_time > 0", true },
		{ "component.age == 1h30m", true },
		{ "component.age == 1.5h", true },
		{ "resource.cpu > 89.9%", true },
		{ "resource.cpu > threshold.cpu_usage", true },
		{ "threshold.cpu_usage >= resource.cpu", false },
		{ "resource.memory_used == 1GiB", true },
		{ "resource.memory_used == 1024MiB", true },
		{ "resource.memory_used > 1GB", true },
		{ "resource.memory_used > 1073741824B", false },
		{ "resource.memory_used < 1TiB", true },
		{ "resource.memory_used > 1048576kB", true },
		{ "score < 60", true },
		{ "resource.load_1 == -1", true },
		{ "resource.load_1 < -0.5", true },
		{ "component.status == unhealthy", true },
		{ "component.status == \"unhealthy\"", true },
		{ "component.status != degraded", true },
		{ "component.status == system.status", true },
		{ "component.group == \"vendors\"", true },
		{ "component.group == 'vendors'", true },
		{ "component.group == \"Vendors\"", false },
		{ "component.error == \"say \\\"no\\\" \\\\ twice\"", true },
		{ "component.critical", true },
		{ "not component.critical", false },
		{ "component.critical == true", true },
		{ "component.critical != true", false },
		{ "component.critical == false", false },
		{ "component.group in (\"a\", \"vendors\")", true },
		{ "component.group in (\"a\")", false },
		{ "component.group not in (\"a\", \"b\")", true },
		{ "component.status in (degraded, unhealthy)", true },
		{ "resource.cpu in (80%, 90%)", true },
		{ "component.group =~ \"v.*s\"", true },
		{ "component.group =~ \"v\"", false }, /* the whole text */
		{ "component.group !~ \"v\"", true },
		{ "component.group =~ \"(?i)VENDORS\"", true },
		{ "component.error =~ \".*\\\\\\\\.*\"", true },
	};
	struct sheet sheet;

	(void)state;
	fill(&sheet);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_verdict(rows[i].text, &sheet,
			       rows[i].is_true ? CONDITION_TRUE : CONDITION_FALSE);
}

static void precedence(void **state)
{
	static const struct {
		const char *text;
		bool is_true;
	} rows[] = {
		{ "score > 0 or score > 0 and score < 0", true },
		{ "(score > 0 or score > 0) and score < 0", false },
		{ "score < 0 and score < 0 or score > 0", true },
		{ "score < 0 and (score < 0 or score > 0)", false },
		{ "not score < 0 and score > 0", true },
		{ "not (score < 0 and score > 0)", true },
		{ "not score > 0 or score > 0", true },
		{ "not (score > 0 or score > 0)", false },
		{ "not not score > 0", true },
		{ "score > 0 and score > 0 and score < 0", false },
		{ "score < 0 or score < 0 or score > 0", true },
		{ "score<0 or(score>0)and\tscore>0\n", true },
	};
	struct sheet sheet;

	(void)state;
	fill(&sheet);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_verdict(rows[i].text, &sheet,
			       rows[i].is_true ? CONDITION_TRUE : CONDITION_FALSE);
}

/* T, F, U and E as conditions: E is a source that answers a text where its field is a number. */
static const struct {
	char name;
	const char *text;
	enum condition_verdict verdict;
} worlds[] = {
	{ 'T', "score > 0", CONDITION_TRUE },
	{ 'F', "score < 0", CONDITION_FALSE },
	{ 'U', "availability > 0", CONDITION_UNKNOWN },
	{ 'E', "resource.load_5 > 0", CONDITION_ERROR },
};

static enum condition_verdict world(char name)
{
	for (size_t i = 0; i < COUNT(worlds); i++) {
		if (worlds[i].name == name)
			return worlds[i].verdict;
	}
	fail();
	return CONDITION_ERROR;
}

static void kleene(void **state)
{
	static const char *const and[] = { "TTT", "TFF", "TUU", "TEE", "FFF",
					   "FUF", "FEF", "UUU", "UEE", "EEE" };
	static const char *const or
		[] = { "TTT", "TFT", "TUT", "TET", "FFF", "FUU", "FEE", "UUU", "UEE", "EEE" };
	struct sheet sheet;

	(void)state;
	fill(&sheet);
	sheet_text(&sheet, "resource.load_5", "what?");
	for (size_t i = 0; i < COUNT(worlds); i++) {
		char text[64];

		assert_verdict(worlds[i].text, &sheet, worlds[i].verdict);
		(void)snprintf(text, sizeof(text), "not %s", worlds[i].text);
		assert_verdict(text, &sheet,
			       worlds[i].name == 'T'   ? CONDITION_FALSE
			       : worlds[i].name == 'F' ? CONDITION_TRUE
						       : worlds[i].verdict);
		for (size_t j = 0; j < COUNT(worlds); j++) {
			for (size_t k = 0; k < COUNT(and); k++) {
				bool same =
					and[k][0] == worlds[i].name && and[k][1] == worlds[j].name;
				bool turned =
					and[k][0] == worlds[j].name && and[k][1] == worlds[i].name;

				if (!same && !turned)
					continue;
				(void)snprintf(text, sizeof(text), "%s and %s", worlds[i].text,
					       worlds[j].text);
				assert_verdict(text, &sheet, world(and[k][2]));
				(void)snprintf(text, sizeof(text), "%s or %s", worlds[i].text,
					       worlds[j].text);
				assert_verdict(text, &sheet, world(or [k][2]));
			}
		}
	}
}

static void what_is_not_known(void **state)
{
	static const char *const texts[] = {
		"component.status == unhealthy",
		"component.status != unhealthy",
		"component.response_time > 0",
		"component.response_time <= 0",
		"component.critical",
		"not component.critical",
		"component.group in (\"\")",
		"component.group not in (\"\")",
		"component.group =~ \".*\"",
		"component.group !~ \".*\"",
		"resource.cpu > threshold.cpu_usage",
	};
	struct sheet sheet = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_verdict(texts[i], &sheet, CONDITION_UNKNOWN);
	sheet_number(&sheet, "resource.cpu", 5);
	assert_verdict("resource.cpu > threshold.cpu_usage", &sheet, CONDITION_UNKNOWN);
	sheet_number(&sheet, "resource.cpu", NAN);
	assert_verdict("resource.cpu <= 100%", &sheet, CONDITION_UNKNOWN);
	assert_verdict("resource.cpu != 5%", &sheet, CONDITION_UNKNOWN);
}

/* An expression that would try for ever is given up: neither yes nor no. */
static void costly_expressions(void **state)
{
	struct sheet sheet = { 0 };

	(void)state;
	sheet_text(&sheet, "component.error", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
	assert_verdict("component.error =~ \"(a+)+[bc]\"", &sheet, CONDITION_ERROR);
	assert_verdict("component.error !~ \"(a+)+[bc]\"", &sheet, CONDITION_ERROR);
}

static void subjects(void **state)
{
	static const struct {
		const char *text;
		enum alert_subject_kind subject;
	} rows[] = {
		{ "score < 60", ALERT_SUBJECT_SYSTEM },
		{ "threshold.cpu_usage > 3%", ALERT_SUBJECT_SYSTEM },
		{ "resource.cpu > threshold.cpu_usage", ALERT_SUBJECT_RESOURCE },
		{ "threshold.cpu_usage < resource.cpu", ALERT_SUBJECT_RESOURCE },
		{ "score < 60 and breaker.state == open", ALERT_SUBJECT_BREAKER },
		{ "component.status == degraded and resource.cpu > 50%", ALERT_SUBJECT_COMPONENT },
		{ "job.status == late", ALERT_SUBJECT_JOB },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct condition *condition = compile(rows[i].text);

		assert_int_equal(condition_subject(condition), rows[i].subject);
		condition_destroy(condition);
	}
}

static void way_back(void **state)
{
	static const struct {
		const char *when, *limit, *field;
		double edge;
		bool is_below; /* comes back below the edge */
	} rows[] = {
		{ "resource.cpu > 90%", "70%", "resource.cpu", 70, true },
		{ "resource.cpu > 90%", "70", "resource.cpu", 70, true },
		{ "resource.cpu >= 90%", "90%", "resource.cpu", 90, true },
		{ "resource.cpu > threshold.cpu_usage", "70", "resource.cpu", 70, true },
		{ "component.response_time > 2s", "1500ms", "component.response_time", 1500, true },
		{ "score < 60", "75", "score", 75, false },
		{ "score <= 60", "60", "score", 60, false },
		{ "resource.memory_used > 2GiB", "1GiB", "resource.memory_used", 1073741824.0,
		  true },
		{ "resource.load_1 > 0", "0", "resource.load_1", 0, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct condition *condition = compile(rows[i].when), *clear = NULL;
		struct condition_error err;
		struct sheet sheet = { 0 };

		assert_int_equal(condition_clear_below(condition, rows[i].limit, &clear, &err),
				 BW_OK);
		assert_int_equal(condition_subject(clear), condition_subject(condition));
		assert_string_equal(condition_text(clear), rows[i].limit);
		assert_int_equal(judge(clear, &sheet), CONDITION_UNKNOWN);
		sheet_number(&sheet, rows[i].field, rows[i].edge);
		assert_int_equal(judge(clear, &sheet), CONDITION_FALSE);
		sheet_number(&sheet, rows[i].field, rows[i].edge - 0.001);
		assert_int_equal(judge(clear, &sheet),
				 rows[i].is_below ? CONDITION_TRUE : CONDITION_FALSE);
		sheet_number(&sheet, rows[i].field, rows[i].edge + 0.001);
		assert_int_equal(judge(clear, &sheet),
				 rows[i].is_below ? CONDITION_FALSE : CONDITION_TRUE);
		condition_destroy(clear);
		condition_destroy(condition);
	}
}

static void the_dictionary_is_sound(void **state)
{
	int count = 0;

	(void)state;
	for (; fact_fields[count].name != NULL; count++) {
		const struct fact_field *field = &fact_fields[count];

		assert_int_equal(fact_field_find(field->name), count);
		assert_true(field->type != FACT_UNKNOWN);
		assert_true(field->type == FACT_NUMBER || field->unit == FACT_PLAIN);
		assert_true(field->type == FACT_TEXT || field->words == NULL);
		assert_in_range(strlen(field->name), 1, 40);
		assert_true(strlen(field->help) > 5);
		for (size_t i = 0; field->words != NULL && field->words[i] != NULL; i++)
			assert_true(strspn(field->words[i], "abcdefghijklmnopqrstuvwxyz_") ==
				    strlen(field->words[i]));
	}
	assert_in_range(count, 1, SHEET_FIELDS_MAX);
	assert_int_equal(fact_field_find("component"), -1);
	assert_int_equal(fact_field_find(""), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparisons),
		cmocka_unit_test(precedence),
		cmocka_unit_test(kleene),
		cmocka_unit_test(what_is_not_known),
		cmocka_unit_test(costly_expressions),
		cmocka_unit_test(subjects),
		cmocka_unit_test(way_back),
		cmocka_unit_test(the_dictionary_is_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
