/* metrics_remote.c - one row a family; each target is looked at once for each. */
#include "daemon/metrics_remote.h"

#include "daemon/metrics_text.h"

static double samples_of(const struct remote_state *state)
{
	return (double)state->samples;
}

static double rejected_of(const struct remote_state *state)
{
	return (double)state->rejected;
}

static double repeated_of(const struct remote_state *state)
{
	return (double)state->repeated;
}

static double requests_of(const struct remote_state *state)
{
	return (double)state->requests;
}

static double failures_of(const struct remote_state *state)
{
	return (double)state->failures;
}

static double bytes_of(const struct remote_state *state)
{
	return (double)state->bytes;
}

static double lost_of(const struct remote_state *state)
{
	return (double)state->lost_us / 1e6;
}

static double behind_of(const struct remote_state *state)
{
	return (double)state->behind_us / 1e6;
}

static double failing_of(const struct remote_state *state)
{
	return state->failing_since.us != 0;
}

static const struct {
	const char *name, *type, *help;
	double (*value)(const struct remote_state *state);
} families[] = {
	{ "bellwether_remote_write_samples_total", "counter", "Samples that a target took.",
	  samples_of },
	{ "bellwether_remote_write_rejected_samples_total", "counter",
	  "Samples that a target refused; they were dropped.", rejected_of },
	{ "bellwether_remote_write_repeated_samples_total", "counter",
	  "Samples sent again after an unclear outcome and refused then: they had arrived.",
	  repeated_of },
	{ "bellwether_remote_write_requests_total", "counter", "Requests made.", requests_of },
	{ "bellwether_remote_write_failures_total", "counter",
	  "Requests that failed and are made again.", failures_of },
	{ "bellwether_remote_write_bytes_total", "counter", "Bytes of the requests' bodies.",
	  bytes_of },
	{ "bellwether_remote_write_lost_seconds_total", "counter",
	  "Time of the history that was no longer kept before it could be sent.", lost_of },
	{ "bellwether_remote_write_behind_seconds", "gauge",
	  "How much of the history is still to be sent.", behind_of },
	{ "bellwether_remote_write_failing", "gauge", "Whether the latest request failed.",
	  failing_of },
};

void metrics_write_remote(const struct remote *remote, struct bw_buf *out)
{
	struct remote_state state;

	if (remote_count(remote) == 0)
		return;
	for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
		metrics_head(out, families[f].name, families[f].type, families[f].help);
		for (size_t nth = 0; nth < remote_count(remote); nth++) {
			remote_state(remote, nth, &state);
			bw_buf_format(out, "%s{", families[f].name);
			metrics_label(out, "target", state.name);
			bw_buf_byte(out, '}');
			metrics_value(out, families[f].value(&state));
		}
	}
}
