/* guard.c - handles of the shared region and of private pools behind one name each.
 *
 * States are never compared: what happened stands in the breaker's own ring of events, whoever did
 * it, and is told from there. After each call of the daemon's own, and some times a second for what
 * others do, a guard listens: it reads on from where it stopped. What the ring holds when a guard
 * first listens is past: it happened before this daemon looked, and an earlier one may have told.
 *
 * Invariant: a guard always has a breaker; `is_private` says that it is of the pools.
 */
#include "daemon/guard.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/strmap.h"
#include "base/xalloc.h"
#include "daemon/guard_pool.h"
#include "daemon/live_columns.h"

/* Events: a ring of them and an episode, then others have their turn, or orders without end would
 * hold us. The workers of a breaker at rest are looked at so seldom because that reads /proc. */
enum { EVENTS_AT_ONCE = 65, REST_LOOKS = 5 };

struct guard {
	struct guards *guards;
	char *name;
	struct bw_breaker *breaker;
	bool is_private, is_configured;
	bool named; /* by the configuration being taken in */
	bool has_listened, owes_config;
	uint32_t epoch;
	uint64_t cursor; /* in the ring of events */
	uint64_t events, missed;
	int64_t last_event_us;           /* on the breaker's clock; 0: none yet */
	struct bw_breaker_config config; /* as configured */
	struct crew crew;
	uint64_t calls_mark; /* of the numbers of the last look */
	int looks_at_rest;   /* in a row, without looking at the workers */
};

struct guards {
	struct io_loop *loop;
	struct shared_region *region;
	struct guard_pools *pools;
	struct bw_strmap *by_name;
	struct guard_listener listener;
	size_t left_out;
	bool is_held; /* another process holds the registry, which costs 0.1 s to find out */
	unsigned region_count; /* breakers of the region when it was last searched */
	int pid;
	struct bw_breaker_worker workers[CREW_MAX]; /* room for one look */
	const struct guard *named; /* they are the `named_count` of this one; NULL: ask again */
	size_t named_count;
};

struct guards *guards_create(struct io_loop *loop, struct shared_region *region,
			     const struct guard_listener *listener)
{
	struct guards *guards = xcalloc(1, sizeof(*guards));

	guards->loop = loop;
	guards->region = region;
	guards->listener = *listener;
	guards->pools = guard_pools_create(loop);
	guards->pid = (int)getpid();
	guards->by_name = bw_strmap_create();
	if (guards->by_name == NULL)
		xalloc_die();
	return guards;
}

static void drop_breaker(struct guard *guard)
{
	if (guard->is_private)
		guard_pools_give_back(guard->guards->pools, guard->breaker);
	else
		bw_breaker_close(guard->breaker);
	guard->breaker = NULL;
	crew_finish(&guard->crew);
}

