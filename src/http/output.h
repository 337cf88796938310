/* output.h - what one connection has still to send: bytes of its own, a shared body, an ending.
 *
 * Written at once as far as the socket takes it; only the rest is kept, so a connection that is
 * not behind holds no memory for output.
 *
 * Owns:    a copy of the head's rest and a reference to the body.
 * Threads: the server's.
 */
#ifndef BW_HTTP_OUTPUT_H
#define BW_HTTP_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/server.h"
#include "io/listener.h"

struct http_output {
	char *head;
	size_t head_len;
	struct http_body *body;
	const char *tail; /* static */
	size_t tail_len;
	size_t sent; /* of all three together */
};

enum http_sent {
	HTTP_SENT_ALL,
	HTTP_SENT_PART, /* the rest is kept: wait for IO_WRITABLE, then http_output_flush() */
	HTTP_SENT_NONE, /* as _PART, but the socket took nothing */
	HTTP_SENT_BROKEN,
};

/* One thing to send, all borrowed; body and tail may be NULL. */
struct http_piece {
	const char *head;
	size_t head_len;
	struct http_body *body;
	const char *tail;
};

bool http_output_is_pending(const struct http_output *output);
/* Nothing may be pending. `*bytes` grows by what was sent. */
enum http_sent http_output_send(struct http_output *output, struct io_peer *peer,
				const struct http_piece *piece, uint64_t *bytes);
enum http_sent http_output_flush(struct http_output *output, struct io_peer *peer, uint64_t *bytes);
/* Keeps `body` from byte `sent` on, for a caller that has written itself. */
void http_output_keep(struct http_output *output, struct http_body *body, size_t sent);
/* Forgets what is pending. */
void http_output_finish(struct http_output *output);

#endif
