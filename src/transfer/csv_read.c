/* csv_read.c - the header says which column is which, in any order. */
#include <string.h>

#include "transfer/cell.h"
#include "transfer/reader.h"

/* Takes quotes off; *text goes behind the comma, NULL at the end. BW_EPARSE: text beside quotes. */
static enum bw_status cut_field(char **text, char **field)
{
	char *from = *text, *to;

	*field = from;
	if (*from != '"') {
		to = from + strcspn(from, ",");
		*text = *to == ',' ? to + 1 : NULL;
		*to = '\0';
		return BW_OK;
	}
	for (to = from++; *from != '\0'; from++) {
		if (*from == '"' && *++from != '"')
			break;
		*to++ = *from;
	}
	if (*from != ',' && *from != '\0')
		return BW_EPARSE;
	*text = *from == ',' ? from + 1 : NULL;
	*to = '\0';
	return BW_OK;
}

static int column_of(const struct transfer_columns *known, const char *name)
{
	int found = transfer_columns_find(known, name);

	if (strcmp(name, "time") == 0)
		return READER_TIME;
	if (strcmp(name, "kind") == 0)
		return READER_KIND;
	if (strcmp(name, "name") == 0)
		return READER_NAME;
	return found >= 0 ? found : INT32_MIN;
}

static bool has_column(const struct transfer_reader *reader, int column)
{
	for (size_t nth = 0; nth < reader->csv.count; nth++)
		if (reader->csv.columns[nth] == column)
			return true;
	return false;
}

static enum bw_status read_header(struct transfer_reader *reader, char *record,
				  struct bw_error *err)
{
	const size_t room = sizeof(reader->csv.columns) / sizeof(reader->csv.columns[0]);
	char *field;

	while (record != NULL) {
		if (cut_field(&record, &field) != BW_OK)
			return reader_fail(reader, err, "text beside a quote");
		int column = column_of(&reader->csv.known, field);

		if (column == INT32_MIN)
			return reader_fail(reader, err,
					   "`%.64s` is no column of a history; the first line "
					   "names the columns: time,kind,name,status,...",
					   field);
		if (has_column(reader, column) || reader->csv.count == room)
			return reader_fail(reader, err, "the column `%.64s` stands there twice",
					   field);
		reader->csv.columns[reader->csv.count++] = column;
	}
	if (!has_column(reader, READER_TIME) || !has_column(reader, READER_KIND) ||
	    !has_column(reader, READER_NAME))
		return reader_fail(reader, err, "the columns time, kind and name are all needed");
	return BW_OK;
}

/* Of one record: the texts by column, "" where there is none. */
struct texts {
	const char *time, *kind, *name;
	const char *known[TRANSFER_COLUMNS_MAX];
};

static enum bw_status cut_record(struct transfer_reader *reader, char *record, struct texts *out,
				 struct bw_error *err)
{
	char *field;

	for (size_t nth = 0; nth < reader->csv.count; nth++) {
		int column = reader->csv.columns[nth];

		if (record == NULL)
			return reader_fail(reader, err, "%zu columns, but the first line has %zu",
					   nth, reader->csv.count);
		if (cut_field(&record, &field) != BW_OK)
			return reader_fail(reader, err, "text beside a quote");
		if (column == READER_TIME)
			out->time = field;
		else if (column == READER_KIND)
			out->kind = field;
		else if (column == READER_NAME)
			out->name = field;
		else
			out->known[column] = field;
	}
	if (record != NULL)
		return reader_fail(reader, err, "more than the %zu columns of the first line",
				   reader->csv.count);
	return BW_OK;
}

static enum bw_status take_cells(struct transfer_reader *reader, const struct texts *texts,
				 struct transfer_row *row, struct bw_error *err)
{
	const struct series_schema *schema = series_schema(row->kind);

	for (size_t nth = 0; nth < reader->csv.known.count; nth++) {
		const char *text = texts->known[nth] == NULL ? "" : texts->known[nth];
		int field = reader->csv.known.fields[row->kind][nth];

		if (field < 0) {
			if (text[0] != '\0')
				return reader_fail(reader, err, "a %s has no `%s`", schema->name,
						   reader->csv.known.names[nth]);
		} else if (schema->fields[field].type == SERIES_TEXT) {
			row->text = text[0] != '\0' ? text : NULL;
		} else if (cell_parse(schema, (size_t)field, text, &row->cells[field]) != BW_OK) {
			return reader_fail(reader, err, "`%.64s` is no %s of a %s", text,
					   reader->csv.known.names[nth], schema->name);
		}
	}
	return BW_OK;
}

enum bw_status csv_read_record(struct transfer_reader *reader, char *record, struct bw_error *err)
{
	struct texts texts = { 0 };
	struct transfer_row row;
	enum bw_status status;

	if (reader->csv.count == 0)
		return read_header(reader, record, err);
	status = cut_record(reader, record, &texts, err);
	if (status != BW_OK)
		return status;
	const struct reader_subject subject = { texts.time, texts.kind, texts.name };

	status = reader_take_subject(reader, &subject, &row, err);
	if (status == BW_OK)
		status = take_cells(reader, &texts, &row, err);
	if (status == BW_OK)
		reader->take(reader->arg, &row);
	return status;
}
