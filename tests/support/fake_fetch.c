/* fake_fetch.c - HTTP/1 in its simplest form over a fake stream, so that the peer of a scenario is
 * written as bytes for every kind alike.
 *
 * It understands a status line, headers, and a body up to Content-Length or the end. Bytes that are
 * not HTTP are IO_PROTOCOL, an end too early is IO_CLOSED.
 */
#include "support/fake_world.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "io/fetch.h"

enum { HEADERS_MAX = 64 << 10, BODY_STANDARD_MAX = 1 << 20, HOST_MAX = 256 };

struct io_fetch {
	struct io_loop *loop;
	struct io_stream *stream;
	struct fake_event end; /* the result is told once the stream's callback is over */
	io_fetch_callback *callback;
	void *arg;
	char host[HOST_MAX];
	char *path;
	char method[16];
	size_t max_body;
	bool keep_body;
	struct bw_buf got;
	struct bw_mono started;
	struct io_fetch_result result;
};

static void tell(void *arg)
{
	struct io_fetch *fetch = arg;

	fetch->result.total_us = bw_mono_since(io_loop_mono(fetch->loop), fetch->started);
	fetch->callback(fetch->arg, &fetch->result);
}

/* Ends the transfer with what is known; the stream is closed by io_fetch_stop(). */
static void end_with(struct io_fetch *fetch, enum io_failure failure)
{
	if (fetch->end.queued)
		return;
	if (failure != IO_OK)
		fake_error(&fetch->result.error, failure, fetch->result.peer);
	fake_event_start(&fetch->end, 0);
}

static bool starts_as_http(const struct bw_buf *got)
{
	size_t len = got->len < 7 ? got->len : 7;

	return memcmp(got->data, "HTTP/1.1", len) == 0;
}

/* -1: no Content-Length. */
static long content_length(const char *headers, size_t len)
{
	static const char name[] = "content-length:";

	for (size_t i = 0; i + sizeof(name) < len; i++)
		if ((i == 0 || headers[i - 1] == '\n') &&
		    strncasecmp(headers + i, name, sizeof(name) - 1) == 0)
			return strtol(headers + i + sizeof(name) - 1, NULL, 10);
	return -1;
}

static bool read_head(struct io_fetch *fetch, const char *head, size_t len)
{
	const char *line_end = memmem(head, len, "\r\n", 2);
	int status = 0;

	if (len < 12 || !isdigit((unsigned char)head[9]))
		return false;
	for (size_t i = 9; i < 12; i++)
		status = status * 10 + (head[i] - '0');
	if (status < 100 || status > 599)
		return false;
	fetch->result.status = status;
	fetch->result.http_version = head[7] == '0' ? "1.0" : "1.1";
	fetch->result.headers = line_end ? line_end + 2 : head + len;
	fetch->result.headers_len = (size_t)(head + len - fetch->result.headers);
	return true;
}

static void look(struct io_fetch *fetch, bool ended)
{
	struct bw_buf *got = &fetch->got;
	const char *end;
	size_t body, wanted;
	long length;

	if (got->len == 0 || !starts_as_http(got)) {
		if (ended || got->len > 0)
			end_with(fetch, got->len > 0 ? IO_PROTOCOL : IO_CLOSED);
		return;
	}
	end = memmem(got->data, got->len, "\r\n\r\n", 4);
	if (!end) {
		if (ended || got->len > HEADERS_MAX)
			end_with(fetch, ended ? IO_CLOSED : IO_TOO_LARGE);
		return;
	}
	if (!read_head(fetch, got->data, (size_t)(end - got->data))) {
		end_with(fetch, IO_PROTOCOL);
		return;
	}
	body = got->len - (size_t)(end + 4 - got->data);
	length = content_length(fetch->result.headers, fetch->result.headers_len);
	if (strcmp(fetch->method, "HEAD") == 0)
		length = 0;
	wanted = length < 0 ? fetch->max_body : (size_t)length;
	fetch->result.cut = body > fetch->max_body;
	if (body < wanted && !ended && !fetch->result.cut)
		return;
	fetch->result.body = end + 4;
	fetch->result.body_len = body < wanted ? body : wanted;
	if (fetch->result.body_len > fetch->max_body)
		fetch->result.body_len = fetch->max_body;
	if (!fetch->keep_body)
		fetch->result.body_len = 0;
	end_with(fetch, ended && length >= 0 && body < wanted ? IO_CLOSED : IO_OK);
}

static void on_open(void *arg)
{
	struct io_fetch *fetch = arg;
	struct bw_buf request;
	enum bw_status status;

	fetch->result.connected_us = bw_mono_since(io_loop_mono(fetch->loop), fetch->started);
	io_stream_certificate(fetch->stream, &fetch->result.certificate);
	bw_buf_init(&request, 0);
	bw_buf_format(&request, "%s %s HTTP/1.1\r\nHost: %s\r\n\r\n", fetch->method, fetch->path,
		      fetch->host);
	status = io_stream_write(fetch->stream, request.data, request.len);
	bw_buf_finish(&request);
	if (status != BW_OK)
		end_with(fetch, IO_TOO_LARGE);
}

