/* tls.h - TLS over a connected socket, and the checking of certificates. Internal to io/.
 *
 * Owns:    the session; never the descriptor.
 * Cost:    one SSL_CTX per loop, made on first use. The system's authorities are looked up one by
 *          one when a chain needs them, so nothing is parsed in advance.
 * Threads: the loop's.
 */
#ifndef BW_IO_TLS_H
#define BW_IO_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>

#include "base/status.h"
#include "io/certificate.h"
#include "io/failure.h"
#include "io/loop.h"
#include "io/stream.h"

enum io_tls_step {
	IO_TLS_DONE,
	IO_TLS_WANT_READ,
	IO_TLS_WANT_WRITE,
	IO_TLS_CLOSED, /* orderly, by the peer */
	IO_TLS_FAILED, /* the error says why */
};

/* What the verification of one connection needs and what it found. Must stay where it is while the
 * connection lives. */
struct io_tls_verdict {
	struct io_loop *loop;
	const char *name; /* to be matched: a host name or a numeric address; borrowed */
	bool verify, report_only;
	struct io_certificate *certificate; /* NULL until the peer has shown one; owned */
};

struct io_tls;

/* BW_EINVAL when a file named in `options` cannot be read. */
BW_MUST_USE enum bw_status io_tls_check_options(const struct io_tls_options *options,
						struct bw_error *err);

/* Files named in `options` are loaded here; a failure is ours (IO_BAD_REQUEST). `host` and the
 * texts of `options` are borrowed for as long as the session lives. */
BW_MUST_USE enum bw_status io_tls_create(struct io_loop *loop, const struct io_tls_options *options,
					 const char *host, struct io_tls **out,
					 struct io_error *error);
/* Until it answers IO_TLS_DONE (never IO_TLS_CLOSED). `peer` is for the error texts; borrowed like
 * `host`. */
enum io_tls_step io_tls_handshake(struct io_tls *tls, int fd, const char *peer,
				  struct io_error *error);
/* IO_TLS_DONE: `*len` bytes, at least one, were read or written. */
enum io_tls_step io_tls_read(struct io_tls *tls, void *data, size_t size, size_t *len,
			     struct io_error *error);
enum io_tls_step io_tls_write(struct io_tls *tls, const void *data, size_t size, size_t *len,
			      struct io_error *error);
/* NULL while the peer has shown none. Borrowed. */
const struct io_certificate *io_tls_certificate(const struct io_tls *tls);
/* Says goodbye to the peer when the session stands. NULL is allowed. */
void io_tls_destroy(struct io_tls *tls);

/* For libcurl, which brings its own SSL_CTX: our authorities, our own certificate, our verification
 * and our verdict. `options` and `verdict` are borrowed for as long as the context lives. */
BW_MUST_USE enum bw_status io_tls_adopt_context(SSL_CTX *context,
						const struct io_tls_options *options,
						struct io_tls_verdict *verdict,
						struct io_error *error);

#endif
