/* fetch.c - the life of one request: resolve, one hop through libcurl, perhaps another, tell.
 *
 * Redirects are taken hop by hop: each new host goes through our resolver, must be http or https,
 * and sees credentials (user and password, bearer, every header but Accept*, Content-* and
 * User-Agent) only when scheme, host and port are those first asked for. 301, 302 and 303 turn a
 * POST into a GET, as browsers do.
 *
 * Invariant: until the result is told, exactly one of three is under way: `step` is scheduled, a
 * look-up is open, or an easy handle is in the fetcher.
 */
#include "io/fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "io/failure_internal.h"
#include "io/fetch_internal.h"

/* Copies */

static char *copy_or_null(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

static void copy_headers(struct io_fetch *fetch, const char *const *lines)
{
	size_t count = 0;

	if (!lines)
		return;
	while (lines[count])
		count++;
	fetch->header_lines = xcalloc(count + 1, sizeof(*fetch->header_lines));
	for (size_t i = 0; i < count; i++)
		fetch->header_lines[i] = xstrdup(lines[i]);
	fetch->options.headers = (const char *const *)fetch->header_lines;
}

static void copy_body(struct io_fetch *fetch, const struct io_fetch_options *options)
{
	char *body;

	if (!options->body)
		return;
	body = xmalloc(options->body_len + 1);
	memcpy(body, options->body, options->body_len);
	fetch->options.body = body;
}

static void copy_options(struct io_fetch *fetch, const struct io_fetch_options *options)
{
	struct io_fetch_options *copy = &fetch->options;

	*copy = *options;
	copy->url = NULL;
	copy->proxy = NULL;
	copy->bearer = NULL;
	copy->method = copy_or_null(options->method);
	copy->user = copy_or_null(options->user);
	copy->password = copy_or_null(options->password);
	copy->unix_path = copy_or_null(options->unix_path);
	copy->user_agent = copy_or_null(options->user_agent);
	copy->tls.server_name = copy_or_null(options->tls.server_name);
	copy->tls.ca_file = copy_or_null(options->tls.ca_file);
	copy->tls.certificate_file = copy_or_null(options->tls.certificate_file);
	copy->tls.key_file = copy_or_null(options->tls.key_file);
	copy_headers(fetch, options->headers);
	copy_body(fetch, options);
	if (options->bearer) {
		struct bw_buf line;

		bw_buf_init(&line, 0);
		bw_buf_format(&line, "Authorization: Bearer %s", options->bearer);
		fetch->bearer_line = bw_buf_take(&line, NULL);
	}
	if (!copy->user && !copy->password)
		fetch_take_credentials(options->url, (char **)&copy->user,
				       (char **)&copy->password);
}

static void free_options(struct io_fetch *fetch)
{
	const struct io_fetch_options *options = &fetch->options;

	free((char *)options->method);
	free((char *)options->body);
	free((char *)options->user);
	free((char *)options->password);
	free((char *)options->proxy);
	free((char *)options->unix_path);
	free((char *)options->user_agent);
	free((char *)options->tls.server_name);
	free((char *)options->tls.ca_file);
	free((char *)options->tls.certificate_file);
	free((char *)options->tls.key_file);
	for (size_t i = 0; fetch->header_lines && fetch->header_lines[i]; i++)
		free(fetch->header_lines[i]);
	free(fetch->header_lines);
	free(fetch->bearer_line);
	free(fetch->proxy_host);
}

/* The end */

static int64_t since_start_us(const struct io_fetch *fetch)
{
	return bw_mono_since(io_loop_mono(fetch->loop), fetch->started);
}

static void end_hop(struct io_fetch *fetch)
{
	io_resolve_stop(fetch->resolve);
	fetch->resolve = NULL;
	fetcher_remove(fetch);
	curl_slist_free_all(fetch->headers);
	curl_slist_free_all(fetch->names);
	fetch->headers = fetch->names = NULL;
}

static void release(struct io_fetch *fetch)
{
	io_deferred_cancel(&fetch->step);
	end_hop(fetch);
	free_options(fetch);
	bw_buf_finish(&fetch->head);
	bw_buf_finish(&fetch->body);
	free(fetch->verdict.certificate);
	free(fetch->url);
	free(fetch);
}

static void tell(struct io_fetch *fetch)
{
	struct io_fetch_result result = {
		.error = fetch->error,
		.status = fetch->status,
		.headers = fetch->head.data ? fetch->head.data : "",
		.headers_len = fetch->head.len,
		.body = fetch->body.data ? fetch->body.data : "",
		.body_len = fetch->body.len,
		.cut = fetch->cut,
		.redirects = fetch->redirects,
		.http_version = fetch->http_version,
		.resolved_us = fetch->resolved_us,
		.connected_us = fetch->connected_us,
		.secured_us = fetch->secured_us,
		.first_byte_us = fetch->first_byte_us,
		.total_us = since_start_us(fetch),
	};

	memcpy(result.peer, fetch->peer, sizeof(result.peer));
	if (fetch->verdict.certificate)
		result.certificate = *fetch->verdict.certificate;
	fetch->telling = true;
	fetch->callback(fetch->arg, &result);
	fetch->telling = false;
	if (fetch->stopped)
		release(fetch);
}

/* Not from inside libcurl. */
static void finish(struct io_fetch *fetch)
{
	end_hop(fetch);
	tell(fetch);
}

/* A hop */

static void forget_last_answer(struct io_fetch *fetch)
{
	bw_buf_clear(&fetch->head);
	bw_buf_clear(&fetch->body);
	fetch->body_seen = 0;
	fetch->cut = false;
	fetch->status = 0;
	fetch->resolved_us = fetch->connected_us = fetch->secured_us = fetch->first_byte_us = 0;
	fetch->peer[0] = '\0';
	free(fetch->verdict.certificate);
	fetch->verdict.certificate = NULL;
}

static void launch(struct io_fetch *fetch, const struct io_addresses *addresses)
{
	fetch->hop_us = since_start_us(fetch);
	if (fetch->fetcher && fetch_set_up(fetch, addresses) && fetcher_add(fetch))
		return;
	io_error_set(&fetch->error, IO_NO_RESOURCES, "no %s for a request",
		     fetch->fetcher ? "memory" : "file descriptor");
	finish(fetch);
}

static void resolved(void *arg, const struct io_addresses *addresses, const struct io_error *error)
{
	struct io_fetch *fetch = arg;

	fetch->resolved_us = since_start_us(fetch);
	if (!error) {
		launch(fetch, addresses);
		return;
	}
	fetch->error = *error;
	finish(fetch);
}

static void begin_hop(void *arg)
{
	struct io_fetch *fetch = arg;
	const char *host = fetch->proxy_host ? fetch->proxy_host : fetch->target.host;
	struct io_address address;

	if (fetch->options.unix_path || io_address_parse(host, 0, &address) == BW_OK)
		launch(fetch, NULL);
	else
		fetch->resolve = io_resolve_start(fetch->loop, host, resolved, fetch);
}

/* Answers */

static const char *version_text(long version)
{
	switch (version) {
	case CURL_HTTP_VERSION_1_0:
		return "1.0";
	case CURL_HTTP_VERSION_1_1:
		return "1.1";
	case CURL_HTTP_VERSION_2_0:
		return "2";
	default:
		return "";
	}
}

static int64_t time_us(const struct io_fetch *fetch, CURLINFO which)
{
	curl_off_t us = 0;

	curl_easy_getinfo(fetch->easy, which, &us);
	return us > 0 ? fetch->hop_us + us : 0;
}

static void take_peer(struct io_fetch *fetch)
{
	const char *address = NULL;
	long port = 0;

	curl_easy_getinfo(fetch->easy, CURLINFO_PRIMARY_IP, &address);
	curl_easy_getinfo(fetch->easy, CURLINFO_PRIMARY_PORT, &port);
	if (fetch->options.unix_path || !address || port == 0 || fetch->connected_us == 0)
		return;
	snprintf(fetch->peer, sizeof(fetch->peer), strchr(address, ':') ? "[%s]:%ld" : "%s:%ld",
		 address, port);
}

static void take_facts(struct io_fetch *fetch)
{
	long status = 0, version = 0;

	curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(fetch->easy, CURLINFO_HTTP_VERSION, &version);
	fetch->status = (int)status;
	fetch->http_version = version_text(version);
	fetch->connected_us = time_us(fetch, CURLINFO_CONNECT_TIME_T);
	fetch->secured_us = time_us(fetch, CURLINFO_APPCONNECT_TIME_T);
	fetch->first_byte_us = time_us(fetch, CURLINFO_STARTTRANSFER_TIME_T);
	take_peer(fetch);
}

static bool turns_into_get(const struct io_fetch *fetch)
{
	const char *method = fetch->options.method;
	bool is_head = method && strcmp(method, "HEAD") == 0;
	bool is_post = method ? strcmp(method, "POST") == 0 : fetch->options.body != NULL;

	if (fetch->status == 303)
		return !is_head;
	return is_post && (fetch->status == 301 || fetch->status == 302);
}

static void follow(struct io_fetch *fetch, const char *url)
{
	struct fetch_target target;
	struct bw_error err;

	if (fetch->redirects == fetch->options.redirects_max) {
		io_error_set(&fetch->error, IO_PROTOCOL,
			     "redirected more than %d times, the last time to %s", fetch->redirects,
			     url);
		return;
	}
	if (fetch_parse_url(url, &target, &err) != BW_OK) {
		io_error_set(&fetch->error, IO_PROTOCOL, "redirected to %s: %s", url, err.text);
		return;
	}
	fetch->as_get = fetch->as_get || turns_into_get(fetch);
	free(fetch->url);
	fetch->url = xstrdup(url);
	fetch->target = target;
	fetch->redirects++;
	forget_last_answer(fetch);
}

void fetch_hop_ended(struct io_fetch *fetch, CURLcode code)
{
	char *next = NULL;
	int redirects = fetch->redirects;

	take_facts(fetch);
	if (code == CURLE_WRITE_ERROR && fetch->cut)
		code = CURLE_OK;
	if (code != CURLE_OK)
		fetch_explain(fetch, code);
	else if (fetch->options.redirects_max > 0)
		curl_easy_getinfo(fetch->easy, CURLINFO_REDIRECT_URL, &next);
	if (next)
		follow(fetch, next);
	end_hop(fetch);
	if (fetch->redirects > redirects)
		io_deferred_schedule(&fetch->step);
	else
		finish(fetch);
}

/* Start and stop */

static enum bw_status check_options(const struct io_fetch_options *options,
				    struct fetch_target *target, struct bw_error *err)
{
	enum bw_status status;

	if (!options->url)
		return bw_fail(err, BW_EINVAL, "not a usable URL: there is none");
	status = fetch_parse_url(options->url, target, err);
	if (status == BW_OK)
		status = io_tls_check_options(&options->tls, err);
	return status;
}

enum bw_status io_fetch_start(struct io_loop *loop, const struct io_fetch_options *options,
			      io_fetch_callback *callback, void *arg, struct io_fetch **out,
			      struct bw_error *err)
{
	struct fetch_target target;
	char *proxy = NULL, *proxy_host = NULL;
	int proxy_port = 0;
	struct io_fetch *fetch;
	enum bw_status status = check_options(options, &target, err);

	if (status == BW_OK && options->proxy)
		status = fetch_parse_proxy(options->proxy, &proxy, &proxy_host, &proxy_port, err);
	if (status != BW_OK)
		return status;
	fetch = xcalloc(1, sizeof(*fetch));
	fetch->loop = loop;
	fetch->fetcher = fetcher_of(loop);
	fetch->callback = callback;
	fetch->arg = arg;
	fetch->http_version = "";
	fetch->target = fetch->first_target = target;
	copy_options(fetch, options);
	fetch->options.proxy = proxy;
	fetch->proxy_host = proxy_host;
	fetch->proxy_port = proxy_port;
	fetch->url = xstrdup(options->url);
	bw_buf_init(&fetch->head, FETCH_HEADERS_MAX);
	bw_buf_init(&fetch->body, 0);
	fetch->started = io_loop_mono(loop);
	io_deferred_init(&fetch->step, loop, begin_hop, fetch);
	io_deferred_schedule(&fetch->step);
	*out = fetch;
	return BW_OK;
}

void io_fetch_stop(struct io_fetch *fetch)
{
	if (!fetch)
		return;
	fetch->stopped = true;
	if (!fetch->telling)
		release(fetch);
}
