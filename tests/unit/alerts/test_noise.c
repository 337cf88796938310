/* test_noise.c - each rule of noise control as a short story on the fake clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/alerts/world.h"

#define SECONDS(n) ((n)*BW_SECOND_US)
#define MINUTES(n) SECONDS(60 * (n))

static const struct world_rule plain = { .hold = { 0, 1, 1 },
					 .recover = { 0, 1, 1 },
					 .no_data = ALERT_LACK_KEEPS,
					 .severity = BW_SEVERITY_WARNING };

static void sick(struct world *world, int nth)
{
	world_sample(world, ALERT_SUBJECT_COMPONENT, nth, 90);
}

static void well(struct world *world, int nth)
{
	world_sample(world, ALERT_SUBJECT_COMPONENT, nth, 10);
}

/* The messages so far are exactly these: "firing n0; resolved n0, n1". */
static void assert_told(const struct world *world, const char *expected)
{
	char told[1000] = "";
	size_t len = 0;

	for (size_t i = 0; i < world->message_count; i++) {
		const struct world_message *message = &world->messages[i];

		len += (size_t)snprintf(told + len, sizeof(told) - len, "%s%s", i > 0 ? "; " : "",
					notice_kind_text(message->kind));
		for (size_t j = 0; j < message->count; j++)
			len += (size_t)snprintf(told + len, sizeof(told) - len, "%s %s",
						j > 0 ? "," : "", message->alerts[j].subject);
	}
	assert_string_equal(told, expected);
}

static const struct alert *component(const struct world *world, int nth)
{
	const struct alert *alert = world_alert(world, ALERT_SUBJECT_COMPONENT, nth);

	assert_non_null(alert);
	return alert;
}

static void silence_for(struct world *world, const char *match, int64_t us)
{
	struct silence order = {
		.from = world->now, .until = { world->now.us + us }, .by = "ada", .reason = "known"
	};

	assert_int_equal(matchers_parse(&match, 1, &order.matchers, NULL), BW_OK);
	assert_int_equal(alerts_silence(world->alerts, &order, world->now, NULL), BW_OK);
	silence_finish(&order);
	world_pass(world, 0);
}

/* --- silences --- */

static void test_end_is_told_in_spite_of_a_silence(void **state)
{
	struct world world;
	(void)state;

	world_init(&world, &plain);
	world_start(&world);
	sick(&world, 0);
	silence_for(&world, "component=n0", MINUTES(60));
	world_pass(&world, SECONDS(10));
	well(&world, 0);
	assert_told(&world, "firing n0; resolved n0");
	world_pass(&world, MINUTES(90));
	assert_told(&world, "firing n0; resolved n0");
	world_finish(&world);
}

static void test_new_trouble_is_silent_and_leaves_no_trace(void **state)
{
	struct world world;
	(void)state;

	world_init(&world, &plain);
	world_start(&world);
	silence_for(&world, "component=n0", MINUTES(60));
	sick(&world, 0);
	assert_int_equal(component(&world, 0)->quiet.kind, ALERT_QUIET_SILENCE);
	assert_string_equal(component(&world, 0)->quiet.by, "s1");
	assert_int_equal(alerts_get_silence(world.alerts, 1)->hides, 1);
	world_pass(&world, SECONDS(10));
	well(&world, 0);
	assert_int_equal(alerts_get_silence(world.alerts, 1)->hides, 0);
	world_pass(&world, MINUTES(90));
	assert_told(&world, "");
	world_finish(&world);
}

static void test_silence_has_expired_still_firing(void **state)
{
	struct world world;
	(void)state;

	world_init(&world, &plain);
	world_start(&world);
	sick(&world, 0);
	silence_for(&world, "severity=warning", SECONDS(50));
	sick(&world, 1);
	world_pass(&world, SECONDS(40));
	world_restart(&world);
	assert_told(&world, "firing n0");
	world_pass(&world, SECONDS(11));
	/* One that was told before, one that was not. */
	assert_told(&world, "firing n0; firing n1; reminder n0");
	for (size_t i = 1; i < 3; i++)
		assert_string_equal(world.messages[i].remark,
				    "silence s1 of ada has expired, still firing");
	assert_true(alerts_get_silence(world.alerts, 1)->expired.us != 0);
	world_restart(&world);
	sick(&world, 0);
	sick(&world, 1);
	assert_int_equal(world.message_count, 3);
	world_finish(&world);
}

