/* text.c - vsnprintf() and a cut that leaves no half character; digits without the locale; foreign
 * bytes made one clean line.
 *
 * Cleaning is one pass: each step takes one character of the input, valid or not. Decoding is
 * strict (no overlong forms, no surrogates, nothing above U+10FFFF), because browsers and JSON
 * readers are; an invalid byte costs one replacement and one step.
 */
#include "base/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"

static size_t character_start(const char *text, size_t at)
{
	while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
		at--;
	return at;
}

void bw_text_format(char *out, size_t size, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	bw_text_format_args(out, size, format, args);
	va_end(args);
}

void bw_text_format_args(char *out, size_t size, const char *format, va_list args)
{
	int length = vsnprintf(out, size, format, args);

	if (length < 0)
		out[0] = '\0';
	else if ((size_t)length >= size)
		memcpy(out + character_start(out, size - 4), "...", 4);
}

int bw_hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

static bool is_continuation(unsigned char byte)
{
	return (byte & 0xC0) == 0x80;
}

/* Length of the valid sequence at `text`, 0 when there is none. */
static size_t sequence_length(const unsigned char *text, size_t len)
{
	unsigned char first = text[0];
	unsigned char low = 0x80, high = 0xBF;
	size_t need;

	if (first < 0x80)
		return 1;
	if (first >= 0xC2 && first <= 0xDF)
		need = 2;
	else if (first >= 0xE0 && first <= 0xEF)
		need = 3;
	else if (first >= 0xF0 && first <= 0xF4)
		need = 4;
	else
		return 0;
	if (first == 0xE0)
		low = 0xA0;
	else if (first == 0xED)
		high = 0x9F;
	else if (first == 0xF0)
		low = 0x90;
	else if (first == 0xF4)
		high = 0x8F;
	if (len < need || text[1] < low || text[1] > high)
		return 0;
	for (size_t i = 2; i < need; i++)
		if (!is_continuation(text[i]))
			return 0;
	return need;
}

/* What turns the direction of writing around: U+061C, U+200E-F, U+202A-E, U+2066-9. */
static bool is_direction(const unsigned char *text, size_t len)
{
	if (len == 2)
		return text[0] == 0xD8 && text[1] == 0x9C;
	if (len != 3 || text[0] != 0xE2)
		return false;
	return (text[1] == 0x80 &&
		(text[2] == 0x8E || text[2] == 0x8F || (text[2] >= 0xAA && text[2] <= 0xAE))) ||
	       (text[1] == 0x81 && text[2] >= 0xA6 && text[2] <= 0xA9);
}

/* C0, DEL, C1 and the two Unicode line separators would break the line or a terminal, and a change
 * of direction would let a text reorder what stands beside it. */
static bool is_control(const unsigned char *text, size_t len)
{
	if (len == 1)
		return text[0] < 0x20 || text[0] == 0x7F;
	if (is_direction(text, len))
		return true;
	if (len == 2)
		return text[0] == 0xC2 && text[1] < 0xA0;
	return len == 3 && text[0] == 0xE2 && text[1] == 0x80 &&
	       (text[2] == 0xA8 || text[2] == 0xA9);
}

struct piece {
	const char *bytes;
	size_t len;
	size_t used; /* of the input */
};

static struct piece next_piece(const char *text, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t sequence = sequence_length(bytes, len);

	if (sequence == 0)
		return (struct piece){ "\xEF\xBF\xBD", 3, 1 };
	if (is_control(bytes, sequence))
		return (struct piece){ " ", 1, sequence };
	return (struct piece){ text, sequence, sequence };
}

void bw_text_clean(const char *text, size_t len, char *out, size_t size)
{
	size_t used = 0, room_for_dots = 0;

	bw_assert(size >= 4);
	while (len > 0) {
		struct piece piece = next_piece(text, len);

		if (used + piece.len > size - 1) {
			memcpy(out + room_for_dots, "...", 4);
			return;
		}
		memcpy(out + used, piece.bytes, piece.len);
		used += piece.len;
		if (used <= size - 4)
			room_for_dots = used;
		text += piece.used;
		len -= piece.used;
	}
	while (used > 0 && out[used - 1] == ' ')
		used--;
	out[used] = '\0';
}

void bw_text_last_line(const char *text, size_t len, char *out, size_t size)
{
	const char *end = text + len, *begin;

	while (end > text && strchr(" \t\r\n", end[-1]))
		end--;
	begin = end;
	while (begin > text && begin[-1] != '\n')
		begin--;
	bw_text_clean(begin, (size_t)(end - begin), out, size);
}
