/* display.c - a strict UTF-8 reader and two small tables of ranges.
 *
 * Not wcwidth(): it depends on the locale of the process, and a daemon has none. The tables hold
 * whole blocks, which is enough to put a caret under a token.
 */
#include "base/display.h"

#include <stdbool.h>

struct range {
	uint32_t first, last;
};

static const struct range wide[] = {
	{ 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0xa4cf },   { 0xa960, 0xa97f },
	{ 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },
	{ 0xffe0, 0xffe6 },   { 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff }, { 0x1f900, 0x1f9ff },
	{ 0x20000, 0x3fffd },
};

static const struct range combining[] = {
	{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x0610, 0x061a },
	{ 0x064b, 0x065f }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x200b, 0x200d },
	{ 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },
};

/* Marks and overrides of direction make a line read as something it is not. */
static const struct range hidden[] = {
	{ 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x200e, 0x200f },
	{ 0x2028, 0x202e }, { 0x2066, 0x2069 }, { 0xfeff, 0xfeff },
};

static bool is_in(uint32_t character, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (character >= ranges[i].first && character <= ranges[i].last)
			return true;
	return false;
}

#define IS_IN(character, ranges) is_in(character, ranges, sizeof ranges / sizeof ranges[0])

size_t bw_utf8_next(const char *text, size_t len, uint32_t *character)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *bytes = (const unsigned char *)text;
	size_t size = bytes[0] < 0x80                       ? 1
		      : bytes[0] >= 0xc2 && bytes[0] < 0xe0 ? 2
		      : bytes[0] >= 0xe0 && bytes[0] < 0xf0 ? 3
		      : bytes[0] >= 0xf0 && bytes[0] < 0xf5 ? 4
							    : 0;
	uint32_t value = size > 1 ? bytes[0] & (0x7fu >> size) : bytes[0];

	*character = 0xfffd;
	if (size == 0 || size > len)
		return 1;
	for (size_t i = 1; i < size; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 1;
		value = value << 6 | (bytes[i] & 0x3f);
	}
	if (value < least[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 1;
	*character = value;
	return size;
}

int bw_display_columns(uint32_t character)
{
	if (IS_IN(character, hidden))
		return character < 0x100 ? 4 : 6;
	if (IS_IN(character, combining))
		return 0;
	return IS_IN(character, wide) ? 2 : 1;
}

size_t bw_display_width(const char *text, size_t len)
{
	size_t columns = 0;

	for (size_t at = 0; at < len;) {
		uint32_t character;

		at += bw_utf8_next(text + at, len - at, &character);
		columns += (size_t)bw_display_columns(character);
	}
	return columns;
}

void bw_display_append(struct bw_buf *buf, const char *text, size_t len)
{
	for (size_t at = 0; at < len;) {
		uint32_t character;
		size_t size = bw_utf8_next(text + at, len - at, &character);

		if (IS_IN(character, hidden))
			bw_buf_format(buf, character < 0x100 ? "\\x%02x" : "\\u%04x",
				      (unsigned)character);
		else if (character == 0xfffd)
			bw_buf_text(buf, "\xef\xbf\xbd");
		else
			bw_buf_append(buf, text + at, size);
		at += size;
	}
}
