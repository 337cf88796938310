/* node.c - looking things up in the tree. Maps are short, so a walk does. */
#include "config/node.h"

#include <string.h>

static const struct config_node *get_len(const struct config_node *node, const char *key,
					 size_t len)
{
	if (!node || node->kind != CONFIG_NODE_MAP)
		return NULL;
	for (const struct config_node *child = node->first; child; child = child->next)
		if (strncmp(child->key, key, len) == 0 && child->key[len] == '\0')
			return child;
	return NULL;
}

const struct config_node *config_node_get(const struct config_node *node, const char *key)
{
	return get_len(node, key, strlen(key));
}

const struct config_node *config_node_nearest(const struct config_node *node, const char *path)
{
	while (*path) {
		size_t len = strcspn(path, ".");
		const struct config_node *child = get_len(node, path, len);

		if (!child)
			break;
		node = child;
		path += len + (path[len] == '.');
	}
	return node;
}

const char *config_node_kind_text(const struct config_node *node)
{
	static const char *const texts[] = { "nothing", "a text", "a list", "a map" };

	return texts[node->kind];
}
