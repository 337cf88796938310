/* bytes.c - numbers of changing length, and the checksum of what they make up. */
#include <zlib.h>

#include "series/column.h"

static uint64_t zigzag(int64_t value)
{
	return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

static int64_t unzigzag(uint64_t value)
{
	return (int64_t)((value >> 1) ^ ((value & 1) != 0 ? UINT64_MAX : 0));
}

void column_put_varint(struct bw_buf *out, uint64_t value)
{
	char bytes[10];
	size_t len = 0;

	while (value >= 0x80) {
		bytes[len++] = (char)(value | 0x80);
		value >>= 7;
	}
	bytes[len++] = (char)value;
	bw_buf_append(out, bytes, len);
}

void column_put_signed(struct bw_buf *out, int64_t value)
{
	column_put_varint(out, zigzag(value));
}

enum bw_status column_get_varint(struct column_bytes *in, uint64_t *out)
{
	uint64_t value = 0;

	for (size_t nth = 0; nth < in->len && nth < 10; nth++) {
		const uint64_t part = in->data[nth] & 0x7f;

		if (nth == 9 && part > 1)
			return BW_ECORRUPT;
		value |= part << (7 * nth);
		if ((in->data[nth] & 0x80) != 0)
			continue;
		in->data += nth + 1;
		in->len -= nth + 1;
		*out = value;
		return BW_OK;
	}
	return BW_ECORRUPT;
}

enum bw_status column_get_signed(struct column_bytes *in, int64_t *out)
{
	uint64_t value;
	enum bw_status status = column_get_varint(in, &value);

	if (status == BW_OK)
		*out = unzigzag(value);
	return status;
}

uint32_t column_checksum(const void *data, size_t len)
{
	return (uint32_t)crc32_z(crc32_z(0, NULL, 0), data, len);
}
