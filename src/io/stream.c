/* stream.c - a state machine over one non-blocking socket: connecting, securing, open, ended.
 *
 * Bytes go straight between the socket (or OpenSSL, which reads the socket itself) and the caller;
 * only what could not be written at once is kept. While a callback runs, `busy` is not zero: a
 * close in there lets go of everything but the block itself, which the outermost frame frees.
 *
 * One turn reads at most ROUNDS_MAX buffers from a peer, so that a fast one cannot starve the
 * others; what is left is announced again. That holds for TLS too: OpenSSL reads no further than
 * the record at hand, and READ_SIZE is the largest record.
 *
 * Invariant: after on_end or on_failed the watch is gone, so nothing can come any more.
 */
#include "io/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "io/connect.h"
#include "io/failure_internal.h"
#include "io/loop_internal.h"
#include "io/tls.h"

enum { READ_SIZE = 16384, ROUNDS_MAX = 8, PORT_MAX = 65535 };

enum state { CONNECTING, SECURING, OPEN, ENDED };

struct io_stream {
	struct io_loop *loop;
	struct io_stream_events events;
	void *arg;
	enum state state;
	int fd;
	int busy;
	bool closed;
	bool write_waits_for_read; /* TLS only: a key update */
	struct io_connect *connect;
	struct io_watch *watch;
	struct io_deferred later; /* begins TLS, or tells of `error` */
	struct io_tls *tls;
	struct io_tls_options tls_options; /* its texts are owned */
	char *host;
	struct bw_buf queue;
	size_t queue_sent; /* bytes at the front of `queue` that are gone */
	struct bw_mono opened;
	struct io_stream_timing timing;
	struct io_error *error; /* found while writing, not yet told; or NULL */
	char peer[IO_PEER_TEXT_MAX];
};

static int64_t since_open_us(const struct io_stream *stream)
{
	return bw_mono_since(io_loop_mono(stream->loop), stream->opened);
}

