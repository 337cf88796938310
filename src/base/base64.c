/* base64.c - three bytes are four digits. */
#include "base/base64.h"

void bw_base64_append(struct bw_buf *out, const void *bytes, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *in = bytes;

	for (size_t i = 0; i < len; i += 3) {
		unsigned group = (unsigned)in[i] << 16;

		if (i + 1 < len)
			group |= (unsigned)in[i + 1] << 8;
		if (i + 2 < len)
			group |= in[i + 2];
		bw_buf_byte(out, digits[group >> 18]);
		bw_buf_byte(out, digits[(group >> 12) & 63]);
		bw_buf_byte(out, i + 1 < len ? digits[(group >> 6) & 63] : '=');
		bw_buf_byte(out, i + 2 < len ? digits[group & 63] : '=');
	}
}
