/* component.c - a schedule, a check behind a guard, and what is done with its results.
 *
 * Invariant: a run in flight holds exactly one admitted ticket when there is a guard.
 */
#include "daemon/component_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/xalloc.h"

static void on_due(void *arg);
static void run(struct component *component);

struct component *component_create(struct io_loop *loop, const struct component_settings *settings,
				   const struct component_events *events,
				   struct config_complaints *complaints)
{
	struct check *check = NULL;

	if (settings->kind != NULL) {
		check = check_create(loop, settings->kind, settings->name, settings->settings,
				     &settings->common, complaints, settings->kind_node);
		if (check == NULL)
			return NULL;
	}
	struct component *component = xcalloc(1, sizeof(*component));
	enum bw_status status =
		bw_schedule_init(&component->schedule, settings->name, settings->every_us,
				 settings->jitter_us, io_loop_mono(loop));
	bw_assert(status == BW_OK); /* the settings were validated */
	component->loop = loop;
	component->settings = settings;
	component->events = *events;
	component->check = check;
	component->timer = io_timer_create(loop, on_due, component);
	component->since = io_loop_wall(loop);
	return component;
}

void component_set_guard(struct component *component, struct guard *guard)
{
	component->guard = guard;
}

void component_destroy(struct component *component)
{
	if (component == NULL)
		return;
	if (component->guard != NULL && component_is_running(component))
		guard_record(component->guard, &component->ticket, BW_BREAKER_CANCELLED, 0);
	io_timer_destroy(component->timer);
	check_destroy(component->check);
	free(component->error);
	free(component->details);
	heard_finish(&component->heard);
	free(component);
}

void component_refresh(struct component *component)
{
	struct bw_breaker_snapshot snapshot;
	enum bw_health was = component->health;

	if (component->check != NULL || component->guard == NULL || !component->settings->enabled)
		return;
	guard_snapshot(component->guard, &snapshot);
	component->has_response = snapshot.window.total_calls > 0;
	component->response_us = (int64_t)(snapshot.window.avg_response_time_s * 1e6);
	component->last_check = io_loop_wall(component->loop);
	component->settled = true;
	component_keep_text(&component->error, component_breaker_text(snapshot.state));
	component_show(component, component_breaker_health(snapshot.state));
	component->events.on_result(component->events.arg, component, NULL, was);
}

static enum bw_breaker_outcome outcome_of(const struct check_result *result)
{
	if (result->timed_out)
		return BW_BREAKER_TIMEOUT;
	switch (result->health) {
	case BW_HEALTH_UNHEALTHY:
		return BW_BREAKER_FAILURE;
	case BW_HEALTH_UNKNOWN:
		return BW_BREAKER_IGNORED;
	default:
		return BW_BREAKER_SUCCESS;
	}
}

static void wait_for(struct component *component, int64_t delay_us)
{
	component->has_due = true;
	component->due = bw_mono_add(io_loop_mono(component->loop), delay_us);
	io_timer_start(component->timer, delay_us);
}

static void schedule_next(struct component *component)
{
	wait_for(component, bw_schedule_next(&component->schedule, io_loop_mono(component->loop)));
}

static void on_result(void *arg, const struct check_result *result)
{
	struct component *component = arg;
	enum bw_health was = component->health;
	int64_t took_us = bw_mono_since(io_loop_mono(component->loop), component->run_started);

	if (component->guard != NULL)
		guard_record(component->guard, &component->ticket, outcome_of(result), took_us);
	component->settled = true;
	component->last_check = io_loop_wall(component->loop);
	component->has_response = result->has_response;
	component->response_us = result->response_us;
	component_keep_text(&component->details, result->details);
	component_show_error(component, result->error);
	enum bw_health health = component_with_breaker(component, result->health);
	if (component_confirms(component, health == BW_HEALTH_HEALTHY))
		component_show(component, health);
	component->events.on_result(component->events.arg, component, result, was);
	if (component->reported)
		run(component);
}

/* The guard refused: nothing is looked at, the state says why. */
static void show_refused(struct component *component)
{
	struct bw_breaker_snapshot snapshot;
	enum bw_health was = component->health;
	const char *breaker;

	guard_snapshot(component->guard, &snapshot);
	breaker = component_breaker_text(snapshot.state);
	component->settled = true;
	component->has_response = false;
	if (component->error == NULL || strncmp(component->error, breaker, strlen(breaker)) != 0)
		component_show_error(component, NULL);
	component_show(component, component_breaker_health(snapshot.state));
	component->events.on_result(component->events.arg, component, NULL, was);
}

