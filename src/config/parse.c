/* parse.c - builds nodes from libyaml's events.
 *
 * Events, not libyaml's document: that one expands nothing, knows no limits and forgets where a
 * value ends. A node finished under an anchor is shared by its aliases; `weight` counts what a walk
 * over the expanded tree would visit, so a few lines cannot blow up into billions. An alias inside
 * its own anchor finds no node yet, so there are no cycles.
 *
 * libyaml counts characters, everything here counts bytes: a cursor walks along with the events and
 * turns one into the other, which costs one pass over the text in all.
 */
#include "config/parse.h"

#include <string.h>

#include <yaml.h>

#include "base/strmap.h"
#include "base/xalloc.h"
#include "config/mask.h"
#include "config/report.h"

struct parser {
	yaml_parser_t yaml;
	struct bw_arena *arena;
	struct config_file *file;
	struct config_complaints *complaints;
	struct bw_strmap *anchors;   /* name to node */
	struct bw_strmap *keys;      /* each key's text once */
	size_t cursor_index, cursor; /* characters and bytes of the same place */
	uint32_t aliased;
	bool failed; /* said why; nothing more is read */
};

static struct config_node *read_node(struct parser *parser, yaml_event_t *event, int depth);

static bool is_inside_character(const struct parser *parser, size_t at)
{
	return at < parser->file->len && ((unsigned char)parser->file->text[at] & 0xc0) == 0x80;
}

static uint32_t offset_of(struct parser *parser, const yaml_mark_t *mark)
{
	while (parser->cursor_index < mark->index && parser->cursor < parser->file->len) {
		do
			parser->cursor++;
		while (is_inside_character(parser, parser->cursor));
		parser->cursor_index++;
	}
	while (parser->cursor_index > mark->index && parser->cursor > 0) {
		do
			parser->cursor--;
		while (is_inside_character(parser, parser->cursor));
		parser->cursor_index--;
	}
	return (uint32_t)parser->cursor;
}

static void complain_span(struct parser *parser, size_t begin, size_t end, const char *text)
{
	struct config_node place = { .file = parser->file,
				     .begin = (uint32_t)begin,
				     .end = (uint32_t)end };

	config_complain(parser->complaints, &place, "%s", text);
}

static bool line_is_indented_by_tab(struct parser *parser, size_t offset)
{
	struct config_span line = config_file_line(parser->file, offset);
	const char *text = parser->file->text + line.begin;

	return memchr(text, '\t', strspn(text, " \t")) != NULL;
}

