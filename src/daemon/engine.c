/* engine.c - the life of the engine: made, started, reloaded; and what it does with a result.
 *
 * A result only marks its component for the next turn (turn.c); the store is told at once.
 * A reload makes the whole new roster first, so that a refused check changes nothing.
 *
 * Invariant: a component is in `changed` exactly when it is marked.
 */
#include "daemon/engine.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/xalloc.h"
#include "daemon/engine_impl.h"
#include "daemon/views.h"

#define FIRST_CPU_US (BW_SECOND_US / 4)

static void mark(struct engine *engine, struct component *component)
{
	if (!component_mark(component, true))
		engine->changed[engine->changed_count++] = component;
	engine_ask_for_turn(engine);
}

static void keep_state(struct engine *engine, const struct component *component)
{
	struct store_state state;

	if (engine->store == NULL)
		return;
	component_state(component, &state);
	store_put_state(engine->store, &state);
}

static void log_change(struct engine *engine, const struct component *component, enum bw_health was,
		       const struct check_result *result)
{
	char quoted[LOG_QUOTE_MAX];
	enum bw_health now = component_health(component);

	if (now == was)
		return;
	if (result != NULL && result->error[0] != '\0')
		log_write(engine->log, LOG_LEVEL_INFO, "component %s: %s, was %s: %s",
			  component_name(component), bw_health_text(now), bw_health_text(was),
			  log_quote(result->error, quoted));
	else
		log_write(engine->log, LOG_LEVEL_INFO, "component %s: %s, was %s",
			  component_name(component), bw_health_text(now), bw_health_text(was));
}

static void on_result(void *arg, struct component *component, const struct check_result *result,
		      enum bw_health was)
{
	struct engine *engine = arg;

	mark(engine, component);
	alerting_sample(engine->alerting, ALERT_SUBJECT_COMPONENT, component_name(component));
	log_change(engine, component, was, result);
	if (component_health(component) != was)
		chronicle_component(engine->chronicle, component);
	recorder_component(engine->recorder, component, result);
	if (result == NULL) {
		engine->stats.checks_refused += component_settings(component)->kind != NULL;
		return;
	}
	engine->stats.checks_finished++;
	engine->stats.results[result->health]++;
	keep_state(engine, component);
}

static void refresh_viewers(struct engine *engine, const struct guard *guard)
{
	struct component *viewer;
	size_t cursor = 0;

	while (engine->roster != NULL &&
	       (viewer = roster_next_viewer(engine->roster, guard, &cursor)) != NULL)
		component_refresh(viewer);
}

static void on_guard_numbers(void *arg, struct guard *guard)
{
	struct engine *engine = arg;

	if (!engine->started)
		return;
	engine_feed_guard(engine, guard);
	engine_ask_for_turn(engine);
}

static void on_guard_event(void *arg, struct guard *guard, const struct guard_event *told)
{
	struct engine *engine = arg;
	char quoted[LOG_QUOTE_MAX];

	chronicle_breaker(engine->chronicle, guard, told);
	if (told->is_past)
		return;
	if (engine->started)
		recorder_breaker(engine->recorder, guard, told);
	log_write(engine->log, LOG_LEVEL_INFO, "breaker %s: %s, was %s",
		  log_quote(guard_name(guard), quoted), bw_breaker_state_text(told->event.to),
		  bw_breaker_state_text(told->event.from));
	refresh_viewers(engine, guard);
	on_guard_numbers(engine, guard);
	if (engine->started && engine->alerting != NULL)
		alerting_sample(engine->alerting, ALERT_SUBJECT_BREAKER, guard_name(guard));
}

static void on_guard_missed(void *arg, struct guard *guard, uint64_t count)
{
	struct engine *engine = arg;

	chronicle_breaker_missed(engine->chronicle, guard, count);
}

static void on_guard_found(void *arg, struct guard *guard)
{
	struct engine *engine = arg;
	char quoted[LOG_QUOTE_MAX];

	log_write(engine->log, LOG_LEVEL_INFO, "breaker %s of another process is shown from now on",
		  log_quote(guard_name(guard), quoted));
	on_guard_numbers(engine, guard);
}

