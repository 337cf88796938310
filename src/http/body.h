/* body.h - what the server's thread needs of a body beside server.h: tag, gzip, descriptor.
 *
 * Threads: any; what is made lazily is made once and then only read.
 */
#ifndef BW_HTTP_BODY_H
#define BW_HTTP_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "http/server.h"

enum { HTTP_TAG_TEXT_MAX = 24 };

const char *http_body_data(const struct http_body *body);
size_t http_body_length(const struct http_body *body);
const char *http_body_type(const struct http_body *body);
/* Is its type text, and is it long enough? */
bool http_body_is_compressible(const struct http_body *body);
/* The same bytes compressed, borrowed from `body`; NULL when that would not make them smaller. */
struct http_body *http_body_gzip(struct http_body *body);
/* The entity tag of the plain bytes, without quotes. */
void http_body_tag(struct http_body *body, char out[HTTP_TAG_TEXT_MAX]);
/* A descriptor with the same bytes, borrowed from `body`, for a body that is large and sent again
 * and again; -1: send the bytes themselves. The server's thread only. */
int http_body_file(struct http_body *body);
/* Counts who waits to send it: its length when this is the first to wait, else 0; and the same when
 * the last one goes. For one server's sums; a body that two servers send counts for either. */
size_t http_body_hold(struct http_body *body);
size_t http_body_let_go(struct http_body *body);
/* Copies the bytes. */
struct http_body *http_body_copy(const char *data, size_t len, const char *content_type);

#endif
