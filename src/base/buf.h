/* buf.h - a growing run of bytes with a maximum.
 *
 * Owns:    `data`; bw_buf_finish() frees it, bw_buf_take() hands it over.
 * Units:   bytes. `data` is NUL-terminated behind `len` whenever it is not NULL.
 * Errors:  sticky: after the first failure (BW_ENOMEM, BW_ELIMIT) appends do nothing and
 *          `status` says why, so that a writer checks once at its end.
 * Threads: one at a time.
 */
#ifndef BW_BASE_BUF_H
#define BW_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

struct bw_buf {
	char *data;
	size_t len, cap;
	size_t limit; /* most bytes `len` may reach */
	enum bw_status status;
};

/* Empty, nothing allocated. `limit` of 0 means SIZE_MAX / 2. */
void bw_buf_init(struct bw_buf *buf, size_t limit);
void bw_buf_finish(struct bw_buf *buf);
/* Forgets content and failure, keeps the memory. */
void bw_buf_clear(struct bw_buf *buf);
/* Room for `more` further bytes; false (and sticky status) if there can be none. */
bool bw_buf_reserve(struct bw_buf *buf, size_t more);
void bw_buf_append(struct bw_buf *buf, const void *data, size_t len);
void bw_buf_text(struct bw_buf *buf, const char *text);
void bw_buf_byte(struct bw_buf *buf, char byte);
void bw_buf_format(struct bw_buf *buf, const char *format, ...) BW_PRINTF(2, 3);
/* The malloc()ed bytes, now the caller's, NUL-terminated; NULL if the buffer failed. The buffer is
 * empty afterwards. `len` may be NULL. */
char *bw_buf_take(struct bw_buf *buf, size_t *len);

#endif
