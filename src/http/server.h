/* server.h - a small strict HTTP/1.1 server on its own thread; it knows no health.
 *
 * Two ways to answer: a published resource is a finished, shared, reference-counted body that the
 * server's thread sends without asking anybody; a route is a handler that runs on the owner's loop
 * (the one given at creation) and answers when it can. Readers can therefore never starve the
 * owner.
 *
 * Owns:    its thread, sockets, bodies. Everything given is copied or reference-counted.
 * Threads: every call from the owner's thread; bodies may be released from any.
 * Limits:  struct http_limits; each has its answer (431, 414, 413, 408, 503) or closes.
 */
#ifndef BW_HTTP_SERVER_H
#define BW_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "io/loop.h"

struct http_server;
struct http_request;
struct http_body;
struct http_topic;

/* A field of 0 means its default. */
struct http_limits {
	int connections_max;         /* 4096 beside the streams; beyond it the longest idle one is
					closed, else 503 */
	int streams_max;             /* 16384: subscribers of all topics; beyond it: 503 */
	size_t header_bytes_max;     /* 8 KiB: the whole head; 431 */
	size_t target_bytes_max;     /* 4 KiB; 414 */
	size_t body_bytes_max;       /* 256 KiB; 413 */
	int64_t head_timeout_us;     /* 10 s from the first byte of a head, and for a silent new
					connection */
	int64_t idle_timeout_us;     /* 60 s between requests */
	int64_t body_timeout_us;     /* 30 s from the end of a head to the end of its body; 408 */
	int64_t write_timeout_us;    /* 30 s without progress: closed */
	size_t outgoing_bytes_max;   /* 64 MiB: bodies that wait for slow clients, each body once;
					beyond it the client without progress for longest is
					cut. Answers of handlers beyond it: 503 */
	size_t incoming_bytes_max;   /* 16 MiB: bodies that come in slowly, and as much of those
					that wait for their handler; beyond it: 503 */
	size_t stream_backlog_bytes; /* 1 MiB a topic: a subscriber further behind is sent the
					snapshot anew */
};

extern const struct http_limits http_limits_default;

struct http_server_config {
	const char *const *listen; /* "127.0.0.1:8090", "[::1]:0", "unix:/run/bellwether.sock";
				      ended by NULL */
	/* Host names a browser may use for this server, beside the addresses listened on and
	 * localhost: another Host is refused with 421, so that a foreign page cannot reach it by
	 * DNS rebinding. A single "*" allows all. Ended by NULL; NULL: none. */
	const char *const *allowed_hosts;
	struct http_limits limits;
	/* One line a request for the log, on the owner's loop; NULL: none. */
	void (*on_request)(void *arg, const char *method, const char *target, int status,
			   int64_t us);
	void *arg;
};

enum http_method {
	HTTP_GET, /* HEAD comes as GET; the server sends no body */
	HTTP_POST,
	HTTP_PUT,
	HTTP_DELETE,
};

/* A route: the pattern's {words} match one path segment each (percent-decoded, at most 4 of them).
 * The table is const, sorted by pattern, ended by a row without a pattern. OPTIONS, HEAD, 404 and
 * 405 with Allow come from it. A POST, PUT or DELETE whose Origin is not this server is refused
 * with 403. */
struct http_route {
	enum http_method method;
	const char *pattern;
	void (*handle)(struct http_request *request, void *arg);
};

/* On the owner's loop, valid until http_respond(). */
const char *http_request_path(const struct http_request *request);
const char *http_request_part(const struct http_request *request,
			      int nth); /* "" when there is none */
/* Decoded query value; NULL when absent. The first of several. */
const char *http_request_query(const struct http_request *request, const char *name);
/* The nth of several, from 0. */
const char *http_request_query_nth(const struct http_request *request, const char *name, int nth);
const char *http_request_body(const struct http_request *request, size_t *len);

/* Answers and ends the request; exactly once for each, at once or later, at the latest before
 * http_server_destroy(). A client that went away meanwhile is no error. `body` is borrowed (as
 * every pointer passed in): release your own reference. NULL: no body. 200 gets an ETag and may
 * become a 304; gzip as the client likes. */
