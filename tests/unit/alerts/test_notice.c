/* test_notice.c - a notice read back from its record, its headline, foreign records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerts/notice.h"

static struct notice_alert alert_of(uint64_t id, enum bw_severity severity)
{
	return (struct notice_alert){ .id = id,
				      .severity = severity,
				      .rule = "slow",
				      .type = "rule",
				      .subject_kind = ALERT_SUBJECT_BREAKER,
				      .subject = "d\xc3\xa4t\"a",
				      .group = "storage",
				      .runbook = "https://wiki.example/",
				      .title = "Slow: data",
				      .message = "line\nline",
				      .reason = ALERT_BY_NO_DATA,
				      .started = { 3 },
				      .fired = { 4 },
				      .resolved = { 5 },
				      .hides = 7 };
}

static void test_record_comes_back(void **state)
{
	struct notice_alert alerts[NOTICE_ALERTS_MAX];
	struct notice notice = { .kind = NOTICE_REMINDER,
				 .channel = "ops",
				 .key = "k-1",
				 .group = "group=storage",
				 .remark = "silence s1 of ada has expired, still firing",
				 .at = { 9 },
				 .reminder = 3,
				 .alerts = alerts,
				 .count = NOTICE_ALERTS_MAX,
				 .more = 9980 };
	struct notice back;
	struct bw_buf one, other;
	(void)state;

	bw_buf_init(&one, 0);
	bw_buf_init(&other, 0);
	for (uint64_t i = 0; i < NOTICE_ALERTS_MAX; i++)
		alerts[i] = alert_of(i + 1, i == 4 ? BW_SEVERITY_CRITICAL : BW_SEVERITY_INFO);
	notice_encode(&notice, &one);
	assert_int_equal(notice_decode(one.data, &back, NULL), BW_OK);
	notice_encode(&back, &other);
	assert_string_equal(one.data, other.data);
	assert_string_equal(back.key, "k-1");
	assert_string_equal(back.alerts[19].subject, "d\xc3\xa4t\"a");
	assert_int_equal(notice_severity(&back), BW_SEVERITY_CRITICAL);
	notice_finish(&back);
	bw_buf_finish(&one);
	bw_buf_finish(&other);
}

static void test_headlines(void **state)
{
	struct notice_alert alerts[2] = { alert_of(1, BW_SEVERITY_INFO),
					  alert_of(2, BW_SEVERITY_INFO) };
	struct notice notice = { .kind = NOTICE_FIRING, .group = "", .alerts = alerts, .count = 1 };
	char line[100];
	(void)state;

	notice_headline(&notice, line, sizeof(line));
	assert_string_equal(line, "Slow: data");
	notice.kind = NOTICE_RESOLVED;
	notice_headline(&notice, line, sizeof(line));
	assert_string_equal(line, "Resolved: Slow: data");
	notice.kind = NOTICE_FIRING;
	notice.count = 2;
	notice.more = 10;
	notice.group = "group=storage";
	notice_headline(&notice, line, sizeof(line));
	assert_string_equal(line, "12 alerts firing in group=storage");
}

static void test_foreign_records_are_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"7",
		"{\"kind\":\"sung\"}",
		"{\"alerts\":{}}",
		"{\"alerts\":[{\"severity\":\"dire\"}]}",
		"{\"channel\":1}",
		"{\"at_us\":\"now\"}",
		"{\"key\":\"0123456789012345678901234567890123456789012345678901234567890123456\"}",
	};
	(void)state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct bw_error err = { "" };
		struct notice notice;

		assert_int_equal(notice_decode(texts[i], &notice, &err), BW_EINVAL);
		assert_true(err.text[0] != '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record_comes_back),
		cmocka_unit_test(test_headlines),
		cmocka_unit_test(test_foreign_records_are_refused),
	};

	return cmocka_run_group_tests_name("notices", tests, NULL, NULL);
}
