/* chunk.c - a machine of one byte a step, but for the data itself, which goes by in one piece.
 *
 * A size is 1 to 8 hexadecimal digits with nothing before it; every line ends with CRLF. A line
 * that some proxy reads otherwise is how requests are smuggled, so nothing is repaired.
 */
#include "http/chunk.h"

#include "base/text.h"

enum {
	STATE_SIZE,
	STATE_EXTENSION,
	STATE_SIZE_LF,
	STATE_DATA,
	STATE_DATA_CR,
	STATE_DATA_LF,
	STATE_TRAILER_BEGIN,
	STATE_TRAILER,
	STATE_TRAILER_LF,
	STATE_END_LF,
	STATE_DONE,
};

enum { SIZE_DIGITS_MAX = 8 };

void http_chunks_init(struct http_chunks *chunks)
{
	*chunks = (struct http_chunks){ .state = STATE_SIZE };
}

static bool step_size(struct http_chunks *chunks, char byte)
{
	int digit = bw_hex_value(byte);

	if (digit >= 0) {
		chunks->left = chunks->left * 16 + (uint64_t)digit;
		return ++chunks->digits <= SIZE_DIGITS_MAX;
	}
	if (chunks->digits == 0)
		return false;
	if (byte == '\r')
		chunks->state = STATE_SIZE_LF;
	else if (byte == ';')
		chunks->state = STATE_EXTENSION;
	else
		return false;
	return true;
}

/* A byte of text that is thrown away; its CR leads to `next`. */
static bool step_extra(struct http_chunks *chunks, char byte, uint8_t next)
{
	if (byte == '\r') {
		chunks->state = next;
		return true;
	}
	if (byte != '\t' && ((unsigned char)byte < 0x20 || byte == 0x7f))
		return false;
	return ++chunks->extra <= HTTP_CHUNK_EXTRA_MAX;
}

static bool step_expect(struct http_chunks *chunks, char byte, char expected, uint8_t next)
{
	chunks->state = next;
	return byte == expected;
}

static bool step_size_end(struct http_chunks *chunks, char byte)
{
	chunks->digits = 0;
	return step_expect(chunks, byte, '\n', chunks->left > 0 ? STATE_DATA : STATE_TRAILER_BEGIN);
}

static bool step_trailer_begin(struct http_chunks *chunks, char byte)
{
	if (byte == '\r') {
		chunks->state = STATE_END_LF;
		return true;
	}
	chunks->state = STATE_TRAILER;
	return byte != ' ' && byte != '\t' && step_extra(chunks, byte, STATE_TRAILER_LF);
}

static bool step(struct http_chunks *chunks, char byte)
{
	switch (chunks->state) {
	case STATE_SIZE:
		return step_size(chunks, byte);
	case STATE_EXTENSION:
		return step_extra(chunks, byte, STATE_SIZE_LF);
	case STATE_SIZE_LF:
		return step_size_end(chunks, byte);
	case STATE_DATA_CR:
		return step_expect(chunks, byte, '\r', STATE_DATA_LF);
	case STATE_DATA_LF:
		return step_expect(chunks, byte, '\n', STATE_SIZE);
	case STATE_TRAILER_BEGIN:
		return step_trailer_begin(chunks, byte);
	case STATE_TRAILER:
		return step_extra(chunks, byte, STATE_TRAILER_LF);
	case STATE_TRAILER_LF:
		return step_expect(chunks, byte, '\n', STATE_TRAILER_BEGIN);
	case STATE_END_LF:
		return step_expect(chunks, byte, '\n', STATE_DONE);
	default:
		return false;
	}
}

static enum http_chunk take_data(struct http_chunks *chunks, const char *bytes, size_t len,
				 size_t *taken)
{
	chunks->data = bytes;
	chunks->data_len = len < chunks->left ? len : (size_t)chunks->left;
	chunks->left -= chunks->data_len;
	*taken += chunks->data_len;
	if (chunks->left == 0)
		chunks->state = STATE_DATA_CR;
	return HTTP_CHUNK_DATA;
}

enum http_chunk http_chunks_feed(struct http_chunks *chunks, const char *bytes, size_t len,
				 size_t *taken)
{
	for (size_t i = 0; i < len; i++) {
		if (chunks->state == STATE_DATA)
			return take_data(chunks, bytes + i, len - i, taken);
		++*taken;
		if (!step(chunks, bytes[i]))
			return HTTP_CHUNK_BAD;
		if (chunks->state == STATE_DONE)
			return HTTP_CHUNK_DONE;
	}
	return HTTP_CHUNK_MORE;
}
