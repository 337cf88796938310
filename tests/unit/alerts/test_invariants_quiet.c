/* test_invariants_quiet.c - whatever kept alerts quiet, and however often the daemon was restarted:
 * looking and ending go on under it, and at its end each channel knows what is so, said once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/alerts/script.h"

enum { RUNS = 60, IDS_MAX = 1000 };

static void begin(struct world *world, uint64_t seed, bool quiet)
{
	struct world_rule rule;

	script_rule(&seed, &rule);
	world_init(world, &rule);
	if (quiet) {
		script_settings(&seed, world);
		script_relations(&seed, world);
	}
	world_start(world);
}

static bool is_order(enum script_what what)
{
	return what == SCRIPT_ACK || what == SCRIPT_UNACK || what == SCRIPT_SILENCE ||
	       what == SCRIPT_EXPIRE;
}

/* --- suppression never stops looking, nor an end --- */

static void test_quiet_alerts_live_on(void **state)
{
	static struct script script;
	(void)state;

	for (uint64_t seed = 1; seed <= RUNS; seed++) {
		struct world quiet, plain;

		script_make(seed, &script);
		begin(&quiet, seed, true);
		begin(&plain, seed, false);
		plain.settings.flapping = quiet.settings.flapping;
		for (int i = 0; i < SCRIPT_EVENTS; i++) {
			struct script_event nothing = script.events[i];

			script_play(&quiet, &script.events[i]);
			nothing.what = SCRIPT_NOTHING;
			script_play(&plain,
				    is_order(script.events[i].what) ? &nothing : &script.events[i]);
		}
		assert_int_equal(quiet.change_count, plain.change_count);
		assert_memory_equal(quiet.changes, plain.changes,
				    quiet.change_count * sizeof(quiet.changes[0]));
		world_finish(&quiet);
		world_finish(&plain);
	}
}

/* --- what a channel knows, from its messages alone --- */

struct knowledge {
	bool heard, firing, flapping, ended;
	int64_t at_us;
	enum bw_severity severity;
};

static void learn(struct knowledge *of, const struct world_message *message,
		  enum bw_severity severity)
{
	if (of->ended)
		fail_msg("%s: %s after its end", message->key, notice_kind_text(message->kind));
	switch (message->kind) {
	case NOTICE_FIRING:
		if (of->firing && !of->flapping)
			fail_msg("%s: fires, said twice", message->key);
		break;
	case NOTICE_RESOLVED:
		assert_true(of->firing);
		assert_int_not_equal(of->at_us, message->at_us);
		of->ended = true;
		break;
	case NOTICE_FLAPPING:
		assert_false(of->flapping);
		break;
	case NOTICE_CHANGED:
		assert_true(of->firing);
		assert_int_not_equal(of->severity, severity);
		break;
	default:
		assert_true(of->firing);
	}
	of->heard = true;
	of->at_us = message->at_us;
	of->firing = message->kind != NOTICE_RESOLVED;
	of->flapping = message->kind == NOTICE_FLAPPING;
	of->severity = severity;
}

static void learn_all(const struct world *world, const char *channel,
		      struct knowledge knows[IDS_MAX])
{
	memset(knows, 0, IDS_MAX * sizeof(*knows));
	for (size_t i = 0; i < world->message_count; i++) {
		const struct world_message *message = &world->messages[i];

		assert_int_equal(message->more, 0);
		for (size_t k = 0; k < message->count; k++) {
			assert_in_range(message->alerts[k].id, 1, IDS_MAX - 1);
			if (strcmp(message->channel, channel) == 0)
				learn(&knows[message->alerts[k].id], message,
				      message->alerts[k].severity);
		}
	}
}

/* No two messages have one key, whatever was restarted between them. */
static void assert_keys_differ(const struct world *world)
{
	for (size_t i = 0; i < world->message_count; i++) {
		for (size_t k = 0; k < i; k++) {
			if (strcmp(world->messages[i].key, world->messages[k].key) == 0)
				fail_msg("two messages with the key %s", world->messages[i].key);
		}
	}
}

