/* alert_views.c - see alert_views.h. */
#include "daemon/alert_views.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void alert_view_write_time(struct bw_json *json, const char *key, struct bw_wall time)
{
	bw_json_key(json, key);
	if (time.us == 0)
		bw_json_null(json);
	else
		bw_json_wall(json, time);
}

void alert_view_write(const struct engine *engine, const struct alert *alert, struct bw_json *json)
{
	const struct component *component = NULL;

	if (alert->subject_kind == ALERT_SUBJECT_COMPONENT ||
	    alert->subject_kind == ALERT_SUBJECT_BREAKER)
		component = engine_find(engine, alert->subject);
	alert_write(alert, component == NULL ? NULL : component_settings(component)->group, json);
}

void alert_view_write_firing(const struct engine *engine, size_t max, size_t bytes,
			     struct alert_rank *counts, struct bw_json *json)
{
	const size_t begin = json->buf->len;
	size_t nth = 0;

	alert_rank_take(counts, engine_alerts(engine), max);
	bw_json_array_begin(json);
	for (; nth < counts->count && json->buf->len - begin < bytes; nth++)
		alert_view_write(engine, counts->items[nth], json);
	bw_json_array_end(json);
	alert_rank_finish(counts);
	counts->count = nth;
}

void alert_view_write_summary(const struct alerts *alerts, struct bw_wall now, struct bw_json *json)
{
	struct alerts_counts counts;
	struct alert_rank rank;

	alerts_counts(alerts, &counts);
	alert_rank_take(&rank, alerts, 0);
	bw_json_object_begin(json);
	bw_json_member_int(json, "total_alerts", (int64_t)(rank.loud + rank.acked + rank.quiet));
	for (int severity = BW_SEVERITY_CRITICAL; severity >= 0; severity--)
		bw_json_member_int(json, bw_severity_text((enum bw_severity)severity),
				   (int64_t)rank.all_by_severity[severity]);
	alert_view_write_time(json, "last_check", now);
	bw_json_member_int(json, "acked", (int64_t)counts.acked);
	bw_json_member_int(json, "silenced", (int64_t)counts.silenced);
	bw_json_member_int(json, "hidden", (int64_t)counts.hidden);
	bw_json_member_int(json, "pending", (int64_t)counts.pending);
	bw_json_member_int(json, "recovering", (int64_t)counts.recovering);
	bw_json_object_end(json);
	alert_rank_finish(&rank);
}

static void write_matchers(const struct matchers *matchers, struct bw_json *json)
{
	bw_json_array_begin(json);
	for (size_t i = 0; i < matchers_count(matchers); i++)
		bw_json_string(json, matchers_text(matchers, i));
	bw_json_array_end(json);
}

/* --- silences --- */

bool alert_view_silence_is_over(const struct silence *silence, struct bw_wall now)
{
	return silence->expired.us != 0 || (silence->until.us != 0 && silence->until.us <= now.us);
}

static const char *state_of(const struct silence *silence, struct bw_wall now)
{
	if (alert_view_silence_is_over(silence, now))
		return "expired";
	return silence->from.us > now.us ? "future" : "active";
}

void alert_view_write_silence(const struct silence *silence, struct bw_wall now,
			      struct bw_json *json)
{
	char id[32];

	snprintf(id, sizeof(id), "s%" PRIu64, silence->id);
	bw_json_object_begin(json);
	bw_json_member_string(json, "id", silence->id == 0 ? NULL : id);
	bw_json_key(json, "match");
	write_matchers(silence->matchers, json);
	bw_json_member_string(json, "by", silence->by);
	bw_json_member_string(json, "reason", silence->reason);
	alert_view_write_time(json, "created", silence->created);
	alert_view_write_time(json, "from", silence->from);
	alert_view_write_time(json, "until", silence->until);
	bw_json_member_bool(json, "until_resolved", silence->until_resolved);
	bw_json_member_string(json, "state", state_of(silence, now));
	alert_view_write_time(json, "expired", silence->expired);
	bw_json_member_string(json, "expired_by",
			      silence->expired_by[0] == '\0' ? NULL : silence->expired_by);
	bw_json_member_int(json, "hides", (int64_t)silence->hides);
	bw_json_object_end(json);
}

