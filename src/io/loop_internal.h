/* loop_internal.h - what the other files of io/ need of the loop. Nobody outside includes it.
 *
 * Owns:    one slot per service (resolver, fetcher, TLS): made on first use, so that a daemon that
 *          never fetches never loads a certificate, and destroyed with the loop.
 * Threads: the loop's.
 */
#ifndef BW_IO_LOOP_INTERNAL_H
#define BW_IO_LOOP_INTERNAL_H

#include <stdint.h>

#include <uv.h>

#include "io/loop.h"

enum io_service {
	IO_SERVICE_CHILDREN,
	IO_SERVICE_FETCHER,
	IO_SERVICE_RESOLVER,
	IO_SERVICE_TLS,
	IO_SERVICE_COUNT
};

struct io_service_slot {
	void *state;
	void (*destroy)(void *state);
};

/* A call that is due on the loop's next turn. Embedded by value in its owner; this is how a
 * failure that is known at once still comes after the call that started the work. */
struct io_deferred {
	struct io_deferred *next, *previous;
	struct io_loop *loop;
	io_callback *callback;
	void *arg;
	uint64_t turn; /* the one it was scheduled in */
};

struct io_loop {
	uv_loop_t uv;
	uv_async_t stopper;
	uv_idle_t idle; /* active while `deferred` is not empty */
	struct io_deferred *deferred;
	uint64_t turn; /* counts the runs of the deferred calls */
	struct io_service_slot services[IO_SERVICE_COUNT];
};

/* The state of a service, made by `create` the first time. `create` may return NULL. */
void *io_loop_service(struct io_loop *loop, enum io_service service,
		      void *(*create)(struct io_loop *loop), void (*destroy)(void *state));

void io_deferred_init(struct io_deferred *deferred, struct io_loop *loop, io_callback *callback,
		      void *arg);
/* Scheduling twice is once. */
void io_deferred_schedule(struct io_deferred *deferred);
/* Allowed when not scheduled. */
void io_deferred_cancel(struct io_deferred *deferred);

#endif