/* Everything is looked at regularly, for long enough that every hold, window and wait is over. */
static void settle(struct world *world, uint64_t *seed)
{
	int levels[ALERT_SUBJECT_KINDS][WORLD_NAMES];

	for (int kind = 0; kind < ALERT_SUBJECT_KINDS; kind++) {
		for (int nth = 0; nth < WORLD_NAMES; nth++)
			levels[kind][nth] = script_chance(seed, 50) ? 10 : 90;
	}
	for (int i = 0; i < 150; i++) {
		for (int kind = 0; kind < ALERT_SUBJECT_KINDS; kind++) {
			for (int nth = 0; nth < world_names((enum alert_subject_kind)kind); nth++) {
				world_pass(world, BW_SECOND_US);
				world_sample(world, (enum alert_subject_kind)kind, nth,
					     levels[kind][nth]);
			}
		}
		world_pass(world, 30 * BW_SECOND_US);
	}
}

static bool is_matched(const struct alert_route *route, const struct alert *alert)
{
	return !route->matchers && alert->severity >= route->severity;
}

static void assert_channel_knows(const struct world *world, const struct alert_route *route,
				 uint64_t seed)
{
	static struct knowledge knows[IDS_MAX];
	const struct alert *alert;
	size_t cursor = 0;
	bool fires[IDS_MAX] = { false };

	learn_all(world, route->channel, knows);
	while ((alert = alerts_next(world->alerts, 1U << ALERT_FIRING | 1U << ALERT_RECOVERING,
				    &cursor))) {
		const struct knowledge *of = &knows[alert->id];

		fires[alert->id] = true;
		if (alert->quiet.kind == ALERT_LOUD && is_matched(route, alert) && !of->firing)
			fail_msg("seed %lu: %s never heard that a%lu fires", (unsigned long)seed,
				 route->channel, (unsigned long)alert->id);
		if (alert->quiet.kind == ALERT_LOUD && of->firing)
			assert_int_equal(of->severity, alert->severity);
	}
	for (size_t id = 0; id < IDS_MAX; id++) {
		if (knows[id].firing && !fires[id] && route->resolved)
			fail_msg("seed %lu: %s never heard of the end of a%zu", (unsigned long)seed,
				 route->channel, id);
	}
}

/* Who is still quiet has a reason that is there. */
static void assert_quiet_has_reason(const struct world *world)
{
	const struct alert *alert;
	size_t cursor = 0;

	while ((alert = alerts_next(world->alerts, 1U << ALERT_FIRING | 1U << ALERT_RECOVERING,
				    &cursor))) {
		const struct alert *parent;

		assert_int_not_equal(alert->quiet.kind, ALERT_QUIET_SILENCE);
		assert_int_not_equal(alert->quiet.kind, ALERT_QUIET_MAINTENANCE);
		if (alert->quiet.kind != ALERT_QUIET_DEPENDENCY &&
		    alert->quiet.kind != ALERT_QUIET_NETWORK)
			continue;
		parent = world_alert(world, ALERT_SUBJECT_COMPONENT, alert->quiet.by[1] - '0');
		assert_non_null(parent);
		assert_true(alert_is_hard_firing(parent));
	}
}

static void test_channels_know_in_the_end(void **state)
{
	static struct script script;
	(void)state;

	for (uint64_t seed = 1; seed <= RUNS; seed++) {
		struct world world;
		uint64_t dice = seed ^ 0xd1ce;

		script_make(seed, &script);
		begin(&world, seed, true);
		for (int i = 0; i < SCRIPT_EVENTS; i++) {
			script_play(&world, &script.events[i]);
			if (script_chance(&dice, seed % 3 * 10))
				world_restart(&world);
		}
		script_calm(&world);
		settle(&world, &dice);
		assert_keys_differ(&world);
		for (size_t i = 0; i < world.settings.route_count; i++)
			assert_channel_knows(&world, &world.routes[i], seed);
		assert_quiet_has_reason(&world);
		world_finish(&world);
	}
}

/* --- the end of each suppression, by itself --- */

static size_t count_messages(const struct world *world, enum notice_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < world->message_count; i++)
		count += world->messages[i].kind == kind;
	return count;
}

static void begin_plain(struct world *world)
{
	const struct world_rule rule = { .hold = { .m = 1, .n = 1 },
					 .recover = { .m = 1, .n = 1 },
					 .no_data = ALERT_LACK_KEEPS,
					 .severity = BW_SEVERITY_WARNING };

	world_init(world, &rule);
}

