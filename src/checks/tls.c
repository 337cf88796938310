/* tls.c - a handshake for its own sake: the certificate shown, whom it is for, how long it lasts.
 *
 * The handshake goes on with a bad certificate (report_only), so that the details can tell what is
 * wrong with it; the verdict is made here.
 */
#include <stdio.h>
#include <string.h>

#include "checks/address.h"
#include "checks/expiry.h"
#include "checks/kind.h"
#include "checks/starttls.h"
#include "io/stream.h"

static const char *const protocol_words[] = { "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3", NULL };

struct tls_expiry_settings {
	int64_t warn_us, critical_us;
};

struct tls_settings {
	const char *host;
	int64_t port;
	struct config_tls peer;
	int starttls;
	int protocol_min;
	struct tls_expiry_settings expiry;
};

struct tls_state {
	char address[CHECK_HOST_MAX + 16];
};

struct tls_run {
	struct io_stream *stream;
	bool securing;
	struct starttls talk;
};

static void write_details(struct check_run *run, const struct io_certificate *certificate)
{
	struct bw_json *json = check_details(run);
	const struct {
		const char *key, *value;
	} rows[] = { { "subject", certificate->subject },
		     { "issuer", certificate->issuer },
		     { "alternative_names", certificate->alternative_names },
		     { "protocol", certificate->protocol },
		     { "cipher", certificate->cipher } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bw_json_key(json, rows[i].key);
		bw_json_string(json, rows[i].value);
	}
	bw_json_key(json, "verified");
	bw_json_bool(json, certificate->verified);
	bw_json_key(json, "chain_length");
	bw_json_int(json, certificate->chain_length);
	bw_json_key(json, "not_before");
	bw_json_wall(json, certificate->not_before);
	bw_json_key(json, "not_after");
	bw_json_wall(json, certificate->not_after);
	check_expiry_write(certificate, io_loop_wall(check_loop(run)), json);
}

/* A protocol we have no name for is newer than all of them. */
static int protocol_rank(const char *protocol)
{
	int rank = 0;

	while (protocol_words[rank] && strcmp(protocol_words[rank], protocol) != 0)
		rank++;
	return rank;
}

static void judge(struct check_run *run)
{
	const struct tls_settings *settings = check_settings(run);
	struct check_expiry limits = { settings->expiry.warn_us, settings->expiry.critical_us };
	struct bw_wall now = io_loop_wall(check_loop(run));
	struct tls_run *data = check_data(run);
	struct io_certificate certificate;
	enum bw_health health;
	char text[160];

	io_stream_certificate(data->stream, &certificate);
	if (!certificate.present) {
		check_finish(run, BW_HEALTH_UNHEALTHY, "the server showed no certificate");
		return;
	}
	write_details(run, &certificate);
	health = check_expiry_judge(&certificate, now, &limits, text, sizeof(text));
	if (health == BW_HEALTH_UNHEALTHY)
		check_finish(run, health, "%s", text);
	else if (settings->peer.verify && !certificate.verified)
		check_finish(run, BW_HEALTH_UNHEALTHY, "certificate is not trusted: %s",
			     certificate.verify_error);
	else if (protocol_rank(certificate.protocol) < settings->protocol_min)
		check_finish(run, BW_HEALTH_UNHEALTHY, "speaks %s, at least %s expected",
			     certificate.protocol, protocol_words[settings->protocol_min]);
	else
		check_finish(run, health, text[0] ? "%s" : NULL, text);
}

static void on_open(void *arg)
{
	struct check_run *run = arg;
	const struct tls_settings *settings = check_settings(run);
	const struct tls_state *state = check_state(run);
	struct tls_run *data = check_data(run);

	if (settings->starttls == STARTTLS_NONE || data->securing) {
		judge(run);
		return;
	}
	check_phase(run, "asking %s for TLS", state->address);
	if (starttls_begin(&data->talk, settings->starttls, data->stream) != BW_OK)
		check_finish(run, BW_HEALTH_UNKNOWN, "cannot send to %s", state->address);
}

static void on_data(void *arg, const char *bytes, size_t len)
{
	struct check_run *run = arg;
	const struct tls_state *state = check_state(run);
	struct tls_run *data = check_data(run);

	if (data->securing)
		return;
	switch (starttls_hear(&data->talk, data->stream, bytes, len)) {
	case STARTTLS_TALKING:
		break;
	case STARTTLS_READY:
		data->securing = true;
		check_phase(run, "shaking hands with %s", state->address);
		if (io_stream_start_tls(data->stream) != BW_OK)
			check_finish(run, BW_HEALTH_UNKNOWN, "cannot begin TLS with %s",
				     state->address);
		break;
	case STARTTLS_REFUSED:
		check_finish(run, BW_HEALTH_UNHEALTHY, "%s does not begin TLS: it answered \"%s\"",
			     state->address, data->talk.line);
		break;
	}
}

