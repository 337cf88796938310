/* status.c - words for statuses, and the one place that fills a struct bw_error. */
#include "base/status.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

const char *bw_status_text(enum bw_status status)
{
	static const char *const texts[] = {
		[BW_OK] = "ok",
		[BW_EINVAL] = "invalid argument",
		[BW_ENOMEM] = "no memory",
		[BW_ELIMIT] = "limit reached",
		[BW_EPARSE] = "not understood",
		[BW_EIO] = "input or output failed",
		[BW_ENOTFOUND] = "not found",
		[BW_EEXIST] = "exists already",
		[BW_ETIMEDOUT] = "timed out",
		[BW_ECORRUPT] = "damaged",
	};

	if ((size_t)status >= sizeof(texts) / sizeof(texts[0]))
		return "unknown failure";
	return texts[status];
}

/* Moves back to the first byte of a UTF-8 character, so that a cut never leaves half of one. */
static size_t character_start(const char *text, size_t at)
{
	while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
		at--;
	return at;
}

enum bw_status bw_fail(struct bw_error *err, enum bw_status status, const char *format, ...)
{
	va_list args;
	int length;

	if (!err)
		return status;
	va_start(args, format);
	length = vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	if (length < 0)
		err->text[0] = '\0';
	else if ((size_t)length >= sizeof(err->text))
		memcpy(err->text + character_start(err->text, sizeof(err->text) - 4), "...", 4);
	for (char *c = err->text; *c; c++)
		if (*c == '\n' || *c == '\r')
			*c = ' ';
	return status;
}
