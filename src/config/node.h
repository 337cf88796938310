/* node.h - the tree a configuration text is, before anybody knows what it means.
 *
 * Owns:    nothing; nodes live as long as their document (document.h) and do not change.
 * Sharing: a node behind an alias shares its children with the anchor's, so the tree is small
 *          however often an anchor is used; a document expands to a bounded number of nodes.
 */
#ifndef BW_CONFIG_NODE_H
#define BW_CONFIG_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/file.h"

enum config_node_kind {
	CONFIG_NODE_EMPTY, /* nothing written, `~` or `null` */
	CONFIG_NODE_SCALAR,
	CONFIG_NODE_LIST,
	CONFIG_NODE_MAP,
};

enum { CONFIG_DEPTH_MAX = 64, CONFIG_ALIASED_NODES_MAX = 200000, CONFIG_KEYS_MAX = 256 };

struct config_node {
	struct config_node *next, *first; /* sibling; first child */
	const char *key;                  /* in a map; NULL elsewhere */
	const char *text;                 /* scalar: its value, which may hold NUL bytes */
	struct config_file *file;
	uint32_t len;        /* bytes of `text` */
	uint32_t count;      /* children */
	uint32_t weight;     /* nodes below and with it, aliases expanded */
	uint32_t begin, end; /* of the value */
	uint32_t key_begin, key_end;
	uint8_t kind, height; /* enum config_node_kind; levels below and with it */
	bool plain;           /* scalar without quotes */
	bool broken;          /* complained about already */
};

/* The value of `key` in a map; NULL when it is not written or `node` is no map. NULL is allowed. */
const struct config_node *config_node_get(const struct config_node *node, const char *key);
/* The node at "expect.body" below `node`; the nearest one that is written. */
const struct config_node *config_node_nearest(const struct config_node *node, const char *path);
/* "nothing", "a list", "a map"; a scalar is "a text". */
const char *config_node_kind_text(const struct config_node *node);

#endif
