/* test_kinds.c - what each service is sent: the exact form for a plain notice, and for texts that
 * want to break it the limits and promises the service documents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/display.h"
#include "support/channel_case.h"
#include "support/fake_io.h"
#include "support/notice_samples.h"

#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

struct bed {
	struct io_loop *loop;
	struct channel_case *channel;
};

static void peer_answers(struct io_loop *loop, const char *bytes)
{
	struct fake_step steps[] = { { FAKE_AWAIT, "\r\n\r\n", 4, 0 },
				     { FAKE_SEND, bytes, strlen(bytes), 0 } };
	struct fake_peer peer = { .steps = steps, .step_count = 2 };

	fake_peer_set(loop, NULL, &peer);
}

static void begin(struct bed *bed, const char *kind, const char *settings)
{
	bed->loop = io_loop_create();
	bed->channel = channel_case_create(bed->loop, channel_kind_find(kind), settings);
	if (!bed->channel->is_good)
		fail_msg("%s: %s", settings, bed->channel->report);
	bed->channel->channel.page_url = "https://bw.example/";
	peer_answers(bed->loop, OK_ANSWER);
}

static void end(struct bed *bed)
{
	channel_case_destroy(bed->channel);
	io_loop_destroy(bed->loop);
}

static void deliver(struct bed *bed, const struct notice *notice)
{
	int before = bed->channel->results;

	channel_case_send(bed->channel, notice);
	fake_advance(bed->loop, BW_SECOND_US);
	assert_int_equal(bed->channel->results, before + 1);
}

static void send_plain(struct bed *bed, enum notice_kind kind)
{
	struct notice_sample sample;

	notice_sample_plain(&sample, kind);
	deliver(bed, &sample.notice);
	assert_int_equal(bed->channel->result.outcome, CHANNEL_SENT);
}

static json_t *body_of(const struct bed *bed)
{
	json_error_t error;
	json_t *body = json_loads(fake_fetch_body(bed->loop), 0, &error);

	if (!body)
		fail_msg("%s in %s", error.text, fake_fetch_body(bed->loop));
	return body;
}

/* Equal as JSON; prints both when not. */
static void assert_body(const struct bed *bed, const char *wanted)
{
	json_t *body = body_of(bed), *golden = json_loads(wanted, 0, NULL);

	assert_non_null(golden);
	if (!json_equal(body, golden))
		assert_string_equal(fake_fetch_body(bed->loop), wanted);
	json_decref(body);
	json_decref(golden);
}

static size_t utf16_length(const char *text)
{
	size_t units = 0, len = strlen(text), at = 0;
	uint32_t character;

	while (at < len) {
		at += bw_utf8_next(text + at, len - at, &character);
		units += character > 0xFFFF ? 2 : 1;
	}
	return units;
}

static const char *text_in(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	assert_non_null(text);
	return text;
}

/* A reader of lines sees no control characters, and no direction is turned around. */
static void assert_harmless(const char *text)
{
	size_t len = strlen(text), at = 0;
	uint32_t character;

	while (at < len) {
		at += bw_utf8_next(text + at, len - at, &character);
		assert_true(character == '\n' || character >= ' ');
		assert_false(character >= 0x7F && character < 0xA0);
		assert_false(character >= 0x202A && character <= 0x202E);
		assert_false(character >= 0x2066 && character <= 0x2069);
	}
}

typedef void body_check(const json_t *body, const struct bed *bed);

static void each_hostile(const char *kind, const char *settings, body_check *check)
{
	static const size_t counts[] = { 0, 1, NOTICE_ALERTS_MAX };
	struct bed bed;

	begin(&bed, kind, settings);
	for (size_t i = 0; notice_sample_hostile(i); i++) {
		for (size_t j = 0; j < sizeof(counts) / sizeof(counts[0]); j++) {
			struct notice_sample sample;
			json_t *body;

			notice_sample_full(&sample, notice_sample_hostile(i));
			sample.notice.count = counts[j];
			deliver(&bed, &sample.notice);
			if (counts[j] == 0 && strcmp(kind, "pagerduty") == 0)
				continue;
			body = body_of(&bed);
			check(body, &bed);
			json_decref(body);
		}
	}
	end(&bed);
}

