/* post.c - the request is io/fetch's; this reads answers.
 *
 * Services explain themselves in different members of a JSON object, in plain text, or with a page
 * of HTML that would only fill the log. The first member known here wins; HTML is left out.
 */
#include "notify/post.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "io/retry_after.h"

enum { EXPLANATION_MAX = 160 };

/* Answers */

static bool is_to_be_repeated(int status)
{
	return status == 408 || status == 425 || status == 429 || status >= 500;
}

/* Discord: {"retry_after": 0.65}; Telegram: {"parameters": {"retry_after": 5}}. */
static int64_t retry_by_body(const json_t *body)
{
	const json_t *value = json_object_get(body, "retry_after");

	if (!value)
		value = json_object_get(json_object_get(body, "parameters"), "retry_after");
	return json_is_number(value) ? io_retry_seconds_us(json_number_value(value)) : 0;
}

static const char *explanation_in(const json_t *body)
{
	static const char *const members[] = { "description", "message", "error", "detail" };
	const char *text = json_string_value(body);

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]) && !text; i++)
		text = json_string_value(json_object_get(body, members[i]));
	return text;
}

/* PagerDuty: {"message": "Event object is invalid", "errors": ["..."]}. */
static void explain_by_json(const json_t *body, char *out, size_t size)
{
	const char *text = explanation_in(body);
	const char *more = json_string_value(json_array_get(json_object_get(body, "errors"), 0));

	bw_text_format(out, size, "%s%s%s", text ? text : "", text && more ? ": " : "",
		       more ? more : "");
}

static void explain(const struct io_fetch_result *result, const json_t *body, char *out,
		    size_t size)
{
	size_t blank = 0;

	out[0] = '\0';
	while (blank < result->body_len && isspace((unsigned char)result->body[blank]))
		blank++;
	if (body)
		explain_by_json(body, out, size);
	else if (blank < result->body_len && result->body[blank] != '<')
		bw_text_clean(result->body + blank, result->body_len - blank, out, size);
}

static void read_status(const struct io_fetch_result *result, struct bw_wall now,
			struct post_answer *out)
{
	json_t *body = json_loadb(result->body, result->body_len, JSON_DECODE_ANY, NULL);
	char why[EXPLANATION_MAX];

	explain(result, body, why, sizeof(why));
	out->outcome = is_to_be_repeated(result->status) ? CHANNEL_RETRY : CHANNEL_REFUSED;
	if (out->outcome == CHANNEL_RETRY)
		out->retry_us = io_retry_after_us(result, now);
	if (out->outcome == CHANNEL_RETRY && out->retry_us == 0)
		out->retry_us = retry_by_body(body);
	if (result->status / 100 == 3)
		snprintf(why, sizeof(why), "redirected; the configuration needs the final address");
	bw_text_format(out->text, sizeof(out->text), "HTTP %d%s%s", result->status,
		       why[0] ? ": " : "", why);
	json_decref(body);
}

void post_read(const struct io_fetch_result *result, struct bw_wall now, struct post_answer *out)
{
	*out = (struct post_answer){ .outcome = CHANNEL_RETRY };
	if (result->error.failure != IO_OK) {
		bw_text_format(out->text, sizeof(out->text), "%s", result->error.text);
	} else if (result->status / 100 == 2) {
		out->outcome = CHANNEL_SENT;
		snprintf(out->text, sizeof(out->text), "HTTP %d", result->status);
	} else {
		read_status(result, now, out);
	}
}

/* Requests */

void post_done(struct channel_attempt *attempt, const struct post_answer *answer)
{
	channel_done(attempt, answer->outcome, answer->retry_us, "%s", answer->text);
}

static void on_answer(void *arg, const struct io_fetch_result *result)
{
	struct post *post = arg;
	struct post_answer answer;

	post_read(result, io_loop_wall(channel_loop(post->attempt)), &answer);
	if (post->callback)
		post->callback(post->attempt, &answer);
	else
		post_done(post->attempt, &answer);
}

void post_tls_options(const struct config_tls *tls, struct io_tls_options *out)
{
	out->verify = tls->verify;
	out->server_name = tls->server_name;
	out->ca_file = tls->ca_file;
	out->certificate_file = tls->certificate_file;
	out->key_file = tls->key_file;
}

void post_start(struct post *post, struct channel_attempt *attempt,
		const struct post_settings *settings, const struct io_fetch_options *options,
		post_callback *callback)
{
	static const char *const json_only[] = { "Content-Type: application/json", NULL };
	struct io_fetch_options request = *options;
	struct bw_error err;

	post_stop(post);
	post->attempt = attempt;
	post->callback = callback;
	request.proxy = settings->proxy;
	request.max_body_bytes = POST_ANSWER_MAX;
	post_tls_options(&settings->tls, &request.tls);
	if (!request.headers)
		request.headers = json_only;
	if (io_fetch_start(channel_loop(attempt), &request, on_answer, post, &post->fetch, &err) ==
	    BW_OK)
		return;
	post->fetch = NULL;
	channel_done(attempt, CHANNEL_REFUSED, 0, "%s", err.text);
}

void post_json(struct channel_attempt *attempt, const struct post_settings *settings,
	       const char *url, struct bw_buf *body)
{
	struct io_fetch_options options = { .url = url };

	if (body->status != BW_OK)
		xalloc_die();
	options.body = body->data;
	options.body_len = body->len;
	post_start(channel_data(attempt), attempt, settings, &options, NULL);
	bw_buf_finish(body);
}

void post_stop(struct post *post)
{
	io_fetch_stop(post->fetch);
	post->fetch = NULL;
}

void post_stop_attempt(struct channel_attempt *attempt)
{
	post_stop(channel_data(attempt));
}

/* Settings */

void post_check_url(const char *url, const char *field, struct config_complaints *complaints,
		    const struct config_node *node)
{
	const char *host = url ? strstr(url, "://") : NULL;

	if (!url)
		return;
	if (!host || (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0))
		config_complain_at(complaints, node, field,
				   "it must begin with http:// or https://");
	else if (!host[3] || strchr("/?#:@", host[3]))
		config_complain_at(complaints, node, field, "the host is missing");
	else if (url[strcspn(url, " \t\r\n\"<>\\^`{|}")] != '\0')
		config_complain_at(complaints, node, field,
				   "a character in it does not belong into a URL");
}

char *post_join(const char *base, const char *path)
{
	size_t len = strlen(base);
	struct bw_buf joined;

	while (len > 0 && base[len - 1] == '/')
		len--;
	bw_buf_init(&joined, 0);
	bw_buf_append(&joined, base, len);
	bw_buf_byte(&joined, '/');
	bw_buf_text(&joined, path);
	return bw_buf_take(&joined, NULL);
}
