/* slack.c - an incoming webhook of Slack, and of what understands its format (Mattermost,
 * Rocket.Chat).
 *
 * Slack reads `&`, `<` and `>` itself, so these three are escaped: a text can then neither mention
 * a channel nor hide a link. Its other markup is switched off, so an asterisk stays one. A text may
 * have 40,000 characters; people read the first three thousand.
 */
#include <stdio.h>

#include "base/json_write.h"
#include "notify/message.h"
#include "notify/post.h"

enum { TEXT_LIMIT = 3000 };

struct slack_settings {
	const char *url;
	struct post_settings post;
};

static const struct config_field fields[] = {
	{ .name = "url",
	  .type = CONFIG_SECRET,
	  .offset = offsetof(struct slack_settings, url),
	  .required = true,
	  .help = "The address of the incoming webhook; never shown",
	  .example = "${SLACK_URL}" },
	POST_FIELDS(struct slack_settings, post),
	{ 0 },
};

static void escape(struct bw_buf *out, const char *character, size_t len)
{
	if (*character == '&')
		bw_buf_text(out, "&amp;");
	else if (*character == '<')
		bw_buf_text(out, "&lt;");
	else if (*character == '>')
		bw_buf_text(out, "&gt;");
	else
		bw_buf_append(out, character, len);
}

static const struct message_style style = {
	.limit = TEXT_LIMIT,
	.escape = escape,
	.escapes_urls = true,
};

static void write_text(struct bw_json *json, const char *key, const struct bw_buf *text)
{
	bw_json_key(json, key);
	bw_json_string_len(json, text->data ? text->data : "", text->len);
}

static void write_attachment(const struct notice *notice, const char *page_url,
			     const struct bw_buf *headline, struct bw_json *json)
{
	struct bw_buf text;
	char color[8];

	bw_buf_init(&text, 0);
	message_write(notice, page_url, &style, &text);
	snprintf(color, sizeof(color), "#%06x", message_color(notice));
	bw_json_object_begin(json);
	write_text(json, "fallback", headline);
	bw_json_member_string(json, "color", color);
	write_text(json, "text", &text);
	bw_json_key(json, "mrkdwn_in");
	bw_json_array_begin(json);
	bw_json_array_end(json);
	bw_json_object_end(json);
	bw_buf_finish(&text);
}

static void write_message(const struct notice *notice, const char *page_url, struct bw_buf *out)
{
	char line[MESSAGE_HEADLINE_MAX];
	struct bw_buf headline;
	struct bw_json json;

	bw_buf_init(&headline, 0);
	message_headline(notice, line);
	message_line(&style, line, style.limit, &headline);
	bw_json_init(&json, out);
	bw_json_object_begin(&json);
	write_text(&json, "text", &headline);
	bw_json_member_bool(&json, "mrkdwn", false);
	bw_json_member_bool(&json, "unfurl_links", false);
	bw_json_key(&json, "attachments");
	bw_json_array_begin(&json);
	write_attachment(notice, page_url, &headline, &json);
	bw_json_array_end(&json);
	bw_json_object_end(&json);
	bw_buf_finish(&headline);
}

static void slack_prepare(void *settings_arg, struct config_complaints *complaints,
			  const struct config_node *node)
{
	const struct slack_settings *settings = settings_arg;

	post_check_url(settings->url, "url", complaints, node);
}

static void slack_start(struct channel_attempt *attempt)
{
	const struct slack_settings *settings = channel_settings(attempt);
	struct bw_buf body;

	bw_buf_init(&body, 0);
	write_message(channel_notice(attempt), channel_page_url(attempt), &body);
	post_json(attempt, &settings->post, settings->url, &body);
}

const struct channel_kind channel_kind_slack = {
	.name = "slack",
	.summary = "a channel of Slack, by an incoming webhook",
	.fields = fields,
	.settings_size = sizeof(struct slack_settings),
	.attempt_size = sizeof(struct post),
	.required_field = "url",
	.prepare = slack_prepare,
	.start = slack_start,
	.stop = post_stop_attempt,
};
