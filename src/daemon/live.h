/* live.h - the page's own stream: columns, and only what changed (docs/internals/live.md).
 *
 * /api/v1/live is the stream, /api/v1/live/snapshot what a reader begins with. A patch is the
 * difference to the turn before; a turn that changed nothing visible sends nothing. While nobody
 * listens nothing is written: one resync stands for all that was missed.
 *
 * Owns:    its buffers, timer and topic's content. Engine, server and publisher are borrowed.
 * Limits:  those of live_state.h: beyond them a resync stands for a patch.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_LIVE_H
#define BW_DAEMON_LIVE_H

#include "daemon/engine.h"
#include "daemon/publish.h"
#include "http/server.h"

#define LIVE_HEARTBEAT_US (2 * BW_SECOND_US)

struct live;

struct live *live_create(struct io_loop *loop, struct http_server *server);
void live_destroy(struct live *live);
/* Before the engine's first turn. */
void live_bind(struct live *live, struct engine *engine, const struct publisher *publisher);
void live_turn(struct live *live, const struct engine_turn *turn);
/* One reference to the caller; built at most once between two events. */
struct http_body *live_snapshot(struct live *live);

#endif
