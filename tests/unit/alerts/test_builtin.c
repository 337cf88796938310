/* The built-in rules, written in the language, beside the reference's rules as core/rules.c has
 * them, on random dashboards: the same alerts, in the same order, with the same texts.
 */
#include "alerts/builtin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerts/condition.h"
#include "alerts/pattern.h"
#include "sheet.h"
#include "support/dashboard_builder.h"

enum { ROUNDS = 3000, BREAKERS_MAX = 5, RULES_MAX = 32 };

struct compiled {
	const struct builtin_rule *rule;
	struct condition *when;
	struct alert_pattern *title, *message;
};

static struct compiled compiled[RULES_MAX];
static size_t rule_count;

static int compile_all(void **state)
{
	(void)state;
	for (; builtin_rules[rule_count].name != NULL; rule_count++) {
		const struct builtin_rule *rule = &builtin_rules[rule_count];
		struct compiled *to = &compiled[rule_count];
		struct condition_error err;

		assert_in_range(rule_count, 0, RULES_MAX - 1);
		to->rule = rule;
		if (condition_compile(rule->when, &to->when, &err) != BW_OK ||
		    pattern_compile(rule->title, condition_subject(to->when), &to->title, &err) !=
			    BW_OK ||
		    pattern_compile(rule->message, condition_subject(to->when), &to->message,
				    &err) != BW_OK)
			fail_msg("%s: column %zu: %s", rule->name, err.column, err.text);
	}
	return 0;
}

static int destroy_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < rule_count; i++) {
		condition_destroy(compiled[i].when);
		pattern_destroy(compiled[i].title);
		pattern_destroy(compiled[i].message);
	}
	return 0;
}

static uint64_t next(uint64_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random;
}

/* Often on the threshold itself, a hair beside it, or a whole number. */
static struct bw_number near(uint64_t *random, double threshold)
{
	switch (next(random) % 5) {
	case 0:
		return bw_number_from_double(threshold);
	case 1:
		return bw_number_from_double(threshold * (1 + 1e-12));
	case 2:
		return bw_number_from_int((int64_t)(next(random) % (uint64_t)(2 * threshold + 2)));
	default:
		return bw_number_from_double(threshold * 2 * (double)(next(random) % 100000) / 1e5);
	}
}

struct world {
	struct bw_dashboard *dashboard;
	struct sheet whole;
	struct sheet breakers[BREAKERS_MAX];
	char names[BREAKERS_MAX][32];
	size_t breaker_count;
};

static void put_number(struct sheet *sheet, const char *field, struct bw_number number)
{
	if (number.is_integer)
		sheet_int(sheet, field, (int)number.integer);
	else
		sheet_number(sheet, field, number.value);
}

static void random_resources(struct world *world, uint64_t *random)
{
	const struct bw_thresholds *limits = &bw_dashboard_config_default.thresholds;
	const struct bw_resources_view view = {
		.cpu_percent = near(random, limits->cpu_usage),
		.memory_percent = near(random, limits->memory_usage),
		.disk_percent = near(random, limits->disk_usage),
		.known = next(random) % 8 != 0,
	};

	assert_int_equal(bw_dashboard_set_resources(world->dashboard, &view), BW_OK);
	if (!view.known)
		return;
	put_number(&world->whole, "resource.cpu", view.cpu_percent);
	put_number(&world->whole, "resource.memory", view.memory_percent);
	put_number(&world->whole, "resource.disk", view.disk_percent);
}

static void random_breakers(struct world *world, uint64_t *random)
{
	static const char *const states[] = { "closed",      "open",     "half_open",
					      "forced_open", "disabled", "metrics_only" };

	world->breaker_count = next(random) % (BREAKERS_MAX + 1);
	for (size_t i = 0; i < world->breaker_count; i++) {
		struct sheet *sheet = &world->breakers[i];
		const struct bw_breaker_view view = {
			.state = states[next(random) % 6],
			.has_failure_rate = next(random) % 3 != 0,
			.failure_rate =
				(double)(next(random) % 33) / (double)(1 + next(random) % 40),
		};

		*sheet = world->whole;
		(void)snprintf(world->names[i], sizeof(world->names[i]), "b%zu {} %%s", i);
		assert_int_equal(bw_dashboard_set_breaker(world->dashboard, world->names[i], &view),
				 BW_OK);
		sheet_text(sheet, "breaker.name", world->names[i]);
		sheet_text(sheet, "breaker.state", view.state);
		if (view.has_failure_rate)
			sheet_number(sheet, "breaker.failure_rate", view.failure_rate * 100);
	}
}

static void random_world(struct world *world, uint64_t *random)
{
	static const char *const states[] = { "healthy", "degraded", "unhealthy", "unknown" };
	const struct bw_thresholds *limits = &bw_dashboard_config_default.thresholds;
	const char *overall = states[next(random) % 4];
	struct bw_metrics metrics;

	*world = (struct world){ .dashboard = build_dashboard(false) };
	sheet_number(&world->whole, "threshold.cpu_usage", limits->cpu_usage);
	sheet_number(&world->whole, "threshold.memory_usage", limits->memory_usage);
	sheet_number(&world->whole, "threshold.disk_usage", limits->disk_usage);
	sheet_number(&world->whole, "threshold.response_time", limits->response_time_ms);
	sheet_number(&world->whole, "threshold.failure_rate", limits->failure_rate * 100);
	build_overall(world->dashboard, overall);
	if (strcmp(overall, "unknown") != 0)
		sheet_text(&world->whole, "system.status", overall);
	random_resources(world, random);
	for (size_t i = 0; i < next(random) % 4; i++) {
		const char name[] = { (char)('a' + i), '\0' };

		build_component(world->dashboard, name, "healthy",
				near(random, limits->response_time_ms).value);
	}
	bw_dashboard_metrics(world->dashboard, &metrics);
	sheet_number(&world->whole, "system.response_time", metrics.average_response_ms);
	random_breakers(world, random);
}

