/* stream.h - one outgoing connection, plain or TLS, by name or address or Unix path.
 *
 * Owns:    the connection. Reading starts at once.
 * Limits:  IO_STREAM_QUEUE_MAX bytes wait to be written.
 * Errors:  io_stream_open() fails only for a bad request; all else comes as on_failed.
 * Callbacks: after open succeeded, on_open at most once and before any on_data; then exactly one of
 *          on_end (orderly close by the peer) or on_failed, unless io_stream_close() came first.
 *          After io_stream_close() nothing comes. Closing inside a callback is allowed.
 * Threads: the loop's.
 */
#ifndef BW_IO_STREAM_H
#define BW_IO_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "io/certificate.h"
#include "io/failure.h"
#include "io/loop.h"

enum { IO_STREAM_QUEUE_MAX = 1 << 20 };

struct io_stream;

struct io_tls_options {
	bool enabled;
	bool verify;             /* chain against the system's store or ca_file, and the name */
	bool report_only;        /* go on with a bad certificate and say so in io_certificate */
	const char *server_name; /* SNI and the name verified; NULL: the host */
	const char *ca_file;     /* PEM, instead of the system's; NULL */
	const char *certificate_file, *key_file; /* our own; NULL */
};

struct io_stream_options {
	const char
		*host; /* name, IPv4, IPv6 without brackets, or an absolute path: a Unix socket */
	int port;
	struct io_tls_options tls;
};

/* Durations since open; 0 for a step that did not happen. */
struct io_stream_timing {
	int64_t resolved_us, connected_us, secured_us;
};

struct io_stream_events {
	void (*on_open)(void *arg);
	void (*on_data)(void *arg, const char *data, size_t len); /* borrowed for the call */
	void (*on_end)(void *arg);
	void (*on_failed)(void *arg, const struct io_error *error);
};

BW_MUST_USE enum bw_status io_stream_open(struct io_loop *loop,
					  const struct io_stream_options *options,
					  const struct io_stream_events *events, void *arg,
					  struct io_stream **out, struct bw_error *err);
/* PostgreSQL-like protocols: TLS begins in the middle; on_open comes again when it stands. */
BW_MUST_USE enum bw_status io_stream_start_tls(struct io_stream *stream);
/* Copies. BW_ELIMIT when the queue is full. */
BW_MUST_USE enum bw_status io_stream_write(struct io_stream *stream, const void *data, size_t len);
void io_stream_timing(const struct io_stream *stream, struct io_stream_timing *out);
/* "10.0.0.7:5432", "" before it is known. Borrowed. */
const char *io_stream_peer(const struct io_stream *stream);
/* present is false for a plain stream. */
void io_stream_certificate(const struct io_stream *stream, struct io_certificate *out);
/* NULL is allowed. */
void io_stream_close(struct io_stream *stream);

#endif
