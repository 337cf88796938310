/* guard.c - breakers of core/breaker.h in a map, with the loop's clock and a voice for transitions.
 *
 * Every call that may change the state compares it before and after, so that a lazy transition
 * (open to half-open on an admission) is told like any other.
 */
#include "daemon/guard.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/strmap.h"
#include "base/xalloc.h"

struct guard {
	struct guards *guards;
	char *name;
	bool named; /* by the configuration being taken in */
	struct bw_breaker breaker;
	struct bw_wall left_closed; /* 0: it is closed, or was never seen closed */
};

struct guards {
	struct io_loop *loop;
	struct bw_strmap *by_name;
	guard_change *change;
	void *arg;
};

struct guards *guards_create(struct io_loop *loop, guard_change *change, void *arg)
{
	struct guards *guards = xcalloc(1, sizeof(*guards));

	guards->loop = loop;
	guards->change = change;
	guards->arg = arg;
	guards->by_name = bw_strmap_create();
	if (guards->by_name == NULL)
		xalloc_die();
	return guards;
}

static void guard_destroy(struct guard *guard)
{
	free(guard->name);
	free(guard);
}

void guards_destroy(struct guards *guards)
{
	struct guard *guard;
	size_t cursor = 0;

	if (guards == NULL)
		return;
	while ((guard = guards_next(guards, &cursor)) != NULL)
		guard_destroy(guard);
	bw_strmap_destroy(guards->by_name);
	free(guards);
}

size_t guards_count(const struct guards *guards)
{
	return bw_strmap_count(guards->by_name);
}

struct guard *guards_next(const struct guards *guards, size_t *cursor)
{
	struct bw_strmap_entry entry;

	return bw_strmap_next(guards->by_name, cursor, &entry) ? entry.value : NULL;
}

struct guard *guards_find(const struct guards *guards, const char *name)
{
	return bw_strmap_get(guards->by_name, name);
}

void guards_begin(struct guards *guards)
{
	struct guard *guard;
	size_t cursor = 0;

	while ((guard = guards_next(guards, &cursor)) != NULL)
		guard->named = false;
}

static struct guard *add_guard(struct guards *guards, const char *name,
			       const struct bw_breaker_config *config)
{
	struct guard *guard = xcalloc(1, sizeof(*guard));
	enum bw_status status;

	guard->guards = guards;
	guard->name = xstrdup(name);
	status = bw_breaker_init(&guard->breaker, config, io_loop_mono(guards->loop), NULL);
	bw_assert(status == BW_OK); /* the settings were validated */
	xalloc_must(bw_strmap_put(guards->by_name, name, guard));
	return guard;
}

struct guard *guards_configure(struct guards *guards, const char *name,
			       const struct bw_breaker_config *config)
{
	struct guard *guard = guards_find(guards, name);

	if (guard == NULL) {
		guard = add_guard(guards, name, config);
	} else {
		xalloc_must(bw_breaker_configure(&guard->breaker, config, NULL));
	}
	guard->named = true;
	return guard;
}

void guards_end(struct guards *guards, void (*gone)(void *arg, const char *name), void *arg)
{
	struct guard *guard;
	size_t cursor = 0;

	while ((guard = guards_next(guards, &cursor)) != NULL) {
		if (guard->named)
			continue;
		if (gone != NULL)
			gone(arg, guard->name);
		bw_strmap_remove(guards->by_name, guard->name);
		guard_destroy(guard);
	}
}

const char *guard_name(const struct guard *guard)
{
	return guard->name;
}

const struct bw_breaker_config *guard_config(const struct guard *guard)
{
	return &guard->breaker.config;
}

static void tell_change(struct guard *guard, enum bw_breaker_state before)
{
	if (guard->breaker.state == before)
		return;
	if (guard->breaker.state == BW_BREAKER_CLOSED)
		guard->left_closed = (struct bw_wall){ 0 };
	else if (before == BW_BREAKER_CLOSED)
		guard->left_closed = io_loop_wall(guard->guards->loop);
	if (guard->guards->change != NULL)
		guard->guards->change(guard->guards->arg, guard, before, guard->breaker.state);
}

struct bw_breaker_ticket guard_acquire(struct guard *guard)
{
	enum bw_breaker_state before = guard->breaker.state;
	struct bw_breaker_ticket ticket =
		bw_breaker_acquire(&guard->breaker, io_loop_mono(guard->guards->loop));

	tell_change(guard, before);
	return ticket;
}

void guard_record(struct guard *guard, const struct bw_breaker_ticket *ticket,
		  enum bw_breaker_outcome outcome, int64_t duration_us)
{
	enum bw_breaker_state before = guard->breaker.state;

	bw_breaker_record(&guard->breaker, ticket, outcome, duration_us,
			  io_loop_mono(guard->guards->loop));
	tell_change(guard, before);
}

void guard_snapshot(const struct guard *guard, struct bw_breaker_snapshot *out)
{
	bw_breaker_snapshot(&guard->breaker, io_loop_mono(guard->guards->loop), out);
}

struct bw_wall guard_left_closed(const struct guard *guard)
{
	return guard->left_closed;
}

void guard_command(struct guard *guard, enum guard_order order)
{
	struct bw_mono now = io_loop_mono(guard->guards->loop);
	enum bw_breaker_state before = guard->breaker.state;

	switch (order) {
	case GUARD_RESET:
		bw_breaker_reset(&guard->breaker, now);
		break;
	case GUARD_FORCE_OPEN:
		bw_breaker_force_open(&guard->breaker, now);
		break;
	case GUARD_DISABLE:
		bw_breaker_disable(&guard->breaker, now);
		break;
	case GUARD_ENABLE:
		bw_breaker_enable(&guard->breaker, now);
		break;
	}
	tell_change(guard, before);
}
