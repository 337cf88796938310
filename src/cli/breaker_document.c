/* breaker_document.c - snapshots, configurations, events and workers, member by member.
 *
 * Who is the cause is told as the daemon tells it (daemon/crew.h), but for calls that last: one
 * look cannot see since when, if the worker does not say.
 *
 * Ages are counted on CLOCK_MONOTONIC, which is the clock of every region that is a file.
 */
#include "cli/breaker_document.h"

#include <stdlib.h>
#include <time.h>

#include "base/json_write.h"
#include "base/xalloc.h"
#include "daemon/crew.h"

struct subject {
	const struct bw_breaker *breaker;
	struct bw_breaker_config config;
	struct bw_breaker_snapshot snapshot;
	struct bw_breaker_worker *workers; /* BREAKER_WORKERS_MAX */
	size_t worker_count;
	struct crew crew;
	int64_t now_us;
};

static int64_t clock_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * BW_SECOND_US + now.tv_nsec / 1000;
}

/* --- members --- */

static void member_seconds(struct bw_json *json, const char *key, int64_t us)
{
	bw_json_member_double(json, key, (double)us / BW_SECOND_US);
}

static void member_wall(struct bw_json *json, const char *key, int64_t us)
{
	bw_json_key(json, key);
	if (us != 0)
		bw_json_wall(json, (struct bw_wall){ us });
	else
		bw_json_null(json);
}

/* --- workers --- */

static void subject_init(struct subject *subject, const struct bw_breaker *breaker)
{
	size_t count;

	*subject = (struct subject){ .breaker = breaker, .now_us = clock_us() };
	bw_breaker_config(breaker, &subject->config);
	bw_breaker_snapshot(breaker, &subject->snapshot);
	subject->workers = xcalloc(BREAKER_WORKERS_MAX, sizeof *subject->workers);
	count = bw_breaker_workers(breaker, subject->workers, BREAKER_WORKERS_MAX);
	subject->worker_count = count < BREAKER_WORKERS_MAX ? count : BREAKER_WORKERS_MAX;
	crew_take(&subject->crew, subject->workers, subject->worker_count, &subject->config,
		  subject->now_us);
}

static void subject_finish(struct subject *subject)
{
	crew_finish(&subject->crew);
	free(subject->workers);
}

static void write_crew(struct bw_json *json, const struct crew_sum *sum)
{
	bw_json_key(json, "workers");
	bw_json_object_begin(json);
	bw_json_member_int(json, "total", sum->total);
	bw_json_member_int(json, "alive", sum->alive);
	bw_json_member_int(json, "failing", sum->failing);
	bw_json_member_int(json, "dead", sum->dead);
	bw_json_member_int(json, "overdue", sum->overdue);
	bw_json_member_int(json, "in_flight", sum->in_flight);
	bw_json_key(json, "cause");
	bw_json_string(json, sum->cause[0] ? sum->cause : NULL);
	bw_json_object_end(json);
}

/* When it was on the wall's clock; null when never. */
static void member_ago(struct bw_json *json, const char *key, const struct subject *subject,
		       int64_t at_us)
{
	struct timespec wall;

	(void)clock_gettime(CLOCK_REALTIME, &wall);
	member_wall(json, key,
		    at_us ? wall.tv_sec * BW_SECOND_US + wall.tv_nsec / 1000 -
				    (subject->now_us - at_us)
			  : 0);
}

static void write_worker(struct bw_json *json, const struct subject *subject,
			 const struct bw_breaker_worker *worker)
{
	bool is_busy = worker->in_flight > 0 && worker->busy_since_us != 0;
	char command[sizeof worker->command];

	crew_command(worker, command);
	bw_json_object_begin(json);
	bw_json_member_int(json, "pid", worker->pid);
	bw_json_member_string(json, "command", command);
	bw_json_member_bool(json, "alive", worker->is_alive);
	bw_json_member_bool(json, "foreign", worker->is_foreign);
	bw_json_member_int(json, "in_flight", worker->in_flight);
	if (is_busy) {
		member_seconds(json, "busy_s", subject->now_us - worker->busy_since_us);
	} else {
		bw_json_key(json, "busy_s");
		bw_json_null(json);
	}
	bw_json_member_int(json, "admitted", worker->admitted);
	bw_json_member_int(json, "rejected", worker->rejected);
	bw_json_member_int(json, "failed", worker->failed);
	member_ago(json, "last_failure", subject, worker->last_failure_us);
	member_wall(json, "registered", worker->registered_wall_us);
	bw_json_object_end(json);
}

