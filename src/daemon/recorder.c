/* recorder.c - when a row is written; recorder_rows.c says what is in it.
 *
 * What is in maintenance is asked for every row. Between rows it is asked only when a window opened
 * or ended, and then of every component (recorder_turn()): a mark is written for those for which it
 * changed, which each component remembers. Once more with every sample: under load the alerts may
 * hear of a window a little later than the turn that shows it.
 *
 * An event of a shared breaker is written at its own time, so that its change points are exact
 * though events are read some of them at a time; but not where a clock that was set, or foreign
 * memory, says something that cannot be.
 */
#include "daemon/recorder.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "daemon/recorder_rows.h"

/* An event of a shared breaker is read this soon. */
#define EVENT_AGE_US (10 * BW_SECOND_US)

struct recorder {
	struct recorder_options options;
	struct host_sample host;
	bool has_host, has_health;
	enum bw_health health;    /* of the whole, as last written */
	uint64_t windows_version; /* as last seen */
	char **earlier;           /* components of an earlier daemon, until the start */
	size_t earlier_count;
	int64_t every_us; /* between two samples */
};

struct recorder *recorder_create(const struct recorder_options *options)
{
	struct recorder *recorder = xcalloc(1, sizeof(*recorder));

	recorder->options = *options;
	recorder->every_us = roster_settings(options->roster)->refresh_us;
	return recorder;
}

static void forget_earlier(struct recorder *recorder)
{
	for (size_t i = 0; i < recorder->earlier_count; i++)
		free(recorder->earlier[i]);
	free((void *)recorder->earlier);
	recorder->earlier = NULL;
	recorder->earlier_count = 0;
}

void recorder_destroy(struct recorder *recorder)
{
	if (recorder == NULL)
		return;
	forget_earlier(recorder);
	free(recorder);
}

static struct bw_wall now_of(const struct recorder *recorder)
{
	return io_loop_wall(recorder->options.loop);
}

static void write_row(struct recorder *recorder, const struct store_row *row)
{
	if (recorder->options.store != NULL)
		store_append_row(recorder->options.store, row);
}

static void write_mark(struct recorder *recorder, enum series_kind kind, const char *name,
		       int state, struct bw_wall at)
{
	struct store_row row;

	recorder_row_mark(kind, name, state, &row);
	row.time = recorder_mark_time(at);
	write_row(recorder, &row);
}

/* --- nobody looks --- */

/* Everything that is no component. */
static void silence_others(struct recorder *recorder, struct bw_wall at)
{
	const struct guard *guard;
	size_t cursor = 0;

	while ((guard = guards_next(recorder->options.guards, &cursor)) != NULL)
		write_mark(recorder, SERIES_BREAKER, guard_name(guard), SERIES_NONE, at);
	write_mark(recorder, SERIES_SYSTEM, "", SERIES_NONE, at);
	write_mark(recorder, SERIES_HOST, "", SERIES_NONE, at);
}

void recorder_left_by_earlier(struct recorder *recorder, const char *component)
{
	size_t count = recorder->earlier_count + 1;

	recorder->earlier =
		(char **)xrealloc((void *)recorder->earlier, count * sizeof(*recorder->earlier));
	recorder->earlier[recorder->earlier_count++] = xstrdup(component);
}

void recorder_start(struct recorder *recorder, struct bw_wall last_alive)
{
	for (size_t i = 0; i < recorder->earlier_count; i++) {
		const char *name = recorder->earlier[i];

		write_mark(recorder, SERIES_COMPONENT, name, SERIES_NONE, last_alive);
		if (roster_find(recorder->options.roster, name) == NULL)
			store_remove_state(recorder->options.store, name);
	}
	if (last_alive.us != 0)
		silence_others(recorder, last_alive);
	forget_earlier(recorder);
}

void recorder_gone(struct recorder *recorder, enum series_kind kind, const char *name)
{
	write_mark(recorder, kind, name, SERIES_NONE, now_of(recorder));
}

void recorder_configure(struct recorder *recorder, const struct roster *roster)
{
	const struct roster *old = recorder->options.roster;

	recorder->options.roster = roster;
	recorder->every_us = roster_settings(roster)->refresh_us;
	for (size_t i = 0; i < roster_count(old); i++) {
		const struct component *before = roster_get(old, i);
		const struct component *now = roster_find(roster, component_name(before));

		if (now == NULL ||
		    (component_settings(before)->enabled && !component_settings(now)->enabled))
			recorder_gone(recorder, SERIES_COMPONENT, component_name(before));
	}
}

/* Ahead: the time that was jumped over was looked at by nobody. Back: it comes once more, and what
 * is written in it now stands beside what was written then. */