static void on_guard_overruled(void *arg, struct guard *guard)
{
	struct engine *engine = arg;
	char quoted[LOG_QUOTE_MAX];

	log_write(engine->log, LOG_LEVEL_INFO,
		  "breaker %s had other rules in the shared region: those of the configuration "
		  "are in force",
		  log_quote(guard_name(guard), quoted));
}

static void on_guard_gone(void *arg, struct guard *guard)
{
	struct engine *engine = arg;

	bw_dashboard_remove_breaker(engine->dashboard, guard_name(guard));
	chronicle_breaker_gone(engine->chronicle, guard);
	if (engine->started)
		recorder_gone(engine->recorder, SERIES_BREAKER, guard_name(guard));
	if (engine->alerting != NULL)
		alerting_gone(engine->alerting, ALERT_SUBJECT_BREAKER, guard_name(guard));
	engine_ask_for_turn(engine);
}

/* All stand on another region, or something is to be said of it. */
static void on_region_moved(void *arg)
{
	struct engine *engine = arg;
	struct guard *guard;
	size_t cursor = 0;

	guards_listen(engine->guards);
	while ((guard = guards_next(engine->guards, &cursor)) != NULL) {
		chronicle_breaker_here(engine->chronicle, guard);
		refresh_viewers(engine, guard);
		on_guard_numbers(engine, guard);
	}
	engine_ask_for_turn(engine);
}

static void on_alerts_changed(void *arg)
{
	engine_ask_for_turn(arg);
}

static void make_room(struct engine *engine)
{
	size_t count = roster_count(engine->roster);

	engine->changed = (struct component **)xrealloc((void *)engine->changed,
							(count + 1) * sizeof(struct component *));
}

static size_t count_breakers(const struct daemon_settings *settings)
{
	size_t count = settings->breaker_count;

	for (size_t i = 0; i < settings->component_count; i++)
		count += settings->components[i].has_breaker;
	return count;
}

static void bind_guards(struct engine *engine, struct roster *roster)
{
	const struct daemon_settings *settings = roster_settings(roster);

	guards_begin(engine->guards);
	breaker_watch_set(engine->watch, &settings->region, count_breakers(settings));
	roster_bind_guards(roster, engine->guards);
}

static void create_guards(struct engine *engine, const struct engine_options *options)
{
	const struct guard_listener listener = {
		.changed = on_guard_event,
		.missed = on_guard_missed,
		.found = on_guard_found,
		.gone = on_guard_gone,
		.overruled = on_guard_overruled,
		.arg = engine,
	};

	if (options->shares_breakers)
		engine->region = shared_region_create(options->region_clock);
	engine->guards = guards_create(engine->loop, engine->region, &listener);
	const struct breaker_watch_options watch = {
		.loop = engine->loop,
		.guards = engine->guards,
		.region = engine->region,
		.log = engine->log,
		.changed = on_guard_numbers,
		.moved = on_region_moved,
		.arg = engine,
	};
	engine->watch = breaker_watch_create(&watch);
}

static struct bw_dashboard *create_dashboard(const struct daemon_settings *settings,
					     struct bw_wall now)
{
	struct bw_dashboard_config config;
	struct bw_dashboard *dashboard;

	view_of_settings(settings, now, &config);
	xalloc_must(bw_dashboard_create(&config, &dashboard));
	return dashboard;
}

static void create_alerting(struct engine *engine)
{
	const struct alerting_options options = {
		.loop = engine->loop,
		.store = engine->store,
		.log = engine->log,
		.chronicle = engine->chronicle,
		.guards = engine->guards,
		.dashboard = engine->dashboard,
		.roster = engine->roster,
		.changed = on_alerts_changed,
		.arg = engine,
	};

	engine->alerting = alerting_create(&options);
}

static void create_recorder(struct engine *engine)
{
	const struct recorder_options options = {
		.loop = engine->loop,
		.store = engine->store,
		.guards = engine->guards,
		.alerting = engine->alerting,
		.roster = engine->roster,
	};

	engine->recorder = recorder_create(&options);
}

