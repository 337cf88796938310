/* manual.c - one walk over a table, three ways to print a row. */
#include "config/manual.h"

#include <stdio.h>
#include <string.h>

#include "config/decode.h"
#include "config/guess.h"
#include "config/scalar.h"

enum { WIDTH = 80, PATH_MAX_BYTES = 256 };

static bool is_object(const struct config_field *field)
{
	return field->type == CONFIG_OBJECT || field->type == CONFIG_OBJECT_LIST;
}

/* "a duration such as 30s, between 1s and 1h", "one of a, b". */
static void append_type(struct bw_buf *buf, const struct config_field *field)
{
	struct config_field length = *field;
	char range[128];

	length.type = CONFIG_INT;
	if (field->type == CONFIG_WORD) {
		for (size_t i = 0; field->words[i]; i++)
			bw_buf_format(buf, "%s%s", i > 0 ? ", " : "one of ", field->words[i]);
		return;
	}
	bw_buf_text(buf, config_type_text(field));
	if (!config_has_range(field))
		return;
	if (field->type == CONFIG_TEXT_LIST || field->type == CONFIG_TEXT_MAP ||
	    field->type == CONFIG_OBJECT_LIST) {
		config_range_text(&length, range, sizeof range);
		bw_buf_format(buf, ", %s of them", range);
	} else {
		config_range_text(field, range, sizeof range);
		bw_buf_format(buf, ", %s", range);
	}
}

/* Appends `text` in lines of WIDTH columns, each `indent` columns in. */
static void wrap(struct bw_buf *buf, size_t indent, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t word = strcspn(text, " "), blanks = strspn(text + word, " ");

		if (column > 0 && column + 1 + word > WIDTH) {
			bw_buf_byte(buf, '\n');
			column = 0;
		}
		if (column == 0)
			bw_buf_format(buf, "%*s", (int)indent, "");
		else
			bw_buf_byte(buf, ' ');
		column = (column == 0 ? indent : column + 1) + word;
		bw_buf_append(buf, text, word);
		text += word + blanks;
	}
	bw_buf_byte(buf, '\n');
}

static void wrap_format(struct bw_buf *buf, size_t indent, const char *label,
			void (*append)(struct bw_buf *buf, const struct config_field *field),
			const struct config_field *field)
{
	struct bw_buf line;

	bw_buf_init(&line, 0);
	bw_buf_text(&line, label);
	append(&line, field);
	if (line.status == BW_OK && line.len > 0)
		wrap(buf, indent, line.data);
	bw_buf_finish(&line);
}

static void append_standard(struct bw_buf *buf, const struct config_field *field)
{
	const char *standard = field->type == CONFIG_BOOL ? "false" : "none";

	if (field->standard)
		standard = field->standard;
	bw_buf_text(buf, field->required ? "none; it must be written" : standard);
}

static void explain_rows(struct bw_buf *buf, const struct config_field *fields)
{
	for (; fields->name; fields++) {
		bw_buf_format(buf, "\n  %s%s\n", fields->name, is_object(fields) ? ":" : "");
		wrap_format(buf, 6, "", append_type, fields);
		if (!is_object(fields))
			wrap_format(buf, 6, "default: ", append_standard, fields);
		if (fields->help)
			wrap(buf, 6, fields->help);
	}
}

static void explain_field(struct bw_buf *buf, const char *path, const struct config_field *field)
{
	bw_buf_format(buf, "%s\n", path);
	wrap_format(buf, 2, "takes: ", append_type, field);
	if (!is_object(field))
		wrap_format(buf, 2, "default: ", append_standard, field);
	if (field->help)
		wrap(buf, 2, field->help);
	if (field->example)
		bw_buf_format(buf, "  example: %s: %s\n", field->name, field->example);
	if (is_object(field) && field->fields)
		explain_rows(buf, field->fields);
}

static enum bw_status complain_path(const struct config_field *fields, const char *path, size_t len,
				    struct bw_error *err)
{
	struct config_guess guess;
	char word[PATH_MAX_BYTES];

	snprintf(word, sizeof word, "%.*s", (int)len, path);
	config_guess_init(&guess, word);
	for (; fields->name; fields++)
		config_guess_add(&guess, fields->name);
	if (guess.best)
		return bw_fail(err, BW_ENOTFOUND, "there is no setting `%s`; did you mean `%s`?",
			       word, guess.best);
	return bw_fail(err, BW_ENOTFOUND, "there is no setting `%s`; config explain lists them all",
		       word);
}

