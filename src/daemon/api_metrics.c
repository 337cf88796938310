/* api_metrics.c - the Prometheus text exposition, version 0.0.4.
 *
 * Format: https://prometheus.io/docs/instrumenting/exposition_formats/
 * Families without labels come from a table; components and breakers write a family each.
 */
#include <stdlib.h>

#include "daemon/api.h"
#include "daemon/metrics_alerts.h"
#include "daemon/metrics_breakers.h"
#include "daemon/metrics_host.h"
#include "daemon/metrics_remote.h"
#include "daemon/metrics_text.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

static void write_components(struct api *api, struct bw_buf *out)
{
	static const char *const states[] = { "healthy", "degraded", "unhealthy", "unknown", NULL };
	const char *family = "bellwether_component_state";
	size_t count = engine_component_count(api->engine);

	metrics_head(out, family, "gauge", "Whether the component is in this state.");
	for (size_t i = 0; i < count; i++) {
		const struct component *component = engine_component(api->engine, i);

		metrics_states(out, family, "component", component_name(component), states,
			       bw_health_text(component_health(component)));
	}
	family = "bellwether_component_response_seconds";
	metrics_head(out, family, "gauge", "How long the latest check took.");
	for (size_t i = 0; i < count; i++) {
		const struct component *component = engine_component(api->engine, i);
		struct store_state state;

		component_state(component, &state);
		if (!state.has_response)
			continue;
		bw_buf_format(out, "%s{", family);
		metrics_label(out, "component", component_name(component));
		bw_buf_byte(out, '}');
		metrics_value(out, (double)state.response_us / 1e6);
	}
}

static void write_maintenance(const struct api *api, struct bw_buf *out)
{
	const char *family = "bellwether_component_in_maintenance";

	metrics_head(out, family, "gauge", "Whether the component is in a maintenance window.");
	for (size_t i = 0; i < engine_component_count(api->engine); i++) {
		const struct component *component = engine_component(api->engine, i);

		bw_buf_format(out, "%s{", family);
		metrics_label(out, "component", component_name(component));
		bw_buf_byte(out, '}');
		metrics_value(out, component_is_maintained(component));
	}
}

static void write_system_state(const struct api *api, struct bw_buf *out)
{
	const char *family = "bellwether_system_state";

	metrics_head(out, family, "gauge", "Whether the whole is in this state.");
	for (enum bw_health health = 0; health < BW_HEALTH_MAX; health++) {
		bw_buf_format(out, "%s{state=\"%s\"}", family, bw_health_text(health));
		metrics_value(out, health == engine_health(api->engine));
	}
}

static void write_points(const struct bw_score *score, struct bw_buf *out)
{
	const char *family = "bellwether_health_score_points";

	metrics_head(out, family, "gauge", "What each factor gives to the score.");
	for (int i = 0; i < BW_FACTOR_MAX; i++) {
		if (!score->factor[i].known)
			continue;
		bw_buf_format(out, "%s{factor=\"%s\"}", family,
			      bw_score_factor_text((enum bw_score_factor)i));
		metrics_value(out, score->factor[i].weight * score->factor[i].score);
	}
}

static void write_model(struct api *api, struct bw_buf *out)
{
	struct bw_metrics metrics;

	bw_dashboard_metrics(engine_dashboard(api->engine), &metrics);
	metrics_single(out, "bellwether_health_score", "gauge", "System health score, 0 to 100.",
		       metrics.health_score);
	metrics_single(out, "bellwether_availability_ratio", "gauge",
		       "Share of components that are healthy or degraded.",
		       metrics.availability_pct / 100.0);
	metrics_single(out, "bellwether_breakers_closed_ratio", "gauge",
		       "Share of circuit breakers that are closed.",
		       metrics.breaker_health_pct / 100.0);
	metrics_single(out, "bellwether_average_response_seconds", "gauge",
		       "Mean response time of all components that have one.",
		       metrics.average_response_ms / 1000.0);
	write_points(&metrics.score, out);
	write_system_state(api, out);
}

