/* csv_write.c - the columns of all kinds are the fields of each in their order, each name once. */
#include <string.h>

#include "transfer/cell.h"
#include "transfer/columns.h"
#include "transfer/transfer.h"

void transfer_csv_text(const char *text, struct bw_buf *out)
{
	if (text[strcspn(text, ",\"\r\n")] == '\0' && text[0] != ' ') {
		bw_buf_text(out, text);
		return;
	}
	bw_buf_byte(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			bw_buf_byte(out, '"');
		bw_buf_byte(out, *text);
	}
	bw_buf_byte(out, '"');
}

static void write_time(int64_t time_us, struct bw_buf *out)
{
	char text[BW_WALL_TEXT_MAX];

	bw_wall_format((struct bw_wall){ time_us }, text);
	bw_buf_text(out, text);
}

static void write_cell(const struct transfer_row *row, const struct series_schema *schema,
		       size_t field, struct bw_buf *out)
{
	char text[CELL_TEXT_MAX];

	if (schema->fields[field].type == SERIES_TEXT) {
		transfer_csv_text(row->text != NULL ? row->text : "", out);
		return;
	}
	cell_format(schema, field, &row->cells[field], text);
	bw_buf_text(out, text);
}

void transfer_csv_header(const struct transfer_columns *columns, struct bw_buf *out)
{
	bw_buf_text(out, "time,kind,name");
	for (size_t nth = 0; nth < columns->count; nth++) {
		bw_buf_byte(out, ',');
		bw_buf_text(out, columns->names[nth]);
	}
	bw_buf_byte(out, '\n');
}

void transfer_csv_row(const struct transfer_columns *columns, const struct transfer_row *row,
		      struct bw_buf *out)
{
	const struct series_schema *schema = series_schema(row->kind);

	write_time(row->time_us, out);
	bw_buf_byte(out, ',');
	bw_buf_text(out, schema->name);
	bw_buf_byte(out, ',');
	transfer_csv_text(row->name, out);
	for (size_t nth = 0; nth < columns->count; nth++) {
		bw_buf_byte(out, ',');
		if (columns->fields[row->kind][nth] >= 0)
			write_cell(row, schema, (size_t)columns->fields[row->kind][nth], out);
	}
	bw_buf_byte(out, '\n');
}

void transfer_csv_series_header(enum series_kind kind, struct bw_buf *out)
{
	const struct series_schema *schema = series_schema(kind);

	bw_buf_text(out, "time");
	for (size_t field = 0; field < schema->field_count; field++) {
		bw_buf_byte(out, ',');
		bw_buf_text(out, schema->fields[field].name);
	}
	bw_buf_byte(out, '\n');
}

void transfer_csv_series_row(const struct transfer_row *row, struct bw_buf *out)
{
	const struct series_schema *schema = series_schema(row->kind);

	write_time(row->time_us, out);
	for (size_t field = 0; field < schema->field_count; field++) {
		bw_buf_byte(out, ',');
		write_cell(row, schema, field, out);
	}
	bw_buf_byte(out, '\n');
}