/* libyaml's words, and what a person can do about it. */
static const char *advice(const char *problem)
{
	static const struct {
		const char *part, *advice;
	} table[] = {
		{ "mapping values are not allowed",
		  "a `:` stands where no key can be; check the indentation, and quote a text that "
		  "holds `: `" },
		{ "could not find expected ':'", "a key needs a `:` behind it; check the "
						 "indentation" },
		{ "unexpected end of stream", "a quote or bracket is opened here or above and "
					      "never closed" },
		{ "expected ',' or", "a `,` or the closing bracket is missing" },
		{ "cannot start any token", "quote a text that begins with this character" },
		{ "did not find expected key", "check the indentation: keys of one map stand in "
					       "one column" },
		{ "did not find expected '-' indicator", "check the indentation: the items of one "
							 "list stand in one column" },
		{ "unknown escape character", "write `\\\\` for a backslash, or use single "
					      "quotes" },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (strstr(problem, table[i].part))
			return table[i].advice;
	return "check the text here and just above";
}

static void complain_reader(struct parser *parser)
{
	size_t at = parser->yaml.problem_offset;
	bool control = parser->yaml.problem && strstr(parser->yaml.problem, "control");

	if (at > parser->file->len)
		at = parser->file->len;
	complain_span(parser, at, at + 1,
		      control ? "a control character stands here; remove it, or write it as an "
				"escape in double quotes"
			      : "this is not UTF-8; save the file as UTF-8");
}

/* A key in front of a text that never ends says more than the place where the reading ended. */
static void complain_syntax(struct parser *parser)
{
	const yaml_parser_t *yaml = &parser->yaml;
	const char *problem = yaml->problem ? yaml->problem : "the text cannot be read";
	bool at_end = strstr(problem, "unexpected end of stream") && yaml->context;
	size_t at = offset_of(parser, at_end ? &yaml->context_mark : &yaml->problem_mark);
	struct config_node place = { .file = parser->file,
				     .begin = (uint32_t)at,
				     .end = (uint32_t)at + 1 };

	config_hide_around(parser->file, at);
	if (line_is_indented_by_tab(parser, at))
		config_complain(parser->complaints, &place,
				"a tab indents this line; YAML is indented by spaces only");
	else
		config_complain(parser->complaints, &place, "this is no YAML: %s%s%s; %s", problem,
				yaml->context ? " " : "", yaml->context ? yaml->context : "",
				advice(problem));
}

static bool next_event(struct parser *parser, yaml_event_t *event)
{
	if (parser->failed)
		return false;
	if (yaml_parser_parse(&parser->yaml, event))
		return true;
	parser->failed = true;
	if (parser->yaml.error == YAML_MEMORY_ERROR)
		complain_span(parser, 0, 0, "there is no memory to read it");
	else if (parser->yaml.error == YAML_READER_ERROR)
		complain_reader(parser);
	else
		complain_syntax(parser);
	return false;
}

static struct config_node *new_node(struct parser *parser, const yaml_event_t *event)
{
	struct config_node *node = xarena_alloc(parser->arena, sizeof *node);

	node->file = parser->file;
	node->begin = offset_of(parser, &event->start_mark);
	node->end = offset_of(parser, &event->end_mark);
	node->weight = 1;
	node->height = 1;
	return node;
}

static void check_tag(struct parser *parser, const struct config_node *node, const yaml_char_t *tag)
{
	static const char core[] = "tag:yaml.org,2002:";

	if (tag && strcmp((const char *)tag, "!") != 0 &&
	    strncmp((const char *)tag, core, sizeof core - 1) != 0)
		config_complain(parser->complaints, node,
				"tags such as `%.60s` mean nothing here; remove it",
				(const char *)tag);
}

static void keep_anchor(struct parser *parser, const yaml_char_t *anchor, struct config_node *node)
{
	if (anchor && bw_strmap_put(parser->anchors, (const char *)anchor, node) != BW_OK)
		parser->failed = true;
}

static bool is_null(const char *text, size_t len)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (len == strlen(words[i]) && memcmp(text, words[i], len) == 0)
			return true;
	return false;
}

static struct config_node *read_scalar(struct parser *parser, const yaml_event_t *event)
{
	struct config_node *node = new_node(parser, event);
	const char *value = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;
	char *text = xarena_alloc(parser->arena, len + 1);

	memcpy(text, value, len);
	node->text = text;
	node->len = (uint32_t)len;
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	node->kind = node->plain && is_null(value, len) ? CONFIG_NODE_EMPTY : CONFIG_NODE_SCALAR;
	check_tag(parser, node, event->data.scalar.tag);
	keep_anchor(parser, event->data.scalar.anchor, node);
	return node;
}

/* A copy of the anchor's node, which shares its children, standing where the alias stands. */
static struct config_node *read_alias(struct parser *parser, const yaml_event_t *event, int depth)
{
	struct config_node *node = new_node(parser, event);
	const struct config_node *target =
		bw_strmap_get(parser->anchors, (const char *)event->data.alias.anchor);
	uint32_t begin = node->begin, end = node->end;

