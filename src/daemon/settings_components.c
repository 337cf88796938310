/* settings_components.c - a component is its own options and one kind's.
 *
 * The map of the kind is decoded by two tables at once: the kind's, and the component's options
 * over what the component said itself. A key that both the kind and the component know is the
 * kind's.
 */
#include <string.h>

#include "base/xalloc.h"
#include "checks/kinds.h"
#include "config/guess.h"
#include "daemon/settings_source.h"

static bool is_map(const struct config_node *node)
{
	return node && node->kind == CONFIG_NODE_MAP;
}

const struct config_node *settings_option_node(const struct component_settings *component,
					       const char *name)
{
	const struct config_node *node = config_node_get(component->node, name);

	if (!node && component->kind &&
	    !config_field_find(component->kind->fields, name, strlen(name)))
		node = config_node_get(component->kind_node, name);
	return node;
}

/* The one kind of the component; a second one is an error. */
static size_t find_kind(const struct settings_source *source,
			const struct config_node *const *nodes, const struct config_node *component)
{
	size_t found = SIZE_MAX;

	for (const struct config_node *child = component->first; child; child = child->next) {
		const struct config_field *row =
			config_field_find(source->kinds, child->key, strlen(child->key));
		size_t index = row ? (size_t)(row - source->kinds) : SIZE_MAX;

		if (!row || !nodes[index])
			continue;
		if (found == SIZE_MAX)
			found = index;
		else
			config_complain_key(source->complaints, child,
					    "`%s` stands beside `%s`, and a component has one kind "
					    "of check; make it two components",
					    child->key, source->kinds[found].name);
	}
	return found;
}

static void complain_twice(const struct settings_source *source,
			   const struct component_settings *component)
{
	if (!is_map(component->kind_node))
		return;
	for (const struct config_node *child = component->kind_node->first; child;
	     child = child->next) {
		const struct config_node *outside = config_node_get(component->node, child->key);

		if (!outside || child->broken || strcmp(child->key, "name") == 0)
			continue;
		config_complain_key(source->complaints, child,
				    "`%s` is given here and beside `%s` in line %zu; keep one",
				    child->key, component->kind->name,
				    config_file_place(outside->file, outside->key_begin).line);
	}
}

/* An option that the kind has a row of its own for is the kind's, wherever it stands; the component
 * goes on with its default. */
static void unset_taken(const struct settings_source *source,
			const struct component_settings *component, struct raw_component *raw)
{
	for (const struct config_field *row = settings_component_fields + 1; row->name; row++) {
		const struct config_field table[2] = { *row };

		if (config_field_find(component->kind->fields, row->name, strlen(row->name)))
			config_decode_fields(&source->decoder, NULL, table, raw);
	}
}

static void read_kind(const struct settings_source *source, struct component_settings *component,
		      struct raw_component *raw)
{
	char *target = xarena_alloc(source->decoder.arena, component->kind->settings_size);
	struct config_part parts[] = {
		{ .fields = component->kind->fields,
		  .target = target,
		  .also = component->node,
		  .also_fields = settings_component_fields + 1 },
		{ .fields = settings_component_fields + 1, .target = raw, .keep = true },
	};

	component->settings = target;
	unset_taken(source, component, raw);
	config_decode(&source->decoder, component->kind_node, parts, 2);
	complain_twice(source, component);
}

static void complain_no_kind(const struct settings_source *source,
			     const struct config_node *component, const struct raw_component *raw)
{
	struct bw_buf names;

	if (raw->breaker.name)
		return;
	if (raw->breaker_given) {
		config_complain(source->complaints, component,
				"the component checks nothing, so its own breaker would have "
				"nothing to do; write `breaker: NAME` with one of `breakers`");
		return;
	}
	bw_buf_init(&names, 400);
	for (const struct config_field *row = source->kinds; row->name; row++)
		bw_buf_format(&names, "%s%s", names.len > 0 ? ", " : "", row->name);
	config_complain(source->complaints, component,
			"the component checks nothing; give it one of %s, or the `breaker` whose "
			"state it shows",
			names.len > 0 ? names.data : "the kinds");
	bw_buf_finish(&names);
}

/* Where to complain about an option: at its value, or at the component when it is a default. */
static const struct config_node *option_or_component(const struct component_settings *component,
						     const char *name)
{
	const struct config_node *node = settings_option_node(component, name);

	return node ? node : component->node;
}