/* Webhook */

static void webhook_says_all(void **state)
{
	struct bed bed;

	(void)state;
	begin(&bed, "webhook", "url: http://hook.example/in");
	send_plain(&bed, NOTICE_FIRING);
	assert_string_equal(fake_fetch_asked(bed.loop), "POST http://hook.example/in\n"
							"Content-Type: application/json\n"
							"Idempotency-Key: i1-a7-firing-1\n");
	assert_body(&bed,
		    "{\"kind\":\"firing\",\"key\":\"i1-a7-firing-1\",\"channel\":\"ops\","
		    "\"severity\":\"critical\",\"headline\":\"[CRITICAL] Component Unhealthy: db\","
		    "\"group\":null,\"remark\":null,\"at\":\"2026-03-02T14:31:00+00:00\","
		    "\"reminder\":0,\"page\":\"https://bw.example/\",\"alerts\":[{\"id\":\"a7\","
		    "\"severity\":\"critical\",\"rule\":\"component_unhealthy\","
		    "\"type\":\"component_unhealthy\",\"subject\":{\"kind\":\"component\","
		    "\"name\":\"db\",\"group\":\"storage\"},\"title\":\"Component Unhealthy: db\","
		    "\"message\":\"connection refused by 127.0.0.1:5432\","
		    "\"reason\":\"condition\",\"started\":\"2026-03-02T14:30:00+00:00\","
		    "\"fired\":\"2026-03-02T14:30:30+00:00\",\"resolved\":null,\"hides\":2,"
		    "\"runbook\":\"https://wiki.example/db_down\"}],\"more\":0}");
	end(&bed);
}

static void webhook_says_what_one_wants(void **state)
{
	struct bed bed;

	(void)state;
	begin(&bed, "webhook",
	      "url: http://hook.example/in\n"
	      "method: PUT\n"
	      "bearer: t0ken\n"
	      "headers: { Content-Type: application/vnd.x+json, X-Sev: \"{severity}\", "
	      "idempotency-key: \"x-{key}\" }\n"
	      "body: '{\"text\": \"{headline}\", \"n\": {count}}'\n");
	send_plain(&bed, NOTICE_RESOLVED);
	assert_string_equal(fake_fetch_asked(bed.loop), "PUT http://hook.example/in\n"
							"Content-Type: application/vnd.x+json\n"
							"X-Sev: critical\n"
							"idempotency-key: x-i1-a7-firing-1\n"
							"bearer: t0ken\n");
	assert_body(&bed, "{\"text\": \"[RESOLVED] Component Unhealthy: db\", \"n\": 1}");
	end(&bed);
}

static void webhook_headers_stay_headers(void **state)
{
	struct bed bed;

	(void)state;
	begin(&bed, "webhook",
	      "{ url: http://hook.example/in, headers: { X-Title: \"{alert.title:raw}\", X-T: "
	      "\"{alert.title}\" } }");
	for (size_t i = 0; notice_sample_hostile(i); i++) {
		struct notice_sample sample;
		size_t lines = 0;

		notice_sample_full(&sample, notice_sample_hostile(i));
		sample.notice.count = 1;
		deliver(&bed, &sample.notice);
		for (const char *at = fake_fetch_asked(bed.loop); *at; at++)
			lines += *at == '\n';
		assert_int_equal(lines, 5);
		assert_null(strchr(fake_fetch_asked(bed.loop), '\r'));
	}
	end(&bed);
}

static void webhook_may_send_no_json(void **state)
{
	struct bed bed;

	(void)state;
	begin(&bed, "webhook",
	      "{ url: http://hook.example/in, user: ada, password: pw, "
	      "headers: { Content-Type: text/plain }, body: \"{headline} {alert.message}\" }");
	send_plain(&bed, NOTICE_FIRING);
	assert_string_equal(fake_fetch_body(bed.loop),
			    "[CRITICAL] Component Unhealthy: db connection refused by "
			    "127.0.0.1:5432");
	assert_non_null(strstr(fake_fetch_asked(bed.loop), "ada: pw\n"));
	end(&bed);
}

