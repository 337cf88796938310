/* metrics_alerts.h - alerts, silences and deliveries as Prometheus families.
 *
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_METRICS_ALERTS_H
#define BW_DAEMON_METRICS_ALERTS_H

#include "base/buf.h"
#include "daemon/engine.h"

void metrics_write_alerts(const struct engine *engine, struct bw_buf *out);

#endif
