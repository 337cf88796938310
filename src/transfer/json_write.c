#include <string.h>

#include "base/json_write.h"
#include "transfer/cell.h"
#include "transfer/transfer.h"

static void write_cell(struct bw_json *json, const struct series_schema *schema, size_t field,
		       const struct series_cell *cell)
{
	char text[CELL_TEXT_MAX];

	cell_format(schema, field, cell, text);
	bw_json_key(json, schema->fields[field].name);
	if (strspn(text, "0123456789+-.e") == strlen(text))
		bw_json_raw(json, text, strlen(text));
	else
		bw_json_string(json, text);
}

void transfer_json_row(const struct transfer_row *row, struct bw_buf *out)
{
	const struct series_schema *schema = series_schema(row->kind);
	struct bw_json json;

	bw_json_init(&json, out);
	bw_json_object_begin(&json);
	bw_json_key(&json, "time");
	bw_json_wall(&json, (struct bw_wall){ row->time_us });
	bw_json_member_string(&json, "kind", schema->name);
	if (row->name[0] != '\0')
		bw_json_member_string(&json, "name", row->name);
	for (size_t field = 0; field < schema->field_count; field++) {
		if (schema->fields[field].type == SERIES_TEXT) {
			if (row->text != NULL && row->text[0] != '\0')
				bw_json_member_string(&json, schema->fields[field].name, row->text);
		} else if (row->cells[field].type != SERIES_ABSENT) {
			write_cell(&json, schema, field, &row->cells[field]);
		}
	}
	bw_json_object_end(&json);
	bw_buf_byte(out, '\n');
}
