/* metrics_host.h - the machine as Prometheus families.
 *
 * Threads: any.
 */
#ifndef BW_DAEMON_METRICS_HOST_H
#define BW_DAEMON_METRICS_HOST_H

#include "base/buf.h"
#include "checks/host_sample.h"

/* What is not known is left out; NULL: nothing is. */
void metrics_write_host(const struct host_sample *host, struct bw_buf *out);

#endif
