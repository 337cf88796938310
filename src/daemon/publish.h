/* publish.h - the documents readers see: built once a turn, shared by all of them.
 *
 * After every turn the dashboard document is written, published at /api/v1/dashboard and set as the
 * snapshot of the event stream /api/v1/events, which then carries what the turn changed:
 *
 * - change:    {"seq", "now", "overview", "metrics", "resources", "circuit_breakers", "alerts",
 *   "components": {name: object}, "removed": [name], "metadata"}
 * - resync:    {"seq", "now"}: too much changed, or while nobody listened: fetch the document anew
 * - sample:    {"seq", "now", "point"}: one point of the history
 * - heartbeat: {"seq", "now"}: every PUBLISH_HEARTBEAT_US, from the engine's own loop
 *
 * `seq` is the id of the event; a heartbeat repeats that of the latest event.
 *
 * Owns:    its buffers and timer. Engine and server are borrowed.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_PUBLISH_H
#define BW_DAEMON_PUBLISH_H

#include "base/json_write.h"
#include "daemon/engine.h"
#include "http/server.h"

#define PUBLISH_HEARTBEAT_US (2 * BW_SECOND_US)

struct publisher;

enum publisher_notice {
	PUBLISHER_NOTICE_RELOAD,
	PUBLISHER_NOTICE_STORAGE,
	PUBLISHER_NOTICE_COUNT,
};

struct publisher *publisher_create(struct io_loop *loop, struct http_server *server);
void publisher_destroy(struct publisher *publisher);
/* Before the engine's first turn. */
void publisher_bind(struct publisher *publisher, struct engine *engine);
/* What stands in metadata.notices beside the configuration's warnings, one text for each source;
 * NULL takes it back. */
void publisher_set_notice(struct publisher *publisher, enum publisher_notice source,
			  const char *text);
/* The members of "metadata" that hold between two turns: instance, version, notices. */
void publisher_write_metadata(const struct publisher *publisher, struct bw_json *json);
void publisher_turn(struct publisher *publisher, const struct engine_turn *turn);

#endif
