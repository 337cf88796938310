/* detect.h - what to watch without a configuration: this host, the daemon itself, and whatever of
 * PostgreSQL, Redis and nginx answers on loopback.
 *
 * A service counts as there when it speaks its protocol, not when a port is open. One that was seen
 * stays watched, so that its death shows.
 *
 * Owns:    its probes and timers.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_DETECT_H
#define BW_DAEMON_DETECT_H

#include "base/buf.h"
#include "io/loop.h"

#define DETECT_EVERY_US (60 * BW_SECOND_US)

struct detect;

/* `changed` comes whenever a service was seen for the first time. Begins at once. */
struct detect *detect_create(struct io_loop *loop, io_callback *changed, void *arg);
void detect_destroy(struct detect *detect);
/* The configuration (YAML) for what was seen so far; `own_address` is "127.0.0.1:8090" or NULL.
 * `detect` NULL: nothing was seen. */
void detect_write_config(const struct detect *detect, const char *own_address, struct bw_buf *out);

#endif
