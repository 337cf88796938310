/* fetcher.c - libcurl's multi handle driven by the loop.
 *
 * libcurl says which sockets to watch and when to wake it; it is called with what is ready. What it
 * finished is collected after each call, when it is safe to remove handles, and told from there.
 *
 * The sockets are in an epoll set of their own, and the loop watches that one descriptor: with a
 * handle of the loop for each, a request had eight more system calls and a block of memory.
 *
 * Easy handles that served are kept for the next requests, reset: making one costs as much as all
 * its options together, and blocks of that size make malloc tidy its whole heap.
 *
 * Traps: its timer callback may not call libcurl, and a time of 0 is so frequent (every new
 * request) that it is deferred to the next turn instead of starting a timer. Nearly every event
 * moves its next time, mostly to later: the timer that runs is then left alone, and waits for the
 * rest when it fires.
 */
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/xalloc.h"
#include "io/fetch_internal.h"

#define NEVER INT64_MAX

enum { SPARE_MAX = 64, EVENTS_MAX = 64 };

struct fetcher {
	struct io_loop *loop;
	CURLM *multi;
	int epoll_fd; /* of all sockets */
	struct io_watch *watch;
	struct io_timer *timer;
	struct io_deferred soon;
	int64_t wanted_us; /* when libcurl wants to be called; NEVER */
	int64_t armed_us;  /* when the timer fires; NEVER */
	CURL *spare[SPARE_MAX];
	int spare_count;
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

static void call_now(void *arg)
{
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static void arm(struct fetcher *fetcher, int64_t now_us)
{
	fetcher->armed_us = fetcher->wanted_us;
	io_timer_start(fetcher->timer, fetcher->wanted_us - now_us);
}

static void time_is_up(void *arg)
{
	struct fetcher *fetcher = arg;
	int64_t now_us = io_loop_mono(fetcher->loop).us;

	fetcher->armed_us = NEVER;
	if (fetcher->wanted_us <= now_us) {
		fetcher->wanted_us = NEVER;
		call_now(fetcher);
	} else if (fetcher->wanted_us != NEVER) {
		arm(fetcher, now_us);
	}
}

static int action_of(uint32_t events)
{
	if (events & (EPOLLERR | EPOLLHUP)) /* the read or write gives the true error */
		return CURL_CSELECT_IN | CURL_CSELECT_OUT;
	return (events & EPOLLIN ? CURL_CSELECT_IN : 0) |
	       (events & EPOLLOUT ? CURL_CSELECT_OUT : 0);
}

/* A socket may be closed, and its number given to the next, while its event waits in `ready`:
 * libcurl finds that the new one is not ready after all. */
static void sockets_ready(void *arg, unsigned events, int error_number)
{
	struct fetcher *fetcher = arg;
	struct epoll_event ready[EVENTS_MAX];
	int count = epoll_wait(fetcher->epoll_fd, ready, EVENTS_MAX, 0);

	(void)events;
	(void)error_number;
	for (int i = 0; i < count; i++)
		act(fetcher, ready[i].data.fd, action_of(ready[i].events));
}

static int timer_changed(CURLM *multi, long delay_ms, void *arg)
{
	struct fetcher *fetcher = arg;
	int64_t now_us;

	(void)multi;
	io_deferred_cancel(&fetcher->soon);
	fetcher->wanted_us = NEVER;
	if (delay_ms == 0)
		io_deferred_schedule(&fetcher->soon);
	if (delay_ms <= 0)
		return 0;
	now_us = io_loop_mono(fetcher->loop).us;
	fetcher->wanted_us = now_us + (int64_t)delay_ms * 1000;
	if (fetcher->wanted_us < fetcher->armed_us)
		arm(fetcher, now_us);
	return 0;
}

/* `assigned` is set while the socket is watched. Never fails: libcurl would give up the multi
 * handle for good, while a request whose socket cannot be watched only runs into its time limit. */
static int socket_changed(CURL *easy, curl_socket_t fd, int what, void *arg, void *assigned)
{
	struct fetcher *fetcher = arg;
	struct epoll_event event = {
		.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) |
			  (what & CURL_POLL_OUT ? EPOLLOUT : 0u),
		.data.fd = fd,
	};

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(fetcher->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	if (!assigned)
		curl_multi_assign(fetcher->multi, fd, fetcher);
	epoll_ctl(fetcher->epoll_fd, assigned ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
	return 0;
}

static void unwatch_sockets(struct fetcher *fetcher)
{
	io_watch_destroy(fetcher->watch);
	if (fetcher->epoll_fd >= 0)
		close(fetcher->epoll_fd);
}

static bool watch_sockets(struct fetcher *fetcher)
{
	fetcher->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (fetcher->epoll_fd < 0)
		return false;
	fetcher->watch = io_watch_create(fetcher->loop, fetcher->epoll_fd, sockets_ready, fetcher);
	return io_watch_set(fetcher->watch, IO_READABLE) == BW_OK;
}

/* NULL without a descriptor. */
static void *fetcher_create(struct io_loop *loop)
{
	struct fetcher *fetcher = xcalloc(1, sizeof(*fetcher));

	fetcher->loop = loop;
	if (!watch_sockets(fetcher)) {
		unwatch_sockets(fetcher);
		free(fetcher);
		return NULL;
	}
	bw_assert(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
	fetcher->timer = io_timer_create(loop, time_is_up, fetcher);
	io_deferred_init(&fetcher->soon, loop, call_now, fetcher);
	fetcher->wanted_us = fetcher->armed_us = NEVER;
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

	while (fetcher->spare_count > 0)
		curl_easy_cleanup(fetcher->spare[--fetcher->spare_count]);
	curl_multi_cleanup(fetcher->multi);
	io_deferred_cancel(&fetcher->soon);
	io_timer_destroy(fetcher->timer);
	unwatch_sockets(fetcher);
	curl_global_cleanup();
	free(fetcher);
}

struct fetcher *fetcher_of(struct io_loop *loop)
{
	return io_loop_service(loop, IO_SERVICE_FETCHER, fetcher_create, fetcher_destroy);
}

bool fetcher_take_easy(struct io_fetch *fetch)
{
	struct fetcher *fetcher = fetch->fetcher;

	if (fetcher->spare_count > 0)
		fetch->easy = fetcher->spare[--fetcher->spare_count];
	else
		fetch->easy = curl_easy_init();
	return fetch->easy != NULL;
}

bool fetcher_add(struct io_fetch *fetch)
{
	return curl_multi_add_handle(fetch->fetcher->multi, fetch->easy) == CURLM_OK;
}

void fetcher_remove(struct io_fetch *fetch)
{
	struct fetcher *fetcher = fetch->fetcher;
	CURL *easy = fetch->easy;

	if (!easy)
		return;
	fetch->easy = NULL;
	curl_multi_remove_handle(fetcher->multi, easy);
	if (fetcher->spare_count == SPARE_MAX) {
		curl_easy_cleanup(easy);
		return;
	}
	curl_easy_reset(easy);
	fetcher->spare[fetcher->spare_count++] = easy;
}
