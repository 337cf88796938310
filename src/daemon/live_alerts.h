/* live_alerts.h - the alerts a page shows: the worst of those that fire, and how many there are.
 *
 * Owns:    nothing.
 * Limits:  LIVE_ALERTS_MAX alerts, however many fire.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_LIVE_ALERTS_H
#define BW_DAEMON_LIVE_ALERTS_H

#include "base/json_write.h"
#include "core/alert_book.h"

enum { LIVE_ALERTS_MAX = 200 };

/* {"firing": [worst first, then newest], "counts": {...}}, one value. */
void live_write_alerts(const struct bw_alert_book *book, struct bw_json *json);

#endif
