/* fake_stream.c - a connection that walks through its peer's steps, one event at a time.
 *
 * The next event is queued before a callback is called, because the callback may close the stream.
 */
#include "support/fake_world.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/xalloc.h"
#include "io/stream.h"

#define FAKE_CERTIFICATE_LIFE_US (90 * INT64_C(86400) * BW_SECOND_US)

enum state { CONNECTING, OPEN, OVER };

struct io_stream {
	struct fake_event event;
	struct io_stream_events events;
	void *arg;
	const struct fake_peer *peer;
	struct io_tls_options tls;
	char *host;
	char address[128];
	enum io_failure name_failure;
	enum state state;
	bool secured;
	int64_t opened_at_us, connected_us, secured_us;
	size_t step, sent; /* `sent` bytes of the step are gone already */
	bool waited;       /* the step's wait has been queued */
	struct bw_buf received;
};

static void fail(struct io_stream *stream, enum io_failure failure, const char *text)
{
	struct io_error error;

	fake_error(&error, failure, failure == IO_NO_SUCH_NAME ? stream->host : stream->address);
	if (text)
		snprintf(error.text, sizeof(error.text), "%s", text);
	stream->state = OVER;
	stream->events.on_failed(stream->arg, &error);
}

static void fill_certificate(const struct io_stream *stream, struct io_certificate *out)
{
	struct bw_wall now = io_loop_wall(stream->event.loop);

	*out = stream->peer->certificate;
	if (out->present)
		return;
	*out = (struct io_certificate){ .present = true, .chain_length = 2, .verified = true };
	out->not_before = now;
	out->not_after = (struct bw_wall){ now.us + FAKE_CERTIFICATE_LIFE_US };
	out->chain_not_after = out->not_after;
	snprintf(out->subject, sizeof(out->subject), "%s", stream->host);
	snprintf(out->issuer, sizeof(out->issuer), "Fake Authority");
	snprintf(out->alternative_names, sizeof(out->alternative_names), "%s", stream->host);
	snprintf(out->protocol, sizeof(out->protocol), "TLSv1.3");
	snprintf(out->cipher, sizeof(out->cipher), "TLS_AES_256_GCM_SHA384");
}

/* false: the handshake failed and the stream may be gone. */
static bool secure(struct io_stream *stream)
{
	struct io_certificate certificate;
	char text[IO_ERROR_TEXT_MAX];

	if (stream->peer->plain) {
		fail(stream, IO_TLS, NULL);
		return false;
	}
	fill_certificate(stream, &certificate);
	if (stream->tls.verify && !stream->tls.report_only && !certificate.verified) {
		snprintf(text, sizeof(text), "certificate of %.100s: %.120s", stream->address,
			 certificate.verify_error);
		fail(stream, IO_TLS, text);
		return false;
	}
	stream->secured = true;
	stream->secured_us = io_loop_mono(stream->event.loop).us - stream->opened_at_us;
	return true;
}

static void connected(struct io_stream *stream)
{
	if (stream->name_failure != IO_OK) {
		fail(stream, stream->name_failure, NULL);
		return;
	}
	if (stream->peer->connect != IO_OK) {
		fail(stream, stream->peer->connect, NULL);
		return;
	}
	stream->connected_us = io_loop_mono(stream->event.loop).us - stream->opened_at_us;
	if (stream->tls.enabled && !secure(stream))
		return;
	stream->state = OPEN;
	fake_event_start(&stream->event, 0);
	stream->events.on_open(stream->arg);
}

static void send_piece(struct io_stream *stream, const struct fake_step *step)
{
	size_t len = step->len - stream->sent;
	const char *data = step->bytes + stream->sent;

	if (stream->peer->piece > 0 && len > stream->peer->piece)
		len = stream->peer->piece;
	stream->sent += len;
	if (stream->sent >= step->len) {
		stream->step++;
		stream->sent = 0;
	}
	fake_event_start(&stream->event, 0);
	if (len > 0)
		stream->events.on_data(stream->arg, data, len);
}

static void await(struct io_stream *stream, const struct fake_step *step)
{
	const struct bw_buf *got = &stream->received;

	if (got->len == 0 || !memmem(got->data, got->len, step->bytes, step->len))
		return;
	bw_buf_clear(&stream->received);
	stream->step++;
	fake_event_start(&stream->event, 0);
}

