/* target.h - a request target to its decoded path, path segments and query.
 *
 * Owns:    nothing; all texts lie in the caller's `store`.
 * Text:    percent-encoding is undone once, after the splitting, so that %2F stays inside its
 *          segment; "." and ".." mean nothing here, as nothing is read from disk.
 * Threads: any. No allocation.
 */
#ifndef BW_HTTP_TARGET_H
#define BW_HTTP_TARGET_H

#include <stdbool.h>
#include <stddef.h>

enum { HTTP_SEGMENTS_MAX = 16, HTTP_QUERY_MAX = 32 };

struct http_query_pair {
	const char *name, *value;
};

struct http_target {
	const char *authority; /* of "http://host/path", not NUL-terminated; NULL for "/path" */
	size_t authority_len;
	const char *path;  /* decoded; "*" for OPTIONS * */
	int segment_count; /* above HTTP_SEGMENTS_MAX: there were more than are kept */
	const char *segments[HTTP_SEGMENTS_MAX]; /* "/a/" has "a" and "" */
	int query_count;
	struct http_query_pair query[HTTP_QUERY_MAX];
};

/* Bytes of `store` that a target of `len` bytes can need. */
static inline size_t http_target_store_bytes(size_t len)
{
	return 2 * len + 4;
}

/* False for what is no target: a bad escape, %00, a fragment, too many query values. */
bool http_target_parse(const char *raw, size_t len, char *store, struct http_target *out);
/* The first value of this name; NULL when there is none. */
const char *http_target_query(const struct http_target *target, const char *name);
/* The nth of several, from 0. */
const char *http_target_query_nth(const struct http_target *target, const char *name, int nth);

#endif
