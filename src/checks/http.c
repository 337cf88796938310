/* http.c - one request; the transfer is io/fetch's, what the answer must be is http_expect.c's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "checks/address.h"
#include "checks/expiry.h"
#include "checks/http_expect.h"
#include "checks/kind.h"
#include "checks/text.h"
#include "io/fetch.h"

enum {
	BODY_LIMIT_MAX = 16 << 20,
	HEADERS_MAX = 64,
	REDIRECTS_MAX = 20,
	SHOWN_URL_MAX = 100,
};

static const char *const version_words[] = { "any", "1.1", "2", "2-prior-knowledge", NULL };

struct http_settings {
	const char *url, *method;
	struct config_list headers; /* of struct config_pair */
	const char *body;
	const char *user, *password, *bearer;
	const char *proxy, *unix_socket;
	int64_t redirects;
	int version;
	int64_t body_limit;
	struct config_tls tls;
	int64_t tls_expiry_us;
	struct http_expect_settings expect;
};

struct http_state {
	struct io_fetch_options options;
	char **headers; /* "Name: value", ended by NULL */
	char *shown;    /* the URL without user, password and query */
	struct http_expect expect;
};

struct http_run {
	struct io_fetch *fetch;
};

static void write_timings(struct bw_json *json, const struct io_fetch_result *result)
{
	const struct {
		const char *key;
		int64_t us;
	} rows[] = { { "resolved_us", result->resolved_us },
		     { "connected_us", result->connected_us },
		     { "secured_us", result->secured_us },
		     { "first_byte_us", result->first_byte_us },
		     { "total_us", result->total_us } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].us <= 0)
			continue;
		bw_json_key(json, rows[i].key);
		bw_json_int(json, rows[i].us);
	}
}

static void write_details(struct check_run *run, const struct io_fetch_result *result)
{
	struct bw_json *json = check_details(run);

	bw_json_key(json, "status");
	bw_json_int(json, result->status);
	bw_json_key(json, "http_version");
	bw_json_string(json, result->http_version);
	bw_json_key(json, "body_bytes");
	bw_json_int(json, (int64_t)result->body_len);
	if (result->cut) {
		bw_json_key(json, "body_cut");
		bw_json_bool(json, true);
	}
	if (result->redirects > 0) {
		bw_json_key(json, "redirects");
		bw_json_int(json, result->redirects);
	}
	bw_json_key(json, "peer");
	bw_json_string(json, result->peer);
	write_timings(json, result);
	check_expiry_write(&result->certificate, io_loop_wall(check_loop(run)), json);
}

/* A good answer can still show a certificate that runs out. */
static void finish_good(struct check_run *run, const struct io_fetch_result *result)
{
	const struct http_settings *settings = check_settings(run);
	struct check_expiry limits = { .warn_us = settings->tls_expiry_us };
	struct io_certificate certificate = result->certificate;
	char text[160];
	enum bw_health health;

	certificate.present = certificate.present && settings->tls_expiry_us > 0;
	health = check_expiry_judge(&certificate, io_loop_wall(check_loop(run)), &limits, text,
				    sizeof(text));
	check_finish(run, health, text[0] ? "%s" : NULL, text);
}

static void on_answer(void *arg, const struct io_fetch_result *result)
{
	struct check_run *run = arg;
	struct http_state *state = check_state(run);
	struct bw_error why = { "" };
	enum bw_health health;

	if (result->error.failure != IO_OK) {
		if (result->status > 0)
			write_details(run, result);
		check_finish_failed(run, &result->error);
		return;
	}
	check_set_response(run, result->total_us);
	write_details(run, result);
	health = http_expect_judge(&state->expect, result, &why);
	if (health == BW_HEALTH_HEALTHY)
		finish_good(run, result);
	else
		check_finish(run, health, "%s", why.text);
}

static void http_start(struct check_run *run)
{
	const struct http_state *state = check_state(run);
	struct http_run *data = check_data(run);
	struct bw_error err;

	check_phase(run, "waiting for %s", state->shown);
	if (io_fetch_start(check_loop(run), &state->options, on_answer, run, &data->fetch, &err))
		check_finish(run, BW_HEALTH_UNKNOWN, "%s", err.text);
}