static void create_parts(struct engine *engine, const struct engine_options *options)
{
	const struct host_sampler_options host = { .root = options->host_root };

	engine->stats.started = io_loop_wall(engine->loop);
	engine->started_mono = io_loop_mono(engine->loop);
	engine->wall_ahead_us = engine->stats.started.us - engine->started_mono.us;
	engine->dashboard = create_dashboard(options->settings, engine->stats.started);
	engine->sampler = host_sampler_create(&host);
	engine->turn_timer = io_timer_create(engine->loop, engine_take_turn, engine);
	engine->sample_timer = io_timer_create(engine->loop, engine_sample_due, engine);
	engine->resource_timer = io_timer_create(engine->loop, engine_resources_due, engine);
	make_room(engine);
	bind_guards(engine, engine->roster);
	guards_end(engine->guards);
	create_alerting(engine);
	create_recorder(engine);
}

enum bw_status engine_create(const struct engine_options *options, struct engine **out,
			     char **report)
{
	struct engine *engine = xcalloc(1, sizeof(*engine));
	const struct component_events events = { .on_result = on_result, .arg = engine };

	engine->loop = options->loop;
	engine->store = options->store;
	engine->log = options->log;
	engine->on_turn = options->on_turn;
	engine->arg = options->arg;
	enum bw_status status =
		roster_create(engine->loop, options->settings, &events, &engine->roster, report);
	if (status != BW_OK) {
		free(engine);
		return status;
	}
	engine->judged = BW_HEALTH_UNKNOWN;
	engine->chronicle = chronicle_create(engine->loop, engine->store);
	engine->figures = figures_create();
	create_guards(engine, options);
	create_parts(engine, options);
	*out = engine;
	return BW_OK;
}

static void mark_all(struct engine *engine)
{
	const struct guard *guard;
	size_t cursor = 0;

	guards_listen(engine->guards);
	for (size_t i = 0; i < roster_count(engine->roster); i++) {
		chronicle_component(engine->chronicle, roster_get(engine->roster, i));
		mark(engine, roster_get(engine->roster, i));
	}
	while ((guard = guards_next(engine->guards, &cursor)) != NULL)
		chronicle_breaker_here(engine->chronicle, guard);
	engine_feed_guards(engine);
}

void engine_start(struct engine *engine)
{
	const struct daemon_settings *settings = roster_settings(engine->roster);

	bw_assert(!engine->started);
	engine->started = true;
	engine->reloaded = true;
	engine_restore(engine);
	chronicle_start(engine->chronicle, engine->last_alive);
	alerting_start(engine->alerting);
	breaker_watch_start(engine->watch);
	roster_start(engine->roster);
	mark_all(engine);
	chronicle_started(engine->chronicle);
	io_timer_start(engine->sample_timer, settings->refresh_us);
	engine_resources_due(engine);
	io_timer_start(engine->resource_timer, FIRST_CPU_US); /* CPU use needs two samples */
	engine_take_turn(engine);
}

void engine_destroy(struct engine *engine)
{
	if (engine == NULL)
		return;
	if (engine->started)
		chronicle_stop(engine->chronicle);
	engine_forget_changes(engine);
	alerting_destroy(engine->alerting);
	engine->alerting = NULL;
	struct roster *roster = engine->roster;
	engine->roster = NULL; /* a call that is cancelled may hear what others did meanwhile */
	roster_destroy(roster);
	breaker_watch_destroy(engine->watch);
	guards_destroy(engine->guards);
	shared_region_destroy(engine->region);
	io_timer_destroy(engine->turn_timer);
	io_timer_destroy(engine->sample_timer);
	io_timer_destroy(engine->resource_timer);
	host_sampler_destroy(engine->sampler);
	recorder_destroy(engine->recorder);
	chronicle_destroy(engine->chronicle);
	figures_destroy(engine->figures);
	bw_dashboard_destroy(engine->dashboard);
	free((void *)engine->changed);
	free((void *)engine->removed);
	free(engine);
}

static void note_removed(struct engine *engine, const struct roster *old)
{
	for (size_t i = 0; i < roster_count(old); i++) {
		const char *name = component_name(roster_get(old, i));

		if (roster_find(engine->roster, name) != NULL)
			continue;
		engine->removed = (char **)xrealloc((void *)engine->removed,
						    (engine->removed_count + 1) * sizeof(char *));
		engine->removed[engine->removed_count++] = xstrdup(name);
		chronicle_component_gone(engine->chronicle, name);
		alerting_gone(engine->alerting, ALERT_SUBJECT_COMPONENT, name);
		if (engine->store != NULL)
			store_remove_state(engine->store, name);
	}
}