static void wait_step(struct io_stream *stream, const struct fake_step *step)
{
	bool over = stream->waited;

	stream->waited = !over;
	if (over)
		stream->step++;
	fake_event_start(&stream->event, over ? 0 : step->us);
}

static void next_step(struct io_stream *stream)
{
	const struct fake_step *step;

	if (stream->step >= stream->peer->step_count)
		return;
	step = &stream->peer->steps[stream->step];
	switch (step->action) {
	case FAKE_SEND:
		send_piece(stream, step);
		break;
	case FAKE_AWAIT:
		await(stream, step);
		break;
	case FAKE_WAIT:
		wait_step(stream, step);
		break;
	case FAKE_END:
		stream->state = OVER;
		stream->events.on_end(stream->arg);
		break;
	case FAKE_RESET:
		fail(stream, IO_RESET, NULL);
		break;
	}
}

static void on_event(void *arg)
{
	struct io_stream *stream = arg;

	if (stream->state == CONNECTING)
		connected(stream);
	else if (stream->state == OPEN)
		next_step(stream);
}

static bool is_numeric(const char *host)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

static void set_address(struct io_stream *stream, const struct io_stream_options *options)
{
	const char *host = options->host;

	if (host[0] == '/')
		snprintf(stream->address, sizeof(stream->address), "%s", host);
	else if (strchr(host, ':'))
		snprintf(stream->address, sizeof(stream->address), "[%s]:%d", host, options->port);
	else
		snprintf(stream->address, sizeof(stream->address), "%s:%d", host, options->port);
}

enum bw_status io_stream_open(struct io_loop *loop, const struct io_stream_options *options,
			      const struct io_stream_events *events, void *arg,
			      struct io_stream **out, struct bw_error *err)
{
	struct io_stream *stream;

	if (!options->host || options->host[0] == '\0')
		return bw_fail(err, BW_EINVAL, "no host to connect to");
	stream = xcalloc(1, sizeof(*stream));
	fake_event_init(&stream->event, loop, on_event, stream);
	stream->events = *events;
	stream->arg = arg;
	stream->tls = options->tls;
	stream->host = xstrdup(options->host);
	set_address(stream, options);
	stream->peer = fake_peer_find(loop, stream->address);
	if (options->host[0] != '/' && !is_numeric(options->host))
		stream->name_failure = fake_name_failure(loop, options->host);
	stream->opened_at_us = io_loop_mono(loop).us;
	bw_buf_init(&stream->received, IO_STREAM_QUEUE_MAX);
	loop->connections++;
	if (!stream->peer->mute || stream->name_failure != IO_OK)
		fake_event_start(&stream->event, stream->peer->connect_us);
	*out = stream;
	return BW_OK;
}

static void on_started_tls(struct io_stream *stream)
{
	if (!secure(stream))
		return;
	stream->state = OPEN;
	fake_event_start(&stream->event, 0);
	stream->events.on_open(stream->arg);
}

static void on_tls_event(void *arg)
{
	struct io_stream *stream = arg;

	stream->event.fire = on_event;
	on_started_tls(stream);
}

enum bw_status io_stream_start_tls(struct io_stream *stream)
{
	if (stream->state != OPEN)
		return BW_EINVAL;
	stream->event.fire = on_tls_event;
	fake_event_start(&stream->event, 0);
	return BW_OK;
}

enum bw_status io_stream_write(struct io_stream *stream, const void *data, size_t len)
{
	bw_buf_append(&stream->received, data, len);
	if (stream->received.status != BW_OK)
		return BW_ELIMIT;
	if (stream->state == OPEN && !stream->event.queued)
		fake_event_start(&stream->event, 0);
	return BW_OK;
}

void io_stream_timing(const struct io_stream *stream, struct io_stream_timing *out)
{
	*out = (struct io_stream_timing){ .connected_us = stream->connected_us,
					  .secured_us = stream->secured_us };
}

const char *io_stream_peer(const struct io_stream *stream)
{
	return stream->address;
}

void io_stream_certificate(const struct io_stream *stream, struct io_certificate *out)
{
	*out = (struct io_certificate){ 0 };
	if (stream->secured)
		fill_certificate(stream, out);
}

void io_stream_close(struct io_stream *stream)
{
	if (!stream)
		return;
	fake_event_stop(&stream->event);
	stream->event.loop->alive--;
	bw_buf_finish(&stream->received);
	free(stream->host);
	free(stream);
}
