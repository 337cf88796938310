/* telegram.c - sendMessage of Telegram's Bot API.
 *
 * The text is sent without a parse mode: nothing in it can be markup, so there is nothing to escape
 * and no answer "can't parse entities". What makes the headline bold is an entity, which counts in
 * UTF-16 code units, as the limit of 4,096 does.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"
#include "base/xalloc.h"
#include "notify/message.h"
#include "notify/post.h"

enum { TEXT_LIMIT = 4096, HEADLINE_LIMIT = 512 };

struct telegram_settings {
	const char *token, *chat;
	int64_t thread;
	const char *url;
	struct post_settings post;
	char *address; /* of the method, with the token in it */
};

static const struct config_field fields[] = {
	{ .name = "token",
	  .type = CONFIG_SECRET,
	  .offset = offsetof(struct telegram_settings, token),
	  .required = true,
	  .help = "The bot's token",
	  .example = "${TELEGRAM_TOKEN}" },
	{ .name = "chat",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct telegram_settings, chat),
	  .required = true,
	  .help = "Who gets it: the number of a chat, or @channelname",
	  .example = "\"-1001234567890\"" },
	{ .name = "thread",
	  .type = CONFIG_INT,
	  .offset = offsetof(struct telegram_settings, thread),
	  .min = 0,
	  .max = 9e15,
	  .help = "The topic of a forum; 0: none",
	  .example = "17" },
	{ .name = "url",
	  .type = CONFIG_URL,
	  .offset = offsetof(struct telegram_settings, url),
	  .standard = "https://api.telegram.org",
	  .help = "The server, for whoever runs one of his own" },
	POST_FIELDS(struct telegram_settings, post),
	{ 0 },
};

static void write_entities(struct bw_json *json, size_t headline)
{
	bw_json_key(json, "entities");
	bw_json_array_begin(json);
	bw_json_object_begin(json);
	bw_json_member_string(json, "type", "bold");
	bw_json_member_int(json, "offset", 0);
	bw_json_member_int(json, "length", (int64_t)headline);
	bw_json_object_end(json);
	bw_json_array_end(json);
}

static void write_preview(struct bw_json *json)
{
	bw_json_key(json, "link_preview_options");
	bw_json_object_begin(json);
	bw_json_member_bool(json, "is_disabled", true);
	bw_json_object_end(json);
}

static void write_message(const struct channel_attempt *attempt, struct bw_buf *out)
{
	static const struct message_style style = { .limit = TEXT_LIMIT - HEADLINE_LIMIT - 2 };
	const struct telegram_settings *settings = channel_settings(attempt);
	const struct notice *notice = channel_notice(attempt);
	char line[MESSAGE_HEADLINE_MAX];
	struct bw_buf text;
	struct bw_json json;
	size_t headline;

	bw_buf_init(&text, 0);
	message_headline(notice, line);
	headline = message_line(&style, line, HEADLINE_LIMIT, &text);
	bw_buf_text(&text, "\n\n");
	message_write(notice, channel_page_url(attempt), &style, &text);
	while (text.len > 0 && text.data[text.len - 1] == '\n')
		text.data[--text.len] = '\0';
	bw_json_init(&json, out);
	bw_json_object_begin(&json);
	bw_json_member_string(&json, "chat_id", settings->chat);
	if (settings->thread > 0)
		bw_json_member_int(&json, "message_thread_id", settings->thread);
	bw_json_member_string(&json, "text", text.data);
	write_entities(&json, headline);
	write_preview(&json);
	bw_json_object_end(&json);
	bw_buf_finish(&text);
}

static void telegram_prepare(void *settings_arg, struct config_complaints *complaints,
			     const struct config_node *node)
{
	struct telegram_settings *settings = settings_arg;
	struct bw_buf path;
	char *text;

	post_check_url(settings->url, "url", complaints, node);
	if (!settings->token || !settings->url)
		return;
	if (settings->token[strcspn(settings->token, "/?#% \t\r\n")] != '\0') {
		config_complain_at(complaints, node, "token", "this is no token of a bot");
		return;
	}
	bw_buf_init(&path, 0);
	bw_buf_format(&path, "bot%s/sendMessage", settings->token);
	text = bw_buf_take(&path, NULL);
	settings->address = post_join(settings->url, text);
	free(text);
}

static void telegram_release(void *settings_arg)
{
	struct telegram_settings *settings = settings_arg;

	free(settings->address);
	settings->address = NULL;
}

static void telegram_start(struct channel_attempt *attempt)
{
	const struct telegram_settings *settings = channel_settings(attempt);
	struct bw_buf body;

	bw_buf_init(&body, 0);
	write_message(attempt, &body);
	post_json(attempt, &settings->post, settings->address, &body);
}

const struct channel_kind channel_kind_telegram = {
	.name = "telegram",
	.summary = "a chat of Telegram, by a bot",
	.fields = fields,
	.settings_size = sizeof(struct telegram_settings),
	.attempt_size = sizeof(struct post),
	.prepare = telegram_prepare,
	.release = telegram_release,
	.start = telegram_start,
	.stop = post_stop_attempt,
};
