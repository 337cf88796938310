/* test_own.c - webhooks, programs and mail; what is refused in the settings of every kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kinds_bed.h"

/* Webhook */

static void webhook_says_all(void **state)
{
	struct kinds_bed bed;

	(void)state;
	kinds_begin(&bed, "webhook", "url: http://hook.example/in");
	kinds_send_plain(&bed, NOTICE_FIRING);
	assert_string_equal(fake_fetch_asked(bed.loop), "POST http://hook.example/in\n"
							"Content-Type: application/json\n"
							"Idempotency-Key: i1-a7-firing-1\n");
	kinds_assert_body(
		&bed,
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
	kinds_end(&bed);
}

static void webhook_says_what_one_wants(void **state)
{
	struct kinds_bed bed;

	(void)state;
	kinds_begin(&bed, "webhook",
		    "url: http://hook.example/in\n"
		    "method: PUT\n"
		    "bearer: t0ken\n"
		    "headers: { Content-Type: application/vnd.x+json, X-Sev: \"{severity}\", "
		    "idempotency-key: \"x-{key}\" }\n"
		    "body: '{\"text\": \"{headline}\", \"n\": {count}}'\n");
	kinds_send_plain(&bed, NOTICE_RESOLVED);
	assert_string_equal(fake_fetch_asked(bed.loop), "PUT http://hook.example/in\n"
							"Content-Type: application/vnd.x+json\n"
							"X-Sev: critical\n"
							"idempotency-key: x-i1-a7-firing-1\n"
							"bearer: t0ken\n");
	kinds_assert_body(&bed, "{\"text\": \"[RESOLVED] Component Unhealthy: db\", \"n\": 1}");
	kinds_end(&bed);
}

static void webhook_headers_stay_headers(void **state)
{
	struct kinds_bed bed;

	(void)state;
	kinds_begin(
		&bed, "webhook",
		"{ url: http://hook.example/in, headers: { X-Title: \"{alert.title:raw}\", X-T: "
		"\"{alert.title}\" } }");
	for (size_t i = 0; notice_sample_hostile(i); i++) {
		struct notice_sample sample;
		size_t lines = 0;

		notice_sample_full(&sample, notice_sample_hostile(i));
		sample.notice.count = 1;
		kinds_deliver(&bed, &sample.notice);
		for (const char *at = fake_fetch_asked(bed.loop); *at; at++)
			lines += *at == '\n';
		assert_int_equal(lines, 5);
		assert_null(strchr(fake_fetch_asked(bed.loop), '\r'));
	}
	kinds_end(&bed);
}

static void webhook_may_send_no_json(void **state)
{
	struct kinds_bed bed;

	(void)state;
	kinds_begin(
		&bed, "webhook",
		"{ url: http://hook.example/in, user: ada, password: pw, "
		"headers: { Content-Type: text/plain }, body: \"{headline} {alert.message}\" }");
	kinds_send_plain(&bed, NOTICE_FIRING);
	assert_string_equal(fake_fetch_body(bed.loop),
			    "[CRITICAL] Component Unhealthy: db connection refused by "
			    "127.0.0.1:5432");
	assert_non_null(strstr(fake_fetch_asked(bed.loop), "ada: pw\n"));
	kinds_end(&bed);
}

/* Programs */

static void programs_get_all_as_data(void **state)
{
	struct notice_sample sample;
	struct kinds_bed bed;
	json_t *input;

	(void)state;
	kinds_begin(&bed, "exec",
		    "{ command: [/bin/page-me, --now], env: { TOKEN: t0ken, LANG: C } }");
	notice_sample_plain(&sample, NOTICE_FIRING);
	sample.alerts[0].message = "a\nb; rm -rf $(HOME) `x`";
	kinds_deliver(&bed, &sample.notice);
	assert_string_equal(fake_child_command(bed.loop), "/bin/page-me --now");
	assert_non_null(strstr(fake_child_environment(bed.loop), "PATH="));
	assert_non_null(strstr(fake_child_environment(bed.loop), "HOME="));
	assert_non_null(strstr(fake_child_environment(bed.loop),
			       "LANG=C\n"
			       "TOKEN=t0ken\n"
			       "BELLWETHER_KIND=firing\n"
			       "BELLWETHER_SEVERITY=critical\n"
			       "BELLWETHER_KEY=i1-a7-firing-1\n"
			       "BELLWETHER_CHANNEL=ops\n"
			       "BELLWETHER_HEADLINE=[CRITICAL] Component Unhealthy: db\n"
			       "BELLWETHER_COUNT=1\n"
			       "BELLWETHER_PAGE=https://bw.example/\n"
			       "BELLWETHER_ALERT=a7\n"
			       "BELLWETHER_RULE=component_unhealthy\n"
			       "BELLWETHER_SUBJECT=db\n"
			       "BELLWETHER_TITLE=Component Unhealthy: db\n"
			       "BELLWETHER_MESSAGE=a b; rm -rf $(HOME) `x`\n"));
	input = json_loads(fake_child_input(bed.loop), 0, NULL);
	assert_string_equal(kinds_text_in(input, "key"), "i1-a7-firing-1");
	json_decref(input);
	kinds_end(&bed);
}

static void exit_codes_say_what_becomes_of_it(void **state)
{
	static const struct {
		struct fake_child child;
		enum channel_outcome outcome;
		const char *text;
	} rows[] = {
		{ { .exit_code = 0, .output = "done\n", .output_len = 5 },
		  CHANNEL_SENT,
		  "exit code 0" },
		{ { .exit_code = 75, .errors = "a\nnot now\n", .errors_len = 10 },
		  CHANNEL_RETRY,
		  "exit code 75: not now" },
		{ { .exit_code = 1, .output = "x\ny\n\n", .output_len = 5 },
		  CHANNEL_REFUSED,
		  "exit code 1: y" },
		{ { .exit_code = 127 }, CHANNEL_REFUSED, "exit code 127" },
		{ { .exit_code = -1, .signal = 9 }, CHANNEL_RETRY, "ended by signal 9 (Killed)" },
		{ { .start = BW_ENOTFOUND }, CHANNEL_REFUSED, "no such program: /bin/x" },
		{ { .start = BW_EIO }, CHANNEL_RETRY, "cannot start /bin/x: no processes left" },
		{ { .exit_code = 1, .errors = "bad t0kent0ken\n", .errors_len = 15 },
		  CHANNEL_REFUSED,
		  "exit code 1: bad ***" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct notice_sample sample;
		struct kinds_bed bed;

		kinds_begin(&bed, "exec", "{ command: /bin/x, env: { TOKEN: t0kent0ken } }");
		fake_child_set(bed.loop, &rows[i].child);
		notice_sample_plain(&sample, NOTICE_FIRING);
		kinds_deliver(&bed, &sample.notice);
		assert_int_equal(bed.channel->result.outcome, rows[i].outcome);
		assert_string_equal(bed.channel->result.text, rows[i].text);
		kinds_end(&bed);
	}
}

static void a_program_that_never_ends_is_ended(void **state)
{
	static const struct fake_child endless = { .endless = true };
	struct notice_sample sample;
	struct kinds_bed bed;

	(void)state;
	kinds_begin(&bed, "exec", "command: /bin/x");
	fake_child_set(bed.loop, &endless);
	notice_sample_plain(&sample, NOTICE_FIRING);
	channel_case_send(bed.channel, &sample.notice);
	fake_advance(bed.loop, CHANNEL_TIMEOUT_US);
	assert_int_equal(bed.channel->result.outcome, CHANNEL_RETRY);
	kinds_end(&bed);
}

/* Mail */

#define MAIL                                                                                       \
	"{ server: smtps://mail.example, from: \"Bell W <bw@b.example>\", to: [ops@b.example, "    \
	"\"Ada \xC3\xBC <ada@b.example>\"] }"

static void mail_form(void **state)
{
	struct kinds_bed bed;

	(void)state;
	kinds_begin(&bed, "email", MAIL);
	kinds_send_plain(&bed, NOTICE_FIRING);
	assert_string_equal(fake_mail_sent(bed.loop),
			    "server: smtps://mail.example\n"
			    "from: bw@b.example\n"
			    "to: ops@b.example\n"
			    "to: ada@b.example\n"
			    "\n"
			    "From: \"Bell W\" <bw@b.example>\r\n"
			    "To: <ops@b.example>,\r\n =?UTF-8?B?QWRhIMO8?= <ada@b.example>\r\n"
			    "Subject: [CRITICAL] Component Unhealthy: db\r\n"
			    "Date: Mon, 02 Mar 2026 14:30:00 +0000\r\n"
			    "Message-ID: <i1-a7-firing-1@b.example>\r\n"
			    "References: <alert-a7-1772461800000000@b.example>\r\n"
			    "MIME-Version: 1.0\r\n"
			    "Content-Type: text/plain; charset=UTF-8\r\n"
			    "Content-Transfer-Encoding: quoted-printable\r\n"
			    "Auto-Submitted: auto-generated\r\n"
			    "Importance: high\r\n"
			    "\r\n"
			    "[CRITICAL] Component Unhealthy: db\r\n"
			    "\r\n"
			    "connection refused by 127.0.0.1:5432\r\n"
			    "since 2026-03-02 14:30:00 UTC\r\n"
			    "2 more that follow from it are not told\r\n"
			    "runbook: https://wiki.example/db_down\r\n"
			    "https://bw.example/\r\n");
	kinds_end(&bed);
}

static size_t header_lines(const char *mail)
{
	const char *end = strstr(mail, "\r\n\r\n");
	size_t lines = 0;

	for (const char *at = mail; at && at < end; at = strstr(at, "\r\n") + 2)
		lines++;
	return lines;
}

/* Lines of ASCII, short enough for every server, and no header that is not ours. */
static void assert_good_mail(const char *mail)
{
	size_t columns = 0;

	for (const char *at = mail; *at; at++) {
		columns = *at == '\n' ? 0 : columns + 1;
		assert_true(columns <= 78);
		assert_true(*at == '\r' || *at == '\n' || (*at >= ' ' && *at <= '~'));
		assert_true((*at == '\r') == (at[1] == '\n') || *at == '\n');
	}
	for (const char *at = mail; at < strstr(mail, "\r\n\r\n"); at = strstr(at, "\r\n") + 2) {
		static const char *const ours[] = { "From: ",
						    "To: ",
						    "Subject: ",
						    "Date: ",
						    "Message-ID: ",
						    "References: ",
						    "MIME-Version: ",
						    "Content-",
						    "Auto-Submitted: ",
						    "Importance: ",
						    " " };
		bool known = false;

		for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
			known = known || strncmp(at, ours[i], strlen(ours[i])) == 0;
		assert_true(known);
	}
}

static void mail_stays_mail(void **state)
{
	struct kinds_bed bed;

	(void)state;
	kinds_begin(&bed, "email", MAIL);
	for (size_t i = 0; notice_sample_hostile(i); i++) {
		struct notice_sample sample;
		const char *message;

		notice_sample_full(&sample, notice_sample_hostile(i));
		kinds_deliver(&bed, &sample.notice);
		message = strstr(fake_mail_sent(bed.loop), "\n\n") + 2;
		assert_good_mail(message);
		sample.notice.count = 1;
		sample.notice.more = 0;
		kinds_deliver(&bed, &sample.notice);
		message = strstr(fake_mail_sent(bed.loop), "\n\n") + 2;
		assert_good_mail(message);
		assert_in_range(header_lines(message), 12, 20);
	}
	kinds_end(&bed);
}

static void what_the_mail_server_says_counts(void **state)
{
	static const struct {
		struct fake_mail mail;
		enum channel_outcome outcome;
		const char *text;
	} rows[] = {
		{ { .reply = "250 2.0.0 queued as 1" }, CHANNEL_SENT, "250 2.0.0 queued as 1" },
		{ { .code = 451, .reply = "451 greylisted" }, CHANNEL_RETRY, "451 greylisted" },
		{ { .code = 421, .reply = "421 closing" }, CHANNEL_RETRY, "421 closing" },
		{ { .code = 550, .reply = "550 no such user" },
		  CHANNEL_REFUSED,
		  "550 no such user" },
		{ { .refused = 1 }, CHANNEL_SENT, "250 taken (1 of 2 recipients were refused)" },
		{ { .failure = IO_TLS }, CHANNEL_RETRY, NULL },
		{ { .failure = IO_TIMED_OUT }, CHANNEL_RETRY, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct notice_sample sample;
		struct kinds_bed bed;

		kinds_begin(&bed, "email", MAIL);
		fake_mail_set(bed.loop, &rows[i].mail);
		notice_sample_plain(&sample, NOTICE_FIRING);
		kinds_deliver(&bed, &sample.notice);
		assert_int_equal(bed.channel->result.outcome, rows[i].outcome);
		if (rows[i].text)
			assert_string_equal(bed.channel->result.text, rows[i].text);
		kinds_end(&bed);
	}
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
		struct kinds_bed bed;

		kinds_begin(&bed, rows[i].kind, rows[i].settings);
		kinds_peer_answers(
			bed.loop,
			"HTTP/1.1 404 No\r\nContent-Length: 68\r\n\r\nno services/T0000/B0000/"
			"sEcrEt99 api/webhooks/12/sEcrEt99 key=sEcrEt99");
		notice_sample_plain(&sample, NOTICE_FIRING);
		kinds_deliver(&bed, &sample.notice);
		assert_int_equal(bed.channel->result.outcome, CHANNEL_REFUSED);
		assert_non_null(strstr(bed.channel->result.text, "***"));
		assert_null(strstr(bed.channel->result.text, rows[i].secret));
		kinds_end(&bed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(webhook_says_all),
		cmocka_unit_test(webhook_says_what_one_wants),
		cmocka_unit_test(webhook_headers_stay_headers),
		cmocka_unit_test(webhook_may_send_no_json),
		cmocka_unit_test(programs_get_all_as_data),
		cmocka_unit_test(exit_codes_say_what_becomes_of_it),
		cmocka_unit_test(a_program_that_never_ends_is_ended),
		cmocka_unit_test(mail_form),
		cmocka_unit_test(mail_stays_mail),
		cmocka_unit_test(what_the_mail_server_says_counts),
		cmocka_unit_test(settings_are_checked_before_the_night),
		cmocka_unit_test(what_fails_is_told_without_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
