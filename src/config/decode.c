/* decode.c - walks a map's keys, finds each one's row, fills the target.
 *
 * Defaults are the texts of the table read by the same parsers, so what the manual prints is what
 * happens. An element of a list is decoded by a copy of its row with the element's type.
 */
#include "config/decode.h"

#include <string.h>

#include "base/assert.h"
#include "base/xalloc.h"
#include "config/guess.h"
#include "config/mask.h"
#include "config/reference.h"
#include "config/report.h"
#include "config/scalar.h"

static void decode_value(const struct config_decoder *decoder, const struct config_field *field,
			 const struct config_node *node, char *target);

const struct config_field *config_field_find(const struct config_field *fields, const char *name,
					     size_t len)
{
	for (; fields->name; fields++)
		if (strncmp(fields->name, name, len) == 0 && fields->name[len] == '\0')
			return fields;
	return NULL;
}

const char *config_type_text(const struct config_field *field)
{
	static const char *const texts[] = {
		[CONFIG_BOOL] = "true or false",
		[CONFIG_INT] = "a whole number such as 3",
		[CONFIG_NUMBER] = "a number such as 0.5",
		[CONFIG_DURATION] = "a duration such as 30s",
		[CONFIG_SIZE] = "a size such as 64MiB",
		[CONFIG_TEXT] = "a text",
		[CONFIG_SECRET] = "a text, ${NAME} or file:/path",
		[CONFIG_URL] = "a URL",
		[CONFIG_NAME] = "a name such as database",
		[CONFIG_WORD] = "a word",
		[CONFIG_TEXT_LIST] = "a text or a list of texts",
		[CONFIG_NUMBER_LIST] = "a number or a list of numbers",
		[CONFIG_TEXT_MAP] = "a map of names and texts",
		[CONFIG_OBJECT] = "a map of settings",
		[CONFIG_OBJECT_LIST] = "a list of maps",
	};

	return texts[field->type];
}

/* Marks what must not be shown: everything of the node, or a URL's password. */
static void hide(const struct config_field *field, const struct config_node *node)
{
	struct config_span secret = { node->begin, node->end };
	const char *text = node->file->text;

	if (field->type == CONFIG_SECRET) {
		if (node->kind != CONFIG_NODE_SCALAR || !config_is_reference(node->text, node->len))
			config_file_hide(node->file, secret);
		return;
	}
	for (size_t at = secret.begin; at + 3 < node->end; at++) {
		size_t colon = at + 3, last_at = node->end;

		if (memcmp(text + at, "://", 3) != 0)
			continue;
		while (colon < node->end && text[colon] != ':')
			colon++;
		while (last_at > colon && text[last_at] != '@')
			last_at--;
		if (last_at > colon + 1)
			config_file_hide(node->file, (struct config_span){ colon + 1, last_at });
		return;
	}
}

static void complain_type(const struct config_decoder *decoder, const struct config_field *field,
			  const struct config_node *node)
{
	config_complain(decoder->complaints, node, "%s expected, not %s", config_type_text(field),
			config_node_kind_text(node));
}

static bool is_empty_text(const struct config_field *field, const char *text)
{
	return !*text && (field->type == CONFIG_TEXT || field->type == CONFIG_SECRET);
}

/* The text a scalar stands for, with references replaced; NULL: complained about. */
static const char *resolve(const struct config_decoder *decoder, const struct config_field *field,
			   const struct config_node *node)
{
	struct bw_error err;
	const char *text;
	bool exposed = false;

	if (strlen(node->text) != node->len) {
		config_complain(decoder->complaints, node, "a text must not hold NUL characters");
		return NULL;
	}
	if (config_expand(decoder->arena, node->text, &text, &err) != BW_OK) {
		config_complain(decoder->complaints, node, "%s", err.text);
		return NULL;
	}
	if (field->type != CONFIG_SECRET || strncmp(text, "file:/", 6) != 0)
		return text;
	if (config_read_secret(decoder->arena, text + 5, &text, &exposed, &err) != BW_OK) {
		config_complain(decoder->complaints, node, "%s", err.text);
		return NULL;
	}
	if (exposed)
		config_warn(decoder->complaints, node,
			    "everybody on this machine may read %s; run chmod o-r on it",
			    node->text + 5);
	return text;
}

