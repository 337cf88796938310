/* test_rule_print.c - a line for each change of state, and a summary in one sentence. */
#include "cli/test_rule_print.h"

#include <inttypes.h>
#include <string.h>

#include "alerts/condition.h"
#include "base/display.h"
#include "base/json_write.h"
#include "cli/print.h"

enum { STATE_COLUMNS = 14, TEXT_INDENT = 27 };

/* The two largest units of a time. */
static void span(struct bw_buf *buf, int64_t us)
{
	int64_t seconds = (us + BW_SECOND_US / 2) / BW_SECOND_US;

	if (seconds < 60)
		bw_buf_format(buf, "%" PRId64 " s", seconds);
	else if (seconds < 3600)
		bw_buf_format(buf, "%" PRId64 " min", (seconds + 30) / 60);
	else if (seconds < 86400)
		bw_buf_format(buf, "%" PRId64 " h %" PRId64 " min", seconds / 3600,
			      seconds % 3600 / 60);
	else
		bw_buf_format(buf, "%" PRId64 " d %" PRId64 " h", seconds / 86400,
			      seconds % 86400 / 3600);
}

static void when(struct bw_buf *buf, struct bw_wall time)
{
	char text[BW_WALL_TEXT_MAX];

	bw_wall_format(time, text);
	bw_buf_text(buf, text);
}

static const char *state_word(const struct rule_event *event)
{
	if (event->state == ALERT_FIRING)
		return event->again ? "fires again" : "FIRES";
	if (event->state == ALERT_OK)
		return "over, unfired";
	return alert_state_text(event->state);
}

static void print_event(struct bw_buf *buf, const struct rule_history *history,
			const struct rule_event *event)
{
	const char *name = history->subjects[event->subject].name;

	when(buf, event->at);
	bw_buf_text(buf, "  ");
	if (*name || event->reason != ALERT_BY_CONDITION || event->state == ALERT_RESOLVED)
		cli_cell(buf, state_word(event), STATE_COLUMNS);
	else
		bw_buf_text(buf, state_word(event));
	bw_display_append(buf, name, strlen(name));
	if (event->reason != ALERT_BY_CONDITION)
		bw_buf_format(buf, "%s(%s)", *name ? " " : "", alert_reason_text(event->reason));
	if (event->state == ALERT_RESOLVED) {
		bw_buf_text(buf, *name ? " after " : "after ");
		span(buf, event->fired_us);
	}
	bw_buf_byte(buf, '\n');
	if (event->state == ALERT_FIRING && !event->again) {
		bw_buf_format(buf, "%*s", TEXT_INDENT, "");
		cli_wrap(buf, TEXT_INDENT, event->title);
		if (strcmp(event->title, event->message) != 0) {
			bw_buf_format(buf, "%*s", TEXT_INDENT, "");
			cli_wrap(buf, TEXT_INDENT, event->message);
		}
	}
	if (*event->values) {
		bw_buf_format(buf, "%*s", TEXT_INDENT, "");
		cli_wrap(buf, TEXT_INDENT, event->values);
	}
}

static void print_summary(struct bw_buf *buf, const struct rule_replay *replay)
{
	if (replay->fired == 0) {
		bw_buf_text(buf, "would never have fired\n");
		return;
	}
	bw_buf_format(buf, "would have fired %zu time%s, ", replay->fired,
		      replay->fired == 1 ? "" : "s");
	span(buf, replay->firing_us);
	bw_buf_text(buf, " in all, last at ");
	when(buf, replay->last_fired);
	if (replay->still > 0)
		bw_buf_format(buf, "; %zu still firing at the end", replay->still);
	bw_buf_byte(buf, '\n');
}

void test_rule_print(const struct alert_rule *rule, const struct rule_history *history,
		     const struct rule_replay *replay, bool only_summary)
{
	const char *condition = condition_text(rule->when);
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	if (!only_summary) {
		bw_buf_format(&buf, "%s: ", rule->name);
		bw_display_append(&buf, condition, strlen(condition));
		bw_buf_format(&buf, "%s\n%zu samples, ",
			      rule->enabled ? "" : "\nnot enabled: tried all the same",
			      replay->samples);
		when(&buf, replay->first);
		bw_buf_text(&buf, " to ");
		when(&buf, replay->last);
		bw_buf_text(&buf, "\n\n");
		for (size_t i = 0; i < replay->count; i++)
			print_event(&buf, history, &replay->events[i]);
		if (replay->count > 0)
			bw_buf_byte(&buf, '\n');
	}
	print_summary(&buf, replay);
	cli_out(&buf);
}

static void write_event(struct bw_json *json, const struct rule_history *history,
			const struct rule_event *event)
{
	const char *name = history->subjects[event->subject].name;

	bw_json_object_begin(json);
	bw_json_key(json, "at");
	bw_json_wall(json, event->at);
	bw_json_member_string(json, "subject", *name ? name : NULL);
	bw_json_member_string(json, "state", alert_state_text(event->state));
	bw_json_member_string(json, "reason", alert_reason_text(event->reason));
	bw_json_member_string(json, "severity", bw_severity_text(event->severity));
	bw_json_member_string(json, "title", event->title);
	bw_json_member_string(json, "message", event->message);
	bw_json_member_string(json, "values", event->values);
	if (event->state == ALERT_RESOLVED)
		bw_json_member_double(json, "fired_seconds", (double)event->fired_us / 1e6);
	bw_json_object_end(json);
}

void test_rule_print_json(const struct alert_rule *rule, const struct rule_history *history,
			  const struct rule_replay *replay)
{
	struct bw_buf buf;
	struct bw_json json;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	bw_json_member_string(&json, "rule", rule->name);
	bw_json_member_string(&json, "when", condition_text(rule->when));
	bw_json_member_bool(&json, "enabled", rule->enabled);
	bw_json_member_string(&json, "subject_kind", alert_subject_text(rule->subject));
	bw_json_member_int(&json, "samples", (int64_t)replay->samples);
	bw_json_key(&json, "from");
	bw_json_wall(&json, replay->first);
	bw_json_key(&json, "to");
	bw_json_wall(&json, replay->last);
	bw_json_key(&json, "events");
	bw_json_array_begin(&json);
	for (size_t i = 0; i < replay->count; i++)
		write_event(&json, history, &replay->events[i]);
	bw_json_array_end(&json);
	bw_json_member_int(&json, "fired", (int64_t)replay->fired);
	bw_json_member_double(&json, "firing_seconds", (double)replay->firing_us / 1e6);
	bw_json_key(&json, "last_fired");
	if (replay->last_fired.us != 0)
		bw_json_wall(&json, replay->last_fired);
	else
		bw_json_null(&json);
	bw_json_member_int(&json, "still_firing", (int64_t)replay->still);
	bw_json_object_end(&json);
	bw_buf_byte(&buf, '\n');
	cli_out(&buf);
}
