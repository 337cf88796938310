/* breaker_detail.c - looks at the region when it is asked: nothing of this is kept.
 *
 * Times of workers are the region's; they become wall times by how long ago they were.
 */
#include "daemon/breaker_detail.h"

#include <stdlib.h>

#include "base/number.h"
#include "base/xalloc.h"

static void write_seconds(struct bw_json *json, const char *key, int64_t us)
{
	bw_json_member_double(json, key, (double)us / 1e6);
}

static void write_config(const struct guard *guard, struct bw_json *json)
{
	struct bw_breaker_config config;

	guard_config(guard, &config);
	bw_json_key(json, "config");
	bw_json_object_begin(json);
	bw_json_member_string(json, "strategy", bw_breaker_strategy_text(config.strategy));
	bw_json_member_int(json, "failure_threshold", config.failure_threshold);
	bw_json_member_double(json, "failure_rate_threshold", config.failure_rate_threshold);
	write_seconds(json, "timeout_threshold", config.timeout_threshold_us);
	write_seconds(json, "recovery_timeout", config.recovery_timeout_us);
	bw_json_member_int(json, "success_threshold", config.success_threshold);
	write_seconds(json, "window", config.window_us);
	bw_json_member_int(json, "minimum_calls", config.minimum_calls);
	bw_json_member_int(json, "max_probes", config.max_probes);
	bw_json_member_double(json, "retry_multiplier", config.retry_multiplier);
	bw_json_member_double(json, "retry_jitter", config.retry_jitter);
	write_seconds(json, "max_open", config.max_open_us);
	write_seconds(json, "lump", config.lump_us);
	bw_json_member_int(json, "min_failing_workers", config.min_failing_workers);
	bw_json_member_bool(json, "slow_success_counts", config.slow_success_counts);
	write_seconds(json, "slow_threshold", config.slow_threshold_us);
	bw_json_member_bool(json, "configured", guard_is_configured(guard));
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
	bw_json_member_int(json, "pid", worker->pid);
	bw_json_member_string(json, "command", command);
	bw_json_member_bool(json, "alive", worker->is_alive);
	bw_json_member_int(json, "in_flight", worker->in_flight);
	bw_json_key(json, "busy_s");
	if (since_us != 0 && since_us <= now_us)
		bw_json_double(json, bw_round((double)(now_us - since_us) / 1e6, 3));
	else
		bw_json_null(json);
	bw_json_member_int(json, "admitted", worker->admitted);
	bw_json_member_int(json, "failed", worker->failed);
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
	bw_json_member_string(json, "from", bw_breaker_state_text(event->from));
	bw_json_member_string(json, "to", bw_breaker_state_text(event->to));
	bw_json_member_string(json, "reason", bw_breaker_cause_text(event->cause));
	bw_json_member_int(json, "generation", event->generation);
	bw_json_member_int(json, "failures", event->failures);
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