static void run(struct component *component)
{
	if (component->check == NULL || check_is_running(component->check))
		return;
	if (component->guard != NULL) {
		if (!guard_acquire(component->guard, &component->ticket)) {
			show_refused(component);
			return;
		}
	}
	component->run_started = io_loop_mono(component->loop);
	component->reported = false;
	check_start(component->check, on_result, component);
}

static void on_due(void *arg)
{
	struct component *component = arg;

	schedule_next(component);
	if (component->check == NULL)
		component_refresh(component);
	else
		run(component);
}

void component_start(struct component *component)
{
	int64_t left_us = bw_mono_since(component->due, io_loop_mono(component->loop));

	if (!component->settings->enabled)
		component_show_disabled(component);
	else if (component->has_due)
		wait_for(component, left_us > 0 ? left_us : 0);
	else
		schedule_next(component);
}

static void replay_report(struct component *component)
{
	if (!component_is_passive(component) || !component->heard.any)
		return;
	const struct check_report report =
		heard_report(&component->heard, io_loop_mono(component->loop));
	enum bw_status status = check_report(component->check, &report, NULL);
	bw_assert(status == BW_OK);
}

/* The rhythm goes on: neither a reload nor a hundred of them put a run off. One that was cut short
 * is made up for at once. */
static void adopt_schedule(struct component *component, const struct component *old)
{
	if (old->settings->every_us != component->settings->every_us ||
	    old->settings->jitter_us != component->settings->jitter_us || !old->has_due)
		return;
	component->schedule = old->schedule;
	component->has_due = true;
	component->due = component_is_running(old) ? io_loop_mono(component->loop) : old->due;
}

void component_adopt(struct component *component, const struct component *old)
{
	component_take_state(component, old);
	adopt_schedule(component, old);
	if (old->heard.any && component_is_passive(component)) {
		const struct bw_mono now = io_loop_mono(component->loop);
		const struct check_report report = heard_report(&old->heard, now);

		heard_take(&component->heard, &report, now);
		replay_report(component);
	}
}

/* What is stored of a passive kind is the time of its report, so that the wait for the next one
 * goes on where it was. */
static void restore_report(struct component *component, const struct store_state *state,
			   int64_t age_us)
{
	const struct check_report report = {
		.health = state->health,
		.has_response = state->has_response,
		.response_us = state->response_us,
		.error = state->error,
		.age_us = age_us > 0 ? age_us : 0,
	};

	heard_take(&component->heard, &report, io_loop_mono(component->loop));
	replay_report(component);
}

void component_restore(struct component *component, const struct store_state *state)
{
	const struct component_settings *settings = component->settings;
	int64_t age_us = io_loop_wall(component->loop).us - state->last_check.us;
	char text[96], when[BW_WALL_TEXT_MAX];

	if (state->last_check.us == 0)
		return;
	component->last_check = state->last_check;
	if (component_is_passive(component)) {
		restore_report(component, state, age_us);
	} else if (age_us < 0 || age_us > 2 * settings->every_us + settings->common.timeout_us) {
		bw_wall_format(state->last_check, when);
		snprintf(text, sizeof(text), "not checked since %s", when);
		component_keep_text(&component->error, text);
		return;
	}
	component->health = state->health;
	component->since = state->since;
	component->has_response = state->has_response;
	component->response_us = state->response_us;
	component->last_healthy = state->health == BW_HEALTH_HEALTHY;
	component_keep_text(&component->error, state->error);
}

bool component_ran_just_now(const struct component *component)
{
	return component->run_started.us != 0 &&
	       bw_mono_since(io_loop_mono(component->loop), component->run_started) < BW_SECOND_US;
}

enum bw_status component_check_now(struct component *component)
{
	if (component->check == NULL) {
		component_refresh(component);
		return BW_OK;
	}
	if (check_is_running(component->check))
		return BW_EEXIST;
	run(component);
	return BW_OK;
}

enum bw_status component_report(struct component *component, const struct check_report *report,
				struct bw_error *err)
{
	if (!component_is_passive(component))
		return bw_fail(err, BW_EINVAL,
			       "component %s takes no reports: its kind is not push; "
			       "report to a push component",
			       component->settings->name);
	if (!component->settings->enabled)
		return bw_fail(err, BW_EINVAL, "component %s is " COMPONENT_DISABLED_TEXT,
			       component->settings->name);
	enum bw_status status = check_report(component->check, report, err);
	if (status != BW_OK)
		return status;
	heard_take(&component->heard, report, io_loop_mono(component->loop));
	component->reported = true;
	run(component);
	return BW_OK;
}
