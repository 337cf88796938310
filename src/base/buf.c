/* buf.c - one block that doubles.
 *
 * Invariants: data is NULL and cap 0, or data holds cap bytes with len < cap and a NUL at len.
 * len never passes the limit, and a failed append leaves content and len as they were.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAP = 256 };

void bw_buf_init(struct bw_buf *buf, size_t limit)
{
	*buf = (struct bw_buf){ .limit = limit ? limit : SIZE_MAX / 2 };
}

void bw_buf_finish(struct bw_buf *buf)
{
	free(buf->data);
	bw_buf_init(buf, buf->limit);
}

void bw_buf_clear(struct bw_buf *buf)
{
	buf->len = 0;
	buf->status = BW_OK;
	if (buf->data)
		buf->data[0] = '\0';
}

static bool grow(struct bw_buf *buf, size_t needed)
{
	size_t cap = buf->cap ? buf->cap : FIRST_CAP;
	char *data;

	while (cap < needed)
		cap = cap > SIZE_MAX / 2 ? needed : cap * 2;
	if (cap - 1 > buf->limit)
		cap = buf->limit + 1;
	data = realloc(buf->data, cap);
	if (!data) {
		buf->status = BW_ENOMEM;
		return false;
	}
	data[buf->len] = '\0';
	buf->data = data;
	buf->cap = cap;
	return true;
}

bool bw_buf_reserve(struct bw_buf *buf, size_t more)
{
	if (buf->status != BW_OK)
		return false;
	if (more > buf->limit - buf->len) {
		buf->status = BW_ELIMIT;
		return false;
	}
	return buf->len + more < buf->cap || grow(buf, buf->len + more + 1);
}

void bw_buf_append(struct bw_buf *buf, const void *data, size_t len)
{
	if (!bw_buf_reserve(buf, len))
		return;
	if (len > 0)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void bw_buf_text(struct bw_buf *buf, const char *text)
{
	bw_buf_append(buf, text, strlen(text));
}

void bw_buf_byte(struct bw_buf *buf, char byte)
{
	if (!bw_buf_reserve(buf, 1))
		return;
	buf->data[buf->len++] = byte;
	buf->data[buf->len] = '\0';
}

void bw_buf_format(struct bw_buf *buf, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0) {
		if (buf->status == BW_OK)
			buf->status = BW_EINVAL;
		return;
	}
	if (!bw_buf_reserve(buf, (size_t)length))
		return;
	va_start(args, format);
	(void)vsnprintf(buf->data + buf->len, (size_t)length + 1, format, args);
	va_end(args);
	buf->len += (size_t)length;
}

char *bw_buf_take(struct bw_buf *buf, size_t *len)
{
	char *data = NULL;

	if (bw_buf_reserve(buf, 0)) {
		data = buf->data;
		if (len)
			*len = buf->len;
		buf->data = NULL;
	}
	bw_buf_finish(buf);
	return data;
}
