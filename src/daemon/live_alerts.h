/* live_alerts.h - the live stream's parts about alerts: what fires, silences, maintenance and
 * channels.
 *
 * docs/internals/alerts.md says what is in them.
 *
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_LIVE_ALERTS_H
#define BW_DAEMON_LIVE_ALERTS_H

#include "base/json_write.h"
#include "daemon/engine.h"

/* The part of the alerts is sent whole whenever one of them changes, so it must stay small. */
enum {
	LIVE_ALERTS_MAX = 200,
	LIVE_ALERTS_BYTES = 64 * 1024,
	LIVE_SILENCES_MAX = 100,
	LIVE_WINDOWS_MAX = 50,
};

void live_write_alerts(struct engine *engine, struct bw_json *json);
void live_write_silences(struct engine *engine, struct bw_json *json);
void live_write_maintenance(struct engine *engine, struct bw_json *json);
/* An array: positions of the components that are in maintenance now. */
void live_write_maintained(struct engine *engine, struct bw_json *json);
void live_write_channels(struct engine *engine, struct bw_json *json);

#endif
