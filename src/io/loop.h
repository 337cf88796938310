/* loop.h - the event loop of one thread: clocks, timers, wake-ups, signals, watched descriptors.
 *
 * Owns:    the loop; every handle belongs to its creator and must be destroyed before the loop.
 * Units:   microseconds; timers fire no earlier than asked and within about 1 ms after.
 * Errors:  creation dies without memory (xalloc.h); what a system can refuse returns a status.
 * Threads: everything on the loop's thread, but io_wakeup_send() and io_loop_stop() from any.
 *
 * tests/support/fake_*.c implement this header and its neighbours over a scripted clock and
 * scripted peers, so that the real engine and the real checks run without sleeping or ports.
 */
#ifndef BW_IO_LOOP_H
#define BW_IO_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/time.h"

struct io_loop;
struct io_timer;
struct io_wakeup;
struct io_signal;
struct io_watch;

struct io_loop *io_loop_create(void);
/* Runs pending closes. NULL is allowed. */
void io_loop_destroy(struct io_loop *loop);
/* Until io_loop_stop(). */
void io_loop_run(struct io_loop *loop);
void io_loop_stop(struct io_loop *loop);
/* The clocks, read now (not the loop's cached time). Mono is CLOCK_BOOTTIME where there is one. */
struct bw_mono io_loop_mono(const struct io_loop *loop);
struct bw_wall io_loop_wall(const struct io_loop *loop);

typedef void io_callback(void *arg);

struct io_timer *io_timer_create(struct io_loop *loop, io_callback *callback, void *arg);
/* Once, after `delay_us` (>= 0); never before this call returns. Starting again moves it. */
void io_timer_start(struct io_timer *timer, int64_t delay_us);
void io_timer_stop(struct io_timer *timer);
void io_timer_destroy(struct io_timer *timer);

struct io_wakeup *io_wakeup_create(struct io_loop *loop, io_callback *callback, void *arg);
/* From any thread; several sends may give one call. */
void io_wakeup_send(struct io_wakeup *wakeup);
void io_wakeup_destroy(struct io_wakeup *wakeup);

/* The callback comes on the loop, not in the handler. */
struct io_signal *io_signal_create(struct io_loop *loop, int signal, io_callback *callback,
				   void *arg);
void io_signal_destroy(struct io_signal *signal);

enum { IO_READABLE = 1, IO_WRITABLE = 2 };

typedef void io_watch_callback(void *arg, unsigned events, int error_number);

/* Watches a descriptor that somebody else owns (libpq's). `events` may be changed at any time;
 * 0 pauses. The descriptor must outlive the watch. */
struct io_watch *io_watch_create(struct io_loop *loop, int fd, io_watch_callback *callback,
				 void *arg);
BW_MUST_USE enum bw_status io_watch_set(struct io_watch *watch, unsigned events);
void io_watch_destroy(struct io_watch *watch);

#endif
