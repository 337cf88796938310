/* remote.h - sends the history to whoever speaks Prometheus remote-write.
 *
 * Each target reads the history from the place that it has reached, a stretch at a time, and sends
 * it in the order of time, one request after the other. The place is a record of the store: the
 * history itself is the buffer, so an outage of the other side costs no memory and is caught up as
 * far back as rows are kept. What was no longer kept by then is counted and told.
 *
 * Only what is on disk is sent, REMOTE_SETTLE_US after its time. A request whose outcome is not
 * known is made again with the same samples, also after a crash: a receiver that has them refuses
 * or overwrites them, and none is doubled or left out.
 *
 *   2xx            sent
 *   408, 425, 429, again with back-off, or when Retry-After says; so is what ends without an
 *   5xx            answer
 *   401, 403, 404, likewise: the address or the credentials are wrong, not the samples
 *   405, 407, 3xx
 *   other 4xx      the samples are refused: halves are tried until what is wrong is found (a
 *                  bounded number of times), the rest goes on; what is refused is dropped, counted
 *
 * Owns:    its targets and all they were given. The store is borrowed, must dispatch on this loop,
 *          and may outlive it.
 * Secrets: url, user, password, bearer and headers never stand in a text that leaves this folder.
 * Limits:  REMOTE_TARGETS_MAX targets, one request and one stretch each (window.h).
 * Threads: the loop's.
 */
#ifndef BW_REMOTE_REMOTE_H
#define BW_REMOTE_REMOTE_H

#include "io/fetch.h"
#include "remote/write_request.h"
#include "storage/store.h"

#define REMOTE_SETTLE_US (3 * BW_SECOND_US)
#define REMOTE_RETRY_MIN_US (1 * BW_SECOND_US)
#define REMOTE_RETRY_MAX_US (60 * BW_SECOND_US)

enum { REMOTE_TARGETS_MAX = 16, REMOTE_TEXT_MAX = 256, REMOTE_BATCH_MAX = 50000 };

struct remote_settings {
	const char *name;     /* for people and metrics; unique */
	const char *identity; /* what its place is kept under: another one begins anew */
	const char *url;
	const char *const *headers; /* "Name: value", ended by NULL; or NULL */
	const char *user, *password, *bearer, *proxy;
	struct io_tls_options tls;
	const struct remote_label *labels;
	size_t label_count;
	int64_t every_us;    /* how often it looks for something new */
	int64_t timeout_us;  /* of a request */
	int64_t backfill_us; /* how far back a target without a place begins */
	size_t batch_max;    /* samples in a request */
};

struct remote_options {
	struct io_loop *loop;
	struct store *store;
	uint64_t seed; /* of the chance in the back-off; any number */
	void (*log)(void *arg, bool is_trouble, const char *text); /* NULL: silent */
	void *arg;
};

struct remote;

/* Takes up the places that the store kept. Blocking; for start-up only. */
struct remote *remote_create(const struct remote_options *options);
void remote_destroy(struct remote *remote);
/* Where the rows of an earlier life end, and marks that came later say so; before the first
 * remote_set(). 0: there was none. */
void remote_left_at(struct remote *remote, struct bw_wall at);
/* At start and at every reload; everything is copied. A target that is as before goes on as if
 * nothing had happened; one that is given another form goes on from its place. `history_us`: how
 * far back rows are kept. */
void remote_set(struct remote *remote, const struct remote_settings *targets, size_t count,
		int64_t history_us);

struct remote_state {
	const char *name;
	char host[REMOTE_TEXT_MAX]; /* "metrics.example.org:9090": no path, no credentials */
	struct bw_wall sent;        /* all up to here is there; 0: nothing yet */
	struct bw_wall last_ok, failing_since, next_try; /* 0: never; not failing; not planned */
	int64_t behind_us; /* how much of the history is still to be sent */
	uint64_t samples, rejected,
		repeated; /* sent; refused; refused as sent before, since the start */
	uint64_t requests, failures, bytes;
	int64_t lost_us; /* of the history that was gone before it could be sent, ever */
	uint64_t rejected_ever;
	bool is_refused;               /* some samples of the latest stretches were */
	char trouble[REMOTE_TEXT_MAX]; /* "" when the last request went */
	char loss[REMOTE_TEXT_MAX];    /* what was lost or refused last; "": nothing */
};

size_t remote_count(const struct remote *remote); /* 0 for NULL */
void remote_state(const struct remote *remote, size_t nth, struct remote_state *out);

#endif