	if (!target) {
		config_complain(parser->complaints, node,
				"`*%.60s` stands for no anchor above it; write `&%.60s` before the "
				"value it means",
				(const char *)event->data.alias.anchor,
				(const char *)event->data.alias.anchor);
		node->broken = true;
		return node;
	}
	parser->aliased += target->weight;
	if (parser->aliased > CONFIG_ALIASED_NODES_MAX) {
		config_complain(parser->complaints, node,
				"the aliases of this file stand for more than %d values; write "
				"fewer, or write them out",
				CONFIG_ALIASED_NODES_MAX);
		parser->failed = true;
		return node;
	}
	if (depth + target->height > CONFIG_DEPTH_MAX) {
		complain_span(parser, begin, end, "this is nested more than 64 levels deep");
		parser->failed = true;
		return node;
	}
	*node = *target;
	node->begin = begin;
	node->end = end;
	node->next = NULL;
	node->key = NULL;
	return node;
}

/* Appends `child`, whose weight and height the parent takes in. */
static void append_child(struct config_node *parent, struct config_node **last,
			 struct config_node *child)
{
	if (*last)
		(*last)->next = child;
	else
		parent->first = child;
	*last = child;
	parent->count++;
	parent->weight += child->weight;
	if (child->height >= parent->height)
		parent->height = (uint8_t)(child->height + 1);
}

static struct config_node *read_list(struct parser *parser, const yaml_event_t *begin, int depth)
{
	struct config_node *node = new_node(parser, begin), *last = NULL;
	yaml_event_t event;

	node->kind = CONFIG_NODE_LIST;
	check_tag(parser, node, begin->data.sequence_start.tag);
	while (next_event(parser, &event)) {
		bool ended = event.type == YAML_SEQUENCE_END_EVENT;

		if (ended)
			node->end = offset_of(parser, &event.end_mark);
		else
			append_child(node, &last, read_node(parser, &event, depth + 1));
		yaml_event_delete(&event);
		if (ended)
			break;
	}
	keep_anchor(parser, begin->data.sequence_start.anchor, node);
	return node;
}

static const char *intern(struct parser *parser, const char *text)
{
	char *copy = bw_strmap_get(parser->keys, text);

	if (!copy) {
		copy = xarena_text(parser->arena, text);
		if (bw_strmap_put(parser->keys, text, copy) != BW_OK)
			parser->failed = true;
	}
	return copy;
}

/* Keys of one file are interned, so the same key is the same pointer. */
static const struct config_node *find_key(const struct config_node *map, const char *key)
{
	const struct config_node *child = map->first;

	while (child && child->key != key)
		child = child->next;
	return child;
}

/* Adds the keys of `<<: *anchor` that the map does not have itself. */
static void merge_map(struct parser *parser, struct config_node *node, struct config_node **last,
		      const struct config_node *merged)
{
	if (merged->kind == CONFIG_NODE_LIST) {
		for (struct config_node *item = merged->first; item; item = item->next)
			if (item->kind == CONFIG_NODE_MAP)
				merge_map(parser, node, last, item);
		return;
	}
	for (const struct config_node *child = merged->first; child; child = child->next) {
		struct config_node *copy;

		if (find_key(node, child->key))
			continue;
		copy = xarena_alloc(parser->arena, sizeof *copy);
		*copy = *child;
		copy->next = NULL;
		append_child(node, last, copy);
	}
}

static bool add_entry(struct parser *parser, struct config_node *node, struct config_node **last,
		      struct config_node *value)
{
	const struct config_node *same;

	if (node->count >= CONFIG_KEYS_MAX) {
		complain_span(parser, value->key_begin, value->key_end,
			      "a map holds 256 keys at most");
		parser->failed = true;
		return false;
	}
	same = find_key(node, value->key);
	if (!same) {
		append_child(node, last, value);
		return true;
	}
	config_complain_key(parser->complaints, value,
			    "`%.80s` is given twice, first in line %zu; keep one", value->key,
			    config_file_place(parser->file, same->key_begin).line);
	return false;
}

/* Reads the value behind a key that was just read. */
static struct config_node *read_value(struct parser *parser, const struct config_node *key,
				      int depth)
{
	struct config_node *value;
	yaml_event_t event;

	if (!next_event(parser, &event))
		return NULL;
	value = read_node(parser, &event, depth + 1);
	yaml_event_delete(&event);
	value->key_begin = key->begin;
	value->key_end = key->end;
	if (key->kind == CONFIG_NODE_LIST || key->kind == CONFIG_NODE_MAP || !key->text ||
	    strlen(key->text) != key->len) {
		config_complain(parser->complaints, key, "a key must be a text, not %s",
				config_node_kind_text(key));
		return NULL;
	}
	value->key = intern(parser, key->text);
	return value;
}

