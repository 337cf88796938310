/* chronicle.h - keeps the change journal of the engine: what happened, in words, and in the store.
 *
 * Owns:    the journal. Loop and store are borrowed.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_CHRONICLE_H
#define BW_DAEMON_CHRONICLE_H

#include "alerts/alerts.h"
#include "base/buf.h"
#include "core/journal.h"
#include "daemon/component.h"
#include "daemon/guard.h"
#include "io/loop.h"
#include "storage/store.h"

/* How much the journal remembers. */
#define CHRONICLE_WINDOW_US (86400 * BW_SECOND_US)

struct chronicle;

/* `store` may be NULL. */
struct chronicle *chronicle_create(struct io_loop *loop, struct store *store);
void chronicle_destroy(struct chronicle *chronicle);
const struct bw_journal *chronicle_journal(const struct chronicle *chronicle);

/* At start, from the store, oldest first. */
void chronicle_restore(struct chronicle *chronicle, const struct bw_change *change);
/* Of the newest entry; 0: there is none. */
struct bw_wall chronicle_latest(const struct chronicle *chronicle);
/* Where the first cause of the present trouble is to be looked for; false: there is no trouble. */
bool chronicle_cause_from(const struct chronicle *chronicle, struct bw_wall *out);
/* What was restored of a component or a breaker that is still there must not leave with its
 * entries; before chronicle_start(). */
void chronicle_hold(struct chronicle *chronicle, enum bw_change_kind kind, const char *name);
/* All that was restored. */
void chronicle_forget(struct chronicle *chronicle);
/* The daemon runs from now on; `last_alive` is the latest sign of an earlier one, 0 for none. */
void chronicle_start(struct chronicle *chronicle, struct bw_wall last_alive);
/* What was told since chronicle_start() is of the same moment: no old state shines through. */
void chronicle_started(struct chronicle *chronicle);
void chronicle_stop(struct chronicle *chronicle);
void chronicle_reload(struct chronicle *chronicle, size_t components);

/* What is shown now; an entry when that is news. */
void chronicle_component(struct chronicle *chronicle, const struct component *component);
void chronicle_component_gone(struct chronicle *chronicle, const char *name);
/* With its own time and cause. One of the past is told once, whatever daemon read it. */
void chronicle_breaker(struct chronicle *chronicle, const struct guard *guard,
		       const struct guard_event *told);
void chronicle_breaker_missed(struct chronicle *chronicle, const struct guard *guard,
			      uint64_t count);
/* Begins to watch it, or goes on; after its events were told. */
void chronicle_breaker_here(struct chronicle *chronicle, const struct guard *guard);
void chronicle_breaker_gone(struct chronicle *chronicle, const struct guard *guard);
/* Begins to fire, or is resolved. */
void chronicle_alert(struct chronicle *chronicle, const struct alert *alert, enum alert_state was);
/* Who took it and why; `comment` and `by` may be NULL. */
void chronicle_ack(struct chronicle *chronicle, const struct alert *alert, const char *by,
		   const char *comment);
void chronicle_unack(struct chronicle *chronicle, const struct alert *alert, const char *by);
void chronicle_silence(struct chronicle *chronicle, const struct silence *silence);
void chronicle_silence_over(struct chronicle *chronicle, const struct silence *silence);
void chronicle_maintenance(struct chronicle *chronicle, const struct maintenance_window *window,
			   bool begins);
void chronicle_clock(struct chronicle *chronicle, int64_t step_us);
/* After a turn in which everything had been looked at; `alerts` may hold the cause. */
void chronicle_overall(struct chronicle *chronicle, enum bw_health health,
		       const struct alerts *alerts);
/* Members of "overview" beside the reference's: since, trouble_since, first_cause, last_problem.
 * `shown` is the overall state of the same document. */
void chronicle_write_overview(const struct chronicle *chronicle, enum bw_health shown,
			      const struct alerts *alerts, struct bw_buf *out);

#endif
