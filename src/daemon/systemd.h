/* systemd.h - tells the service manager that the daemon is ready, alive or stopping.
 *
 * The protocol of sd_notify(3): one datagram to $NOTIFY_SOCKET. Without that variable nothing is
 * done.
 *
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_SYSTEMD_H
#define BW_DAEMON_SYSTEMD_H

#include "io/loop.h"

struct systemd;

/* Sends WATCHDOG=1 at half of $WATCHDOG_USEC from now on, from the loop: a stuck loop stops it. */
struct systemd *systemd_create(struct io_loop *loop);
void systemd_destroy(struct systemd *systemd);
/* One or more lines: "READY=1\nSTATUS=...". Failures are of no consequence. */
void systemd_tell(const char *lines);

#endif
