/* document.c - member by member, in the order of the manual. */
#include "notify/document.h"

#include <stdio.h>

#include "notify/message.h"

void document_wall(struct bw_json *json, const char *key, struct bw_wall time)
{
	bw_json_key(json, key);
	if (time.us == 0)
		bw_json_null(json);
	else
		bw_json_wall(json, time);
}

/* "" is null. */
static void write_text(struct bw_json *json, const char *key, const char *text)
{
	bw_json_member_string(json, key, text && text[0] ? text : NULL);
}

static void write_alert(const struct notice_alert *alert, struct bw_json *json)
{
	char id[24];

	snprintf(id, sizeof(id), "a%llu", (unsigned long long)alert->id);
	bw_json_object_begin(json);
	bw_json_member_string(json, "id", id);
	bw_json_member_string(json, "severity", bw_severity_text(alert->severity));
	bw_json_member_string(json, "rule", alert->rule);
	bw_json_member_string(json, "type", alert->type);
	bw_json_key(json, "subject");
	bw_json_object_begin(json);
	bw_json_member_string(json, "kind", alert_subject_text(alert->subject_kind));
	write_text(json, "name", alert->subject);
	write_text(json, "group", alert->group);
	bw_json_object_end(json);
	bw_json_member_string(json, "title", alert->title);
	bw_json_member_string(json, "message", alert->message);
	bw_json_member_string(json, "reason", alert_reason_text(alert->reason));
	document_wall(json, "started", alert->started);
	document_wall(json, "fired", alert->fired);
	document_wall(json, "resolved", alert->resolved);
	bw_json_member_int(json, "hides", (int64_t)alert->hides);
	write_text(json, "runbook", alert->runbook);
	bw_json_object_end(json);
}

void document_write(const struct notice *notice, const char *page_url, struct bw_json *json)
{
	char headline[MESSAGE_HEADLINE_MAX];

	message_headline(notice, headline);
	bw_json_object_begin(json);
	bw_json_member_string(json, "kind", notice_kind_text(notice->kind));
	bw_json_member_string(json, "key", notice->key);
	bw_json_member_string(json, "channel", notice->channel);
	bw_json_member_string(json, "severity", bw_severity_text(notice_severity(notice)));
	bw_json_member_string(json, "headline", headline);
	write_text(json, "group", notice->group);
	write_text(json, "remark", notice->remark);
	document_wall(json, "at", notice->at);
	bw_json_member_int(json, "reminder", notice->reminder);
	write_text(json, "page", page_url);
	bw_json_key(json, "alerts");
	bw_json_array_begin(json);
	for (size_t i = 0; i < notice->count; i++)
		write_alert(&notice->alerts[i], json);
	bw_json_array_end(json);
	bw_json_member_int(json, "more", (int64_t)notice->more);
	bw_json_object_end(json);
}
