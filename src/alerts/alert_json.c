/* alert_json.c - an alert as its record in the store.
 *
 * Times are microseconds, as everything derives from them; what is empty, zero or false is left
 * out, as ten thousand children of one dead parent must be cheap to keep. Reading takes a missing
 * member for its zero, checks every type and range, and leaves unknown members alone.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "alerts/alert.h"
#include "base/json_write.h"
#include "base/xalloc.h"
#include "core/alert.h"

static void put_time(struct bw_json *json, const char *key, struct bw_wall time)
{
	if (time.us != 0)
		bw_json_member_int(json, key, time.us);
}

static void put_int(struct bw_json *json, const char *key, int64_t value)
{
	if (value != 0)
		bw_json_member_int(json, key, value);
}

static void put_bool(struct bw_json *json, const char *key, bool value)
{
	if (value)
		bw_json_member_bool(json, key, true);
}

static void put_text(struct bw_json *json, const char *key, const char *text)
{
	if (text && text[0] != '\0')
		bw_json_member_string(json, key, text);
}

static void put_samples(struct bw_json *json, const struct alert_samples *samples)
{
	bw_json_key(json, "samples");
	bw_json_object_begin(json);
	/* Bits of a word as a signed number: JSON readers know no larger one. */
	put_int(json, "bad", (int64_t)samples->bad);
	put_int(json, "good", (int64_t)samples->good);
	put_int(json, "count", samples->count);
	put_bool(json, "frozen", samples->frozen);
	put_bool(json, "missing", samples->missing);
	put_time(json, "latest", samples->latest);
	bw_json_object_end(json);
}

static void put_flapping(struct bw_json *json, const struct alert *alert)
{
	put_bool(json, "flapping", alert->flapping);
	if (alert->flap_rate != 0)
		bw_json_member_double(json, "flap_rate", alert->flap_rate);
	put_int(json, "flap_bits", alert->flap_bits);
	put_int(json, "flap_count", alert->flap_count);
	put_int(json, "flap_rounds", alert->flap_rounds);
}

static void put_ack(struct bw_json *json, const struct alert_ack *ack)
{
	bw_json_key(json, "ack");
	bw_json_object_begin(json);
	put_text(json, "by", ack->by);
	put_text(json, "comment", ack->comment);
	put_bool(json, "sticky", ack->sticky);
	put_time(json, "at", ack->at);
	put_time(json, "until", ack->until);
	bw_json_object_end(json);
}

static void put_told(struct bw_json *json, const struct alert_told *told)
{
	bw_json_object_begin(json);
	put_text(json, "channel", told->channel);
	put_bool(json, "firing", told->firing);
	put_bool(json, "flapping", told->flapping);
	bw_json_member_string(json, "severity", bw_severity_text(told->severity));
	put_time(json, "at", told->at);
	put_time(json, "remind_at", told->remind_at);
	put_int(json, "reminders", told->reminders);
	put_int(json, "messages", told->messages);
	put_time(json, "since", told->since);
	bw_json_object_end(json);
}

static void put_quiet(struct bw_json *json, const struct alert_quiet *quiet)
{
	bw_json_key(json, "quiet");
	bw_json_object_begin(json);
	put_text(json, "kind", alert_quiet_text(quiet->kind));
	put_text(json, "by", quiet->by);
	put_time(json, "released", quiet->released);
	put_bool(json, "in_doubt", quiet->in_doubt);
	bw_json_object_end(json);
}

static void put_over(struct bw_json *json, const struct alert_over *over)
{
	bw_json_key(json, "over");
	bw_json_object_begin(json);
	put_text(json, "remark", over->remark);
	put_bool(json, "is_reminder", over->is_reminder);
	put_time(json, "at", over->at);
	bw_json_object_end(json);
}

static void put_identity(struct bw_json *json, const struct alert *alert)
{
	bw_json_member_int(json, "id", (int64_t)alert->id);
	bw_json_member_string(json, "rule", alert->rule_name);
	put_text(json, "type", alert->type);
	bw_json_member_string(json, "kind", alert_subject_text(alert->subject_kind));
	put_text(json, "subject", alert->subject);
	bw_json_member_string(json, "state", alert_state_text(alert->state));
	bw_json_member_string(json, "reason", alert_reason_text(alert->reason));
	bw_json_member_string(json, "severity", bw_severity_text(alert->severity));
	put_text(json, "title", alert->title);
	put_text(json, "message", alert->message);
}

