/* script.c - dice. */
#include "unit/alerts/script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE_US (60 * BW_SECOND_US)

uint64_t script_random(uint64_t *seed, uint64_t below)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (*seed >> 33) % below;
}

bool script_chance(uint64_t *seed, unsigned percent)
{
	return script_random(seed, 100) < percent;
}

/* --- configurations --- */

static void random_hold(uint64_t *seed, struct alert_hold *out)
{
	*out = (struct alert_hold){ .m = 1, .n = 1 };
	if (script_chance(seed, 40))
		out->time_us = (int64_t)script_random(seed, 90) * BW_SECOND_US;
	if (script_chance(seed, 40)) {
		out->n = 1 + (int)script_random(seed, 5);
		out->m = 1 + (int)script_random(seed, (uint64_t)out->n);
	}
}

void script_rule(uint64_t *seed, struct world_rule *out)
{
	*out = (struct world_rule){
		.hysteresis = script_chance(seed, 30),
		.detects_flapping = script_chance(seed, 50),
		.no_data = (enum alert_lack)script_random(seed, 3),
		.error = (enum alert_lack)script_random(seed, 3),
		.severity = (enum bw_severity)script_random(seed, 3),
	};
	random_hold(seed, &out->hold);
	random_hold(seed, &out->recover);
}

static const char *const match_texts[] = { "group=left",     "component=n1", "severity=critical",
					   "subject=~n[01]", "breaker!=n2",  "rule=job_rule",
					   "type=rule" };

static const char *random_match(uint64_t *seed)
{
	return match_texts[script_random(seed, sizeof(match_texts) / sizeof(match_texts[0]))];
}

static void random_routes(uint64_t *seed, struct world *world)
{
	static const char *const channels[WORLD_ROUTES] = { "ops", "boss", "log", "pager" };

	world->settings.route_count = 1 + script_random(seed, WORLD_ROUTES);
	for (size_t i = 1; i < world->settings.route_count; i++) {
		world->routes[i] = (struct alert_route){
			.channel = channels[i],
			.severity = (enum bw_severity)script_random(seed, 3),
			.matchers = script_chance(seed, 50)
					    ? world_matchers(world, random_match(seed))
					    : NULL,
			.after_us = script_chance(seed, 30) ? 5 * MINUTE_US : 0,
			.resolved = script_chance(seed, 80),
			.reminders = script_chance(seed, 60),
			.flapping = script_chance(seed, 60),
		};
	}
}

static void random_windows(uint64_t *seed, struct world *world)
{
	static const char *const window_names[WORLD_WINDOWS] = { "patch", "move" };

	world->settings.window_count = script_random(seed, WORLD_WINDOWS + 1);
	for (size_t i = 0; i < world->settings.window_count; i++) {
		int64_t from = WORLD_START_US + (int64_t)script_random(seed, 40) * MINUTE_US;

		world->windows[i] = (struct maintenance_window){
			.name = window_names[i],
			.reason = "planned",
			.matchers = world_matchers(world, random_match(seed)),
			.from_us = from,
			.until_us = from + (int64_t)(1 + script_random(seed, 20)) * MINUTE_US,
		};
	}
}

void script_relations(uint64_t *seed, struct world *world)
{
	static const char *const uplink[] = { "n0" };
	struct alerts_settings *settings = &world->settings;

	if (script_chance(seed, 40)) {
		world->inhibitions[0] = (struct inhibition){
			.when = world_matchers(world, "rule=component_unhealthy"),
			.hides = world_matchers(world, "rule=job_rule"),
		};
		settings->inhibition_count = 1;
	}
	if (script_chance(seed, 50)) {
		world->parents[1] = "n0";
		world->parents[2] = script_chance(seed, 50) ? "n1" : "n0";
	}
	if (script_chance(seed, 30)) {
		settings->uplink = uplink;
		settings->uplink_count = 1;
	}
}

