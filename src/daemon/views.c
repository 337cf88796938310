/* views.c - units change here: microseconds to seconds, bytes to the reference's MB and GB (powers
 * of 1024, as psutil's callers write them), and numbers are rounded as far as they mean anything.
 */
#include "daemon/views.h"

#include "base/json_write.h"
#include "base/number.h"

static struct bw_number rounded(double value, int digits)
{
	return bw_number_from_double(bw_round(value, digits));
}

static void write_wall(struct bw_wall time, struct bw_json *json)
{
	char text[BW_WALL_TEXT_MAX];

	if (time.us == 0) {
		bw_json_null(json);
		return;
	}
	bw_wall_format(time, text);
	bw_json_string(json, text);
}

static void write_count(struct bw_json *json, const char *key, int64_t count)
{
	bw_json_key(json, key);
	bw_json_int(json, count);
}

static void write_crew(const struct guard *guard, struct bw_json *json)
{
	const struct crew_sum *sum = &guard_crew(guard)->sum;

	bw_json_key(json, "shared");
	bw_json_bool(json, guard_is_shared(guard));
	bw_json_key(json, "workers");
	if (!guard_is_shared(guard)) {
		bw_json_null(json);
		return;
	}
	bw_json_object_begin(json);
	write_count(json, "total", sum->total);
	write_count(json, "alive", sum->alive);
	write_count(json, "failing", sum->failing);
	write_count(json, "dead", sum->dead);
	write_count(json, "overdue", sum->overdue);
	write_count(json, "in_flight", sum->in_flight);
	bw_json_key(json, "cause");
	bw_json_string(json, sum->cause[0] == '\0' ? NULL : sum->cause);
	bw_json_object_end(json);
}

static void write_guard_extra(const struct guard *guard, const struct bw_breaker_snapshot *snapshot,
			      const struct bw_breaker_config *config, struct bw_buf *extra)
{
	const struct bw_wall open_since = { snapshot->left_closed_wall_us };
	struct bw_json json;

	bw_json_init(&json, extra);
	bw_json_key(&json, "failure_rate");
	bw_json_double(&json, bw_round(snapshot->window.failure_rate, 4));
	bw_json_key(&json, "failure_threshold");
	bw_json_int(&json, config->failure_threshold);
	bw_json_key(&json, "time_until_retry");
	if (snapshot->has_retry)
		bw_json_double(&json, bw_round((double)snapshot->time_until_retry_us / 1e6, 1));
	else
		bw_json_null(&json);
	bw_json_key(&json, "open_since");
	write_wall(open_since, &json);
	bw_json_key(&json, "rejected_calls");
	bw_json_int(&json, (int64_t)snapshot->lifetime.rejected);
	bw_json_key(&json, "lifetime_calls");
	bw_json_int(&json, (int64_t)snapshot->lifetime.admitted);
	bw_json_key(&json, "generation");
	bw_json_int(&json, snapshot->generation);
	write_count(&json, "probe_successes", snapshot->probe_successes);
	write_count(&json, "success_threshold", config->success_threshold);
	write_count(&json, "probes_in_flight", snapshot->probes_in_flight);
	write_crew(guard, &json);
}

void view_of_guard(const struct guard *guard, struct bw_breaker_view *view, struct bw_buf *extra)
{
	struct bw_breaker_snapshot snapshot;
	struct bw_breaker_config config;

	guard_snapshot(guard, &snapshot);
	guard_config(guard, &config);
	write_guard_extra(guard, &snapshot, &config, extra);
	*view = (struct bw_breaker_view){
		.state = bw_breaker_state_text(snapshot.state),
		.consecutive_failures = bw_number_from_int(snapshot.consecutive_failures),
		.success_rate = rounded(snapshot.window.success_rate, 4),
		.avg_response_time = rounded(snapshot.window.avg_response_time_s, 6),
		.total_calls = bw_number_from_int(snapshot.window.total_calls),
		.has_failure_rate = snapshot.window.total_calls >= config.minimum_calls,
		.failure_rate = snapshot.window.failure_rate,
		.extra_members = extra->data,
	};
}

static void write_pressure(struct bw_json *json, const char *name,
			   const struct host_pressure *pressure)
{
	if (!pressure->known)
		return;
	bw_json_key(json, name);
	bw_json_double(json, pressure->some_pct[0]);
}

static void write_sample_extra(const struct host_sample *sample, struct bw_buf *extra)
{
	struct bw_json json;

	bw_json_init(&json, extra);
	bw_json_key(&json, "cores");
	bw_json_double(&json, sample->cores);
	bw_json_key(&json, "limited_by_container");
	bw_json_bool(&json, sample->cpu_limited || sample->memory_limited);
	bw_json_key(&json, "pressure_10s");
	bw_json_object_begin(&json);
	write_pressure(&json, "cpu", &sample->cpu_pressure);
	write_pressure(&json, "memory", &sample->memory_pressure);
	write_pressure(&json, "io", &sample->io_pressure);
	bw_json_object_end(&json);
	if (sample->problem[0] != '\0') {
		bw_json_key(&json, "problem");
		bw_json_string(&json, sample->problem);
	}
}

void view_of_sample(const struct host_sample *sample, struct bw_resources_view *view,
		    struct bw_buf *extra)
{
	const double mb = 1024.0 * 1024.0, gb = mb * 1024.0;

	write_sample_extra(sample, extra);
	*view = (struct bw_resources_view){
		.cpu_percent = rounded(sample->cpu_pct, 1),
		.memory_percent = rounded(sample->memory_pct, 1),
		.disk_percent = rounded(sample->disk_pct, 1),
		.memory_used_mb = rounded((double)sample->memory_used_bytes / mb, 1),
		.memory_total_mb = rounded((double)sample->memory_total_bytes / mb, 1),
		.disk_used_gb = rounded((double)sample->disk_used_bytes / gb, 2),
		.disk_total_gb = rounded((double)sample->disk_total_bytes / gb, 2),
		.known = sample->known,
		.extra_members = extra->data,
	};
	for (int i = 0; i < 3 && sample->load_known; i++)
		view->load_average[view->load_averages++] = rounded(sample->load_average[i], 2);
}

void view_of_settings(const struct daemon_settings *settings, struct bw_wall start,
		      struct bw_dashboard_config *config)
{
	*config = (struct bw_dashboard_config){
		.thresholds = settings->thresholds,
		.response_curve = settings->score.response_curve,
		.refresh_interval_s = (int)(settings->refresh_us / BW_SECOND_US),
		.retention_hours = 24,
		.start = start,
	};
}

static void write_limit(struct bw_json *json, const char *key, double limit)
{
	bw_json_key(json, key);
	bw_json_double(json, limit);
}

void view_write_thresholds(const struct bw_thresholds *limits, struct bw_json *json)
{
	bw_json_object_begin(json);
	write_limit(json, "cpu_usage", limits->cpu_usage);
	write_limit(json, "memory_usage", limits->memory_usage);
	write_limit(json, "disk_usage", limits->disk_usage);
	write_limit(json, "response_time_ms", limits->response_time_ms);
	write_limit(json, "failure_rate", limits->failure_rate);
	bw_json_object_end(json);
}
