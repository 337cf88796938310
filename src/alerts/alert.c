/* alert.c - the words of an alert, its copies, and how people read it.
 *
 * Order: every enum has one table of words; parsing walks the same table, so that what is written
 * can be read.
 */
#include "alerts/alert.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/alerts.h"
#include "base/assert.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "core/alert.h"

enum { SENTENCE_MAX = ALERT_NAME_MAX + 64 };

static const char *const subject_texts[ALERT_SUBJECT_KINDS] = {
	[ALERT_SUBJECT_SYSTEM] = "system",
	[ALERT_SUBJECT_RESOURCE] = "resource",
	[ALERT_SUBJECT_COMPONENT] = "component",
	[ALERT_SUBJECT_BREAKER] = "breaker",
	[ALERT_SUBJECT_JOB] = "job",
};

const char *alert_state_text(enum alert_state state)
{
	static const char *const texts[] = {
		[ALERT_OK] = "ok",
		[ALERT_PENDING] = "pending",
		[ALERT_FIRING] = "firing",
		[ALERT_RECOVERING] = "recovering",
		[ALERT_RESOLVED] = "resolved",
	};

	bw_assert((unsigned)state <= ALERT_RESOLVED);
	return texts[state];
}

const char *alert_reason_text(enum alert_reason reason)
{
	static const char *const texts[] = {
		[ALERT_BY_CONDITION] = "condition",
		[ALERT_BY_NO_DATA] = "no_data",
		[ALERT_BY_ERROR] = "error",
	};

	bw_assert((unsigned)reason <= ALERT_BY_ERROR);
	return texts[reason];
}

const char *alert_quiet_text(enum alert_quiet_kind kind)
{
	static const char *const texts[] = {
		[ALERT_LOUD] = "",
		[ALERT_QUIET_MAINTENANCE] = "maintenance",
		[ALERT_QUIET_NETWORK] = "network",
		[ALERT_QUIET_DEPENDENCY] = "dependency",
		[ALERT_QUIET_SILENCE] = "silence",
		[ALERT_QUIET_INHIBITED] = "inhibited",
		[ALERT_QUIET_FLAPPING] = "flapping",
	};

	bw_assert((unsigned)kind <= ALERT_QUIET_FLAPPING);
	return texts[kind];
}

const char *alert_subject_text(enum alert_subject_kind kind)
{
	bw_assert((unsigned)kind < ALERT_SUBJECT_KINDS);
	return subject_texts[kind];
}

bool alert_subject_parse(const char *text, enum alert_subject_kind *out)
{
	for (int kind = 0; kind < ALERT_SUBJECT_KINDS; kind++) {
		if (strcmp(text, subject_texts[kind]) == 0) {
			*out = (enum alert_subject_kind)kind;
			return true;
		}
	}
	return false;
}

void alert_finish(struct alert *alert)
{
	free(alert->rule_name);
	free(alert->type);
	free(alert->subject);
	free(alert->title);
	free(alert->message);
	free(alert->quiet.by);
	free(alert->over.remark);
	alert_set_ack(alert, NULL);
	for (size_t i = 0; i < alert->told_count; i++)
		free(alert->told[i].channel);
	free(alert->told);
	*alert = (struct alert){ 0 };
}

