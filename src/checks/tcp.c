/* tcp.c - a connection, and if wanted one thing said and one thing heard.
 *
 * What comes back is looked through after every piece, as nobody knows where an answer ends; a
 * pattern that becomes too costly ends the run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "checks/address.h"
#include "checks/expiry.h"
#include "checks/kind.h"
#include "checks/match.h"
#include "io/stream.h"

enum {
	ANSWER_MAX_BYTES = 16 << 10,
	SEND_MAX_BYTES = 64 << 10,
	SHOWN_BYTES = 100, /* of an unexpected answer */
};

struct tcp_settings {
	const char *host;
	int64_t port;
	const char *send, *expect;
	bool secure;
	struct config_tls tls;
	bool tls_given;
	int64_t tls_expiry_us;
};

struct tcp_state {
	char address[CHECK_HOST_MAX + 16];
	char *send;
	size_t send_len;
	struct check_match *expect;
};

struct tcp_run {
	struct io_stream *stream;
	struct bw_buf answer;
};

static void write_details(struct check_run *run)
{
	struct tcp_run *data = check_data(run);
	struct bw_json *json = check_details(run);
	struct io_certificate certificate;
	struct io_stream_timing timing;

	io_stream_timing(data->stream, &timing);
	io_stream_certificate(data->stream, &certificate);
	bw_json_key(json, "peer");
	bw_json_string(json, io_stream_peer(data->stream));
	bw_json_key(json, "connected_us");
	bw_json_int(json, timing.connected_us);
	if (certificate.present) {
		bw_json_key(json, "secured_us");
		bw_json_int(json, timing.secured_us);
		bw_json_key(json, "tls_protocol");
		bw_json_string(json, certificate.protocol);
	}
	check_expiry_write(&certificate, io_loop_wall(check_loop(run)), json);
}

static void finish_good(struct check_run *run)
{
	const struct tcp_settings *settings = check_settings(run);
	struct tcp_run *data = check_data(run);
	struct check_expiry limits = { .warn_us = settings->tls_expiry_us };
	struct io_certificate certificate;
	enum bw_health health;
	char text[160];

	write_details(run);
	io_stream_certificate(data->stream, &certificate);
	if (settings->tls_expiry_us == 0)
		certificate.present = false;
	health = check_expiry_judge(&certificate, io_loop_wall(check_loop(run)), &limits, text,
				    sizeof(text));
	check_finish(run, health, text[0] ? "%s" : NULL, text);
}

static void finish_unexpected(struct check_run *run, const char *why)
{
	const struct tcp_state *state = check_state(run);
	struct tcp_run *data = check_data(run);
	const struct bw_buf *answer = &data->answer;
	size_t shown = answer->len > SHOWN_BYTES ? SHOWN_BYTES : answer->len;
	const char *dots = answer->len > SHOWN_BYTES ? "..." : "";

	while (shown > 0 && strchr("\r\n", answer->data[shown - 1]))
		shown--;
	if (shown == 0)
		check_finish(run, BW_HEALTH_UNHEALTHY, "expected \"%s\", got nothing: %s",
			     check_match_pattern(state->expect), why);
	else
		check_finish(run, BW_HEALTH_UNHEALTHY, "expected \"%s\", got \"%.*s\"%s: %s",
			     check_match_pattern(state->expect), (int)shown, answer->data, dots,
			     why);
}

static void on_open(void *arg)
{
	struct check_run *run = arg;
	const struct tcp_state *state = check_state(run);
	struct tcp_run *data = check_data(run);

	check_phase(run, "waiting for the answer of %s", state->address);
	if (state->send && io_stream_write(data->stream, state->send, state->send_len) != BW_OK) {
		check_finish(run, BW_HEALTH_UNKNOWN, "cannot send to %s", state->address);
		return;
	}
	if (!state->expect)
		finish_good(run);
}

static void on_data(void *arg, const char *bytes, size_t len)
{
	struct check_run *run = arg;
	const struct tcp_state *state = check_state(run);
	struct tcp_run *data = check_data(run);

	bw_buf_append(&data->answer, bytes, len);
	if (data->answer.status != BW_OK) {
		data->answer.status = BW_OK;
		finish_unexpected(run, "more than 16 KiB came");
		return;
	}
	switch (check_match_test(state->expect, data->answer.data, data->answer.len)) {
	case CHECK_MATCH_YES:
		finish_good(run);
		break;
	case CHECK_MATCH_TOO_COSTLY:
		check_finish(run, BW_HEALTH_UNKNOWN,
			     "the regular expression %s takes too long on this answer",
			     check_match_pattern(state->expect));
		break;
	case CHECK_MATCH_NO:
		break;
	}
}

static void on_end(void *arg)
{
	finish_unexpected(arg, "the connection was closed");
}

static void on_failed(void *arg, const struct io_error *error)
{
	struct check_run *run = arg;
	struct tcp_run *data = check_data(run);

	if (data->answer.len > 0)
		finish_unexpected(run, error->text);
	else
		check_finish_failed(run, error);
}