static struct config_node *read_map(struct parser *parser, const yaml_event_t *begin, int depth)
{
	struct config_node *node = new_node(parser, begin), *last = NULL, *merged = NULL;
	yaml_event_t event;

	node->kind = CONFIG_NODE_MAP;
	check_tag(parser, node, begin->data.mapping_start.tag);
	while (next_event(parser, &event) && event.type != YAML_MAPPING_END_EVENT) {
		struct config_node *key = read_node(parser, &event, depth + 1);
		struct config_node *value = read_value(parser, key, depth);

		yaml_event_delete(&event);
		if (value && key->plain && strcmp(value->key, "<<") == 0)
			merged = value;
		else if (value)
			add_entry(parser, node, &last, value);
	}
	if (!parser->failed) {
		node->end = offset_of(parser, &event.end_mark);
		yaml_event_delete(&event);
	}
	if (merged && (merged->kind == CONFIG_NODE_MAP || merged->kind == CONFIG_NODE_LIST))
		merge_map(parser, node, &last, merged);
	else if (merged)
		config_complain(parser->complaints, merged, "`<<` takes a map, such as `*anchor`");
	keep_anchor(parser, begin->data.mapping_start.anchor, node);
	return node;
}

static struct config_node *read_node(struct parser *parser, yaml_event_t *event, int depth)
{
	if (depth > CONFIG_DEPTH_MAX) {
		struct config_node *node = new_node(parser, event);

		config_complain(parser->complaints, node, "this is nested more than %d levels deep",
				CONFIG_DEPTH_MAX);
		parser->failed = true;
		return node;
	}
	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return read_alias(parser, event, depth);
	case YAML_SEQUENCE_START_EVENT:
		return read_list(parser, event, depth);
	case YAML_MAPPING_START_EVENT:
		return read_map(parser, event, depth);
	default:
		return read_scalar(parser, event);
	}
}

/* Stream start, document start, node, document end, and again up to stream end. */
static struct config_node *read_stream(struct parser *parser)
{
	struct config_node *root = NULL;
	int documents = 0;
	bool ended = false;
	yaml_event_t event;

	while (!ended && next_event(parser, &event)) {
		switch (event.type) {
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_END_EVENT:
			break;
		case YAML_STREAM_END_EVENT:
			ended = true;
			break;
		case YAML_DOCUMENT_START_EVENT:
			if (++documents == 1)
				break;
			complain_span(parser, offset_of(parser, &event.start_mark),
				      offset_of(parser, &event.end_mark),
				      "a second document begins here; put it into a file of its "
				      "own");
			parser->failed = true;
			break;
		default:
			root = read_node(parser, &event, 1);
		}
		yaml_event_delete(&event);
	}
	return root;
}

struct config_node *config_parse(struct bw_arena *arena, struct config_file *file,
				 struct config_complaints *complaints)
{
	struct parser parser = { .arena = arena, .file = file, .complaints = complaints };
	struct config_node *root = NULL;

	parser.anchors = bw_strmap_create();
	parser.keys = bw_strmap_create();
	if (!parser.anchors || !parser.keys || !yaml_parser_initialize(&parser.yaml)) {
		complain_span(&parser, 0, 0, "there is no memory to read it");
		goto out;
	}
	yaml_parser_set_encoding(&parser.yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser.yaml, (const unsigned char *)file->text, file->len);
	root = read_stream(&parser);
	if (parser.failed)
		root = NULL;
	else if (!root)
		root = xarena_alloc(arena, sizeof *root);
	yaml_parser_delete(&parser.yaml);
out:
	if (root)
		root->file = file;
	bw_strmap_destroy(parser.anchors);
	bw_strmap_destroy(parser.keys);
	return root;
}
