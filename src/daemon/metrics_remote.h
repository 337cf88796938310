/* metrics_remote.h - how the history reaches others, as Prometheus families.
 *
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_METRICS_REMOTE_H
#define BW_DAEMON_METRICS_REMOTE_H

#include "base/buf.h"
#include "remote/remote.h"

/* Nothing when there is no target. */
void metrics_write_remote(const struct remote *remote, struct bw_buf *out);

#endif
