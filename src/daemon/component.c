/* component.c - a schedule, a check behind a guard, and the rule by which results become a state.
 *
 * Invariants: a run in flight holds exactly one admitted ticket when there is a guard; `streak`
 * counts the latest results on one side (healthy or not). Texts are allocated to their size: ten
 * thousand components must be small.
 */
#include "daemon/component.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/json_write.h"
#include "base/xalloc.h"
#include "core/schedule.h"
#include "daemon/heard.h"

#define OPEN_TEXT "Circuit breaker open due to failures"
#define TESTING_TEXT "Circuit breaker testing recovery"
#define DISABLED_TEXT "disabled by the configuration"

struct component {
	struct io_loop *loop;
	const struct component_settings *settings;
	struct guard *guard;
	struct component_events events;
	struct check *check; /* NULL: it only shows its breaker */
	struct io_timer *timer;
	struct bw_schedule schedule;
	bool has_due; /* the next run is given out and has not begun: */
	struct bw_mono due;
	struct bw_breaker_ticket ticket; /* of the run in flight */
	struct bw_mono run_started;

	enum bw_health health;     /* as shown */
	struct bw_wall since;      /* of `health` */
	struct bw_wall last_check; /* 0: never */
	bool has_response, marked, settled;
	bool reported;     /* during the run in flight, which does not know it */
	bool last_healthy; /* side of the latest result */
	int streak;        /* results in a row on that side */
	int64_t response_us;
	char *error, *details;
	struct heard heard; /* of a passive kind */
};

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

static void replace_text(char **text, const char *with)
{
	if (with != NULL && *with == '\0')
		with = NULL;
	if (*text == NULL && with == NULL)
		return;
	if (*text != NULL && with != NULL && strcmp(*text, with) == 0)
		return;
	free(*text);
	*text = with == NULL ? NULL : xstrdup(with);
}

static void show(struct component *component, enum bw_health health)
{
	if (component->health == health)
		return;
	component->health = health;
	component->since = io_loop_wall(component->loop);
}

/* What the guard's state makes of a component that has no check of its own. */
static enum bw_health health_of_breaker(enum bw_breaker_state state)
{
	switch (state) {
	case BW_BREAKER_OPEN:
	case BW_BREAKER_FORCED_OPEN:
		return BW_HEALTH_UNHEALTHY;
	case BW_BREAKER_HALF_OPEN:
		return BW_HEALTH_DEGRADED;
	default:
		return BW_HEALTH_HEALTHY;
	}
}

static const char *text_of_breaker(enum bw_breaker_state state)
{
	switch (health_of_breaker(state)) {
	case BW_HEALTH_UNHEALTHY:
		return OPEN_TEXT;
	case BW_HEALTH_DEGRADED:
		return TESTING_TEXT;
	default:
		return NULL;
	}
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
	replace_text(&component->error, text_of_breaker(snapshot.state));
	show(component, health_of_breaker(snapshot.state));
	component->events.on_result(component->events.arg, component, NULL, was);
}

static bool is_confirmed(struct component *component, bool healthy)
{
	int64_t wanted = healthy ? component->settings->up_after : component->settings->down_after;

	component->streak = component->last_healthy == healthy ? component->streak + 1 : 1;
	component->last_healthy = healthy;
	if (healthy && component->health == BW_HEALTH_UNKNOWN)
		return true; /* nothing bad was shown, so there is nothing to recover from */
	if (!healthy && component->health != BW_HEALTH_HEALTHY &&
	    component->health != BW_HEALTH_UNKNOWN)
		return true; /* already down: only the degree changes */
	return component->streak >= wanted;
}

/* The error as shown: while the breaker is not closed its state stands before the cause. Where this
 * component met none, others that share the breaker did, and its name leads to them. */
