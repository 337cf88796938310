/* discord.c - a webhook of Discord: one embed, coloured by severity.
 *
 * The title and the description are Markdown, so every ASCII mark gets a backslash; a plain address
 * stays as it is, or it would not be a link. `allowed_mentions` without any kind keeps a text from
 * calling people. Limits of an embed: title 256 characters, description 4,096, all of it 6,000.
 */
#include "base/json_write.h"
#include "notify/message.h"
#include "notify/post.h"

enum { TITLE_LIMIT = 256, TEXT_LIMIT = 4096 };

struct discord_settings {
	const char *url;
	struct post_settings post;
};

static const struct config_field fields[] = {
	{ .name = "url",
	  .type = CONFIG_SECRET,
	  .offset = offsetof(struct discord_settings, url),
	  .required = true,
	  .help = "The webhook's address; never shown",
	  .example = "${DISCORD_URL}" },
	POST_FIELDS(struct discord_settings, post),
	{ 0 },
};

static bool is_mark(char byte)
{
	return (byte >= '!' && byte <= '/') || (byte >= ':' && byte <= '@') ||
	       (byte >= '[' && byte <= '`') || (byte >= '{' && byte <= '~');
}

/* Marks that mean something somewhere in Discord's Markdown. */
static void escape(struct bw_buf *out, const char *character, size_t len)
{
	static const char harmless[] = "!\"$%&',./;=?^{}+";
	bool marked = is_mark(*character);

	for (const char *mark = harmless; *mark && marked; mark++)
		marked = *mark != *character;
	if (marked)
		bw_buf_byte(out, '\\');
	bw_buf_append(out, character, len);
}

static const struct message_style style = { .limit = TEXT_LIMIT, .escape = escape };

static void write_text(struct bw_json *json, const char *key, const struct bw_buf *text)
{
	bw_json_key(json, key);
	bw_json_string_len(json, text->data ? text->data : "", text->len);
}

static void write_embed(const struct notice *notice, const char *page_url, struct bw_json *json)
{
	char line[MESSAGE_HEADLINE_MAX];
	struct bw_buf title, text;

	bw_buf_init(&title, 0);
	bw_buf_init(&text, 0);
	message_headline(notice, line);
	message_line(&style, line, TITLE_LIMIT, &title);
	message_write(notice, page_url, &style, &text);
	bw_json_object_begin(json);
	write_text(json, "title", &title);
	write_text(json, "description", &text);
	bw_json_member_int(json, "color", message_color(notice));
	bw_json_key(json, "timestamp");
	bw_json_wall(json, notice->at);
	bw_json_object_end(json);
	bw_buf_finish(&title);
	bw_buf_finish(&text);
}

static void write_message(const struct notice *notice, const char *page_url, struct bw_buf *out)
{
	struct bw_json json;

	bw_json_init(&json, out);
	bw_json_object_begin(&json);
	bw_json_key(&json, "embeds");
	bw_json_array_begin(&json);
	write_embed(notice, page_url, &json);
	bw_json_array_end(&json);
	bw_json_key(&json, "allowed_mentions");
	bw_json_object_begin(&json);
	bw_json_key(&json, "parse");
	bw_json_array_begin(&json);
	bw_json_array_end(&json);
	bw_json_object_end(&json);
	bw_json_object_end(&json);
}

static void discord_prepare(void *settings_arg, struct config_complaints *complaints,
			    const struct config_node *node)
{
	const struct discord_settings *settings = settings_arg;

	post_check_url(settings->url, "url", complaints, node);
}

static void discord_start(struct channel_attempt *attempt)
{
	const struct discord_settings *settings = channel_settings(attempt);
	struct bw_buf body;

	bw_buf_init(&body, 0);
	write_message(channel_notice(attempt), channel_page_url(attempt), &body);
	post_json(attempt, &settings->post, settings->url, &body);
}

const struct channel_kind channel_kind_discord = {
	.name = "discord",
	.summary = "a channel of Discord, by a webhook",
	.fields = fields,
	.settings_size = sizeof(struct discord_settings),
	.attempt_size = sizeof(struct post),
	.required_field = "url",
	.prepare = discord_prepare,
	.start = discord_start,
	.stop = post_stop_attempt,
};
