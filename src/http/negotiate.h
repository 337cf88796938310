/* negotiate.h - what a client would take, and what it has already.
 *
 * Threads: any. No allocation.
 */
#ifndef BW_HTTP_NEGOTIATE_H
#define BW_HTTP_NEGOTIATE_H

#include <stdbool.h>
#include <stddef.h>

/* Accept-Encoding: is gzip welcome, and at least as welcome as no encoding at all? */
bool http_accepts_gzip(const char *value, size_t len);
/* If-None-Match: is one of its tags `tag` (without quotes)? Weak comparison; "*" is any. */
bool http_none_match_has(const char *value, size_t len, const char *tag);

#endif
