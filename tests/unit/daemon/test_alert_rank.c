/* test_alert_rank.c - which of many alerts a page gets, in which order, and that the counts are of
 * all of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/alert_rank.h"
#include "daemon/alert_world.h"

static struct alerts *alerts;
static struct alert_rank rank;

static void read_nothing(void *arg, const struct alert_subject *subject, int field,
			 struct fact *out)
{
	(void)arg;
	(void)subject;
	(void)field;
	*out = (struct fact){ .type = FACT_UNKNOWN };
}

static const char *no_label(void *arg, const struct alert_subject *subject, const char *label)
{
	(void)arg;
	(void)subject;
	(void)label;
	return NULL;
}

static int set_up(void **state)
{
	static const struct alerts_settings settings;
	const struct alerts_options options = { .settings = &settings,
						.facts = { .read = read_nothing },
						.relations = { .label = no_label } };

	(void)state;
	alerts = alerts_create(&options);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	alert_rank_finish(&rank);
	rank = (struct alert_rank){ 0 };
	alerts_destroy(alerts);
	return 0;
}

enum mark { LOUD, ACKED, QUIET };

/* Its number is its id, less one; it began to fire in that second. */
static void add(int nth, enum bw_severity severity, enum mark mark)
{
	char subject[16], by[] = "ada", window[] = "night", none[] = "", rule[] = "r", type[] = "t";
	struct alert_ack ack = { .at = { 1 }, .by = by, .comment = none };
	struct alert alert = {
		.id = (uint64_t)nth + 1,
		.rule_name = rule,
		.type = type,
		.subject_kind = ALERT_SUBJECT_COMPONENT,
		.subject = subject,
		.state = ALERT_FIRING,
		.severity = severity,
		.title = subject,
		.message = none,
		.started = { 1 + nth * BW_SECOND_US },
		.fired = { 1 + nth * BW_SECOND_US },
	};

	snprintf(subject, sizeof(subject), "c%d", nth);
	if (mark == ACKED)
		alert.ack = &ack;
	if (mark == QUIET)
		alert.quiet = (struct alert_quiet){ ALERT_QUIET_MAINTENANCE, window };
	assert_int_equal(alerts_restore(alerts, &alert), BW_OK);
}

static void expect_order(const char *wanted)
{
	char order[256] = "";
	size_t len = 0;

	for (size_t i = 0; i < rank.count; i++)
		len += (size_t)snprintf(order + len, sizeof(order) - len, "%s ",
					rank.items[i]->subject);
	assert_string_equal(order, wanted);
}

static void test_worst_first_then_newest(void **state)
{
	(void)state;
	add(0, BW_SEVERITY_WARNING, LOUD);
	add(1, BW_SEVERITY_CRITICAL, LOUD);
	add(2, BW_SEVERITY_INFO, LOUD);
	add(3, BW_SEVERITY_WARNING, LOUD);
	add(4, BW_SEVERITY_CRITICAL, LOUD);
	alert_rank_take(&rank, alerts, 10);
	expect_order("c4 c1 c3 c0 c2 ");
	assert_int_equal(rank.loud, 5);
	assert_int_equal(rank.by_severity[BW_SEVERITY_CRITICAL], 2);
	assert_int_equal(rank.by_severity[BW_SEVERITY_WARNING], 2);
	assert_int_equal(rank.by_severity[BW_SEVERITY_INFO], 1);
}

static void test_what_nobody_has_taken_stands_first(void **state)
{
	(void)state;
	add(0, BW_SEVERITY_CRITICAL, QUIET);
	add(1, BW_SEVERITY_CRITICAL, ACKED);
	add(2, BW_SEVERITY_INFO, LOUD);
	add(3, BW_SEVERITY_WARNING, ACKED);
	add(4, BW_SEVERITY_WARNING, QUIET);
	alert_rank_take(&rank, alerts, 10);
	expect_order("c2 c1 c3 c0 c4 ");
	assert_int_equal(rank.loud, 1);
	assert_int_equal(rank.acked, 2);
	assert_int_equal(rank.quiet, 2);
	assert_int_equal(rank.by_severity[BW_SEVERITY_CRITICAL], 0);
	assert_int_equal(rank.all_by_severity[BW_SEVERITY_CRITICAL], 2);
}

/* Severities mixed: those kept must be what sorting them all would keep. */
static void test_of_many_the_worst_stay(void **state)
{
	enum { MANY = 1000, ROOM = 200 };
	int critical = 0;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		bool is_critical = i * 7919 % 13 == 0;

		critical += is_critical;
		add(i, is_critical ? BW_SEVERITY_CRITICAL : BW_SEVERITY_WARNING, LOUD);
	}
	alert_rank_take(&rank, alerts, ROOM);
	assert_int_equal(rank.count, ROOM);
	assert_int_equal(rank.loud, MANY);
	assert_int_equal(rank.by_severity[BW_SEVERITY_CRITICAL], critical);
	for (size_t i = 0; i < ROOM; i++) {
		bool is_critical = rank.items[i]->severity == BW_SEVERITY_CRITICAL;

		assert_int_equal(is_critical, i < (size_t)critical);
		if (!is_critical) /* newest: none older than those left out */
			assert_true(rank.items[i]->id >= 850);
	}
}

static void test_nothing_fires(void **state)
{
	(void)state;
	alert_rank_take(&rank, alerts, 10);
	assert_int_equal(rank.count, 0);
	assert_int_equal(rank.loud, 0);
}

/* The dictionary has no field that the daemon cannot answer. */
static void test_every_field_has_an_answer(void **state)
{
	(void)state;
	for (const struct fact_field *field = fact_fields; field->name != NULL; field++)
		if (!alert_world_knows(field->name))
			fail_msg("nobody answers %s", field->name);
	assert_false(alert_world_knows("component.colour"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_worst_first_then_newest, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_nobody_has_taken_stands_first, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_of_many_the_worst_stay, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nothing_fires, set_up, tear_down),
		cmocka_unit_test(test_every_field_has_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
