/* metrics_breakers.h - the families of breakers and of the region they share.
 *
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_METRICS_BREAKERS_H
#define BW_DAEMON_METRICS_BREAKERS_H

#include "base/buf.h"
#include "daemon/guard.h"

void metrics_write_breakers(const struct guards *guards, struct bw_buf *out);

#endif