static bool decode_scalar(const struct config_decoder *decoder, const struct config_field *field,
			  const struct config_node *node, void *target)
{
	const char *text;
	struct bw_error err;

	if (node->kind == CONFIG_NODE_EMPTY) {
		config_complain_key(decoder->complaints, node,
				    "`%s` has no value; give it %s, or remove it", field->name,
				    config_type_text(field));
		return false;
	}
	if (node->kind != CONFIG_NODE_SCALAR) {
		complain_type(decoder, field, node);
		return false;
	}
	text = resolve(decoder, field, node);
	if (!text)
		return false;
	if (is_empty_text(field, text) && field->required) {
		config_complain(decoder->complaints, node, "`%s` must not be empty", field->name);
		return false;
	}
	if (config_scalar(field, text, node->text, target, &err) == BW_OK)
		return true;
	config_complain(decoder->complaints, node, "%s", err.text);
	return false;
}

/* The row of one element of a list. */
static struct config_field element_of(const struct config_field *field)
{
	struct config_field element = *field;

	element.type = field->type == CONFIG_TEXT_LIST ? CONFIG_TEXT : CONFIG_NUMBER_LIST;
	if (field->type == CONFIG_TEXT_LIST)
		element.min = element.max = 0;
	return element;
}

static bool check_length(const struct config_decoder *decoder, const struct config_field *field,
			 const struct config_node *node)
{
	struct config_field length = *field;
	char range[128];

	length.type = CONFIG_INT;
	if (node->count > CONFIG_LIST_MAX) {
		config_complain(decoder->complaints, node, "`%s` has more than %d entries",
				field->name, CONFIG_LIST_MAX);
		return false;
	}
	if (field->type == CONFIG_NUMBER_LIST || !config_has_range(field) ||
	    (node->count >= field->min && node->count <= field->max))
		return true;
	config_range_text(&length, range, sizeof range);
	config_complain(decoder->complaints, node, "`%s` must have %s entries, not %u", field->name,
			range, node->count);
	return true;
}

static void decode_list(const struct config_decoder *decoder, const struct config_field *field,
			const struct config_node *node, struct config_list *list)
{
	struct config_field element = element_of(field);
	bool is_text = field->type == CONFIG_TEXT_LIST;
	size_t size = is_text ? sizeof(const char *) : sizeof(double);
	const struct config_node *item = node->kind == CONFIG_NODE_LIST ? node->first : node;
	size_t count = node->kind == CONFIG_NODE_LIST ? node->count : 1;
	char *items;

	if (node->kind == CONFIG_NODE_MAP) {
		complain_type(decoder, field, node);
		return;
	}
	if (node->kind == CONFIG_NODE_LIST && !check_length(decoder, field, node))
		return;
	items = xarena_alloc(decoder->arena, count * size);
	*list = (struct config_list){ .items = items };
	for (size_t i = 0; i < count; i++, item = item->next)
		if (decode_scalar(decoder, &element, item, items + list->count * size))
			list->count++;
}

static void decode_map(const struct config_decoder *decoder, const struct config_field *field,
		       const struct config_node *node, struct config_list *list)
{
	struct config_field value = *field;
	struct config_pair *pairs;

	if (node->kind == CONFIG_NODE_EMPTY)
		return;
	if (node->kind != CONFIG_NODE_MAP) {
		complain_type(decoder, field, node);
		return;
	}
	if (!check_length(decoder, field, node))
		return;
	pairs = xarena_alloc(decoder->arena, node->count * sizeof *pairs);
	*list = (struct config_list){ .items = pairs };
	value.type = CONFIG_SECRET;
	for (const struct config_node *child = node->first; child; child = child->next) {
		struct config_pair *pair = &pairs[list->count];

		value.name = child->key;
		if (config_name_is_secret(child->key, strlen(child->key)))
			hide(&value, child);
		pair->name = xarena_text(decoder->arena, child->key);
		if (decode_scalar(decoder, &value, child, &pair->value))
			list->count++;
	}
}