static uint64_t order_silence(struct world *world, const char *match, int64_t us)
{
	struct silence order = {
		.from = world->now, .until = { world->now.us + us }, .by = "ada", .reason = "noise"
	};
	uint64_t id;

	assert_int_equal(matchers_parse(&match, 1, &order.matchers, NULL), BW_OK);
	assert_int_equal(alerts_silence(world->alerts, &order, world->now, NULL), BW_OK);
	id = order.id;
	silence_finish(&order);
	return id;
}

/* Fires before or within the silence; restarted within it or not; ends within it or not. */
static void test_silence_ends_with_one_message(void **state)
{
	(void)state;
	for (unsigned ways = 0; ways < 8; ways++) {
		bool before = ways & 1, restarts = ways & 2, recovers = ways & 4;
		struct world world;

		begin_plain(&world);
		world_start(&world);
		if (before)
			world_sample(&world, ALERT_SUBJECT_JOB, 0, 90);
		world_pass(&world, BW_SECOND_US);
		order_silence(&world, "rule=job_rule", 60 * BW_SECOND_US);
		world_pass(&world, BW_SECOND_US);
		world_sample(&world, ALERT_SUBJECT_JOB, 0, 90);
		world_pass(&world, BW_SECOND_US);
		assert_int_equal(world.message_count, before);
		if (restarts)
			world_restart(&world);
		if (recovers)
			world_sample(&world, ALERT_SUBJECT_JOB, 0, 10);
		/* Who was told of the trouble hears of its end at once. */
		assert_int_equal(count_messages(&world, NOTICE_RESOLVED), before && recovers);
		world_pass(&world, 59 * BW_SECOND_US);
		if (restarts)
			world_restart(&world);
		assert_int_equal(world.message_count, recovers ? before * 2 : before + 1);
		if (!recovers)
			assert_non_null(strstr(world.messages[before].remark, "still firing"));
		world_pass(&world, 3600 * BW_SECOND_US);
		assert_int_equal(world.message_count, recovers ? before * 2 : before + 1);
		world_finish(&world);
	}
}

static void test_parent_speaks_for_its_children(void **state)
{
	struct world world;
	(void)state;

	begin_plain(&world);
	for (int nth = 1; nth < WORLD_NAMES; nth++)
		world.parents[nth] = "n0";
	world_start(&world);
	for (int nth = WORLD_NAMES - 1; nth >= 0; nth--) {
		world_sample(&world, ALERT_SUBJECT_COMPONENT, nth, 90);
		world_pass(&world, BW_SECOND_US);
	}
	assert_int_equal(world.message_count, 1);
	assert_string_equal(world.messages[0].alerts[0].subject, "n0");
	world_sample(&world, ALERT_SUBJECT_COMPONENT, 0, 10);
	world_pass(&world, BW_SECOND_US);
	assert_int_equal(world.message_count, 2);
	world_restart(&world);
	world_sample(&world, ALERT_SUBJECT_COMPONENT, 1, 10);
	world_sample(&world, ALERT_SUBJECT_COMPONENT, 2, 90);
	world_pass(&world, BW_SECOND_US);
	assert_int_equal(world.message_count, 3);
	assert_string_equal(world.messages[2].alerts[0].subject, "n2");
	assert_int_equal(world.messages[2].count, 1);
	world_finish(&world);
}

static void test_window_ends_with_one_message(void **state)
{
	struct world world;
	(void)state;

	begin_plain(&world);
	world.windows[0] = (struct maintenance_window){
		.name = "patch",
		.reason = "planned",
		.matchers = world_matchers(&world, "type=rule"),
		.from_us = WORLD_START_US,
		.until_us = WORLD_START_US + 600 * BW_SECOND_US,
	};
	world.settings.window_count = 1;
	world_start(&world);
	world_sample(&world, ALERT_SUBJECT_RESOURCE, 0, 90);
	world_pass(&world, 599 * BW_SECOND_US);
	assert_int_equal(world.message_count, 0);
	world_restart(&world);
	world_pass(&world, 2 * BW_SECOND_US);
	assert_int_equal(world.message_count, 1);
	assert_string_equal(world.messages[0].remark, "maintenance patch is over, still firing");
	world_finish(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quiet_alerts_live_on),
		cmocka_unit_test(test_channels_know_in_the_end),
		cmocka_unit_test(test_silence_ends_with_one_message),
		cmocka_unit_test(test_parent_speaks_for_its_children),
		cmocka_unit_test(test_window_ends_with_one_message),
	};

	return cmocka_run_group_tests_name("invariants of quiet", tests, NULL, NULL);
}
