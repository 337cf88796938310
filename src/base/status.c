/* status.c - words for statuses, and the one place that fills a struct bw_error. */
#include "base/status.h"

#include <stdarg.h>
#include <stddef.h>

#include "base/text.h"

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
		[BW_EACCES] = "not allowed",
	};

	if ((size_t)status >= sizeof(texts) / sizeof(texts[0]))
		return "unknown failure";
	return texts[status];
}

enum bw_status bw_fail(struct bw_error *err, enum bw_status status, const char *format, ...)
{
	va_list args;

	if (!err)
		return status;
	va_start(args, format);
	bw_text_format_args(err->text, sizeof(err->text), format, args);
	va_end(args);
	for (char *c = err->text; *c; c++)
		if (*c == '\n' || *c == '\r')
			*c = ' ';
	return status;
}