static void show_error(struct component *component, const char *cause)
{
	struct bw_breaker_snapshot snapshot;
	char text[CHECK_ERROR_MAX + 64];
	const char *breaker = NULL;

	if (component->guard != NULL) {
		guard_snapshot(component->guard, &snapshot);
		breaker = text_of_breaker(snapshot.state);
	}
	if (breaker != NULL && cause != NULL && *cause != '\0') {
		snprintf(text, sizeof(text), "%s: %s", breaker, cause);
		replace_text(&component->error, text);
	} else if (breaker != NULL &&
		   strcmp(guard_name(component->guard), component->settings->name) != 0) {
		snprintf(text, sizeof(text), "%s: breaker %s", breaker,
			 guard_name(component->guard));
		replace_text(&component->error, text);
	} else {
		replace_text(&component->error, breaker != NULL ? breaker : cause);
	}
}

static enum bw_health with_breaker(const struct component *component, enum bw_health health)
{
	struct bw_breaker_snapshot snapshot;

	if (component->guard == NULL)
		return health;
	guard_snapshot(component->guard, &snapshot);
	return health == BW_HEALTH_UNKNOWN
		       ? health
		       : bw_health_worse(health, health_of_breaker(snapshot.state));
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
	replace_text(&component->details, result->details);
	show_error(component, result->error);
	enum bw_health health = with_breaker(component, result->health);
	if (is_confirmed(component, health == BW_HEALTH_HEALTHY))
		show(component, health);
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
	breaker = text_of_breaker(snapshot.state);
	component->settled = true;
	component->has_response = false;
	if (component->error == NULL || strncmp(component->error, breaker, strlen(breaker)) != 0)
		show_error(component, NULL);
	show(component, health_of_breaker(snapshot.state));
	component->events.on_result(component->events.arg, component, NULL, was);
}

