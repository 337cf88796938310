/* roster.c - an array in the order of the configuration, a map by name, a short list of viewers.
 *
 * Viewers (components that only show a breaker) are kept apart, because every transition of a
 * breaker has to find its viewers and there may be ten thousand components without one.
 */
#include "daemon/roster.h"

#include <stdlib.h>

#include "base/strmap.h"
#include "base/xalloc.h"

struct roster {
	struct daemon_settings *settings;
	struct component **components;
	size_t count;
	struct component **viewers;
	size_t viewer_count;
	struct bw_strmap *by_name;
};

static void destroy_components(struct roster *roster)
{
	for (size_t i = 0; i < roster->count; i++)
		component_destroy(roster->components[i]);
	bw_strmap_destroy(roster->by_name);
	free((void *)roster->components);
	free((void *)roster->viewers);
	free(roster);
}

static void add_component(struct roster *roster, struct component *component)
{
	xalloc_must(bw_strmap_put(roster->by_name, component_name(component), component));
	roster->components[roster->count++] = component;
	if (component_settings(component)->kind == NULL)
		roster->viewers[roster->viewer_count++] = component;
}

enum bw_status roster_create(struct io_loop *loop, struct daemon_settings *settings,
			     const struct component_events *events, struct roster **out,
			     char **report)
{
	struct config_complaints *complaints = daemon_settings_complaints(settings);
	struct roster *roster = xcalloc(1, sizeof(*roster));
	bool refused = false;

	roster->components = xcalloc(settings->component_count + 1, sizeof(struct component *));
	roster->viewers = xcalloc(settings->component_count + 1, sizeof(struct component *));
	roster->by_name = bw_strmap_create();
	if (roster->by_name == NULL)
		xalloc_die();
	for (size_t i = 0; i < settings->component_count; i++) {
		struct component *component =
			component_create(loop, &settings->components[i], events, complaints);
		if (component == NULL)
			refused = true;
		else
			add_component(roster, component);
	}
	if (refused) {
		*report = daemon_settings_report(settings);
		destroy_components(roster);
		return BW_EINVAL;
	}
	daemon_settings_forget_source(settings);
	roster->settings = settings;
	*out = roster;
	return BW_OK;
}

void roster_destroy(struct roster *roster)
{
	struct daemon_settings *settings;

	if (roster == NULL)
		return;
	settings = roster->settings;
	destroy_components(roster);
	daemon_settings_destroy(settings);
}

void roster_bind_guards(struct roster *roster, struct guards *guards)
{
	const struct daemon_settings *settings = roster->settings;

	for (size_t i = 0; i < settings->breaker_count; i++)
		guards_configure(guards, settings->breakers[i].name, &settings->breakers[i].config);
	for (size_t i = 0; i < roster->count; i++) {
		const struct component_settings *own = component_settings(roster->components[i]);
		struct guard *guard = NULL;

		if (own->has_breaker)
			guard = guards_configure(guards, own->name, &own->breaker);
		else if (own->breaker_name != NULL)
			guard = guards_find(guards, own->breaker_name);
		component_set_guard(roster->components[i], guard);
	}
}

void roster_adopt(struct roster *roster, const struct roster *old)
{
	for (size_t i = 0; i < roster->count; i++) {
		struct component *before = roster_find(old, component_name(roster->components[i]));

		if (before != NULL)
			component_adopt(roster->components[i], before);
	}
}

void roster_start(struct roster *roster)
{
	for (size_t i = 0; i < roster->count; i++)
		component_start(roster->components[i]);
}

const struct daemon_settings *roster_settings(const struct roster *roster)
{
	return roster->settings;
}

size_t roster_count(const struct roster *roster)
{
	return roster->count;
}

struct component *roster_get(const struct roster *roster, size_t nth)
{
	return roster->components[nth];
}

struct component *roster_find(const struct roster *roster, const char *name)
{
	return bw_strmap_get(roster->by_name, name);
}

struct component *roster_next_viewer(const struct roster *roster, const struct guard *guard,
				     size_t *cursor)
{
	while (*cursor < roster->viewer_count) {
		struct component *viewer = roster->viewers[(*cursor)++];

		if (component_guard(viewer) == guard)
			return viewer;
	}
	return NULL;
}
