/* alertmanager.c - Prometheus' Alertmanager, /api/v2/alerts.
 *
 * Alertmanager knows an alert by its labels and lets it go when nobody has told of it before its
 * endsAt; who uses this channel tells every firing alert again each minute (keeps_state). endsAt is
 * counted from the time of sending, not from the notice's: one that waited in the outbox for an
 * hour must not end what still fires.
 *
 * `severity` is a label, because routes match on it. A change of it makes another alert there, so a
 * notice of a change or of an end also ends the alerts of the other severities; ending what is not
 * there does nothing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"
#include "notify/document.h"
#include "notify/message.h"
#include "notify/post.h"

#define HOLD_US (5 * 60 * BW_SECOND_US)
#define TEST_US (60 * BW_SECOND_US)

enum { LABELS_MAX = 32, TEXT_LIMIT = 4000, VALUE_LIMIT = 512 };

struct alertmanager_settings {
	const char *url;
	struct config_list labels; /* of struct config_pair */
	const char *user, *password, *bearer;
	struct post_settings post;
	char *address; /* with /api/v2/alerts */
};

static const struct config_field fields[] = {
	{ .name = "url",
	  .type = CONFIG_URL,
	  .offset = offsetof(struct alertmanager_settings, url),
	  .required = true,
	  .help = "Its address, without /api/v2/alerts",
	  .example = "http://127.0.0.1:9093" },
	{ .name = "labels",
	  .type = CONFIG_TEXT_MAP,
	  .offset = offsetof(struct alertmanager_settings, labels),
	  .max = LABELS_MAX,
	  .help = "Further labels of every alert",
	  .example = "{ cluster: backtests }" },
	{ .name = "user",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct alertmanager_settings, user),
	  .help = "Name for basic authentication",
	  .example = "bellwether" },
	{ .name = "password",
	  .type = CONFIG_SECRET,
	  .offset = offsetof(struct alertmanager_settings, password),
	  .help = "Password for basic authentication",
	  .example = "${ALERTMANAGER_PASSWORD}" },
	{ .name = "bearer",
	  .type = CONFIG_SECRET,
	  .offset = offsetof(struct alertmanager_settings, bearer),
	  .help = "Token for bearer authentication",
	  .example = "${ALERTMANAGER_TOKEN}" },
	POST_FIELDS(struct alertmanager_settings, post),
	{ 0 },
};

static const char *const own_labels[] = {
	"alertname", "severity", "kind", "name", "group", "type",
};

static void write_value(struct bw_json *json, const char *key, const char *text, size_t limit)
{
	static const struct message_style plain = { .limit = TEXT_LIMIT };
	struct bw_buf line;

	bw_buf_init(&line, 0);
	message_line(&plain, text, limit, &line);
	if (line.len > 0)
		bw_json_member_string(json, key, line.data);
	bw_buf_finish(&line);
}

/* An empty label is no label for Alertmanager. */
static void write_labels(const struct alertmanager_settings *settings,
			 const struct notice_alert *alert, enum bw_severity severity,
			 struct bw_json *json)
{
	const struct config_pair *pairs = settings->labels.items;

	bw_json_key(json, "labels");
	bw_json_object_begin(json);
	write_value(json, "alertname", alert->rule, VALUE_LIMIT);
	bw_json_member_string(json, "severity", bw_severity_text(severity));
	bw_json_member_string(json, "kind", alert_subject_text(alert->subject_kind));
	write_value(json, "name", alert->subject, VALUE_LIMIT);
	write_value(json, "group", alert->group, VALUE_LIMIT);
	write_value(json, "type", alert->type, VALUE_LIMIT);
	for (size_t i = 0; i < settings->labels.count; i++)
		write_value(json, pairs[i].name, pairs[i].value ? pairs[i].value : "", VALUE_LIMIT);
	bw_json_object_end(json);
}

static void write_annotations(const struct notice *notice, const struct notice_alert *alert,
			      struct bw_json *json)
{
	char id[24];

	snprintf(id, sizeof(id), "a%" PRIu64, alert->id);
	bw_json_key(json, "annotations");
	bw_json_object_begin(json);
	write_value(json, "summary", alert->title, VALUE_LIMIT);
	write_value(json, "description", alert->message, TEXT_LIMIT);
	write_value(json, "remark", notice->remark, VALUE_LIMIT);
	write_value(json, "runbook_url", alert->runbook, TEXT_LIMIT);
	if (notice->kind == NOTICE_FLAPPING)
		bw_json_member_string(json, "flapping", "true");
	if (alert->id > 0)
		bw_json_member_string(json, "id", id);
	bw_json_object_end(json);
}

struct span {
	struct bw_wall from, until;
};

static void write_alert(const struct channel_attempt *attempt, const struct notice_alert *alert,
			enum bw_severity severity, struct span span, struct bw_json *json)
{
	bw_json_object_begin(json);
	write_labels(channel_settings(attempt), alert, severity, json);
	write_annotations(channel_notice(attempt), alert, json);
	document_wall(json, "startsAt", span.from);
	document_wall(json, "endsAt", span.until);
	if (channel_page_url(attempt)[0])
		bw_json_member_string(json, "generatorURL", channel_page_url(attempt));
	bw_json_object_end(json);
}

