/* once.c - starts the next check whenever one has finished.
 *
 * Results stand in the order of the configuration, whatever came first.
 */
#include "daemon/once.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "checks/check.h"
#include "config/guess.h"
#include "core/health.h"
#include "io/loop.h"

struct item {
	struct once *once;
	const struct component_settings *component;
	struct check *check; /* NULL: skipped */
	const char *skipped;
	enum bw_health health;
	bool has_response;
	int64_t response_us;
	char *error, *details;
};

struct once {
	struct io_loop *loop;
	struct item *items;
	size_t count, next, running;
	bool named, interrupted;
};

static const char *reason_to_skip(const struct component_settings *component)
{
	if (!component->enabled)
		return "not enabled";
	if (!component->kind)
		return "shows a breaker of the daemon";
	return component->kind->passive ? "waits for reports to the daemon" : NULL;
}

static bool is_among(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static enum bw_status find_names(const struct daemon_settings *settings, const char *const *names,
				 size_t count, struct bw_error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct config_guess guess;
		bool found = false;

		config_guess_init(&guess, names[i]);
		for (size_t j = 0; j < settings->component_count && !found; j++) {
			found = strcmp(settings->components[j].name, names[i]) == 0;
			config_guess_add(&guess, settings->components[j].name);
		}
		if (!found && guess.best)
			return bw_fail(err, BW_ENOTFOUND,
				       "there is no component `%s`; did you mean `%s`?", names[i],
				       guess.best);
		if (!found)
			return bw_fail(err, BW_ENOTFOUND,
				       "there is no component `%s`; name one of the configuration",
				       names[i]);
	}
	return BW_OK;
}

/* False when the kind refuses. */
static bool add_item(struct once *once, const struct component_settings *component,
		     struct config_complaints *complaints)
{
	struct item *item = &once->items[once->count++];

	*item = (struct item){ .once = once, .component = component };
	item->skipped = reason_to_skip(component);
	if (item->skipped)
		return true;
	item->check =
		check_create(once->loop, component->kind, component->name, component->settings,
			     &component->common, complaints, component->kind_node);
	return item->check != NULL;
}

enum bw_status once_create(struct daemon_settings *settings, const char *const *names, size_t count,
			   struct once **out, struct bw_error *err)
{
	enum bw_status status = find_names(settings, names, count, err);
	struct once *once;

	if (status != BW_OK)
		return status;
	once = xcalloc(1, sizeof *once);
	once->named = count > 0;
	once->loop = io_loop_create();
	once->items = xcalloc(settings->component_count, sizeof *once->items);
	for (size_t i = 0; i < settings->component_count; i++) {
		const struct component_settings *component = &settings->components[i];

		if (count > 0 && !is_among(component->name, names, count))
			continue;
		if (!add_item(once, component, daemon_settings_complaints(settings)))
			status = bw_fail(err, BW_EINVAL, "a check refuses its settings");
	}
	if (status == BW_OK)
		*out = once;
	else
		once_destroy(once);
	return status;
}

static void start_more(struct once *once);

static void take_result(void *arg, const struct check_result *result)
{
	struct item *item = arg;

	item->health = result->health;
	item->has_response = result->has_response;
	item->response_us = result->response_us;
	item->error = *result->error ? xstrdup(result->error) : NULL;
	item->details = result->details && *result->details ? xstrdup(result->details) : NULL;
	item->once->running--;
	start_more(item->once);
}

static void start_more(struct once *once)
{
	while (once->next < once->count && once->running < ONCE_RUNNING_MAX) {
		struct item *item = &once->items[once->next++];

		if (!item->check)
			continue;
		once->running++;
		check_start(item->check, take_result, item);
	}
	if (once->running == 0)
		io_loop_stop(once->loop);
}

static void begin(void *arg)
{
	start_more(arg);
}

static void interrupt(void *arg)
{
	struct once *once = arg;

	once->interrupted = true;
	io_loop_stop(once->loop);
}

bool once_run(struct once *once)
{
	struct io_signal *interrupts = io_signal_create(once->loop, SIGINT, interrupt, once);
	struct io_signal *terminations = io_signal_create(once->loop, SIGTERM, interrupt, once);
	struct io_timer *timer = io_timer_create(once->loop, begin, once);

	io_timer_start(timer, 0);
	io_loop_run(once->loop);
	io_timer_destroy(timer);
	io_signal_destroy(interrupts);
	io_signal_destroy(terminations);
	return !once->interrupted;
}

size_t once_count(const struct once *once)
{
	return once->count;
}

struct once_result once_result(const struct once *once, size_t nth)
{
	const struct item *item = &once->items[nth];
	const struct component_settings *component = item->component;

	return (struct once_result){
		.name = component->name,
		.kind = component->kind ? component->kind->name : "breaker",
		.critical = component->critical,
		.skipped = item->skipped,
		.health = bw_health_text(item->health),
		.has_response = item->has_response,
		.response_us = item->response_us,
		.error = item->error,
		.details = item->details,
	};
}

const char *once_verdict(const struct once *once)
{
	enum bw_health worst = BW_HEALTH_HEALTHY;
	struct bw_health_tally tally = { .total = 0 };

	for (size_t i = 0; i < once->count; i++) {
		const struct item *item = &once->items[i];
		bool critical = item->component->critical;

		if (item->skipped)
			continue;
		tally.count[item->health]++;
		tally.total++;
		tally.critical_unhealthy += critical && item->health == BW_HEALTH_UNHEALTHY;
		tally.critical_unknown += critical && item->health == BW_HEALTH_UNKNOWN;
		worst = bw_health_worse(worst, item->health);
	}
	if (once->named && tally.total > 0)
		return bw_health_text(worst);
	return bw_health_text(bw_health_overall(&tally));
}

int once_tally(const struct once *once, const char *health)
{
	int count = 0;

	for (size_t i = 0; i < once->count; i++)
		count += !once->items[i].skipped &&
			 strcmp(bw_health_text(once->items[i].health), health) == 0;
	return count;
}

void once_destroy(struct once *once)
{
	if (!once)
		return;
	for (size_t i = 0; i < once->count; i++) {
		check_destroy(once->items[i].check);
		free(once->items[i].error);
		free(once->items[i].details);
	}
	free(once->items);
	io_loop_destroy(once->loop);
	free(once);
}