/* Finds the row at `path` (NULL for the empty one) and the rows below it (NULL for a leaf). */
static enum bw_status find_path(const struct config_field **fields, const char *path,
				const struct config_field **out, struct bw_error *err)
{
	const struct config_field *field = NULL, *below = *fields;
	const char *rest = path;

	while (*rest) {
		size_t len = strcspn(rest, ".");

		if (!below)
			return bw_fail(err, BW_ENOTFOUND, "`%.*s` holds no further settings",
				       (int)(rest - path) - 1, path);
		field = config_field_find(below, rest, len);
		if (!field)
			return complain_path(below, rest, len, err);
		rest += len + (rest[len] == '.');
		below = is_object(field) ? field->fields : NULL;
	}
	*fields = below;
	*out = field;
	return BW_OK;
}

enum bw_status config_explain(struct bw_buf *buf, const struct config_field *fields,
			      const char *path, struct bw_error *err)
{
	const struct config_field *field;
	enum bw_status status = find_path(&fields, path, &field, err);

	if (status != BW_OK)
		return status;
	if (field)
		explain_field(buf, path, field);
	else
		explain_rows(buf, fields);
	return BW_OK;
}

const struct config_field *config_fields_at(const struct config_field *fields, const char *path,
					    struct bw_error *err)
{
	const struct config_field *field;

	if (find_path(&fields, path, &field, err) != BW_OK)
		return NULL;
	if (!fields)
		(void)bw_fail(err, BW_ENOTFOUND, "`%s` holds no further settings", path);
	return fields;
}

/* Texts of a table cell: a bar would end it. */
static void append_cell(struct bw_buf *buf, const char *text)
{
	for (; *text; text++) {
		if (*text == '|')
			bw_buf_byte(buf, '\\');
		bw_buf_byte(buf, *text);
	}
}

static void markdown_rows(struct bw_buf *buf, const char *prefix, const struct config_field *field)
{
	for (; field->name; field++) {
		char name[PATH_MAX_BYTES];

		snprintf(name, sizeof name, "%s%s", prefix, field->name);
		bw_buf_format(buf, "| `%s` | ", name);
		append_type(buf, field);
		bw_buf_text(buf, " | ");
		if (field->required)
			bw_buf_text(buf, "required");
		else if (field->standard)
			bw_buf_format(buf, "`%s`", field->standard);
		bw_buf_text(buf, " | ");
		append_cell(buf, field->help ? field->help : "");
		bw_buf_text(buf, " |\n");
		if (!is_object(field) || !field->fields || field->raw)
			continue;
		snprintf(name, sizeof name, "%s%s%s.", prefix, field->name,
			 field->type == CONFIG_OBJECT_LIST ? "[]" : "");
		markdown_rows(buf, name, field->fields);
	}
}

void config_markdown(struct bw_buf *buf, const struct config_field *fields)
{
	bw_buf_text(buf, "| option | takes | default | meaning |\n|---|---|---|---|\n");
	markdown_rows(buf, "", fields);
}

/* A backslash, and a dot or quote at the beginning of a line, mean something to roff. */
static void append_roff(struct bw_buf *buf, const char *text)
{
	if (*text == '.' || *text == '\'')
		bw_buf_text(buf, "\\&");
	for (; *text; text++) {
		if (*text == '\\')
			bw_buf_text(buf, "\\e");
		else if (*text == '-')
			bw_buf_text(buf, "\\-");
		else
			bw_buf_byte(buf, *text);
	}
}

static void man_rows(struct bw_buf *buf, const char *prefix, const struct config_field *field)
{
	for (; field->name; field++) {
		char name[PATH_MAX_BYTES];
		struct bw_buf type;

		bw_buf_init(&type, 0);
		append_type(&type, field);
		snprintf(name, sizeof name, "%s%s", prefix, field->name);
		bw_buf_text(buf, ".TP\n.B ");
		append_roff(buf, name);
		bw_buf_byte(buf, '\n');
		append_roff(buf, type.data);
		bw_buf_text(buf, field->required ? "; required" : "");
		if (field->standard && !field->required) {
			bw_buf_text(buf, "; default ");
			append_roff(buf, field->standard);
		}
		bw_buf_text(buf, ".\n");
		append_roff(buf, field->help ? field->help : "");
		bw_buf_text(buf, field->help ? ".\n" : "\n");
		bw_buf_finish(&type);
		if (!is_object(field) || !field->fields || field->raw)
			continue;
		snprintf(name, sizeof name, "%s%s%s.", prefix, field->name,
			 field->type == CONFIG_OBJECT_LIST ? "[]" : "");
		man_rows(buf, name, field->fields);
	}
}

void config_man(struct bw_buf *buf, const struct config_field *fields)
{
	man_rows(buf, "", fields);
}