void http_respond(struct http_request *request, int status, struct http_body *body);
/* An RFC 9457 problem document: title from the status, detail formatted and JSON-escaped, cut with
 * "..." at 1,023 bytes. */
void http_respond_problem(struct http_request *request, int status, const char *format, ...)
	BW_PRINTF(3, 4);
/* A header of the response, before http_respond(); 16 KiB of them at most, else the answer is 500.
 * Date, Content-Type, Content-Length, ETag, Vary and Connection are the server's. */
void http_response_header(struct http_request *request, const char *name, const char *value);

struct http_bytes {
	const void *data;
	size_t len;
};

/* Immutable bytes with their type; one reference to the caller. Takes `data` (malloc). gzip is made
 * at most once, on the server's thread, when first asked for; ETag is a hash of the bytes. */
struct http_body *http_body_create(char *data, size_t len, const char *content_type);
/* Bytes that outlive every server: not copied. */
struct http_body *http_body_static(const void *data, size_t len, const char *content_type);
/* The same with its compressed form, which outlives every server too; nothing is compressed again.
 */
struct http_body *http_body_static_gzip(struct http_bytes plain, struct http_bytes gzip,
					const char *content_type);
struct http_body *http_body_retain(struct http_body *body);
void http_body_release(struct http_body *body);

BW_MUST_USE enum bw_status http_server_create(struct io_loop *owner,
					      const struct http_server_config *config,
					      const struct http_route *routes, void *routes_arg,
					      struct http_server **out, struct bw_error *err);
/* Binds and begins. The error names the address and who may be using it. */
BW_MUST_USE enum bw_status http_server_start(struct http_server *server, struct bw_error *err);
/* The bound address of listener `nth` with the kernel's port, "127.0.0.1:43211"; NULL beyond. */
const char *http_server_address(const struct http_server *server, int nth);
/* Stops accepting, finishes what is in flight for up to `grace_us`, joins the thread. Requests that
 * wait for the owner are handled first; those still unanswered then get 503 (answering them later
 * is allowed and does nothing). */
void http_server_stop(struct http_server *server, int64_t grace_us);
void http_server_destroy(struct http_server *server);

/* GET and HEAD of `path` answer with `body` from now on (retained); status 200 unless told
 * otherwise. `cache_control` is static: "no-cache", "public, max-age=31536000, immutable". */
void http_server_publish(struct http_server *server, const char *path, int status,
			 struct http_body *body, const char *cache_control);
/* Headers added to every response that has none of that name itself:
 * "Content-Security-Policy: ...". Static, ended by NULL. */
void http_server_set_headers(struct http_server *server, const char *const *lines);

/* Server-sent events at `path`. A new subscriber first gets the snapshot, then every event after
 * it; with a Last-Event-ID that is still in the ring it gets only what it missed. */
struct http_topic *http_topic_create(struct http_server *server, const char *path,
				     size_t ring_events);
/* What a new subscriber gets first: body's bytes as the data of `event`, with the id of the latest
 * event. Newlines in JSON are none; the bytes must hold no '\n'. Set it anew at least every
 * ring_events events, or a new subscriber misses those between it and the ring. */
void http_topic_set_snapshot(struct http_topic *topic, const char *event, struct http_body *body);
/* To all subscribers; returns the event's id (1, 2, ...). `data` holds no '\n'. `keep` false: a
 * heartbeat, sent but not kept for resuming (it carries no id, and the latest one is returned);
 * a subscriber that is behind does not get it. On the wire the id is "7-<start of the topic>", so
 * that an id of an earlier run of the program is never taken for one of this run. The ring also
 * forgets what is more than limits.stream_backlog_bytes behind. */
uint64_t http_topic_publish(struct http_topic *topic, const char *event, const char *data,
			    size_t len, bool keep);
int http_topic_subscribers(const struct http_topic *topic);

struct http_stats {
	uint64_t requests, responses_2xx, responses_4xx, responses_5xx, bytes_sent,
		connections_accepted;
	int connections, streams;
};

void http_server_stats(const struct http_server *server, struct http_stats *out);

#endif