void alert_encode(const struct alert *alert, struct bw_buf *out)
{
	struct bw_json json;

	bw_json_init(&json, out);
	bw_json_object_begin(&json);
	put_identity(&json, alert);
	put_time(&json, "started", alert->started);
	put_time(&json, "fired", alert->fired);
	put_time(&json, "recovering", alert->recovering);
	put_time(&json, "resolved", alert->resolved);
	put_samples(&json, &alert->samples);
	put_flapping(&json, alert);
	if (alert->ack)
		put_ack(&json, alert->ack);
	if (alert->quiet.kind != ALERT_LOUD)
		put_quiet(&json, &alert->quiet);
	if (alert->over.remark)
		put_over(&json, &alert->over);
	if (alert->told_count > 0) {
		bw_json_key(&json, "told");
		bw_json_array_begin(&json);
		for (size_t i = 0; i < alert->told_count; i++)
			put_told(&json, &alert->told[i]);
		bw_json_array_end(&json);
	}
	bw_json_object_end(&json);
}

/* --- back --- */

/* The object being read, and what went wrong first. */
struct reader {
	const json_t *object;
	enum bw_status status;
	struct bw_error *err;
};

static void wrong(struct reader *reader, const char *key, const char *expected)
{
	if (reader->status == BW_OK)
		reader->status = bw_fail(reader->err, BW_EINVAL,
					 "record of an alert: `%s` is not %s", key, expected);
}

static int64_t get_int(struct reader *reader, const char *key, int64_t least, int64_t most)
{
	const json_t *value = json_object_get(reader->object, key);

	if (!value)
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < least ||
	    json_integer_value(value) > most) {
		wrong(reader, key, "a whole number in its range");
		return 0;
	}
	return json_integer_value(value);
}

static struct bw_wall get_time(struct reader *reader, const char *key)
{
	return (struct bw_wall){ get_int(reader, key, 0, INT64_MAX - 1) };
}

static bool get_bool(struct reader *reader, const char *key)
{
	const json_t *value = json_object_get(reader->object, key);

	if (value && !json_is_boolean(value))
		wrong(reader, key, "true or false");
	return json_is_true(value);
}

static const char *get_text(struct reader *reader, const char *key, size_t max)
{
	const json_t *value = json_object_get(reader->object, key);

	if (!value)
		return "";
	if (!json_is_string(value) || json_string_length(value) > max) {
		wrong(reader, key, "a text of its length");
		return "";
	}
	return json_string_value(value);
}

/* Which of the words 0..last a member is. */
static int get_word(struct reader *reader, const char *key, const char *(*word)(int), int last)
{
	const char *text = get_text(reader, key, 32);

	for (int i = 0; i <= last; i++) {
		if (strcmp(text, word(i)) == 0)
			return i;
	}
	wrong(reader, key, "a word that is known");
	return 0;
}

static const char *state_word(int state)
{
	return alert_state_text((enum alert_state)state);
}

static const char *reason_word(int reason)
{
	return alert_reason_text((enum alert_reason)reason);
}

static const char *severity_word(int severity)
{
	return bw_severity_text((enum bw_severity)severity);
}

static const char *quiet_word(int kind)
{
	return alert_quiet_text((enum alert_quiet_kind)kind);
}

static const char *subject_word(int kind)
{
	return alert_subject_text((enum alert_subject_kind)kind);
}

static void read_samples(struct reader *reader, struct alert_samples *out)
{
	out->bad = (uint64_t)get_int(reader, "bad", INT64_MIN, INT64_MAX);
	out->good = (uint64_t)get_int(reader, "good", INT64_MIN, INT64_MAX);
	out->count = (int)get_int(reader, "count", 0, ALERT_SAMPLES_MAX);
	out->frozen = get_bool(reader, "frozen");
	out->missing = get_bool(reader, "missing");
	out->latest = get_time(reader, "latest");
}

static void read_ack(struct reader *reader, struct alert *out)
{
	struct alert_ack ack = {
		.sticky = get_bool(reader, "sticky"),
		.at = get_time(reader, "at"),
		.until = get_time(reader, "until"),
		.by = (char *)get_text(reader, "by", ALERT_PERSON_MAX),
		.comment = (char *)get_text(reader, "comment", ALERT_COMMENT_MAX),
	};

	alert_set_ack(out, &ack);
}

static void read_told(struct reader *reader, struct alert_told *out)
{
	out->channel = xstrdup(get_text(reader, "channel", ALERT_NAME_MAX));
	out->firing = get_bool(reader, "firing");
	out->flapping = get_bool(reader, "flapping");
	out->severity =
		(enum bw_severity)get_word(reader, "severity", severity_word, BW_SEVERITY_CRITICAL);
	out->at = get_time(reader, "at");
	out->remind_at = get_time(reader, "remind_at");
	out->reminders = (int)get_int(reader, "reminders", 0, INT32_MAX);
	out->messages = (int)get_int(reader, "messages", 0, INT32_MAX);
	out->since = get_time(reader, "since");
}

