/* live_alerts.c - see live_alerts.h. */
#include "daemon/live_alerts.h"

#include "daemon/alert_rank.h"
#include "daemon/alert_views.h"

static size_t count_of(const struct alerts *alerts, enum alert_state state)
{
	size_t cursor = 0, count = 0;

	while (alerts_next(alerts, 1U << state, &cursor) != NULL)
		count++;
	return count;
}

static void write_counts(const struct alerts *alerts, const struct alert_rank *rank,
			 struct bw_json *json)
{
	struct alerts_counts counts;

	alerts_counts(alerts, &counts);
	bw_json_key(json, "counts");
	bw_json_object_begin(json);
	bw_json_member_int(json, "firing", (int64_t)rank->loud);
	for (int severity = BW_SEVERITY_CRITICAL; severity >= 0; severity--)
		bw_json_member_int(json, bw_severity_text((enum bw_severity)severity),
				   (int64_t)rank->by_severity[severity]);
	bw_json_member_int(json, "acked", (int64_t)rank->acked);
	bw_json_member_int(json, "silenced", (int64_t)rank->quiet);
	bw_json_member_int(json, "pending", (int64_t)counts.pending);
	bw_json_member_int(json, "resolved", (int64_t)count_of(alerts, ALERT_RESOLVED));
	bw_json_object_end(json);
}

void live_write_alerts(struct engine *engine, struct bw_json *json)
{
	struct alert_rank rank;

	bw_json_object_begin(json);
	bw_json_key(json, "firing");
	alert_view_write_firing(engine, LIVE_ALERTS_MAX, LIVE_ALERTS_BYTES, &rank, json);
	write_counts(engine_alerts(engine), &rank, json);
	bw_json_object_end(json);
}

void live_write_silences(struct engine *engine, struct bw_json *json)
{
	const struct alerts *alerts = engine_alerts(engine);
	const struct bw_wall now = io_loop_wall(engine_loop(engine));
	const struct silence *silence;
	size_t cursor = 0, count = 0, more = 0;

	bw_json_object_begin(json);
	bw_json_key(json, "silences");
	bw_json_array_begin(json);
	while ((silence = alerts_next_silence(alerts, &cursor)) != NULL) {
		if (alert_view_silence_is_over(silence, now))
			continue;
		if (count++ < LIVE_SILENCES_MAX)
			alert_view_write_silence(silence, now, json);
		else
			more++;
	}
	bw_json_array_end(json);
	bw_json_member_int(json, "more", (int64_t)more);
	bw_json_object_end(json);
}

void live_write_maintenance(struct engine *engine, struct bw_json *json)
{
	bw_json_object_begin(json);
	alert_view_write_windows(engine, LIVE_WINDOWS_MAX, json);
	bw_json_object_end(json);
}

void live_write_maintained(struct engine *engine, struct bw_json *json)
{
	const struct alerts *alerts = engine_alerts(engine);

	bw_json_array_begin(json);
	for (size_t i = 0; i < engine_component_count(engine); i++) {
		const struct alert_subject subject = {
			ALERT_SUBJECT_COMPONENT, component_name(engine_component(engine, i))
		};

		if (alerts_maintenance_of(alerts, &subject) != NULL)
			bw_json_int(json, (int64_t)i);
	}
	bw_json_array_end(json);
}

void live_write_channels(struct engine *engine, struct bw_json *json)
{
	const struct outbox *outbox = engine_outbox(engine);

	bw_json_object_begin(json);
	alert_view_write_channels(engine, json);
	bw_json_member_int(json, "depth", (int64_t)outbox_depth(outbox));
	bw_json_object_end(json);
}
