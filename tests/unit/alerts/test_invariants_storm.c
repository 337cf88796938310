/* test_invariants_storm.c - one root cause is one message, whatever its number of children; and ten
 * thousand alerts cost what they should in records and in memory of what is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerts/alerts.h"
#include "alerts/condition.h"
#include "alerts/pattern.h"

#define START_US (INT64_C(1800000000) * BW_SECOND_US)

enum { FEW = 10, MANY = 10000, BUDGET = 500 };

struct storm {
	struct alerts *alerts;
	struct alert_rule rule;
	struct condition *when;
	struct alert_pattern *title;
	struct alert_route route;
	struct alerts_settings settings;
	bool has_root, is_down;
	struct bw_wall now;
	size_t messages, told, keeps, kept_bytes, root_hides;
	size_t most_kept_in_a_turn, kept_in_this_turn;
	enum notice_kind latest;
};

static void read_fact(void *arg, const struct alert_subject *subject, int field, struct fact *out)
{
	const struct storm *storm = arg;
	(void)subject;
	(void)field;

	*out = (struct fact){ .type = FACT_TEXT, .text = storm->is_down ? "unhealthy" : "healthy" };
}

static bool alternative(void *arg, const char *component, size_t edge, size_t nth, const char **out)
{
	const struct storm *storm = arg;

	*out = "root";
	return storm->has_root && edge == 0 && nth == 0 && strcmp(component, "root") != 0;
}

static const char *label(void *arg, const struct alert_subject *subject, const char *name)
{
	(void)arg;
	(void)subject;
	(void)name;
	return NULL;
}

static int64_t patience(void *arg, const struct alert_subject *subject)
{
	(void)arg;
	(void)subject;
	return 100 * BW_SECOND_US;
}

static void hurry(void *arg, const char *component)
{
	(void)arg;
	(void)component;
}

static void keep(void *arg, const struct alert *alert)
{
	struct storm *storm = arg;
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	alert_encode(alert, &buf);
	storm->kept_bytes += buf.len;
	bw_buf_finish(&buf);
	storm->keeps++;
	storm->kept_in_this_turn++;
}

static void note(void *arg, const struct notice *notice)
{
	struct storm *storm = arg;

	storm->messages++;
	storm->told += notice->count + notice->more;
	storm->latest = notice->kind;
	if (strcmp(notice->alerts[0].subject, "root") == 0)
		storm->root_hides = notice->alerts[0].hides;
}

static void begin(struct storm *storm, bool has_root)
{
	struct condition_error error;
	struct alerts_options options = {
		.settings = &storm->settings,
		.facts = { read_fact, storm },
		.relations = { alternative, label, NULL, patience, hurry, storm },
		.listener = { .keep = keep, .notice = note, .arg = storm },
	};

	*storm = (struct storm){ .has_root = has_root, .now = { START_US } };
	assert_int_equal(condition_compile("component.status == unhealthy", &storm->when, &error),
			 BW_OK);
	assert_int_equal(pattern_compile("Component Unhealthy: {component.name}",
					 ALERT_SUBJECT_COMPONENT, &storm->title, &error),
			 BW_OK);
	storm->rule = (struct alert_rule){
		.name = "component_unhealthy",
		.type = "component",
		.enabled = true,
		.subject = ALERT_SUBJECT_COMPONENT,
		.severity = BW_SEVERITY_CRITICAL,
		.when = storm->when,
		.hold = { 10 * BW_SECOND_US, 1, 1 },
		.recover = { 0, 1, 1 },
		.detects_flapping = true,
		.title = storm->title,
		.message = storm->title,
	};
	storm->route = (struct alert_route){ .channel = "ops", .resolved = true };
	storm->settings = (struct alerts_settings){
		.rules = { &storm->rule, 1 },
		.routes = &storm->route,
		.route_count = 1,
		.flapping = { true, 50, 25 },
		.group = { .wait_us = 500000, .most = 10, .within_us = 300 * BW_SECOND_US },
	};
	storm->alerts = alerts_create(&options);
}

static void finish(struct storm *storm)
{
	alerts_destroy(storm->alerts);
	condition_destroy(storm->when);
	pattern_destroy(storm->title);
}

static void pass(struct storm *storm, int64_t us)
{
	struct bw_wall end = { storm->now.us + us }, next;

	do {
		storm->kept_in_this_turn = 0;
		next = alerts_advance(storm->alerts, storm->now, BUDGET);
		if (storm->kept_in_this_turn > storm->most_kept_in_a_turn)
			storm->most_kept_in_a_turn = storm->kept_in_this_turn;
		if (next.us > storm->now.us && next.us <= end.us)
			storm->now = next;
	} while (next.us <= end.us);
	storm->now = end;
}

/* Everybody is looked at, children first: the worst order. */
static void look_at_all(struct storm *storm, int children)
{
	char name[16];
	struct alert_subject subject = { ALERT_SUBJECT_COMPONENT, name };

	for (int i = 0; i < children; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		alerts_sample(storm->alerts, &subject, storm->now);
	}
	if (storm->has_root) {
		subject.name = "root";
		alerts_sample(storm->alerts, &subject, storm->now);
	}
	pass(storm, BW_SECOND_US);
}

