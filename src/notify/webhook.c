/* webhook.c - a request of one's own: method, headers and body are templates over the notice.
 *
 * The body's template is tried once per configuration on a notice full of quotes, newlines and
 * braces: one that would not be JSON is refused before it is needed at night. Whoever sets a
 * Content-Type without "json" in it may write what he likes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "base/json_write.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "notify/document.h"
#include "notify/post.h"
#include "notify/template.h"

enum { HEADERS_MAX = 64 };

struct webhook_settings {
	const char *url;
	int method;
	struct config_list headers; /* of struct config_pair */
	const char *body;
	const char *user, *password, *bearer;
	struct post_settings post;
	/* compiled */
	struct template *body_template;
	struct template **header_templates; /* one for each of `headers` */
	bool has_type, has_key; /* the headers say Content-Type, Idempotency-Key themselves */
};

struct webhook_attempt {
	struct post post;
	char **headers; /* "Name: value", ended by NULL */
};

static const char *const method_words[] = { "POST", "PUT", "PATCH", NULL };

static const struct config_field fields[] = {
	{ .name = "url",
	  .type = CONFIG_SECRET,
	  .offset = offsetof(struct webhook_settings, url),
	  .required = true,
	  .help = "What is asked, http or https; never shown, as it often holds a token",
	  .example = "${HOOK_URL}" },
	{ .name = "method",
	  .type = CONFIG_WORD,
	  .offset = offsetof(struct webhook_settings, method),
	  .standard = "POST",
	  .words = method_words,
	  .help = "The request's method" },
	{ .name = "headers",
	  .type = CONFIG_TEXT_MAP,
	  .offset = offsetof(struct webhook_settings, headers),
	  .max = HEADERS_MAX,
	  .help = "Further headers; their values may hold {fields}. Content-Type is "
		  "application/json and Idempotency-Key the message's key unless they stand here",
	  .example = "{ X-Api-Key: \"${API_KEY}\", X-Severity: \"{severity}\" }" },
	{ .name = "body",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct webhook_settings, body),
	  .help = "The body, with {fields}; without it all there is to know, as JSON",
	  .example = "'{\"text\": \"{headline}\"}'" },
	{ .name = "user",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct webhook_settings, user),
	  .help = "Name for basic authentication",
	  .example = "bellwether" },
	{ .name = "password",
	  .type = CONFIG_SECRET,
	  .offset = offsetof(struct webhook_settings, password),
	  .help = "Password for basic authentication",
	  .example = "${HOOK_PASSWORD}" },
	{ .name = "bearer",
	  .type = CONFIG_SECRET,
	  .offset = offsetof(struct webhook_settings, bearer),
	  .help = "Token for bearer authentication",
	  .example = "${HOOK_TOKEN}" },
	POST_FIELDS(struct webhook_settings, post),
	{ 0 },
};

/* Once per configuration */

static bool is_header_name(const char *name)
{
	return name[0] && name[strcspn(name, ":\r\n\t ()<>@,;\\\"/[]?={}")] == '\0';
}

static void prepare_header(struct webhook_settings *settings, size_t nth,
			   struct config_complaints *complaints, const struct config_node *node)
{
	const struct config_pair *pair = (const struct config_pair *)settings->headers.items + nth;
	const char *value = pair->value ? pair->value : "";
	struct bw_error err;

	if (!is_header_name(pair->name) || strpbrk(value, "\r\n")) {
		config_complain_at(complaints, node, "headers", "`%s` is no header", pair->name);
		return;
	}
	settings->has_key = settings->has_key || strcasecmp(pair->name, "Idempotency-Key") == 0;
	settings->has_type = settings->has_type || strcasecmp(pair->name, "Content-Type") == 0;
	if (template_compile(value, TEMPLATE_LINE, &settings->header_templates[nth], &err) != BW_OK)
		config_complain_at(complaints, node, "headers", "`%s`: %s", pair->name, err.text);
}

static bool says_json(const struct webhook_settings *settings)
{
	const struct config_pair *pairs = settings->headers.items;

	for (size_t i = 0; i < settings->headers.count; i++)
		if (strcasecmp(pairs[i].name, "Content-Type") == 0 && pairs[i].value)
			return strcasestr(pairs[i].value, "json") != NULL;
	return true;
}

/* A notice whose every text would break a JSON string that is not escaped. */
static void write_trial(const struct template *body, struct bw_buf *out)
{
	static const char hostile[] = "\"}]\\\n{,";
	struct notice_alert alerts[2] = { {
		.id = 1,
		.severity = BW_SEVERITY_CRITICAL,
		.rule = hostile,
		.type = hostile,
		.subject = hostile,
		.group = hostile,
		.runbook = hostile,
		.title = hostile,
		.message = hostile,
		.started = { BW_SECOND_US },
	} };
	struct notice notice = {
		.kind = NOTICE_FIRING,
		.channel = hostile,
		.key = "key",
		.group = hostile,
		.remark = hostile,
		.at = { BW_SECOND_US },
		.alerts = alerts,
		.count = 2,
	};

	alerts[1] = alerts[0];
	template_write(body, &notice, "", out);
}

