/* guard.c - breakers of bellwether/breaker.h in a map, each in private memory of its own, with the
 * loop's clock and a voice for transitions.
 *
 * Every call that may change the state compares it before and after, so that a lazy transition
 * (open to half-open on an admission) is told like any other.
 */
#include "daemon/guard.h"

#include <stdlib.h>

#include "base/strmap.h"
#include "base/xalloc.h"

struct guard {
	struct guards *guards;
	char *name;
	bool named; /* by the configuration being taken in */
	struct bw_breaker_config config;
	struct bw_region *region;
	struct bw_breaker *breaker;
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
	bw_breaker_close(guard->breaker);
	bw_region_close(guard->region);
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

static int64_t loop_mono_us(void *arg)
{
	return io_loop_mono(arg).us;
}

static int64_t loop_wall_us(void *arg)
{
	return io_loop_wall(arg).us;
}

static struct guard *add_guard(struct guards *guards, const char *name,
			       const struct bw_breaker_config *config)
{
	struct guard *guard = xcalloc(1, sizeof(*guard));
	const struct bw_clock clock = { .now_us = loop_mono_us,
					.wall_us = loop_wall_us,
					.arg = guards->loop };
	const struct bw_region_options options = {
		.mode = BW_REGION_PRIVATE, .clock = &clock, .breakers = 1, .serial = true
	};

	guard->guards = guards;
	guard->name = xstrdup(name);
	guard->config = *config;
	xalloc_must(bw_region_open(&options, &guard->region, NULL));
	xalloc_must(bw_breaker_open(guard->region, name, config, &guard->breaker, NULL));
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
		xalloc_must(bw_breaker_configure(guard->breaker, config, NULL));
		guard->config = *config;
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
	return &guard->config;
}

static enum bw_breaker_state state_of(const struct guard *guard)
{
	struct bw_breaker_snapshot now;

	bw_breaker_snapshot(guard->breaker, &now);
	return now.state;
}

static void tell_change(struct guard *guard, enum bw_breaker_state before)
{
	enum bw_breaker_state after = state_of(guard);

	if (after != before && guard->guards->change != NULL)
		guard->guards->change(guard->guards->arg, guard, before, after);
}

struct bw_breaker_ticket guard_acquire(struct guard *guard)
{
	enum bw_breaker_state before = state_of(guard);
	struct bw_breaker_ticket ticket = bw_breaker_acquire(guard->breaker);

	tell_change(guard, before);
	return ticket;
}

void guard_record(struct guard *guard, const struct bw_breaker_ticket *ticket,
		  enum bw_breaker_outcome outcome, int64_t duration_us)
{
	enum bw_breaker_state before = state_of(guard);

	bw_breaker_record(guard->breaker, *ticket, outcome, duration_us);
	tell_change(guard, before);
}

void guard_snapshot(const struct guard *guard, struct bw_breaker_snapshot *out)
{
	bw_breaker_snapshot(guard->breaker, out);
}

struct bw_wall guard_left_closed(const struct guard *guard)
{
	struct bw_breaker_snapshot now;

	bw_breaker_snapshot(guard->breaker, &now);
	return (struct bw_wall){ now.left_closed_wall_us };
}

void guard_command(struct guard *guard, enum guard_order order)
{
	enum bw_breaker_state before = state_of(guard);

	switch (order) {
	case GUARD_RESET:
		xalloc_must(bw_breaker_reset(guard->breaker));
		break;
	case GUARD_FORCE_OPEN:
		xalloc_must(bw_breaker_force_open(guard->breaker));
		break;
	case GUARD_DISABLE:
		xalloc_must(bw_breaker_disable(guard->breaker));
		break;
	case GUARD_ENABLE:
		xalloc_must(bw_breaker_enable(guard->breaker));
		break;
	}
	tell_change(guard, before);
}
