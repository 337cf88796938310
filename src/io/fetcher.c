/* fetcher.c - libcurl's multi handle driven by the loop.
 *
 * libcurl says which sockets to watch and when to wake it; it is called with what is ready. What it
 * finished is collected after each call, when it is safe to remove handles, and told from there.
 *
 * Traps: its timer callback may not call libcurl, and a time of 0 is so frequent (every new
 * request) that it is deferred to the next turn instead of starting a timer.
 */
#include <stdlib.h>

#include "base/assert.h"
#include "base/xalloc.h"
#include "io/fetch_internal.h"

struct fetcher {
	struct io_loop *loop;
	CURLM *multi;
	struct io_timer *timer;
	struct io_deferred soon;
};

struct fetch_socket {
	struct fetcher *fetcher;
	struct io_watch *watch;
	curl_socket_t fd;
};

static void collect(struct fetcher *fetcher)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(fetcher->multi, &left))) {
		struct io_fetch *fetch;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &fetch);
		fetch_hop_ended(fetch, message->data.result);
	}
}

static void act(struct fetcher *fetcher, curl_socket_t fd, int events)
{
	int running;

	curl_multi_socket_action(fetcher->multi, fd, events, &running);
	collect(fetcher);
}

static void time_is_up(void *arg)
{
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static void socket_ready(void *arg, unsigned events, int error_number)
{
	struct fetch_socket *ready = arg;
	int action = (events & IO_READABLE ? CURL_CSELECT_IN : 0) |
		     (events & IO_WRITABLE ? CURL_CSELECT_OUT : 0);

	act(ready->fetcher, ready->fd, error_number ? CURL_CSELECT_ERR : action);
}

static int timer_changed(CURLM *multi, long delay_ms, void *arg)
{
	struct fetcher *fetcher = arg;

	(void)multi;
	io_deferred_cancel(&fetcher->soon);
	io_timer_stop(fetcher->timer);
	if (delay_ms == 0)
		io_deferred_schedule(&fetcher->soon);
	else if (delay_ms > 0)
		io_timer_start(fetcher->timer, (int64_t)delay_ms * 1000);
	return 0;
}

static void forget_socket(struct fetch_socket *socket)
{
	io_watch_destroy(socket->watch);
	free(socket);
}

static int socket_changed(CURL *easy, curl_socket_t fd, int what, void *arg, void *assigned)
{
	struct fetcher *fetcher = arg;
	struct fetch_socket *socket = assigned;
	unsigned events = (what & CURL_POLL_IN ? IO_READABLE : 0u) |
			  (what & CURL_POLL_OUT ? IO_WRITABLE : 0u);

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (socket)
			forget_socket(socket);
		return 0;
	}
	if (!socket) {
		socket = xcalloc(1, sizeof(*socket));
		socket->fetcher = fetcher;
		socket->fd = fd;
		socket->watch = io_watch_create(fetcher->loop, fd, socket_ready, socket);
		curl_multi_assign(fetcher->multi, fd, socket);
	}
	return io_watch_set(socket->watch, events) == BW_OK ? 0 : -1;
}

static void *fetcher_create(struct io_loop *loop)
{
	struct fetcher *fetcher = xcalloc(1, sizeof(*fetcher));

	bw_assert(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
	fetcher->loop = loop;
	fetcher->timer = io_timer_create(loop, time_is_up, fetcher);
	io_deferred_init(&fetcher->soon, loop, time_is_up, fetcher);
	fetcher->multi = curl_multi_init();
	bw_assert(fetcher->multi);
	curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETFUNCTION, socket_changed);
	curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETDATA, fetcher);
	curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERFUNCTION, timer_changed);
	curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERDATA, fetcher);
	curl_multi_setopt(fetcher->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
	return fetcher;
}

static void fetcher_destroy(void *state)
{
	struct fetcher *fetcher = state;

	curl_multi_cleanup(fetcher->multi);
	io_deferred_cancel(&fetcher->soon);
	io_timer_destroy(fetcher->timer);
	curl_global_cleanup();
	free(fetcher);
}

struct fetcher *fetcher_of(struct io_loop *loop)
{
	return io_loop_service(loop, IO_SERVICE_FETCHER, fetcher_create, fetcher_destroy);
}

bool fetcher_add(struct io_fetch *fetch)
{
	return curl_multi_add_handle(fetch->fetcher->multi, fetch->easy) == CURLM_OK;
}

void fetcher_remove(struct io_fetch *fetch)
{
	if (!fetch->easy)
		return;
	curl_multi_remove_handle(fetch->fetcher->multi, fetch->easy);
	curl_easy_cleanup(fetch->easy);
	fetch->easy = NULL;
}
