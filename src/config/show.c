/* show.c - a printer a type; what a reference holds is never printed, whatever its type. */
#include "config/show.h"

#include <stdio.h>
#include <string.h>

#include "base/json_write.h"
#include "config/mask.h"
#include "config/scalar.h"
#include "config/units.h"

static const struct config_node *find_written(const struct config_node *const *nodes,
					      const char *name)
{
	const struct config_node *found = NULL;

	for (; *nodes && !found; nodes++)
		found = config_node_get(*nodes, name);
	return found;
}

/* The text as it was written, if it stands for something else; NULL otherwise. */
static const char *reference_of(const struct config_node *node)
{
	if (!node || node->kind != CONFIG_NODE_SCALAR || !node->text || !strstr(node->text, "${"))
		return NULL;
	return node->text;
}

/* JSON's quotes are YAML's. */
static void show_quoted(struct bw_buf *buf, const char *text)
{
	struct bw_json json;
	struct bw_buf masked;

	bw_buf_init(&masked, 0);
	config_mask_append(&masked, text, strlen(text));
	bw_json_init(&json, buf);
	bw_json_string(&json, masked.len > 0 ? masked.data : "");
	bw_buf_finish(&masked);
}

static void show_text(struct bw_buf *buf, const struct config_field *field, const char *text,
		      const struct config_node *written)
{
	const char *reference = reference_of(written);

	if (field->type == CONFIG_SECRET)
		bw_buf_text(buf, CONFIG_SECRET_SHOWN);
	else if (reference)
		show_quoted(buf, reference);
	else if (field->type == CONFIG_NAME)
		bw_buf_text(buf, text);
	else
		show_quoted(buf, text);
}

static void show_scalar(struct bw_buf *buf, const struct config_field *field, const void *at)
{
	char text[CONFIG_UNIT_TEXT_MAX];

	switch (field->type) {
	case CONFIG_BOOL:
		bw_buf_text(buf, *(const bool *)at ? "true" : "false");
		return;
	case CONFIG_WORD:
		bw_buf_text(buf, field->words[*(const int *)at]);
		return;
	case CONFIG_INT:
		bw_buf_format(buf, "%lld", (long long)*(const int64_t *)at);
		return;
	case CONFIG_DURATION:
		config_duration_format(*(const int64_t *)at, text);
		break;
	case CONFIG_SIZE:
		config_size_format(*(const int64_t *)at, text);
		break;
	default:
		config_limit_text(field, *(const double *)at, text, sizeof text);
	}
	bw_buf_text(buf, text);
}

static void show_list(struct bw_buf *buf, const struct config_field *field,
		      const struct config_list *list, const struct config_node *written)
{
	const struct config_node *item =
		written && written->kind == CONFIG_NODE_LIST ? written->first : written;

	bw_buf_byte(buf, '[');
	for (size_t i = 0; i < list->count; i++, item = item ? item->next : NULL) {
		bw_buf_text(buf, i > 0 ? ", " : "");
		if (field->type == CONFIG_TEXT_LIST)
			show_text(buf, field, ((const char *const *)list->items)[i], item);
		else
			show_scalar(buf, field, (const double *)list->items + i);
	}
	bw_buf_byte(buf, ']');
}

static void show_map(struct bw_buf *buf, int indent, const struct config_list *list,
		     const struct config_node *written)
{
	const struct config_pair *pairs = list->items;

	for (size_t i = 0; i < list->count; i++) {
		const struct config_node *node = config_node_get(written, pairs[i].name);
		const char *reference = reference_of(node);
		bool is_file = node && node->text && strncmp(node->text, "file:", 5) == 0;

		bw_buf_format(buf, "\n%*s", indent, "");
		show_quoted(buf, pairs[i].name);
		bw_buf_text(buf, ": ");
		if (is_file || config_name_is_secret(pairs[i].name, strlen(pairs[i].name)))
			bw_buf_text(buf, CONFIG_SECRET_SHOWN);
		else
			show_quoted(buf, reference ? reference : pairs[i].value);
	}
}

