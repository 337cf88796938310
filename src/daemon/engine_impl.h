/* engine_impl.h - the engine's inside, for engine*.c and turn.c only. */
#ifndef BW_DAEMON_ENGINE_IMPL_H
#define BW_DAEMON_ENGINE_IMPL_H

#include "checks/host_sample.h"
#include "daemon/breaker_watch.h"
#include "daemon/chronicle.h"
#include "daemon/engine.h"
#include "daemon/figures.h"
#include "daemon/recorder.h"
#include "daemon/roster.h"

struct engine {
	struct io_loop *loop;
	struct store *store;
	struct log *log;
	void (*on_turn)(void *arg, const struct engine_turn *turn);
	void *arg;

	struct roster *roster;
	struct shared_region *region; /* NULL: none is opened */
	struct guards *guards;
	struct breaker_watch *watch;
	struct bw_dashboard *dashboard;
	struct alerting *alerting;
	struct chronicle *chronicle;
	struct recorder *recorder;
	struct figures *figures;
	uint64_t journal_told;     /* id of the newest entry that a turn has told */
	struct bw_wall left_at;    /* where its rows end; 0: there are none */
	struct bw_wall last_alive; /* latest sign of an earlier daemon */
	struct host_sampler *sampler;

	struct io_timer *turn_timer, *sample_timer, *resource_timer;
	bool turn_pending, started, warm;
	bool sample_due, reloaded;
	enum bw_health judged; /* the overall state that rules were last asked about */
	struct bw_mono turn_due, started_mono;
	int64_t wall_ahead_us; /* wall clock minus mono clock, to notice jumps */

	struct component **changed;
	size_t changed_count;
	size_t fed_count; /* of those, the first: this turn has taken them in */
	char **removed;
	size_t removed_count;
	struct engine_stats stats;
};

/* Begins the wait for the next turn, unless one is awaited already. */
void engine_ask_for_turn(struct engine *engine);
/* What the store kept of earlier daemons; before the first append. */
void engine_restore(struct engine *engine);
/* One breaker, or all of them, into the model. */
void engine_feed_guard(struct engine *engine, const struct guard *guard);
void engine_feed_guards(struct engine *engine);
void engine_forget_changes(struct engine *engine);
/* Timers' callbacks; `arg` is the engine. */
void engine_take_turn(void *arg);
void engine_sample_due(void *arg);
void engine_resources_due(void *arg);

#endif