static void run(struct component *component)
{
	if (component->check == NULL || check_is_running(component->check))
		return;
	if (component->guard != NULL) {
		component->ticket = guard_acquire(component->guard);
		if (!component->ticket.admitted) {
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

/* Nothing is looked at, so nothing is known: an old state must not stand for ever. */
static void show_disabled(struct component *component)
{
	component->settled = true;
	component->has_response = false;
	replace_text(&component->error, DISABLED_TEXT);
	replace_text(&component->details, NULL);
	show(component, BW_HEALTH_UNKNOWN);
}

void component_start(struct component *component)
{
	int64_t left_us = bw_mono_since(component->due, io_loop_mono(component->loop));

	if (!component->settings->enabled)
		show_disabled(component);
	else if (component->has_due)
		wait_for(component, left_us > 0 ? left_us : 0);
	else
		schedule_next(component);
}

static bool is_passive(const struct component *component)
{
	return component->settings->kind != NULL && component->settings->kind->passive;
}

static void replay_report(struct component *component)
{
	if (!is_passive(component) || !component->heard.any)
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
	component->health = old->health;
	component->since = old->since;
	component->last_check = old->last_check;
	component->has_response = old->has_response;
	component->response_us = old->response_us;
	component->settled = old->settled;
	component->last_healthy = old->last_healthy;
	component->streak = old->streak;
	replace_text(&component->error, old->error);
	replace_text(&component->details, old->details);
	if (!old->settings->enabled && component->settings->enabled) {
		component->settled = false;
		replace_text(&component->error, NULL);
	}
	adopt_schedule(component, old);
	if (old->heard.any && is_passive(component)) {
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
	if (is_passive(component)) {
		restore_report(component, state, age_us);
	} else if (age_us < 0 || age_us > 2 * settings->every_us + settings->common.timeout_us) {
		bw_wall_format(state->last_check, when);
		snprintf(text, sizeof(text), "not checked since %s", when);
		replace_text(&component->error, text);
		return;
	}
	component->health = state->health;
	component->since = state->since;
	component->has_response = state->has_response;
	component->response_us = state->response_us;
	component->last_healthy = state->health == BW_HEALTH_HEALTHY;
	replace_text(&component->error, state->error);
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
	if (!is_passive(component))
		return bw_fail(err, BW_EINVAL,
			       "component %s takes no reports: its kind is not push; "
			       "report to a push component",
			       component->settings->name);
	if (!component->settings->enabled)
		return bw_fail(err, BW_EINVAL, "component %s is " DISABLED_TEXT,
			       component->settings->name);
	enum bw_status status = check_report(component->check, report, err);
	if (status != BW_OK)
		return status;
	heard_take(&component->heard, report, io_loop_mono(component->loop));
	component->reported = true;
	run(component);
	return BW_OK;
}

const struct component_settings *component_settings(const struct component *component)
{
	return component->settings;
}

const char *component_name(const struct component *component)
{
	return component->settings->name;
}

struct guard *component_guard(const struct component *component)
{
	return component->guard;
}

enum bw_health component_health(const struct component *component)
{
	return component->health;
}

bool component_is_settled(const struct component *component)
{
	return component->settled;
}

bool component_is_running(const struct component *component)
{
	return component->check != NULL && check_is_running(component->check);
}

bool component_response(const struct component *component, int64_t *out_us)
{
	if (component->has_response)
		*out_us = component->response_us;
	return component->has_response;
}

const char *component_error(const struct component *component)
{
	return component->error;
}

struct bw_wall component_since(const struct component *component)
{
	return component->since;
}

struct bw_wall component_last_check(const struct component *component)
{
	return component->last_check;
}

const char *component_details(const struct component *component)
{
	return component->details == NULL ? "" : component->details;
}

static void write_extra(const struct component *component, struct bw_buf *out)
{
	const struct component_settings *settings = component->settings;
	struct bw_json json;

	bw_json_init(&json, out);
	bw_json_key(&json, "kind");
	bw_json_string(&json, settings->kind == NULL ? "breaker" : settings->kind->name);
	if (settings->group != NULL) {
		bw_json_key(&json, "group");
		bw_json_string(&json, settings->group);
	}
	if (settings->critical) {
		bw_json_key(&json, "critical");
		bw_json_bool(&json, true);
	}
	bw_json_key(&json, "since");
	bw_json_wall(&json, component->since);
	bw_json_key(&json, "every_seconds");
	bw_json_double(&json, (double)settings->every_us / 1e6);
}

void component_view(const struct component *component, struct component_text *out)
{
	struct bw_component_view *view = &out->view;

	*view = (struct bw_component_view){
		.status = bw_health_text(component->health),
		.has_response_time = component->has_response,
		.response_time_ms = bw_number_from_double((double)component->response_us / 1000.0),
		.error = component->error,
		.critical = component->settings->critical,
	};
	if (component->last_check.us != 0) {
		bw_wall_format(component->last_check, out->last_check);
		view->last_check = out->last_check;
	}
	bw_buf_init(&out->extra, 16384);
	write_extra(component, &out->extra);
	xalloc_must(out->extra.status);
	view->extra_members = out->extra.data;
}

void component_text_finish(struct component_text *text)
{
	bw_buf_finish(&text->extra);
}

/* By the wall clock as it is now; 0: there was no report. */
static struct bw_wall report_time(const struct component *component)
{
	int64_t age_us = bw_mono_since(io_loop_mono(component->loop), component->heard.at);

	return (struct bw_wall){ component->heard.any ? io_loop_wall(component->loop).us - age_us
						      : 0 };
}

void component_state(const struct component *component, struct store_state *out)
{
	*out = (struct store_state){
		.component = (char *)component->settings->name,
		.health = component->health,
		.since = component->since,
		.last_check = component->last_check,
		.has_response = component->has_response,
		.response_us = component->response_us,
		.error = component->error,
	};
	if (is_passive(component))
		out->last_check = report_time(component);
}

bool component_mark(struct component *component, bool marked)
{
	bool was = component->marked;

	component->marked = marked;
	return was;
}