static void reconfigure_parts(struct engine *engine, const struct daemon_settings *settings)
{
	struct bw_dashboard_config config;

	view_of_settings(settings, engine->stats.started, &config);
	xalloc_must(bw_dashboard_configure(engine->dashboard, &config));
	if (engine->store != NULL)
		store_set_bounds(engine->store, settings->storage.history_us,
				 settings->storage.rollups_us, settings->storage.limit_bytes);
}

enum bw_status engine_reload(struct engine *engine, struct daemon_settings *settings, char **report)
{
	const struct component_events events = { .on_result = on_result, .arg = engine };
	struct roster *old = engine->roster;
	int64_t refresh_us = roster_settings(old)->refresh_us;
	struct roster *fresh;
	enum bw_status status = roster_create(engine->loop, settings, &events, &fresh, report);

	if (status != BW_OK)
		return status;
	engine_forget_changes(engine);
	bind_guards(engine, fresh);
	roster_adopt(fresh, old);
	engine->roster = fresh;
	alerting_configure(engine->alerting, fresh);
	recorder_configure(engine->recorder, fresh);
	note_removed(engine, old);
	roster_destroy(old);
	guards_end(engine->guards);
	make_room(engine);
	reconfigure_parts(engine, settings);
	if (settings->refresh_us !=
	    refresh_us) /* else frequent reloads would put it off for ever */
		io_timer_start(engine->sample_timer, settings->refresh_us);
	bw_dashboard_clear_components(engine->dashboard);
	engine->reloaded = true;
	chronicle_reload(engine->chronicle, roster_count(fresh));
	roster_start(fresh); /* what is disabled now shows it */
	mark_all(engine);
	engine_take_turn(engine); /* no reader ever sees the model without its components */
	return BW_OK;
}

const struct daemon_settings *engine_settings(const struct engine *engine)
{
	return roster_settings(engine->roster);
}

struct bw_dashboard *engine_dashboard(struct engine *engine)
{
	return engine->dashboard;
}

struct alerting *engine_alerting(const struct engine *engine)
{
	return engine->alerting;
}

const struct alerts *engine_alerts(const struct engine *engine)
{
	return alerting_alerts(engine->alerting);
}

const struct outbox *engine_outbox(const struct engine *engine)
{
	return alerting_outbox(engine->alerting);
}

const struct bw_journal *engine_journal(const struct engine *engine)
{
	return chronicle_journal(engine->chronicle);
}

struct guards *engine_guards(struct engine *engine)
{
	return engine->guards;
}

struct store *engine_store(const struct engine *engine)
{
	return engine->store;
}

struct io_loop *engine_loop(const struct engine *engine)
{
	return engine->loop;
}

size_t engine_component_count(const struct engine *engine)
{
	return roster_count(engine->roster);
}

struct component *engine_component(const struct engine *engine, size_t nth)
{
	return roster_get(engine->roster, nth);
}

struct component *engine_find(const struct engine *engine, const char *name)
{
	return roster_find(engine->roster, name);
}

struct bw_wall engine_left_at(const struct engine *engine)
{
	return engine->left_at;
}

enum bw_health engine_health(const struct engine *engine)
{
	struct bw_health_tally tally;

	bw_dashboard_tally(engine->dashboard, &tally);
	return bw_health_overall(&tally);
}

const struct component *engine_not_ready(const struct engine *engine)
{
	for (size_t i = 0; i < roster_count(engine->roster); i++) {
		const struct component *component = roster_get(engine->roster, i);
		enum bw_health health = component_health(component);

		if (component_settings(component)->critical &&
		    component_settings(component)->enabled &&
		    (health == BW_HEALTH_UNHEALTHY || health == BW_HEALTH_UNKNOWN))
			return component;
	}
	return NULL;
}

enum bw_status engine_guard_command(struct engine *engine, struct guard *guard,
				    enum guard_order order, int64_t duration_us)
{
	enum bw_status status = guard_command(guard, order, duration_us);

	engine_feed_guard(engine, guard);
	engine_ask_for_turn(engine);
	return status;
}

const char *engine_breaker_notice(const struct engine *engine)
{
	return breaker_watch_notice(engine->watch);
}

void engine_stats(const struct engine *engine, struct engine_stats *out)
{
	*out = engine->stats;
}
