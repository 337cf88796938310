/* document.c - writes the model as the dashboard document and its parts.
 *
 * Only small things are formatted here: overview, metrics, alerts. Components and breakers are
 * copied from their pages, and the history's text is kept until the history changes. So a document
 * costs what changed plus one copy of its bytes.
 */
#include "core/dashboard_impl.h"

#include <math.h>
#include <string.h>

/* Room for everything but components, breakers, alerts and history; only an estimate. */
enum { FIXED_BYTES = 8192, ALERT_BYTES = 512 };

#define DOCUMENT_VERSION "1.0.0"

static void member_number(struct bw_json *json, const char *key, struct bw_number number)
{
	bw_json_key(json, key);
	bw_json_number(json, number);
}

/* The three that thresholds look at. */
static void usage_members(struct bw_json *json, const struct bw_resources_view *resources)
{
	member_number(json, "cpu_percent", resources->cpu_percent);
	member_number(json, "memory_percent", resources->memory_percent);
	member_number(json, "disk_percent", resources->disk_percent);
}

static void members(struct bw_json *json, const char *extra_members)
{
	if (extra_members)
		bw_json_raw_members(json, extra_members, strlen(extra_members));
}

static void write_overview(const struct bw_dashboard *dashboard, bool steady, struct bw_json *json)
{
	const struct bw_overview_view *overview = &dashboard->overview;
	int total = dashboard->tally.total;
	double percentage = total > 0 ? overview->healthy.value / total * 100 : 0;

	bw_json_object_begin(json);
	bw_json_member_string(json, "overall_status", overview->status);
	bw_json_member_double(json, "health_percentage", bw_round(percentage, 1));
	bw_json_member_int(json, "total_components", total);
	bw_json_key(json, "component_breakdown");
	bw_json_object_begin(json);
	member_number(json, "healthy", overview->healthy);
	member_number(json, "degraded", overview->degraded);
	member_number(json, "unhealthy", overview->unhealthy);
	if (!dashboard->config.reference_rules)
		bw_json_member_int(json, "unknown", dashboard->tally.count[BW_HEALTH_UNKNOWN]);
	bw_json_object_end(json);
	if (!steady)
		member_number(json, "uptime_seconds", overview->uptime_seconds);
	bw_json_member_string(json, "version", overview->version);
	members(json, dashboard->members[BW_PART_OVERVIEW]);
	bw_json_object_end(json);
}

void bw_dashboard_write_overview(const struct bw_dashboard *dashboard, struct bw_json *json)
{
	write_overview(dashboard, false, json);
}

void bw_dashboard_write_steady_overview(const struct bw_dashboard *dashboard, struct bw_json *json)
{
	write_overview(dashboard, true, json);
}

void bw_dashboard_write_breaker_states(const struct bw_dashboard *dashboard, struct bw_json *json)
{
	bw_json_member_int(json, "total_breakers", (int64_t)bw_strmap_count(dashboard->breakers));
	bw_json_key(json, "states");
	bw_json_object_begin(json);
	for (int word = BW_WORD_CLOSED; word < BW_WORD_OTHER; word++)
		bw_json_member_int(json, bw_breaker_word_text((enum bw_breaker_word)word),
				   dashboard->words[word]);
	bw_json_object_end(json);
}

void bw_dashboard_write_breakers(const struct bw_dashboard *dashboard, struct bw_json *json)
{
	bw_json_object_begin(json);
	bw_dashboard_write_breaker_states(dashboard, json);
	bw_json_key(json, "breakers");
	bw_json_object_begin(json);
	bw_fragments_write(&dashboard->breaker_texts, json->buf);
	bw_json_object_end(json);
	bw_json_object_end(json);
}