static void test_silence_until_resolved(void **state)
{
	const char *match = "component=n0";
	struct silence order = { .until_resolved = true, .by = "ada", .reason = "known" };
	struct world world;
	(void)state;

	world_init(&world, &plain);
	world_start(&world);
	assert_int_equal(matchers_parse(&match, 1, &order.matchers, NULL), BW_OK);
	/* There is no end to wait for. */
	assert_int_equal(alerts_silence(world.alerts, &order, world.now, NULL), BW_EINVAL);
	sick(&world, 0);
	assert_int_equal(alerts_silence(world.alerts, &order, world.now, NULL), BW_OK);
	silence_finish(&order);
	world_pass(&world, SECONDS(60));
	assert_int_equal(alerts_get_silence(world.alerts, 1)->expired.us, 0);
	well(&world, 0);
	world_pass(&world, SECONDS(1));
	assert_true(alerts_get_silence(world.alerts, 1)->expired.us != 0);
	sick(&world, 0);
	assert_told(&world, "firing n0; resolved n0; firing n0");
	world_finish(&world);
}

/* --- dependencies --- */

static void test_child_of_a_dead_parent_is_quiet(void **state)
{
	struct world world;
	(void)state;

	world_init(&world, &plain);
	world.parents[1] = "n0";
	world.parents[2] = "n1";
	world_start(&world);
	sick(&world, 0);
	sick(&world, 1);
	sick(&world, 2);
	assert_told(&world, "firing n0");
	assert_int_equal(component(&world, 2)->quiet.kind, ALERT_QUIET_DEPENDENCY);
	assert_string_equal(component(&world, 2)->quiet.by, "n0");
	assert_int_equal(component(&world, 0)->hides, 2);
	world_pass(&world, SECONDS(5));
	well(&world, 0);
	/* Its own next sample decides. */
	assert_told(&world, "firing n0; resolved n0");
	world_pass(&world, SECONDS(5));
	well(&world, 1);
	sick(&world, 2);
	assert_told(&world, "firing n0; resolved n0");
	world_pass(&world, SECONDS(5));
	sick(&world, 2);
	assert_told(&world, "firing n0; resolved n0; firing n2");
	world_finish(&world);
}

static void test_child_waits_until_its_parent_was_looked_at(void **state)
{
	struct world world;
	(void)state;

	world_init(&world, &plain);
	world.parents[1] = "n0";
	world_start(&world);
	well(&world, 0);
	world_pass(&world, SECONDS(5));
	sick(&world, 1);
	assert_told(&world, "");
	world_pass(&world, SECONDS(5));
	/* It works: the child's trouble is its own, and there is nothing more to wait for. */
	well(&world, 0);
	assert_told(&world, "firing n1");
	world_finish(&world);
}

static void test_doubt_is_bounded(void **state)
{
	struct world world;
	(void)state;

	world_init(&world, &plain);
	world.parents[1] = "n0";
	world_start(&world);
	sick(&world, 1);
	world_pass(&world, WORLD_PATIENCE_US - 1);
	assert_told(&world, "");
	world_pass(&world, 1);
	assert_told(&world, "firing n1");
	world_finish(&world);
}

static void test_one_alternative_that_works_is_enough(void **state)
{
	struct world world;
	(void)state;

	world_init(&world, &plain);
	world.parents[1] = "n0|n2";
	world_start(&world);
	sick(&world, 0);
	sick(&world, 1);
	well(&world, 2);
	assert_told(&world, "firing n0; firing n1");
	world_pass(&world, SECONDS(5));
	sick(&world, 2);
	world_pass(&world, SECONDS(5));
	well(&world, 1);
	sick(&world, 1);
	/* Both are down now. */
	assert_told(&world, "firing n0; firing n1; firing n2; resolved n1");
	assert_int_equal(component(&world, 1)->quiet.kind, ALERT_QUIET_DEPENDENCY);
	world_finish(&world);
}

static void test_own_network_is_down(void **state)
{
	static const char *const uplink[] = { "n0", "n1" };
	struct world world;
	(void)state;

	world_init(&world, &plain);
	world.settings.uplink = uplink;
	world.settings.uplink_count = 2;
	world_start(&world);
	sick(&world, 0);
	/* The other way out has not been looked at; n2 needs no network, n3 does. */
	sick(&world, 2);
	sick(&world, 3);
	assert_told(&world, "firing n0; firing n2");
	sick(&world, 1);
	assert_told(&world, "firing n0; firing n2");
	assert_int_equal(component(&world, 3)->quiet.kind, ALERT_QUIET_NETWORK);
	assert_string_equal(component(&world, 3)->quiet.by, "n0");
	world_finish(&world);
}

/* --- inhibition --- */

