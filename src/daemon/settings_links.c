/* settings_links.c - what components say of each other: unique names, breakers that exist,
 * dependencies that exist and go round in no circle.
 *
 * A name that is nearly another's is taken for a slip of the pen and an error; a dependency on
 * something nobody has heard of may come with a later file and is a warning.
 */
#include <string.h>

#include "base/xalloc.h"
#include "config/guess.h"
#include "daemon/settings_source.h"

/* A guess looks at every name; after so many the rest goes without. */
enum { GUESSES_MAX = CONFIG_COMPLAINTS_MAX, CYCLE_SHOWN_MAX = 10 };

enum color { UNSEEN, ON_PATH, DONE };

struct step {
	size_t component, edge, next; /* the alternative that is looked at next */
};

struct links {
	struct daemon_settings *settings;
	struct settings_source *source;
	struct bw_strmap *components, *breakers; /* name to settings */
	int guesses;
	unsigned char *colors;
	struct step *path;
	size_t depth;
};

static void put(struct bw_strmap *map, const char *key, void *value)
{
	xalloc_must(bw_strmap_put(map, key, value));
}

static struct config_place place_of(const struct config_node *node)
{
	return config_file_place(node->file, node->begin);
}

static void add_component(struct links *links, struct component_settings *component)
{
	const struct component_settings *same = bw_strmap_get(links->components, component->name);
	const struct config_node *name = config_node_get(component->node, "name");

	if (!*component->name)
		return;
	if (!same)
		put(links->components, component->name, component);
	else
		config_complain(links->source->complaints, name,
				"there is a component `%s` already, at %s:%zu; give this one "
				"another name",
				component->name, same->node->file->name,
				place_of(config_node_get(same->node, "name")).line);
	if (component->has_breaker && bw_strmap_get(links->breakers, component->name))
		config_complain(links->source->complaints, name,
				"its own breaker would be called `%s`, as one of `breakers` is; "
				"write `breaker: %s` to use that one",
				component->name, component->name);
}

static void add_breakers(struct links *links)
{
	const struct config_node *root = config_document_root(links->source->document);
	const struct config_node *list = config_node_get(root, "breakers");
	const struct config_node *node = list ? list->first : NULL;

	for (size_t i = 0; node && i < links->settings->breaker_count; i++, node = node->next) {
		struct breaker_settings *breaker = &links->settings->breakers[i];

		if (!*breaker->name)
			continue;
		if (bw_strmap_get(links->breakers, breaker->name))
			config_complain(links->source->complaints, config_node_get(node, "name"),
					"there is a breaker `%s` already; give this one another "
					"name",
					breaker->name);
		else
			put(links->breakers, breaker->name, breaker);
	}
}

static const char *guess(struct links *links, const struct bw_strmap *map, const char *name)
{
	struct bw_strmap_entry entry;
	struct config_guess guess;
	size_t cursor = 0;

	config_guess_init(&guess, name);
	if (links->guesses++ < GUESSES_MAX)
		while (bw_strmap_next(map, &cursor, &entry))
			config_guess_add(&guess, entry.key);
	return guess.best;
}

static void check_breaker_name(struct links *links, const struct component_settings *component)
{
	const struct config_node *node = settings_option_node(component, "breaker");
	const char *name = component->breaker_name, *best;

	if (!name || bw_strmap_get(links->breakers, name))
		return;
	best = guess(links, links->breakers, name);
	if (best)
		config_complain(links->source->complaints, node,
				"there is no breaker `%s`; did you mean `%s`?", name, best);
	else
		config_complain(links->source->complaints, node,
				"there is no breaker `%s`; add it to `breakers`", name);
}

static void check_alternative(struct links *links, const char *name, const struct config_node *node)
{
	const char *best;

	if (bw_strmap_get(links->components, name))
		return;
	best = guess(links, links->components, name);
	if (best)
		config_complain(links->source->complaints, node,
				"there is no component `%s`; did you mean `%s`?", name, best);
	else
		config_warn(links->source->complaints, node,
			    "there is no component `%s`; it says nothing until there "
			    "is one",
			    name);
}

static void check_dependencies(struct links *links, const struct component_settings *component)
{
	const struct config_node *list = settings_option_node(component, "depends_on");

	for (size_t i = 0; i < component->depends_on.count; i++)
		for (size_t nth = 0; nth < component->edges[i].count; nth++)
			check_alternative(links, component->edges[i].alternatives[nth],
					  settings_nth_item(list, i));
}

static void check_uplink(struct links *links)
{
	const struct config_node *root = config_document_root(links->source->document);
	const struct config_node *list = config_node_get(config_node_get(root, "alerts"), "uplink");
	const struct alerts_settings *alerts = &links->settings->alerts;

	for (size_t i = 0; i < alerts->uplink_count; i++)
		check_alternative(links, alerts->uplink[i], settings_nth_item(list, i));
}