static void guard_destroy(struct guard *guard)
{
	drop_breaker(guard);
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
	guard_pools_destroy(guards->pools);
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

size_t guards_left_out(const struct guards *guards)
{
	return guards->left_out;
}

struct shared_region *guards_region(const struct guards *guards)
{
	return guards->region;
}

void guards_begin(struct guards *guards)
{
	struct guard *guard;
	size_t cursor = 0;

	while ((guard = guards_next(guards, &cursor)) != NULL)
		guard->named = false;
}

/* --- which breaker stands behind a name --- */

static void begin_with(struct guard *guard, struct bw_breaker *breaker, bool is_private)
{
	guard->breaker = breaker;
	guard->is_private = is_private;
	guard->has_listened = false;
	guard->owes_config = false;
	guard->cursor = 0;
	guard->last_event_us = 0;
	guard->epoch++;
}

/* NULL: the region is not there, is full, is held, or does not take the name. */
static struct bw_breaker *open_shared(struct guards *guards, const char *name,
				      const struct bw_breaker_config *config)
{
	struct bw_breaker *breaker = NULL;
	enum bw_status status;

	if (!shared_region_is_writable(guards->region) || guards->is_held)
		return NULL;
	status = bw_breaker_open(shared_region_get(guards->region), name, config, &breaker, NULL);
	guards->is_held = status == BW_ETIMEDOUT;
	return status == BW_OK ? breaker : NULL;
}

/* Fails only while another process holds the registry: guards_settle() tries again. */
static void impose_config(struct guard *guard)
{
	guard->owes_config = (guard->guards->is_held && !guard->is_private) ||
			     bw_breaker_configure(guard->breaker, &guard->config, NULL) != BW_OK;
	guard->guards->is_held |= guard->owes_config;
}

/* What is configured holds for all processes; said where they had it otherwise. */
static void overrule(struct guard *guard)
{
	if (bw_breaker_origin(guard->breaker) != BW_BREAKER_ATTACHED_DIFFERENT)
		return;
	impose_config(guard);
	guard->guards->listener.overruled(guard->guards->listener.arg, guard);
}

static void open_configured(struct guard *guard)
{
	struct bw_breaker *shared = open_shared(guard->guards, guard->name, &guard->config);

	if (shared == NULL) {
		begin_with(guard, guard_pools_take(guard->guards->pools, &guard->config), true);
		return;
	}
	begin_with(guard, shared, false);
	overrule(guard);
}

/* A found one gets a handle that knows whether its rules are others. */
static void take_over(struct guard *guard)
{
	struct bw_breaker *shared = open_shared(guard->guards, guard->name, &guard->config);

	if (shared == NULL) { /* it may only be looked at */
		drop_breaker(guard);
		begin_with(guard, guard_pools_take(guard->guards->pools, &guard->config), true);
		return;
	}
	bw_breaker_close(guard->breaker);
	guard->breaker = shared;
	overrule(guard);
}

static struct guard *add_guard(struct guards *guards, const char *name)
{
	struct guard *guard = xcalloc(1, sizeof(*guard));

	guard->guards = guards;
	guard->name = xstrdup(name);
	xalloc_must(bw_strmap_put(guards->by_name, name, guard));
	return guard;
}

struct guard *guards_configure(struct guards *guards, const char *name,
			       const struct bw_breaker_config *config)
{
	struct guard *guard = guards_find(guards, name);

	if (guard == NULL)
		guard = add_guard(guards, name);
	guard->config = *config;
	guard->named = true;
	if (guard->breaker == NULL)
		open_configured(guard);
	else if (!guard->is_configured)
		take_over(guard);
	else
		impose_config(guard);
	guard->is_configured = true;
	return guard;
}

static void remove_guard(struct guards *guards, struct guard *guard)
{
	guards->listener.gone(guards->listener.arg, guard);
	bw_strmap_remove(guards->by_name, guard->name);
	guard_destroy(guard);
}

static void count_left_out(struct guards *guards)
{
	const struct guard *guard;
	size_t cursor = 0;

	guards->left_out = 0;
	if (!shared_region_is_writable(guards->region))
		return;
	while ((guard = guards_next(guards, &cursor)) != NULL)
		guards->left_out += guard->is_private;
}

void guards_end(struct guards *guards)
{
	struct guard *guard;
	size_t cursor = 0;

	while ((guard = guards_next(guards, &cursor)) != NULL) {
		if (guard->named || !guard->is_configured)
			continue;
		guard->is_configured = false;
		if (guard->is_private)
			remove_guard(guards, guard);
	}
	count_left_out(guards);
}

/* --- the region --- */

static void find_all(struct guards *guards)
{
	struct bw_region *region = shared_region_get(guards->region);
	char name[BW_BREAKER_NAME_MAX + 1];
	struct bw_breaker *breaker;
	size_t cursor = 0;

	while (bw_region_next(region, &cursor, name)) {
		if (guards_find(guards, name) != NULL ||
		    bw_breaker_find(region, name, &breaker, NULL) != BW_OK)
			continue;
		struct guard *guard = add_guard(guards, name);
		begin_with(guard, breaker, false);
		guards->listener.found(guards->listener.arg, guard);
	}
}

static void find_new(struct guards *guards)
{
	struct bw_region_info info;

	bw_region_info(shared_region_get(guards->region), &info);
	if (info.breakers == guards->region_count)
		return;
	find_all(guards);
	guards->region_count = info.breakers;
}

/* true: some did. */
static bool move_in(struct guards *guards)
{
	struct guard *guard;
	size_t cursor = 0;
	bool any = false;

	while ((guard = guards_next(guards, &cursor)) != NULL) {
		struct bw_breaker *shared =
			guard->is_private ? open_shared(guards, guard->name, &guard->config) : NULL;

		if (shared == NULL)
			continue;
		drop_breaker(guard);
		begin_with(guard, shared, false);
		overrule(guard);
		any = true;
	}
	count_left_out(guards);
	return any;
}

void guards_join(struct guards *guards)
{
	guards->region_count = 0;
	guards->is_held = false;
	move_in(guards);
}

bool guards_settle(struct guards *guards)
{
	struct guard *guard;
	size_t cursor = 0;

	if (!guards->is_held)
		return false;
	guards->is_held = false;
	while (!guards->is_held && (guard = guards_next(guards, &cursor)) != NULL) {
		if (guard->owes_config)
			impose_config(guard);
	}
	return move_in(guards);
}

void guards_leave(struct guards *guards)
{
	struct guard *guard;
	size_t cursor = 0;

	while ((guard = guards_next(guards, &cursor)) != NULL) {
		if (guard->is_private)
			continue;
		if (!guard->is_configured) {
			remove_guard(guards, guard);
			continue;
		}
		drop_breaker(guard);
		begin_with(guard, guard_pools_take(guards->pools, &guard->config), true);
	}
	guards->left_out = 0;
	guards->is_held = false;
}

bool guards_are_held_off(const struct guards *guards)
{
	return guards->is_held;
}

/* --- what happened --- */

static void tell_event(struct guard *guard, const struct bw_breaker_event *event)
{
	const struct guard_listener *listener = &guard->guards->listener;
	const struct guard_event told = {
		.event = *event,
		.is_past = !guard->has_listened && !guard->is_private,
		.is_own = guard->is_private || event->pid == guard->guards->pid,
		.lasted_us = guard->last_event_us > 0 ? event->at_us - guard->last_event_us : -1,
	};

	guard->events++;
	if (event->cause != BW_BREAKER_WOULD_HAVE_OPENED)
		guard->last_event_us = event->at_us;
	listener->changed(listener->arg, guard, &told);
}

static void listen(struct guard *guard)
{
	const struct guard_listener *listener = &guard->guards->listener;
	struct bw_breaker_event events[EVENTS_AT_ONCE];
	uint64_t missed = 0;
	size_t count =
		bw_breaker_events(guard->breaker, &guard->cursor, events, EVENTS_AT_ONCE, &missed);

	guard->guards->named = NULL;
	for (size_t i = 0; i < count; i++)
		tell_event(guard, &events[i]);
	guard->has_listened = true;
	guard->missed += missed;
	if (missed > 0)
		listener->missed(listener->arg, guard, missed);
}

void guards_listen(struct guards *guards)
{
	struct guard *guard;
	size_t cursor = 0;

	if (shared_region_get(guards->region) == NULL)
		return;
	find_new(guards);
	while ((guard = guards_next(guards, &cursor)) != NULL) {
		if (!guard->is_private)
			listen(guard);
	}
}

/* --- one guard --- */

const char *guard_name(const struct guard *guard)
{
	return guard->name;
}

bool guard_is_configured(const struct guard *guard)
{
	return guard->is_configured;
}

bool guard_is_shared(const struct guard *guard)
{
	return !guard->is_private;
}

void guard_config(const struct guard *guard, struct bw_breaker_config *out)
{
	bw_breaker_config(guard->breaker, out);
}

uint64_t guard_events(const struct guard *guard)
{
	return guard->events;
}

uint64_t guard_missed(const struct guard *guard)
{
	return guard->missed;
}

bool guard_acquire(struct guard *guard, struct guard_ticket *out)
{
	struct bw_breaker_call call = bw_breaker_begin(guard->breaker);

	*out = (struct guard_ticket){ call.ticket, guard->epoch };
	listen(guard);
	return bw_breaker_ticket_admitted(call.ticket);
}

void guard_record(struct guard *guard, const struct guard_ticket *ticket,
		  enum bw_breaker_outcome outcome, int64_t duration_us)
{
	if (ticket->epoch != guard->epoch)
		return;
	bw_breaker_record(guard->breaker, ticket->ticket, outcome, duration_us);
	listen(guard);
}

void guard_snapshot(const struct guard *guard, struct bw_breaker_snapshot *out)
{
	bw_breaker_snapshot(guard->breaker, out);
}

int64_t guard_now_us(const struct guard *guard)
{
	return guard->is_private ? io_loop_mono(guard->guards->loop).us
				 : shared_region_now_us(guard->guards->region);
}

size_t guard_workers(const struct guard *guard, struct bw_breaker_worker *out, size_t room)
{
	size_t count = guard->is_private ? 0 : bw_breaker_workers(guard->breaker, out, room);

	return count < room ? count : room;
}

/* Asked once for all events that were read together: each look at the workers reads /proc. */
bool guard_worker_command(const struct guard *guard, int pid, char out[16])
{
	struct guards *guards = guard->guards;
	size_t i = 0;

	if (guards->named != guard) {
		guards->named_count = guard_workers(guard, guards->workers, CREW_MAX);
		guards->named = guard;
	}
	while (i < guards->named_count && guards->workers[i].pid != pid)
		i++;
	if (i < guards->named_count)
		crew_command(&guards->workers[i], out);
	return i < guards->named_count;
}

const struct crew *guard_crew(const struct guard *guard)
{
	return &guard->crew;
}

size_t guard_recent_events(const struct guard *guard, struct bw_breaker_event *out, size_t room)
{
	uint64_t cursor = 0;

	return bw_breaker_events(guard->breaker, &cursor, out, room, NULL);
}

static uint64_t mark_of_calls(const struct guard *guard)
{
	struct bw_breaker_snapshot now;

	bw_breaker_snapshot(guard->breaker, &now);
	const int64_t numbers[] = {
		(int64_t)now.state,
		now.generation,
		now.retry_due,
		now.consecutive_failures,
		now.probes_in_flight,
		now.probe_successes,
		(int64_t)now.lifetime.admitted,
		(int64_t)now.lifetime.rejected,
		(int64_t)now.lifetime.success,
		(int64_t)now.lifetime.failure,
		(int64_t)now.lifetime.ignored,
		(int64_t)now.lifetime.late,
	};
	return live_hash(1, numbers, sizeof(numbers));
}

static uint64_t mark_of_crew(const struct crew_sum *sum)
{
	const int64_t numbers[] = { sum->alive,   sum->dead,      sum->failing,
				    sum->overdue, sum->in_flight, sum->total };

	return live_hash(live_hash(1, numbers, sizeof(numbers)), sum->cause, strlen(sum->cause));
}

static void look_at_crew(struct guard *guard)
{
	struct bw_breaker_worker *workers = guard->guards->workers;
	struct bw_breaker_config config;
	size_t count = guard_workers(guard, workers, CREW_MAX);

	guard->guards->named = NULL; /* overwritten */
	guard_config(guard, &config);
	crew_take(&guard->crew, workers, count, &config, guard_now_us(guard));
	guard->looks_at_rest = 0;
}

bool guard_look(struct guard *guard)
{
	const uint64_t calls = mark_of_calls(guard), crew = mark_of_crew(&guard->crew.sum);
	bool changed = calls != guard->calls_mark;

	guard->calls_mark = calls;
	if (guard->is_private)
		return changed;
	if (changed || guard->crew.sum.in_flight > 0 || ++guard->looks_at_rest >= REST_LOOKS)
		look_at_crew(guard);
	return changed || mark_of_crew(&guard->crew.sum) != crew;
}

enum bw_status guard_command(struct guard *guard, enum guard_order order, int64_t duration_us)
{
	enum bw_status status = BW_EINVAL;

	switch (order) {
	case GUARD_RESET:
		status = bw_breaker_reset(guard->breaker);
		break;
	case GUARD_FORCE_OPEN:
		status = bw_breaker_force_open(guard->breaker);
		break;
	case GUARD_DISABLE:
		status = bw_breaker_disable(guard->breaker);
		break;
	case GUARD_ENABLE:
		status = bw_breaker_enable(guard->breaker);
		break;
	case GUARD_METRICS_ONLY:
		status = bw_breaker_metrics_only(guard->breaker);
		break;
	case GUARD_OPEN_FOR:
		status = bw_breaker_open_for(guard->breaker, duration_us);
		break;
	}
	listen(guard);
	return status;
}
