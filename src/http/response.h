/* response.h - the head of a response as text, and the words of the protocol.
 *
 * Owns:    nothing; the buffer is the caller's.
 * Threads: any.
 */
#ifndef BW_HTTP_RESPONSE_H
#define BW_HTTP_RESPONSE_H

#include "base/buf.h"
#include "base/time.h"

enum { HTTP_DATE_TEXT_MAX = 32 };

/* "Not Found"; never NULL. */
const char *http_status_text(int status);
/* "Sun, 06 Nov 1994 08:49:37 GMT". */
void http_date_format(struct bw_wall time, char out[HTTP_DATE_TEXT_MAX]);
/* Status line, Date and the headers every response has. */
void http_head_begin(struct bw_buf *out, int status, const char *date);
/* Control characters in `value` become spaces, so that no foreign text can add a field. */
void http_head_field(struct bw_buf *out, const char *name, const char *value);
void http_head_end(struct bw_buf *out);
/* "GET, HEAD, OPTIONS" from bits of 1 << enum http_method. */
void http_head_allow(struct bw_buf *out, unsigned allowed);

#endif
