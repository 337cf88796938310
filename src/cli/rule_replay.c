/* rule_replay.c - samples into alerts.h, what it wants kept out as events.
 *
 * Between two samples everything that falls due is done at its own time, as the daemon would. A
 * text of a fact is borrowed from the history, which outlives the run.
 */
#include "cli/rule_replay.h"

#include <stdlib.h>
#include <string.h>

#include "alerts/alerts.h"
#include "alerts/condition.h"
#include "alerts/pattern.h"
#include "base/xalloc.h"

enum { VALUES_MAX = 8, VALUES_TEXT_MAX = 512 };

/* Where the life of one subject stands. */
struct standing {
	const struct rule_sample *sample; /* the latest; NULL: none yet */
	uint64_t id;                      /* of its latest life */
	enum alert_state state;
	struct bw_wall fired;
};

struct run {
	const struct daemon_settings *settings;
	const struct alert_rule *rule;
	const struct rule_history *history;
	struct rule_replay *replay;
	struct standing *standings; /* by subject */
	struct alert_pattern *values;
	struct fact_source facts;
	struct bw_wall now;
};

/* Only names of the history are asked for. */
static size_t subject_of(const struct run *run, const char *name)
{
	const size_t *known = bw_strmap_get(run->history->index, name);

	return known ? *known : RULE_WHOLE;
}

static void set_number(struct fact *out, double number)
{
	*out = (struct fact){ .type = FACT_NUMBER, .number = number };
}

static void read_threshold(const struct bw_thresholds *thresholds, const char *name,
			   struct fact *out)
{
	if (strcmp(name, "cpu_usage") == 0)
		set_number(out, thresholds->cpu_usage);
	else if (strcmp(name, "memory_usage") == 0)
		set_number(out, thresholds->memory_usage);
	else if (strcmp(name, "disk_usage") == 0)
		set_number(out, thresholds->disk_usage);
	else if (strcmp(name, "response_time") == 0)
		set_number(out, thresholds->response_time_ms);
	else if (strcmp(name, "failure_rate") == 0)
		set_number(out, thresholds->failure_rate * 100);
}

static void read_fact(void *arg, const struct alert_subject *subject, int field, struct fact *out)
{
	static const char threshold[] = "threshold.";
	const struct run *run = arg;
	const struct fact_field *row = &fact_fields[field];
	bool is_whole =
		row->subject == ALERT_SUBJECT_SYSTEM || row->subject == ALERT_SUBJECT_RESOURCE;
	size_t number = is_whole ? RULE_WHOLE : subject_of(run, subject->name);

	*out = (struct fact){ .type = FACT_UNKNOWN };
	if (strncmp(row->name, threshold, sizeof(threshold) - 1) == 0)
		read_threshold(&run->settings->thresholds, row->name + sizeof(threshold) - 1, out);
	else
		rule_history_read(run->history, run->standings[number].sample, number, field, out);
}

static const char *label_of(void *arg, const struct alert_subject *subject, const char *label)
{
	struct fact fact = { .type = FACT_UNKNOWN };

	if (subject->kind == ALERT_SUBJECT_COMPONENT && strcmp(label, "critical") == 0)
		read_fact(arg, subject, fact_field_find("component.critical"), &fact);
	return fact.type == FACT_BOOL && fact.boolean ? "true" : "false";
}

/* --- events --- */

static struct rule_event *add_event(struct rule_replay *replay)
{
	if (replay->count == replay->room) {
		replay->room = replay->room > 0 ? 2 * replay->room : 16;
		replay->events = xrealloc(replay->events, replay->room * sizeof(*replay->events));
	}
	replay->events[replay->count] = (struct rule_event){ 0 };
	return &replay->events[replay->count++];
}

static void count_event(struct run *run, struct standing *standing, struct rule_event *event)
{
	struct rule_replay *replay = run->replay;

	event->again = event->state == ALERT_FIRING && standing->state == ALERT_RECOVERING;
	if (event->state == ALERT_FIRING && !event->again) {
		replay->fired++;
		replay->last_fired = run->now;
		standing->fired = run->now;
	} else if (event->state == ALERT_RESOLVED) {
		event->fired_us = run->now.us - standing->fired.us;
		replay->firing_us += event->fired_us;
		standing->fired = (struct bw_wall){ 0 };
	}
}

