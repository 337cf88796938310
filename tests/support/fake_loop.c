/* fake_loop.c - the clock, and everything that waits for it, as one sorted list of events.
 *
 * An event leaves the list before it fires, so that its owner may be destroyed by what it calls.
 * Events of the same microsecond fire in the order they were started.
 */
#include "support/fake_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/xalloc.h"

enum { FAKE_EVENTS_PER_INSTANT_MAX = 1000000, FAKE_MONO_START_US = 1000000000 };

struct io_timer {
	struct fake_event event;
};

struct io_wakeup {
	struct fake_event event;
};

struct io_signal {
	struct fake_event event;
	int number;
	struct io_signal *next;
};

struct io_watch {
	struct fake_event event;
	int fd;
	unsigned wanted, ready;
	io_watch_callback *callback;
	void *arg;
	struct io_watch *next;
};

void fake_event_init(struct fake_event *event, struct io_loop *loop, io_callback *fire, void *arg)
{
	*event = (struct fake_event){ .loop = loop, .fire = fire, .arg = arg };
	loop->alive++;
}

void fake_event_stop(struct fake_event *event)
{
	if (!event->queued)
		return;
	if (event->prev)
		event->prev->next = event->next;
	else
		event->loop->first = event->next;
	if (event->next)
		event->next->prev = event->prev;
	event->queued = false;
}

void fake_event_start(struct fake_event *event, int64_t delay_us)
{
	struct io_loop *loop = event->loop;
	struct fake_event *before = NULL, *after = loop->first;

	bw_assert(delay_us >= 0);
	fake_event_stop(event);
	after = loop->first;
	event->at_us = loop->now_us + delay_us;
	while (after && after->at_us <= event->at_us) {
		before = after;
		after = after->next;
	}
	event->prev = before;
	event->next = after;
	if (before)
		before->next = event;
	else
		loop->first = event;
	if (after)
		after->prev = event;
	event->queued = true;
}

static void event_finish(struct fake_event *event)
{
	fake_event_stop(event);
	event->loop->alive--;
}

static void fire_first(struct io_loop *loop)
{
	struct fake_event *event = loop->first;

	fake_event_stop(event);
	if (event->at_us > loop->now_us)
		loop->now_us = event->at_us;
	event->fire(event->arg);
}

void fake_advance(struct io_loop *loop, int64_t us)
{
	int64_t until_us = loop->now_us + us;
	int64_t instant_us = -1;
	int in_instant = 0;

	while (loop->first && loop->first->at_us <= until_us) {
		if (loop->first->at_us != instant_us)
			in_instant = 0;
		instant_us = loop->first->at_us;
		bw_assert(++in_instant < FAKE_EVENTS_PER_INSTANT_MAX);
		fire_first(loop);
	}
	loop->now_us = until_us;
}

void fake_shift_wall(struct io_loop *loop, int64_t us)
{
	loop->wall_offset_us += us;
}

int64_t fake_elapsed_us(const struct io_loop *loop)
{
	return loop->now_us;
}

int fake_connection_count(const struct io_loop *loop)
{
	return loop->connections;
}

int fake_child_count(const struct io_loop *loop)
{
	return loop->children;
}

struct io_loop *io_loop_create(void)
{
	struct io_loop *loop = xcalloc(1, sizeof(*loop));

	fake_peers_forget(loop);
	loop->dns.rcode = "NOERROR";
	loop->dns.min_ttl_s = -1;
	return loop;
}

void io_loop_destroy(struct io_loop *loop)
{
	if (!loop)
		return;
	if (loop->alive != 0)
		fprintf(stderr, "fake_io: %d timers, streams or children were left behind\n",
			loop->alive);
	bw_assert(loop->alive == 0);
	fake_rules_destroy(loop);
	while (loop->names) {
		struct fake_name *name = loop->names;

		loop->names = name->older;
		free(name->name);
		free(name);
	}
	free((char *)loop->child.output);
	free((char *)loop->child.errors);
	free(loop->child_command);
	free(loop->child_environment);
	free(loop->child_input);
	free(loop->asked);
	free(loop->asked_body);
	free(loop->mailed);
	free(loop);
}