void bw_dashboard_write_resources(const struct bw_dashboard *dashboard, struct bw_json *json)
{
	const struct bw_resources_view *resources = &dashboard->resources;

	bw_json_object_begin(json);
	usage_members(json, resources);
	member_number(json, "memory_used_mb", resources->memory_used_mb);
	member_number(json, "memory_total_mb", resources->memory_total_mb);
	member_number(json, "disk_used_gb", resources->disk_used_gb);
	member_number(json, "disk_total_gb", resources->disk_total_gb);
	bw_json_key(json, "load_average");
	bw_json_array_begin(json);
	for (int i = 0; i < resources->load_averages; i++)
		bw_json_number(json, resources->load_average[i]);
	bw_json_array_end(json);
	if (!dashboard->config.reference_rules)
		bw_json_member_bool(json, "known", resources->known);
	members(json, resources->extra_members);
	bw_json_object_end(json);
}

static void write_factors(const struct bw_score *score, struct bw_json *json)
{
	bw_json_object_begin(json);
	for (int i = 0; i < BW_FACTOR_MAX; i++) {
		bw_json_key(json, bw_score_factor_text((enum bw_score_factor)i));
		bw_json_object_begin(json);
		bw_json_member_double(json, "weight", score->factor[i].weight);
		bw_json_member_double(json, "score", bw_round(score->factor[i].score, 2));
		bw_json_member_double(json, "points_lost",
				      bw_round(score->factor[i].points_lost, 2));
		bw_json_member_bool(json, "known", score->factor[i].known);
		bw_json_object_end(json);
	}
	bw_json_object_end(json);
}

void bw_dashboard_write_metrics(const struct bw_dashboard *dashboard,
				const struct bw_metrics *metrics, struct bw_json *json)
{
	const struct bw_resources_view *resources = &dashboard->resources;

	bw_json_object_begin(json);
	bw_json_member_double(json, "availability_percentage", metrics->availability_pct);
	bw_json_member_double(json, "average_response_time_ms", metrics->average_response_ms);
	bw_json_member_double(json, "circuit_breaker_health", metrics->breaker_health_pct);
	bw_json_member_double(json, "system_health_score", metrics->health_score);
	bw_json_key(json, "resource_utilization");
	bw_json_object_begin(json);
	usage_members(json, resources);
	bw_json_object_end(json);
	bw_json_key(json, "performance_indicators");
	bw_json_object_begin(json);
	bw_json_member_int(json, "total_components", metrics->total_components);
	bw_json_member_int(json, "available_components", metrics->available_components);
	bw_json_member_int(json, "response_times_collected", metrics->response_times);
	bw_json_member_int(json, "circuit_breakers_closed", metrics->breakers_closed);
	bw_json_member_int(json, "circuit_breakers_total", metrics->breakers_total);
	bw_json_object_end(json);
	bw_json_key(json, "score_factors");
	write_factors(&metrics->score, json);
	bw_json_member_double(json, "usual_health_score",
			      bw_round(bw_history_median_score(dashboard->history), 2));
	members(json, dashboard->members[BW_PART_METRICS]);
	bw_json_object_end(json);
}

static void write_alerts(const struct bw_document_options *options, struct bw_json *json)
{
	if (options->alerts_json) {
		bw_json_raw(json, options->alerts_json, strlen(options->alerts_json));
		return;
	}
	bw_json_array_begin(json);
	for (size_t i = 0; options->alerts && i < options->alerts->count; i++)
		bw_alert_write(&options->alerts->items[i], json);
	bw_json_array_end(json);
}

static void write_kept_history(struct bw_dashboard *dashboard, struct bw_json *json)
{
	struct bw_buf *text = &dashboard->history_text;
	uint64_t version = bw_history_version(dashboard->history);
	struct bw_json history;

	if (text->len == 0 || text->status != BW_OK || dashboard->history_version != version) {
		bw_buf_clear(text);
		bw_json_init(&history, text);
		bw_history_write(dashboard->history, &history);
		dashboard->history_version = version;
	}
	if (text->status != BW_OK)
		json->buf->status = text->status;
	else
		bw_json_raw(json, text->data, text->len);
}

static void write_history(struct bw_dashboard *dashboard, const struct bw_metrics *metrics,
			  struct bw_wall now, struct bw_json *json)
{
	struct bw_history_point present;

	if (!dashboard->config.reference_rules) {
		write_kept_history(dashboard, json);
		return;
	}
	bw_dashboard_present_point(dashboard, metrics, now, &present);
	bw_history_write_with(dashboard->history, &present, json);
}

