/* log_entry.c - times go down as often as up, because rows of many series come in one commit; so
 * the differences are small, and signed.
 */
#include "storage/log_entry.h"

#include <string.h>

#include "series/column.h"

enum { VERSION = 1, REAL_BYTES = 8, TYPE_BITS = 2, TYPE_MASK = 3 };

void log_seal(struct bw_buf *out, size_t begin)
{
	uint32_t sum;

	if (out->status != BW_OK)
		return;
	sum = column_checksum(out->data + begin, out->len - begin);
	for (int nth = 0; nth < LOG_SEAL_BYTES; nth++)
		bw_buf_byte(out, (char)(sum >> (8 * nth)));
}

bool log_is_whole(const void *data, size_t len)
{
	const uint8_t *bytes = data;
	uint32_t sum = 0;

	if (len < LOG_SEAL_BYTES)
		return false;
	for (int nth = 0; nth < LOG_SEAL_BYTES; nth++)
		sum |= (uint32_t)bytes[len - LOG_SEAL_BYTES + (size_t)nth] << (8 * nth);
	return column_checksum(data, len - LOG_SEAL_BYTES) == sum;
}

void log_writer_begin(struct log_writer *writer, struct bw_buf *out)
{
	*writer = (struct log_writer){ .out = out, .begin = out->len };
	bw_buf_byte(out, VERSION);
}

void log_writer_end(struct log_writer *writer)
{
	log_seal(writer->out, writer->begin);
}

static void put_real(struct bw_buf *out, double value)
{
	uint64_t bits;
	char bytes[REAL_BYTES];

	memcpy(&bits, &value, sizeof(bits));
	for (int nth = 0; nth < REAL_BYTES; nth++)
		bytes[nth] = (char)(bits >> (8 * nth));
	bw_buf_append(out, bytes, sizeof(bytes));
}

/* Differences wrap, and wrap back. */
static int64_t difference(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

void log_writer_row(struct log_writer *writer, int64_t series, int64_t time_us,
		    const struct series_cell *cells, size_t cell_count)
{
	struct bw_buf *out = writer->out;
	uint64_t types = 0;

	column_put_varint(out, (uint64_t)series);
	column_put_signed(out, difference(time_us, writer->before_us));
	writer->before_us = time_us;
	column_put_varint(out, cell_count);
	for (size_t nth = 0; nth < cell_count; nth++)
		types |= (uint64_t)cells[nth].type << (TYPE_BITS * nth);
	column_put_varint(out, types);
	for (size_t nth = 0; nth < cell_count; nth++) {
		if (cells[nth].type == SERIES_INTEGER)
			column_put_signed(out, cells[nth].value.integer);
		else if (cells[nth].type == SERIES_REAL)
			put_real(out, cells[nth].value.real);
	}
}

static enum bw_status get_real(struct column_bytes *in, double *out)
{
	uint64_t bits = 0;

	if (in->len < REAL_BYTES)
		return BW_ECORRUPT;
	for (int nth = 0; nth < REAL_BYTES; nth++)
		bits |= (uint64_t)in->data[nth] << (8 * nth);
	in->data += REAL_BYTES;
	in->len -= REAL_BYTES;
	memcpy(out, &bits, sizeof(*out));
	return BW_OK;
}

static enum bw_status get_cells(struct column_bytes *in, struct log_row *row)
{
	enum bw_status status = BW_OK;
	uint64_t count, types;

	if (column_get_varint(in, &count) != BW_OK || count > SERIES_FIELDS_MAX ||
	    column_get_varint(in, &types) != BW_OK)
		return BW_ECORRUPT;
	row->cell_count = count;
	for (size_t nth = 0; nth < count && status == BW_OK; nth++) {
		struct series_cell *cell = &row->cells[nth];

		switch (types >> (TYPE_BITS * nth) & TYPE_MASK) {
		case SERIES_ABSENT:
			*cell = (struct series_cell){ .type = SERIES_ABSENT };
			break;
		case SERIES_INTEGER:
			cell->type = SERIES_INTEGER;
			status = column_get_signed(in, &cell->value.integer);
			break;
		case SERIES_REAL:
			cell->type = SERIES_REAL;
			status = get_real(in, &cell->value.real);
			break;
		default:
			status = BW_ECORRUPT;
		}
	}
	return status;
}

static enum bw_status get_row(struct column_bytes *in, int64_t *time_us, struct log_row *row)
{
	uint64_t series;
	int64_t step;

	if (column_get_varint(in, &series) != BW_OK || series > INT64_MAX ||
	    column_get_signed(in, &step) != BW_OK)
		return BW_ECORRUPT;
	*time_us = (int64_t)((uint64_t)*time_us + (uint64_t)step);
	row->series = (int64_t)series;
	row->time_us = *time_us;
	return get_cells(in, row);
}

enum bw_status log_entry_read(const void *data, size_t len,
			      void (*visit)(void *arg, const struct log_row *row), void *arg)
{
	struct column_bytes in = { data, len };
	struct log_row row = { 0 };
	int64_t time_us = 0;
	enum bw_status status;

	if (len < 1 + LOG_SEAL_BYTES || !log_is_whole(data, len) || in.data[0] != VERSION)
		return BW_ECORRUPT;
	in.data++;
	in.len -= 1 + LOG_SEAL_BYTES;
	while (in.len > 0) {
		status = get_row(&in, &time_us, &row);
		if (status != BW_OK)
			return status;
		visit(arg, &row);
	}
	return BW_OK;
}
