/* test_template.c - fields, the loop over alerts, escaping, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "notify/template.h"
#include "support/notice_samples.h"

static void assert_writes(const struct notice *notice, const char *text,
			  enum template_escape escape, const char *wanted)
{
	struct template *parts;
	struct bw_buf out;
	struct bw_error err;

	if (template_compile(text, escape, &parts, &err) != BW_OK)
		fail_msg("%s: %s", text, err.text);
	bw_buf_init(&out, 0);
	template_write(parts, notice, "https://bw.example/", &out);
	assert_string_equal(out.data ? out.data : "", wanted);
	bw_buf_finish(&out);
	template_destroy(parts);
}

static void fields_stand_for_their_values(void **state)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{ "", "" },
		{ "nothing", "nothing" },
		{ "{kind} {severity} {label}", "firing critical CRITICAL" },
		{ "{headline}", "[CRITICAL] Component Unhealthy: db" },
		{ "{key} {channel} {count} {more} {reminder}", "i1-a7-firing-1 ops 1 0 0" },
		{ "{at} {page}", "2026-03-02T14:31:00+00:00 https://bw.example/" },
		{ "{group}|{remark}", "|" },
		{ "{alert.id} {alert.rule} {alert.type}",
		  "a7 component_unhealthy component_unhealthy" },
		{ "{alert.kind} {alert.subject} {alert.group}", "component db storage" },
		{ "{alert.title}; {alert.message}",
		  "Component Unhealthy: db; connection refused by 127.0.0.1:5432" },
		{ "{alert.severity} {alert.reason} {alert.hides}", "critical condition 2" },
		{ "{alert.started} {alert.fired} {alert.resolved}",
		  "2026-03-02T14:30:00+00:00 2026-03-02T14:30:30+00:00 " },
		{ "{alert.runbook:url}", "https%3A%2F%2Fwiki.example%2Fdb_down" },
		{ "{{kind} { {} {\"a\": {\"b\": 1}} {1} {A}",
		  "{kind} { {} {\"a\": {\"b\": 1}} {1} {A}" },
		{ "{{{kind}", "{{kind}" },
		{ "[{alerts}{alert.id}{comma}{/alerts}]", "[a7]" },
	};
	struct notice_sample sample;

	(void)state;
	notice_sample_plain(&sample, NOTICE_FIRING);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_writes(&sample.notice, rows[i].text, TEMPLATE_JSON, rows[i].wanted);
}

static void the_loop_goes_over_all_alerts(void **state)
{
	struct notice_sample sample;

	(void)state;
	notice_sample_full(&sample, "x");
	sample.notice.count = 3;
	assert_writes(&sample.notice, "{alerts}<{alert.id}>{comma}{/alerts}; {alert.id} {count}",
		      TEMPLATE_RAW, "<a1>,<a2>,<a3>; a1 8");
	assert_writes(&sample.notice, "{alerts}{/alerts}{alerts}-{/alerts}", TEMPLATE_RAW, "---");
	sample.notice.count = 0;
	assert_writes(&sample.notice, "{alerts}<{alert.id}>{comma}{/alerts}[{alert.title}]",
		      TEMPLATE_RAW, "[]");
}

static void values_are_escaped_for_their_place(void **state)
{
	struct notice_sample sample;

	(void)state;
	notice_sample_plain(&sample, NOTICE_FIRING);
	sample.alerts[0].title = "a \"b\"\n\xFF\xC3\xBC{kind}";
	assert_writes(&sample.notice, "{alert.title}", TEMPLATE_JSON,
		      "a \\\"b\\\"\\n\xEF\xBF\xBD\xC3\xBC{kind}");
	assert_writes(&sample.notice, "{alert.title}", TEMPLATE_LINE,
		      "a \"b\" \xEF\xBF\xBD\xC3\xBC{kind}");
	assert_writes(&sample.notice, "{alert.title}", TEMPLATE_RAW, sample.alerts[0].title);
	assert_writes(&sample.notice, "{alert.title:raw}", TEMPLATE_JSON, sample.alerts[0].title);
	assert_writes(&sample.notice, "{alert.title:line}", TEMPLATE_JSON,
		      "a \"b\" \xEF\xBF\xBD\xC3\xBC{kind}");
	assert_writes(&sample.notice, "{alert.title:url}", TEMPLATE_RAW,
		      "a%20%22b%22%0A%FF%C3%BC%7Bkind%7D");
}

static void a_body_stays_json_whatever_is_in_it(void **state)
{
	static const char text[] =
		"{\"h\": \"{headline}\", \"m\": \"{message}\", \"r\": \"{remark}\", \"d\": "
		"{document:raw}, \"l\": [{alerts}{\"t\": \"{alert.title}\", \"m\": "
		"\"{alert.message}\", \"s\": \"{alert.subject}\", \"n\": {alert.hides}}{comma}"
		"{/alerts}]}";
	struct template *parts;
	struct bw_error err;

	(void)state;
	assert_int_equal(template_compile(text, TEMPLATE_JSON, &parts, &err), BW_OK);
	for (size_t i = 0; notice_sample_hostile(i); i++) {
		struct notice_sample sample;
		struct bw_buf out;
		json_t *json;

		notice_sample_full(&sample, notice_sample_hostile(i));
		bw_buf_init(&out, 0);
		template_write(parts, &sample.notice, "", &out);
		json = json_loadb(out.data, out.len, 0, NULL);
		assert_non_null(json);
		assert_int_equal(json_array_size(json_object_get(json, "l")), NOTICE_ALERTS_MAX);
		json_decref(json);
		bw_buf_finish(&out);
	}
	template_destroy(parts);
}

static void the_buffer_bounds_what_is_written(void **state)
{
	struct notice_sample sample;
	struct template *parts;
	struct bw_error err;
	struct bw_buf out;

	(void)state;
	notice_sample_full(&sample, notice_sample_hostile(0));
	assert_int_equal(
		template_compile("{alerts}{alert.message}{/alerts}", TEMPLATE_JSON, &parts, &err),
		BW_OK);
	bw_buf_init(&out, 20000);
	template_write(parts, &sample.notice, "", &out);
	assert_int_equal(out.status, BW_ELIMIT);
	bw_buf_finish(&out);
	template_destroy(parts);
}

static void what_is_no_template_is_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "{headlin}", "did you mean `headline`?" },
		{ "{alert.titel}", "did you mean `alert.title`?" },
		{ "{qqqqqqqq}", "there is no field `qqqqqqqq`" },
		{ "{headline", "is no field" },
		{ "{head line}", "is no field" },
		{ "{headline:html}", "`:html` is none of" },
		{ "{headline:raw:raw}", "is no field" },
		{ "{alerts}", "not ended by {/alerts}" },
		{ "{/alerts}", "without an {alerts}" },
		{ "{comma}", "without an {alerts}" },
		{ "{alerts}{alerts}{/alerts}{/alerts}", "inside of {alerts}" },
		{ "{/kind}", "there is no field" },
		{ "{kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk}", "is no field" },
	};
	struct template *parts = NULL;
	struct bw_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(template_compile(rows[i].text, TEMPLATE_JSON, &parts, &err),
				 BW_EPARSE);
		assert_null(parts);
		if (!strstr(err.text, rows[i].why))
			fail_msg("%s: %s", rows[i].text, err.text);
	}
}

static void templates_have_an_end(void **state)
{
	char *text = malloc(TEMPLATE_TEXT_MAX + 2);
	struct template *parts = NULL;
	struct bw_error err;

	(void)state;
	memset(text, 'x', TEMPLATE_TEXT_MAX + 1);
	text[TEMPLATE_TEXT_MAX + 1] = '\0';
	assert_int_equal(template_compile(text, TEMPLATE_JSON, &parts, &err), BW_ELIMIT);
	for (size_t i = 0; i + 6 <= TEMPLATE_TEXT_MAX; i += 6)
		memcpy(text + i, "{kind}", 6);
	text[TEMPLATE_TEXT_MAX] = '\0';
	assert_int_equal(template_compile(text, TEMPLATE_JSON, &parts, &err), BW_ELIMIT);
	assert_null(parts);
	free(text);
}

static void every_field_can_be_written(void **state)
{
	struct notice_sample sample;

	(void)state;
	notice_sample_plain(&sample, NOTICE_RESOLVED);
	for (size_t i = 0; template_field_name(i); i++) {
		struct template *parts;
		struct bw_error err;
		struct bw_buf text, out;

		bw_buf_init(&text, 0);
		bw_buf_init(&out, 0);
		bw_buf_format(&text, "<{%s}>", template_field_name(i));
		assert_int_equal(template_compile(text.data, TEMPLATE_RAW, &parts, &err), BW_OK);
		sample.notice.count = i % 2;
		template_write(parts, &sample.notice, "", &out);
		assert_int_equal(out.data[0], '<');
		template_destroy(parts);
		bw_buf_finish(&text);
		bw_buf_finish(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_stand_for_their_values),
		cmocka_unit_test(the_loop_goes_over_all_alerts),
		cmocka_unit_test(values_are_escaped_for_their_place),
		cmocka_unit_test(a_body_stays_json_whatever_is_in_it),
		cmocka_unit_test(the_buffer_bounds_what_is_written),
		cmocka_unit_test(what_is_no_template_is_refused),
		cmocka_unit_test(templates_have_an_end),
		cmocka_unit_test(every_field_can_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
