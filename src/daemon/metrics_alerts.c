/* metrics_alerts.c - one pass over what is alive counts every state and severity. */
#include "daemon/metrics_alerts.h"

#include "daemon/alert_rank.h"
#include "daemon/metrics_text.h"

enum { STATES = 3, SEVERITIES = BW_SEVERITY_CRITICAL + 1 };

static const enum alert_state states[STATES] = { ALERT_PENDING, ALERT_FIRING, ALERT_RECOVERING };

static void count(const struct alerts *alerts, double counts[STATES][SEVERITIES])
{
	const struct alert *alert;

	for (int i = 0; i < STATES; i++) {
		size_t cursor = 0;

		while ((alert = alerts_next(alerts, 1U << states[i], &cursor)) != NULL)
			counts[i][alert->severity]++;
	}
}

static void write_states(const struct alerts *alerts, struct bw_buf *out)
{
	static const char family[] = "bellwether_alerts";
	double counts[STATES][SEVERITIES] = { { 0 } };

	count(alerts, counts);
	metrics_head(out, family, "gauge", "Alerts by state and severity.");
	for (int i = 0; i < STATES; i++) {
		for (int severity = 0; severity < SEVERITIES; severity++) {
			bw_buf_format(out, "%s{", family);
			metrics_label(out, "state", alert_state_text(states[i]));
			bw_buf_byte(out, ',');
			metrics_label(out, "severity",
				      bw_severity_text((enum bw_severity)severity));
			bw_buf_byte(out, '}');
			metrics_value(out, counts[i][severity]);
		}
	}
}

static void write_sorts(const struct alerts *alerts, struct bw_buf *out)
{
	static const char family[] = "bellwether_alerts_firing";
	struct alert_rank rank;

	alert_rank_take(&rank, alerts, 0);
	const struct {
		const char *sort;
		size_t count;
	} rows[] = { { "loud", rank.loud }, { "acked", rank.acked }, { "quiet", rank.quiet } };
	alert_rank_finish(&rank);
	metrics_head(out, family, "gauge",
		     "Firing alerts that people are told of, have acknowledged, or are not told "
		     "of now.");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bw_buf_format(out, "%s{", family);
		metrics_label(out, "told", rows[i].sort);
		bw_buf_byte(out, '}');
		metrics_value(out, (double)rows[i].count);
	}
}

static double active_silences(const struct alerts *alerts, struct bw_wall now)
{
	const struct silence *silence;
	size_t cursor = 0, active = 0;

	while ((silence = alerts_next_silence(alerts, &cursor)) != NULL)
		active += silence_is_active(silence, now);
	return (double)active;
}

static void write_channel_value(struct bw_buf *out, const char *family, const char *channel,
				double value)
{
	bw_buf_format(out, "%s{", family);
	metrics_label(out, "channel", channel);
	bw_buf_byte(out, '}');
	metrics_value(out, value);
}

static void write_outcome(struct bw_buf *out, const struct outbox_channel_state *state,
			  const char *outcome, uint64_t value)
{
	bw_buf_text(out, "bellwether_deliveries_total{");
	metrics_label(out, "channel", state->name);
	bw_buf_byte(out, ',');
	metrics_label(out, "outcome", outcome);
	bw_buf_byte(out, '}');
	metrics_value(out, (double)value);
}

static void write_channels(const struct outbox *outbox, struct bw_buf *out)
{
	struct outbox_channel_state state;

	if (outbox_channel_count(outbox) == 0)
		return;
	metrics_head(out, "bellwether_channel_queue_length", "gauge",
		     "Messages that wait for the channel.");
	for (size_t i = 0; i < outbox_channel_count(outbox); i++) {
		outbox_channel_state(outbox, i, &state);
		write_channel_value(out, "bellwether_channel_queue_length", state.name,
				    (double)state.queued);
	}
	metrics_head(out, "bellwether_channel_failing", "gauge",
		     "Whether the latest attempt of the channel failed.");
	for (size_t i = 0; i < outbox_channel_count(outbox); i++) {
		outbox_channel_state(outbox, i, &state);
		write_channel_value(out, "bellwether_channel_failing", state.name,
				    state.failing_since.us != 0 ? 1.0 : 0.0);
	}
	metrics_head(out, "bellwether_deliveries_total", "counter",
		     "Messages that were delivered or given up.");
	for (size_t i = 0; i < outbox_channel_count(outbox); i++) {
		outbox_channel_state(outbox, i, &state);
		write_outcome(out, &state, "sent", state.sent);
		write_outcome(out, &state, "given_up", state.given_up);
	}
	metrics_head(out, "bellwether_delivery_attempts_total", "counter",
		     "Attempts to deliver a message.");
	for (size_t i = 0; i < outbox_channel_count(outbox); i++) {
		outbox_channel_state(outbox, i, &state);
		write_channel_value(out, "bellwether_delivery_attempts_total", state.name,
				    (double)state.attempts);
	}
}

void metrics_write_alerts(const struct engine *engine, struct bw_buf *out)
{
	const struct alerts *alerts = engine_alerts(engine);
	const struct outbox *outbox = engine_outbox(engine);
	const struct bw_wall now = io_loop_wall(engine_loop(engine));

	write_states(alerts, out);
	write_sorts(alerts, out);
	metrics_single(out, "bellwether_silences_active", "gauge", "Silences in force.",
		       active_silences(alerts, now));
	metrics_single(out, "bellwether_outbox_messages", "gauge",
		       "Messages that are stored and not delivered yet.",
		       (double)outbox_depth(outbox));
	write_channels(outbox, out);
}
