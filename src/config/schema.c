/* schema.c - each type is a definition or a few members; objects nest. */
#include "config/schema.h"

#include <string.h>

#include "base/json_write.h"
#include "config/decode.h"
#include "config/scalar.h"

static void write_object(struct bw_json *json, const struct config_field *fields);
static void write_field(struct bw_json *json, const struct config_field *field, bool with_help);

static void write_member(struct bw_json *json, const char *key, const char *text)
{
	bw_json_key(json, key);
	bw_json_string(json, text);
}

static void write_reference(struct bw_json *json, const char *definition)
{
	bw_json_object_begin(json);
	write_member(json, "$ref", definition);
	bw_json_object_end(json);
}

static void write_limits(struct bw_json *json, const struct config_field *field, const char *least,
			 const char *most)
{
	if (!config_has_range(field))
		return;
	bw_json_key(json, least);
	bw_json_double(json, field->min);
	if (field->max >= 9e18)
		return;
	bw_json_key(json, most);
	bw_json_double(json, field->max);
}

/* "anyOf": the value itself, or a text with a reference. */
static void write_number(struct bw_json *json, const struct config_field *field, const char *type)
{
	bw_json_key(json, "anyOf");
	bw_json_array_begin(json);
	bw_json_object_begin(json);
	write_member(json, "type", type);
	write_limits(json, field, "minimum", "maximum");
	bw_json_object_end(json);
	write_reference(json, "#/$defs/reference");
	bw_json_array_end(json);
}

static void write_one_or_list(struct bw_json *json, const struct config_field *field)
{
	struct config_field one = *field;

	one.type = field->type == CONFIG_TEXT_LIST ? CONFIG_TEXT : CONFIG_NUMBER;
	bw_json_key(json, "anyOf");
	bw_json_array_begin(json);
	write_field(json, &one, false);
	bw_json_object_begin(json);
	write_member(json, "type", "array");
	if (field->type == CONFIG_TEXT_LIST)
		write_limits(json, field, "minItems", "maxItems");
	bw_json_key(json, "items");
	write_field(json, &one, false);
	bw_json_object_end(json);
	bw_json_array_end(json);
}

static void write_words(struct bw_json *json, const struct config_field *field)
{
	bw_json_key(json, "enum");
	bw_json_array_begin(json);
	for (size_t i = 0; field->words[i]; i++)
		bw_json_string(json, field->words[i]);
	bw_json_array_end(json);
}

/* An object may be nothing at all (`host:`), and some have a shorthand. */
static void write_objects(struct bw_json *json, const struct config_field *field)
{
	const struct config_field *row =
		field->shorthand ? config_field_find(field->fields, field->shorthand,
						     strlen(field->shorthand))
				 : NULL;

	bw_json_key(json, "anyOf");
	bw_json_array_begin(json);
	if (row)
		write_field(json, row, false);
	bw_json_object_begin(json);
	if (field->type == CONFIG_OBJECT_LIST) {
		write_member(json, "type", "array");
		write_limits(json, field, "minItems", "maxItems");
		bw_json_key(json, "items");
		bw_json_object_begin(json);
		write_object(json, field->fields);
		bw_json_object_end(json);
	} else {
		write_object(json, field->fields);
	}
	bw_json_object_end(json);
	bw_json_object_begin(json);
	write_member(json, "type", "null");
	bw_json_object_end(json);
	bw_json_array_end(json);
}

static void write_type(struct bw_json *json, const struct config_field *field)
{
	switch (field->type) {
	case CONFIG_BOOL:
		write_number(json, &(struct config_field){ 0 }, "boolean");
		break;
	case CONFIG_INT:
		write_number(json, field, "integer");
		break;
	case CONFIG_NUMBER:
		write_number(json, field, "number");
		break;
	case CONFIG_DURATION:
		write_member(json, "$ref", "#/$defs/duration");
		break;
	case CONFIG_SIZE:
		write_member(json, "$ref", "#/$defs/size");
		break;
	case CONFIG_NAME:
		write_member(json, "$ref", "#/$defs/name");
		break;
	case CONFIG_WORD:
		write_words(json, field);
		break;
	case CONFIG_TEXT_LIST:
	case CONFIG_NUMBER_LIST:
		write_one_or_list(json, field);
		break;
	case CONFIG_TEXT_MAP:
		write_member(json, "type", "object");
		bw_json_key(json, "additionalProperties");
		write_reference(json, "#/$defs/text");
		break;
	case CONFIG_OBJECT:
	case CONFIG_OBJECT_LIST:
		write_objects(json, field);
		break;
	default:
		write_member(json, "$ref", "#/$defs/text");
	}
}

static void write_field(struct bw_json *json, const struct config_field *field, bool with_help)
{
	bw_json_object_begin(json);
	if (with_help && field->help)
		write_member(json, "description", field->help);
	if (with_help && field->standard)
		write_member(json, "default", field->standard);
	write_type(json, field);
	bw_json_object_end(json);
}

/* The members of an object schema, inside braces the caller opened. */
static void write_object(struct bw_json *json, const struct config_field *fields)
{
	write_member(json, "type", "object");
	bw_json_key(json, "properties");
	bw_json_object_begin(json);
	for (const struct config_field *field = fields; field->name; field++) {
		bw_json_key(json, field->name);
		write_field(json, field, true);
	}
	bw_json_object_end(json);
	bw_json_key(json, "required");
	bw_json_array_begin(json);
	for (const struct config_field *field = fields; field->name; field++)
		if (field->required)
			bw_json_string(json, field->name);
	bw_json_array_end(json);
	bw_json_key(json, "additionalProperties");
	bw_json_bool(json, false);
}

static void write_pattern(struct bw_json *json, const char *name, const char *pattern,
			  const char *types)
{
	bw_json_key(json, name);
	bw_json_object_begin(json);
	bw_json_key(json, "type");
	bw_json_raw(json, types, strlen(types));
	if (pattern)
		write_member(json, "pattern", pattern);
	bw_json_object_end(json);
}

static void write_definitions(struct bw_json *json)
{
	bw_json_key(json, "$defs");
	bw_json_object_begin(json);
	write_pattern(json, "reference", "\\$\\{", "\"string\"");
	write_pattern(json, "text", NULL, "[\"string\",\"number\",\"boolean\"]");
	write_pattern(json, "name", "^[a-z0-9]+([-_.][a-z0-9]+)*$|\\$\\{",
		      "[\"string\",\"number\"]");
	write_pattern(json, "duration", "^([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+$|^0$|\\$\\{",
		      "[\"string\",\"number\"]");
	write_pattern(json, "size", "^[0-9]+(\\.[0-9]+)?(B|[kMGT]B|[KMGT]iB)?$|\\$\\{",
		      "[\"string\",\"integer\"]");
	bw_json_object_end(json);
}

void config_schema(struct bw_buf *buf, const struct config_field *fields, const char *title)
{
	struct bw_json json;

	bw_json_init(&json, buf);
	bw_json_object_begin(&json);
	write_member(&json, "$schema", "https://json-schema.org/draft/2020-12/schema");
	write_member(&json, "title", title);
	write_object(&json, fields);
	write_definitions(&json);
	bw_json_object_end(&json);
}
