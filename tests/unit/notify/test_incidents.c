/* test_incidents.c - what PagerDuty and Alertmanager are sent: an alert is one thing for them from
 * its beginning to its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kinds_bed.h"

/* PagerDuty: summary 1,024 characters, dedup_key 255, severity one of four, 512 KB. */

static void pagerduty_form(void **state)
{
	struct kinds_bed bed;

	(void)state;
	kinds_begin(&bed, "pagerduty", "routing_key: 0123456789abcdef0123456789abcdef");
	kinds_send_plain(&bed, NOTICE_FIRING);
	kinds_assert_body(
		&bed,
		"{\"routing_key\":\"0123456789abcdef0123456789abcdef\",\"event_action\":"
		"\"trigger\",\"dedup_key\":\"bellwether-a7-1772461800000000\",\"client\":"
		"\"Bellwether\",\"client_url\":\"https://bw.example/\",\"payload\":{"
		"\"summary\":\"Component Unhealthy: db: connection refused by "
		"127.0.0.1:5432\",\"source\":\"bellwether\",\"severity\":\"critical\","
		"\"timestamp\":\"2026-03-02T14:31:00+00:00\",\"component\":\"db\",\"group\":"
		"\"storage\",\"class\":\"component_unhealthy\",\"custom_details\":{\"message\":"
		"\"connection refused by 127.0.0.1:5432\",\"rule\":\"component_unhealthy\","
		"\"runbook\":\"https://wiki.example/db_down\",\"kind\":\"firing\",\"started\":"
		"\"2026-03-02T14:30:00+00:00\",\"hides\":2}}}");
	kinds_send_plain(&bed, NOTICE_RESOLVED);
	kinds_assert_body(&bed,
			  "{\"routing_key\":\"0123456789abcdef0123456789abcdef\",\"event_action\":"
			  "\"resolve\",\"dedup_key\":\"bellwether-a7-1772461800000000\"}");
	kinds_end(&bed);
}

static void check_pagerduty(const json_t *body, const struct kinds_bed *bed)
{
	const json_t *payload = json_object_get(body, "payload");
	const char *severity = kinds_text_in(payload, "severity");

	assert_in_range(kinds_utf16_length(kinds_text_in(payload, "summary")), 1, 1024);
	kinds_assert_harmless(kinds_text_in(payload, "summary"));
	assert_true(strlen(kinds_text_in(body, "dedup_key")) <= 255);
	assert_true(kinds_text_in(payload, "source")[0] != '\0');
	assert_true(strcmp(severity, "critical") == 0 || strcmp(severity, "warning") == 0 ||
		    strcmp(severity, "info") == 0);
	assert_true(strlen(fake_fetch_body(bed->loop)) < (512 << 10));
}

static void pagerduty_limits(void **state)
{
	(void)state;
	kinds_each_hostile("pagerduty", "routing_key: 0123456789abcdef0123456789abcdef",
			   check_pagerduty);
}

static void pagerduty_tells_each_alert(void **state)
{
	struct notice_sample sample;
	struct kinds_bed bed;

	(void)state;
	kinds_begin(&bed, "pagerduty", "routing_key: 0123456789abcdef0123456789abcdef");
	notice_sample_full(&sample, "x");
	sample.notice.count = 3;
	kinds_deliver(&bed, &sample.notice);
	assert_int_equal(fake_connection_count(bed.loop), 3);
	assert_int_equal(bed.channel->result.outcome, CHANNEL_SENT);
	assert_non_null(strstr(fake_fetch_body(bed.loop), "bellwether-a3-"));
	kinds_peer_answers(bed.loop, "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n");
	kinds_deliver(&bed, &sample.notice);
	assert_int_equal(fake_connection_count(bed.loop), 6);
	assert_int_equal(bed.channel->result.outcome, CHANNEL_REFUSED);
	kinds_peer_answers(bed.loop,
			   "HTTP/1.1 429 Slow\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n");
	kinds_deliver(&bed, &sample.notice);
	assert_int_equal(fake_connection_count(bed.loop), 7);
	assert_int_equal(bed.channel->result.outcome, CHANNEL_RETRY);
	assert_int_equal(bed.channel->result.retry_us, 9 * BW_SECOND_US);
	kinds_end(&bed);
}

static void pagerduty_test_ends_itself(void **state)
{
	struct notice_sample sample;
	struct kinds_bed bed;

	(void)state;
	kinds_begin(&bed, "pagerduty", "routing_key: 0123456789abcdef0123456789abcdef");
	notice_sample_plain(&sample, NOTICE_TEST);
	sample.notice.count = 0;
	kinds_deliver(&bed, &sample.notice);
	assert_int_equal(fake_connection_count(bed.loop), 2);
	kinds_assert_body(&bed,
			  "{\"routing_key\":\"0123456789abcdef0123456789abcdef\",\"event_action\":"
			  "\"resolve\",\"dedup_key\":\"bellwether-test-i1-a7-firing-1\"}");
	kinds_end(&bed);
}

