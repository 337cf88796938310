/* decoder.c - the wire format read byte by byte; whatever has no place in the message fails. */
#include "decoder.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <snappy-c.h>

#include "base/xalloc.h"
#include "remote/sample.h"

enum { NAME_MAX_BYTES = 600 };

struct bytes {
	const unsigned char *at, *end;
};

/* A series' labels as they come: its name, and the others behind a brace. */
struct labels {
	char latest[NAME_MAX_BYTES], name[NAME_MAX_BYTES];
	struct bw_buf others;
};

static uint64_t get_varint(struct bytes *in)
{
	uint64_t value = 0;
	int shift = 0;
	unsigned char byte;

	do {
		assert_true(in->at < in->end && shift < 64);
		byte = *in->at++;
		value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	return value;
}

static struct bytes get_bytes(struct bytes *in)
{
	uint64_t len = get_varint(in);
	struct bytes part = { in->at, in->at + len };

	assert_true(len <= (uint64_t)(in->end - in->at));
	in->at += len;
	return part;
}

static void get_text(struct bytes *in, char *out)
{
	struct bytes part = get_bytes(in);

	assert_true(part.end > part.at && part.end - part.at < NAME_MAX_BYTES);
	snprintf(out, NAME_MAX_BYTES, "%.*s", (int)(part.end - part.at), (const char *)part.at);
}

static void get_label(struct bytes in, struct labels *labels)
{
	char name[NAME_MAX_BYTES], value[NAME_MAX_BYTES];

	assert_int_equal(get_varint(&in), 0x0a);
	get_text(&in, name);
	assert_int_equal(get_varint(&in), 0x12);
	get_text(&in, value);
	assert_ptr_equal(in.at, in.end);
	assert_true(strcmp(labels->latest, name) < 0);
	memcpy(labels->latest, name, sizeof(name));
	if (strcmp(name, "__name__") == 0)
		memcpy(labels->name, value, sizeof(value));
	else
		bw_buf_format(&labels->others, "%s%s=\"%s\"", labels->others.len > 0 ? "," : "",
			      name, value);
}

static void get_sample(struct bytes in, const struct labels *labels, struct bw_buf *out)
{
	uint64_t bits = 0;
	double value;

	assert_int_equal(get_varint(&in), 0x09);
	assert_true(in.end - in.at >= 8);
	for (int nth = 0; nth < 8; nth++)
		bits |= (uint64_t)*in.at++ << (8 * nth);
	memcpy(&value, &bits, sizeof(value));
	assert_int_equal(get_varint(&in), 0x10);
	bw_buf_format(out, "%s{%s} ", labels->name,
		      labels->others.len > 0 ? labels->others.data : "");
	if (bits == REMOTE_STALE_BITS)
		bw_buf_text(out, "stale");
	else
		bw_buf_format(out, "%.15g", value);
	bw_buf_format(out, " @%" PRId64 "\n", (int64_t)get_varint(&in));
	assert_ptr_equal(in.at, in.end);
}

static void get_series(struct bytes in, struct bw_buf *out)
{
	struct labels labels = { .latest = "" };
	size_t samples = 0;

	bw_buf_init(&labels.others, 0);
	while (in.at < in.end) {
		uint64_t key = get_varint(&in);

		assert_true(key == 0x12 || (key == 0x0a && samples == 0));
		if (key == 0x0a) {
			get_label(get_bytes(&in), &labels);
		} else {
			get_sample(get_bytes(&in), &labels, out);
			samples++;
		}
	}
	assert_true(samples > 0 && labels.name[0] != '\0');
	bw_buf_finish(&labels.others);
}

void decode_plain(const char *message, size_t len, struct bw_buf *out)
{
	struct bytes in = { (const unsigned char *)message, (const unsigned char *)message + len };

	while (in.at < in.end) {
		assert_int_equal(get_varint(&in), 0x0a);
		get_series(get_bytes(&in), out);
	}
}

void decode_request(const char *body, size_t len, struct bw_buf *out)
{
	char *plain;
	size_t size;

	assert_int_equal(snappy_uncompressed_length(body, len, &size), SNAPPY_OK);
	plain = xmalloc(size + 1);
	assert_int_equal(snappy_uncompress(body, len, plain, &size), SNAPPY_OK);
	decode_plain(plain, size, out);
	free(plain);
}
