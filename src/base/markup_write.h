/* markup_write.h - foreign text made safe inside HTML and XML: between tags and in quoted
 * attributes.
 *
 * Owns:    nothing; the buffer is the caller's and carries the errors (buf.h).
 * Text:    & < > " ' become references; bytes that are not UTF-8, control characters and what XML
 *          does not allow become U+FFFD; direction overrides too, as they would turn the rest of a
 *          line round.
 * Threads: any.
 */
#ifndef BW_BASE_MARKUP_WRITE_H
#define BW_BASE_MARKUP_WRITE_H

#include "base/buf.h"

void bw_markup_text(struct bw_buf *out, const char *text);

#endif