static void inhibit(struct world *world, const char *when, const char *hides)
{
	world->inhibitions[world->settings.inhibition_count++] = (struct inhibition){
		.when = world_matchers(world, when),
		.hides = world_matchers(world, hides),
	};
}

static void test_one_alert_hides_another(void **state)
{
	struct world world;
	(void)state;

	world_init(&world, &plain);
	inhibit(&world, "component=n0", "job=n0");
	world_start(&world);
	sick(&world, 0);
	world_sample(&world, ALERT_SUBJECT_JOB, 0, 90);
	assert_told(&world, "firing n0");
	assert_int_equal(world_alert(&world, ALERT_SUBJECT_JOB, 0)->quiet.kind,
			 ALERT_QUIET_INHIBITED);
	assert_int_equal(component(&world, 0)->hides, 1);
	world_pass(&world, SECONDS(5));
	well(&world, 0);
	assert_told(&world, "firing n0; resolved n0");
	world_pass(&world, SECONDS(5));
	world_sample(&world, ALERT_SUBJECT_JOB, 0, 90);
	assert_told(&world, "firing n0; resolved n0; firing n0");
	world_finish(&world);
}

static void test_who_hides_each_other_is_not_lost(void **state)
{
	struct world world;
	(void)state;

	world_init(&world, &plain);
	inhibit(&world, "component=n0", "component=n1");
	inhibit(&world, "component=n1", "component=n0");
	world_start(&world);
	sick(&world, 0);
	sick(&world, 1);
	sick(&world, 0);
	assert_told(&world, "firing n0");
	world_finish(&world);
}

/* A channel that is not told of the one that hides must hear of the other. */
static void test_inhibition_holds_where_the_cause_is_told(void **state)
{
	struct world world;
	(void)state;

	world_init(&world, &plain);
	inhibit(&world, "component=n0", "job=n0");
	world.routes[1] = (struct alert_route){ .channel = "jobs",
						.matchers = world_matchers(&world, "job=~.+") };
	world.settings.route_count = 2;
	world_start(&world);
	sick(&world, 0);
	world_sample(&world, ALERT_SUBJECT_JOB, 0, 90);
	assert_told(&world, "firing n0; firing n0");
	assert_string_equal(world.messages[1].channel, "jobs");
	world_finish(&world);
}

/* --- groups --- */

static void test_what_begins_together_is_one_message(void **state)
{
	struct world world;
	(void)state;

	world_init(&world, &plain);
	world.settings.group.wait_us = SECONDS(1);
	world_start(&world);
	sick(&world, 0);
	sick(&world, 1);
	world_restart(&world);
	sick(&world, 2);
	world_pass(&world, SECONDS(1) - 1);
	assert_told(&world, "");
	world_pass(&world, 1);
	assert_told(&world, "firing n0, n1, n2");
	world_finish(&world);
}

static void test_what_is_over_before_it_was_told_is_not_told(void **state)
{
	struct world world;
	(void)state;

	world_init(&world, &plain);
	world.settings.group.wait_us = SECONDS(1);
	world_start(&world);
	sick(&world, 0);
	world_pass(&world, SECONDS(1) / 2);
	well(&world, 0);
	world_pass(&world, SECONDS(10));
	assert_told(&world, "");
	world_finish(&world);
}

static void test_groups_are_apart(void **state)
{
	static const char *const by[] = { "group", NULL };
	struct world world;
	(void)state;

	world_init(&world, &plain);
	world.settings.group.by = by;
	world.settings.group.wait_us = SECONDS(1);
	world_start(&world);
	for (int nth = 0; nth < WORLD_NAMES; nth++)
		sick(&world, nth);
	world_pass(&world, SECONDS(1));
	assert_told(&world, "firing n0, n1; firing n2, n3");
	world_finish(&world);
}

static void test_most_messages_within(void **state)
{
	struct world world;
	(void)state;

	world_init(&world, &plain);
	world.settings.group.most = 2;
	world.settings.group.within_us = SECONDS(90);
	world_start(&world);
	for (int nth = 0; nth < WORLD_NAMES; nth++) {
		sick(&world, nth);
		world_pass(&world, SECONDS(10));
	}
	assert_told(&world, "firing n0; firing n1");
	world_restart(&world);
	assert_told(&world, "firing n0; firing n1");
	world_pass(&world, SECONDS(49));
	assert_told(&world, "firing n0; firing n1");
	world_pass(&world, SECONDS(1));
	assert_told(&world, "firing n0; firing n1; firing n2, n3");
	world_finish(&world);
}

/* --- reminders, escalation, acknowledgements --- */