static void on_end(void *arg)
{
	struct check_run *run = arg;
	const struct tls_state *state = check_state(run);

	check_finish(run, BW_HEALTH_UNHEALTHY, "%s closed the connection before TLS stood",
		     state->address);
}

static void on_failed(void *arg, const struct io_error *error)
{
	check_finish_failed(arg, error);
}

static void tls_start(struct check_run *run)
{
	static const struct io_stream_events events = { on_open, on_data, on_end, on_failed };
	const struct tls_settings *settings = check_settings(run);
	const struct tls_state *state = check_state(run);
	struct tls_run *data = check_data(run);
	struct io_stream_options options = { .host = settings->host, .port = (int)settings->port };
	struct bw_error err;

	check_tls_options(&settings->peer, settings->starttls == STARTTLS_NONE, &options.tls);
	options.tls.verify = true;
	options.tls.report_only = true;
	check_phase(run, "connecting to %s", state->address);
	if (io_stream_open(check_loop(run), &options, &events, run, &data->stream, &err) != BW_OK)
		check_finish(run, BW_HEALTH_UNKNOWN, "%s", err.text);
}

static void tls_stop(struct check_run *run)
{
	struct tls_run *data = check_data(run);

	io_stream_close(data->stream);
}

static void tls_prepare(const void *settings_arg, void *state_arg,
			struct config_complaints *complaints, const struct config_node *node)
{
	const struct tls_settings *settings = settings_arg;
	struct tls_state *state = state_arg;

	check_address_text(settings->host, (int)settings->port, state->address,
			   sizeof(state->address));
	if (settings->expiry.critical_us > settings->expiry.warn_us)
		config_complain_at(complaints, node, "expiry.critical",
				   "is reached before `warn`: it must be the shorter time");
}

static const struct config_field expiry_fields[] = {
	{ .name = "warn",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct tls_expiry_settings, warn_us),
	  .standard = "21d",
	  .help = "A certificate that runs out sooner is degraded" },
	{ .name = "critical",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct tls_expiry_settings, critical_us),
	  .standard = "3d",
	  .help = "A certificate that runs out sooner is unhealthy" },
	{ 0 },
};

#define PEER_OFFSET(member) (offsetof(struct tls_settings, peer.member))

static const struct config_field fields[] = {
	{ .name = "host",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct tls_settings, host),
	  .required = true,
	  .help = "Name or address of the server",
	  .example = "example.org" },
	{ .name = "port",
	  .type = CONFIG_INT,
	  .offset = offsetof(struct tls_settings, port),
	  .standard = "443",
	  .min = 1,
	  .max = 65535,
	  .help = "Its port" },
	{ .name = "server_name",
	  .type = CONFIG_TEXT,
	  .offset = PEER_OFFSET(server_name),
	  .help = "The name asked for and verified; the host when not given",
	  .example = "www.example.org" },
	{ .name = "verify",
	  .type = CONFIG_BOOL,
	  .offset = PEER_OFFSET(verify),
	  .standard = "true",
	  .help = "Whether chain and name must be good; the life of the certificate counts "
		  "anyway" },
	{ .name = "ca_file",
	  .type = CONFIG_TEXT,
	  .offset = PEER_OFFSET(ca_file),
	  .help = "Certificates to trust (PEM) instead of the system's",
	  .example = "/etc/ssl/own-ca.pem" },
	{ .name = "certificate_file",
	  .type = CONFIG_TEXT,
	  .offset = PEER_OFFSET(certificate_file),
	  .help = "Our own certificate (PEM), for servers that ask for one",
	  .example = "/etc/bellwether/client.pem" },
	{ .name = "key_file",
	  .type = CONFIG_TEXT,
	  .offset = PEER_OFFSET(key_file),
	  .help = "The private key of certificate_file (PEM)",
	  .example = "/etc/bellwether/client.key" },
	{ .name = "starttls",
	  .type = CONFIG_WORD,
	  .offset = offsetof(struct tls_settings, starttls),
	  .standard = "none",
	  .words = starttls_words,
	  .help = "The protocol in which TLS is asked for; none: from the first byte" },
	{ .name = "min_protocol",
	  .type = CONFIG_WORD,
	  .offset = offsetof(struct tls_settings, protocol_min),
	  .standard = "TLSv1.2",
	  .words = protocol_words,
	  .help = "An older protocol is unhealthy" },
	{ .name = "expiry",
	  .type = CONFIG_OBJECT,
	  .offset = offsetof(struct tls_settings, expiry),
	  .fields = expiry_fields,
	  .help = "How long the certificate must still last" },
	{ 0 },
};

const struct check_kind check_kind_tls = {
	.name = "tls",
	.summary = "a certificate is trusted, for the right name, and lasts long enough",
	.fields = fields,
	.settings_size = sizeof(struct tls_settings),
	.state_size = sizeof(struct tls_state),
	.run_size = sizeof(struct tls_run),
	.prepare = tls_prepare,
	.start = tls_start,
	.stop = tls_stop,
};