/* --- a breaker --- */

static void write_breaker(struct bw_json *json, const struct subject *subject)
{
	const struct bw_breaker_snapshot *snapshot = &subject->snapshot;
	const struct bw_breaker_window *window = &snapshot->window;

	bw_json_object_begin(json);
	bw_json_member_string(json, "state", bw_breaker_state_text(snapshot->state));
	bw_json_member_int(json, "failure_count", snapshot->consecutive_failures);
	bw_json_member_double(json, "success_rate", bw_round(window->success_rate, 4));
	bw_json_member_double(json, "avg_response_time", bw_round(window->avg_response_time_s, 6));
	bw_json_member_int(json, "total_calls", window->total_calls);
	bw_json_member_double(json, "failure_rate", bw_round(window->failure_rate, 4));
	bw_json_member_double(json, "timeout_rate", bw_round(window->timeout_rate, 4));
	bw_json_member_int(json, "failure_threshold", subject->config.failure_threshold);
	bw_json_key(json, "time_until_retry");
	if (snapshot->has_retry)
		bw_json_double(json, bw_round((double)snapshot->time_until_retry_us / 1e6, 3));
	else
		bw_json_null(json);
	member_wall(json, "open_since", snapshot->left_closed_wall_us);
	member_wall(json, "changed", snapshot->has_transition ? snapshot->changed_wall_us : 0);
	bw_json_member_int(json, "rejected_calls", (int64_t)snapshot->lifetime.rejected);
	bw_json_member_int(json, "lifetime_calls", (int64_t)snapshot->lifetime.admitted);
	bw_json_member_int(json, "generation", snapshot->generation);
	bw_json_member_int(json, "probe_successes", snapshot->probe_successes);
	bw_json_member_int(json, "success_threshold", subject->config.success_threshold);
	bw_json_member_int(json, "probes_in_flight", snapshot->probes_in_flight);
	bw_json_member_bool(json, "shared", bw_breaker_is_shared(subject->breaker));
	write_crew(json, &subject->crew.sum);
	bw_json_object_end(json);
}

static void write_window(struct bw_json *json, const struct bw_breaker_window *window)
{
	bw_json_key(json, "window");
	bw_json_object_begin(json);
	bw_json_member_int(json, "total_calls", window->total_calls);
	bw_json_member_double(json, "success_rate", window->success_rate);
	bw_json_member_double(json, "failure_rate", window->failure_rate);
	bw_json_member_double(json, "avg_response_time", window->avg_response_time_s);
	bw_json_member_double(json, "timeout_rate", window->timeout_rate);
	bw_json_member_double(json, "uptime_percentage", window->uptime_percentage);
	bw_json_object_end(json);
}

static void write_lifetime(struct bw_json *json, const struct bw_breaker_lifetime *lifetime)
{
	bw_json_key(json, "lifetime");
	bw_json_object_begin(json);
	bw_json_member_int(json, "admitted", (int64_t)lifetime->admitted);
	bw_json_member_int(json, "rejected", (int64_t)lifetime->rejected);
	bw_json_member_int(json, "success", (int64_t)lifetime->success);
	bw_json_member_int(json, "failure", (int64_t)lifetime->failure);
	bw_json_member_int(json, "timeout", (int64_t)lifetime->timeout);
	bw_json_member_int(json, "ignored", (int64_t)lifetime->ignored);
	bw_json_member_int(json, "late", (int64_t)lifetime->late);
	bw_json_object_end(json);
}

