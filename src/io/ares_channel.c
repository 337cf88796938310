/* ares_channel.c - c-ares says which sockets to watch; the loop says when they are ready.
 *
 * c-ares announces a socket before it closes it (neither readable nor writable), so a watch never
 * outlives its descriptor.
 */
#include "io/ares_channel.h"

#include <stdlib.h>
#include <sys/time.h>

#include "base/assert.h"
#include "base/xalloc.h"
#include "io/failure_internal.h"

struct ares_socket {
	struct ares_socket *next;
	struct io_ares_channel *channel;
	struct io_watch *watch;
	ares_socket_t fd;
};

struct io_ares_channel {
	struct io_loop *loop;
	ares_channel ares;
	struct io_timer *timer;
	struct ares_socket *sockets; /* as many as c-ares has open: two a server at most */
};

static void socket_ready(void *arg, unsigned events, int error_number)
{
	struct ares_socket *ready = arg;
	struct io_ares_channel *channel = ready->channel;
	ares_socket_t fd = ready->fd;

	if (error_number != 0)
		events = IO_READABLE | IO_WRITABLE;
	ares_process_fd(channel->ares, events & IO_READABLE ? fd : ARES_SOCKET_BAD,
			events & IO_WRITABLE ? fd : ARES_SOCKET_BAD);
	io_ares_channel_update(channel);
}

static void time_is_up(void *arg)
{
	struct io_ares_channel *channel = arg;

	ares_process_fd(channel->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	io_ares_channel_update(channel);
}

static struct ares_socket **find_socket(struct io_ares_channel *channel, ares_socket_t fd)
{
	struct ares_socket **at = &channel->sockets;

	while (*at && (*at)->fd != fd)
		at = &(*at)->next;
	return at;
}

static void socket_changed(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct io_ares_channel *channel = arg;
	struct ares_socket **at = find_socket(channel, fd);
	struct ares_socket *found = *at;
	unsigned events = (readable ? IO_READABLE : 0u) | (writable ? IO_WRITABLE : 0u);

	if (!events) {
		if (!found)
			return;
		*at = found->next;
		io_watch_destroy(found->watch);
		free(found);
		return;
	}
	if (!found) {
		found = xcalloc(1, sizeof(*found));
		found->channel = channel;
		found->fd = fd;
		found->watch = io_watch_create(channel->loop, fd, socket_ready, found);
		*at = found;
	}
	/* When it cannot be watched, the question ends by its time limit. */
	if (io_watch_set(found->watch, events) != BW_OK)
		return;
}

enum bw_status io_ares_channel_create(struct io_loop *loop, struct ares_options *options, int mask,
				      struct io_ares_channel **out, struct io_error *error)
{
	struct io_ares_channel *channel = xcalloc(1, sizeof(*channel));
	int status;

	options->sock_state_cb = socket_changed;
	options->sock_state_cb_data = channel;
	options->timeout = IO_ARES_TIMEOUT_MS;
	options->tries = IO_ARES_TRIES;
	mask |= ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES;
	status = ares_init_options(&channel->ares, options, mask);
	if (status != ARES_SUCCESS) {
		io_error_set(error, IO_NO_RESOURCES, "the resolver cannot be set up: %s",
			     ares_strerror(status));
		free(channel);
		return BW_EIO;
	}
	channel->loop = loop;
	channel->timer = io_timer_create(loop, time_is_up, channel);
	*out = channel;
	return BW_OK;
}

void io_ares_channel_destroy(struct io_ares_channel *channel)
{
	if (!channel)
		return;
	ares_destroy(channel->ares);
	bw_assert(!channel->sockets);
	io_timer_destroy(channel->timer);
	free(channel);
}

ares_channel io_ares_channel_get(struct io_ares_channel *channel)
{
	return channel->ares;
}

void io_ares_channel_update(struct io_ares_channel *channel)
{
	struct timeval wait;

	if (ares_timeout(channel->ares, NULL, &wait))
		io_timer_start(channel->timer, (int64_t)wait.tv_sec * BW_SECOND_US + wait.tv_usec);
	else
		io_timer_stop(channel->timer);
}

void io_ares_explain(int status, const char *name, struct io_error *error)
{
	switch (status) {
	case ARES_ENOTFOUND:
		io_error_set(error, IO_NO_SUCH_NAME, "no such name: %s", name);
		break;
	case ARES_ENODATA:
		io_error_set(error, IO_NO_SUCH_NAME, "the name %s has no address", name);
		break;
	case ARES_ETIMEOUT:
		io_error_set(error, IO_NO_RESOLVER, "no name server answered about %s", name);
		break;
	case ARES_ECONNREFUSED:
	case ARES_ESERVFAIL:
	case ARES_EREFUSED:
	case ARES_ENOTIMP:
		io_error_set(error, IO_NO_RESOLVER, "no name server could answer about %s", name);
		break;
	case ARES_EBADRESP:
	case ARES_EFORMERR:
		io_error_set(error, IO_NO_RESOLVER, "the name server's answer about %s is garbage",
			     name);
		break;
	case ARES_EBADNAME:
		io_error_set(error, IO_BAD_REQUEST, "%s cannot be a name", name);
		break;
	default:
		io_error_set(error, IO_NO_RESOURCES, "%s could not be looked up: %s", name,
			     ares_strerror(status));
	}
}