/* A life that is kept once more, or after the next one has begun, says nothing new. */
static void on_keep(void *arg, const struct alert *alert)
{
	struct run *run = arg;
	size_t subject = subject_of(run, alert->subject);
	struct standing *standing = &run->standings[subject];
	const struct alert_subject about = { alert->subject_kind, alert->subject };
	char values[VALUES_TEXT_MAX] = "";
	struct rule_event *event;

	if (alert->id < standing->id ||
	    (alert->id == standing->id && alert->state == standing->state))
		return;
	event = add_event(run->replay);
	event->at = run->now;
	event->subject = subject;
	event->state = alert->state;
	event->reason = alert->reason;
	event->severity = alert->severity;
	event->title = xstrdup(alert->title ? alert->title : "");
	event->message = xstrdup(alert->message ? alert->message : "");
	if (run->values)
		pattern_write(run->values, &about, &run->facts, values, sizeof(values));
	event->values = xstrdup(values);
	count_event(run, standing, event);
	standing->state = alert->state;
	standing->id = alert->id;
}

/* "field {field:human}, ..." of what the condition asks for; NULL when that is nothing. */
static struct alert_pattern *compile_values(const struct alert_rule *rule)
{
	struct alert_pattern *pattern = NULL;
	struct condition_error err;
	struct bw_buf text;
	int shown = 0;

	bw_buf_init(&text, 0);
	for (int i = 0; fact_fields[i].name && shown < VALUES_MAX; i++) {
		if (!condition_asks(rule->when, i))
			continue;
		bw_buf_format(&text, "%s%s {%s:human}", shown > 0 ? ", " : "", fact_fields[i].name,
			      fact_fields[i].name);
		shown++;
	}
	xalloc_must(text.status);
	if (shown > 0 && pattern_compile(text.data, rule->subject, &pattern, &err) != BW_OK)
		pattern = NULL;
	bw_buf_finish(&text);
	return pattern;
}

/* --- time --- */

static void advance(struct run *run, struct alerts *alerts, struct bw_wall until)
{
	struct bw_wall due = alerts_advance(alerts, run->now, SIZE_MAX);

	while (due.us <= until.us) {
		if (due.us > run->now.us)
			run->now = due;
		due = alerts_advance(alerts, run->now, SIZE_MAX);
	}
	run->now = until;
}

static void look(struct run *run, struct alerts *alerts, const struct rule_sample *sample)
{
	const enum alert_subject_kind kind = run->rule->subject;
	bool is_whole = kind == ALERT_SUBJECT_SYSTEM || kind == ALERT_SUBJECT_RESOURCE;
	const struct alert_subject subject = { kind, run->history->subjects[sample->subject].name };

	advance(run, alerts, sample->at);
	run->standings[sample->subject].sample = sample;
	if (is_whole != (sample->subject == RULE_WHOLE))
		return;
	run->replay->samples++;
	if (run->replay->first.us == 0)
		run->replay->first = sample->at;
	alerts_sample(alerts, &subject, sample->at);
}

static void close_open(struct run *run)
{
	for (size_t i = 0; i < run->history->subject_count; i++) {
		if (run->standings[i].fired.us == 0)
			continue;
		run->replay->still++;
		run->replay->firing_us += run->now.us - run->standings[i].fired.us;
	}
	run->replay->last = run->now;
}

void rule_replay_run(const struct daemon_settings *settings, const struct alert_rule *rule,
		     const struct rule_history *history, struct rule_replay *out)
{
	struct alert_rule enabled = *rule;
	struct alerts_settings alone = { .rules = { &enabled, 1 },
					 .flapping = { settings->alerts.flapping.enabled,
						       settings->alerts.flapping.high,
						       settings->alerts.flapping.low } };
	struct run run = { .settings = settings, .rule = rule, .history = history, .replay = out };
	struct alerts_options options = {
		.settings = &alone,
		.facts = { read_fact, &run },
		.relations = { .label = label_of, .arg = &run },
		.listener = { .keep = on_keep, .arg = &run },
	};
	struct alerts *alerts;

	enabled.enabled = true;
	*out = (struct rule_replay){ 0 };
	run.facts = options.facts;
	run.values = compile_values(rule);
	run.standings = xcalloc(history->subject_count, sizeof(*run.standings));
	alerts = alerts_create(&options);
	if (history->sample_count > 0)
		run.now = history->samples[0].at;
	for (size_t i = 0; i < history->sample_count; i++)
		look(&run, alerts, &history->samples[i]);
	advance(&run, alerts, run.now);
	close_open(&run);
	alerts_destroy(alerts);
	pattern_destroy(run.values);
	free(run.standings);
}

void rule_replay_finish(struct rule_replay *replay)
{
	for (size_t i = 0; i < replay->count; i++) {
		free(replay->events[i].title);
		free(replay->events[i].message);
		free(replay->events[i].values);
	}
	free(replay->events);
}
