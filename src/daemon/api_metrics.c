/* api_metrics.c - the Prometheus text exposition, version 0.0.4.
 *
 * Format: https://prometheus.io/docs/instrumenting/exposition_formats/
 * Families without labels come from a table; components and breakers write a family each.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "daemon/api.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

static void write_head(struct bw_buf *out, const char *name, const char *type, const char *help)
{
	bw_buf_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_value(struct bw_buf *out, double value)
{
	char text[BW_NUMBER_TEXT_MAX];

	if (isnan(value)) {
		bw_buf_text(out, " NaN\n");
		return;
	}
	bw_double_text(value, text);
	bw_buf_format(out, " %s\n", text);
}

static void write_single(struct bw_buf *out, const char *name, const char *type, const char *help,
			 double value)
{
	write_head(out, name, type, help);
	bw_buf_text(out, name);
	write_value(out, value);
}

/* name{label="value" with the value's quotes, backslashes and newlines escaped. */
static void write_label(struct bw_buf *out, const char *label, const char *value)
{
	bw_buf_format(out, "%s=\"", label);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			bw_buf_byte(out, '\\');
		if (*value == '\n')
			bw_buf_text(out, "\\n");
		else
			bw_buf_byte(out, *value);
	}
	bw_buf_byte(out, '"');
}

static void write_states(struct bw_buf *out, const char *family, const char *label,
			 const char *name, const char *const *states, const char *present)
{
	for (; *states != NULL; states++) {
		bw_buf_format(out, "%s{", family);
		write_label(out, label, name);
		bw_buf_format(out, ",state=\"%s\"} %d\n", *states, strcmp(*states, present) == 0);
	}
}

static void write_components(struct api *api, struct bw_buf *out)
{
	static const char *const states[] = { "healthy", "degraded", "unhealthy", "unknown", NULL };
	const char *family = "bellwether_component_state";
	size_t count = engine_component_count(api->engine);

	write_head(out, family, "gauge", "Whether the component is in this state.");
	for (size_t i = 0; i < count; i++) {
		const struct component *component = engine_component(api->engine, i);

		write_states(out, family, "component", component_name(component), states,
			     bw_health_text(component_health(component)));
	}
	family = "bellwether_component_response_seconds";
	write_head(out, family, "gauge", "How long the latest check took.");
	for (size_t i = 0; i < count; i++) {
		const struct component *component = engine_component(api->engine, i);
		struct store_state state;

		component_state(component, &state);
		if (!state.has_response)
			continue;
		bw_buf_format(out, "%s{", family);
		write_label(out, "component", component_name(component));
		bw_buf_byte(out, '}');
		write_value(out, (double)state.response_us / 1e6);
	}
}

static void write_breakers(struct api *api, struct bw_buf *out)
{
	static const char *const states[] = { "closed",      "open",     "half_open",
					      "forced_open", "disabled", NULL };
	const char *family = "bellwether_breaker_state";
	struct bw_breaker_snapshot snapshot;
	struct guard *guard;
	size_t cursor = 0;

	if (guards_count(engine_guards(api->engine)) == 0)
		return;
	write_head(out, family, "gauge", "Whether the circuit breaker is in this state.");
	while ((guard = guards_next(engine_guards(api->engine), &cursor)) != NULL) {
		guard_snapshot(guard, &snapshot);
		write_states(out, family, "breaker", guard_name(guard), states,
			     bw_breaker_state_text(snapshot.state));
	}
	family = "bellwether_breaker_rejected_calls_total";
	write_head(out, family, "counter", "Calls the circuit breaker refused.");
	for (cursor = 0; (guard = guards_next(engine_guards(api->engine), &cursor)) != NULL;) {
		guard_snapshot(guard, &snapshot);
		bw_buf_format(out, "%s{", family);
		write_label(out, "breaker", guard_name(guard));
		bw_buf_byte(out, '}');
		write_value(out, (double)snapshot.lifetime.rejected);
	}
}

static void write_model(struct api *api, struct bw_buf *out)
{
	struct bw_metrics metrics;

	bw_dashboard_metrics(engine_dashboard(api->engine), &metrics);
	write_single(out, "bellwether_health_score", "gauge", "System health score, 0 to 100.",
		     metrics.health_score);
	write_single(out, "bellwether_availability_ratio", "gauge",
		     "Share of components that are healthy or degraded.",
		     metrics.availability_pct / 100.0);
	write_single(out, "bellwether_breakers_closed_ratio", "gauge",
		     "Share of circuit breakers that are closed.",
		     metrics.breaker_health_pct / 100.0);
	write_single(out, "bellwether_average_response_seconds", "gauge",
		     "Mean response time of all components that have one.",
		     metrics.average_response_ms / 1000.0);
}

static void write_daemon(struct api *api, struct bw_buf *out)
{
	struct engine_stats stats;
	struct http_stats http;

	engine_stats(api->engine, &stats);
	http_server_stats(api->server, &http);
	write_single(out, "bellwether_checks_total", "counter", "Checks that ended with a result.",
		     (double)stats.checks_finished);
	write_single(out, "bellwether_checks_refused_total", "counter",
		     "Checks that a circuit breaker refused.", (double)stats.checks_refused);
	write_single(out, "bellwether_turn_seconds", "gauge",
		     "Duration of the latest turn of the engine.", (double)stats.turn_us / 1e6);
	write_single(out, "bellwether_scheduler_lag_seconds", "gauge",
		     "How late the latest turn of the engine came.", (double)stats.lag_us / 1e6);
	write_single(out, "bellwether_clock_steps_total", "counter",
		     "Times the wall clock was seen to jump.", (double)stats.clock_steps);
	write_single(out, "bellwether_config_last_reload_successful", "gauge",
		     "Whether the latest reload of the configuration was taken in.",
		     api->reload_failed ? 0.0 : 1.0);
	write_single(out, "bellwether_http_requests_total", "counter", "HTTP requests answered.",
		     (double)http.requests);
	write_single(out, "bellwether_http_connections", "gauge", "Open HTTP connections.",
		     http.connections);
	write_single(out, "bellwether_event_streams", "gauge", "Open event streams.", http.streams);
	write_single(out, "bellwether_start_time_seconds", "gauge",
		     "When the daemon started, in seconds since 1970.",
		     (double)stats.started.us / 1e6);
}

static void write_store(struct api *api, struct bw_buf *out)
{
	struct store_status status;

	store_status(engine_store(api->engine), &status);
	write_single(out, "bellwether_store_usable", "gauge", "Whether history is being kept.",
		     status.usable ? 1.0 : 0.0);
	write_single(out, "bellwether_store_queue_length", "gauge", "Writes waiting for the store.",
		     status.queued);
	write_single(out, "bellwether_store_written_total", "counter", "Writes the store took.",
		     (double)status.written);
	write_single(out, "bellwether_store_dropped_total", "counter",
		     "Writes lost because the store was full or unusable.", (double)status.dropped);
	write_single(out, "bellwether_store_bytes", "gauge", "Size of the store's file.",
		     (double)status.file_bytes);
}

void api_metrics(struct http_request *request, void *arg)
{
	struct api *api = arg;
	struct bw_buf out;

	bw_buf_init(&out, 0);
	write_model(api, &out);
	write_components(api, &out);
	write_breakers(api, &out);
	write_daemon(api, &out);
	write_store(api, &out);
	write_head(&out, "bellwether_build_info", "gauge", "Always 1; the version is a label.");
	bw_buf_text(&out, "bellwether_build_info{version=\"" BW_VERSION "\"} 1\n");
	api_respond_text(request, 200, METRICS_TYPE, &out);
}
