/* ntfy.c - a topic of ntfy.sh or of a server of one's own, published as JSON.
 *
 * JSON, not headers: a header could not hold every character. A message may have 4,096 bytes;
 * longer ones would become attachments that nobody opens. The tag is the server's name of an emoji,
 * which it puts before the title.
 */
#include "base/json_write.h"
#include "notify/message.h"
#include "notify/post.h"

enum { TITLE_LIMIT = 250, TEXT_LIMIT = 4000 };

struct ntfy_settings {
	const char *topic, *url, *user, *password, *token;
	struct post_settings post;
};

static const struct config_field fields[] = {
	{ .name = "topic",
	  .type = CONFIG_SECRET,
	  .offset = offsetof(struct ntfy_settings, topic),
	  .required = true,
	  .help = "The topic's name; whoever knows it reads along, so it is never shown",
	  .example = "${NTFY_TOPIC}" },
	{ .name = "url",
	  .type = CONFIG_URL,
	  .offset = offsetof(struct ntfy_settings, url),
	  .standard = "https://ntfy.sh",
	  .help = "The server" },
	{ .name = "token",
	  .type = CONFIG_SECRET,
	  .offset = offsetof(struct ntfy_settings, token),
	  .help = "An access token, for a server that wants one",
	  .example = "${NTFY_TOKEN}" },
	{ .name = "user",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct ntfy_settings, user),
	  .help = "Name for basic authentication",
	  .example = "bellwether" },
	{ .name = "password",
	  .type = CONFIG_SECRET,
	  .offset = offsetof(struct ntfy_settings, password),
	  .help = "Password for basic authentication",
	  .example = "${NTFY_PASSWORD}" },
	POST_FIELDS(struct ntfy_settings, post),
	{ 0 },
};

/* 3 is the service's default, 5 rings until it is seen. */
static int priority_of(const struct notice *notice)
{
	static const int severities[] = { 3, 4, 5 };

	if (notice->kind == NOTICE_RESOLVED || notice->kind == NOTICE_TEST)
		return 3;
	return severities[notice_severity(notice)];
}

static const char *tag_of(const struct notice *notice)
{
	static const char *const severities[] = { "information_source", "warning",
						  "rotating_light" };

	if (notice->kind == NOTICE_RESOLVED)
		return "white_check_mark";
	if (notice->kind == NOTICE_TEST)
		return "wrench";
	return severities[notice_severity(notice)];
}

static void write_text(struct bw_json *json, const char *key, struct bw_buf *text)
{
	bw_json_key(json, key);
	bw_json_string_len(json, text->data ? text->data : "", text->len);
	bw_buf_finish(text);
}

static void write_message(const struct channel_attempt *attempt, struct bw_buf *out)
{
	static const struct message_style style = { .limit = TEXT_LIMIT, .in_bytes = true };
	const struct ntfy_settings *settings = channel_settings(attempt);
	const struct notice *notice = channel_notice(attempt);
	char line[MESSAGE_HEADLINE_MAX];
	struct bw_buf title, text;
	struct bw_json json;

	bw_buf_init(&title, 0);
	bw_buf_init(&text, 0);
	message_headline(notice, line);
	message_line(&style, line, TITLE_LIMIT, &title);
	message_write(notice, "", &style, &text);
	bw_json_init(&json, out);
	bw_json_object_begin(&json);
	bw_json_member_string(&json, "topic", settings->topic);
	write_text(&json, "title", &title);
	write_text(&json, "message", &text);
	bw_json_member_int(&json, "priority", priority_of(notice));
	bw_json_key(&json, "tags");
	bw_json_array_begin(&json);
	bw_json_string(&json, tag_of(notice));
	bw_json_array_end(&json);
	if (channel_page_url(attempt)[0])
		bw_json_member_string(&json, "click", channel_page_url(attempt));
	bw_json_object_end(&json);
}

static void ntfy_prepare(void *settings_arg, struct config_complaints *complaints,
			 const struct config_node *node)
{
	const struct ntfy_settings *settings = settings_arg;
	const char *topic = settings->topic;
	size_t len = 0;

	post_check_url(settings->url, "url", complaints, node);
	while (topic && topic[len] &&
	       ((topic[len] >= '0' && topic[len] <= '9') ||
		(topic[len] >= 'A' && topic[len] <= 'Z') ||
		(topic[len] >= 'a' && topic[len] <= 'z') || topic[len] == '-' || topic[len] == '_'))
		len++;
	if (topic && (topic[len] || len == 0 || len > 64))
		config_complain_at(complaints, node, "topic",
				   "a topic is 1 to 64 letters, digits, - and _");
	if (settings->token && (settings->user || settings->password))
		config_complain_at(complaints, node, "token",
				   "goes with neither user nor password");
	if (settings->password && !settings->user)
		config_complain_at(complaints, node, "password", "needs a user");
}

static void ntfy_start(struct channel_attempt *attempt)
{
	const struct ntfy_settings *settings = channel_settings(attempt);
	struct bw_buf body;
	struct io_fetch_options options = {
		.url = settings->url,
		.user = settings->user,
		.password = settings->password,
		.bearer = settings->token,
	};

	bw_buf_init(&body, 0);
	write_message(attempt, &body);
	options.body = body.data;
	options.body_len = body.len;
	post_start(channel_data(attempt), attempt, &settings->post, &options, NULL);
	bw_buf_finish(&body);
}

const struct channel_kind channel_kind_ntfy = {
	.name = "ntfy",
	.summary = "a topic of ntfy, for phones",
	.fields = fields,
	.settings_size = sizeof(struct ntfy_settings),
	.attempt_size = sizeof(struct post),
	.required_field = "topic",
	.prepare = ntfy_prepare,
	.start = ntfy_start,
	.stop = post_stop_attempt,
};
