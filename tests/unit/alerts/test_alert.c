/* test_alert.c - an alert record read back, foreign records refused, the object for people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerts/alerts.h"
#include "base/xalloc.h"

static struct bw_wall at(int64_t s)
{
	return (struct bw_wall){ s * BW_SECOND_US };
}

static void fill(struct alert *alert)
{
	const struct alert_ack ack = { true, at(20), at(90), (char *)"ada",
				       (char *)"looking \"\n" };

	*alert = (struct alert){
		.id = 17,
		.rule_name = xstrdup("slow"),
		.type = xstrdup("rule"),
		.subject_kind = ALERT_SUBJECT_COMPONENT,
		.subject = xstrdup("d\xc3\xa4tabase"),
		.state = ALERT_RECOVERING,
		.reason = ALERT_BY_NO_DATA,
		.severity = BW_SEVERITY_CRITICAL,
		.title = xstrdup("Slow: d\xc3\xa4tabase"),
		.message = xstrdup("<b>"),
		.started = at(10),
		.fired = at(15),
		.recovering = at(30),
		.samples = { UINT64_MAX, UINT64_C(1) << 63, 64, true, true, at(31) },
		.flapping = true,
		.flap_rate = 33.3,
		.flap_bits = 0x15555,
		.flap_count = ALERT_FLAP_WINDOW,
		.flap_rounds = 3,
		.quiet = { ALERT_QUIET_SILENCE, xstrdup("s12"), at(7), true },
		.over = { xstrdup("silence s11 of ada has expired, still firing"), true, at(8) },
		.told = xcalloc(2, sizeof(struct alert_told)),
		.told_count = 2,
	};
	alert_set_ack(alert, &ack);
	alert->told[0] = (struct alert_told){ xstrdup("ops"), true,    true, BW_SEVERITY_CRITICAL,
					      at(16),         at(500), 2,    3,
					      at(9) };
	alert->told[1] = (struct alert_told){ .channel = xstrdup("boss") };
}

static char *encoded(const struct alert *alert)
{
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	alert_encode(alert, &buf);
	return bw_buf_take(&buf, NULL);
}

static void test_record_comes_back(void **state)
{
	struct alert alert, copy, back;
	struct bw_error error = { "" };
	char *text, *again;
	(void)state;

	fill(&alert);
	alert_copy(&alert, &copy);
	text = encoded(&copy);
	assert_int_equal(alert_decode(text, &back, &error), BW_OK);
	again = encoded(&back);
	assert_string_equal(text, again);
	assert_memory_equal(&back.samples.bad, &alert.samples.bad, sizeof(back.samples.bad));
	assert_memory_equal(&back.samples.good, &alert.samples.good, sizeof(back.samples.good));
	assert_int_equal(back.told_count, 2);
	assert_string_equal(back.told[0].channel, "ops");
	assert_int_equal(back.told[0].remind_at.us, at(500).us);
	assert_string_equal(back.ack->comment, "looking \"\n");
	assert_true(back.flap_rate == 33.3);
	free(text);
	free(again);
	alert_finish(&alert);
	alert_finish(&copy);
	alert_finish(&back);
}

static void test_unknown_members_are_left_alone(void **state)
{
	struct alert back;
	(void)state;

	assert_int_equal(alert_decode("{\"id\":3,\"rule\":\"r\",\"kind\":\"system\",\"state\":"
				      "\"firing\",\"reason\":\"condition\",\"severity\":\"info\","
				      "\"mood\":{\"blue\":[1]}}",
				      &back, NULL),
			 BW_OK);
	assert_int_equal(back.id, 3);
	assert_string_equal(back.subject, "");
	alert_finish(&back);
}

static void test_damaged_records_are_refused(void **state)
{
#define SOUND                                                                                      \
	"\"rule\":\"r\",\"kind\":\"job\",\"state\":\"firing\",\"reason\":\"error\","               \
	"\"severity\":\"info\""
	static const char *const texts[] = {
		"",
		"[]",
		"{",
		"null",
		"{}",
		"{\"id\":0," SOUND "}",
		"{\"id\":\"3\"," SOUND "}",
		"{\"id\":3,\"id\":4," SOUND "}",
		"{\"id\":3}",
		"{\"id\":3," SOUND ",\"started\":-5}",
		"{\"id\":3," SOUND ",\"samples\":7}",
		"{\"id\":3," SOUND ",\"samples\":{\"count\":65}}",
		"{\"id\":3," SOUND ",\"samples\":{\"frozen\":1}}",
		"{\"id\":3," SOUND ",\"flap_rate\":101}",
		"{\"id\":3," SOUND ",\"flap_bits\":2097152}",
		"{\"id\":3," SOUND ",\"ack\":[]}",
		"{\"id\":3," SOUND ",\"told\":{}}",
		"{\"id\":3," SOUND ",\"told\":[3]}",
		"{\"id\":3," SOUND ",\"told\":[{\"channel\":\"a\",\"severity\":\"loud\"}]}",
		"{\"id\":3," SOUND ",\"quiet\":{\"kind\":\"asleep\"}}",
		("{\"id\":3,\"rule\":\"r\",\"kind\":\"moon\",\"state\":\"firing\",\"reason\":"
		 "\"error\",\"severity\":\"info\"}"),
	};
	(void)state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct alert back = { .id = 99 };
		struct bw_error error = { "" };

		assert_int_equal(alert_decode(texts[i], &back, &error), BW_EINVAL);
		assert_int_equal(back.id, 99);
		assert_string_not_equal(error.text, "");
	}
}

static void test_object_for_people(void **state)
{
	struct alert alert;
	struct bw_json json;
	struct bw_buf buf;
	(void)state;

	fill(&alert);
	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	alert_write(&alert, "storage", &json);
	assert_string_equal(
		buf.data,
		"{\"severity\":\"critical\",\"type\":\"rule\",\"title\":\"Slow: d\xc3\xa4tabase\","
		"\"message\":\"<b>\",\"timestamp\":\"1970-01-01T00:00:15+00:00\",\"id\":\"a17\","
		"\"state\":\"recovering\",\"hard\":false,\"reason\":\"no_data\",\"rule\":\"slow\","
		"\"subject\":{\"kind\":\"component\",\"name\":\"d\xc3\xa4tabase\",\"group\":"
		"\"storage\"},\"started\":\"1970-01-01T00:00:10+00:00\",\"fired\":"
		"\"1970-01-01T00:00:15+00:00\",\"recovering\":\"1970-01-01T00:00:30+00:00\","
		"\"resolved\":null,\"flapping\":true,\"flap_rate\":33.3,\"ack\":{\"by\":\"ada\","
		"\"at\":\"1970-01-01T00:00:20+00:00\",\"comment\":\"looking \\\"\\n\",\"sticky\":"
		"true,\"until\":\"1970-01-01T00:01:30+00:00\"},\"quiet\":{\"kind\":\"silence\","
		"\"by\":\"s12\",\"text\":\"Silenced by s12\"},\"hides\":0,\"next_reminder\":"
		"\"1970-01-01T00:08:20+00:00\"}");
	bw_buf_clear(&buf);
	bw_json_init(&json, &buf);
	alert_write_told(&alert, &json);
	assert_string_equal(buf.data, "[{\"channel\":\"ops\",\"state\":\"flapping\",\"at\":"
				      "\"1970-01-01T00:00:16+00:00\",\"reminders\":2}]");
	bw_buf_finish(&buf);
	alert_finish(&alert);
}

static void test_words(void **state)
{
	enum alert_subject_kind kind;
	(void)state;

	for (int i = 0; i < ALERT_SUBJECT_KINDS; i++) {
		assert_true(alert_subject_parse(alert_subject_text(i), &kind));
		assert_int_equal(kind, i);
	}
	assert_false(alert_subject_parse("moon", &kind));
	assert_string_equal(alert_quiet_text(ALERT_LOUD), "");
}

static void test_record_ages_only_when_nobody_needs_it(void **state)
{
	struct alert_rule rule = { .detects_flapping = true };
	struct alert alert;
	(void)state;

	fill(&alert);
	alert.rule = &rule;
	assert_int_equal(alert_ended(&alert).us, 0);
	alert.state = ALERT_RESOLVED;
	alert.resolved = at(50);
	assert_int_equal(alert_ended(&alert).us, 0);
	alert.told[0].firing = false;
	assert_int_equal(alert_ended(&alert).us, 0);
	alert.flap_bits = 0;
	assert_int_equal(alert_ended(&alert).us, at(50).us);
	alert_finish(&alert);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record_comes_back),
		cmocka_unit_test(test_unknown_members_are_left_alone),
		cmocka_unit_test(test_damaged_records_are_refused),
		cmocka_unit_test(test_object_for_people),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_record_ages_only_when_nobody_needs_it),
	};

	return cmocka_run_group_tests_name("alert", tests, NULL, NULL);
}