static void try_body(const struct template *body, struct config_complaints *complaints,
		     const struct config_node *node)
{
	struct bw_buf out;
	json_error_t error;
	json_t *json;

	bw_buf_init(&out, POST_BODY_MAX);
	write_trial(body, &out);
	json = json_loadb(out.data ? out.data : "", out.len, JSON_DECODE_ANY, &error);
	if (!json)
		config_complain_at(complaints, node, "body",
				   "what it makes is no JSON (%s, line %d): a text field stands in "
				   "quotes, or `headers` sets another Content-Type",
				   error.text, error.line);
	json_decref(json);
	bw_buf_finish(&out);
}

static void webhook_prepare(void *settings_arg, struct config_complaints *complaints,
			    const struct config_node *node)
{
	struct webhook_settings *settings = settings_arg;
	struct bw_error err;

	post_check_url(settings->url, "url", complaints, node);
	if (settings->headers.count > 0)
		settings->header_templates =
			xcalloc(settings->headers.count, sizeof(*settings->header_templates));
	for (size_t i = 0; i < settings->headers.count; i++)
		prepare_header(settings, i, complaints, node);
	if (settings->bearer && (settings->user || settings->password))
		config_complain_at(complaints, node, "bearer",
				   "goes with neither user nor password");
	if (settings->password && !settings->user)
		config_complain_at(complaints, node, "password", "needs a user");
	if (!settings->body)
		return;
	if (template_compile(settings->body, says_json(settings) ? TEMPLATE_JSON : TEMPLATE_RAW,
			     &settings->body_template, &err) != BW_OK)
		config_complain_at(complaints, node, "body", "%s", err.text);
	else if (says_json(settings))
		try_body(settings->body_template, complaints, node);
}

static void webhook_release(void *settings_arg)
{
	struct webhook_settings *settings = settings_arg;

	template_destroy(settings->body_template);
	settings->body_template = NULL;
	for (size_t i = 0; settings->header_templates && i < settings->headers.count; i++)
		template_destroy(settings->header_templates[i]);
	free(settings->header_templates);
	settings->header_templates = NULL;
}

/* An attempt */

/* One line whatever is in it, `:raw` fields too. Frees `line`. */
static char *take_header(struct bw_buf *line)
{
	size_t size = 3 * line->len + 4;
	char *text = xmalloc(size);

	bw_text_clean(line->data, line->len, text, size);
	bw_buf_finish(line);
	return text;
}

static void write_headers(struct channel_attempt *attempt, struct webhook_attempt *webhook)
{
	const struct webhook_settings *settings = channel_settings(attempt);
	const struct config_pair *pairs = settings->headers.items;
	size_t count = 0;
	struct bw_buf line;

	webhook->headers = xcalloc(settings->headers.count + 3, sizeof(*webhook->headers));
	if (!settings->has_type)
		webhook->headers[count++] = xstrdup("Content-Type: application/json");
	if (!settings->has_key) {
		bw_buf_init(&line, 0);
		bw_buf_format(&line, "Idempotency-Key: %s", channel_notice(attempt)->key);
		webhook->headers[count++] = take_header(&line);
	}
	for (size_t i = 0; i < settings->headers.count; i++) {
		bw_buf_init(&line, 0);
		bw_buf_format(&line, "%s: ", pairs[i].name);
		template_write(settings->header_templates[i], channel_notice(attempt),
			       channel_page_url(attempt), &line);
		webhook->headers[count++] = take_header(&line);
	}
}

static void write_body(struct channel_attempt *attempt, struct bw_buf *out)
{
	const struct webhook_settings *settings = channel_settings(attempt);
	struct bw_json json;

	bw_buf_init(out, POST_BODY_MAX);
	if (settings->body_template) {
		template_write(settings->body_template, channel_notice(attempt),
			       channel_page_url(attempt), out);
		return;
	}
	bw_json_init(&json, out);
	document_write(channel_notice(attempt), channel_page_url(attempt), &json);
}

static void webhook_start(struct channel_attempt *attempt)
{
	const struct webhook_settings *settings = channel_settings(attempt);
	struct webhook_attempt *webhook = channel_data(attempt);
	struct bw_buf body;
	struct io_fetch_options options = {
		.url = settings->url,
		.method = method_words[settings->method],
		.user = settings->user,
		.password = settings->password,
		.bearer = settings->bearer,
	};

	write_body(attempt, &body);
	if (body.status != BW_OK) {
		bw_buf_finish(&body);
		channel_done(attempt, CHANNEL_REFUSED, 0, "the body would be longer than %d MiB",
			     POST_BODY_MAX >> 20);
		return;
	}
	write_headers(attempt, webhook);
	options.headers = (const char *const *)webhook->headers;
	options.body = body.data ? body.data : "";
	options.body_len = body.len;
	post_start(&webhook->post, attempt, &settings->post, &options, NULL);
	bw_buf_finish(&body);
}

static void webhook_stop(struct channel_attempt *attempt)
{
	struct webhook_attempt *webhook = channel_data(attempt);

	post_stop(&webhook->post);
	for (char **header = webhook->headers; header && *header; header++)
		free(*header);
	free(webhook->headers);
	webhook->headers = NULL;
}

const struct channel_kind channel_kind_webhook = {
	.name = "webhook",
	.summary = "an HTTP request of one's own, with templates",
	.fields = fields,
	.settings_size = sizeof(struct webhook_settings),
	.attempt_size = sizeof(struct webhook_attempt),
	.required_field = "url",
	.prepare = webhook_prepare,
	.release = webhook_release,
	.start = webhook_start,
	.stop = webhook_stop,
};
