/* alerting.h - the daemon's side of the alerts: brings samples, keeps what must survive, sends what
 * must be said, and writes it into journal and log.
 *
 * Samples only wait here: they are judged in slices of at most ALERTING_SLICE_US, so that ten
 * thousand of them hold up nobody. A slice runs with every turn and whenever something is due.
 *
 * Owns:    alerts, outbox and what rules look at. Loop, store, log, chronicle, guards and model are
 *          borrowed; so is the roster, which alerting_configure() changes.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_ALERTING_H
#define BW_DAEMON_ALERTING_H

#include "alerts/alerts.h"
#include "alerts/maintenance.h"
#include "checks/host_sample.h"
#include "core/dashboard.h"
#include "daemon/chronicle.h"
#include "daemon/durations.h"
#include "daemon/guard.h"
#include "daemon/log.h"
#include "daemon/roster.h"
#include "io/loop.h"
#include "notify/outbox.h"
#include "storage/store.h"

#define ALERTING_SLICE_US (BW_SECOND_US / 100)

struct alerting;

struct alerting_options {
	struct io_loop *loop;
	struct store *store; /* NULL: nothing is kept */
	struct log *log;
	struct chronicle *chronicle;
	const struct guards *guards;
	const struct bw_dashboard *dashboard;
	const struct roster *roster;
	void (*changed)(void *arg); /* there is something to show */
	void *arg;
};

struct alerting *alerting_create(const struct alerting_options *options);
void alerting_destroy(struct alerting *alerting);
/* What the store kept, then the sending; before the first sample. */
void alerting_start(struct alerting *alerting);
/* Another configuration; the old one is still there. */
void alerting_configure(struct alerting *alerting, const struct roster *roster);

/* A sample of a component, breaker or the whole has come; it is judged with the next slice. */
void alerting_sample(struct alerting *alerting, enum alert_subject_kind kind, const char *name);
/* No longer watched. */
void alerting_gone(struct alerting *alerting, enum alert_subject_kind kind, const char *name);
/* A look at the host: it, every breaker and, once warm, the whole are samples. */
void alerting_look(struct alerting *alerting, const struct host_sample *host);
/* The latest look at the host; NULL: there was none yet. */
const struct host_sample *alerting_host(const struct alerting *alerting);
/* Everything was looked at once: rules about the whole begin. */
void alerting_warm(struct alerting *alerting);
void alerting_clock_step(struct alerting *alerting, int64_t step_us);
/* One slice, now. */
void alerting_work(struct alerting *alerting);

/* The nth of the settings' windows of maintenance, as of the latest slice. */
const struct maintenance_state *alerting_window(const struct alerting *alerting, size_t nth);
/* Another number whenever a window opens or ends, and with every configuration; never 0. */
uint64_t alerting_windows_version(const struct alerting *alerting);
const struct durations *alerting_durations(const struct alerting *alerting); /* of slices */
struct alerts *alerting_alerts(const struct alerting *alerting);
struct outbox *alerting_outbox(const struct alerting *alerting);

/* Orders of people: carried out, in the journal, and shown with the next turn. */
BW_MUST_USE enum bw_status alerting_ack(struct alerting *alerting, uint64_t id,
					const struct alert_ack *ack, struct bw_error *err);
BW_MUST_USE enum bw_status alerting_unack(struct alerting *alerting, uint64_t id, const char *by,
					  struct bw_error *err);
/* Takes its matchers over when it succeeds; gives it its id. */
BW_MUST_USE enum bw_status alerting_silence(struct alerting *alerting, struct silence *silence,
					    struct bw_error *err);
BW_MUST_USE enum bw_status alerting_expire_silence(struct alerting *alerting, uint64_t id,
						   const char *by, struct bw_error *err);
/* A test message for the channel, through the outbox. BW_ENOTFOUND: there is no such channel. */
BW_MUST_USE enum bw_status alerting_test_channel(struct alerting *alerting, const char *channel,
						 struct bw_error *err);

#endif
