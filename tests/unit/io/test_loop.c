/* Timers are never early, deferred stops hold, wake-ups come from threads, watches tell the truth.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/loop.h"
#include "io/loop_internal.h"
#include "unit/io/turn.h"

struct context {
	struct io_loop *loop;
	struct io_timer *timer;
	int calls;
	struct bw_mono fired;
	unsigned events;
	struct io_deferred again;
};

static void count(void *arg)
{
	struct context *context = arg;

	context->calls++;
	context->fired = io_loop_mono(context->loop);
	turn_done(context->loop);
}

static void timer_is_never_early(void **state)
{
	static const int64_t delays_us[] = { 0, 1, 500, 999, 1000, 1001, 1500, 7300, 20000 };
	struct context context = { .loop = io_loop_create() };

	(void)state;
	context.timer = io_timer_create(context.loop, count, &context);
	for (size_t i = 0; i < sizeof(delays_us) / sizeof(delays_us[0]); i++) {
		struct bw_mono started = io_loop_mono(context.loop);

		io_timer_start(context.timer, delays_us[i]);
		assert_true(turn_until_done(context.loop));
		assert_true(bw_mono_since(context.fired, started) >= delays_us[i]);
	}
	io_timer_destroy(context.timer);
	io_loop_destroy(context.loop);
}

static void stopped_and_destroyed_timers_are_silent(void **state)
{
	struct context context = { .loop = io_loop_create() };
	struct io_timer *other;

	(void)state;
	context.timer = io_timer_create(context.loop, count, &context);
	other = io_timer_create(context.loop, count, &context);
	io_timer_start(context.timer, 0);
	io_timer_stop(context.timer);
	io_timer_start(other, 0);
	io_timer_destroy(other);
	turn_once(context.loop);
	assert_int_equal(context.calls, 0);
	io_timer_destroy(context.timer);
	io_loop_destroy(context.loop);
}

static void *send_wakeup(void *arg)
{
	io_wakeup_send(arg);
	return NULL;
}

static void wakeup_comes_from_another_thread(void **state)
{
	struct context context = { .loop = io_loop_create() };
	struct io_wakeup *wakeup = io_wakeup_create(context.loop, count, &context);
	pthread_t thread;

	(void)state;
	pthread_create(&thread, NULL, send_wakeup, wakeup);
	assert_true(turn_until_done(context.loop));
	pthread_join(thread, NULL);
	assert_int_equal(context.calls, 1);
	io_wakeup_destroy(wakeup);
	io_loop_destroy(context.loop);
}

static void *stop_loop(void *arg)
{
	io_loop_stop(arg);
	return NULL;
}

static void stop_works_from_another_thread(void **state)
{
	struct io_loop *loop = io_loop_create();
	pthread_t thread;

	(void)state;
	pthread_create(&thread, NULL, stop_loop, loop);
	assert_true(turn_until_done(loop));
	pthread_join(thread, NULL);
	io_loop_destroy(loop);
}

static void signal_comes_on_the_loop(void **state)
{
	struct context context = { .loop = io_loop_create() };
	struct io_signal *signal = io_signal_create(context.loop, SIGUSR1, count, &context);

	(void)state;
	kill(getpid(), SIGUSR1);
	assert_int_equal(context.calls, 0);
	assert_true(turn_until_done(context.loop));
	assert_int_equal(context.calls, 1);
	io_signal_destroy(signal);
	io_loop_destroy(context.loop);
}

static void note_events(void *arg, unsigned events, int error_number)
{
	struct context *context = arg;

	assert_int_equal(error_number, 0);
	context->events = events;
	turn_done(context->loop);
}

static void watch_follows_its_descriptor(void **state)
{
	struct context context = { .loop = io_loop_create() };
	struct io_watch *watch;
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	watch = io_watch_create(context.loop, ends[0], note_events, &context);
	assert_int_equal(io_watch_set(watch, IO_READABLE), BW_OK);
	turn_once(context.loop);
	assert_int_equal(context.events, 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_true(turn_until_done(context.loop));
	assert_int_equal(context.events, IO_READABLE);
	context.events = 0;
	assert_int_equal(io_watch_set(watch, 0), BW_OK);
	turn_once(context.loop);
	assert_int_equal(context.events, 0);
	assert_int_equal(io_watch_set(watch, IO_READABLE | IO_WRITABLE), BW_OK);
	assert_true(turn_until_done(context.loop));
	assert_int_equal(context.events, IO_READABLE | IO_WRITABLE);
	io_watch_destroy(watch);
	close(ends[0]);
	close(ends[1]);
	io_loop_destroy(context.loop);
}

static void watch_of_a_file_is_refused(void **state)
{
	struct io_loop *loop = io_loop_create();
	struct io_watch *watch = io_watch_create(loop, -1, note_events, NULL);

	(void)state;
	assert_int_equal(io_watch_set(watch, IO_READABLE), BW_EIO);
	io_watch_destroy(watch);
	io_loop_destroy(loop);
}

static void defer_again(void *arg)
{
	struct context *context = arg;

	context->calls++;
	io_deferred_schedule(&context->again);
}

static void stop_soon(void *arg)
{
	turn_done(arg);
}

/* The stop is seen when the loop looks at its descriptors, once a turn. */
static void deferred_calls_do_not_starve_the_loop(void **state)
{
	struct context context = { .loop = io_loop_create() };
	struct io_deferred stop;

	(void)state;
	io_deferred_init(&context.again, context.loop, defer_again, &context);
	io_deferred_init(&stop, context.loop, stop_soon, context.loop);
	io_deferred_schedule(&context.again);
	io_deferred_schedule(&context.again);
	io_deferred_schedule(&stop);
	assert_int_equal(context.calls, 0);
	assert_true(turn_until_done(context.loop));
	assert_int_equal(context.calls, 1);
	io_deferred_cancel(&context.again);
	io_deferred_cancel(&context.again);
	turn_once(context.loop);
	assert_int_equal(context.calls, 1);
	io_loop_destroy(context.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timer_is_never_early),
		cmocka_unit_test(stopped_and_destroyed_timers_are_silent),
		cmocka_unit_test(wakeup_comes_from_another_thread),
		cmocka_unit_test(stop_works_from_another_thread),
		cmocka_unit_test(signal_comes_on_the_loop),
		cmocka_unit_test(watch_follows_its_descriptor),
		cmocka_unit_test(watch_of_a_file_is_refused),
		cmocka_unit_test(deferred_calls_do_not_starve_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
