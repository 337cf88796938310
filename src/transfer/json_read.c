/* json_read.c - an object a line. */
#include <string.h>

#include <jansson.h>

#include "transfer/cell.h"
#include "transfer/reader.h"

static const char *text_at(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static bool read_cell(const struct series_schema *schema, size_t field, const json_t *value,
		      struct series_cell *out)
{
	if (json_is_integer(value))
		*out = (struct series_cell){ SERIES_INTEGER,
					     { .integer = json_integer_value(value) } };
	else if (json_is_real(value))
		*out = (struct series_cell){ SERIES_REAL, { .real = json_real_value(value) } };
	else
		return json_is_string(value) &&
		       cell_parse(schema, field, json_string_value(value), out) == BW_OK;
	return true;
}

static enum bw_status take_member(struct transfer_reader *reader, const char *key,
				  const json_t *value, struct transfer_row *row,
				  struct bw_error *err)
{
	const struct series_schema *schema = series_schema(row->kind);
	int field = series_field_find(schema, key);

	if (field < 0)
		return reader_fail(reader, err, "a %s has no `%.64s`", schema->name, key);
	if (schema->fields[field].type == SERIES_TEXT && json_is_string(value))
		row->text = json_string_value(value);
	else if (schema->fields[field].type == SERIES_TEXT ||
		 !read_cell(schema, (size_t)field, value, &row->cells[field]))
		return reader_fail(reader, err, "`%.64s`: that is no %s of a %s", key,
				   schema->fields[field].type == SERIES_TEXT ? "text" : "value",
				   schema->name);
	return BW_OK;
}

static bool is_subject(const char *key)
{
	return strcmp(key, "time") == 0 || strcmp(key, "kind") == 0 || strcmp(key, "name") == 0;
}

static enum bw_status take_object(struct transfer_reader *reader, json_t *object,
				  struct bw_error *err)
{
	const struct reader_subject subject = { text_at(object, "time"), text_at(object, "kind"),
						text_at(object, "name") };
	struct transfer_row row;
	enum bw_status status = reader_take_subject(reader, &subject, &row, err);
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		if (status == BW_OK && !is_subject(key))
			status = take_member(reader, key, value, &row, err);
	}
	if (status == BW_OK)
		reader->take(reader->arg, &row);
	return status;
}

enum bw_status json_read_record(struct transfer_reader *reader, char *record, struct bw_error *err)
{
	json_error_t error;
	json_t *object = json_loads(record, JSON_REJECT_DUPLICATES, &error);
	enum bw_status status;

	if (object == NULL)
		return reader_fail(reader, err, "no JSON: %s (column %d)", error.text,
				   error.column);
	if (json_is_object(object))
		status = take_object(reader, object, err);
	else
		status = reader_fail(reader, err, "a line is one object, {\"time\": ...}");
	json_decref(object);
	return status;
}