/* Slack: https://api.slack.com/reference/surfaces/formatting - & < > are escaped, text has at most
 * 40,000 characters. */

static void slack_form(void **state)
{
	struct bed bed;

	(void)state;
	begin(&bed, "slack", "url: https://hooks.slack.example/services/T/B/X");
	send_plain(&bed, NOTICE_FIRING);
	assert_string_equal(fake_fetch_asked(bed.loop),
			    "POST https://hooks.slack.example/services/T/B/X\n"
			    "Content-Type: application/json\n");
	assert_body(&bed,
		    "{\"text\":\"[CRITICAL] Component Unhealthy: db\",\"mrkdwn\":false,"
		    "\"unfurl_links\":false,\"attachments\":[{\"fallback\":"
		    "\"[CRITICAL] Component Unhealthy: db\",\"color\":\"#d32f2f\",\"text\":"
		    "\"connection refused by 127.0.0.1:5432\\nsince 2026-03-02 14:30:00 UTC\\n2 "
		    "more that follow from it are not told\\nrunbook: "
		    "https://wiki.example/db_down\\nhttps://bw.example/\",\"mrkdwn_in\":[]}]}");
	end(&bed);
}

static void assert_slack_text(const char *text, size_t limit)
{
	assert_true(utf16_length(text) <= limit);
	assert_null(strpbrk(text, "<>"));
	for (const char *at = text; (at = strchr(at, '&')); at++)
		assert_true(strncmp(at, "&amp;", 5) == 0 || strncmp(at, "&lt;", 4) == 0 ||
			    strncmp(at, "&gt;", 4) == 0);
	assert_harmless(text);
}

static void check_slack(const json_t *body, const struct bed *bed)
{
	const json_t *attachment = json_array_get(json_object_get(body, "attachments"), 0);

	(void)bed;
	assert_slack_text(text_in(body, "text"), 3000);
	assert_slack_text(text_in(attachment, "text"), 3000);
	assert_slack_text(text_in(attachment, "fallback"), 3000);
	assert_true(json_is_false(json_object_get(body, "mrkdwn")));
}

static void slack_limits(void **state)
{
	(void)state;
	each_hostile("slack", "url: https://hooks.slack.example/services/T/B/X", check_slack);
}

/* Discord: title 256, description 4,096, an embed 6,000 characters. */

static void discord_form(void **state)
{
	struct bed bed;

	(void)state;
	begin(&bed, "discord", "url: https://discord.example/api/webhooks/1/X");
	send_plain(&bed, NOTICE_FIRING);
	assert_body(&bed,
		    "{\"embeds\":[{\"title\":\"\\\\[CRITICAL\\\\] Component Unhealthy\\\\: "
		    "db\",\"description\":\"connection refused by 127.0.0.1\\\\:5432\\nsince "
		    "2026\\\\-03\\\\-02 14\\\\:30\\\\:00 UTC\\n2 more that follow from it are "
		    "not told\\nrunbook: https://wiki.example/db_down\\nhttps://bw.example/\","
		    "\"color\":13840175,\"timestamp\":\"2026-03-02T14:31:00+00:00\"}],"
		    "\"allowed_mentions\":{\"parse\":[]}}");
	end(&bed);
}

/* Every mark that could begin something is behind a backslash. */
static void assert_escaped(const char *text)
{
	for (const char *at = text; *at; at++) {
		if (*at == '\\') {
			assert_true(at[1] != '\0' && at[1] != '\n');
			at++;
			continue;
		}
		assert_null(strchr("*_~`|>[]()#<@", *at));
	}
}

static void check_discord(const json_t *body, const struct bed *bed)
{
	const json_t *embed = json_array_get(json_object_get(body, "embeds"), 0);
	const char *title = text_in(embed, "title"), *text = text_in(embed, "description");

	(void)bed;
	assert_true(utf16_length(title) <= 256);
	assert_true(utf16_length(text) <= 4096);
	assert_harmless(title);
	assert_harmless(text);
	assert_escaped(title);
	assert_escaped(text);
	assert_int_equal(json_array_size(json_object_get(json_object_get(body, "allowed_mentions"),
							 "parse")),
			 0);
}

