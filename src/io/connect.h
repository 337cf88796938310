/* connect.h - from a host and a port, or a Unix path, to a connected socket. Internal to io/.
 *
 * Owns:    the attempt and its descriptor until the callback has it.
 * Callback: exactly once, never before start returns, never after _stop(). The handle ends with it.
 * Threads: the loop's.
 */
#ifndef BW_IO_CONNECT_H
#define BW_IO_CONNECT_H

#include <stdint.h>

#include "io/address.h"
#include "io/failure.h"
#include "io/loop.h"

struct io_connect;

struct io_connected {
	int fd;                      /* the receiver's now, non-blocking; -1 on failure */
	char peer[IO_PEER_TEXT_MAX]; /* of the address connected to, or of the last one tried */
	int64_t resolved_us;         /* since start; 0 when there was nothing to resolve */
};

/* error is NULL on success. */
typedef void io_connect_callback(void *arg, const struct io_connected *connected,
				 const struct io_error *error);

/* `host` as in struct io_stream_options. */
struct io_connect *io_connect_start(struct io_loop *loop, const char *host, int port,
				    io_connect_callback *callback, void *arg);
/* NULL is allowed. */
void io_connect_stop(struct io_connect *connect);

#endif
