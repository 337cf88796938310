/* notice.c - a message as a record: written when it is made, read when it is sent.
 *
 * A decoded notice holds its alerts and all their texts in one arena, which its list of alerts is
 * the first piece of: what is freed is one block.
 */
#include "alerts/notice.h"

#include <stdlib.h>
#include <string.h>

#include "alerts/record_read.h"
#include "base/json_write.h"
#include "base/text.h"
#include "base/xalloc.h"

static const char *const kind_words[] = { "firing",   "resolved", "changed", "flapping",
					  "reminder", "test",     NULL };
static const char *const severity_words[] = { "info", "warning", "critical", NULL };
static const char *const subject_words[] = { "system",  "resource", "component",
					     "breaker", "job",      NULL };
static const char *const reason_words[] = { "condition", "no_data", "error", NULL };

const char *notice_kind_text(enum notice_kind kind)
{
	return (unsigned)kind <= NOTICE_TEST ? kind_words[kind] : "unknown";
}

enum bw_severity notice_severity(const struct notice *notice)
{
	enum bw_severity worst = BW_SEVERITY_INFO;

	for (size_t i = 0; i < notice->count; i++) {
		if (notice->alerts[i].severity > worst)
			worst = notice->alerts[i].severity;
	}
	return worst;
}

static const char *headline_words(enum notice_kind kind)
{
	static const char *const words[] = {
		[NOTICE_FIRING] = "alerts firing",
		[NOTICE_RESOLVED] = "alerts resolved",
		[NOTICE_CHANGED] = "alerts changed their severity",
		[NOTICE_FLAPPING] = "alerts are flapping",
		[NOTICE_REMINDER] = "alerts still firing",
		[NOTICE_TEST] = "tests",
	};

	return words[kind];
}

void notice_headline(const struct notice *notice, char *out, size_t size)
{
	static const char *const before[] = {
		[NOTICE_FIRING] = "",          [NOTICE_RESOLVED] = "Resolved: ",
		[NOTICE_CHANGED] = "",         [NOTICE_FLAPPING] = "Flapping: ",
		[NOTICE_REMINDER] = "Still: ", [NOTICE_TEST] = "Test: ",
	};
	size_t all = notice->count + notice->more;
	const char *group = notice->group != NULL ? notice->group : "";

	if (all == 1 && notice->count == 1)
		bw_text_format(out, size, "%s%s", before[notice->kind], notice->alerts[0].title);
	else
		bw_text_format(out, size, "%zu %s%s%s", all, headline_words(notice->kind),
			       group[0] == '\0' ? "" : " in ", group);
}

/* --- writing --- */

static void put_text(struct bw_json *json, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0')
		bw_json_member_string(json, key, text);
}

static void put_int(struct bw_json *json, const char *key, int64_t value)
{
	if (value != 0)
		bw_json_member_int(json, key, value);
}

static void put_alert(struct bw_json *json, const struct notice_alert *alert)
{
	bw_json_object_begin(json);
	bw_json_member_int(json, "id", (int64_t)alert->id);
	bw_json_member_string(json, "severity", severity_words[alert->severity]);
	put_text(json, "rule", alert->rule);
	put_text(json, "type", alert->type);
	bw_json_member_string(json, "subject_kind", subject_words[alert->subject_kind]);
	put_text(json, "subject", alert->subject);
	put_text(json, "group", alert->group);
	put_text(json, "runbook", alert->runbook);
	put_text(json, "title", alert->title);
	put_text(json, "message", alert->message);
	bw_json_member_string(json, "reason", reason_words[alert->reason]);
	put_int(json, "started_us", alert->started.us);
	put_int(json, "fired_us", alert->fired.us);
	put_int(json, "resolved_us", alert->resolved.us);
	put_int(json, "hides", (int64_t)alert->hides);
	bw_json_object_end(json);
}

void notice_encode(const struct notice *notice, struct bw_buf *out)
{
	struct bw_json json;

	bw_json_init(&json, out);
	bw_json_object_begin(&json);
	bw_json_member_string(&json, "kind", kind_words[notice->kind]);
	put_text(&json, "channel", notice->channel);
	put_text(&json, "key", notice->key);
	put_text(&json, "group", notice->group);
	put_text(&json, "remark", notice->remark);
	put_int(&json, "at_us", notice->at.us);
	put_int(&json, "reminder", notice->reminder);
	put_int(&json, "more", (int64_t)notice->more);
	bw_json_key(&json, "alerts");
	bw_json_array_begin(&json);
	for (size_t i = 0; i < notice->count; i++)
		put_alert(&json, &notice->alerts[i]);
	bw_json_array_end(&json);
	bw_json_object_end(&json);
}

