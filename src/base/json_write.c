/* json_write.c - commas, quotes and escapes; everything else is the buffer's.
 *
 * Commas: bit 0 of `has_member` belongs to the present level and says that a comma is due. A key
 * writes the comma and clears the bit, so that its value does not write a second one; every value
 * sets it. Going down a level shifts the bits up. The 64th level pushes out the outermost bit,
 * which is no loss: coming back up sets it again.
 *
 * Text is scanned once; runs of plain bytes are appended whole.
 */
#include "base/json_write.h"

#include <string.h>

#include "base/assert.h"
#include "base/display.h"

void bw_json_init(struct bw_json *json, struct bw_buf *buf)
{
	*json = (struct bw_json){ .buf = buf };
}

static void begin_value(struct bw_json *json)
{
	if (json->has_member & 1)
		bw_buf_byte(json->buf, ',');
	json->has_member |= 1;
}

static void go_down(struct bw_json *json, char bracket)
{
	bw_assert(json->depth < BW_JSON_DEPTH_MAX);
	begin_value(json);
	bw_buf_byte(json->buf, bracket);
	json->has_member <<= 1;
	json->depth++;
}

static void go_up(struct bw_json *json, char bracket)
{
	bw_assert(json->depth > 0);
	bw_buf_byte(json->buf, bracket);
	json->has_member = json->has_member >> 1 | 1;
	json->depth--;
}

void bw_json_object_begin(struct bw_json *json)
{
	go_down(json, '{');
}

void bw_json_object_end(struct bw_json *json)
{
	go_up(json, '}');
}

void bw_json_array_begin(struct bw_json *json)
{
	go_down(json, '[');
}

void bw_json_array_end(struct bw_json *json)
{
	go_up(json, ']');
}

/* Bytes from `text` on that can be copied as they are. */
static size_t plain_run(const char *text, size_t len)
{
	size_t at = 0;

	while (at < len) {
		unsigned char byte = (unsigned char)text[at];
		uint32_t character;
		size_t length = 1;

		if (byte < 0x20 || byte == '"' || byte == '\\')
			break;
		if (byte >= 0x80) {
			length = bw_utf8_next(text + at, len - at, &character);
			if (length == 1)
				break; /* no UTF-8 */
		}
		at += length;
	}
	return at;
}

static void append_escaped(struct bw_buf *buf, unsigned char byte)
{
	static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	static const char hex[] = "0123456789abcdef";

	if (byte >= 0x80) {
		bw_buf_text(buf, "\xef\xbf\xbd");
		return;
	}
	for (const char *pair = letters; *pair; pair += 2) {
		if (*pair == (char)byte) {
			bw_buf_append(buf, (char[]){ '\\', pair[1] }, 2);
			return;
		}
	}
	bw_buf_append(buf, (char[]){ '\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15] }, 6);
}

static void append_quoted(struct bw_buf *buf, const char *text, size_t len)
{
	size_t at = 0;

	bw_buf_byte(buf, '"');
	while (at < len) {
		size_t run = plain_run(text + at, len - at);

		bw_buf_append(buf, text + at, run);
		at += run;
		if (at < len)
			append_escaped(buf, (unsigned char)text[at++]);
	}
	bw_buf_byte(buf, '"');
}

void bw_json_key(struct bw_json *json, const char *key)
{
	begin_value(json);
	append_quoted(json->buf, key, strlen(key));
	bw_buf_byte(json->buf, ':');
	json->has_member &= ~UINT64_C(1);
}

void bw_json_string(struct bw_json *json, const char *text)
{
	if (text)
		bw_json_string_len(json, text, strlen(text));
	else
		bw_json_null(json);
}

void bw_json_string_len(struct bw_json *json, const char *text, size_t len)
{
	begin_value(json);
	append_quoted(json->buf, text, len);
}

void bw_json_int(struct bw_json *json, int64_t value)
{
	bw_json_number(json, bw_number_from_int(value));
}

void bw_json_double(struct bw_json *json, double value)
{
	bw_json_number(json, bw_number_from_double(value));
}

void bw_json_number(struct bw_json *json, struct bw_number number)
{
	char text[BW_NUMBER_TEXT_MAX];
	int length = bw_number_text(number, text);

	bw_json_raw(json, text, (size_t)length);
}

void bw_json_bool(struct bw_json *json, bool value)
{
	bw_json_raw(json, value ? "true" : "false", value ? 4 : 5);
}

void bw_json_null(struct bw_json *json)
{
	bw_json_raw(json, "null", 4);
}

void bw_json_wall(struct bw_json *json, struct bw_wall time)
{
	char text[BW_WALL_TEXT_MAX];

	bw_wall_format(time, text);
	bw_json_string(json, text);
}

void bw_json_raw(struct bw_json *json, const char *text, size_t len)
{
	begin_value(json);
	bw_buf_append(json->buf, text, len);
}

void bw_json_raw_members(struct bw_json *json, const char *text, size_t len)
{
	if (len > 0)
		bw_json_raw(json, text, len);
}

void bw_json_member_int(struct bw_json *json, const char *key, int64_t value)
{
	bw_json_key(json, key);
	bw_json_int(json, value);
}

void bw_json_member_double(struct bw_json *json, const char *key, double value)
{
	bw_json_key(json, key);
	bw_json_double(json, value);
}

void bw_json_member_bool(struct bw_json *json, const char *key, bool value)
{
	bw_json_key(json, key);
	bw_json_bool(json, value);
}

void bw_json_member_string(struct bw_json *json, const char *key, const char *text)
{
	bw_json_key(json, key);
	bw_json_string(json, text);
}