static void on_data(void *arg, const char *data, size_t len)
{
	struct io_fetch *fetch = arg;

	if (fetch->end.queued)
		return;
	if (fetch->result.first_byte_us == 0)
		fetch->result.first_byte_us =
			bw_mono_since(io_loop_mono(fetch->loop), fetch->started);
	if (len > fetch->got.limit - fetch->got.len)
		len = fetch->got.limit - fetch->got.len;
	bw_buf_append(&fetch->got, data, len);
	look(fetch, false);
}

static void on_end(void *arg)
{
	struct io_fetch *fetch = arg;

	if (!fetch->end.queued)
		look(fetch, true);
}

static void on_failed(void *arg, const struct io_error *error)
{
	struct io_fetch *fetch = arg;

	if (fetch->end.queued)
		return;
	fetch->result.error = *error;
	fake_event_start(&fetch->end, 0);
}

/* "https://user@host:8080/path" into the stream's options, the host and the path. */
static bool take_url(struct io_fetch *fetch, const char *url, struct io_stream_options *out)
{
	bool secure = strncasecmp(url, "https://", 8) == 0;
	const char *host = strstr(url, "://");
	size_t len;
	char *colon;

	if (!host || (!secure && strncasecmp(url, "http://", 7) != 0))
		return false;
	host += 3;
	len = strcspn(host, "/?#");
	if (len == 0 || len >= HOST_MAX)
		return false;
	snprintf(fetch->host, HOST_MAX, "%.*s", (int)len, host);
	fetch->path = xstrdup(host[len] ? host + len : "/");
	out->port = secure ? 443 : 80;
	out->tls.enabled = secure;
	colon = strrchr(fetch->host, ':');
	if (colon && !strchr(colon, ']')) {
		out->port = (int)strtol(colon + 1, NULL, 10);
		*colon = '\0';
	}
	out->host = fetch->host;
	return true;
}

const char *fake_fetch_asked(const struct io_loop *loop)
{
	return loop->asked ? loop->asked : "";
}

const char *fake_fetch_body(const struct io_loop *loop)
{
	return loop->asked_body ? loop->asked_body : "";
}

static void keep_asked(struct io_loop *loop, const struct io_fetch_options *options)
{
	struct bw_buf text;

	bw_buf_init(&text, 0);
	bw_buf_format(&text, "%s %s\n",
		      options->method ? options->method
		      : options->body ? "POST"
				      : "GET",
		      options->url);
	for (size_t i = 0; options->headers && options->headers[i]; i++)
		bw_buf_format(&text, "%s\n", options->headers[i]);
	if (options->user)
		bw_buf_format(&text, "%s: %s\n", options->user,
			      options->password ? options->password : "");
	if (options->bearer)
		bw_buf_format(&text, "bearer: %s\n", options->bearer);
	free(loop->asked);
	loop->asked = bw_buf_take(&text, NULL);
	free(loop->asked_body);
	loop->asked_body = fake_bytes(options->body, options->body_len);
}

enum bw_status io_fetch_start(struct io_loop *loop, const struct io_fetch_options *options,
			      io_fetch_callback *callback, void *arg, struct io_fetch **out,
			      struct bw_error *err)
{
	static const struct io_stream_events events = { on_open, on_data, on_end, on_failed };
	struct io_fetch *fetch = xcalloc(1, sizeof(*fetch));
	struct io_stream_options stream = { .tls = options->tls };
	enum bw_status status = BW_EINVAL;

	keep_asked(loop, options);
	fetch->loop = loop;
	fetch->callback = callback;
	fetch->arg = arg;
	fetch->started = io_loop_mono(loop);
	fetch->keep_body = options->max_body_bytes > 0;
	fetch->max_body = fetch->keep_body ? options->max_body_bytes : BODY_STANDARD_MAX;
	fetch->result.http_version = "";
	snprintf(fetch->method, sizeof(fetch->method), "%s",
		 options->method ? options->method
		 : options->body ? "POST"
				 : "GET");
	bw_buf_init(&fetch->got, fetch->max_body + (2 << 20));
	fake_event_init(&fetch->end, loop, tell, fetch);
	if (take_url(fetch, options->url, &stream)) {
		if (options->unix_path)
			stream.host = options->unix_path;
		status = io_stream_open(loop, &stream, &events, fetch, &fetch->stream, err);
	}
	if (status != BW_OK) {
		io_fetch_stop(fetch);
		return bw_fail(err, status, "cannot ask %s: not a usable URL", options->url);
	}
	snprintf(fetch->result.peer, sizeof(fetch->result.peer), "%.63s",
		 io_stream_peer(fetch->stream));
	*out = fetch;
	return BW_OK;
}

void io_fetch_stop(struct io_fetch *fetch)
{
	if (!fetch)
		return;
	io_stream_close(fetch->stream);
	fake_event_stop(&fetch->end);
	fetch->loop->alive--;
	bw_buf_finish(&fetch->got);
	free(fetch->path);
	free(fetch);
}
