/* chunk.c - the frame around columns.
 *
 * Layout: CRC-32 of all behind it, lowest byte first; version (1), kind; rows, fields, unit of the
 * times, earliest time (signed), how much later the latest is; the times as integers less the
 * earliest; each field's cells.
 */
#include "series/chunk.h"

#include <stdlib.h>
#include <string.h>

#include "series/column.h"

enum { VERSION = 1, SUM_LENGTH = 4, HEAD_LENGTH = 6 };

static const int64_t units[] = { 1, 1000, 1000000 };

enum { UNITS = sizeof(units) / sizeof(units[0]) };

static size_t unit_of(const int64_t *times_us, size_t count)
{
	size_t unit = UNITS - 1;

	for (size_t nth = 0; nth < count && unit > 0; nth++)
		while (times_us[nth] % units[unit] != 0)
			unit--;
	return unit;
}

static void put_times(struct bw_buf *out, const struct series_rows *rows)
{
	const size_t unit = unit_of(rows->times_us, rows->count);
	int64_t *times = malloc(rows->count * sizeof(*times));
	int64_t from = INT64_MAX, to = INT64_MIN;

	if (times == NULL) {
		out->status = BW_ENOMEM;
		return;
	}
	for (size_t nth = 0; nth < rows->count; nth++) {
		times[nth] = rows->times_us[nth] / units[unit];
		from = times[nth] < from ? times[nth] : from;
		to = times[nth] > to ? times[nth] : to;
	}
	for (size_t nth = 0; nth < rows->count; nth++)
		times[nth] = (int64_t)((uint64_t)times[nth] - (uint64_t)from);
	bw_buf_byte(out, (char)unit);
	column_put_signed(out, from);
	column_put_varint(out, (uint64_t)to - (uint64_t)from);
	column_put_integers(out, times, rows->count);
	free(times);
}

void chunk_encode(struct bw_buf *out, enum series_kind kind, const struct series_rows *rows)
{
	const char head[HEAD_LENGTH] = { 0, 0, 0, 0, VERSION, (char)kind };
	const size_t start = out->len;

	bw_buf_append(out, head, sizeof(head));
	column_put_varint(out, rows->count);
	column_put_varint(out, rows->field_count);
	put_times(out, rows);
	for (size_t field = 0; field < rows->field_count; field++)
		column_put_cells(out, &rows->columns[field], rows->count);
	if (out->status != BW_OK)
		return;
	const uint32_t sum =
		column_checksum(out->data + start + SUM_LENGTH, out->len - start - SUM_LENGTH);

	for (size_t nth = 0; nth < SUM_LENGTH; nth++)
		out->data[start + nth] = (char)(sum >> (8 * nth));
}

/* --- reading --- */

struct chunk_head {
	struct chunk_summary summary;
	uint64_t fields;
	int64_t unit, from; /* from in the unit */
};

static uint32_t get_sum(const uint8_t *data)
{
	return (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 |
	       (uint32_t)data[3] << 24;
}

static enum bw_status get_span(struct column_bytes *in, struct chunk_head *out)
{
	uint64_t span;
	int64_t to;

	if (in->len == 0 || *in->data >= UNITS)
		return BW_ECORRUPT;
	out->unit = units[*in->data++];
	in->len--;
	if (column_get_signed(in, &out->from) != BW_OK || column_get_varint(in, &span) != BW_OK)
		return BW_ECORRUPT;
	to = (int64_t)((uint64_t)out->from + span);
	if (to < out->from || __builtin_mul_overflow(out->from, out->unit, &out->summary.from_us) ||
	    __builtin_mul_overflow(to, out->unit, &out->summary.to_us))
		return BW_ECORRUPT;
	return BW_OK;
}

/* *in goes behind the head. */
static enum bw_status get_head(struct column_bytes *in, struct chunk_head *out)
{
	uint64_t rows;

	if (in->len <= HEAD_LENGTH || in->len > CHUNK_BYTES_MAX ||
	    column_checksum(in->data + SUM_LENGTH, in->len - SUM_LENGTH) != get_sum(in->data) ||
	    in->data[SUM_LENGTH] != VERSION || in->data[SUM_LENGTH + 1] >= SERIES_KINDS)
		return BW_ECORRUPT;
	out->summary.kind = (enum series_kind)in->data[SUM_LENGTH + 1];
	in->data += HEAD_LENGTH;
	in->len -= HEAD_LENGTH;
	if (column_get_varint(in, &rows) != BW_OK || column_get_varint(in, &out->fields) != BW_OK ||
	    rows == 0 || rows > CHUNK_ROWS_MAX)
		return BW_ECORRUPT;
	out->summary.rows = (size_t)rows;
	return get_span(in, out);
}

enum bw_status chunk_look(const void *data, size_t len, struct chunk_summary *out)
{
	struct column_bytes in = { data, len };
	struct chunk_head head;
	enum bw_status status = get_head(&in, &head);

	if (status == BW_OK)
		*out = head.summary;
	return status;
}

static enum bw_status get_times(struct column_bytes *in, const struct chunk_head *head,
				int64_t *times_us)
{
	enum bw_status status = column_get_integers(in, times_us, head->summary.rows);

	for (size_t nth = 0; nth < head->summary.rows && status == BW_OK; nth++) {
		const int64_t time = (int64_t)((uint64_t)times_us[nth] + (uint64_t)head->from);

		if (__builtin_mul_overflow(time, head->unit, &times_us[nth]) ||
		    times_us[nth] < head->summary.from_us || times_us[nth] > head->summary.to_us)
			status = BW_ECORRUPT;
	}
	return status;
}

static struct series_column column_at(const struct series_rows *rows, size_t field)
{
	return (struct series_column){ rows->columns[field].types + rows->count,
				       rows->columns[field].values + rows->count };
}

static void clear(const struct series_column *column, size_t count)
{
	memset(column->types, SERIES_ABSENT, count);
	memset(column->values, 0, count * sizeof(*column->values));
}

static enum bw_status get_fields(struct column_bytes *in, const struct chunk_head *head,
				 uint32_t wanted, const struct series_rows *rows)
{
	const size_t count = head->summary.rows;
	enum bw_status status = BW_OK;

	for (size_t field = 0; field < rows->field_count && status == BW_OK; field++) {
		struct series_column column = column_at(rows, field);
		const bool is_wanted = wanted == 0 || (wanted >> field & 1) != 0;

		if (field < head->fields && is_wanted) {
			status = column_get_cells(in, &column, count);
			continue;
		}
		clear(&column, count);
		if (field < head->fields)
			status = column_skip(in);
	}
	for (uint64_t field = rows->field_count; field < head->fields && status == BW_OK; field++)
		status = column_skip(in);
	return status == BW_OK && in->len > 0 ? BW_ECORRUPT : status;
}

enum bw_status chunk_decode(const void *data, size_t len, uint32_t wanted, struct series_rows *rows)
{
	struct column_bytes in = { data, len };
	struct chunk_head head;
	enum bw_status status = get_head(&in, &head);

	if (status == BW_OK)
		status = series_rows_reserve(rows, head.summary.rows);
	if (status == BW_OK)
		status = get_times(&in, &head, rows->times_us + rows->count);
	if (status == BW_OK)
		status = get_fields(&in, &head, wanted, rows);
	if (status == BW_OK)
		rows->count += head.summary.rows;
	return status;
}