static char *copy_or_null(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

static void let_go(struct io_stream *stream)
{
	io_deferred_cancel(&stream->later);
	io_connect_stop(stream->connect);
	stream->connect = NULL;
	io_watch_destroy(stream->watch);
	stream->watch = NULL;
	io_tls_destroy(stream->tls);
	stream->tls = NULL;
	if (stream->fd >= 0)
		close(stream->fd);
	stream->fd = -1;
}

static void release(struct io_stream *stream)
{
	let_go(stream);
	bw_buf_finish(&stream->queue);
	free((char *)stream->tls_options.server_name);
	free((char *)stream->tls_options.ca_file);
	free((char *)stream->tls_options.certificate_file);
	free((char *)stream->tls_options.key_file);
	free(stream->host);
	free(stream->error);
	free(stream);
}

/* Every call out goes between enter() and leave(); leave() says whether the stream still lives. */
static void enter(struct io_stream *stream)
{
	stream->busy++;
}

static bool leave(struct io_stream *stream)
{
	stream->busy--;
	if (!stream->closed)
		return true;
	if (stream->busy == 0)
		release(stream);
	return false;
}

static void end_watch(struct io_stream *stream)
{
	stream->state = ENDED;
	io_deferred_cancel(&stream->later);
	io_watch_destroy(stream->watch);
	stream->watch = NULL;
}

static void fail(struct io_stream *stream, const struct io_error *error)
{
	end_watch(stream);
	stream->events.on_failed(stream->arg, error);
}

static void end(struct io_stream *stream)
{
	end_watch(stream);
	stream->events.on_end(stream->arg);
}

static bool has_queue(const struct io_stream *stream)
{
	return stream->queue.len > stream->queue_sent;
}

static void watch_for(struct io_stream *stream, unsigned events)
{
	struct io_error error;

	if (io_watch_set(stream->watch, events) == BW_OK)
		return;
	io_error_set_errno(&error, ENOMEM, stream->peer);
	fail(stream, &error);
}

static unsigned open_events(const struct io_stream *stream)
{
	bool wants_write = has_queue(stream) && !stream->write_waits_for_read;

	return IO_READABLE | (wants_write ? IO_WRITABLE : 0u);
}

/* Writing */

static enum io_tls_step write_plain(struct io_stream *stream, const char *data, size_t len,
				    size_t *written, struct io_error *error)
{
	ssize_t sent = send(stream->fd, data, len, MSG_NOSIGNAL);

	if (sent >= 0) {
		*written = (size_t)sent;
		return IO_TLS_DONE;
	}
	if (errno == EAGAIN || errno == EINTR)
		return IO_TLS_WANT_WRITE;
	io_error_set_errno(error, errno, stream->peer);
	return IO_TLS_FAILED;
}

static enum io_tls_step write_some(struct io_stream *stream, const char *data, size_t len,
				   size_t *written, struct io_error *error)
{
	if (stream->tls)
		return io_tls_write(stream->tls, data, len, written, error);
	return write_plain(stream, data, len, written, error);
}

/* Sends what is queued. False when the connection broke; `error` then says how. */
static bool flush(struct io_stream *stream, struct io_error *error)
{
	size_t written;

	stream->write_waits_for_read = false;
	while (has_queue(stream)) {
		enum io_tls_step step =
			write_some(stream, stream->queue.data + stream->queue_sent,
				   stream->queue.len - stream->queue_sent, &written, error);

		if (step == IO_TLS_FAILED)
			return false;
		if (step != IO_TLS_DONE) {
			stream->write_waits_for_read = step == IO_TLS_WANT_READ;
			return true;
		}
		stream->queue_sent += written;
	}
	bw_buf_finish(&stream->queue);
	bw_buf_init(&stream->queue, 0);
	stream->queue_sent = 0;
	return true;
}

static void drop_sent(struct io_stream *stream)
{
	size_t left = stream->queue.len - stream->queue_sent;

	if (stream->queue_sent == 0)
		return;
	memmove(stream->queue.data, stream->queue.data + stream->queue_sent, left);
	stream->queue.len = left;
	stream->queue_sent = 0;
}

enum bw_status io_stream_write(struct io_stream *stream, const void *data, size_t len)
{
	struct io_error error;

	if (stream->state == ENDED || stream->error)
		return BW_EINVAL;
	if (stream->queue.len - stream->queue_sent + len > IO_STREAM_QUEUE_MAX)
		return BW_ELIMIT;
	drop_sent(stream);
	bw_buf_append(&stream->queue, data, len);
	if (stream->queue.status != BW_OK)
		return stream->queue.status;
	if (stream->state != OPEN)
		return BW_OK;
	if (!flush(stream, &error)) {
		stream->error = xmalloc(sizeof(error));
		*stream->error = error;
	}
	if (stream->error || io_watch_set(stream->watch, open_events(stream)) != BW_OK)
		io_deferred_schedule(&stream->later);
	return BW_OK;
}

/* Reading */

static enum io_tls_step read_plain(struct io_stream *stream, char *data, size_t *len,
				   struct io_error *error)
{
	ssize_t got = recv(stream->fd, data, READ_SIZE, 0);

	if (got > 0) {
		*len = (size_t)got;
		return IO_TLS_DONE;
	}
	if (got == 0)
		return IO_TLS_CLOSED;
	if (errno == EAGAIN || errno == EINTR)
		return IO_TLS_WANT_READ;
	io_error_set_errno(error, errno, stream->peer);
	return IO_TLS_FAILED;
}

static enum io_tls_step read_some(struct io_stream *stream, char *data, size_t *len,
				  struct io_error *error)
{
	if (stream->tls)
		return io_tls_read(stream->tls, data, READ_SIZE, len, error);
	return read_plain(stream, data, len, error);
}

/* Inside enter() and leave(). */
static void read_on(struct io_stream *stream)
{
	char data[READ_SIZE];
	struct io_error error;
	size_t len;

	for (int round = 0; round < ROUNDS_MAX; round++) {
		enum io_tls_step step = read_some(stream, data, &len, &error);

		if (step == IO_TLS_CLOSED) {
			end(stream);
			return;
		}
		if (step == IO_TLS_FAILED) {
			fail(stream, &error);
			return;
		}
		if (step != IO_TLS_DONE)
			return;
		stream->events.on_data(stream->arg, data, len);
		if (stream->closed || stream->state != OPEN)
			return;
	}
}

/* Securing */

static void become_open(struct io_stream *stream)
{
	struct io_error error;

	stream->state = OPEN;
	if (!flush(stream, &error)) {
		fail(stream, &error);
		return;
	}
	watch_for(stream, open_events(stream));
	if (stream->state != OPEN)
		return;
	stream->events.on_open(stream->arg);
}

static void secure_on(struct io_stream *stream)
{
	struct io_error error;
	enum io_tls_step step = io_tls_handshake(stream->tls, stream->fd, stream->peer, &error);

	if (step == IO_TLS_WANT_READ) {
		watch_for(stream, IO_READABLE);
	} else if (step == IO_TLS_WANT_WRITE) {
		watch_for(stream, IO_WRITABLE);
	} else if (step == IO_TLS_DONE) {
		stream->timing.secured_us = since_open_us(stream);
		become_open(stream);
	} else {
		fail(stream, &error);
	}
}

static void begin_tls(struct io_stream *stream)
{
	struct io_error error;

	stream->state = SECURING;
	if (io_tls_create(stream->loop, &stream->tls_options, stream->host, &stream->tls, &error) !=
	    BW_OK) {
		fail(stream, &error);
		return;
	}
	secure_on(stream);
}

/* Inside enter() and leave(). */
static void go_on(struct io_stream *stream, unsigned events)
{
	struct io_error error;

	if (stream->state == SECURING && !stream->tls) {
		begin_tls(stream);
		return;
	}
	if (stream->state == SECURING) {
		secure_on(stream);
		return;
	}
	if ((events & IO_WRITABLE || stream->write_waits_for_read) && has_queue(stream)) {
		if (!flush(stream, &error)) {
			fail(stream, &error);
			return;
		}
		watch_for(stream, open_events(stream));
	}
	if (events & IO_READABLE && stream->state == OPEN)
		read_on(stream);
}

static void socket_ready(void *arg, unsigned events, int error_number)
{
	struct io_stream *stream = arg;

	enter(stream);
	go_on(stream, error_number ? IO_READABLE : events);
	if (!stream->closed && stream->state == OPEN)
		watch_for(stream, open_events(stream));
	leave(stream);
}

static void later(void *arg)
{
	struct io_stream *stream = arg;

	enter(stream);
	if (stream->error)
		fail(stream, stream->error);
	else
		go_on(stream, IO_READABLE);
	leave(stream);
}

enum bw_status io_stream_start_tls(struct io_stream *stream)
{
	if (stream->state != OPEN || stream->tls || has_queue(stream))
		return BW_EINVAL;
	stream->state = SECURING;
	io_deferred_schedule(&stream->later);
	return BW_OK;
}

/* Opening and closing */

static void connected(void *arg, const struct io_connected *connection,
		      const struct io_error *error)
{
	struct io_stream *stream = arg;

	stream->connect = NULL;
	memcpy(stream->peer, connection->peer, sizeof(stream->peer));
	stream->timing.resolved_us = connection->resolved_us;
	enter(stream);
	if (error) {
		fail(stream, error);
		leave(stream);
		return;
	}
	stream->fd = connection->fd;
	stream->timing.connected_us = since_open_us(stream);
	stream->watch = io_watch_create(stream->loop, stream->fd, socket_ready, stream);
	if (stream->tls_options.enabled)
		begin_tls(stream);
	else
		become_open(stream);
	leave(stream);
}

static enum bw_status check_options(const struct io_stream_options *options, struct bw_error *err)
{
	if (!options->host || !options->host[0])
		return bw_fail(err, BW_EINVAL, "cannot connect: no host is given");
	if (options->host[0] != '/' && (options->port < 1 || options->port > PORT_MAX))
		return bw_fail(err, BW_EINVAL, "cannot connect to %s: port %d is not in 1..%d",
			       options->host, options->port, PORT_MAX);
	return io_tls_check_options(&options->tls, err);
}

enum bw_status io_stream_open(struct io_loop *loop, const struct io_stream_options *options,
			      const struct io_stream_events *events, void *arg,
			      struct io_stream **out, struct bw_error *err)
{
	struct io_stream *stream;
	enum bw_status status = check_options(options, err);

	if (status != BW_OK)
		return status;
	stream = xcalloc(1, sizeof(*stream));
	stream->loop = loop;
	stream->events = *events;
	stream->arg = arg;
	stream->fd = -1;
	stream->host = xstrdup(options->host);
	stream->tls_options = options->tls;
	stream->tls_options.server_name = copy_or_null(options->tls.server_name);
	stream->tls_options.ca_file = copy_or_null(options->tls.ca_file);
	stream->tls_options.certificate_file = copy_or_null(options->tls.certificate_file);
	stream->tls_options.key_file = copy_or_null(options->tls.key_file);
	bw_buf_init(&stream->queue, 0);
	io_deferred_init(&stream->later, loop, later, stream);
	stream->opened = io_loop_mono(loop);
	stream->connect = io_connect_start(loop, options->host, options->port, connected, stream);
	*out = stream;
	return BW_OK;
}

void io_stream_timing(const struct io_stream *stream, struct io_stream_timing *out)
{
	*out = stream->timing;
}

const char *io_stream_peer(const struct io_stream *stream)
{
	return stream->peer;
}

void io_stream_certificate(const struct io_stream *stream, struct io_certificate *out)
{
	const struct io_certificate *shown = stream->tls ? io_tls_certificate(stream->tls) : NULL;

	*out = shown ? *shown : (struct io_certificate){ .present = false };
}

void io_stream_close(struct io_stream *stream)
{
	if (!stream)
		return;
	stream->closed = true;
	if (stream->busy > 0)
		let_go(stream);
	else
		release(stream);
}