static void http_stop(struct check_run *run)
{
	struct http_run *data = check_data(run);

	io_fetch_stop(data->fetch);
}

static void fill_options(const struct http_settings *settings, struct http_state *state)
{
	struct io_fetch_options *options = &state->options;

	*options = (struct io_fetch_options){
		.url = settings->url,
		.method = settings->method,
		.headers = (const char *const *)state->headers,
		.body = settings->body,
		.body_len = settings->body ? strlen(settings->body) : 0,
		.user = settings->user,
		.password = settings->password,
		.bearer = settings->bearer,
		.proxy = settings->proxy,
		.unix_path = settings->unix_socket,
		.redirects_max = (int)settings->redirects,
		.version = (enum io_http_version)settings->version,
		.max_body_bytes =
			settings->expect.body.count > 0 ? (size_t)settings->body_limit : 0,
	};
	check_tls_options(&settings->tls, false, &options->tls);
}

/* A header must stay one line, or it could say more than its name. */
static bool is_header(const struct config_pair *pair)
{
	return pair->name[0] && !strpbrk(pair->name, ":\r\n \t") &&
	       !(pair->value && strpbrk(pair->value, "\r\n"));
}

static void prepare_headers(const struct http_settings *settings, struct http_state *state,
			    struct config_complaints *complaints, const struct config_node *node)
{
	const struct config_pair *pairs = settings->headers.items;
	struct bw_buf text;

	if (settings->headers.count > HEADERS_MAX) {
		config_complain_at(complaints, node, "headers", "more than %d", HEADERS_MAX);
		return;
	}
	state->headers = xcalloc(settings->headers.count + 1, sizeof(*state->headers));
	for (size_t i = 0; i < settings->headers.count; i++) {
		if (!is_header(&pairs[i]))
			config_complain_at(complaints, node, "headers", "`%s` is no header",
					   pairs[i].name);
		bw_buf_init(&text, 0);
		bw_buf_format(&text, "%s: %s", pairs[i].name, pairs[i].value ? pairs[i].value : "");
		state->headers[i] = bw_buf_take(&text, NULL);
	}
}

static void prepare_url(const struct http_settings *settings, struct http_state *state,
			struct config_complaints *complaints, const struct config_node *node)
{
	struct check_url url;
	struct bw_error err;
	char address[CHECK_HOST_MAX + 16], shown[SHOWN_URL_MAX];
	bool bracketed;

	if (check_url_parse(settings->url, &url, &err) != BW_OK) {
		config_complain_at(complaints, node, "url", "%s", err.text);
		return;
	}
	if (strcmp(url.scheme, "http") != 0 && strcmp(url.scheme, "https") != 0)
		config_complain_at(complaints, node, "url", "the scheme is http or https");
	else if (!url.host[0])
		config_complain_at(complaints, node, "url", "the host is missing");
	bracketed = strchr(url.host, ':') != NULL;
	snprintf(address, sizeof(address), url.port ? "%s%s%s:%d" : "%s%s%s", bracketed ? "[" : "",
		 url.host, bracketed ? "]" : "", url.port);
	snprintf(shown, sizeof(shown), "%s://%.50s%.*s", url.scheme, address,
		 (int)strcspn(url.path, "?#"), url.path);
	state->shown = xstrdup(shown);
}

static void http_prepare(const void *settings_arg, void *state_arg,
			 struct config_complaints *complaints, const struct config_node *node)
{
	const struct http_settings *settings = settings_arg;
	struct http_state *state = state_arg;

	prepare_url(settings, state, complaints, node);
	prepare_headers(settings, state, complaints, node);
	http_expect_prepare(&state->expect, &settings->expect, complaints, node);
	fill_options(settings, state);
	if (settings->bearer && (settings->user || settings->password))
		config_complain_at(complaints, node, "bearer",
				   "goes with neither user nor password");
	if (settings->password && !settings->user)
		config_complain_at(complaints, node, "password", "needs a user");
	if (settings->proxy && settings->unix_socket)
		config_complain_at(complaints, node, "proxy", "cannot reach a Unix socket");
	if (settings->method && strpbrk(settings->method, " \t\r\n"))
		config_complain_at(complaints, node, "method", "one word, such as GET");
}