static void write_daemon(struct api *api, struct bw_buf *out)
{
	struct engine_stats stats;
	struct http_stats http;

	engine_stats(api->engine, &stats);
	http_server_stats(api->server, &http);
	metrics_single(out, "bellwether_checks_total", "counter",
		       "Checks that ended with a result.", (double)stats.checks_finished);
	metrics_single(out, "bellwether_checks_refused_total", "counter",
		       "Checks that a circuit breaker refused.", (double)stats.checks_refused);
	metrics_single(out, "bellwether_turn_seconds", "gauge",
		       "Duration of the latest turn of the engine.", (double)stats.turn_us / 1e6);
	durations_write(&stats.turn_durations, "bellwether_turn_duration_seconds",
			"Durations of the engine's turns.", out);
	durations_write(alerting_durations(engine_alerting(api->engine)),
			"bellwether_alert_slice_duration_seconds",
			"Durations of the slices in which alerts are judged.", out);
	metrics_single(out, "bellwether_scheduler_lag_seconds", "gauge",
		       "How late the latest turn of the engine came.", (double)stats.lag_us / 1e6);
	metrics_single(out, "bellwether_clock_steps_total", "counter",
		       "Times the wall clock was seen to jump.", (double)stats.clock_steps);
	metrics_single(out, "bellwether_config_last_reload_successful", "gauge",
		       "Whether the latest reload of the configuration was taken in.",
		       api->reload_failed ? 0.0 : 1.0);
	metrics_single(out, "bellwether_http_requests_total", "counter", "HTTP requests answered.",
		       (double)http.requests);
	metrics_single(out, "bellwether_http_connections", "gauge", "Open HTTP connections.",
		       http.connections);
	metrics_single(out, "bellwether_event_streams", "gauge", "Open event streams.",
		       http.streams);
	metrics_single(out, "bellwether_start_time_seconds", "gauge",
		       "When the daemon started, in seconds since 1970.",
		       (double)stats.started.us / 1e6);
}

static void write_bounds(const struct store_status *status, struct bw_buf *out)
{
	metrics_single(out, "bellwether_store_limit_bytes", "gauge",
		       "What the store may take on disk; 0: no bound.",
		       (double)status->limit_bytes);
	metrics_single(out, "bellwether_store_limited", "gauge",
		       "Whether the bound took samples before their time.",
		       status->limited ? 1.0 : 0.0);
	metrics_single(out, "bellwether_store_damaged_total", "counter",
		       "Parts of the history that could not be read.", (double)status->damaged);
	metrics_single(out, "bellwether_store_commit_seconds", "gauge",
		       "How long the latest commit took.", (double)status->last_commit_us / 1e6);
	metrics_single(out, "bellwether_store_chunks_sealed_total", "counter",
		       "Chunks of samples written.", (double)status->chunks_sealed);
	metrics_single(out, "bellwether_store_head_bytes", "gauge",
		       "Memory of the samples that are in no chunk yet.",
		       (double)status->head_bytes);
}

static void write_questions(const struct api *api, struct bw_buf *out)
{
	durations_write(&api->questions, "bellwether_history_question_seconds",
			"How long questions about the history took, from request to answer.", out);
	metrics_single(out, "bellwether_history_questions_failed_total", "counter",
		       "Questions about the history that were refused, or that the store could "
		       "not answer.",
		       (double)api->questions_failed);
}

static void write_store(struct api *api, struct bw_buf *out)
{
	struct store_status status;

	store_status(engine_store(api->engine), &status);
	metrics_single(out, "bellwether_store_usable", "gauge", "Whether history is being kept.",
		       status.usable ? 1.0 : 0.0);
	metrics_single(out, "bellwether_store_queue_length", "gauge",
		       "Writes waiting for the store.", status.queued);
	metrics_single(out, "bellwether_store_written_total", "counter", "Writes the store took.",
		       (double)status.written);
	metrics_single(out, "bellwether_store_dropped_total", "counter",
		       "Writes lost because the store was full or unusable.",
		       (double)status.dropped);
	metrics_single(out, "bellwether_store_bytes", "gauge",
		       "What the store takes on disk, its log included.",
		       (double)status.file_bytes);
	write_bounds(&status, out);
}

void api_metrics(struct http_request *request, void *arg)
{
	struct api *api = arg;
	struct bw_buf out;

	bw_buf_init(&out, 0);
	write_model(api, &out);
	write_components(api, &out);
	write_maintenance(api, &out);
	metrics_write_host(alerting_host(engine_alerting(api->engine)), &out);
	metrics_write_breakers(engine_guards(api->engine), &out);
	metrics_write_alerts(api->engine, &out);
	write_daemon(api, &out);
	write_store(api, &out);
	metrics_write_remote(api->remote, &out);
	write_questions(api, &out);
	metrics_head(&out, "bellwether_build_info", "gauge", "Always 1; the version is a label.");
	bw_buf_text(&out, "bellwether_build_info{version=\"" BW_VERSION "\"} 1\n");
	api_respond_text(request, 200, METRICS_TYPE, &out);
}
