/* test_chats.c - what Slack, Discord, Telegram and ntfy are sent: the exact form for a plain
 * notice, and for texts that want to break it the limits and promises each service documents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kinds_bed.h"

/* Slack: https://api.slack.com/reference/surfaces/formatting - & < > are escaped, text has at most
 * 40,000 characters. */

static void slack_form(void **state)
{
	struct kinds_bed bed;

	(void)state;
	kinds_begin(&bed, "slack", "url: https://hooks.slack.example/services/T/B/X");
	kinds_send_plain(&bed, NOTICE_FIRING);
	assert_string_equal(fake_fetch_asked(bed.loop),
			    "POST https://hooks.slack.example/services/T/B/X\n"
			    "Content-Type: application/json\n");
	kinds_assert_body(
		&bed, "{\"text\":\"[CRITICAL] Component Unhealthy: db\",\"mrkdwn\":false,"
		      "\"unfurl_links\":false,\"attachments\":[{\"fallback\":"
		      "\"[CRITICAL] Component Unhealthy: db\",\"color\":\"#d32f2f\",\"text\":"
		      "\"connection refused by 127.0.0.1:5432\\nsince 2026-03-02 14:30:00 UTC\\n2 "
		      "more that follow from it are not told\\nrunbook: "
		      "https://wiki.example/db_down\\nhttps://bw.example/\",\"mrkdwn_in\":[]}]}");
	kinds_end(&bed);
}

static void assert_slack_text(const char *text, size_t limit)
{
	assert_true(kinds_utf16_length(text) <= limit);
	assert_null(strpbrk(text, "<>"));
	for (const char *at = text; (at = strchr(at, '&')); at++)
		assert_true(strncmp(at, "&amp;", 5) == 0 || strncmp(at, "&lt;", 4) == 0 ||
			    strncmp(at, "&gt;", 4) == 0);
	kinds_assert_harmless(text);
}

static void check_slack(const json_t *body, const struct kinds_bed *bed)
{
	const json_t *attachment = json_array_get(json_object_get(body, "attachments"), 0);

	(void)bed;
	assert_slack_text(kinds_text_in(body, "text"), 3000);
	assert_slack_text(kinds_text_in(attachment, "text"), 3000);
	assert_slack_text(kinds_text_in(attachment, "fallback"), 3000);
	assert_true(json_is_false(json_object_get(body, "mrkdwn")));
}

static void slack_limits(void **state)
{
	(void)state;
	kinds_each_hostile("slack", "url: https://hooks.slack.example/services/T/B/X", check_slack);
}

/* Discord: title 256, description 4,096, an embed 6,000 characters. */