static void http_release(void *state_arg)
{
	struct http_state *state = state_arg;

	for (char **header = state->headers; header && *header; header++)
		free(*header);
	free(state->headers);
	free(state->shown);
	http_expect_release(&state->expect);
}

static const struct config_field fields[] = {
	{ .name = "url",
	  .type = CONFIG_URL,
	  .offset = offsetof(struct http_settings, url),
	  .required = true,
	  .help = "What is asked for; http or https",
	  .example = "https://example.org/health" },
	{ .name = "method",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct http_settings, method),
	  .help = "GET when not given, or POST where there is a body",
	  .example = "HEAD" },
	{ .name = "headers",
	  .type = CONFIG_TEXT_MAP,
	  .offset = offsetof(struct http_settings, headers),
	  .help = "Further headers of the request",
	  .example = "{ Accept: application/json, X-Api-Key: \"${API_KEY}\" }" },
	{ .name = "body",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct http_settings, body),
	  .help = "The request's body",
	  .example = "'{\"symbol\": \"SPY\"}'" },
	{ .name = "user",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct http_settings, user),
	  .help = "Name for basic authentication",
	  .example = "monitor" },
	{ .name = "password",
	  .type = CONFIG_SECRET,
	  .offset = offsetof(struct http_settings, password),
	  .help = "Password for basic authentication",
	  .example = "${HTTP_PASSWORD}" },
	{ .name = "bearer",
	  .type = CONFIG_SECRET,
	  .offset = offsetof(struct http_settings, bearer),
	  .help = "Token for bearer authentication",
	  .example = "${API_TOKEN}" },
	{ .name = "proxy",
	  .type = CONFIG_URL,
	  .offset = offsetof(struct http_settings, proxy),
	  .help = "http:// or socks5:// proxy; the environment's variables are not read",
	  .example = "http://proxy.example.org:3128" },
	{ .name = "unix_socket",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct http_settings, unix_socket),
	  .help = "Connects here, whatever host the URL names",
	  .example = "/run/docker.sock" },
	{ .name = "redirects",
	  .type = CONFIG_INT,
	  .offset = offsetof(struct http_settings, redirects),
	  .standard = "5",
	  .min = 0,
	  .max = REDIRECTS_MAX,
	  .help = "How many redirects are followed; with 0 a redirect is an answer like any "
		  "other" },
	{ .name = "version",
	  .type = CONFIG_WORD,
	  .offset = offsetof(struct http_settings, version),
	  .standard = "any",
	  .words = version_words,
	  .help = "The version of HTTP that is spoken" },
	{ .name = "body_limit",
	  .type = CONFIG_SIZE,
	  .offset = offsetof(struct http_settings, body_limit),
	  .standard = "1MiB",
	  .min = 1,
	  .max = BODY_LIMIT_MAX,
	  .help = "So much of the answer's body is read for expect.body" },
	{ .name = "tls",
	  .type = CONFIG_OBJECT,
	  .offset = offsetof(struct http_settings, tls),
	  .fields = config_tls_fields,
	  .help = "How an https server is trusted" },
	{ .name = "tls_expiry",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct http_settings, tls_expiry_us),
	  .help = "A certificate that runs out sooner than this is degraded",
	  .example = "14d" },
	{ .name = "expect",
	  .type = CONFIG_OBJECT,
	  .offset = offsetof(struct http_settings, expect),
	  .fields = http_expect_fields,
	  .help = "What the answer must be" },
	{ 0 },
};

const struct check_kind check_kind_http = {
	.name = "http",
	.summary = "a web server answers as it should: status, headers, body, speed, certificate",
	.fields = fields,
	.settings_size = sizeof(struct http_settings),
	.state_size = sizeof(struct http_state),
	.run_size = sizeof(struct http_run),
	.within_offset = offsetof(struct http_settings, expect) +
			 offsetof(struct http_expect_settings, within_us),
	.prepare = http_prepare,
	.release = http_release,
	.start = http_start,
	.stop = http_stop,
};