static void tcp_start(struct check_run *run)
{
	static const struct io_stream_events events = { on_open, on_data, on_end, on_failed };
	const struct tcp_settings *settings = check_settings(run);
	const struct tcp_state *state = check_state(run);
	struct tcp_run *data = check_data(run);
	struct io_stream_options options = { .host = settings->host, .port = (int)settings->port };
	struct bw_error err;

	bw_buf_init(&data->answer, ANSWER_MAX_BYTES);
	check_tls_options(&settings->tls, settings->secure, &options.tls);
	check_phase(run, "connecting to %s", state->address);
	if (io_stream_open(check_loop(run), &options, &events, run, &data->stream, &err) != BW_OK)
		check_finish(run, BW_HEALTH_UNKNOWN, "%s", err.text);
}

static void tcp_stop(struct check_run *run)
{
	struct tcp_run *data = check_data(run);

	io_stream_close(data->stream);
	bw_buf_finish(&data->answer);
}

static int hex_value(char digit)
{
	const char *digits = "0123456789abcdef", *found;

	found = digit ? strchr(digits, digit >= 'A' && digit <= 'F' ? digit + 32 : digit) : NULL;
	return found ? (int)(found - digits) : -1;
}

/* \r \n \t \0 \\ \xHH, for texts that YAML left as they were. `text` changes in place. false: an
 * escape nobody knows. */
static bool unescape(char *text, size_t *len)
{
	static const char names[] = "rnt0\\", bytes[] = "\r\n\t\0\\";
	char *out = text;
	const char *in = text;

	while (*in) {
		const char *name;

		if (*in != '\\') {
			*out++ = *in++;
			continue;
		}
		in++;
		name = *in ? strchr(names, *in) : NULL;
		if (name) {
			*out++ = bytes[name - names];
			in++;
		} else if (*in == 'x' && hex_value(in[1]) >= 0 && hex_value(in[2]) >= 0) {
			*out++ = (char)(hex_value(in[1]) * 16 + hex_value(in[2]));
			in += 3;
		} else {
			return false;
		}
	}
	*len = (size_t)(out - text);
	return true;
}

static void tcp_prepare(const void *settings_arg, void *state_arg,
			struct config_complaints *complaints, const struct config_node *node)
{
	const struct tcp_settings *settings = settings_arg;
	struct tcp_state *state = state_arg;
	struct bw_error err;

	check_address_text(settings->host, (int)settings->port, state->address,
			   sizeof(state->address));
	if (settings->host[0] == '/' ? settings->port != 0 : settings->port == 0)
		config_complain_at(complaints, node, "port",
				   "a host needs a port, the path of a Unix socket has none");
	if (settings->send && strlen(settings->send) > SEND_MAX_BYTES) {
		config_complain_at(complaints, node, "send", "longer than 64 KiB");
	} else if (settings->send) {
		state->send = xstrdup(settings->send);
		if (!unescape(state->send, &state->send_len))
			config_complain_at(complaints, node, "send",
					   "known escapes are \\r \\n \\t \\0 \\\\ and \\xHH");
	}
	if (settings->expect) {
		state->expect = check_match_create(settings->expect, &err);
		if (!state->expect)
			config_complain_at(complaints, node, "expect", "%s", err.text);
	}
	if (settings->tls_given && !settings->secure)
		config_complain_at(complaints, node, "tls", "needs `secure: true`");
}

static void tcp_release(void *state_arg)
{
	struct tcp_state *state = state_arg;

	free(state->send);
	check_match_destroy(state->expect);
}

static const struct config_field fields[] = {
	{ .name = "host",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct tcp_settings, host),
	  .required = true,
	  .help = "Name, address, or the absolute path of a Unix socket",
	  .example = "db.example.org" },
	{ .name = "port",
	  .type = CONFIG_INT,
	  .offset = offsetof(struct tcp_settings, port),
	  .min = 0,
	  .max = 65535,
	  .help = "Port to connect to; none for a Unix socket",
	  .example = "5432" },
	{ .name = "send",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct tcp_settings, send),
	  .help = "Sent once connected; \\r \\n \\t \\0 \\\\ and \\xHH stand for bytes",
	  .example = "\"PING\\r\\n\"" },
	{ .name = "expect",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct tcp_settings, expect),
	  .help = "Must come back within the time-out: a text, or /a regular expression/",
	  .example = "/^220 /" },
	{ .name = "secure",
	  .type = CONFIG_BOOL,
	  .offset = offsetof(struct tcp_settings, secure),
	  .standard = "false",
	  .help = "Whether TLS is spoken from the first byte" },
	{ .name = "tls",
	  .type = CONFIG_OBJECT,
	  .offset = offsetof(struct tcp_settings, tls),
	  .fields = config_tls_fields,
	  .given = offsetof(struct tcp_settings, tls_given) + 1,
	  .help = "How the server is trusted" },
	{ .name = "tls_expiry",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct tcp_settings, tls_expiry_us),
	  .help = "A certificate that runs out sooner than this is degraded",
	  .example = "14d" },
	{ 0 },
};

const struct check_kind check_kind_tcp = {
	.name = "tcp",
	.summary = "a port takes connections, and answers what it should",
	.fields = fields,
	.settings_size = sizeof(struct tcp_settings),
	.state_size = sizeof(struct tcp_state),
	.run_size = sizeof(struct tcp_run),
	.prepare = tcp_prepare,
	.release = tcp_release,
	.start = tcp_start,
	.stop = tcp_stop,
};