void recorder_clock_step(struct recorder *recorder, int64_t step_us)
{
	const struct roster *roster = recorder->options.roster;
	const struct bw_wall before = { now_of(recorder).us - step_us };

	if (step_us <= 0)
		return;
	for (size_t i = 0; i < roster_count(roster); i++) {
		const struct component *component = roster_get(roster, i);

		if (component_settings(component)->enabled)
			write_mark(recorder, SERIES_COMPONENT, component_name(component),
				   SERIES_NONE, before);
	}
	silence_others(recorder, before);
}

/* --- looks --- */

static bool is_in_maintenance(const struct recorder *recorder, const struct component *component)
{
	const struct alert_subject subject = { ALERT_SUBJECT_COMPONENT, component_name(component) };

	return alerts_maintenance_of(alerting_alerts(recorder->options.alerting), &subject) != NULL;
}

void recorder_component(struct recorder *recorder, struct component *component,
			const struct check_result *result)
{
	bool in_maintenance = is_in_maintenance(recorder, component);
	struct store_row row;

	component_maintain(component, in_maintenance);
	recorder_row_component(component, result, in_maintenance, &row);
	row.time = recorder_row_time(now_of(recorder));
	write_row(recorder, &row);
}

static void write_breaker(struct recorder *recorder, const struct guard *guard,
			  const struct bw_breaker_snapshot *snapshot, struct bw_wall at)
{
	struct store_row row;

	recorder_row_breaker(guard_name(guard), snapshot, recorder->every_us, &row);
	row.time = recorder_row_time(at);
	write_row(recorder, &row);
}

void recorder_breaker(struct recorder *recorder, const struct guard *guard,
		      const struct guard_event *told)
{
	const struct bw_wall now = now_of(recorder);
	struct bw_wall at = { told->event.wall_us };
	struct bw_breaker_snapshot snapshot;

	if (at.us > now.us || at.us < now.us - EVENT_AGE_US)
		at = now;
	guard_snapshot(guard, &snapshot);
	snapshot.state = told->event.to;
	write_breaker(recorder, guard, &snapshot, at);
}

void recorder_look(struct recorder *recorder, const struct host_sample *host)
{
	recorder->host = *host;
	recorder->has_host = true;
}

static void sample_host(struct recorder *recorder, struct bw_wall at)
{
	struct store_row row;

	recorder_row_host(&recorder->host, recorder->every_us, &row);
	row.time = at;
	write_row(recorder, &row);
}

static void sample_whole(struct recorder *recorder, const struct bw_dashboard *dashboard,
			 const struct bw_history_point *point)
{
	struct bw_health_tally tally;
	struct bw_metrics metrics;
	struct store_row row;

	bw_dashboard_tally(dashboard, &tally);
	bw_dashboard_metrics(dashboard, &metrics);
	recorder->health = bw_health_overall(&tally);
	recorder->has_health = true;
	recorder_row_system(point, &metrics.score, recorder->health, recorder->every_us, &row);
	write_row(recorder, &row);
}

void recorder_sample(struct recorder *recorder, const struct bw_dashboard *dashboard,
		     const struct bw_history_point *point)
{
	const struct bw_wall at = recorder_row_time(point->time);
	struct bw_breaker_snapshot snapshot;
	const struct guard *guard;
	size_t cursor = 0;

	if (recorder->options.store == NULL)
		return;
	recorder->windows_version = 0;
	sample_whole(recorder, dashboard, point);
	if (recorder->has_host)
		sample_host(recorder, at);
	while ((guard = guards_next(recorder->options.guards, &cursor)) != NULL) {
		guard_snapshot(guard, &snapshot);
		write_breaker(recorder, guard, &snapshot, at);
	}
}

/* --- what the next row would say late --- */

static void mark_maintenance(struct recorder *recorder, struct component *component)
{
	bool in_maintenance = is_in_maintenance(recorder, component);
	struct store_row row;

	if (component_maintain(component, in_maintenance) == in_maintenance ||
	    component_last_check(component).us == 0)
		return;
	recorder_row_maintenance(component, in_maintenance, &row);
	row.time = recorder_mark_time(now_of(recorder));
	write_row(recorder, &row);
}

void recorder_turn(struct recorder *recorder, enum bw_health health)
{
	const struct roster *roster = recorder->options.roster;
	uint64_t version = alerting_windows_version(recorder->options.alerting);

	if (recorder->options.store == NULL)
		return;
	if (recorder->has_health && recorder->health != health) {
		recorder->health = health;
		write_mark(recorder, SERIES_SYSTEM, "", (int)health, now_of(recorder));
	}
	if (version == recorder->windows_version)
		return;
	recorder->windows_version = version;
	for (size_t i = 0; i < roster_count(roster); i++) {
		if (component_settings(roster_get(roster, i))->enabled)
			mark_maintenance(recorder, roster_get(roster, i));
	}
}
