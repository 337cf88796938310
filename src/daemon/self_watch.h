/* self_watch.h - the daemon looks at itself: its loop, its checks, its store, its outbox, its
 * channels and its watchdog are components like any other.
 *
 * They are added to the settings before the engine takes them, each with a check that reads figures
 * instead of asking a peer. Everything else (states, history, alerts, the page) follows from that.
 *
 *   bellwether.scheduler       how late the loop was in the last minute
 *   bellwether.checks          checks far beyond their time-out, or not begun when they were due
 *   bellwether.store           whether history, alerts and messages are kept
 *   bellwether.outbox          how many messages wait, and for how long
 *   bellwether.channel.NAME    whether the channel takes messages
 *   bellwether.remote_write.NAME  whether the history reaches this target
 *   bellwether.watchdog        whether somebody hears the sign of life
 *
 * Limits and states are in docs/alerts/self-watch.md; the numbers are below.
 *
 * Owns:    its timer. Everything it follows is borrowed and must outlive its components' engine.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_SELF_WATCH_H
#define BW_DAEMON_SELF_WATCH_H

#include "daemon/engine.h"
#include "daemon/settings.h"
#include "daemon/watchdog.h"
#include "io/loop.h"
#include "notify/outbox.h"
#include "remote/remote.h"
#include "storage/store.h"

#define SELF_WATCH_EVERY_US (10 * BW_SECOND_US)

/* Beyond the first: DEGRADED; beyond the second: UNHEALTHY. */
#define SELF_WATCH_LAG_US (BW_SECOND_US / 2), (5 * BW_SECOND_US)
#define SELF_WATCH_LATE_US (10 * BW_SECOND_US), (60 * BW_SECOND_US)
#define SELF_WATCH_COMMIT_US (2 * BW_SECOND_US)
#define SELF_WATCH_OLDEST_US (5 * 60 * BW_SECOND_US), (30 * 60 * BW_SECOND_US)
#define SELF_WATCH_FAILING_US (60 * BW_SECOND_US), (5 * 60 * BW_SECOND_US)

struct self_watch;

/* What there is to look at; NULL for what there is not (yet): its components are UNKNOWN. */
struct self_watch_world {
	const struct engine *engine;
	struct store *store;
	const struct outbox *outbox;
	const struct remote *remote;
	const struct watchdog *watchdog;
};

struct self_watch *self_watch_create(struct io_loop *loop);
/* After every engine with its components. */
void self_watch_destroy(struct self_watch *self);
void self_watch_follow(struct self_watch *self, const struct self_watch_world *world);
/* Adds the components, when the settings want them; a name that is taken stays its owner's. For a
 * start and every reload, before engine_create() and engine_reload(). */
void self_watch_extend(struct self_watch *self, struct daemon_settings *settings);

#endif
