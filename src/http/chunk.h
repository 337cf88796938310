/* chunk.h - takes a chunked body apart, as strictly as parse.h takes a head.
 *
 * Owns:    nothing.
 * Limits:  extensions and trailers together HTTP_CHUNK_EXTRA_MAX bytes; both are dropped.
 * Threads: one at a time. No allocation.
 */
#ifndef BW_HTTP_CHUNK_H
#define BW_HTTP_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP_CHUNK_EXTRA_MAX = 4096 };

enum http_chunk {
	HTTP_CHUNK_MORE, /* all bytes were taken, the body is not whole yet */
	HTTP_CHUNK_DATA, /* `data` and `data_len` are bytes of the body; call again with the rest */
	HTTP_CHUNK_DONE, /* the body is whole; bytes not taken belong to the next request */
	HTTP_CHUNK_BAD,
};

struct http_chunks {
	uint64_t left; /* bytes of the current chunk */
	size_t extra;  /* bytes of extensions and trailers so far */
	uint8_t state, digits;
	const char *data;
	size_t data_len;
};

void http_chunks_init(struct http_chunks *chunks);
/* Takes from `bytes` and adds to `*taken` what it took. */
enum http_chunk http_chunks_feed(struct http_chunks *chunks, const char *bytes, size_t len,
				 size_t *taken);

#endif
