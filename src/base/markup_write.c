/* markup_write.c - one character after the other; what is plain is copied. */
#include "base/markup_write.h"

#include <string.h>

#include "base/display.h"

static const char *reference_of(uint32_t character)
{
	switch (character) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static bool is_forbidden(uint32_t character)
{
	return (character < 0x20 && character != '\t' && character != '\n' && character != '\r') ||
	       (character >= 0x7f && character < 0xa0) ||
	       (character >= 0x202a && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x2069) || (character & 0xfffe) == 0xfffe ||
	       (character >= 0xfdd0 && character <= 0xfdef);
}

void bw_markup_text(struct bw_buf *out, const char *text)
{
	size_t len = strlen(text), at = 0, bytes;
	uint32_t character;

	for (; at < len; at += bytes) {
		bytes = bw_utf8_next(text + at, len - at, &character);
		const char *reference = reference_of(character);

		if (reference != NULL)
			bw_buf_text(out, reference);
		else if (is_forbidden(character) || (bytes == 1 && character >= 0x80))
			bw_buf_text(out, "\xef\xbf\xbd");
		else
			bw_buf_append(out, text + at, bytes);
	}
}
