/* listener.h - the server's side of sockets: listen, accept, and connections that never block.
 *
 * Owns:    its sockets; the file of a Unix socket is made with mode 0660 and removed on close. A
 *          file left behind by a dead process is replaced only when nobody answers on it.
 * Errors:  io_listener_open() says who may be in the way.
 * Limits:  when no descriptors are left, one kept in reserve takes each caller, tells it so and
 *          hangs up. Should even that fail, accepting pauses for a moment; it never spins.
 * Threads: the loop's; io_listener_open() also before the loop runs.
 */
#ifndef BW_IO_LISTENER_H
#define BW_IO_LISTENER_H

#include <stddef.h>
#include <sys/uio.h>

#include "base/status.h"
#include "io/loop.h"

struct io_listener;
struct io_peer;

struct io_listener_options {
	/* "127.0.0.1:8090", "[::1]:0", "*:80", "localhost:80", "unix:/run/name.sock" */
	const char *address;
	/* What a caller is told that no descriptor is left for; static; NULL: nothing. */
	const char *overload_answer;
	/* A new connection, the callback's to close. */
	void (*on_accept)(void *arg, struct io_peer *peer);
	void *arg;
};

BW_MUST_USE enum bw_status io_listener_open(struct io_loop *loop,
					    const struct io_listener_options *options,
					    struct io_listener **out, struct bw_error *err);
/* With the kernel's port: "127.0.0.1:43211", "[::1]:80", "unix:/run/name.sock". Borrowed. */
const char *io_listener_address(const struct io_listener *listener);
/* NULL is allowed. */
void io_listener_close(struct io_listener *listener);

enum {
	IO_PEER_AGAIN = -1, /* nothing now: wait for the event */
	IO_PEER_GONE = -2,  /* the connection is broken */
};

/* Nothing is watched until io_peer_watch(). The callback may close the peer. */
void io_peer_set_callback(struct io_peer *peer, io_watch_callback *callback, void *arg);
/* IO_READABLE, IO_WRITABLE, both or 0. Cheap when nothing changes; to be called at the end of every
 * callback, as an error of the socket ends the watching. */
BW_MUST_USE enum bw_status io_peer_watch(struct io_peer *peer, unsigned events);
/* Bytes, 0 at the orderly end, IO_PEER_AGAIN or IO_PEER_GONE. */
long io_peer_read(struct io_peer *peer, void *data, size_t len);
/* Bytes taken, perhaps fewer than asked; IO_PEER_AGAIN or IO_PEER_GONE. */
long io_peer_write(struct io_peer *peer, const struct iovec *parts, int count);
/* The same, when more follows at once: the system waits for it before it sends a small packet. */
long io_peer_write_more(struct io_peer *peer, const struct iovec *parts, int count);
/* Bytes of a file from `offset` on, without copying them. SIGPIPE must be blocked in this thread or
 * ignored. */
long io_peer_write_file(struct io_peer *peer, int fd, size_t offset, size_t len);
/* No more will be written; reading goes on. */
void io_peer_end(struct io_peer *peer);
/* What is written but not sent yet still goes out. NULL is allowed. */
void io_peer_close(struct io_peer *peer);
/* What is not sent yet is dropped, and the peer gets a reset. */
void io_peer_abort(struct io_peer *peer);

#endif
