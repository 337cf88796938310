/* test_invariants_kinds.c - every option works for every kind of subject: the same story under the
 * same random rule tells the same of a component, a breaker, a job, the host and the whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/alerts/script.h"

enum { RUNS = 100 };

static void begin(struct world *world, uint64_t seed)
{
	struct world_rule rule;

	script_rule(&seed, &rule);
	world_init(world, &rule);
	world->routes[1] = (struct alert_route){ .channel = "boss",
						 .after_us = 300 * BW_SECOND_US,
						 .resolved = true };
	world->windows[0] = (struct maintenance_window){
		.name = "patch",
		.reason = "planned",
		.matchers = world_matchers(world, "type=rule"),
		.from_us = WORLD_START_US + 600 * BW_SECOND_US,
		.until_us = WORLD_START_US + 1200 * BW_SECOND_US,
	};
	world->settings.route_count = 2;
	world->settings.window_count = 1;
	world->settings.reminders.every_us = 600 * BW_SECOND_US;
	world->settings.reminders.factor = 2;
	world->settings.group.wait_us = 500000;
	world_start(world);
}

/* The script's events, all about one subject; its silences and acks hit any. */
static void play(struct world *world, const struct script *script, enum alert_subject_kind kind)
{
	for (int i = 0; i < SCRIPT_EVENTS; i++) {
		struct script_event event = script->events[i];

		event.kind = kind;
		event.nth = 0;
		if (event.what == SCRIPT_SILENCE && event.us % (7 * 60 * BW_SECOND_US) != 0)
			event.us -= event.us % (7 * 60 * BW_SECOND_US);
		if (event.what == SCRIPT_SILENCE)
			event.us += 6 * 60 * BW_SECOND_US; /* `type=rule` */
		script_play(world, &event);
		if (i % 40 == 39)
			world_restart(world);
	}
}

static void assert_same(const struct world *a, const struct world *b, uint64_t seed)
{
	if (a->change_count != b->change_count || a->message_count != b->message_count)
		fail_msg("seed %lu: %zu changes and %zu messages, %zu and %zu", (unsigned long)seed,
			 a->change_count, a->message_count, b->change_count, b->message_count);
	for (size_t i = 0; i < a->change_count; i++) {
		assert_int_equal(a->changes[i].at_us, b->changes[i].at_us);
		assert_int_equal(a->changes[i].state, b->changes[i].state);
	}
	for (size_t i = 0; i < a->message_count; i++) {
		assert_int_equal(a->messages[i].at_us, b->messages[i].at_us);
		assert_int_equal(a->messages[i].kind, b->messages[i].kind);
		assert_string_equal(a->messages[i].remark, b->messages[i].remark);
	}
}

static void test_kinds_do_not_differ(void **state)
{
	static struct script script;
	size_t messages = 0;
	(void)state;

	for (uint64_t seed = 1; seed <= RUNS; seed++) {
		struct world first;

		script_make(seed, &script);
		begin(&first, seed);
		play(&first, &script, ALERT_SUBJECT_SYSTEM);
		messages += first.message_count;
		for (int kind = ALERT_SUBJECT_SYSTEM + 1; kind < ALERT_SUBJECT_KINDS; kind++) {
			struct world other;

			begin(&other, seed);
			play(&other, &script, (enum alert_subject_kind)kind);
			assert_same(&first, &other, seed);
			world_finish(&other);
		}
		world_finish(&first);
	}
	assert_true(messages > RUNS * 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds_do_not_differ),
	};

	return cmocka_run_group_tests_name("invariants of kinds", tests, NULL, NULL);
}