static void complain_cycle(struct links *links, size_t first)
{
	const struct component_settings *components = links->settings->components;
	const struct component_settings *last =
		&components[links->path[links->depth - 1].component];
	struct bw_buf names;
	size_t at = 0;

	while (links->path[at].component != first)
		at++;
	bw_buf_init(&names, 0);
	for (size_t shown = 0; at < links->depth; at++, shown++) {
		if (shown == CYCLE_SHOWN_MAX)
			bw_buf_text(&names, "... -> ");
		if (shown < CYCLE_SHOWN_MAX)
			bw_buf_format(&names, "%s -> ", components[links->path[at].component].name);
	}
	config_complain(links->source->complaints, settings_option_node(last, "depends_on"),
			"components depend on each other in a circle: %s%s; remove one of the "
			"dependencies",
			names.data, components[first].name);
	bw_buf_finish(&names);
}

static void enter(struct links *links, size_t component)
{
	links->colors[component] = ON_PATH;
	links->path[links->depth++] = (struct step){ component, 0, 0 };
}

/* The next alternative of any edge; NULL: that was the last. */
static const char *next_name(const struct component_settings *component, struct step *step)
{
	while (step->edge < component->depends_on.count &&
	       step->next == component->edges[step->edge].count) {
		step->edge++;
		step->next = 0;
	}
	if (step->edge == component->depends_on.count)
		return NULL;
	return component->edges[step->edge].alternatives[step->next++];
}

/* Depth first without recursion: a chain may be as long as the list of components. A circle through
 * alternatives is one too: nobody could say which of the two is the cause. */
static void follow(struct links *links, size_t start)
{
	const struct component_settings *components = links->settings->components;

	enter(links, start);
	while (links->depth > 0) {
		struct step *step = &links->path[links->depth - 1];
		const char *name = next_name(&components[step->component], step);
		const struct component_settings *target;

		if (!name) {
			links->colors[step->component] = DONE;
			links->depth--;
			continue;
		}
		target = bw_strmap_get(links->components, name);
		if (target && links->colors[target - components] == ON_PATH)
			complain_cycle(links, (size_t)(target - components));
		else if (target && links->colors[target - components] == UNSEEN)
			enter(links, (size_t)(target - components));
	}
}

static bool is_wanted(struct bw_strmap *wanted, const char *word)
{
	if (!word || !bw_strmap_get(wanted, word))
		return false;
	xalloc_must(bw_strmap_put(wanted, word, (void *)"found"));
	return true;
}

/* What everybody may see; a name that nobody has says nothing, and is told. */
static void mark_public(const struct links *links)
{
	const struct config_list *list = &links->settings->status_page.components;
	const struct config_node *root = config_document_root(links->source->document);
	const struct config_node *node =
		config_node_get(config_node_get(root, "status_page"), "components");
	const char *const *words = list->items;
	struct bw_strmap *wanted = bw_strmap_create();

	if (!wanted)
		xalloc_die();
	for (size_t i = 0; i < list->count; i++)
		xalloc_must(bw_strmap_put(wanted, words[i], (void *)""));
	for (size_t i = 0; i < links->settings->component_count; i++) {
		struct component_settings *component = &links->settings->components[i];
		bool by_name = is_wanted(wanted, component->name);

		component->is_public =
			is_wanted(wanted, component->group) || by_name || list->count == 0;
	}
	for (size_t i = 0; i < list->count; i++)
		if (*(const char *)bw_strmap_get(wanted, words[i]) == '\0')
			config_warn(links->source->complaints, settings_nth_item(node, i),
				    "status_page.components: there is no component and no group "
				    "`%s`",
				    words[i]);
	bw_strmap_destroy(wanted);
}

void settings_check_links(struct daemon_settings *settings, struct settings_source *source)
{
	struct links links = { .settings = settings, .source = source };

	links.components = bw_strmap_create();
	links.breakers = bw_strmap_create();
	if (!links.components || !links.breakers)
		xalloc_die();
	links.colors = xarena_alloc(source->arena, settings->component_count);
	links.path = xarena_alloc(source->arena, settings->component_count * sizeof *links.path);
	add_breakers(&links);
	for (size_t i = 0; i < settings->component_count; i++)
		add_component(&links, &settings->components[i]);
	for (size_t i = 0; i < settings->component_count; i++) {
		check_breaker_name(&links, &settings->components[i]);
		check_dependencies(&links, &settings->components[i]);
	}
	for (size_t i = 0; i < settings->component_count; i++)
		if (links.colors[i] == UNSEEN)
			follow(&links, i);
	check_uplink(&links);
	mark_public(&links);
	bw_strmap_destroy(links.components);
	bw_strmap_destroy(links.breakers);
}