static void discord_limits(void **state)
{
	(void)state;
	each_hostile("discord", "url: https://discord.example/api/webhooks/1/X", check_discord);
}

/* Telegram: 1-4096 characters after entities parsing, counted in UTF-16 code units. */

static void telegram_form(void **state)
{
	struct bed bed;

	(void)state;
	begin(&bed, "telegram", "{ token: \"123:AbC\", chat: \"-100123\", thread: 17 }");
	send_plain(&bed, NOTICE_FIRING);
	assert_string_equal(fake_fetch_asked(bed.loop),
			    "POST https://api.telegram.org/bot123:AbC/sendMessage\n"
			    "Content-Type: application/json\n");
	assert_body(&bed,
		    "{\"chat_id\":\"-100123\",\"message_thread_id\":17,\"text\":"
		    "\"[CRITICAL] Component Unhealthy: db\\n\\nconnection refused by "
		    "127.0.0.1:5432\\nsince 2026-03-02 14:30:00 UTC\\n2 more that follow from it "
		    "are not told\\nrunbook: https://wiki.example/db_down\\nhttps://bw.example/\","
		    "\"entities\":[{\"type\":\"bold\",\"offset\":0,\"length\":34}],"
		    "\"link_preview_options\":{\"is_disabled\":true}}");
	end(&bed);
}

static void check_telegram(const json_t *body, const struct bed *bed)
{
	const char *text = text_in(body, "text");
	const json_t *entity = json_array_get(json_object_get(body, "entities"), 0);
	json_int_t length = json_integer_value(json_object_get(entity, "length"));

	(void)bed;
	assert_in_range(utf16_length(text), 1, 4096);
	assert_harmless(text);
	assert_null(json_object_get(body, "parse_mode"));
	assert_true(length > 0 && (size_t)length <= utf16_length(text));
}

static void telegram_limits(void **state)
{
	(void)state;
	each_hostile("telegram", "{ token: \"123:AbC\", chat: \"-100123\" }", check_telegram);
}

/* ntfy: a message of more than 4,096 bytes would become an attachment. */

static void ntfy_form(void **state)
{
	struct bed bed;

	(void)state;
	begin(&bed, "ntfy", "{ topic: bw-ops, url: \"https://ntfy.example\", token: tk_1 }");
	send_plain(&bed, NOTICE_FIRING);
	assert_string_equal(fake_fetch_asked(bed.loop), "POST https://ntfy.example\n"
							"Content-Type: application/json\n"
							"bearer: tk_1\n");
	assert_body(&bed, "{\"topic\":\"bw-ops\",\"title\":\"[CRITICAL] Component Unhealthy: db\","
			  "\"message\":\"connection refused by 127.0.0.1:5432\\nsince 2026-03-02 "
			  "14:30:00 UTC\\n2 more that follow from it are not told\\nrunbook: "
			  "https://wiki.example/db_down\",\"priority\":5,\"tags\":["
			  "\"rotating_light\"],\"click\":\"https://bw.example/\"}");
	send_plain(&bed, NOTICE_RESOLVED);
	assert_non_null(strstr(fake_fetch_body(bed.loop), "\"priority\":3"));
	assert_non_null(strstr(fake_fetch_body(bed.loop), "white_check_mark"));
	end(&bed);
}

static void check_ntfy(const json_t *body, const struct bed *bed)
{
	json_int_t priority = json_integer_value(json_object_get(body, "priority"));

	(void)bed;
	assert_true(strlen(text_in(body, "message")) <= 4096);
	assert_true(strlen(text_in(body, "title")) <= 256);
	assert_harmless(text_in(body, "message"));
	assert_harmless(text_in(body, "title"));
	assert_in_range(priority, 1, 5);
}

static void ntfy_limits(void **state)
{
	(void)state;
	each_hostile("ntfy", "{ topic: bw-ops }", check_ntfy);
}

/* PagerDuty: summary 1,024 characters, dedup_key 255, severity one of four, 512 KB. */

