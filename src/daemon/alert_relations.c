/* alert_relations.c - who depends on whom, what a subject is called by people, and how long a
 * sample of it may be awaited.
 *
 * A parent that is to be looked at soon is only noted here: its result must not arrive while its
 * children are being judged.
 */
#include <string.h>

#include "daemon/alert_world.h"

/* A sample that is late by so many intervals is missing. */
enum { PATIENCE_INTERVALS = 3 };

static const struct component_settings *settings_of(const struct alert_world *world,
						    const char *name)
{
	const struct component *component = roster_find(world->roster, name);

	return component == NULL ? NULL : component_settings(component);
}

static bool alternative(void *arg, const char *component, size_t edge, size_t nth, const char **out)
{
	const struct component_settings *settings = settings_of(arg, component);

	if (settings == NULL || edge >= settings->depends_on.count ||
	    nth >= settings->edges[edge].count)
		return false;
	*out = settings->edges[edge].alternatives[nth];
	return true;
}

static const char *label_of_component(const struct component_settings *settings, const char *label)
{
	if (strcmp(label, "group") == 0)
		return settings->group;
	if (strcmp(label, "kind") == 0)
		return settings->kind == NULL ? NULL : settings->kind->name;
	if (strcmp(label, "critical") == 0)
		return settings->critical ? "true" : "false";
	return strcmp(label, "runbook") == 0 ? settings->runbook : NULL;
}

/* A breaker is labelled as the component that it protects. */
static const struct component_settings *settings_behind(const struct alert_world *world,
							const struct alert_subject *subject)
{
	if (subject->kind != ALERT_SUBJECT_COMPONENT && subject->kind != ALERT_SUBJECT_BREAKER)
		return NULL;
	return settings_of(world, subject->name);
}

static const char *label(void *arg, const struct alert_subject *subject, const char *name)
{
	const struct component_settings *settings = settings_behind(arg, subject);

	return settings == NULL ? NULL : label_of_component(settings, name);
}

static bool needs_network(void *arg, const char *component)
{
	static const char *const kinds[] = { "dns", "http", "postgres", "redis", "tcp", "tls" };
	const struct component_settings *settings = settings_of(arg, component);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (settings != NULL && settings->kind != NULL &&
		    strcmp(settings->kind->name, kinds[i]) == 0)
			return true;
	}
	return false;
}

static int64_t patience_us(void *arg, const struct alert_subject *subject)
{
	const struct component_settings *settings;

	if (subject->kind != ALERT_SUBJECT_COMPONENT)
		return 0;
	settings = settings_of(arg, subject->name);
	if (settings == NULL || !settings->enabled)
		return 0;
	return PATIENCE_INTERVALS * settings->every_us + settings->common.timeout_us;
}

static void hurry(void *arg, const char *component)
{
	struct alert_world *world = arg;

	subject_queue_add(&world->hurried,
			  &(struct alert_subject){ ALERT_SUBJECT_COMPONENT, component });
	world->is_hurried(world->arg);
}

struct alert_relations alert_world_relations(struct alert_world *world)
{
	return (struct alert_relations){
		.alternative = alternative,
		.label = label,
		.needs_network = needs_network,
		.patience_us = patience_us,
		.hurry = hurry,
		.arg = world,
	};
}
