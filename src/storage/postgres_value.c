/* postgres_value.c - whole numbers, reals, texts and bytes as PostgreSQL sends them: big-endian,
 * without their text form in between, so that a real comes back bit by bit.
 *
 * A text that is no UTF-8 would be refused by the server and hold up all others: what is wrong in
 * it becomes U+FFFD here, in values and in conditions alike.
 */
#include <endian.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/display.h"
#include "base/xalloc.h"
#include "storage/postgres_impl.h"

/* Numbers of built-in types; they never change. */
enum {
	TYPE_BYTEA = 17,
	TYPE_INT8 = 20,
	TYPE_INT2 = 21,
	TYPE_INT4 = 23,
	TYPE_FLOAT8 = 701,
};

static bool is_utf8(const char *text, size_t len)
{
	for (size_t at = 0; at < len;) {
		uint32_t character;
		size_t size = bw_utf8_next(text + at, len - at, &character);

		if (size == 1 && character == 0xfffd)
			return false;
		at += size;
	}
	return true;
}

static char *repair(const char *text, size_t len)
{
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	for (size_t at = 0; at < len;) {
		uint32_t character;
		size_t size = bw_utf8_next(text + at, len - at, &character);

		if (size == 1 && character == 0xfffd)
			bw_buf_text(&buf, "\xef\xbf\xbd");
		else
			bw_buf_append(&buf, text + at, size);
		at += size;
	}
	xalloc_must(buf.status);
	return bw_buf_take(&buf, NULL);
}

static void encode_text(const char *text, struct postgres_bytes *out)
{
	size_t len = strlen(text);

	if (!is_utf8(text, len)) {
		out->repaired = repair(text, len);
		text = out->repaired;
		len = strlen(text);
	}
	bw_assert(len <= INT_MAX);
	out->data = text;
	out->len = (int)len;
}

static void encode_bits(uint64_t bits, int len, struct postgres_bytes *out)
{
	uint64_t big = htobe64(bits);

	memcpy(out->scratch, (const char *)&big + 8 - len, (size_t)len);
	out->data = out->scratch;
	out->len = len;
}

static enum bw_status encode_integer(int64_t value, Oid type, struct postgres_bytes *out)
{
	double real = (double)value;
	uint64_t bits;

	if (type == TYPE_INT4 && (value < INT32_MIN || value > INT32_MAX))
		return BW_EINVAL;
	if (type != TYPE_INT4 && type != TYPE_INT8 && type != TYPE_FLOAT8)
		return BW_EINVAL;
	if (type == TYPE_FLOAT8)
		memcpy(&bits, &real, sizeof(bits));
	else
		bits = (uint64_t)value;
	encode_bits(bits, type == TYPE_INT4 ? 4 : 8, out);
	return BW_OK;
}

enum bw_status postgres_encode(const struct sql_value *value, Oid type, struct postgres_bytes *out)
{
	uint64_t bits;

	*out = (struct postgres_bytes){ .data = NULL };
	switch (value->type) {
	case SQL_NULL:
		return BW_OK;
	case SQL_INTEGER:
		return encode_integer(value->integer, type, out);
	case SQL_REAL:
		if (type != TYPE_FLOAT8)
			return BW_EINVAL;
		memcpy(&bits, &value->real, sizeof(bits));
		encode_bits(bits, 8, out);
		return BW_OK;
	case SQL_TEXT:
		encode_text(value->data, out);
		return BW_OK;
	case SQL_BLOB:
		bw_assert(value->len <= INT_MAX);
		out->data = value->len > 0 ? value->data : "";
		out->len = (int)value->len;
		return type == TYPE_BYTEA ? BW_OK : BW_EINVAL;
	}
	return BW_EINVAL;
}

static uint64_t decode_bits(const char *data, int len)
{
	uint64_t bits = 0;

	for (int nth = 0; nth < len && nth < 8; nth++)
		bits = bits << 8 | (unsigned char)data[nth];
	return bits;
}

void postgres_decode(const PGresult *result, int row, int column, struct sql_value *out)
{
	const char *data = PQgetvalue(result, row, column);
	int len = PQgetlength(result, row, column);
	uint64_t bits = decode_bits(data, len);

	*out = (struct sql_value){ .type = SQL_NULL };
	if (PQgetisnull(result, row, column))
		return;
	switch (PQftype(result, column)) {
	case TYPE_INT2:
	case TYPE_INT4:
	case TYPE_INT8:
		out->type = SQL_INTEGER;
		out->integer = len == 8 ? (int64_t)bits : len == 4 ? (int32_t)bits : (int16_t)bits;
		break;
	case TYPE_FLOAT8:
		out->type = SQL_REAL;
		memcpy(&out->real, &bits, sizeof(out->real));
		break;
	default:
		out->type = PQftype(result, column) == TYPE_BYTEA ? SQL_BLOB : SQL_TEXT;
		out->data = data;
		out->len = (size_t)len;
		break;
	}
}