static void pagerduty_form(void **state)
{
	struct bed bed;

	(void)state;
	begin(&bed, "pagerduty", "routing_key: 0123456789abcdef0123456789abcdef");
	send_plain(&bed, NOTICE_FIRING);
	assert_body(&bed,
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
	send_plain(&bed, NOTICE_RESOLVED);
	assert_body(&bed, "{\"routing_key\":\"0123456789abcdef0123456789abcdef\",\"event_action\":"
			  "\"resolve\",\"dedup_key\":\"bellwether-a7-1772461800000000\"}");
	end(&bed);
}

static void check_pagerduty(const json_t *body, const struct bed *bed)
{
	const json_t *payload = json_object_get(body, "payload");
	const char *severity = text_in(payload, "severity");

	assert_in_range(utf16_length(text_in(payload, "summary")), 1, 1024);
	assert_harmless(text_in(payload, "summary"));
	assert_true(strlen(text_in(body, "dedup_key")) <= 255);
	assert_true(text_in(payload, "source")[0] != '\0');
	assert_true(strcmp(severity, "critical") == 0 || strcmp(severity, "warning") == 0 ||
		    strcmp(severity, "info") == 0);
	assert_true(strlen(fake_fetch_body(bed->loop)) < (512 << 10));
}

static void pagerduty_limits(void **state)
{
	(void)state;
	each_hostile("pagerduty", "routing_key: 0123456789abcdef0123456789abcdef", check_pagerduty);
}

static void pagerduty_tells_each_alert(void **state)
{
	struct notice_sample sample;
	struct bed bed;

	(void)state;
	begin(&bed, "pagerduty", "routing_key: 0123456789abcdef0123456789abcdef");
	notice_sample_full(&sample, "x");
	sample.notice.count = 3;
	deliver(&bed, &sample.notice);
	assert_int_equal(fake_connection_count(bed.loop), 3);
	assert_int_equal(bed.channel->result.outcome, CHANNEL_SENT);
	assert_non_null(strstr(fake_fetch_body(bed.loop), "bellwether-a3-"));
	peer_answers(bed.loop, "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n");
	deliver(&bed, &sample.notice);
	assert_int_equal(fake_connection_count(bed.loop), 6);
	assert_int_equal(bed.channel->result.outcome, CHANNEL_REFUSED);
	peer_answers(bed.loop, "HTTP/1.1 429 Slow\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n");
	deliver(&bed, &sample.notice);
	assert_int_equal(fake_connection_count(bed.loop), 7);
	assert_int_equal(bed.channel->result.outcome, CHANNEL_RETRY);
	assert_int_equal(bed.channel->result.retry_us, 9 * BW_SECOND_US);
	end(&bed);
}

static void pagerduty_test_ends_itself(void **state)
{
	struct notice_sample sample;
	struct bed bed;

	(void)state;
	begin(&bed, "pagerduty", "routing_key: 0123456789abcdef0123456789abcdef");
	notice_sample_plain(&sample, NOTICE_TEST);
	sample.notice.count = 0;
	deliver(&bed, &sample.notice);
	assert_int_equal(fake_connection_count(bed.loop), 2);
	assert_body(&bed, "{\"routing_key\":\"0123456789abcdef0123456789abcdef\",\"event_action\":"
			  "\"resolve\",\"dedup_key\":\"bellwether-test-i1-a7-firing-1\"}");
	end(&bed);
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
	struct bed bed;

	(void)state;
	begin(&bed, "alertmanager", "{ url: \"http://am.example/\", labels: { cluster: c1 } }");
	send_plain(&bed, NOTICE_FIRING);
	assert_string_equal(fake_fetch_asked(bed.loop), "POST http://am.example/api/v2/alerts\n"
							"Content-Type: application/json\n");
	assert_body(&bed, "[{" AM_LABELS("critical") "\"startsAt\":\"2026-03-02T14:30:00+00:00\","
						     "\"endsAt\":\"2026-03-02T14:35:00+00:00\","
						     "\"generatorURL\":\"https://bw.example/\"}]");
	end(&bed);
}

static void alertmanager_ends_every_severity(void **state)
{
	static const char ends[] =
		"\"startsAt\":\"2026-03-02T14:30:00+00:00\",\"endsAt\":"
		"\"2026-03-02T14:31:00+00:00\",\"generatorURL\":\"https://bw.example/\"}";
	struct bw_buf wanted;
	struct bed bed;

	(void)state;
	begin(&bed, "alertmanager", "{ url: \"http://am.example\", labels: { cluster: c1 } }");
	fake_advance(bed.loop, 600 * BW_SECOND_US);
	send_plain(&bed, NOTICE_RESOLVED);
	bw_buf_init(&wanted, 0);
	bw_buf_format(&wanted, "[{%s%s,{%s%s,{%s%s]", AM_LABELS("info"), ends, AM_LABELS("warning"),
		      ends, AM_LABELS("critical"), ends);
	assert_body(&bed, wanted.data);
	bw_buf_finish(&wanted);
	end(&bed);
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
		struct bed bed;
		json_t *body;

		begin(&bed, "alertmanager", "url: \"http://am.example\"");
		fake_shift_wall(bed.loop, shifts_us[i / 2]);
		send_plain(&bed, kind);
		now = io_loop_wall(bed.loop);
		body = body_of(&bed);
		alert = json_array_get(body, 0);
		assert_int_equal(bw_wall_parse(text_in(alert, "startsAt"), &from), BW_OK);
		assert_int_equal(bw_wall_parse(text_in(alert, "endsAt"), &until), BW_OK);
		assert_true(from.us <= until.us);
		assert_true(kind == NOTICE_FIRING ? until.us > now.us : until.us <= now.us);
		json_decref(body);
		end(&bed);
	}
}

