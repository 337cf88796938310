/* alerting_impl.h - the inside of the alerting, for alerting*.c only. */
#ifndef BW_DAEMON_ALERTING_IMPL_H
#define BW_DAEMON_ALERTING_IMPL_H

#include "daemon/alert_world.h"
#include "daemon/alerting.h"

/* A window of maintenance: what it was at the latest look, and when that ends to hold. */
struct alerting_window {
	struct maintenance_state state;
	struct bw_wall looked, edge;
};

struct alerting {
	struct alerting_options options;
	struct alert_world world;
	struct alerts *alerts;
	struct outbox *outbox;
	struct subject_queue waiting;
	struct io_timer *work_timer, *hurry_timer;
	struct durations slices;
	bool started, warm;
	bool reads_anew; /* what the store kept is being read: nothing of it is news */
	uint64_t tests;  /* messages that tried a channel */
	uint64_t windows_version;
	struct alerting_window *windows; /* of each of the settings; NULL: not looked at yet */
	struct notice_alert told[NOTICE_ALERTS_MAX]; /* of the latest alerting_firing_notice() */
	size_t told_cursor;
};

const struct alerts_settings *alerting_settings(const struct alerting *alerting);
/* What alerts tell their owner; `arg` is the alerting. */
struct alerts_listener alerting_listener(struct alerting *alerting);
/* What alerts are asked in between is in one commit: an alert that says that a channel was told,
 * and the message that tells it. They may be nested. */
void alerting_hold(struct alerting *alerting);
void alerting_release(struct alerting *alerting);
/* For outbox_options.firing. */
bool alerting_firing_notice(void *arg, const char *channel, size_t nth, struct notice *out);
/* Components or breakers that did not come back after a restart: their alerts end. */
void alerting_forget_gone(struct alerting *alerting, enum alert_subject_kind kind);
/* What the store kept; what is no longer watched is resolved. */
void alerting_restore(struct alerting *alerting);
/* Looks at the windows of maintenance; one that began or ended meanwhile is an entry of the
 * journal. */
void alerting_watch_windows(struct alerting *alerting);
void alerting_forget_windows(struct alerting *alerting);

#endif
