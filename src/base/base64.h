/* base64.h - bytes as text of RFC 4648, with padding.
 *
 * Threads: any.
 */
#ifndef BW_BASE_BASE64_H
#define BW_BASE_BASE64_H

#include <stddef.h>

#include "base/buf.h"

void bw_base64_append(struct bw_buf *out, const void *bytes, size_t len);

#endif
