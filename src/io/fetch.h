/* fetch.h - one HTTP request over libcurl, fresh connection, names resolved by io/resolver.
 *
 * Owns:    the request, until io_fetch_stop(), which every started one needs, after its callback
 *          too, or in it; options are copied.
 * Limits:  the body is kept up to max_body_bytes (the rest is not read: the transfer ends, `cut` is
 *          set); headers up to 64 KB.
 * Callback: exactly once after start succeeded, never before it returns, never after _stop().
 * Threads: the loop's; no threads of its own.
 */
#ifndef BW_IO_FETCH_H
#define BW_IO_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "io/certificate.h"
#include "io/failure.h"
#include "io/loop.h"
#include "io/stream.h"

enum io_http_version { IO_HTTP_ANY, IO_HTTP_1_1, IO_HTTP_2, IO_HTTP_2_PRIOR_KNOWLEDGE };

struct io_fetch_options {
	const char *url;            /* http or https */
	const char *method;         /* NULL: GET, or POST with a body */
	const char *const *headers; /* "Name: value", ended by NULL; or NULL */
	const char *body;
	size_t body_len;
	const char *user, *password; /* basic authentication */
	const char *bearer;
	const char *proxy;      /* http://, socks5://; NULL: none (no environment is read) */
	const char *unix_path;  /* connect here, whatever the URL's host; NULL */
	const char *user_agent; /* NULL: "bellwether/<version>" */
	int redirects_max;      /* 0: a redirect is an answer like any other */
	enum io_http_version version;
	size_t max_body_bytes;     /* 0: the body is not kept, but read up to 1 MiB */
	struct io_tls_options tls; /* `enabled` follows the URL */
};

struct io_fetch_result {
	struct io_error error; /* failure is IO_OK when an HTTP answer came */
	int status;            /* of the last answer; 0 when none came */
	const char *headers;   /* raw lines of the last answer, "\r\n" between them; borrowed */
	size_t headers_len;
	const char *body; /* decompressed; borrowed; not NUL-terminated */
	size_t body_len;
	bool cut; /* the body was longer than max_body_bytes */
	int redirects;
	const char *http_version; /* "1.0", "1.1", "2"; static */
	char peer[64];            /* "127.0.0.1:80" */
	int64_t resolved_us, connected_us, secured_us, first_byte_us, total_us; /* since start */
	struct io_certificate certificate;
};

struct io_fetch;

typedef void io_fetch_callback(void *arg, const struct io_fetch_result *result);

BW_MUST_USE enum bw_status io_fetch_start(struct io_loop *loop,
					  const struct io_fetch_options *options,
					  io_fetch_callback *callback, void *arg,
					  struct io_fetch **out, struct bw_error *err);
/* NULL is allowed. */
void io_fetch_stop(struct io_fetch *fetch);

#endif
