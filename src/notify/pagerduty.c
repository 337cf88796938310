/* pagerduty.c - Events API v2: one event for each alert, one after the other.
 *
 * An alert's dedup_key is made of its number and the time it began, which both outlive restarts, so
 * that its resolve ends what its trigger began, and the same event twice is one. An attempt that
 * ends half-way may therefore be repeated as a whole. One event that is refused does not keep the
 * others back.
 *
 * A summary has at most 1,024 characters, an event 512 KB.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json_write.h"
#include "base/text.h"
#include "notify/document.h"
#include "notify/message.h"
#include "notify/post.h"

enum {
	SUMMARY_LIMIT = 1024,
	DETAIL_LIMIT = 8000,
	WORD_LIMIT = 255, /* component, group, class */
	KEY_MAX = 128,
	TEST_EVENTS = 2, /* it begins and ends at once, so that nobody has to close it */
};

struct pagerduty_settings {
	const char *routing_key, *url, *source;
	struct post_settings post;
};

struct pagerduty_attempt {
	struct post post;
	size_t next;
	bool refused;
	struct post_answer worst; /* of the first that was refused */
};

static const struct config_field fields[] = {
	{ .name = "routing_key",
	  .type = CONFIG_SECRET,
	  .offset = offsetof(struct pagerduty_settings, routing_key),
	  .required = true,
	  .help = "The integration key of an Events API v2 integration",
	  .example = "${PAGERDUTY_KEY}" },
	{ .name = "source",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct pagerduty_settings, source),
	  .standard = "bellwether",
	  .help = "Where the events come from, as PagerDuty shows it" },
	{ .name = "url",
	  .type = CONFIG_URL,
	  .offset = offsetof(struct pagerduty_settings, url),
	  .standard = "https://events.pagerduty.com/v2/enqueue",
	  .help = "Where events are sent; https://events.eu.pagerduty.com/v2/enqueue in Europe" },
	POST_FIELDS(struct pagerduty_settings, post),
	{ 0 },
};

static const struct message_style plain = { .limit = DETAIL_LIMIT };

static size_t event_count(const struct notice *notice)
{
	return notice->kind == NOTICE_TEST ? TEST_EVENTS : notice->count;
}

static void write_line(struct bw_json *json, const char *key, const char *text, size_t limit)
{
	struct bw_buf line;

	bw_buf_init(&line, 0);
	message_line(&plain, text, limit, &line);
	if (line.len > 0)
		bw_json_member_string(json, key, line.data);
	bw_buf_finish(&line);
}

static void write_details(const struct notice *notice, const struct notice_alert *alert,
			  struct bw_json *json)
{
	bw_json_key(json, "custom_details");
	bw_json_object_begin(json);
	write_line(json, "message", alert->message, DETAIL_LIMIT);
	write_line(json, "rule", alert->rule, WORD_LIMIT);
	write_line(json, "remark", notice->remark, DETAIL_LIMIT);
	write_line(json, "runbook", alert->runbook, DETAIL_LIMIT);
	bw_json_member_string(json, "kind", notice_kind_text(notice->kind));
	document_wall(json, "started", alert->started);
	if (alert->hides > 0)
		bw_json_member_int(json, "hides", (int64_t)alert->hides);
	if (notice->more > 0)
		bw_json_member_int(json, "more_alerts", (int64_t)notice->more);
	bw_json_object_end(json);
}

static void write_payload(const struct pagerduty_settings *settings, const struct notice *notice,
			  const struct notice_alert *alert, struct bw_json *json)
{
	char summary[2 * SUMMARY_LIMIT];

	bw_text_format(summary, sizeof(summary), "%s%s%s%s",
		       notice->kind == NOTICE_FLAPPING ? "Flapping: " : "", alert->title,
		       alert->message[0] ? ": " : "", alert->message);
	bw_json_key(json, "payload");
	bw_json_object_begin(json);
	write_line(json, "summary", summary, SUMMARY_LIMIT);
	write_line(json, "source", settings->source, WORD_LIMIT);
	bw_json_member_string(json, "severity", bw_severity_text(alert->severity));
	document_wall(json, "timestamp", notice->at);
	write_line(json, "component", alert->subject, WORD_LIMIT);
	write_line(json, "group", alert->group, WORD_LIMIT);
	write_line(json, "class", alert->type, WORD_LIMIT);
	write_details(notice, alert, json);
	bw_json_object_end(json);
}

