/* world.c - facts from a table, relations from a list, and a store that is a list of texts. */
#include "unit/alerts/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "base/xalloc.h"

/* A rule's numbers for each kind of subject. The component's has the name that dependencies ask. */
static const struct {
	const char *rule, *when, *clear, *field;
} kinds[ALERT_SUBJECT_KINDS] = {
	[ALERT_SUBJECT_SYSTEM] = { "score_rule", "score > 50", "30", "score" },
	[ALERT_SUBJECT_RESOURCE] = { "cpu_rule", "resource.cpu > 50%", "30%", "resource.cpu" },
	[ALERT_SUBJECT_COMPONENT] = { "component_unhealthy", "component.response_time > 50ms",
				      "30ms", "component.response_time" },
	[ALERT_SUBJECT_BREAKER] = { "rate_rule", "breaker.failure_rate > 50%", "30%",
				    "breaker.failure_rate" },
	[ALERT_SUBJECT_JOB] = { "job_rule", "job.duration > 50ms", "30ms", "job.duration" },
};

static const char *const names[WORLD_NAMES] = { "n0", "n1", "n2", "n3" };
static const char *const no_labels[] = { NULL };

int world_names(enum alert_subject_kind kind)
{
	return kind == ALERT_SUBJECT_SYSTEM || kind == ALERT_SUBJECT_RESOURCE ? 1 : WORLD_NAMES;
}

struct alert_subject world_subject(enum alert_subject_kind kind, int nth)
{
	return (struct alert_subject){ kind, world_names(kind) == 1 ? "" : names[nth] };
}

static int nth_of(const char *name)
{
	return name[0] == '\0' ? 0 : name[1] - '0';
}

/* --- what the engine asks --- */

static void read_fact(void *arg, const struct alert_subject *subject, int field, struct fact *out)
{
	const struct world *world = arg;
	int level = world->subjects[subject->kind][nth_of(subject->name)].level;

	assert_string_equal(fact_fields[field].name, kinds[subject->kind].field);
	*out = (struct fact){ .type = FACT_NUMBER, .is_int = true, .number = level };
	if (level == WORLD_LEVEL_UNKNOWN)
		*out = (struct fact){ .type = FACT_UNKNOWN };
	else if (level == WORLD_LEVEL_BROKEN)
		*out = (struct fact){ .type = FACT_TEXT, .text = "?" };
}

static bool alternative(void *arg, const char *component, size_t edge, size_t nth, const char **out)
{
	const struct world *world = arg;
	const char *parent = world->parents[nth_of(component)];

	if (!parent || edge > 0 || strlen(parent) <= 3 * nth)
		return false;
	*out = names[parent[3 * nth + 1] - '0'];
	return true;
}

static const char *label(void *arg, const struct alert_subject *subject, const char *name)
{
	(void)arg;
	if (strcmp(name, "group") == 0)
		return nth_of(subject->name) < 2 ? "left" : "right";
	return NULL;
}

static bool needs_network(void *arg, const char *component)
{
	(void)arg;
	return nth_of(component) == 3;
}

static int64_t patience(void *arg, const struct alert_subject *subject)
{
	(void)arg;
	(void)subject;
	return WORLD_PATIENCE_US;
}

static void hurry(void *arg, const char *component)
{
	(void)arg;
	(void)component;
}

/* --- what the engine tells --- */

static void put_record(struct world_records *records, uint64_t id, char *text, struct bw_wall ended)
{
	size_t i = 0;

	while (i < records->count && records->items[i].id != id)
		i++;
	if (i == records->count) {
		if (records->count == records->cap) {
			records->cap = records->cap * 2 + 16;
			records->items =
				xrealloc(records->items, records->cap * sizeof(*records->items));
		}
		records->items[records->count++] = (struct world_record){ .id = id };
	}
	free(records->items[i].text);
	records->items[i].text = text;
	records->items[i].ended = ended;
}

static void keep(void *arg, const struct alert *alert)
{
	struct world *world = arg;
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	alert_encode(alert, &buf);
	put_record(&world->alert_records, alert->id, bw_buf_take(&buf, NULL), alert_ended(alert));
	world->keeps++;
}

static void keep_silence(void *arg, const struct silence *silence)
{
	struct world *world = arg;
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	silence_encode(silence, &buf);
	put_record(&world->silence_records, silence->id, bw_buf_take(&buf, NULL), silence->expired);
}

static void note_change(void *arg, const struct alert *alert, enum alert_state was)
{
	struct world *world = arg;
	struct world_subject *subject =
		&world->subjects[alert->subject_kind][nth_of(alert->subject)];
	struct world_change *change;

	(void)was;
	/* No down and up in the same instant. */
	assert_int_not_equal(subject->changed_us, world->now.us);
	subject->changed_us = world->now.us;
	/* Nothing ends because nobody could look, unless the rule says that this is well. */
	if (alert->state == ALERT_RESOLVED && !subject->last_is_good) {
		assert_int_equal(world->rule.no_data, ALERT_LACK_OK);
		assert_true(world->now.us - subject->last.us >= WORLD_PATIENCE_US);
	}
	if (world->change_count == world->change_cap) {
		world->change_cap = world->change_cap * 2 + 64;
		world->changes =
			xrealloc(world->changes, world->change_cap * sizeof(*world->changes));
	}
	change = &world->changes[world->change_count++];
	*change = (struct world_change){ world->now.us, alert->id, alert->subject_kind, "",
					 alert->state };
	snprintf(change->subject, sizeof(change->subject), "%s", alert->subject);
}