static void keep_sick(struct world *world, int64_t us)
{
	for (; us > 0; us -= SECONDS(60)) {
		world_pass(world, SECONDS(60));
		sick(world, 0);
	}
}

static void test_reminders_come_later_and_later(void **state)
{
	struct world world;
	(void)state;

	world_init(&world, &plain);
	world.settings.reminders.every_us = MINUTES(10);
	world.settings.reminders.factor = 2;
	world.settings.reminders.max_us = MINUTES(30);
	world_start(&world);
	sick(&world, 0);
	keep_sick(&world, MINUTES(95));
	/* After 10, 30, 60 and 90 minutes. */
	assert_told(&world, "firing n0; reminder n0; reminder n0; reminder n0; reminder n0");
	assert_int_equal(world.messages[2].at_us - world.messages[1].at_us, MINUTES(20));
	assert_int_equal(world.messages[4].at_us - world.messages[3].at_us, MINUTES(30));
	assert_string_not_equal(world.messages[3].key, world.messages[4].key);
	world_finish(&world);
}

static void acknowledge(struct world *world, int64_t for_us)
{
	struct alert_ack ack = { .by = (char *)"ada",
				 .until = { for_us > 0 ? world->now.us + for_us : 0 } };

	assert_int_equal(alerts_ack(world->alerts, component(world, 0)->id, &ack, world->now, NULL),
			 BW_OK);
	world_pass(world, 0);
}

static void test_ack_stops_reminders_until_it_expires(void **state)
{
	struct world world;
	(void)state;

	world_init(&world, &plain);
	world.settings.reminders.every_us = MINUTES(10);
	world_start(&world);
	sick(&world, 0);
	acknowledge(&world, MINUTES(30));
	keep_sick(&world, MINUTES(29));
	assert_told(&world, "firing n0");
	world_restart(&world);
	keep_sick(&world, MINUTES(2));
	assert_told(&world, "firing n0; reminder n0");
	assert_string_equal(world.messages[1].remark,
			    "the acknowledgement of ada has expired, still firing");
	assert_null(component(&world, 0)->ack);
	world_finish(&world);
}

static void escalate(struct world *world)
{
	world_init(world, &plain);
	world->routes[1] = (struct alert_route){ .channel = "boss",
						 .after_us = MINUTES(30),
						 .resolved = true };
	world->settings.route_count = 2;
	world_start(world);
	sick(world, 0);
}

static void test_escalation_after_its_time(void **state)
{
	struct world world;
	(void)state;

	escalate(&world);
	keep_sick(&world, MINUTES(29));
	assert_told(&world, "firing n0");
	keep_sick(&world, MINUTES(1));
	assert_told(&world, "firing n0; firing n0");
	assert_string_equal(world.messages[1].channel, "boss");
	world_finish(&world);
}

static void test_ack_stops_escalation(void **state)
{
	struct world world;
	(void)state;

	escalate(&world);
	acknowledge(&world, 0);
	keep_sick(&world, MINUTES(60));
	assert_told(&world, "firing n0");
	well(&world, 0);
	/* Who was not told that it began is not told that it ended. */
	assert_told(&world, "firing n0; resolved n0");
	world_finish(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_end_is_told_in_spite_of_a_silence),
		cmocka_unit_test(test_new_trouble_is_silent_and_leaves_no_trace),
		cmocka_unit_test(test_silence_has_expired_still_firing),
		cmocka_unit_test(test_silence_until_resolved),
		cmocka_unit_test(test_child_of_a_dead_parent_is_quiet),
		cmocka_unit_test(test_child_waits_until_its_parent_was_looked_at),
		cmocka_unit_test(test_doubt_is_bounded),
		cmocka_unit_test(test_one_alternative_that_works_is_enough),
		cmocka_unit_test(test_own_network_is_down),
		cmocka_unit_test(test_one_alert_hides_another),
		cmocka_unit_test(test_who_hides_each_other_is_not_lost),
		cmocka_unit_test(test_inhibition_holds_where_the_cause_is_told),
		cmocka_unit_test(test_what_begins_together_is_one_message),
		cmocka_unit_test(test_what_is_over_before_it_was_told_is_not_told),
		cmocka_unit_test(test_groups_are_apart),
		cmocka_unit_test(test_most_messages_within),
		cmocka_unit_test(test_reminders_come_later_and_later),
		cmocka_unit_test(test_ack_stops_reminders_until_it_expires),
		cmocka_unit_test(test_escalation_after_its_time),
		cmocka_unit_test(test_ack_stops_escalation),
	};

	return cmocka_run_group_tests_name("noise control", tests, NULL, NULL);
}