/* A text instead of the map is the value of the `shorthand` row. */
void config_decode_object(const struct config_decoder *decoder, const struct config_field *field,
			  const struct config_node *node, void *target)
{
	const struct config_field *row =
		field->shorthand ? config_field_find(field->fields, field->shorthand,
						     strlen(field->shorthand))
				 : NULL;

	if (!row || node->kind != CONFIG_NODE_SCALAR) {
		config_decode_fields(decoder, node, field->fields, target);
		return;
	}
	config_decode_fields(decoder, NULL, field->fields, target);
	decode_value(decoder, row, node, target);
}

static void decode_object_list(const struct config_decoder *decoder,
			       const struct config_field *field, const struct config_node *node,
			       struct config_list *list)
{
	char *items;

	if (node->kind == CONFIG_NODE_EMPTY)
		return;
	if (node->kind != CONFIG_NODE_LIST) {
		complain_type(decoder, field, node);
		return;
	}
	if (!check_length(decoder, field, node))
		return;
	items = xarena_alloc(decoder->arena, node->count * field->object_size);
	*list = (struct config_list){ .items = items };
	for (const struct config_node *item = node->first; item; item = item->next)
		config_decode_fields(decoder, item, field->fields,
				     items + list->count++ * field->object_size);
}

static void decode_value(const struct config_decoder *decoder, const struct config_field *field,
			 const struct config_node *node, char *target)
{
	char *at = target + field->offset;

	if (node->broken)
		return;
	if (field->given)
		*(bool *)(target + field->given - 1) = true;
	if (field->type == CONFIG_SECRET || field->type == CONFIG_URL)
		hide(field, node);
	if (field->raw) {
		*(const struct config_node **)at = node;
		return;
	}
	switch (field->type) {
	case CONFIG_TEXT_LIST:
	case CONFIG_NUMBER_LIST:
		decode_list(decoder, field, node, (struct config_list *)at);
		break;
	case CONFIG_TEXT_MAP:
		decode_map(decoder, field, node, (struct config_list *)at);
		break;
	case CONFIG_OBJECT:
		config_decode_object(decoder, field, node, at);
		break;
	case CONFIG_OBJECT_LIST:
		decode_object_list(decoder, field, node, (struct config_list *)at);
		break;
	default:
		decode_scalar(decoder, field, node, at);
	}
}

/* "[a, b]" or "a" as a list's default. */
static void default_list(const struct config_decoder *decoder, const struct config_field *field,
			 struct config_list *list)
{
	struct config_field element = element_of(field);
	size_t size = field->type == CONFIG_TEXT_LIST ? sizeof(const char *) : sizeof(double);
	char *text = xarena_text(decoder->arena, field->standard), *save = NULL;
	char *items = xarena_alloc(decoder->arena, (strlen(text) + 1) * size);

	*list = (struct config_list){ .items = items };
	for (char *word = strtok_r(text, "[], ", &save); word;
	     word = strtok_r(NULL, "[], ", &save)) {
		bw_assert(config_scalar(&element, word, word, items + list->count * size, NULL) ==
			  BW_OK);
		list->count++;
	}
}

static void set_default(const struct config_decoder *decoder, const struct config_field *field,
			char *target)
{
	char *at = target + field->offset;

	if (field->type == CONFIG_OBJECT && !field->raw)
		config_decode_fields(decoder, NULL, field->fields, at);
	else if (field->standard &&
		 (field->type == CONFIG_TEXT_LIST || field->type == CONFIG_NUMBER_LIST))
		default_list(decoder, field, (struct config_list *)at);
	else if (field->standard && !field->raw)
		bw_assert(config_scalar(field, field->standard, field->standard, at, NULL) ==
			  BW_OK);
}

static const struct config_field *find_row(const struct config_part *parts, size_t count,
					   const char *key, void **target)
{
	for (size_t i = 0; i < count; i++) {
		const struct config_field *field =
			config_field_find(parts[i].fields, key, strlen(key));

		if (field) {
			*target = parts[i].target;
			return field;
		}
	}
	return NULL;
}