static void write_config(struct bw_json *json, const struct bw_breaker_config *config)
{
	bw_json_key(json, "config");
	bw_json_object_begin(json);
	bw_json_member_string(json, "strategy", bw_breaker_strategy_text(config->strategy));
	bw_json_member_int(json, "failure_threshold", config->failure_threshold);
	bw_json_member_double(json, "failure_rate_threshold", config->failure_rate_threshold);
	member_seconds(json, "timeout_threshold", config->timeout_threshold_us);
	member_seconds(json, "recovery_timeout", config->recovery_timeout_us);
	bw_json_member_int(json, "success_threshold", config->success_threshold);
	member_seconds(json, "window", config->window_us);
	bw_json_member_int(json, "minimum_calls", config->minimum_calls);
	bw_json_member_int(json, "max_probes", config->max_probes);
	bw_json_member_double(json, "retry_multiplier", config->retry_multiplier);
	bw_json_member_double(json, "retry_jitter", config->retry_jitter);
	member_seconds(json, "max_open", config->max_open_us);
	member_seconds(json, "lump", config->lump_us);
	bw_json_member_int(json, "min_failing_workers", config->min_failing_workers);
	bw_json_member_bool(json, "slow_success_counts", config->slow_success_counts);
	member_seconds(json, "slow_threshold", config->slow_threshold_us);
	bw_json_object_end(json);
}

static void event_members(struct bw_json *json, const struct bw_breaker_event *event)
{
	bw_json_member_string(json, "from", bw_breaker_state_text(event->from));
	bw_json_member_string(json, "to", bw_breaker_state_text(event->to));
	bw_json_member_string(json, "reason", bw_breaker_cause_text(event->cause));
	bw_json_member_int(json, "generation", event->generation);
	bw_json_member_int(json, "failures", event->failures);
	bw_json_key(json, "pid");
	if (event->pid != 0)
		bw_json_int(json, event->pid);
	else
		bw_json_null(json);
}

static void write_events(struct bw_json *json, const struct bw_breaker *breaker)
{
	struct bw_breaker_event events[BREAKER_EVENTS_MAX];
	uint64_t cursor = 0;
	size_t count = bw_breaker_events(breaker, &cursor, events, BREAKER_EVENTS_MAX, NULL);

	bw_json_key(json, "events");
	bw_json_array_begin(json);
	for (size_t i = 0; i < count; i++) {
		bw_json_object_begin(json);
		member_wall(json, "at", events[i].wall_us);
		event_members(json, &events[i]);
		bw_json_object_end(json);
	}
	bw_json_array_end(json);
}

static void write_workers(struct bw_json *json, const struct subject *subject)
{
	bw_json_key(json, "worker_list");
	bw_json_array_begin(json);
	for (size_t i = 0; i < subject->worker_count; i++)
		write_worker(json, subject, &subject->workers[i]);
	bw_json_array_end(json);
}

/* --- documents --- */

void breaker_document_one(const struct bw_breaker *breaker, struct bw_buf *out)
{
	struct subject subject;
	struct bw_json json;

	subject_init(&subject, breaker);
	bw_json_init(&json, out);
	bw_json_object_begin(&json);
	bw_json_member_string(&json, "name", bw_breaker_name(breaker));
	bw_json_key(&json, "breaker");
	write_breaker(&json, &subject);
	write_window(&json, &subject.snapshot.window);
	write_lifetime(&json, &subject.snapshot.lifetime);
	write_config(&json, &subject.config);
	write_events(&json, breaker);
	write_workers(&json, &subject);
	bw_json_object_end(&json);
	subject_finish(&subject);
}

static void write_named(struct bw_json *json, struct bw_region *region, const char *name)
{
	struct subject subject;
	struct bw_breaker *breaker;

	if (bw_breaker_find(region, name, &breaker, NULL) != BW_OK)
		return;
	subject_init(&subject, breaker);
	bw_json_key(json, name);
	write_breaker(json, &subject);
	subject_finish(&subject);
	bw_breaker_close(breaker);
}

void breaker_document_list(const struct breaker_region *region, struct bw_buf *out)
{
	char name[BW_BREAKER_NAME_MAX + 1];
	struct bw_json json;
	size_t cursor = 0;

	bw_json_init(&json, out);
	bw_json_object_begin(&json);
	bw_json_member_string(&json, "region", region->path);
	bw_json_key(&json, "breakers");
	bw_json_object_begin(&json);
	while (region->region && bw_region_next(region->region, &cursor, name))
		write_named(&json, region->region, name);
	bw_json_object_end(&json);
	bw_json_object_end(&json);
}

void breaker_document_event(const char *name, const struct bw_breaker_event *event,
			    struct bw_buf *out)
{
	struct bw_json json;

	bw_json_init(&json, out);
	bw_json_object_begin(&json);
	member_wall(&json, "at", event->wall_us);
	bw_json_member_string(&json, "name", name);
	event_members(&json, event);
	bw_json_object_end(&json);
}