void io_loop_run(struct io_loop *loop)
{
	loop->stopped = false;
	while (!loop->stopped && loop->first)
		fire_first(loop);
}

void io_loop_stop(struct io_loop *loop)
{
	loop->stopped = true;
}

struct bw_mono io_loop_mono(const struct io_loop *loop)
{
	return (struct bw_mono){ FAKE_MONO_START_US + loop->now_us };
}

struct bw_wall io_loop_wall(const struct io_loop *loop)
{
	return (struct bw_wall){ FAKE_WALL_START_US + loop->now_us + loop->wall_offset_us };
}

struct io_timer *io_timer_create(struct io_loop *loop, io_callback *callback, void *arg)
{
	struct io_timer *timer = xcalloc(1, sizeof(*timer));

	fake_event_init(&timer->event, loop, callback, arg);
	return timer;
}

void io_timer_start(struct io_timer *timer, int64_t delay_us)
{
	fake_event_start(&timer->event, delay_us);
}

void io_timer_stop(struct io_timer *timer)
{
	fake_event_stop(&timer->event);
}

void io_timer_destroy(struct io_timer *timer)
{
	if (!timer)
		return;
	event_finish(&timer->event);
	free(timer);
}

struct io_wakeup *io_wakeup_create(struct io_loop *loop, io_callback *callback, void *arg)
{
	struct io_wakeup *wakeup = xcalloc(1, sizeof(*wakeup));

	fake_event_init(&wakeup->event, loop, callback, arg);
	return wakeup;
}

void io_wakeup_send(struct io_wakeup *wakeup)
{
	fake_event_start(&wakeup->event, 0);
}

void io_wakeup_destroy(struct io_wakeup *wakeup)
{
	if (!wakeup)
		return;
	event_finish(&wakeup->event);
	free(wakeup);
}

struct io_signal *io_signal_create(struct io_loop *loop, int signal, io_callback *callback,
				   void *arg)
{
	struct io_signal *handle = xcalloc(1, sizeof(*handle));

	fake_event_init(&handle->event, loop, callback, arg);
	handle->number = signal;
	handle->next = loop->signals;
	loop->signals = handle;
	return handle;
}

void io_signal_destroy(struct io_signal *signal)
{
	struct io_signal **place;

	if (!signal)
		return;
	for (place = &signal->event.loop->signals; *place != signal; place = &(*place)->next)
		continue;
	*place = signal->next;
	event_finish(&signal->event);
	free(signal);
}

void fake_signal(struct io_loop *loop, int signal)
{
	for (struct io_signal *handle = loop->signals; handle; handle = handle->next)
		if (handle->number == signal)
			fake_event_start(&handle->event, 0);
}

static void on_watch(void *arg)
{
	struct io_watch *watch = arg;
	unsigned events = watch->wanted & watch->ready;

	if (events)
		watch->callback(watch->arg, events, 0);
}

struct io_watch *io_watch_create(struct io_loop *loop, int fd, io_watch_callback *callback,
				 void *arg)
{
	struct io_watch *watch = xcalloc(1, sizeof(*watch));

	fake_event_init(&watch->event, loop, on_watch, watch);
	watch->fd = fd;
	watch->callback = callback;
	watch->arg = arg;
	watch->next = loop->watches;
	loop->watches = watch;
	return watch;
}

enum bw_status io_watch_set(struct io_watch *watch, unsigned events)
{
	watch->wanted = events;
	if (watch->wanted & watch->ready)
		fake_event_start(&watch->event, 0);
	return BW_OK;
}

void io_watch_destroy(struct io_watch *watch)
{
	struct io_watch **place;

	if (!watch)
		return;
	for (place = &watch->event.loop->watches; *place != watch; place = &(*place)->next)
		continue;
	*place = watch->next;
	event_finish(&watch->event);
	free(watch);
}

void fake_fd_ready(struct io_loop *loop, int fd, unsigned events)
{
	for (struct io_watch *watch = loop->watches; watch; watch = watch->next) {
		if (watch->fd != fd)
			continue;
		watch->ready = events;
		if (watch->wanted & watch->ready)
			fake_event_start(&watch->event, 0);
	}
}
