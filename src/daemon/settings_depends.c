/* settings_depends.c - an item of `depends_on` into its alternatives: "db1 | db2" are two. */
#include <ctype.h>
#include <string.h>

#include "base/xalloc.h"
#include "daemon/settings_source.h"

enum { ALTERNATIVES_MAX = 16 };

static const char *skip_spaces(const char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

/* The next alternative of the item, without the spaces around it; *text moves behind its `|`, and
 * is NULL when that was the last. */
static char *next_alternative(struct bw_arena *arena, const char **text)
{
	const char *begin = skip_spaces(*text);
	size_t len = strcspn(begin, "|");
	char *name = xarena_text(arena, begin);

	*text = begin[len] == '|' ? begin + len + 1 : NULL;
	while (len > 0 && isspace((unsigned char)begin[len - 1]))
		len--;
	name[len] = '\0';
	return name;
}

static size_t count_alternatives(const char *text)
{
	size_t count = 1;

	while (*text && count < ALTERNATIVES_MAX)
		count += *text++ == '|';
	return count;
}

static void read_edge(const struct settings_source *source, const struct config_node *node,
		      const char *text, struct dependency_edge *edge)
{
	struct bw_arena *arena = source->decoder.arena;
	const char **names = xarena_alloc(arena, count_alternatives(text) * sizeof *names);
	const char *rest = text;

	*edge = (struct dependency_edge){ .alternatives = names };
	while (rest) {
		const char *name = next_alternative(arena, &rest);

		if (!*name) {
			config_complain(source->complaints, node,
					"an alternative of `%s` is empty; write the names of "
					"components with `|` between them, such as \"db1 | db2\"",
					text);
			continue;
		}
		if (edge->count == ALTERNATIVES_MAX) {
			config_complain(source->complaints, node,
					"`%.80s` has more than %d "
					"alternatives",
					text, ALTERNATIVES_MAX);
			return;
		}
		names[edge->count++] = name;
	}
}

const struct config_node *settings_nth_item(const struct config_node *list, size_t nth)
{
	const struct config_node *item =
		list && list->kind == CONFIG_NODE_LIST ? list->first : NULL;

	while (item && nth-- > 0)
		item = item->next;
	return item ? item : list;
}

void settings_read_dependencies(const struct settings_source *source,
				struct component_settings *component)
{
	const struct config_list *list = &component->depends_on;
	const struct config_node *node = settings_option_node(component, "depends_on");
	struct dependency_edge *edges =
		xarena_alloc(source->decoder.arena, list->count * sizeof *edges);

	for (size_t i = 0; i < list->count; i++)
		read_edge(source, settings_nth_item(node, i), ((const char *const *)list->items)[i],
			  &edges[i]);
	component->edges = edges;
}
