/* breaker_detail.h - what only the answer about one breaker says: its rules, workers and events.
 *
 * Limits:  the first BREAKER_DETAIL_WORKERS workers and the newest BREAKER_DETAIL_EVENTS events.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_BREAKER_DETAIL_H
#define BW_DAEMON_BREAKER_DETAIL_H

#include "base/json_write.h"
#include "base/time.h"
#include "daemon/guard.h"

enum { BREAKER_DETAIL_WORKERS = CREW_MAX, BREAKER_DETAIL_EVENTS = 64 };

/* The members "config", "worker_list" and "events" of the object begun. */
void breaker_detail_write(const struct guard *guard, struct bw_wall now, struct bw_json *json);

#endif