static void test_one_message_for_one_root(void **state)
{
	static const int children[] = { 0, FEW, MANY };
	(void)state;

	for (size_t i = 0; i < 3; i++) {
		struct storm storm;

		begin(&storm, true);
		look_at_all(&storm, children[i]);
		storm.is_down = true;
		look_at_all(&storm, children[i]);
		pass(&storm, 20 * BW_SECOND_US);
		assert_int_equal(storm.messages, 1);
		assert_int_equal(storm.told, 1);
		assert_int_equal(storm.root_hides, children[i]);
		storm.is_down = false;
		look_at_all(&storm, children[i]);
		pass(&storm, 30 * BW_SECOND_US);
		assert_int_equal(storm.latest, NOTICE_RESOLVED);
		assert_int_equal(storm.messages, 2);
		finish(&storm);
	}
}

/* Nobody said what they depend on: still one message, which counts those that it does not list. */
static void test_what_falls_together_is_one_message(void **state)
{
	struct storm few, many;
	(void)state;

	begin(&few, false);
	begin(&many, false);
	few.is_down = many.is_down = true;
	look_at_all(&few, FEW);
	look_at_all(&many, 1500);
	pass(&few, 20 * BW_SECOND_US);
	pass(&many, 20 * BW_SECOND_US);
	assert_int_equal(few.messages, 1);
	assert_int_equal(many.messages, 1);
	assert_int_equal(few.told, FEW);
	assert_int_equal(many.told, 1500);
	finish(&few);
	finish(&many);
}

static void test_storm_is_cheap_to_keep(void **state)
{
	struct storm storm;
	(void)state;

	begin(&storm, true);
	look_at_all(&storm, MANY);
	assert_int_equal(storm.keeps, 0);
	storm.is_down = true;
	look_at_all(&storm, MANY);
	pass(&storm, 30 * BW_SECOND_US);
	assert_in_range(storm.keeps, MANY, 4 * MANY);
	assert_true(storm.kept_bytes / storm.keeps < 700);
	/* A turn keeps what its budget lets it judge; noise control judges some of them again. */
	assert_true(storm.most_kept_in_a_turn <= 2 * BUDGET);
	storm.keeps = 0;
	look_at_all(&storm, MANY);
	assert_int_equal(storm.keeps, 0);
	finish(&storm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_message_for_one_root),
		cmocka_unit_test(test_what_falls_together_is_one_message),
		cmocka_unit_test(test_storm_is_cheap_to_keep),
	};

	return cmocka_run_group_tests_name("invariants of storms", tests, NULL, NULL);
}