static void write_links(const char *page_url, struct bw_json *json)
{
	bw_json_member_string(json, "client", "Bellwether");
	if (page_url[0])
		bw_json_member_string(json, "client_url", page_url);
}

static void write_event(const struct channel_attempt *attempt, size_t nth, struct bw_buf *out)
{
	static const struct notice_alert trial = {
		.rule = "",
		.type = "test",
		.subject = "",
		.group = "",
		.runbook = "",
		.title = "Test of this channel",
		.message = "",
	};
	const struct pagerduty_settings *settings = channel_settings(attempt);
	const struct notice *notice = channel_notice(attempt);
	bool is_test = notice->kind == NOTICE_TEST;
	bool is_end = is_test ? nth > 0 : notice->kind == NOTICE_RESOLVED;
	const struct notice_alert *alert = is_test ? &trial : &notice->alerts[nth];
	struct bw_json json;
	char key[KEY_MAX];

	if (is_test)
		snprintf(key, sizeof(key), "bellwether-test-%s", notice->key);
	else
		snprintf(key, sizeof(key), "bellwether-a%" PRIu64 "-%" PRId64, alert->id,
			 alert->started.us);
	bw_json_init(&json, out);
	bw_json_object_begin(&json);
	bw_json_member_string(&json, "routing_key", settings->routing_key);
	bw_json_member_string(&json, "event_action", is_end ? "resolve" : "trigger");
	bw_json_member_string(&json, "dedup_key", key);
	if (!is_end) {
		write_links(channel_page_url(attempt), &json);
		write_payload(settings, notice, alert, &json);
	}
	bw_json_object_end(&json);
}

static void send_next(struct channel_attempt *attempt);

static void on_answer(struct channel_attempt *attempt, const struct post_answer *answer)
{
	struct pagerduty_attempt *data = channel_data(attempt);

	if (answer->outcome == CHANNEL_RETRY) {
		post_done(attempt, answer);
		return;
	}
	if (answer->outcome == CHANNEL_REFUSED && !data->refused) {
		data->refused = true;
		data->worst = *answer;
	}
	data->next++;
	if (data->next < event_count(channel_notice(attempt)))
		send_next(attempt);
	else
		post_done(attempt, data->refused ? &data->worst : answer);
}

static void send_next(struct channel_attempt *attempt)
{
	const struct pagerduty_settings *settings = channel_settings(attempt);
	struct pagerduty_attempt *data = channel_data(attempt);
	struct io_fetch_options options = { .url = settings->url };
	struct bw_buf body;

	bw_buf_init(&body, 0);
	write_event(attempt, data->next, &body);
	options.body = body.data;
	options.body_len = body.len;
	post_start(&data->post, attempt, &settings->post, &options, on_answer);
	bw_buf_finish(&body);
}

static void pagerduty_prepare(void *settings_arg, struct config_complaints *complaints,
			      const struct config_node *node)
{
	const struct pagerduty_settings *settings = settings_arg;

	post_check_url(settings->url, "url", complaints, node);
}

static void pagerduty_start(struct channel_attempt *attempt)
{
	if (event_count(channel_notice(attempt)) == 0)
		channel_done(attempt, CHANNEL_SENT, 0, "there is no alert in it");
	else
		send_next(attempt);
}

const struct channel_kind channel_kind_pagerduty = {
	.name = "pagerduty",
	.summary = "a service of PagerDuty, by its Events API v2",
	.fields = fields,
	.settings_size = sizeof(struct pagerduty_settings),
	.attempt_size = sizeof(struct pagerduty_attempt),
	.required_field = "routing_key",
	.is_idempotent = true,
	.prepare = pagerduty_prepare,
	.start = pagerduty_start,
	.stop = post_stop_attempt,
};