static double uptime_seconds(const struct bw_dashboard *dashboard, struct bw_wall now)
{
	return (double)(now.us - dashboard->config.start.us) / (double)BW_SECOND_US;
}

static void write_document_metadata(const struct bw_dashboard *dashboard,
				    const struct bw_document_options *options, struct bw_json *json)
{
	bw_json_object_begin(json);
	bw_json_key(json, "last_updated");
	bw_json_wall(json, options->now);
	bw_json_member_double(json, "uptime_seconds", uptime_seconds(dashboard, options->now));
	bw_json_member_string(json, "dashboard_version", DOCUMENT_VERSION);
	bw_json_member_int(json, "auto_refresh_interval", dashboard->config.refresh_interval_s);
	members(json, options->metadata_members);
	bw_json_object_end(json);
}

static size_t estimate(const struct bw_dashboard *dashboard,
		       const struct bw_document_options *options)
{
	size_t bytes = FIXED_BYTES + dashboard->component_texts.bytes +
		       dashboard->breaker_texts.bytes + dashboard->history_text.len;

	if (options->alerts_json)
		bytes += strlen(options->alerts_json);
	else if (options->alerts)
		bytes += options->alerts->count * ALERT_BYTES;
	return bytes;
}

void bw_dashboard_write(struct bw_dashboard *dashboard, const struct bw_document_options *options,
			struct bw_buf *out)
{
	struct bw_metrics metrics;
	struct bw_json json;

	if (!bw_buf_reserve(out, estimate(dashboard, options)))
		return;
	bw_dashboard_metrics(dashboard, &metrics);
	bw_json_init(&json, out);
	bw_json_object_begin(&json);
	bw_json_key(&json, "overview");
	bw_dashboard_write_overview(dashboard, &json);
	bw_json_key(&json, "components");
	bw_json_object_begin(&json);
	bw_fragments_write(&dashboard->component_texts, out);
	bw_json_object_end(&json);
	bw_json_key(&json, "circuit_breakers");
	bw_dashboard_write_breakers(dashboard, &json);
	bw_json_key(&json, "resources");
	bw_dashboard_write_resources(dashboard, &json);
	bw_json_key(&json, "metrics");
	bw_dashboard_write_metrics(dashboard, &metrics, &json);
	bw_json_key(&json, "alerts");
	write_alerts(options, &json);
	bw_json_key(&json, "historical");
	write_history(dashboard, &metrics, options->now, &json);
	bw_json_key(&json, "metadata");
	write_document_metadata(dashboard, options, &json);
	members(&json, options->extra_members);
	bw_json_object_end(&json);
	if (out->status != BW_OK)
		return;
	dashboard->has_document = true;
	dashboard->last_document = options->now;
}

bool bw_dashboard_component_fragment(const struct bw_dashboard *dashboard, const char *name,
				     const char **json, size_t *len)
{
	const struct bw_component_row *row = bw_strmap_get(dashboard->components, name);

	if (!row)
		return false;
	*json = bw_fragment_value(&row->fragment, len);
	return true;
}

bool bw_dashboard_breaker_fragment(const struct bw_dashboard *dashboard, const char *name,
				   const char **json, size_t *len)
{
	const struct bw_breaker_row *row = bw_strmap_get(dashboard->breakers, name);

	if (!row)
		return false;
	*json = bw_fragment_value(&row->fragment, len);
	return true;
}

void bw_dashboard_write_metadata(const struct bw_dashboard *dashboard, struct bw_wall now,
				 const char *extra_members, struct bw_json *json)
{
	bw_json_object_begin(json);
	bw_json_member_string(json, "version", DOCUMENT_VERSION);
	bw_json_key(json, "last_updated");
	if (dashboard->has_document)
		bw_json_wall(json, dashboard->last_document);
	else
		bw_json_null(json);
	bw_json_member_double(json, "uptime_seconds", uptime_seconds(dashboard, now));
	bw_json_member_int(json, "refresh_interval", dashboard->config.refresh_interval_s);
	bw_json_member_int(json, "retention_hours", dashboard->config.retention_hours);
	members(json, extra_members);
	bw_json_object_end(json);
}
