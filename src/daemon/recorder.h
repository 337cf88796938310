/* recorder.h - writes the history: what is looked at, when nobody looks, and when it is planned.
 *
 * A component is recorded at each of its results, and whenever its breaker speaks for it; breakers
 * at each change and, with the host and the whole, at every point of the document. What is shown is
 * recorded: a failure that `down_after` does not believe yet has its error and no change of state.
 *
 * Marks (series.h) end what would speak on: of a daemon that went, a component or a breaker that is
 * gone or disabled, a clock that jumped ahead. Others say at once what the next row would say late:
 * the whole has another state, maintenance begins or ends.
 *
 * Owns:    nothing but its memory of the last sample. Everything given is borrowed.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_RECORDER_H
#define BW_DAEMON_RECORDER_H

#include "checks/check.h"
#include "checks/host_sample.h"
#include "core/dashboard.h"
#include "daemon/alerting.h"
#include "daemon/component.h"
#include "daemon/guard.h"
#include "daemon/roster.h"
#include "io/loop.h"
#include "storage/store.h"

struct recorder;

struct recorder_options {
	struct io_loop *loop;
	struct store *store; /* NULL: nothing is kept */
	const struct guards *guards;
	const struct alerting *alerting;
	const struct roster *roster;
};

struct recorder *recorder_create(const struct recorder_options *options);
void recorder_destroy(struct recorder *recorder);
/* A component of which an earlier daemon left a state; before recorder_start(). */
void recorder_left_by_earlier(struct recorder *recorder, const char *component);
/* Marks where the earlier daemon gave its last sign of life (0: there was none). Components that it
 * had and the configuration has no more are as gone as if a reload had taken them away. Before the
 * first row. */
void recorder_start(struct recorder *recorder, struct bw_wall last_alive);
/* Another configuration, while both rosters are there. */
void recorder_configure(struct recorder *recorder, const struct roster *roster);

/* `result` is NULL when nothing was looked at. */
void recorder_component(struct recorder *recorder, struct component *component,
			const struct check_result *result);
/* An event that was not known before. */
void recorder_breaker(struct recorder *recorder, const struct guard *guard,
		      const struct guard_event *told);
void recorder_gone(struct recorder *recorder, enum series_kind kind, const char *name);
/* The latest look at the host, for the next sample. */
void recorder_look(struct recorder *recorder, const struct host_sample *host);
/* A point of the document was taken: the whole, the host and all breakers. */
void recorder_sample(struct recorder *recorder, const struct bw_dashboard *dashboard,
		     const struct bw_history_point *point);
/* What the whole is, and what is in maintenance, after each turn once everything was looked at. */
void recorder_turn(struct recorder *recorder, enum bw_health health);
/* The wall clock was set. */
void recorder_clock_step(struct recorder *recorder, int64_t step_us);

#endif