static char *copy_text(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

void alert_set_ack(struct alert *alert, const struct alert_ack *ack)
{
	struct alert_ack *copy = NULL;

	if (ack) {
		copy = xmalloc(sizeof(*copy));
		*copy = *ack;
		copy->by = copy_text(ack->by);
		copy->comment = copy_text(ack->comment);
	}
	if (alert->ack) {
		free(alert->ack->by);
		free(alert->ack->comment);
		free(alert->ack);
	}
	alert->ack = copy;
}

void alert_copy(const struct alert *from, struct alert *to)
{
	*to = *from;
	to->rule_name = copy_text(from->rule_name);
	to->type = copy_text(from->type);
	to->subject = copy_text(from->subject);
	to->title = copy_text(from->title);
	to->message = copy_text(from->message);
	to->quiet.by = copy_text(from->quiet.by);
	to->over.remark = copy_text(from->over.remark);
	to->noise = NULL;
	to->ack = NULL;
	alert_set_ack(to, from->ack);
	to->told = NULL;
	if (from->told_count == 0)
		return;
	to->told = xcalloc(from->told_count, sizeof(*to->told));
	for (size_t i = 0; i < from->told_count; i++) {
		to->told[i] = from->told[i];
		to->told[i].channel = copy_text(from->told[i].channel);
	}
}

bool alert_is_alive(const struct alert *alert)
{
	return alert->state == ALERT_PENDING || alert_is_hard_firing(alert);
}

bool alert_is_hard_firing(const struct alert *alert)
{
	return alert->state == ALERT_FIRING || alert->state == ALERT_RECOVERING;
}

bool alert_is_told_firing(const struct alert *alert)
{
	for (size_t i = 0; i < alert->told_count; i++) {
		if (alert->told[i].firing)
			return true;
	}
	return false;
}

struct bw_wall alert_ended(const struct alert *alert)
{
	bool counts = alert->flap_bits != 0 && alert->rule && alert->rule->detects_flapping;

	if (alert_is_alive(alert) || counts || alert_is_told_firing(alert))
		return (struct bw_wall){ 0 };
	return alert->resolved;
}

/* --- for people --- */

static void write_time(struct bw_json *json, const char *key, struct bw_wall time)
{
	bw_json_key(json, key);
	if (time.us != 0)
		bw_json_wall(json, time);
	else
		bw_json_null(json);
}

static void write_subject(const struct alert *alert, const char *group, struct bw_json *json)
{
	bw_json_key(json, "subject");
	bw_json_object_begin(json);
	bw_json_member_string(json, "kind", alert_subject_text(alert->subject_kind));
	bw_json_member_string(json, "name", alert->subject[0] != '\0' ? alert->subject : NULL);
	bw_json_member_string(json, "group", group && group[0] != '\0' ? group : NULL);
	bw_json_object_end(json);
}

static void write_ack(const struct alert_ack *ack, struct bw_json *json)
{
	bw_json_key(json, "ack");
	if (!ack) {
		bw_json_null(json);
		return;
	}
	bw_json_object_begin(json);
	bw_json_member_string(json, "by", ack->by);
	write_time(json, "at", ack->at);
	bw_json_member_string(json, "comment", ack->comment ? ack->comment : "");
	bw_json_member_bool(json, "sticky", ack->sticky);
	write_time(json, "until", ack->until);
	bw_json_object_end(json);
}

static void quiet_sentence(const struct alert_quiet *quiet, char *out, size_t size)
{
	static const char *const formats[] = {
		[ALERT_QUIET_MAINTENANCE] = "Maintenance: %s",
		[ALERT_QUIET_NETWORK] = "Our own network is down: %s",
		[ALERT_QUIET_DEPENDENCY] = "It depends on %s",
		[ALERT_QUIET_SILENCE] = "Silenced by %s",
		[ALERT_QUIET_INHIBITED] = "Hidden by %s, which fires",
	};
	const char *by = quiet->by ? quiet->by : "";

	if (quiet->kind == ALERT_QUIET_FLAPPING) {
		bw_text_format(out, size, "It goes up and down; said once");
		return;
	}
	/* The formats are those above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	bw_text_format(out, size, formats[quiet->kind], by);
#pragma GCC diagnostic pop
}

static void write_quiet(const struct alert_quiet *quiet, struct bw_json *json)
{
	char sentence[SENTENCE_MAX];

	bw_json_key(json, "quiet");
	if (quiet->kind == ALERT_LOUD) {
		bw_json_null(json);
		return;
	}
	quiet_sentence(quiet, sentence, sizeof(sentence));
	bw_json_object_begin(json);
	bw_json_member_string(json, "kind", alert_quiet_text(quiet->kind));
	bw_json_member_string(json, "by", quiet->by);
	bw_json_member_string(json, "text", sentence);
	bw_json_object_end(json);
}

static struct bw_wall next_reminder(const struct alert *alert)
{
	struct bw_wall next = { 0 };

	for (size_t i = 0; i < alert->told_count; i++) {
		struct bw_wall at = alert->told[i].remind_at;

		if (at.us != 0 && (next.us == 0 || at.us < next.us))
			next = at;
	}
	return next;
}

static void write_times(const struct alert *alert, struct bw_json *json)
{
	write_time(json, "started", alert->started);
	write_time(json, "fired", alert->fired);
	write_time(json, "recovering", alert->recovering);
	write_time(json, "resolved", alert->resolved);
}

void alert_write(const struct alert *alert, const char *group, struct bw_json *json)
{
	char id[32];

	snprintf(id, sizeof(id), "a%" PRIu64, alert->id);
	bw_json_object_begin(json);
	bw_json_member_string(json, "severity", bw_severity_text(alert->severity));
	bw_json_member_string(json, "type", alert->type);
	bw_json_member_string(json, "title", alert->title);
	bw_json_member_string(json, "message", alert->message);
	write_time(json, "timestamp", alert->fired.us != 0 ? alert->fired : alert->started);
	bw_json_member_string(json, "id", id);
	bw_json_member_string(json, "state", alert_state_text(alert->state));
	bw_json_member_bool(json, "hard",
			    alert->state != ALERT_PENDING && alert->state != ALERT_RECOVERING);
	bw_json_member_string(json, "reason", alert_reason_text(alert->reason));
	bw_json_member_string(json, "rule", alert->rule_name);
	write_subject(alert, group, json);
	write_times(alert, json);
	bw_json_member_bool(json, "flapping", alert->flapping);
	bw_json_member_double(json, "flap_rate", bw_round(alert->flap_rate, 1));
	write_ack(alert->ack, json);
	write_quiet(&alert->quiet, json);
	bw_json_member_int(json, "hides", (int64_t)alert->hides);
	write_time(json, "next_reminder", next_reminder(alert));
	bw_json_object_end(json);
}

void alert_write_told(const struct alert *alert, struct bw_json *json)
{
	bw_json_array_begin(json);
	for (size_t i = 0; i < alert->told_count; i++) {
		const struct alert_told *told = &alert->told[i];

		if (told->at.us == 0)
			continue;
		bw_json_object_begin(json);
		bw_json_member_string(json, "channel", told->channel);
		bw_json_member_string(json, "state",
				      told->flapping ? "flapping"
				      : told->firing ? "firing"
						     : "resolved");
		write_time(json, "at", told->at);
		bw_json_member_int(json, "reminders", told->reminders);
		bw_json_object_end(json);
	}
	bw_json_array_end(json);
}