static void list_keys(const struct config_part *parts, size_t count, struct bw_buf *known)
{
	for (size_t i = 0; i < count; i++)
		for (const struct config_field *field = parts[i].fields; field->name; field++)
			bw_buf_format(known, "%s%s", known->len > 0 ? ", " : "", field->name);
}

/* The value of a key that was meant to be a secret's is a secret already. */
static void complain_key(const struct config_decoder *decoder, const struct config_part *parts,
			 size_t count, const struct config_node *node)
{
	struct config_field secret = { .type = CONFIG_SECRET };
	const struct config_field *field = NULL;
	struct config_guess guess;
	struct bw_buf known;
	void *target;

	config_guess_init(&guess, node->key);
	for (size_t i = 0; i < count; i++)
		for (field = parts[i].fields; field->name; field++)
			config_guess_add(&guess, field->name);
	if (guess.best)
		field = find_row(parts, count, guess.best, &target);
	if ((guess.best && field->type == CONFIG_SECRET) ||
	    config_name_is_secret(node->key, strlen(node->key)))
		hide(&secret, node);
	if (guess.best) {
		config_complain_key(decoder->complaints, node,
				    "unknown key `%.80s`; did you mean `%s`?", node->key,
				    guess.best);
		return;
	}
	bw_buf_init(&known, 400);
	list_keys(parts, count, &known);
	config_complain_key(decoder->complaints, node, "unknown key `%.80s`; known here are %s%s",
			    node->key, known.len > 0 ? known.data : "none",
			    known.status == BW_OK ? "" : ", ...");
	bw_buf_finish(&known);
}

static void require(const struct config_decoder *decoder, const struct config_field *field,
		    const struct config_node *node)
{
	if (field->example)
		config_complain(decoder->complaints, node, "`%s` is missing; write `%s: %s`",
				field->name, field->name, field->example);
	else
		config_complain(decoder->complaints, node, "`%s` is missing; give it %s",
				field->name, config_type_text(field));
}

/* Where the value of a row stands outside the map, or NULL. */
static const struct config_node *find_also(const struct config_part *part,
					   const struct config_field *field)
{
	if (!part->also || !config_field_find(part->also_fields, field->name, strlen(field->name)))
		return NULL;
	return config_node_get(part->also, field->name);
}

static void set_defaults(const struct config_decoder *decoder, const struct config_node *node,
			 const struct config_part *part)
{
	for (const struct config_field *field = part->fields; field->name; field++) {
		bool is_written = config_node_get(node, field->name) != NULL;
		const struct config_node *also = is_written ? NULL : find_also(part, field);

		if (!part->keep)
			set_default(decoder, field, part->target);
		if (also)
			decode_value(decoder, field, also, part->target);
		else if (node && !is_written && field->required)
			require(decoder, field, node);
	}
}

void config_decode(const struct config_decoder *decoder, const struct config_node *node,
		   const struct config_part *parts, size_t count)
{
	bw_assert(count <= CONFIG_PARTS_MAX);
	if (node && node->kind != CONFIG_NODE_MAP && node->kind != CONFIG_NODE_EMPTY) {
		config_complain(decoder->complaints, node, "a map of settings expected, not %s",
				config_node_kind_text(node));
		node = NULL;
	}
	for (size_t i = 0; i < count; i++)
		set_defaults(decoder, node, &parts[i]);
	for (const struct config_node *child = node ? node->first : NULL; child;
	     child = child->next) {
		void *target = NULL;
		const struct config_field *field = find_row(parts, count, child->key, &target);

		if (field)
			decode_value(decoder, field, child, target);
		else
			complain_key(decoder, parts, count, child);
	}
}

void config_decode_fields(const struct config_decoder *decoder, const struct config_node *node,
			  const struct config_field *fields, void *target)
{
	struct config_part part = { .fields = fields, .target = target };

	config_decode(decoder, node, &part, 1);
}
