/* loop.c - a libuv loop; each handle is a small block with the uv handle first inside.
 *
 * libuv frees nothing: a handle's memory goes back in its close callback, which comes on a later
 * turn. Therefore destroy only asks for the close, and io_loop_destroy() turns the loop until the
 * last close is done. A handle somebody forgot to destroy would keep it turning: it is asserted
 * that uv_loop_close() finds nothing left.
 *
 * Time: libuv keeps whole milliseconds and rounds its own clock down, so that a plain
 * uv_timer_start() may fire up to a millisecond early. Timers here are given the next whole
 * millisecond after the due time instead: never early, at most about one late. The public clock is
 * CLOCK_BOOTTIME because a laptop that slept through a deadline has missed it.
 *
 * Deferred calls run from an idle handle, before the loop would wait. Each is stamped with the turn
 * it was scheduled in, so that a call which defers itself again cannot starve the sockets.
 */
#include "io/loop.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include <uv.h>

#include "base/assert.h"
#include "base/xalloc.h"
#include "io/loop_internal.h"

enum { NS_PER_US = 1000, US_PER_MS = 1000 };

/* A close takes one turn, that of a signal two. */
enum { CLOSING_TURNS_MAX = 8 };

struct io_timer {
	uv_timer_t uv;
	io_callback *callback;
	void *arg;
};

struct io_wakeup {
	uv_async_t uv;
	io_callback *callback;
	void *arg;
};

struct io_signal {
	uv_signal_t uv;
	io_callback *callback;
	void *arg;
};

struct io_watch {
	uv_poll_t uv;
	io_watch_callback *callback;
	void *arg;
	int fd;
	unsigned events;
	bool registered;
};

static int64_t clock_us(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * BW_SECOND_US + now.tv_nsec / NS_PER_US;
}

static void free_handle(uv_handle_t *handle)
{
	free(handle->data);
}

static void close_handle(uv_handle_t *handle, void *owner)
{
	handle->data = owner;
	uv_close(handle, free_handle);
}

/* Loop */

static void run_deferred(uv_idle_t *idle)
{
	struct io_loop *loop = idle->data;
	uint64_t turn = loop->turn++;

	while (loop->deferred && loop->deferred->turn <= turn) {
		struct io_deferred *first = loop->deferred;

		io_deferred_cancel(first);
		first->callback(first->arg);
	}
}

static void stop_sent(uv_async_t *stopper)
{
	uv_stop(stopper->loop);
}

struct io_loop *io_loop_create(void)
{
	struct io_loop *loop = xcalloc(1, sizeof(*loop));

	/* OpenSSL writes to sockets without MSG_NOSIGNAL; a peer that goes away must not end the
	 * process. */
	signal(SIGPIPE, SIG_IGN);
	bw_assert(uv_loop_init(&loop->uv) == 0);
	bw_assert(uv_async_init(&loop->uv, &loop->stopper, stop_sent) == 0);
	uv_idle_init(&loop->uv, &loop->idle);
	loop->idle.data = loop;
	return loop;
}

void io_loop_destroy(struct io_loop *loop)
{
	if (!loop)
		return;
	for (int i = 0; i < IO_SERVICE_COUNT; i++) {
		struct io_service_slot *slot = &loop->services[i];

		if (slot->state)
			slot->destroy(slot->state);
	}
	bw_assert(!loop->deferred);
	uv_close((uv_handle_t *)&loop->stopper, NULL);
	uv_close((uv_handle_t *)&loop->idle, NULL);
	for (int turn = 0; turn < CLOSING_TURNS_MAX && uv_loop_alive(&loop->uv); turn++)
		uv_run(&loop->uv, UV_RUN_NOWAIT);
	bw_assert(uv_loop_close(&loop->uv) == 0);
	free(loop);
}