/* --- reading --- */

/* All texts of the record behind its alerts, in one block. */
struct texts {
	char *next;
};

static const char *take_text(struct texts *texts, const char *text)
{
	size_t len = strlen(text) + 1;
	char *copy = memcpy(texts->next, text, len);

	texts->next += len;
	return copy;
}

static size_t texts_of(const json_t *object)
{
	const char *key;
	json_t *value;
	size_t sum = 16; /* an empty text for each member that is missing */

	json_object_foreach((json_t *)object, key, value)
	{
		(void)key;
		sum += json_is_string(value) ? strlen(json_string_value(value)) + 1 : 0;
	}
	return sum;
}

static void read_alert(struct record_reader *reader, struct texts *texts, struct notice_alert *out)
{
	out->id = (uint64_t)record_int(reader, "id", 0, INT64_MAX);
	out->severity = (enum bw_severity)record_word(reader, "severity", severity_words,
						      BW_SEVERITY_WARNING);
	out->rule = take_text(texts, record_text(reader, "rule"));
	out->type = take_text(texts, record_text(reader, "type"));
	out->subject_kind = (enum alert_subject_kind)record_word(
		reader, "subject_kind", subject_words, ALERT_SUBJECT_SYSTEM);
	out->subject = take_text(texts, record_text(reader, "subject"));
	out->group = take_text(texts, record_text(reader, "group"));
	out->runbook = take_text(texts, record_text(reader, "runbook"));
	out->title = take_text(texts, record_text(reader, "title"));
	out->message = take_text(texts, record_text(reader, "message"));
	out->reason =
		(enum alert_reason)record_word(reader, "reason", reason_words, ALERT_BY_CONDITION);
	out->started = record_wall(reader, "started_us");
	out->fired = record_wall(reader, "fired_us");
	out->resolved = record_wall(reader, "resolved_us");
	out->hides = (size_t)record_int(reader, "hides", 0, INT32_MAX);
}

static void read_head(struct record_reader *reader, struct texts *texts, struct notice *out)
{
	const char *key = record_text(reader, "key");

	out->kind = (enum notice_kind)record_word(reader, "kind", kind_words, NOTICE_FIRING);
	out->channel = take_text(texts, record_text(reader, "channel"));
	if (strlen(key) < sizeof(out->key))
		memcpy(out->key, key, strlen(key) + 1);
	else
		record_refuse(reader, "key", "too long");
	out->group = take_text(texts, record_text(reader, "group"));
	out->remark = take_text(texts, record_text(reader, "remark"));
	out->at = record_wall(reader, "at_us");
	out->reminder = (int)record_int(reader, "reminder", 0, INT32_MAX);
	out->more = (size_t)record_int(reader, "more", 0, INT32_MAX);
}

/* Room for the alerts and every text of the record. */
static void make_room(const json_t *root, const json_t *list, struct notice *out,
		      struct texts *texts)
{
	size_t size = texts_of(root);

	out->count = json_array_size(list);
	for (size_t i = 0; i < out->count; i++)
		size += texts_of(json_array_get(list, i));
	out->alerts = xcalloc(1, out->count * sizeof(*out->alerts) + size);
	texts->next = (char *)(out->alerts + out->count);
}

enum bw_status notice_decode(const char *text, struct notice *out, struct bw_error *err)
{
	json_t *root = record_parse(text, err);
	struct record_reader reader = { .object = root, .err = err };
	const json_t *list;
	struct texts texts;

	*out = (struct notice){ 0 };
	if (root == NULL)
		return BW_EINVAL;
	list = record_array(&reader, "alerts", NOTICE_ALERTS_MAX);
	make_room(root, list, out, &texts);
	read_head(&reader, &texts, out);
	for (size_t i = 0; i < out->count; i++) {
		reader.object = json_array_get(list, i);
		read_alert(&reader, &texts, &out->alerts[i]);
	}
	json_decref(root);
	if (!reader.failed)
		return BW_OK;
	notice_finish(out);
	return BW_EINVAL;
}

void notice_finish(struct notice *notice)
{
	free(notice->alerts);
	*notice = (struct notice){ 0 };
}