static void discord_form(void **state)
{
	struct kinds_bed bed;

	(void)state;
	kinds_begin(&bed, "discord", "url: https://discord.example/api/webhooks/1/X");
	kinds_send_plain(&bed, NOTICE_FIRING);
	kinds_assert_body(
		&bed, "{\"embeds\":[{\"title\":\"\\\\[CRITICAL\\\\] Component Unhealthy\\\\: "
		      "db\",\"description\":\"connection refused by 127.0.0.1\\\\:5432\\nsince "
		      "2026\\\\-03\\\\-02 14\\\\:30\\\\:00 UTC\\n2 more that follow from it are "
		      "not told\\nrunbook: https://wiki.example/db_down\\nhttps://bw.example/\","
		      "\"color\":13840175,\"timestamp\":\"2026-03-02T14:31:00+00:00\"}],"
		      "\"allowed_mentions\":{\"parse\":[]}}");
	kinds_end(&bed);
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

static void check_discord(const json_t *body, const struct kinds_bed *bed)
{
	const json_t *embed = json_array_get(json_object_get(body, "embeds"), 0);
	const char *title = kinds_text_in(embed, "title"),
		   *text = kinds_text_in(embed, "description");

	(void)bed;
	assert_true(kinds_utf16_length(title) <= 256);
	assert_true(kinds_utf16_length(text) <= 4096);
	kinds_assert_harmless(title);
	kinds_assert_harmless(text);
	assert_escaped(title);
	assert_escaped(text);
	assert_int_equal(json_array_size(json_object_get(json_object_get(body, "allowed_mentions"),
							 "parse")),
			 0);
}

static void discord_limits(void **state)
{
	(void)state;
	kinds_each_hostile("discord", "url: https://discord.example/api/webhooks/1/X",
			   check_discord);
}

/* Telegram: 1-4096 characters after entities parsing, counted in UTF-16 code units. */

static void telegram_form(void **state)
{
	struct kinds_bed bed;

	(void)state;
	kinds_begin(&bed, "telegram", "{ token: \"123:AbC\", chat: \"-100123\", thread: 17 }");
	kinds_send_plain(&bed, NOTICE_FIRING);
	assert_string_equal(fake_fetch_asked(bed.loop),
			    "POST https://api.telegram.org/bot123:AbC/sendMessage\n"
			    "Content-Type: application/json\n");
	kinds_assert_body(
		&bed,
		"{\"chat_id\":\"-100123\",\"message_thread_id\":17,\"text\":"
		"\"[CRITICAL] Component Unhealthy: db\\n\\nconnection refused by "
		"127.0.0.1:5432\\nsince 2026-03-02 14:30:00 UTC\\n2 more that follow from it "
		"are not told\\nrunbook: https://wiki.example/db_down\\nhttps://bw.example/\","
		"\"entities\":[{\"type\":\"bold\",\"offset\":0,\"length\":34}],"
		"\"link_preview_options\":{\"is_disabled\":true}}");
	kinds_end(&bed);
}

static void check_telegram(const json_t *body, const struct kinds_bed *bed)
{
	const char *text = kinds_text_in(body, "text");
	const json_t *entity = json_array_get(json_object_get(body, "entities"), 0);
	json_int_t length = json_integer_value(json_object_get(entity, "length"));

	(void)bed;
	assert_in_range(kinds_utf16_length(text), 1, 4096);
	kinds_assert_harmless(text);
	assert_null(json_object_get(body, "parse_mode"));
	assert_true(length > 0 && (size_t)length <= kinds_utf16_length(text));
}

static void telegram_limits(void **state)
{
	(void)state;
	kinds_each_hostile("telegram", "{ token: \"123:AbC\", chat: \"-100123\" }", check_telegram);
}

/* ntfy: a message of more than 4,096 bytes would become an attachment. */

static void ntfy_form(void **state)
{
	struct kinds_bed bed;

	(void)state;
	kinds_begin(&bed, "ntfy", "{ topic: bw-ops, url: \"https://ntfy.example\", token: tk_1 }");
	kinds_send_plain(&bed, NOTICE_FIRING);
	assert_string_equal(fake_fetch_asked(bed.loop), "POST https://ntfy.example\n"
							"Content-Type: application/json\n"
							"bearer: tk_1\n");
	kinds_assert_body(&bed,
			  "{\"topic\":\"bw-ops\",\"title\":\"[CRITICAL] Component Unhealthy: db\","
			  "\"message\":\"connection refused by 127.0.0.1:5432\\nsince 2026-03-02 "
			  "14:30:00 UTC\\n2 more that follow from it are not told\\nrunbook: "
			  "https://wiki.example/db_down\",\"priority\":5,\"tags\":["
			  "\"rotating_light\"],\"click\":\"https://bw.example/\"}");
	kinds_send_plain(&bed, NOTICE_RESOLVED);
	assert_non_null(strstr(fake_fetch_body(bed.loop), "\"priority\":3"));
	assert_non_null(strstr(fake_fetch_body(bed.loop), "white_check_mark"));
	kinds_end(&bed);
}

static void check_ntfy(const json_t *body, const struct kinds_bed *bed)
{
	json_int_t priority = json_integer_value(json_object_get(body, "priority"));

	(void)bed;
	assert_true(strlen(kinds_text_in(body, "message")) <= 4096);
	assert_true(strlen(kinds_text_in(body, "title")) <= 256);
	kinds_assert_harmless(kinds_text_in(body, "message"));
	kinds_assert_harmless(kinds_text_in(body, "title"));
	assert_in_range(priority, 1, 5);
}

static void ntfy_limits(void **state)
{
	(void)state;
	kinds_each_hostile("ntfy", "{ topic: bw-ops }", check_ntfy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slack_form),    cmocka_unit_test(slack_limits),
		cmocka_unit_test(discord_form),  cmocka_unit_test(discord_limits),
		cmocka_unit_test(telegram_form), cmocka_unit_test(telegram_limits),
		cmocka_unit_test(ntfy_form),     cmocka_unit_test(ntfy_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