void script_settings(uint64_t *seed, struct world *world)
{
	struct alerts_settings *settings = &world->settings;

	random_routes(seed, world);
	random_windows(seed, world);
	if (script_chance(seed, 60)) {
		settings->reminders.every_us = 10 * MINUTE_US;
		settings->reminders.factor = script_chance(seed, 50) ? 2 : 1;
		settings->reminders.max_us = 60 * MINUTE_US;
	}
	settings->flapping.enabled = script_chance(seed, 80);
	settings->group.wait_us = script_chance(seed, 50) ? 500000 : 0;
}

/* --- events --- */

static int random_level(uint64_t *seed)
{
	static const int levels[] = {
		10, 10, 10, 40, 90, 90, WORLD_LEVEL_UNKNOWN, WORLD_LEVEL_BROKEN
	};

	return levels[script_random(seed, sizeof(levels) / sizeof(levels[0]))];
}

static enum script_what random_what(uint64_t *seed)
{
	static const struct {
		enum script_what what;
		unsigned weight;
	} rows[] = {
		{ SCRIPT_SAMPLE, 830 },   { SCRIPT_ERROR, 20 },   { SCRIPT_WAIT, 15 },
		{ SCRIPT_GONE, 10 },      { SCRIPT_CLOCK, 5 },    { SCRIPT_ACK, 30 },
		{ SCRIPT_UNACK, 10 },     { SCRIPT_SILENCE, 40 }, { SCRIPT_EXPIRE, 30 },
		{ SCRIPT_CONFIGURE, 10 },
	};
	unsigned dice = (unsigned)script_random(seed, 1000);
	size_t i = 0;

	while (dice >= rows[i].weight)
		dice -= rows[i++].weight;
	return rows[i].what;
}

void script_make(uint64_t seed, struct script *out)
{
	int moods[ALERT_SUBJECT_KINDS][WORLD_NAMES] = { { 0 } };
	/* One script in three is about few subjects that change their minds often. */
	bool is_narrow = seed % 3 == 0;

	out->seed = seed;
	for (int i = 0; i < SCRIPT_EVENTS; i++) {
		struct script_event *event = &out->events[i];
		int *mood;

		*event = (struct script_event){
			.what = random_what(&seed),
			.after_us = (int64_t)script_random(&seed, 8 * BW_SECOND_US),
			.kind = (enum alert_subject_kind)script_random(&seed, ALERT_SUBJECT_KINDS),
			.us = (int64_t)(1 + script_random(&seed, 20)) * MINUTE_US,
			.flag = script_chance(&seed, 50),
		};
		if (is_narrow)
			event->kind =
				out->seed % 2 ? ALERT_SUBJECT_COMPONENT : ALERT_SUBJECT_SYSTEM;
		event->nth = (int)script_random(&seed, (uint64_t)world_names(event->kind));
		/* Sometimes the same subject speaks again in the same instant. */
		if (i > 0 && script_chance(&seed, 10)) {
			event->after_us = 0;
			event->kind = out->events[i - 1].kind;
			event->nth = out->events[i - 1].nth;
		}
		mood = &moods[event->kind][event->nth];
		if (script_chance(&seed, is_narrow ? 80 : 40))
			*mood = random_level(&seed);
		event->level = *mood;
	}
}

static const struct alert *some_firing(const struct world *world, int nth)
{
	const struct alert *alert, *found = NULL;
	size_t cursor = 0;

	while (nth-- >= 0 &&
	       (alert = alerts_next(world->alerts, 1U << ALERT_FIRING | 1U << ALERT_RECOVERING,
				    &cursor)))
		found = alert;
	return found;
}

static void acknowledge(struct world *world, const struct script_event *event)
{
	const struct alert *alert = some_firing(world, event->nth);
	struct alert_ack ack = {
		.by = (char *)"ada",
		.sticky = event->flag,
		.until = { event->level == 90 ? world->now.us + event->us : 0 },
	};

	if (!alert)
		return;
	if (event->what == SCRIPT_ACK)
		assert_int_equal(alerts_ack(world->alerts, alert->id, &ack, world->now, NULL),
				 BW_OK);
	else if (alert->ack)
		assert_int_equal(alerts_unack(world->alerts, alert->id, world->now, NULL), BW_OK);
}