/* Alertmanager */

#define AM_LABELS(severity)                                                                        \
	"\"labels\":{\"alertname\":\"component_unhealthy\",\"severity\":\"" severity               \
	"\",\"kind\":\"component\",\"name\":\"db\",\"group\":\"storage\",\"type\":"                \
	"\"component_unhealthy\",\"cluster\":\"c1\"},\"annotations\":{\"summary\":"                \
	"\"Component Unhealthy: db\",\"description\":\"connection refused by 127.0.0.1:5432\","    \
	"\"runbook_url\":\"https://wiki.example/db_down\",\"id\":\"a7\"},"

static void alertmanager_form(void **state)
{
	struct kinds_bed bed;

	(void)state;
	kinds_begin(&bed, "alertmanager",
		    "{ url: \"http://am.example/\", labels: { cluster: c1 } }");
	kinds_send_plain(&bed, NOTICE_FIRING);
	assert_string_equal(fake_fetch_asked(bed.loop), "POST http://am.example/api/v2/alerts\n"
							"Content-Type: application/json\n");
	kinds_assert_body(&bed,
			  "[{" AM_LABELS("critical") "\"startsAt\":\"2026-03-02T14:30:00+00:00\","
						     "\"endsAt\":\"2026-03-02T14:35:00+00:00\","
						     "\"generatorURL\":\"https://bw.example/\"}]");
	kinds_end(&bed);
}

static void alertmanager_ends_every_severity(void **state)
{
	static const char ends[] =
		"\"startsAt\":\"2026-03-02T14:30:00+00:00\",\"endsAt\":"
		"\"2026-03-02T14:31:00+00:00\",\"generatorURL\":\"https://bw.example/\"}";
	struct bw_buf wanted;
	struct kinds_bed bed;

	(void)state;
	kinds_begin(&bed, "alertmanager",
		    "{ url: \"http://am.example\", labels: { cluster: c1 } }");
	fake_advance(bed.loop, 600 * BW_SECOND_US);
	kinds_send_plain(&bed, NOTICE_RESOLVED);
	bw_buf_init(&wanted, 0);
	bw_buf_format(&wanted, "[{%s%s,{%s%s,{%s%s]", AM_LABELS("info"), ends, AM_LABELS("warning"),
		      ends, AM_LABELS("critical"), ends);
	kinds_assert_body(&bed, wanted.data);
	bw_buf_finish(&wanted);
	kinds_end(&bed);
}

/* A message that waited for hours must not end what fires, nor a clock set back keep alive what is
 * over. */
static void alertmanager_counts_from_now(void **state)
{
	static const int64_t shifts_us[] = { 0, 7200 * BW_SECOND_US, -7200 * BW_SECOND_US };

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		enum notice_kind kind = i % 2 ? NOTICE_RESOLVED : NOTICE_FIRING;
		struct bw_wall from, until, now;
		const json_t *alert;
		struct kinds_bed bed;
		json_t *body;

		kinds_begin(&bed, "alertmanager", "url: \"http://am.example\"");
		fake_shift_wall(bed.loop, shifts_us[i / 2]);
		kinds_send_plain(&bed, kind);
		now = io_loop_wall(bed.loop);
		body = kinds_body_of(&bed);
		alert = json_array_get(body, 0);
		assert_int_equal(bw_wall_parse(kinds_text_in(alert, "startsAt"), &from), BW_OK);
		assert_int_equal(bw_wall_parse(kinds_text_in(alert, "endsAt"), &until), BW_OK);
		assert_true(from.us <= until.us);
		assert_true(kind == NOTICE_FIRING ? until.us > now.us : until.us <= now.us);
		json_decref(body);
		kinds_end(&bed);
	}
}

static void check_alertmanager(const json_t *body, const struct kinds_bed *bed)
{
	(void)bed;
	for (size_t i = 0; i < json_array_size(body); i++) {
		const json_t *labels = json_object_get(json_array_get(body, i), "labels");
		const char *key;
		json_t *value;

		assert_true(kinds_text_in(labels, "alertname")[0] != '\0');
		json_object_foreach((json_t *)labels, key, value)
		{
			assert_true(json_string_value(value)[0] != '\0');
			kinds_assert_harmless(json_string_value(value));
		}
	}
}

static void alertmanager_limits(void **state)
{
	(void)state;
	kinds_each_hostile("alertmanager", "url: \"http://am.example\"", check_alertmanager);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pagerduty_form),
		cmocka_unit_test(pagerduty_limits),
		cmocka_unit_test(pagerduty_tells_each_alert),
		cmocka_unit_test(pagerduty_test_ends_itself),
		cmocka_unit_test(alertmanager_form),
		cmocka_unit_test(alertmanager_ends_every_severity),
		cmocka_unit_test(alertmanager_counts_from_now),
		cmocka_unit_test(alertmanager_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
