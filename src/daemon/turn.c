/* turn.c - takes in what changed, once for many results.
 *
 * Why turns: thousands of results a second would otherwise rebuild score, alerts and documents
 * thousands of times. A result only marks its component; the turn that follows within
 * ENGINE_TURN_US pays for what changed, once. A turn waits at least TURN_REST times the duration of
 * the one before, so that the checks keep the loop whatever the number of components.
 *
 * Where more has changed than a turn may take in (FEED_US) the rest waits for the next one.
 *
 * Rules about the whole and history wait for the end of the warm-up: before every component was
 * looked at once, nothing can be said of the whole, and a restart must neither resolve nor raise
 * anything. Alerts of the others are judged by their samples, in slices (alerting.c); a turn takes
 * one slice, so that what it shows is as new as can be.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "daemon/engine_impl.h"
#include "daemon/views.h"

enum { TURN_REST = 10 };

/* Components are taken in for so long, with a look at the clock after every stride. */
#define FEED_US (15 * BW_SECOND_US / 1000)
enum { FEED_STRIDE = 64 };

void engine_ask_for_turn(struct engine *engine)
{
	int64_t wait_us = ENGINE_TURN_US;

	if (engine->turn_pending)
		return;
	if (engine->stats.turn_us * TURN_REST > wait_us)
		wait_us = engine->stats.turn_us * TURN_REST;
	engine->turn_pending = true;
	engine->turn_due = bw_mono_add(io_loop_mono(engine->loop), wait_us);
	io_timer_start(engine->turn_timer, wait_us);
}

void engine_feed_guard(struct engine *engine, const struct guard *guard)
{
	struct bw_breaker_view view;
	struct bw_buf extra;

	bw_buf_init(&extra, 4096);
	view_of_guard(guard, &view, &extra);
	xalloc_must(bw_dashboard_set_breaker(engine->dashboard, guard_name(guard), &view));
	bw_buf_finish(&extra);
}

void engine_feed_guards(struct engine *engine)
{
	struct guard *guard;
	size_t cursor = 0;

	while ((guard = guards_next(engine->guards, &cursor)) != NULL)
		engine_feed_guard(engine, guard);
}

static void feed_component(struct engine *engine, const struct component *component)
{
	struct component_text text;

	component_view(component, &text);
	xalloc_must(bw_dashboard_set_component(engine->dashboard, component_name(component),
					       &text.view));
	component_text_finish(&text);
	if (component_guard(component) != NULL)
		engine_feed_guard(engine, component_guard(component));
}

static void feed_overview(struct engine *engine)
{
	struct bw_health_tally tally;

	bw_dashboard_tally(engine->dashboard, &tally);
	const struct bw_overview_view view = {
		.status = bw_health_text(bw_health_overall(&tally)),
		.version = BW_VERSION,
		.uptime_seconds = bw_number_from_double(
			(double)bw_mono_since(io_loop_mono(engine->loop), engine->started_mono) /
			1e6),
		.healthy = bw_number_from_int(tally.count[BW_HEALTH_HEALTHY]),
		.degraded = bw_number_from_int(tally.count[BW_HEALTH_DEGRADED]),
		.unhealthy = bw_number_from_int(tally.count[BW_HEALTH_UNHEALTHY]),
	};
	xalloc_must(bw_dashboard_set_overview(engine->dashboard, &view));
}

static void feed_resources(struct engine *engine)
{
	struct host_sample sample;
	struct bw_resources_view view;
	struct bw_buf extra;

	host_sampler_take(engine->sampler, io_loop_mono(engine->loop), &sample);
	alerting_look(engine->alerting, &sample);
	recorder_look(engine->recorder, &sample);
	bw_buf_init(&extra, 4096);
	view_of_sample(&sample, &view, &extra);
	xalloc_must(bw_dashboard_set_resources(engine->dashboard, &view));
	bw_buf_finish(&extra);
}

static bool is_warm(struct engine *engine)
{
	if (engine->warm)
		return true;
	int64_t age_us = bw_mono_since(io_loop_mono(engine->loop), engine->started_mono);
	bool all_settled = true;

	for (size_t i = 0; i < roster_count(engine->roster) && all_settled; i++)
		all_settled = component_is_settled(roster_get(engine->roster, i));
	engine->warm = all_settled || age_us >= ENGINE_WARM_UP_US;
	if (engine->warm) {
		engine->sample_due = true;
		alerting_warm(engine->alerting);
		malloc_trim(0); /* the first round of all checks left holes all over the heap */
	}
	return engine->warm;
}

/* After what was found: the members that say since when, and why. */
static void tell_story(struct engine *engine)
{
	enum bw_health health = engine_health(engine);
	struct bw_buf members;

	if (engine->warm)
		chronicle_overall(engine->chronicle, health, engine_alerts(engine));
	bw_buf_init(&members, 0);
	chronicle_write_overview(engine->chronicle, health, engine_alerts(engine), &members);
	xalloc_must(members.status);
	xalloc_must(bw_dashboard_set_members(engine->dashboard, BW_PART_OVERVIEW, members.data));
	bw_buf_finish(&members);
}

static void add_sample(struct engine *engine, struct engine_turn *turn)
{
	engine->sample_due = false;
	xalloc_must(
		bw_dashboard_sample(engine->dashboard, io_loop_wall(engine->loop), &turn->point));
	turn->sampled = true;
	recorder_sample(engine->recorder, engine->dashboard, &turn->point);
}