void io_loop_run(struct io_loop *loop)
{
	uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void io_loop_stop(struct io_loop *loop)
{
	uv_async_send(&loop->stopper);
}

struct bw_mono io_loop_mono(const struct io_loop *loop)
{
	(void)loop;
	return (struct bw_mono){ clock_us(CLOCK_BOOTTIME) };
}

struct bw_wall io_loop_wall(const struct io_loop *loop)
{
	(void)loop;
	return (struct bw_wall){ clock_us(CLOCK_REALTIME) };
}

void *io_loop_service(struct io_loop *loop, enum io_service service,
		      void *(*create)(struct io_loop *loop), void (*destroy)(void *state))
{
	struct io_service_slot *slot = &loop->services[service];

	if (!slot->state) {
		slot->state = create(loop);
		slot->destroy = destroy;
	}
	return slot->state;
}

/* Deferred calls: a ring whose head is the oldest */

void io_deferred_init(struct io_deferred *deferred, struct io_loop *loop, io_callback *callback,
		      void *arg)
{
	*deferred = (struct io_deferred){ .loop = loop, .callback = callback, .arg = arg };
}

void io_deferred_schedule(struct io_deferred *deferred)
{
	struct io_loop *loop = deferred->loop;
	struct io_deferred *head = loop->deferred;

	if (deferred->next)
		return;
	deferred->turn = loop->turn;
	if (!head) {
		deferred->next = deferred->previous = deferred;
		loop->deferred = deferred;
		uv_idle_start(&loop->idle, run_deferred);
		return;
	}
	deferred->next = head;
	deferred->previous = head->previous;
	head->previous->next = deferred;
	head->previous = deferred;
}

void io_deferred_cancel(struct io_deferred *deferred)
{
	struct io_loop *loop = deferred->loop;

	if (!deferred->next)
		return;
	if (deferred->next == deferred) {
		loop->deferred = NULL;
		uv_idle_stop(&loop->idle);
	} else {
		deferred->previous->next = deferred->next;
		deferred->next->previous = deferred->previous;
		if (loop->deferred == deferred)
			loop->deferred = deferred->next;
	}
	deferred->next = deferred->previous = NULL;
}

/* Timers */

static void timer_fired(uv_timer_t *uv)
{
	struct io_timer *timer = uv->data;

	timer->callback(timer->arg);
}

struct io_timer *io_timer_create(struct io_loop *loop, io_callback *callback, void *arg)
{
	struct io_timer *timer = xcalloc(1, sizeof(*timer));

	uv_timer_init(&loop->uv, &timer->uv);
	timer->uv.data = timer;
	timer->callback = callback;
	timer->arg = arg;
	return timer;
}

void io_timer_start(struct io_timer *timer, int64_t delay_us)
{
	uv_loop_t *uv = timer->uv.loop;
	int64_t due_us, due_ms;

	bw_assert(delay_us >= 0);
	uv_update_time(uv);
	due_us = (int64_t)(uv_hrtime() / NS_PER_US) + delay_us;
	due_ms = (due_us + US_PER_MS - 1) / US_PER_MS;
	uv_timer_start(&timer->uv, timer_fired, (uint64_t)due_ms - uv_now(uv), 0);
}

void io_timer_stop(struct io_timer *timer)
{
	uv_timer_stop(&timer->uv);
}

void io_timer_destroy(struct io_timer *timer)
{
	if (timer)
		close_handle((uv_handle_t *)&timer->uv, timer);
}

/* Wake-ups */

static void wakeup_sent(uv_async_t *uv)
{
	struct io_wakeup *wakeup = uv->data;

	wakeup->callback(wakeup->arg);
}

struct io_wakeup *io_wakeup_create(struct io_loop *loop, io_callback *callback, void *arg)
{
	struct io_wakeup *wakeup = xcalloc(1, sizeof(*wakeup));

	bw_assert(uv_async_init(&loop->uv, &wakeup->uv, wakeup_sent) == 0);
	wakeup->uv.data = wakeup;
	wakeup->callback = callback;
	wakeup->arg = arg;
	return wakeup;
}

void io_wakeup_send(struct io_wakeup *wakeup)
{
	uv_async_send(&wakeup->uv);
}

void io_wakeup_destroy(struct io_wakeup *wakeup)
{
	if (wakeup)
		close_handle((uv_handle_t *)&wakeup->uv, wakeup);
}

/* Signals */

static void signal_came(uv_signal_t *uv, int number)
{
	struct io_signal *signal = uv->data;

	(void)number;
	signal->callback(signal->arg);
}

struct io_signal *io_signal_create(struct io_loop *loop, int signal, io_callback *callback,
				   void *arg)
{
	struct io_signal *watched = xcalloc(1, sizeof(*watched));

	bw_assert(uv_signal_init(&loop->uv, &watched->uv) == 0);
	watched->uv.data = watched;
	watched->callback = callback;
	watched->arg = arg;
	bw_assert(uv_signal_start(&watched->uv, signal_came, signal) == 0);
	return watched;
}

void io_signal_destroy(struct io_signal *signal)
{
	if (signal)
		close_handle((uv_handle_t *)&signal->uv, signal);
}

/* Watched descriptors */

/* libuv answers POLLERR by stopping the handle and saying EBADF, which hides the reason. The owner
 * is told that what it waits for is ready: its own read or write then gives the true error. */
static void watch_ready(uv_poll_t *uv, int status, int uv_events)
{
	struct io_watch *watch = uv->data;
	unsigned events = 0;

	if (status < 0) {
		events = watch->events;
		watch->events = 0;
		watch->callback(watch->arg, events, status == UV_EBADF ? 0 : -status);
		return;
	}
	if (uv_events & UV_READABLE)
		events |= IO_READABLE;
	if (uv_events & UV_WRITABLE)
		events |= IO_WRITABLE;
	watch->callback(watch->arg, events, 0);
}

struct io_watch *io_watch_create(struct io_loop *loop, int fd, io_watch_callback *callback,
				 void *arg)
{
	struct io_watch *watch = xcalloc(1, sizeof(*watch));

	watch->callback = callback;
	watch->arg = arg;
	watch->fd = fd;
	watch->registered = uv_poll_init(&loop->uv, &watch->uv, fd) == 0;
	watch->uv.data = watch;
	return watch;
}

enum bw_status io_watch_set(struct io_watch *watch, unsigned events)
{
	int uv_events = 0;

	if (!watch->registered)
		return BW_EIO;
	if (events == watch->events)
		return BW_OK;
	if (events & IO_READABLE)
		uv_events |= UV_READABLE;
	if (events & IO_WRITABLE)
		uv_events |= UV_WRITABLE;
	watch->events = events;
	if (!uv_events)
		return uv_poll_stop(&watch->uv) == 0 ? BW_OK : BW_EIO;
	return uv_poll_start(&watch->uv, uv_events, watch_ready) == 0 ? BW_OK : BW_EIO;
}

void io_watch_destroy(struct io_watch *watch)
{
	if (!watch)
		return;
	if (watch->registered)
		close_handle((uv_handle_t *)&watch->uv, watch);
	else
		free(watch);
}
