/* engine.h - the heart: carries results from checks to the model, the alerts and the store.
 *
 * It runs on any struct io_loop, the real one or the tests' scripted one; it knows nothing of HTTP.
 * What changed is gathered for at most ENGINE_TURN_US and then taken in as one turn: components
 * into the model, breakers, overall state, score; then `on_turn` is called once. Too many of them
 * are taken in by several turns, so that none takes long. Alerts have slices of their own
 * (alerting.h).
 *
 * Owns:    components, guards, model, alerts. Settings are handed over by create and reload;
 * the store is borrowed. Threads: the loop's.
 */
#ifndef BW_DAEMON_ENGINE_H
#define BW_DAEMON_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerts/alerts.h"
#include "base/status.h"
#include "base/time.h"
#include "core/dashboard.h"
#include "core/journal.h"
#include "daemon/alerting.h"
#include "daemon/component.h"
#include "daemon/durations.h"
#include "daemon/guard.h"
#include "daemon/log.h"
#include "daemon/settings.h"
#include "io/loop.h"
#include "storage/store.h"

#define ENGINE_TURN_US (BW_SECOND_US / 20)

/* Alerts and history wait until every component was looked at once, but no longer than this. */
#define ENGINE_WARM_UP_US (20 * BW_SECOND_US)

/* How often the host's resources are read for the document. */
#define ENGINE_RESOURCES_US (5 * BW_SECOND_US)

struct engine;

/* What one turn changed. Borrowed for the call. */
struct engine_turn {
	struct component *const *changed; /* in the order of their first change */
	size_t changed_count;
	const char *const *removed;
	size_t removed_count;
	bool reloaded; /* the first turn of a configuration */
	bool sampled;  /* a history point was added: */
	struct bw_history_point point;
	uint64_t journal_after; /* entries of the journal with a higher id are new */
};

struct engine_options {
	struct io_loop *loop;
	struct daemon_settings *settings; /* taken over when create succeeds */
	struct store *store;              /* NULL: nothing is kept */
	struct log *log;                  /* NULL: silent */
	const char *host_root;            /* where /proc and /sys are found: "/" */
	bool shares_breakers; /* false: no region is opened, whatever the settings say */
	const struct bw_clock *region_clock; /* NULL: the system's; borrowed */
	void (*on_turn)(void *arg, const struct engine_turn *turn); /* NULL: nobody listens */
	void *arg;
};

/* BW_EINVAL: a check refuses its settings; `report` (malloc()ed) says all that is wrong. */
BW_MUST_USE enum bw_status engine_create(const struct engine_options *options, struct engine **out,
					 char **report);
/* Restores what the store remembers, then begins the checks. */
void engine_start(struct engine *engine);
void engine_destroy(struct engine *engine);
/* Takes the settings over on success; a failure changes nothing. Components that stay keep their
 * state. */
BW_MUST_USE enum bw_status engine_reload(struct engine *engine, struct daemon_settings *settings,
					 char **report);

const struct daemon_settings *engine_settings(const struct engine *engine);
struct bw_dashboard *engine_dashboard(struct engine *engine);
struct alerting *engine_alerting(const struct engine *engine);
const struct alerts *engine_alerts(const struct engine *engine);
const struct outbox *engine_outbox(const struct engine *engine);
const struct bw_journal *engine_journal(const struct engine *engine);
struct guards *engine_guards(struct engine *engine);
struct store *engine_store(const struct engine *engine);
struct io_loop *engine_loop(const struct engine *engine);
size_t engine_component_count(const struct engine *engine);
/* In the order of the configuration. */
struct component *engine_component(const struct engine *engine, size_t nth);
struct component *engine_find(const struct engine *engine, const char *name);
/* The overall state. */
/* Where the rows of an earlier daemon end; 0: there was none. */
struct bw_wall engine_left_at(const struct engine *engine);
enum bw_health engine_health(const struct engine *engine);
/* Not NULL: which critical component is not ready (unhealthy, or never looked at). */
const struct component *engine_not_ready(const struct engine *engine);
/* BW_EACCES: the breaker may only be looked at. `duration_us` is for GUARD_OPEN_FOR. */
BW_MUST_USE enum bw_status engine_guard_command(struct engine *engine, struct guard *guard,
						enum guard_order order, int64_t duration_us);
/* What there is to say about the breakers' region; "" for nothing. */
const char *engine_breaker_notice(const struct engine *engine);

struct engine_stats {
	uint64_t checks_finished, checks_refused, turns;
	uint64_t results[BW_HEALTH_MAX];
	int64_t turn_us; /* duration of the latest turn */
	struct durations turn_durations;
	int64_t lag_us;      /* how late the latest turn came: the loop's own health */
	int64_t clock_steps; /* times the wall clock was seen to jump */
	struct bw_wall started;
};

void engine_stats(const struct engine *engine, struct engine_stats *out);

#endif
