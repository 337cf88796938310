/* api_csv.c - see api_csv.h.
 *
 * Rows are as `bellwether history export` writes them. Buckets have columns of their own: what is
 * an average must not be taken for a measurement.
 */
#include "daemon/api_csv.h"

#include "base/number.h"
#include "daemon/api_timeline.h"
#include "transfer/transfer.h"

static void write_row(const struct api_series *series, struct store_view *view, size_t nth,
		      struct bw_buf *out)
{
	const struct series_schema *schema = series_schema(series->kind);
	struct transfer_row row = { .kind = series->kind, .name = "" };

	series_rows_get(&series->rows, nth, &row.time_us, row.cells);
	for (size_t field = 0; field < schema->field_count; field++) {
		const struct series_cell *cell = &row.cells[field];

		if (schema->fields[field].type == SERIES_TEXT && cell->type == SERIES_INTEGER &&
		    cell->value.integer != 0)
			row.text = store_view_text(view, cell->value.integer);
	}
	transfer_csv_series_row(&row, out);
}

static void write_bucket_header(const struct series_schema *schema, struct bw_buf *out)
{
	bw_buf_format(out, "time,width_s,%s,looks", schema->fields[0].name);
	for (size_t field = 0; field < schema->field_count; field++) {
		const char *name = schema->fields[field].name;

		if (schema->fields[field].type == SERIES_GAUGE)
			bw_buf_format(out, ",%s_average,%s_min,%s_max", name, name, name);
	}
	bw_buf_byte(out, '\n');
}

static void write_gauge(const struct rollup_gauge *gauge, struct bw_buf *out)
{
	const double values[] = { gauge->sum / (double)gauge->count, gauge->min, gauge->max };
	char text[BW_NUMBER_TEXT_MAX];

	for (int i = 0; i < 3; i++) {
		bw_buf_byte(out, ',');
		if (gauge->count == 0)
			continue;
		bw_double_text(values[i], text);
		bw_buf_text(out, text);
	}
}

static void write_bucket(const struct rollup_buckets *buckets, size_t nth, struct bw_buf *out)
{
	const struct series_schema *schema = series_schema(buckets->kind);
	const struct rollup_bucket *bucket = &buckets->items[nth];
	char time[BW_WALL_TEXT_MAX];

	bw_wall_format((struct bw_wall){ bucket->from_us }, time);
	bw_buf_format(out, "%s,%lld,%s,%llu", time, (long long)(bucket->width_us / BW_SECOND_US),
		      series_state_word(schema->kind, api_worst_state(schema->kind, bucket)),
		      (unsigned long long)bucket->looks);
	for (size_t field = 0; field < schema->field_count; field++) {
		const struct rollup_gauge *gauge = rollup_gauge_at(buckets, nth, field);

		if (gauge != NULL)
			write_gauge(gauge, out);
	}
	bw_buf_byte(out, '\n');
}

void api_csv_write(const struct api_series *series, struct store_view *view, struct bw_buf *out)
{
	const struct series_schema *schema = series_schema(series->kind);

	if (series->resolution_us == 0)
		transfer_csv_series_header(series->kind, out);
	else
		write_bucket_header(schema, out);
	for (size_t i = 0; i < series->count; i++) {
		if (series->resolution_us == 0)
			write_row(series, view, series->kept[i], out);
		else
			write_bucket(&series->buckets, series->kept[i], out);
	}
}
