/* component_state.c - the rules by which results become what is shown.
 *
 * Invariant: `streak` counts the latest results on one side (healthy or not). Texts are allocated
 * to their size: ten thousand components must be small.
 */
#include "daemon/component_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define OPEN_TEXT "Circuit breaker open due to failures"
#define TESTING_TEXT "Circuit breaker testing recovery"

void component_keep_text(char **text, const char *with)
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

void component_show(struct component *component, enum bw_health health)
{
	if (component->health == health)
		return;
	component->health = health;
	component->since = io_loop_wall(component->loop);
}

/* What the guard's state makes of a component that has no check of its own. */
enum bw_health component_breaker_health(enum bw_breaker_state state)
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

const char *component_breaker_text(enum bw_breaker_state state)
{
	switch (component_breaker_health(state)) {
	case BW_HEALTH_UNHEALTHY:
		return OPEN_TEXT;
	case BW_HEALTH_DEGRADED:
		return TESTING_TEXT;
	default:
		return NULL;
	}
}

bool component_confirms(struct component *component, bool healthy)
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
void component_show_error(struct component *component, const char *cause)
{
	struct bw_breaker_snapshot snapshot;
	char text[CHECK_ERROR_MAX + 64];
	const char *breaker = NULL;

	if (component->guard != NULL) {
		guard_snapshot(component->guard, &snapshot);
		breaker = component_breaker_text(snapshot.state);
	}
	if (breaker != NULL && cause != NULL && *cause != '\0') {
		snprintf(text, sizeof(text), "%s: %s", breaker, cause);
		component_keep_text(&component->error, text);
	} else if (breaker != NULL &&
		   strcmp(guard_name(component->guard), component->settings->name) != 0) {
		snprintf(text, sizeof(text), "%s: breaker %s", breaker,
			 guard_name(component->guard));
		component_keep_text(&component->error, text);
	} else {
		component_keep_text(&component->error, breaker != NULL ? breaker : cause);
	}
}

enum bw_health component_with_breaker(const struct component *component, enum bw_health health)
{
	struct bw_breaker_snapshot snapshot;

	if (component->guard == NULL)
		return health;
	guard_snapshot(component->guard, &snapshot);
	return health == BW_HEALTH_UNKNOWN
		       ? health
		       : bw_health_worse(health, component_breaker_health(snapshot.state));
}

/* Nothing is looked at, so nothing is known: an old state must not stand for ever. */
void component_show_disabled(struct component *component)
{
	component->settled = true;
	component->has_response = false;
	component_keep_text(&component->error, COMPONENT_DISABLED_TEXT);
	component_keep_text(&component->details, NULL);
	component_show(component, BW_HEALTH_UNKNOWN);
}

void component_take_state(struct component *component, const struct component *old)
{
	component->health = old->health;
	component->since = old->since;
	component->last_check = old->last_check;
	component->has_response = old->has_response;
	component->response_us = old->response_us;
	component->settled = old->settled;
	component->maintained = old->maintained;
	component->last_healthy = old->last_healthy;
	component->streak = old->streak;
	component_keep_text(&component->error, old->error);
	component_keep_text(&component->details, old->details);
	if (!old->settings->enabled && component->settings->enabled) {
		component->settled = false;
		component_keep_text(&component->error, NULL);
	}
}