static void check_alertmanager(const json_t *body, const struct bed *bed)
{
	(void)bed;
	for (size_t i = 0; i < json_array_size(body); i++) {
		const json_t *labels = json_object_get(json_array_get(body, i), "labels");
		const char *key;
		json_t *value;

		assert_true(text_in(labels, "alertname")[0] != '\0');
		json_object_foreach((json_t *)labels, key, value)
		{
			assert_true(json_string_value(value)[0] != '\0');
			assert_harmless(json_string_value(value));
		}
	}
}

static void alertmanager_limits(void **state)
{
	(void)state;
	each_hostile("alertmanager", "url: \"http://am.example\"", check_alertmanager);
}

/* Settings */

static void settings_are_checked_before_the_night(void **state)
{
	static const struct {
		const char *kind, *settings, *why;
	} rows[] = {
		{ "webhook", "{}", "url" },
		{ "webhook", "url: ftp://x.example", "http:// or https://" },
		{ "webhook", "url: \"http:///x\"", "host is missing" },
		{ "webhook", "url: \"http://x.example/a b\"", "does not belong into a URL" },
		{ "webhook", "{ url: http://x.example, body: '{\"a\": {headline}}' }", "no JSON" },
		{ "webhook", "{ url: http://x.example, body: '{\"a\": \"{headlin}\"}' }",
		  "did you mean `headline`" },
		{ "webhook", "{ url: http://x.example, headers: { \"a b\": c } }", "no header" },
		{ "webhook", "{ url: http://x.example, headers: { a: \"b\\nc: d\" } }",
		  "no header" },
		{ "webhook", "{ url: http://x.example, headers: { a: \"{kindd}\" } }",
		  "did you mean `kind`" },
		{ "webhook", "{ url: http://x.example, bearer: abcd, user: u }", "neither user" },
		{ "webhook", "{ url: http://x.example, password: abcd }", "needs a user" },
		{ "slack", "url: hooks.slack.example", "http:// or https://" },
		{ "telegram", "{ token: \"12/3\", chat: \"1\" }", "no token of a bot" },
		{ "telegram", "{ token: \"123\" }", "chat" },
		{ "ntfy", "topic: a/b", "letters, digits" },
		{ "ntfy", "{ topic: ab, token: tttt, user: u, password: p }", "neither user" },
		{ "alertmanager", "{ url: http://x.example, labels: { a-b: c } }", "is no label" },
		{ "alertmanager", "{ url: http://x.example, labels: { severity: c } }",
		  "one of ours" },
		{ "email", "{ server: mail.example, from: a@b.c, to: d@e.f }", "server" },
		{ "email", "{ server: smtps://mail.example, from: nobody, to: d@e.f }",
		  "\"nobody\" is no address" },
		{ "email", "{ server: smtps://mail.example, from: a@b.c, to: \"d@e.f, g@h.i\" }",
		  "is no address" },
		{ "email",
		  "{ server: smtps://m.example, from: \"A\\r\\nBcc: <a@b.c>\", to: d@e.f }",
		  "is no address" },
		{ "exec", "command: []", "command" },
		{ "exec", "{ command: [x], directory: here }", "no absolute path" },
		{ "exec", "{ command: [x], env: { \"A=B\": c } }", "is no variable" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct io_loop *loop = io_loop_create();
		struct channel_case *channel = channel_case_create(
			loop, channel_kind_find(rows[i].kind), rows[i].settings);

		if (channel->is_good || !strstr(channel->report, rows[i].why))
			fail_msg("%s: %s", rows[i].settings, channel->report);
		channel_case_destroy(channel);
		io_loop_destroy(loop);
	}
}

static void what_fails_is_told_without_secrets(void **state)
{
	static const struct {
		const char *kind, *settings, *secret;
	} rows[] = {
		{ "slack", "url: http://h.example/services/T0000/B0000/sEcrEt99", "sEcrEt99" },
		{ "discord", "url: http://h.example/api/webhooks/12/sEcrEt99", "sEcrEt99" },
		{ "telegram", "{ token: \"1:sEcrEt99\", chat: \"1\", url: http://h.example }",
		  "sEcrEt99" },
		{ "webhook", "url: http://h.example/?key=sEcrEt99", "sEcrEt99" },
		{ "ntfy", "{ url: http://h.example, topic: sEcrEt99 }", "sEcrEt99" },
		{ "pagerduty", "{ routing_key: sEcrEt99, url: http://h.example }", "sEcrEt99" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct notice_sample sample;
		struct bed bed;

		begin(&bed, rows[i].kind, rows[i].settings);
		peer_answers(bed.loop,
			     "HTTP/1.1 404 No\r\nContent-Length: 68\r\n\r\nno services/T0000/B0000/"
			     "sEcrEt99 api/webhooks/12/sEcrEt99 key=sEcrEt99");
		notice_sample_plain(&sample, NOTICE_FIRING);
		deliver(&bed, &sample.notice);
		assert_int_equal(bed.channel->result.outcome, CHANNEL_REFUSED);
		assert_non_null(strstr(bed.channel->result.text, "***"));
		if (strcmp(rows[i].kind, "telegram") != 0)
			assert_null(strstr(bed.channel->result.text, rows[i].secret));
		end(&bed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(webhook_says_all),
		cmocka_unit_test(webhook_says_what_one_wants),
		cmocka_unit_test(webhook_headers_stay_headers),
		cmocka_unit_test(webhook_may_send_no_json),
		cmocka_unit_test(slack_form),
		cmocka_unit_test(slack_limits),
		cmocka_unit_test(discord_form),
		cmocka_unit_test(discord_limits),
		cmocka_unit_test(telegram_form),
		cmocka_unit_test(telegram_limits),
		cmocka_unit_test(ntfy_form),
		cmocka_unit_test(ntfy_limits),
		cmocka_unit_test(pagerduty_form),
		cmocka_unit_test(pagerduty_limits),
		cmocka_unit_test(pagerduty_tells_each_alert),
		cmocka_unit_test(pagerduty_test_ends_itself),
		cmocka_unit_test(alertmanager_form),
		cmocka_unit_test(alertmanager_ends_every_severity),
		cmocka_unit_test(alertmanager_counts_from_now),
		cmocka_unit_test(alertmanager_limits),
		cmocka_unit_test(settings_are_checked_before_the_night),
		cmocka_unit_test(what_fails_is_told_without_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
