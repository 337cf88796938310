/* text.c - vsnprintf() and a cut that leaves no half character; digits without the locale. */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

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