static void read_all_told(struct reader *reader, struct alert *out)
{
	const json_t *list = json_object_get(reader->object, "told");
	struct reader inner = *reader;

	if (!list)
		return;
	if (!json_is_array(list) || json_array_size(list) > ALERT_CHANNELS_MAX) {
		wrong(reader, "told", "a list of its length");
		return;
	}
	out->told = xcalloc(json_array_size(list) + 1, sizeof(*out->told));
	for (size_t i = 0; i < json_array_size(list); i++) {
		inner.object = json_array_get(list, i);
		read_told(&inner, &out->told[out->told_count++]);
	}
	reader->status = inner.status;
}

/* Makes `inner` read the object `key`; false: there is none. */
static bool go_into(const struct reader *reader, const char *key, struct reader *inner)
{
	*inner = *reader;
	inner->object = json_object_get(reader->object, key);
	if (inner->object && !json_is_object(inner->object))
		wrong(inner, key, "an object");
	return inner->object != NULL;
}

static void read_parts(struct reader *reader, struct alert *out)
{
	struct reader inner;

	if (go_into(reader, "samples", &inner)) {
		read_samples(&inner, &out->samples);
		reader->status = inner.status;
	}
	if (go_into(reader, "ack", &inner)) {
		read_ack(&inner, out);
		reader->status = inner.status;
	}
	if (go_into(reader, "quiet", &inner)) {
		out->quiet.kind = (enum alert_quiet_kind)get_word(&inner, "kind", quiet_word,
								  ALERT_QUIET_FLAPPING);
		out->quiet.by = xstrdup(get_text(&inner, "by", ALERT_NAME_MAX));
		out->quiet.released = get_time(&inner, "released");
		out->quiet.in_doubt = get_bool(&inner, "in_doubt");
		reader->status = inner.status;
	}
	if (go_into(reader, "over", &inner)) {
		out->over.remark = xstrdup(get_text(&inner, "remark", ALERT_COMMENT_MAX));
		out->over.is_reminder = get_bool(&inner, "is_reminder");
		out->over.at = get_time(&inner, "at");
		reader->status = inner.status;
	}
	read_all_told(reader, out);
}

static void read_flapping(struct reader *reader, struct alert *out)
{
	const json_t *rate = json_object_get(reader->object, "flap_rate");

	out->flapping = get_bool(reader, "flapping");
	out->flap_rate = json_number_value(rate);
	if (rate && !(json_is_number(rate) && out->flap_rate >= 0 && out->flap_rate <= 100))
		wrong(reader, "flap_rate", "a percentage");
	out->flap_bits = (uint32_t)get_int(reader, "flap_bits", 0, (1 << ALERT_FLAP_WINDOW) - 1);
	out->flap_count = (int)get_int(reader, "flap_count", 0, ALERT_FLAP_WINDOW);
	out->flap_rounds = (int)get_int(reader, "flap_rounds", 0, INT32_MAX);
}

static void read_alert(struct reader *reader, struct alert *out)
{
	out->id = (uint64_t)get_int(reader, "id", 1, INT64_MAX / 2);
	out->rule_name = xstrdup(get_text(reader, "rule", ALERT_NAME_MAX));
	out->type = xstrdup(get_text(reader, "type", ALERT_NAME_MAX));
	out->subject_kind = (enum alert_subject_kind)get_word(reader, "kind", subject_word,
							      ALERT_SUBJECT_KINDS - 1);
	out->subject = xstrdup(get_text(reader, "subject", BW_DASHBOARD_NAME_MAX));
	out->state = (enum alert_state)get_word(reader, "state", state_word, ALERT_RESOLVED);
	out->reason = (enum alert_reason)get_word(reader, "reason", reason_word, ALERT_BY_ERROR);
	out->severity =
		(enum bw_severity)get_word(reader, "severity", severity_word, BW_SEVERITY_CRITICAL);
	out->title = xstrdup(get_text(reader, "title", BW_ALERT_TITLE_MAX));
	out->message = xstrdup(get_text(reader, "message", BW_ALERT_MESSAGE_MAX));
	out->started = get_time(reader, "started");
	out->fired = get_time(reader, "fired");
	out->recovering = get_time(reader, "recovering");
	out->resolved = get_time(reader, "resolved");
	read_flapping(reader, out);
	read_parts(reader, out);
	if (out->id == 0)
		wrong(reader, "id", "there");
	if (out->rule_name[0] == '\0')
		wrong(reader, "rule", "there");
}

enum bw_status alert_decode(const char *text, struct alert *out, struct bw_error *err)
{
	json_error_t error;
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	struct reader reader = { .object = root, .err = err };
	struct alert alert = { 0 };

	if (!json_is_object(root)) {
		json_decref(root);
		return bw_fail(err, BW_EINVAL, "record of an alert: not a JSON object");
	}
	read_alert(&reader, &alert);
	json_decref(root);
	if (reader.status != BW_OK) {
		alert_finish(&alert);
		return reader.status;
	}
	*out = alert;
	return BW_OK;
}
