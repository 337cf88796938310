/* turn.c - a guard timer beside the thing waited for. */
#include "unit/io/turn.h"

struct guard {
	struct io_loop *loop;
	bool expired;
};

static void expire(void *arg)
{
	struct guard *guard = arg;

	guard->expired = true;
	io_loop_stop(guard->loop);
}

static bool turn_for(struct io_loop *loop, int64_t us)
{
	struct guard guard = { .loop = loop };
	struct io_timer *timer = io_timer_create(loop, expire, &guard);

	io_timer_start(timer, us);
	io_loop_run(loop);
	io_timer_destroy(timer);
	return !guard.expired;
}

bool turn_until_done(struct io_loop *loop)
{
	return turn_for(loop, 10 * BW_SECOND_US);
}

void turn_once(struct io_loop *loop)
{
	turn_for(loop, 0);
}

void turn_done(struct io_loop *loop)
{
	io_loop_stop(loop);
}
