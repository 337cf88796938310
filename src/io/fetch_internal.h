/* fetch_internal.h - one request between the files of the HTTP client. */
#ifndef BW_IO_FETCH_INTERNAL_H
#define BW_IO_FETCH_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "base/buf.h"
#include "io/address.h"
#include "io/fetch.h"
#include "io/loop_internal.h"
#include "io/resolver.h"
#include "io/tls.h"

enum {
	FETCH_HEADERS_MAX = 64 << 10,
	FETCH_UNKEPT_BODY_MAX = 1 << 20,
	FETCH_HOST_MAX = 256,
	/* Large enough for the answers of most checks, small enough for a thousand in flight. */
	FETCH_BUFFER_SIZE = 2048,
};

struct fetcher;

/* Where a URL points. */
struct fetch_target {
	bool secure;
	int port;
	char host[FETCH_HOST_MAX]; /* as it is looked up: ASCII, no brackets */
};

struct io_fetch {
	struct io_loop *loop;
	struct fetcher *fetcher;
	io_fetch_callback *callback;
	void *arg;
	bool telling, stopped;

	/* What was asked for; every text is a copy of ours. */
	struct io_fetch_options options;
	char **header_lines; /* options.headers points here */
	char *proxy_host;    /* NULL without a proxy */
	int proxy_port;

	/* This hop. */
	struct io_deferred step; /* begins the hop */
	char *url;
	struct fetch_target target, first_target;
	bool as_get; /* a redirect turned the method into GET */
	struct io_resolve *resolve;
	CURL *easy; /* in the multi handle; or NULL */
	struct curl_slist *headers, *names;
	char *bearer_line;
	int socket_errno; /* why no socket could be had */
	char curl_text[CURL_ERROR_SIZE];

	/* What came. */
	bool headers_too_large, cut;
	struct bw_buf head, body;
	size_t body_seen;
	struct io_tls_verdict verdict;
	struct bw_mono started;
	int64_t hop_us; /* since `started`, when libcurl began the hop */
	int64_t resolved_us, connected_us, secured_us, first_byte_us;
	int redirects, status;
	const char *http_version;
	char peer[64];
	struct io_error error;
};

/* fetcher.c: the shared multi handle; NULL when there is no descriptor for it. */
struct fetcher *fetcher_of(struct io_loop *loop);
/* Gives the fetch an easy handle without options. False without memory. */
bool fetcher_take_easy(struct io_fetch *fetch);
/* The easy handle is the fetch's own; its result comes to fetch_hop_ended(). */
bool fetcher_add(struct io_fetch *fetch);
/* Takes the easy handle back. Allowed when there is none. */
void fetcher_remove(struct io_fetch *fetch);

/* fetch.c: called by the fetcher, outside of libcurl. `easy` is still there. */
void fetch_hop_ended(struct io_fetch *fetch, CURLcode code);

/* fetch_url.c */
BW_MUST_USE enum bw_status fetch_parse_url(const char *url, struct fetch_target *out,
					   struct bw_error *err);
/* For mail.c: smtp:// (port 587) and smtps:// (465). */
BW_MUST_USE enum bw_status fetch_parse_mail_url(const char *url, struct fetch_target *out,
						struct bw_error *err);
bool fetch_same_target(const struct fetch_target *a, const struct fetch_target *b);
/* User and password of a URL, decoded, the caller's; NULL when it has none. */
void fetch_take_credentials(const char *url, char **user, char **password);
/* http, socks5 and socks5h; what libcurl is given (names left to the proxy) is the caller's. */
BW_MUST_USE enum bw_status fetch_parse_proxy(const char *proxy, char **url, char **host, int *port,
					     struct bw_error *err);

/* fetch_setup.c: makes fetch->easy. `addresses` are of the host that is connected to, NULL when it
 * needs no look-up. */
bool fetch_set_up(struct io_fetch *fetch, const struct io_addresses *addresses);

/* fetch_error.c */
void fetch_explain(struct io_fetch *fetch, CURLcode code);

#endif