static void assert_as_reference(const struct compiled *rule, struct sheet *sheet,
				const struct bw_alert_list *list, size_t *nth)
{
	const struct alert_subject subject = { condition_subject(rule->when), "" };
	const struct fact_source source = { sheet_read, sheet };
	char title[BW_ALERT_TITLE_MAX], message[BW_ALERT_MESSAGE_MAX];

	if (condition_judge(rule->when, &subject, &source) != CONDITION_TRUE)
		return;
	pattern_write(rule->title, &subject, &source, title, sizeof(title));
	pattern_write(rule->message, &subject, &source, message, sizeof(message));
	assert_true(*nth < list->count);
	assert_string_equal(title, list->items[*nth].title);
	assert_string_equal(message, list->items[*nth].message);
	assert_string_equal(rule->rule->type, list->items[*nth].type);
	assert_int_equal(rule->rule->severity, list->items[*nth].severity);
	++*nth;
}

static const struct compiled *rule_of(const char *name)
{
	for (size_t i = 0; i < rule_count; i++) {
		if (strcmp(compiled[i].rule->name, name) == 0)
			return &compiled[i];
	}
	fail_msg("there is no rule %s", name);
	return NULL;
}

/* core/rules looks at a breaker's two states in one go, so these two rules go together. */
static void compare_world(struct world *world)
{
	static const char *const whole[] = {
		"system_unhealthy", "system_degraded", "cpu_usage",
		"memory_usage",     "disk_usage",      "response_time"
	};
	struct bw_alert_list list = { 0 };
	struct bw_metrics metrics;
	size_t nth = 0;

	bw_dashboard_metrics(world->dashboard, &metrics);
	assert_int_equal(bw_dashboard_find_alerts(world->dashboard, &metrics, builder_now, &list),
			 BW_OK);
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		assert_as_reference(rule_of(whole[i]), &world->whole, &list, &nth);
	for (size_t i = 0; i < world->breaker_count; i++) {
		assert_as_reference(rule_of("breaker_open"), &world->breakers[i], &list, &nth);
		assert_as_reference(rule_of("breaker_half_open"), &world->breakers[i], &list, &nth);
	}
	for (size_t i = 0; i < world->breaker_count; i++)
		assert_as_reference(rule_of("failure_rate"), &world->breakers[i], &list, &nth);
	assert_int_equal(nth, list.count);
	bw_alert_list_finish(&list);
}

static void texts_are_the_references(void **state)
{
	uint64_t random = 0x9e3779b97f4a7c15u;
	struct world world;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		random_world(&world, &random);
		compare_world(&world);
		bw_dashboard_destroy(world.dashboard);
	}
}

static void the_table_is_sound(void **state)
{
	(void)state;
	for (size_t i = 0; i < rule_count; i++) {
		const struct builtin_rule *rule = compiled[i].rule;

		assert_true(rule_of(rule->name) == &compiled[i]);
		assert_true(strlen(rule->help) > 5);
		if (rule->severity_follows_component)
			assert_int_equal(condition_subject(compiled[i].when),
					 ALERT_SUBJECT_COMPONENT);
	}
}

static void assert_texts(const char *name, struct sheet *sheet, const char *title,
			 const char *message)
{
	const struct compiled *rule = rule_of(name);
	const struct alert_subject subject = { condition_subject(rule->when), "db" };
	const struct fact_source source = { sheet_read, sheet };
	char out[BW_ALERT_MESSAGE_MAX];

	assert_int_equal(condition_judge(rule->when, &subject, &source), CONDITION_TRUE);
	pattern_write(rule->title, &subject, &source, out, sizeof(out));
	assert_string_equal(out, title);
	pattern_write(rule->message, &subject, &source, out, sizeof(out));
	assert_string_equal(out, message);
}

static void our_own_texts(void **state)
{
	struct sheet sheet = { 0 };

	(void)state;
	sheet_text(&sheet, "component.name", "db");
	sheet_text(&sheet, "component.error", "connection refused");
	sheet_text(&sheet, "component.status", "unhealthy");
	assert_texts("component_unhealthy", &sheet, "Component Unhealthy: db",
		     "db is unhealthy: connection refused");
	sheet_text(&sheet, "component.status", "degraded");
	sheet_text(&sheet, "component.error", "");
	assert_texts("component_degraded", &sheet, "Component Degraded: db", "db is degraded");
	sheet_text(&sheet, "system.store", "damaged");
	sheet_text(&sheet, "system.store_trouble", "page 3 is broken");
	assert_texts("storage_damaged", &sheet, "History Damaged", "page 3 is broken");
	sheet_text(&sheet, "system.store", "limited");
	assert_texts("storage_limited", &sheet, "History Shortened", "page 3 is broken");
	sheet_text(&sheet, "system.store", "not_kept");
	assert_texts("storage_not_kept", &sheet, "History Not Kept", "page 3 is broken");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_the_references),
		cmocka_unit_test(the_table_is_sound),
		cmocka_unit_test(our_own_texts),
	};

	return cmocka_run_group_tests(tests, compile_all, destroy_all);
}
