/* breaker_detail.c - looks at the region when it is asked: nothing of this is kept.
 *
 * Times of workers are the region's; they become wall times by how long ago they were.
 */
#include "daemon/breaker_detail.h"

#include <stdlib.h>

#include "base/number.h"
#include "base/xalloc.h"

static void write_text(struct bw_json *json, const char *key, const char *text)
{
	bw_json_key(json, key);
	bw_json_string(json, text);
}

static void write_count(struct bw_json *json, const char *key, int64_t count)
{
	bw_json_key(json, key);
	bw_json_int(json, count);
}

static void write_number(struct bw_json *json, const char *key, double number)
{
	bw_json_key(json, key);
	bw_json_double(json, number);
}

static void write_seconds(struct bw_json *json, const char *key, int64_t us)
{
	write_number(json, key, (double)us / 1e6);
}

static void write_flag(struct bw_json *json, const char *key, bool value)
{
	bw_json_key(json, key);
	bw_json_bool(json, value);
}

static void write_config(const struct guard *guard, struct bw_json *json)
{
	struct bw_breaker_config config;

	guard_config(guard, &config);
	bw_json_key(json, "config");
	bw_json_object_begin(json);
	write_text(json, "strategy", bw_breaker_strategy_text(config.strategy));
	write_count(json, "failure_threshold", config.failure_threshold);
	write_number(json, "failure_rate_threshold", config.failure_rate_threshold);
	write_seconds(json, "timeout_threshold", config.timeout_threshold_us);
	write_seconds(json, "recovery_timeout", config.recovery_timeout_us);
	write_count(json, "success_threshold", config.success_threshold);
	write_seconds(json, "window", config.window_us);
	write_count(json, "minimum_calls", config.minimum_calls);
	write_count(json, "max_probes", config.max_probes);
	write_number(json, "retry_multiplier", config.retry_multiplier);
	write_number(json, "retry_jitter", config.retry_jitter);
	write_seconds(json, "max_open", config.max_open_us);
	write_seconds(json, "lump", config.lump_us);
	write_count(json, "min_failing_workers", config.min_failing_workers);
	write_flag(json, "slow_success_counts", config.slow_success_counts);
	write_seconds(json, "slow_threshold", config.slow_threshold_us);
	write_flag(json, "configured", guard_is_configured(guard));
	bw_json_object_end(json);
}

static void write_when(struct bw_json *json, const char *key, int64_t ago_us, bool is_there,
		       struct bw_wall now)
{
	bw_json_key(json, key);
	if (is_there)
		bw_json_wall(json, (struct bw_wall){ now.us - (ago_us > 0 ? ago_us : 0) });
	else
		bw_json_null(json);
}

static void write_worker(const struct guard *guard, const struct bw_breaker_worker *worker,
			 struct bw_wall now, struct bw_json *json)
{
	int64_t now_us = guard_now_us(guard);
	int64_t since_us = crew_busy_since_us(guard_crew(guard), worker);
	char command[16];

	crew_command(worker, command);
	bw_json_object_begin(json);
	write_count(json, "pid", worker->pid);
	write_text(json, "command", command);
	write_flag(json, "alive", worker->is_alive);
	write_count(json, "in_flight", worker->in_flight);
	bw_json_key(json, "busy_s");
	if (since_us != 0 && since_us <= now_us)
		bw_json_double(json, bw_round((double)(now_us - since_us) / 1e6, 3));
	else
		bw_json_null(json);
	write_count(json, "admitted", worker->admitted);
	write_count(json, "failed", worker->failed);
	write_when(json, "last_failure", now_us - worker->last_failure_us,
		   worker->last_failure_us != 0, now);
	bw_json_object_end(json);
}

static void write_workers(const struct guard *guard, struct bw_wall now, struct bw_json *json)
{
	struct bw_breaker_worker *workers = xcalloc(BREAKER_DETAIL_WORKERS, sizeof(*workers));
	size_t count = guard_workers(guard, workers, BREAKER_DETAIL_WORKERS);

	bw_json_key(json, "worker_list");
	bw_json_array_begin(json);
	for (size_t i = 0; i < count; i++)
		write_worker(guard, &workers[i], now, json);
	bw_json_array_end(json);
	free(workers);
}

static void write_event(const struct bw_breaker_event *event, struct bw_json *json)
{
	bw_json_object_begin(json);
	bw_json_key(json, "at");
	bw_json_wall(json, (struct bw_wall){ event->wall_us });
	write_text(json, "from", bw_breaker_state_text(event->from));
	write_text(json, "to", bw_breaker_state_text(event->to));
	write_text(json, "reason", bw_breaker_cause_text(event->cause));
	write_count(json, "generation", event->generation);
	write_count(json, "failures", event->failures);
	bw_json_key(json, "pid");
	if (event->pid > 0)
		bw_json_int(json, event->pid);
	else
		bw_json_null(json);
	bw_json_object_end(json);
}

void breaker_detail_write(const struct guard *guard, struct bw_wall now, struct bw_json *json)
{
	struct bw_breaker_event events[BREAKER_DETAIL_EVENTS];
	size_t count = guard_recent_events(guard, events, BREAKER_DETAIL_EVENTS);

	write_config(guard, json);
	write_workers(guard, now, json);
	bw_json_key(json, "events");
	bw_json_array_begin(json);
	for (size_t i = 0; i < count; i++)
		write_event(&events[i], json);
	bw_json_array_end(json);
}
