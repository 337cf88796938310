/* test_invariants_time.c - a restart at any point changes nothing: the same random events in two
 * worlds, of which one is destroyed and restored from what was kept, end in the same hard changes
 * and the same messages. Under way the world itself sees to it that nothing ends because nobody
 * could look, and that nothing goes down and up in one instant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/alerts/script.h"

enum { RUNS = 60 };

static void begin(struct world *world, uint64_t seed)
{
	struct world_rule rule;

	script_rule(&seed, &rule);
	world_init(world, &rule);
	script_settings(&seed, world);
	script_relations(&seed, world);
	world_start(world);
}

/* Which of two alerts comes first in one instant is nobody's to say. */
static void sort_changes(struct world *world)
{
	for (size_t i = 1; i < world->change_count; i++) {
		struct world_change change = world->changes[i];
		size_t at = i;

		while (at > 0 && world->changes[at - 1].at_us == change.at_us &&
		       world->changes[at - 1].id > change.id) {
			world->changes[at] = world->changes[at - 1];
			at--;
		}
		world->changes[at] = change;
	}
}

static void assert_same_changes(struct world *a, struct world *b, uint64_t seed)
{
	size_t count = a->change_count < b->change_count ? a->change_count : b->change_count;

	sort_changes(a);
	sort_changes(b);
	for (size_t i = 0; i < count; i++) {
		if (memcmp(&a->changes[i], &b->changes[i], sizeof(a->changes[i])) != 0)
			fail_msg("seed %lu: change %zu differs: %s %s at %.6f, %s %s at %.6f",
				 (unsigned long)seed, i, a->changes[i].subject,
				 alert_state_text(a->changes[i].state),
				 (double)(a->changes[i].at_us - WORLD_START_US) / 1e6,
				 b->changes[i].subject, alert_state_text(b->changes[i].state),
				 (double)(b->changes[i].at_us - WORLD_START_US) / 1e6);
	}
	assert_int_equal(a->change_count, b->change_count);
}

static void describe(const struct world_message *message, char *out, size_t size)
{
	snprintf(out, size, "%s to %s at %.6f, key %s, %zu alerts, a%lu first, \"%s\"",
		 notice_kind_text(message->kind), message->channel,
		 (double)(message->at_us - WORLD_START_US) / 1e6, message->key, message->count,
		 (unsigned long)message->alerts[0].id, message->remark);
}

/* Nor which of two channels is told first. */
static void sort_messages(struct world *world)
{
	for (size_t i = 1; i < world->message_count; i++) {
		struct world_message message = world->messages[i];
		size_t at = i;

		while (at > 0 && world->messages[at - 1].at_us == message.at_us &&
		       strcmp(world->messages[at - 1].channel, message.channel) > 0) {
			world->messages[at] = world->messages[at - 1];
			at--;
		}
		world->messages[at] = message;
	}
}

static void assert_same_messages(struct world *a, struct world *b, uint64_t seed)
{
	size_t count = a->message_count < b->message_count ? a->message_count : b->message_count;

	sort_messages(a);
	sort_messages(b);
	for (size_t i = 0; i < count; i++) {
		char one[400], other[400];

		if (memcmp(&a->messages[i], &b->messages[i], sizeof(a->messages[i])) == 0)
			continue;
		describe(&a->messages[i], one, sizeof(one));
		describe(&b->messages[i], other, sizeof(other));
		fail_msg("seed %lu: message %zu differs:\n%s\n%s", (unsigned long)seed, i, one,
			 other);
	}
	assert_int_equal(a->message_count, b->message_count);
}

/* Restarts after `percent` of the events. */
static void run_twins(uint64_t seed, unsigned percent)
{
	static struct script script;
	struct world steady, restarted;
	uint64_t dice = seed ^ 0x5eed;

	script_make(seed, &script);
	begin(&steady, seed);
	begin(&restarted, seed);
	for (int i = 0; i < SCRIPT_EVENTS; i++) {
		script_play(&steady, &script.events[i]);
		script_play(&restarted, &script.events[i]);
		if (script_chance(&dice, percent))
			world_restart(&restarted);
	}
	world_pass(&steady, 3600 * BW_SECOND_US);
	world_pass(&restarted, 3600 * BW_SECOND_US);
	assert_same_changes(&steady, &restarted, seed);
	assert_same_messages(&steady, &restarted, seed);
	world_finish(&steady);
	world_finish(&restarted);
}

static uint64_t runs(void)
{
	const char *text = getenv("BELLWETHER_ALERT_RUNS");

	return text ? strtoull(text, NULL, 10) : RUNS;
}

static void test_rare_restarts(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= runs(); seed++)
		run_twins(seed, 3);
}

static void test_restart_after_every_event(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= runs(); seed++)
		run_twins(seed, 100);
}

/* A script that never meets what it is about proves nothing. */
static void test_scripts_meet_everything(void **state)
{
	static struct script script;
	size_t met[NOTICE_TEST + 1] = { 0 }, remarks = 0;
	(void)state;

	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct world world;

		script_make(seed, &script);
		begin(&world, seed);
		for (int i = 0; i < SCRIPT_EVENTS; i++)
			script_play(&world, &script.events[i]);
		for (size_t i = 0; i < world.message_count; i++) {
			met[world.messages[i].kind]++;
			remarks += world.messages[i].remark[0] != '\0';
		}
		world_finish(&world);
	}
	for (int kind = NOTICE_FIRING; kind < NOTICE_TEST; kind++) {
		if (met[kind] == 0)
			fail_msg("no message of kind %s", notice_kind_text((enum notice_kind)kind));
	}
	assert_true(remarks > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rare_restarts),
		cmocka_unit_test(test_restart_after_every_event),
		cmocka_unit_test(test_scripts_meet_everything),
	};

	return cmocka_run_group_tests_name("invariants of time", tests, NULL, NULL);
}
