/* peer.h - a scripted server on loopback for the tests of io/: one thread, one connection at a time
 * or many, each served by a function that may block.
 */
#ifndef BW_TESTS_IO_PEER_H
#define BW_TESTS_IO_PEER_H

#include <stddef.h>

struct peer;

/* Serves one accepted connection; the peer closes `fd` afterwards. */
typedef void peer_serve(int fd, void *arg);

/* Listens on 127.0.0.1, a port from the kernel. */
struct peer *peer_start(peer_serve *serve, void *arg);
/* Listens on a Unix socket. */
struct peer *peer_start_path(const char *path, peer_serve *serve, void *arg);
int peer_port(const struct peer *peer);
/* Connections accepted so far. */
int peer_count(const struct peer *peer);
/* Cuts what is being served and waits for the thread. */
void peer_stop(struct peer *peer);

/* For serve functions. */
void peer_send(int fd, const char *text);
/* Reads until `end` came or the connection ended; returns the bytes, NUL-terminated, cut to size.
 */
size_t peer_read_until(int fd, const char *end, char *out, size_t size);
/* Waits until the client is gone. */
void peer_wait_for_close(int fd);
/* Makes the coming close a reset. */
void peer_reset(int fd);
/* A loopback port on which nobody listens. */
int peer_unused_port(void);

#endif