/* Fills in what depends on `every`, then compares. */
static void check_times(const struct settings_source *source,
			const struct component_settings *component, struct raw_component *raw)
{
	bool is_active = component->kind && !component->kind->passive;

	if (!raw->timeout_given && raw->timeout_us > raw->every_us)
		raw->timeout_us = raw->every_us;
	if (!raw->jitter_given)
		raw->jitter_us = raw->every_us / 10;
	if (is_active && raw->timeout_us > raw->every_us)
		config_complain(source->complaints, option_or_component(component, "timeout"),
				"`timeout` is longer than `every`; make it shorter, or check less "
				"often");
	if (is_active && raw->within_us > 0 && raw->within_us >= raw->timeout_us)
		config_complain(source->complaints, option_or_component(component, "within"),
				"`within` is not below `timeout`, so nothing could ever be slow; "
				"make `timeout` longer");
	if (raw->jitter_us > raw->every_us / 2)
		config_complain(source->complaints, option_or_component(component, "jitter"),
				"`jitter` is more than half of `every`; make it shorter");
}

static void check_breaker(const struct settings_source *source,
			  struct component_settings *component, const struct raw_component *raw)
{
	const struct config_node *node = settings_option_node(component, "breaker");

	component->breaker_name = raw->breaker.name;
	component->has_breaker = raw->breaker_given && !raw->breaker.name;
	if (component->has_breaker)
		settings_breaker_config(&raw->breaker, &component->breaker);
	if (raw->breaker.name && is_map(node) && node->count > 1)
		config_complain(source->complaints, node,
				"a breaker has a name of `breakers` or options of its own, not "
				"both; move the options to `breakers`");
}

static void fill(struct component_settings *component, const struct raw_component *raw)
{
	component->name = raw->name ? raw->name : "";
	component->group = raw->group;
	component->description = raw->description;
	component->runbook = raw->runbook;
	component->critical = raw->critical;
	component->enabled = raw->enabled;
	component->every_us = raw->every_us;
	component->jitter_us = raw->jitter_us;
	component->common = (struct check_common){
		.timeout_us = raw->timeout_us,
		.within_us = raw->within_us,
		.degraded_if_down = raw->degraded_if_down,
	};
	component->down_after = raw->down_after;
	component->up_after = raw->up_after;
	component->depends_on = raw->depends_on;
}

static void read_component(const struct settings_source *source, const struct config_node *node,
			   struct component_settings *component, struct raw_component *raw)
{
	const struct config_node *kind_nodes[SETTINGS_KINDS_MAX] = { NULL };
	struct config_part parts[] = {
		{ .fields = settings_component_fields, .target = raw },
		{ .fields = source->kinds, .target = kind_nodes },
	};
	int errors = config_error_count(source->complaints);
	size_t kind = SIZE_MAX;

	component->node = node;
	config_decode(&source->decoder, node, parts, 2);
	if (is_map(node))
		kind = find_kind(source, kind_nodes, node);
	if (kind != SIZE_MAX) {
		component->kind = check_kinds[kind];
		component->kind_node = kind_nodes[kind];
		read_kind(source, component, raw);
		raw->sound = config_error_count(source->complaints) == errors;
	} else if (config_error_count(source->complaints) == errors) {
		complain_no_kind(source, node, raw); /* not if its key was misspelt */
	}
	check_times(source, component, raw);
	fill(component, raw);
	settings_read_dependencies(source, component);
	check_breaker(source, component, raw);
}

void settings_read_components(struct daemon_settings *settings, struct settings_source *source)
{
	const struct config_node *list = source->raw.components;
	size_t count = list && list->kind == CONFIG_NODE_LIST ? list->count : 0;
	const struct config_node *node;

	source->kinds = settings_kind_table(source->arena);
	if (list && list->kind != CONFIG_NODE_LIST && list->kind != CONFIG_NODE_EMPTY)
		config_complain(source->complaints, list, "a list of components expected, not %s",
				config_node_kind_text(list));
	if (count > DAEMON_COMPONENTS_MAX) {
		config_complain_key(source->complaints, list,
				    "there are %zu components; %d are the most", count,
				    DAEMON_COMPONENTS_MAX);
		count = 0;
	}
	settings->component_count = count;
	settings->components = xarena_alloc(settings->arena, count * sizeof *settings->components);
	source->raw_components =
		xarena_alloc(source->arena, count * sizeof *source->raw_components);
	node = count > 0 ? list->first : NULL;
	for (size_t i = 0; i < count; i++, node = node->next)
		read_component(source, node, &settings->components[i], &source->raw_components[i]);
}