static void note_message(void *arg, const struct notice *notice)
{
	struct world *world = arg;
	struct world_message *message;

	if (world->message_count == world->message_cap) {
		world->message_cap = world->message_cap * 2 + 64;
		world->messages =
			xrealloc(world->messages, world->message_cap * sizeof(*world->messages));
	}
	assert_in_range(notice->count, 1, NOTICE_ALERTS_MAX);
	message = &world->messages[world->message_count++];
	*message = (struct world_message){
		.at_us = world->now.us,
		.kind = notice->kind,
		.count = notice->count,
		.more = notice->more,
	};
	snprintf(message->channel, sizeof(message->channel), "%s", notice->channel);
	snprintf(message->key, sizeof(message->key), "%s", notice->key);
	bw_text_format(message->remark, sizeof(message->remark), "%s", notice->remark);
	for (size_t i = 0; i < notice->count; i++) {
		message->alerts[i].id = notice->alerts[i].id;
		message->alerts[i].severity = notice->alerts[i].severity;
		message->alerts[i].kind = notice->alerts[i].subject_kind;
		snprintf(message->alerts[i].subject, sizeof(message->alerts[i].subject), "%s",
			 notice->alerts[i].subject);
	}
}

/* --- beginning, restart, end --- */

static void create(struct world *world)
{
	struct alerts_options options = {
		.settings = &world->settings,
		.facts = { read_fact, world },
		.relations = { alternative, label, needs_network, patience, hurry, world },
		.listener = { keep, note_change, keep_silence, note_message, world },
	};

	world->alerts = alerts_create(&options);
}

static void make_rule(struct world *world, enum alert_subject_kind kind)
{
	struct condition_error error;

	assert_int_equal(condition_compile(kinds[kind].when, &world->conditions[kind], &error),
			 BW_OK);
	if (world->rule.hysteresis)
		assert_int_equal(condition_clear_below(world->conditions[kind], kinds[kind].clear,
						       &world->clears[kind], &error),
				 BW_OK);
	assert_int_equal(pattern_compile("trouble", kind, &world->titles[kind], &error), BW_OK);
	world->rules[0][kind] = (struct alert_rule){
		.name = kinds[kind].rule,
		.type = "rule",
		.enabled = true,
		.subject = kind,
		.severity = world->rule.severity,
		.when = world->conditions[kind],
		.clear = world->clears[kind],
		.hold = world->rule.hold,
		.recover = world->rule.recover,
		.no_data = world->rule.no_data,
		.error = world->rule.error,
		.detects_flapping = world->rule.detects_flapping,
		.title = world->titles[kind],
		.message = world->titles[kind],
	};
}

void world_init(struct world *world, const struct world_rule *rule)
{
	*world = (struct world){
		.rule = *rule,
		.now = { WORLD_START_US },
		.budget = 1000,
		.routes = { { .channel = "ops",
			      .resolved = true,
			      .reminders = true,
			      .flapping = true } },
	};
	for (int kind = 0; kind < ALERT_SUBJECT_KINDS; kind++)
		make_rule(world, (enum alert_subject_kind)kind);
	world->settings = (struct alerts_settings){
		.rules = { world->rules[0], ALERT_SUBJECT_KINDS },
		.routes = world->routes,
		.route_count = 1,
		.windows = world->windows,
		.inhibitions = world->inhibitions,
		.reminders = { .factor = 1 },
		.flapping = { true, 50, 25 },
		.group = { .by = no_labels },
	};
}

void world_start(struct world *world)
{
	create(world);
}

struct matchers *world_matchers(struct world *world, const char *text)
{
	struct matchers **place = &world->matchers[world->matcher_count++];

	assert_int_equal(matchers_parse(&text, 1, place, NULL), BW_OK);
	return *place;
}

static void finish_records(struct world_records *records)
{
	for (size_t i = 0; i < records->count; i++)
		free(records->items[i].text);
	free(records->items);
}

void world_finish(struct world *world)
{
	alerts_destroy(world->alerts);
	for (int kind = 0; kind < ALERT_SUBJECT_KINDS; kind++) {
		condition_destroy(world->conditions[kind]);
		condition_destroy(world->clears[kind]);
		pattern_destroy(world->titles[kind]);
	}
	for (size_t i = 0; i < world->matcher_count; i++)
		matchers_destroy(world->matchers[i]);
	finish_records(&world->alert_records);
	finish_records(&world->silence_records);
	free(world->messages);
	free(world->changes);
}

