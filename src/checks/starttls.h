/* starttls.h - the words some protocols want before TLS begins.
 *
 * Owns:    a line that has not come in full yet.
 * Limits:  lines of 1,000 bytes, 100 lines.
 * Threads: one at a time.
 */
#ifndef BW_CHECKS_STARTTLS_H
#define BW_CHECKS_STARTTLS_H

#include <stdbool.h>
#include <stddef.h>

#include "io/stream.h"

enum { STARTTLS_NONE, STARTTLS_SMTP, STARTTLS_IMAP, STARTTLS_POSTGRES };

enum { STARTTLS_LINE_MAX = 1000 };

/* For a CONFIG_WORD field, in the order above. */
extern const char *const starttls_words[];

enum starttls_progress { STARTTLS_TALKING, STARTTLS_READY, STARTTLS_REFUSED };

struct starttls {
	int protocol;
	size_t step;
	int lines;
	char line[STARTTLS_LINE_MAX + 1]; /* when refused: what the server said */
	size_t len;
};

/* What is said first, if anything. */
BW_MUST_USE enum bw_status starttls_begin(struct starttls *talk, int protocol,
					  struct io_stream *stream);
/* READY: the next byte is TLS's. */
enum starttls_progress starttls_hear(struct starttls *talk, struct io_stream *stream,
				     const char *data, size_t len);

#endif
