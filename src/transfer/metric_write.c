/* metric_write.c - a family a field, named bellwether_<kind>_<field>, in the field's own unit so
 * that every value reads back exactly. A text is a label of a sample that is always 1.
 */
#include <inttypes.h>
#include <string.h>

#include "transfer/cell.h"
#include "transfer/transfer.h"

static void write_escaped(const char *text, struct bw_buf *out)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			bw_buf_text(out, "\\n");
			continue;
		}
		if (*text == '\\' || *text == '"')
			bw_buf_byte(out, '\\');
		bw_buf_byte(out, *text);
	}
}

static void write_label(const char *key, const char *value, bool is_first, struct bw_buf *out)
{
	bw_buf_text(out, is_first ? "{" : ",");
	bw_buf_text(out, key);
	bw_buf_text(out, "=\"");
	write_escaped(value, out);
	bw_buf_byte(out, '"');
}

static void write_name(const struct series_schema *schema, size_t field, struct bw_buf *out)
{
	bw_buf_format(out, "bellwether_%s_%s", schema->name, schema->fields[field].name);
}

void transfer_metric_family(enum series_kind kind, size_t field, struct bw_buf *out)
{
	const struct series_schema *schema = series_schema(kind);

	bw_buf_text(out, "# TYPE ");
	write_name(schema, field, out);
	bw_buf_text(out, " gauge\n");
	if (schema->fields[field].type != SERIES_STATE)
		return;
	bw_buf_text(out, "# HELP ");
	write_name(schema, field, out);
	for (size_t state = 0; state < schema->state_count; state++)
		if (schema->states[state] != NULL)
			bw_buf_format(out, " %zu is %s.", state, schema->states[state]);
	bw_buf_byte(out, '\n');
}

/* OpenMetrics writes infinities with a sign. */
static const char *metric_number(const char *text)
{
	return strcmp(text, "inf") == 0 ? "+Inf" : strcmp(text, "-inf") == 0 ? "-Inf" : text;
}

static void write_time(int64_t time_us, struct bw_buf *out)
{
	uint64_t size = time_us < 0 ? -(uint64_t)time_us : (uint64_t)time_us;

	bw_buf_format(out, " %s%" PRIu64 ".%06" PRIu64 "\n", time_us < 0 ? "-" : "", size / 1000000,
		      size % 1000000);
}

void transfer_metric_sample(const struct transfer_row *row, size_t field, struct bw_buf *out)
{
	const struct series_schema *schema = series_schema(row->kind);
	bool is_text = schema->fields[field].type == SERIES_TEXT;
	char text[CELL_TEXT_MAX] = "1";

	if (is_text ? row->text == NULL || row->text[0] == '\0'
		    : row->cells[field].type == SERIES_ABSENT)
		return;
	if (!is_text)
		cell_format_number(&row->cells[field], text);
	write_name(schema, field, out);
	if (row->name[0] != '\0')
		write_label(schema->name, row->name, true, out);
	if (is_text)
		write_label("text", row->text, row->name[0] == '\0', out);
	if (row->name[0] != '\0' || is_text)
		bw_buf_byte(out, '}');
	bw_buf_byte(out, ' ');
	bw_buf_text(out, metric_number(text));
	write_time(row->time_us, out);
}

void transfer_metric_end(struct bw_buf *out)
{
	bw_buf_text(out, "# EOF\n");
}
