/* connect.c - resolve, then try the addresses in their order, the next one when one fails.
 *
 * An address that neither accepts nor refuses would eat the caller's whole time limit, so while
 * others are left an attempt is given up after TRY_US; the last one may take as long as the caller
 * lets it. That is less than "happy eyeballs" in parallel, but it never opens two connections to a
 * peer whose connection count somebody may be watching.
 *
 * The first step is deferred to the loop's next turn: a failure that is known at once (no
 * descriptors, a Unix socket that is not there) comes as late as any other.
 */
#include "io/connect.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/xalloc.h"
#include "io/failure_internal.h"
#include "io/loop_internal.h"
#include "io/resolver.h"

enum { TRY_US = 1000000 };

struct io_connect {
	struct io_loop *loop;
	io_connect_callback *callback;
	void *arg;
	struct io_deferred step;
	struct io_resolve *resolve;
	struct io_watch *watch;
	struct io_timer *timer;
	struct io_addresses *addresses; /* NULL for a Unix path */
	char *host;
	int port;
	int next; /* the address to try next */
	struct bw_mono started;
	struct io_connected connected;
};

static void drop_attempt(struct io_connect *attempt)
{
	io_watch_destroy(attempt->watch);
	attempt->watch = NULL;
	if (attempt->connected.fd >= 0)
		close(attempt->connected.fd);
	attempt->connected.fd = -1;
}

static void release(struct io_connect *attempt)
{
	io_deferred_cancel(&attempt->step);
	io_resolve_stop(attempt->resolve);
	drop_attempt(attempt);
	io_timer_destroy(attempt->timer);
	free(attempt->addresses);
	free(attempt->host);
	free(attempt);
}

static void finish(struct io_connect *attempt, const struct io_error *error)
{
	struct io_connected connected = attempt->connected;
	io_connect_callback *callback = attempt->callback;
	void *arg = attempt->arg;

	if (!error)
		attempt->connected.fd = -1;
	else
		connected.fd = -1;
	release(attempt);
	callback(arg, &connected, error);
}

static bool has_more(const struct io_connect *attempt)
{
	return attempt->addresses && attempt->next < attempt->addresses->count;
}

static void fail_attempt(struct io_connect *attempt, int error_number)
{
	struct io_error error;
	size_t len;

	drop_attempt(attempt);
	if (has_more(attempt)) {
		io_deferred_schedule(&attempt->step);
		return;
	}
	if (!attempt->addresses && error_number == EAGAIN)
		io_error_set(&error, IO_REFUSED, "connection refused by %s: its queue is full",
			     attempt->connected.peer);
	else
		io_error_set_errno(&error, error_number, attempt->connected.peer);
	len = strlen(error.text);
	if (attempt->next > 1)
		snprintf(error.text + len, sizeof(error.text) - len, " (%d addresses tried)",
			 attempt->next);
	finish(attempt, &error);
}

static void attempt_ready(void *arg, unsigned events, int error_number)
{
	struct io_connect *attempt = arg;
	socklen_t len = sizeof(error_number);

	(void)events;
	if (error_number == 0)
		getsockopt(attempt->connected.fd, SOL_SOCKET, SO_ERROR, &error_number, &len);
	if (error_number != 0) {
		fail_attempt(attempt, error_number);
		return;
	}
	io_watch_destroy(attempt->watch);
	attempt->watch = NULL;
	finish(attempt, NULL);
}

static void attempt_too_slow(void *arg)
{
	fail_attempt(arg, ETIMEDOUT);
}

static void wait_for_attempt(struct io_connect *attempt)
{
	attempt->watch =
		io_watch_create(attempt->loop, attempt->connected.fd, attempt_ready, attempt);
	if (io_watch_set(attempt->watch, IO_WRITABLE) != BW_OK) {
		fail_attempt(attempt, ENOMEM);
		return;
	}
	if (!has_more(attempt)) {
		if (attempt->timer)
			io_timer_stop(attempt->timer);
		return;
	}
	if (!attempt->timer)
		attempt->timer = io_timer_create(attempt->loop, attempt_too_slow, attempt);
	io_timer_start(attempt->timer, TRY_US);
}

static void try_address(struct io_connect *attempt, const struct io_address *address)
{
	int family = address->storage.ss_family;
	int one = 1;
	int fd;

	io_address_text(address, attempt->connected.peer, sizeof(attempt->connected.peer));
	fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		fail_attempt(attempt, errno);
		return;
	}
	attempt->connected.fd = fd;
	if (family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (const struct sockaddr *)&address->storage, address->len) == 0)
		finish(attempt, NULL);
	else if (errno == EINPROGRESS)
		wait_for_attempt(attempt);
	else
		fail_attempt(attempt, errno);
}

static void try_next(struct io_connect *attempt)
{
	struct io_address address;
	const char *text = attempt->addresses->text[attempt->next++];

	bw_assert(io_address_parse(text, attempt->port, &address) == BW_OK);
	try_address(attempt, &address);
}

static void resolved(void *arg, const struct io_addresses *addresses, const struct io_error *error)
{
	struct io_connect *attempt = arg;

	attempt->connected.resolved_us =
		bw_mono_since(io_loop_mono(attempt->loop), attempt->started);
	if (error) {
		struct io_error copy = *error;

		finish(attempt, &copy);
		return;
	}
	*attempt->addresses = *addresses;
	try_next(attempt);
}

static void try_path(struct io_connect *attempt)
{
	struct io_address address;
	struct io_error error;

	if (io_address_from_path(attempt->host, &address) == BW_OK) {
		try_address(attempt, &address);
		return;
	}
	io_error_set(&error, IO_BAD_REQUEST, "the path of a socket may have 107 bytes at most: %s",
		     attempt->host);
	finish(attempt, &error);
}

static void begin(struct io_connect *attempt)
{
	struct io_address address;
	struct io_addresses *addresses;

	if (attempt->host[0] == '/') {
		try_path(attempt);
		return;
	}
	addresses = attempt->addresses = xcalloc(1, sizeof(*addresses));
	if (io_address_parse(attempt->host, attempt->port, &address) == BW_OK) {
		addresses->count = attempt->next = 1;
		try_address(attempt, &address);
		return;
	}
	attempt->resolve = io_resolve_start(attempt->loop, attempt->host, resolved, attempt);
}

static void step(void *arg)
{
	struct io_connect *attempt = arg;

	if (has_more(attempt))
		try_next(attempt);
	else
		begin(attempt);
}

struct io_connect *io_connect_start(struct io_loop *loop, const char *host, int port,
				    io_connect_callback *callback, void *arg)
{
	struct io_connect *attempt = xcalloc(1, sizeof(*attempt));

	attempt->loop = loop;
	attempt->callback = callback;
	attempt->arg = arg;
	attempt->host = xstrdup(host);
	attempt->port = port;
	attempt->connected.fd = -1;
	attempt->started = io_loop_mono(loop);
	io_deferred_init(&attempt->step, loop, step, attempt);
	io_deferred_schedule(&attempt->step);
	return attempt;
}

void io_connect_stop(struct io_connect *attempt)
{
	if (attempt)
		release(attempt);
}