/* What the daemon loads: all in force, and the newest of the others. */
static bool is_loaded(const struct world_records *records, size_t nth)
{
	return records->items[nth].ended.us == 0 || records->count - nth <= ALERTS_RESOLVED_MAX;
}

static void load_alerts(struct world *world)
{
	for (size_t i = 0; i < world->alert_records.count; i++) {
		struct alert alert;

		if (!is_loaded(&world->alert_records, i))
			continue;
		assert_int_equal(alert_decode(world->alert_records.items[i].text, &alert, NULL),
				 BW_OK);
		assert_int_equal(alerts_restore(world->alerts, &alert), BW_OK);
		alert_finish(&alert);
	}
}

static void load_silences(struct world *world)
{
	for (size_t i = 0; i < world->silence_records.count; i++) {
		struct silence silence;

		assert_int_equal(
			silence_decode(world->silence_records.items[i].text, &silence, NULL),
			BW_OK);
		assert_int_equal(alerts_restore_silence(world->alerts, &silence), BW_OK);
		silence_finish(&silence);
	}
}

static void watch(struct world *world)
{
	for (int kind = 0; kind < ALERT_SUBJECT_KINDS; kind++) {
		for (int nth = 0; nth < world_names((enum alert_subject_kind)kind); nth++) {
			struct alert_subject subject =
				world_subject((enum alert_subject_kind)kind, nth);

			if (world->subjects[kind][nth].is_watched)
				alerts_watch(world->alerts, &subject,
					     world->subjects[kind][nth].last, world->now);
		}
	}
}

void world_restart(struct world *world)
{
	alerts_destroy(world->alerts);
	create(world);
	load_alerts(world);
	load_silences(world);
	watch(world);
	world->restarts++;
	world_pass(world, 0);
}

void world_configure(struct world *world, enum alert_subject_kind kind, bool enabled,
		     int64_t hold_us)
{
	struct alert_rule *rules = world->rules[!world->rules_now];

	memcpy(rules, world->rules[world->rules_now], sizeof(world->rules[0]));
	rules[kind].enabled = enabled;
	rules[kind].hold.time_us = hold_us;
	world->settings.rules.items = rules;
	alerts_configure(world->alerts, &world->settings, world->now);
	/* The engine holds on to none of the rules before. */
	memset(world->rules[world->rules_now], 0xff, sizeof(world->rules[0]));
	world->rules_now = !world->rules_now;
	world_pass(world, 0);
}

/* --- what happens --- */

void world_pass(struct world *world, int64_t us)
{
	struct bw_wall end = { world->now.us + us };
	size_t idle = 0;

	for (;;) {
		struct bw_wall next = alerts_advance(world->alerts, world->now, world->budget);

		/* A turn that has more to do says so, but it comes to an end. */
		idle = next.us <= world->now.us ? idle + 1 : 0;
		assert_in_range(idle, 0, 10000);
		if (next.us > end.us)
			break;
		if (next.us > world->now.us)
			world->now = next;
	}
	world->now = end;
}

static bool judges_good(const struct world *world, int level)
{
	if (level == WORLD_LEVEL_UNKNOWN)
		return world->rule.no_data == ALERT_LACK_OK;
	if (level == WORLD_LEVEL_BROKEN)
		return world->rule.error == ALERT_LACK_OK;
	return level <= (world->rule.hysteresis ? 30 : 50);
}

static struct world_subject *set_level(struct world *world, enum alert_subject_kind kind, int nth,
				       int level)
{
	struct world_subject *subject = &world->subjects[kind][nth];
	bool keeps = (level == WORLD_LEVEL_UNKNOWN && world->rule.no_data == ALERT_LACK_KEEPS) ||
		     (level == WORLD_LEVEL_BROKEN && world->rule.error == ALERT_LACK_KEEPS);

	subject->level = level;
	subject->is_watched = true;
	subject->last = world->now;
	subject->last_is_good = !keeps && judges_good(world, level);
	return subject;
}

void world_sample(struct world *world, enum alert_subject_kind kind, int nth, int level)
{
	struct alert_subject subject = world_subject(kind, nth);

	set_level(world, kind, nth, level);
	alerts_sample(world->alerts, &subject, world->now);
	world_pass(world, 0);
}

void world_sample_error(struct world *world, enum alert_subject_kind kind, int nth)
{
	struct alert_subject subject = world_subject(kind, nth);

	set_level(world, kind, nth, WORLD_LEVEL_BROKEN);
	alerts_sample_error(world->alerts, &subject, "the look failed", world->now);
	world_pass(world, 0);
}

const struct alert *world_alert(const struct world *world, enum alert_subject_kind kind, int nth)
{
	const struct alert_subject subject = world_subject(kind, nth);
	const struct alert *alert;
	size_t cursor = 0;

	while ((alert = alerts_next(world->alerts,
				    1U << ALERT_PENDING | 1U << ALERT_FIRING |
					    1U << ALERT_RECOVERING,
				    &cursor))) {
		if (alert->subject_kind == kind && strcmp(alert->subject, subject.name) == 0)
			return alert;
	}
	return NULL;
}