/* A dash before the first line of each item, over its indentation. */
static void show_objects(struct bw_buf *buf, int indent, const struct config_field *field,
			 const struct config_list *list, const struct config_node *written)
{
	const struct config_node *item = written ? written->first : NULL;

	for (size_t i = 0; i < list->count; i++, item = item ? item->next : NULL) {
		const struct config_node *nodes[] = { item, NULL };
		size_t begin = buf->len;

		config_show(buf, indent + 4, field->fields,
			    (const char *)list->items + i * field->object_size, nodes);
		if (buf->status == BW_OK && buf->len > begin)
			buf->data[begin + (size_t)indent + 2] = '-';
	}
}

static bool is_given(const struct config_field *field, const char *target)
{
	return field->given && *(const bool *)(target + field->given - 1);
}

static bool has_value(const struct config_field *field, const char *target)
{
	const void *at = target + field->offset;

	switch (field->type) {
	case CONFIG_TEXT:
	case CONFIG_SECRET:
	case CONFIG_URL:
	case CONFIG_NAME:
		return *(const char *const *)at != NULL;
	case CONFIG_TEXT_LIST:
	case CONFIG_NUMBER_LIST:
	case CONFIG_TEXT_MAP:
	case CONFIG_OBJECT_LIST:
		return ((const struct config_list *)at)->count > 0;
	case CONFIG_OBJECT:
		return !field->given || *(const bool *)(target + field->given - 1);
	case CONFIG_BOOL:
		return field->standard || *(const bool *)at || is_given(field, target);
	case CONFIG_WORD:
		return field->standard || *(const int *)at != 0 || is_given(field, target);
	default:
		return field->standard || *(const int64_t *)at != 0;
	}
}

static void show_object(struct bw_buf *buf, int indent, const struct config_field *field,
			const void *at, const struct config_node *written)
{
	const struct config_node *nodes[] = { written, NULL };
	size_t begin = buf->len, after;

	bw_buf_format(buf, "%*s%s:\n", indent, "", field->name);
	after = buf->len;
	config_show(buf, indent + 2, field->fields, at, nodes);
	if (buf->status == BW_OK && buf->len == after) {
		buf->len = begin;
		buf->data[begin] = '\0';
	}
}

static void show_field(struct bw_buf *buf, int indent, const struct config_field *field,
		       const char *at, const struct config_node *written)
{
	if (field->type == CONFIG_OBJECT) {
		show_object(buf, indent, field, at, written);
		return;
	}
	bw_buf_format(buf, "%*s%s:", indent, "", field->name);
	if (field->type == CONFIG_OBJECT_LIST) {
		bw_buf_byte(buf, '\n');
		show_objects(buf, indent, field, (const struct config_list *)at, written);
		return;
	}
	if (field->type == CONFIG_TEXT_MAP) {
		show_map(buf, indent + 2, (const struct config_list *)at, written);
		bw_buf_byte(buf, '\n');
		return;
	}
	bw_buf_byte(buf, ' ');
	if (field->type == CONFIG_TEXT_LIST || field->type == CONFIG_NUMBER_LIST)
		show_list(buf, field, (const struct config_list *)at, written);
	else if (field->type == CONFIG_TEXT || field->type == CONFIG_SECRET ||
		 field->type == CONFIG_URL || field->type == CONFIG_NAME)
		show_text(buf, field, *(const char *const *)at, written);
	else
		show_scalar(buf, field, at);
	bw_buf_byte(buf, '\n');
}

void config_show(struct bw_buf *buf, int indent, const struct config_field *fields,
		 const void *target, const struct config_node *const *nodes)
{
	for (; fields->name; fields++)
		if (!fields->raw && has_value(fields, target))
			show_field(buf, indent, fields, (const char *)target + fields->offset,
				   find_written(nodes, fields->name));
}