/* --- maintenance --- */

static size_t hidden_by(const struct alerts *alerts, const char *window)
{
	const struct alert *alert;
	size_t cursor = 0, count = 0;

	while ((alert = alerts_next(alerts, ALERT_RANK_FIRING, &cursor)) != NULL) {
		if (alert->quiet.kind == ALERT_QUIET_MAINTENANCE && alert->quiet.by != NULL &&
		    strcmp(alert->quiet.by, window) == 0)
			count++;
	}
	return count;
}

static void write_window(struct engine *engine, const struct maintenance_window *window,
			 const struct maintenance_state *state, struct bw_json *json)
{
	bw_json_object_begin(json);
	bw_json_member_string(json, "name", window->name);
	bw_json_member_string(json, "reason", window->reason);
	bw_json_key(json, "match");
	write_matchers(window->matchers, json);
	bw_json_member_bool(json, "active", state->is_open);
	alert_view_write_time(json, "from", state->from);
	alert_view_write_time(json, "until", state->until);
	alert_view_write_time(json, "next_from", state->next_from);
	alert_view_write_time(json, "next_until", state->next_until);
	bw_json_member_int(json, "hides",
			   state->is_open ? (int64_t)hidden_by(engine_alerts(engine), window->name)
					  : 0);
	bw_json_object_end(json);
}

void alert_view_write_windows(struct engine *engine, size_t max, struct bw_json *json)
{
	const struct alerts_settings *settings = &engine_settings(engine)->alerts;

	bw_json_key(json, "windows");
	bw_json_array_begin(json);
	for (size_t i = 0; i < settings->window_count && i < max; i++)
		write_window(engine, &settings->windows[i],
			     alerting_window(engine_alerting(engine), i), json);
	bw_json_array_end(json);
}

/* --- channels --- */

static void write_channel(const struct outbox_channel_state *state, enum bw_severity severity,
			  struct bw_json *json)
{
	bw_json_object_begin(json);
	bw_json_member_string(json, "name", state->name);
	bw_json_member_string(json, "kind", state->kind);
	bw_json_member_string(json, "severity", bw_severity_text(severity));
	bw_json_member_int(json, "queued", (int64_t)state->queued);
	bw_json_member_int(json, "sent", (int64_t)state->sent);
	bw_json_member_int(json, "given_up", (int64_t)state->given_up);
	alert_view_write_time(json, "last_sent", state->last_sent);
	alert_view_write_time(json, "failing_since", state->failing_since);
	alert_view_write_time(json, "next_try", state->next_try);
	bw_json_member_string(json, "trouble", state->trouble[0] == '\0' ? NULL : state->trouble);
	bw_json_object_end(json);
}

static enum bw_severity least_told(const struct alerts_settings *settings, const char *channel)
{
	for (size_t i = 0; i < settings->route_count; i++)
		if (strcmp(settings->routes[i].channel, channel) == 0)
			return settings->routes[i].severity;
	return BW_SEVERITY_INFO;
}

void alert_view_write_channels(struct engine *engine, struct bw_json *json)
{
	const struct outbox *outbox = engine_outbox(engine);
	const struct alerts_settings *settings = &engine_settings(engine)->alerts;

	bw_json_key(json, "channels");
	bw_json_array_begin(json);
	for (size_t i = 0; i < outbox_channel_count(outbox); i++) {
		struct outbox_channel_state state;

		outbox_channel_state(outbox, i, &state);
		write_channel(&state, least_told(settings, state.name), json);
	}
	bw_json_array_end(json);
}