static void silence(struct world *world, const struct script_event *event)
{
	const char *text = match_texts[(size_t)event->us / MINUTE_US %
				       (sizeof(match_texts) / sizeof(match_texts[0]))];
	struct silence order = {
		.from = world->now,
		.until = { world->now.us + event->us },
		.until_resolved = event->flag && event->nth == 0,
		.by = "ada",
		.reason = "noise",
	};

	assert_int_equal(matchers_parse(&text, 1, &order.matchers, NULL), BW_OK);
	assert_int_equal(alerts_silence(world->alerts, &order, world->now, NULL), BW_OK);
	silence_finish(&order);
}

static void expire(struct world *world)
{
	const struct silence *silence;
	size_t cursor = 0;

	while ((silence = alerts_next_silence(world->alerts, &cursor))) {
		if (silence->expired.us != 0 || !silence_is_active(silence, world->now))
			continue;
		assert_int_equal(
			alerts_expire_silence(world->alerts, silence->id, "bob", world->now, NULL),
			BW_OK);
		return;
	}
}

static void go(struct world *world, const struct script_event *event)
{
	struct alert_subject subject = world_subject(event->kind, event->nth);
	struct world_subject *known = &world->subjects[event->kind][event->nth];

	/* The one end that nothing can put off, and that nothing is remembered of. */
	world_pass(world, 10);
	known->is_watched = false;
	known->last_is_good = true;
	alerts_subject_gone(world->alerts, &subject, world->now);
	world_pass(world, 10);
}

static void configure(struct world *world, const struct script_event *event)
{
	/* A rule that is gone ends what it said, as a subject does. */
	world_pass(world, 10);
	for (int nth = 0; !event->flag && nth < WORLD_NAMES; nth++)
		world->subjects[event->kind][nth].last_is_good = true;
	world_configure(world, event->kind, event->flag, event->us / 20);
	world_pass(world, 10);
}

static void set_clock(struct world *world, const struct script_event *event)
{
	int64_t step = event->flag ? event->us : -event->us;

	world->now.us += step;
	for (int kind = 0; kind < ALERT_SUBJECT_KINDS; kind++) {
		for (int nth = 0; nth < WORLD_NAMES; nth++) {
			if (world->subjects[kind][nth].last.us != 0)
				world->subjects[kind][nth].last.us += step;
			world->subjects[kind][nth].changed_us = 0;
		}
	}
	alerts_clock_step(world->alerts, step);
}

void script_play(struct world *world, const struct script_event *event)
{
	world_pass(world, event->after_us);
	switch (event->what) {
	case SCRIPT_SAMPLE:
		world_sample(world, event->kind, event->nth, event->level);
		break;
	case SCRIPT_ERROR:
		world_sample_error(world, event->kind, event->nth);
		break;
	case SCRIPT_WAIT:
		world_pass(world, event->us);
		break;
	case SCRIPT_GONE:
		go(world, event);
		break;
	case SCRIPT_CLOCK:
		set_clock(world, event);
		break;
	case SCRIPT_ACK:
	case SCRIPT_UNACK:
		acknowledge(world, event);
		break;
	case SCRIPT_SILENCE:
		silence(world, event);
		break;
	case SCRIPT_EXPIRE:
		expire(world);
		break;
	case SCRIPT_CONFIGURE:
		configure(world, event);
		break;
	case SCRIPT_NOTHING:
		break;
	}
	world_pass(world, 0);
}

void script_calm(struct world *world)
{
	const struct alert *alert;
	const struct silence *silence;
	size_t cursor = 0;

	while ((alert = alerts_next(world->alerts, 1U << ALERT_FIRING | 1U << ALERT_RECOVERING,
				    &cursor))) {
		if (alert->ack)
			assert_int_equal(alerts_unack(world->alerts, alert->id, world->now, NULL),
					 BW_OK);
	}
	for (cursor = 0; (silence = alerts_next_silence(world->alerts, &cursor));) {
		if (silence->expired.us == 0)
			assert_int_equal(alerts_expire_silence(world->alerts, silence->id, "bob",
							       world->now, NULL),
					 BW_OK);
	}
	world_pass(world, 0);
}