/* Those that no turn has taken in yet stay, in their order. */
static void forget_fed(struct engine *engine)
{
	size_t left = engine->changed_count - engine->fed_count;

	for (size_t i = 0; i < engine->fed_count; i++)
		component_mark(engine->changed[i], false);
	memmove((void *)engine->changed, (const void *)(engine->changed + engine->fed_count),
		left * sizeof(struct component *));
	engine->changed_count = left;
	engine->fed_count = 0;
	for (size_t i = 0; i < engine->removed_count; i++)
		free(engine->removed[i]);
	engine->removed_count = 0;
	engine->reloaded = false;
}

void engine_forget_changes(struct engine *engine)
{
	engine->fed_count = engine->changed_count;
	forget_fed(engine);
}

/* All of them for the first reader of a configuration, else as many as there is time for. */
static void feed_changed(struct engine *engine, struct bw_mono begun)
{
	bool all = engine->reloaded || engine->stats.turns == 0;
	size_t nth = 0;

	for (; nth < engine->changed_count; nth++) {
		if (!all && nth % FEED_STRIDE == FEED_STRIDE - 1 &&
		    bw_mono_since(io_loop_mono(engine->loop), begun) >= FEED_US)
			break;
		feed_component(engine, engine->changed[nth]);
	}
	engine->fed_count = nth;
}

/* Rules about the whole are asked when it has another state; every look asks them too. */
static void judge_whole(struct engine *engine)
{
	enum bw_health health = engine_health(engine);

	if (!is_warm(engine) || health == engine->judged)
		return;
	engine->judged = health;
	alerting_sample(engine->alerting, ALERT_SUBJECT_SYSTEM, "");
}

static void begin_turn(struct engine *engine, struct bw_mono begun)
{
	engine->turn_pending = false;
	io_timer_stop(engine->turn_timer);
	if (engine->turn_due.us != 0)
		engine->stats.lag_us = bw_mono_since(begun, engine->turn_due);
	feed_changed(engine, begun);
	feed_overview(engine);
	judge_whole(engine);
	alerting_work(engine->alerting);
	tell_story(engine);
}

void engine_take_turn(void *arg)
{
	struct engine *engine = arg;
	struct bw_mono begun = io_loop_mono(engine->loop);

	begin_turn(engine, begun);
	struct engine_turn turn = {
		.changed = engine->changed,
		.changed_count = engine->fed_count,
		.removed = (const char *const *)engine->removed,
		.removed_count = engine->removed_count,
		.reloaded = engine->reloaded,
		.journal_after = engine->journal_told,
	};
	if (engine->sample_due && engine->warm)
		add_sample(engine, &turn);
	if (engine->warm)
		recorder_turn(engine->recorder, engine_health(engine));
	if (engine->on_turn != NULL)
		engine->on_turn(engine->arg, &turn);
	engine->journal_told = bw_journal_newest(chronicle_journal(engine->chronicle));
	forget_fed(engine);
	engine->stats.turns++;
	engine->stats.turn_us = bw_mono_since(io_loop_mono(engine->loop), begun);
	durations_add(&engine->stats.turn_durations, engine->stats.turn_us);
	if (engine->changed_count > 0)
		engine_ask_for_turn(engine);
}

void engine_sample_due(void *arg)
{
	struct engine *engine = arg;

	io_timer_start(engine->sample_timer, roster_settings(engine->roster)->refresh_us);
	engine->sample_due = true;
	engine_ask_for_turn(engine);
}

/* The wall clock moved against the other by more than two seconds: somebody set it. */
static void notice_clock_step(struct engine *engine)
{
	int64_t ahead_us = io_loop_wall(engine->loop).us - io_loop_mono(engine->loop).us;
	int64_t step_us = ahead_us - engine->wall_ahead_us;

	engine->wall_ahead_us = ahead_us;
	if (step_us > -2 * BW_SECOND_US && step_us < 2 * BW_SECOND_US)
		return;
	engine->stats.clock_steps++;
	alerting_clock_step(engine->alerting, step_us);
	chronicle_clock(engine->chronicle, step_us);
	recorder_clock_step(engine->recorder, step_us);
	log_write(engine->log, LOG_LEVEL_WARNING,
		  "the wall clock was set %s by %.0f s: checks keep their rhythm, times in the "
		  "history follow the new clock",
		  step_us < 0 ? "back" : "forward",
		  (double)(step_us < 0 ? -step_us : step_us) / 1e6);
}

static void feed_figures(struct engine *engine)
{
	const struct engine_stats *stats = &engine->stats;
	const struct figures_counts counts = {
		.checks = stats->checks_finished,
		.errors = stats->results[BW_HEALTH_UNHEALTHY] + stats->results[BW_HEALTH_UNKNOWN],
	};
	const struct bw_mono now = io_loop_mono(engine->loop);
	struct bw_buf members;

	figures_take(engine->figures, engine->roster, engine->guards, &counts, now);
	bw_buf_init(&members, 0);
	figures_write(engine->figures, now, &members);
	xalloc_must(members.status);
	xalloc_must(bw_dashboard_set_members(engine->dashboard, BW_PART_METRICS, members.data));
	bw_buf_finish(&members);
}

void engine_resources_due(void *arg)
{
	struct engine *engine = arg;

	io_timer_start(engine->resource_timer, ENGINE_RESOURCES_US);
	notice_clock_step(engine);
	feed_resources(engine);
	feed_figures(engine);
	engine_feed_guards(engine);
	engine_ask_for_turn(engine);
}