/* Never after `until`: Alertmanager refuses an alert that ends before it begins, and with it all
 * others of the request. A clock that was set back must not make an end lie ahead. */
static struct span span_of(const struct notice_alert *alert, bool is_over, struct bw_wall now)
{
	struct span span = { alert->started, { now.us + HOLD_US } };

	if (is_over && alert->resolved.us > 0 && alert->resolved.us < now.us)
		span.until = alert->resolved;
	else if (is_over)
		span.until = now;
	if (span.from.us == 0 || span.from.us > span.until.us)
		span.from.us = is_over ? span.until.us : now.us;
	return span;
}

static void write_one(const struct channel_attempt *attempt, const struct notice_alert *alert,
		      struct bw_wall now, struct bw_json *json)
{
	const enum notice_kind kind = channel_notice(attempt)->kind;
	bool is_over = kind == NOTICE_RESOLVED;

	for (int other = BW_SEVERITY_INFO; other <= BW_SEVERITY_CRITICAL; other++) {
		bool is_own = other == (int)alert->severity;

		if (is_own)
			write_alert(attempt, alert, alert->severity, span_of(alert, is_over, now),
				    json);
		else if (is_over || kind == NOTICE_CHANGED)
			write_alert(attempt, alert, (enum bw_severity)other,
				    span_of(alert, true, now), json);
	}
}

static void write_trial(const struct channel_attempt *attempt, struct bw_wall now,
			struct bw_json *json)
{
	static const struct notice_alert trial = {
		.severity = BW_SEVERITY_INFO,
		.rule = "BellwetherTest",
		.type = "test",
		.subject = "",
		.group = "",
		.runbook = "",
		.title = "Test of this channel",
		.message = "",
	};
	struct span span = { now, { now.us + TEST_US } };

	write_alert(attempt, &trial, trial.severity, span, json);
}

static void write_body(const struct channel_attempt *attempt, struct bw_buf *out)
{
	const struct notice *notice = channel_notice(attempt);
	const struct bw_wall now = io_loop_wall(channel_loop(attempt));
	struct bw_json json;

	bw_json_init(&json, out);
	bw_json_array_begin(&json);
	if (notice->kind == NOTICE_TEST)
		write_trial(attempt, now, &json);
	else
		for (size_t i = 0; i < notice->count; i++)
			write_one(attempt, &notice->alerts[i], now, &json);
	bw_json_array_end(&json);
}

static bool is_label_name(const char *name)
{
	for (size_t i = 0; name[i]; i++)
		if (!((name[i] >= 'a' && name[i] <= 'z') || (name[i] >= 'A' && name[i] <= 'Z') ||
		      name[i] == '_' || (i > 0 && name[i] >= '0' && name[i] <= '9')))
			return false;
	return name[0] != '\0';
}

static void check_labels(const struct alertmanager_settings *settings,
			 struct config_complaints *complaints, const struct config_node *node)
{
	const struct config_pair *pairs = settings->labels.items;

	for (size_t i = 0; i < settings->labels.count; i++) {
		if (!is_label_name(pairs[i].name))
			config_complain_at(complaints, node, "labels",
					   "`%s` is no label: letters, digits and _",
					   pairs[i].name);
		for (size_t j = 0; j < sizeof(own_labels) / sizeof(own_labels[0]); j++)
			if (strcmp(own_labels[j], pairs[i].name) == 0)
				config_complain_at(complaints, node, "labels",
						   "`%s` is one of ours", pairs[i].name);
	}
}

static void alertmanager_prepare(void *settings_arg, struct config_complaints *complaints,
				 const struct config_node *node)
{
	struct alertmanager_settings *settings = settings_arg;

	post_check_url(settings->url, "url", complaints, node);
	check_labels(settings, complaints, node);
	if (settings->bearer && (settings->user || settings->password))
		config_complain_at(complaints, node, "bearer",
				   "goes with neither user nor password");
	if (settings->password && !settings->user)
		config_complain_at(complaints, node, "password", "needs a user");
	if (settings->url)
		settings->address = post_join(settings->url, "api/v2/alerts");
}

static void alertmanager_release(void *settings_arg)
{
	struct alertmanager_settings *settings = settings_arg;

	free(settings->address);
	settings->address = NULL;
}

static void alertmanager_start(struct channel_attempt *attempt)
{
	const struct alertmanager_settings *settings = channel_settings(attempt);
	struct bw_buf body;
	struct io_fetch_options options = {
		.url = settings->address,
		.user = settings->user,
		.password = settings->password,
		.bearer = settings->bearer,
	};

	bw_buf_init(&body, 0);
	write_body(attempt, &body);
	options.body = body.data;
	options.body_len = body.len;
	post_start(channel_data(attempt), attempt, &settings->post, &options, NULL);
	bw_buf_finish(&body);
}

const struct channel_kind channel_kind_alertmanager = {
	.name = "alertmanager",
	.summary = "Prometheus' Alertmanager, by its API v2",
	.fields = fields,
	.settings_size = sizeof(struct alertmanager_settings),
	.attempt_size = sizeof(struct post),
	.required_field = "url",
	.keeps_state = true,
	.is_idempotent = true,
	.prepare = alertmanager_prepare,
	.release = alertmanager_release,
	.start = alertmanager_start,
	.stop = post_stop_attempt,
};
