/* guard.h - every breaker the daemon knows, by name: those of its configuration, and those that
 * other processes of the host have made.
 *
 * A configured one lies in the shared region when there is one with room for it, so that workers
 * and the daemon's own checks see the same; otherwise it is the daemon's alone. One that was found
 * in the region is shown as it is. The configuration is the authority for those it names.
 *
 * Owns:    every guard of the registry. A configured one lives until a configuration no longer
 *          names it, and on as a found one if it is shared; a found one as long as its region.
 * Threads: the loop's. Private breakers run on the loop's clock, shared ones on the region's.
 */
#ifndef BW_DAEMON_GUARD_H
#define BW_DAEMON_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include <bellwether/breaker.h>

#include "base/status.h"
#include "base/time.h"
#include "daemon/crew.h"
#include "daemon/shared_region.h"
#include "io/loop.h"

struct guards;
struct guard;

/* What a breaker's ring of events tells. */
struct guard_event {
	struct bw_breaker_event event;
	bool is_past; /* it stood in the ring when the daemon first looked; maybe known already */
	bool is_own;  /* this process did it */
	int64_t lasted_us; /* how long the state before was, -1: not known */
};

struct guard_listener {
	/* Told of every event, in their order, after it. */
	void (*changed)(void *arg, struct guard *guard, const struct guard_event *event);
	/* So many were overwritten before anybody could read them. */
	void (*missed)(void *arg, struct guard *guard, uint64_t count);
	/* Found for the first time, or found as another process changed its rules. */
	void (*found)(void *arg, struct guard *guard);
	/* Before it is destroyed. `configured`: a configuration named it once. */
	void (*gone)(void *arg, struct guard *guard);
	/* The configuration is the authority, and the region said otherwise. */
	void (*overruled)(void *arg, struct guard *guard);
	void *arg;
};

/* `region` (borrowed) may be NULL: all are private. */
struct guards *guards_create(struct io_loop *loop, struct shared_region *region,
			     const struct guard_listener *listener);
void guards_destroy(struct guards *guards);
size_t guards_count(const struct guards *guards);
/* Start with *cursor = 0; NULL at the end. In the order they were first named or found. */
struct guard *guards_next(const struct guards *guards, size_t *cursor);
struct guard *guards_find(const struct guards *guards, const char *name);
/* Configured ones that the region had no room for, or whose names are too long for it. */
size_t guards_left_out(const struct guards *guards);
struct shared_region *guards_region(const struct guards *guards);

/* A new configuration: begin, name every guard it has with guards_configure(), end. Of what was not
 * named in between the private ones are destroyed by the end; what stays keeps its state. */
void guards_begin(struct guards *guards);
struct guard *guards_configure(struct guards *guards, const char *name,
			       const struct bw_breaker_config *config);
void guards_end(struct guards *guards);

/* The region was opened: configured guards move into it, and what else is there is found. Calls in
 * flight then count nowhere. */
void guards_join(struct guards *guards);
/* Does another process hold the region's registry, so that some could not move in or be configured?
 * It is asked once, then left alone. */
bool guards_are_held_off(const struct guards *guards);
/* Asks again; true: some have moved. Takes up to 0.1 s. */
bool guards_settle(struct guards *guards);
/* Before the region is closed: found guards go, configured ones become private and begin anew. */
void guards_leave(struct guards *guards);
/* Breakers that are new in the region, and every event since the last time. Cheap. */
void guards_listen(struct guards *guards);

const char *guard_name(const struct guard *guard);
bool guard_is_configured(const struct guard *guard);
bool guard_is_shared(const struct guard *guard);
/* The rules that hold now. */
void guard_config(const struct guard *guard, struct bw_breaker_config *out);
/* Events told since the daemon started, and those it missed. */
uint64_t guard_events(const struct guard *guard);
uint64_t guard_missed(const struct guard *guard);

struct guard_ticket {
	struct bw_breaker_ticket ticket;
	uint32_t epoch; /* a guard that moved to another region meanwhile takes no result */
};

/* false: rejected, and there is nothing to be ended. */
bool guard_acquire(struct guard *guard, struct guard_ticket *out);
void guard_record(struct guard *guard, const struct guard_ticket *ticket,
		  enum bw_breaker_outcome outcome, int64_t duration_us);
void guard_snapshot(const struct guard *guard, struct bw_breaker_snapshot *out);

/* Looks at numbers and workers again; true when they are not those of the last look, times aside.
 * Reads /proc for each worker of a breaker that is used. */
bool guard_look(struct guard *guard);
/* As of the last look; empty of a private one. */
const struct crew *guard_crew(const struct guard *guard);
/* The workers themselves, at most `room`; their number. */
size_t guard_workers(const struct guard *guard, struct bw_breaker_worker *out, size_t room);
/* The newest events that the ring holds, oldest first. */
size_t guard_recent_events(const struct guard *guard, struct bw_breaker_event *out, size_t room);
/* The clock that times in workers and events are of. */
int64_t guard_now_us(const struct guard *guard);
/* The command of a worker; false: the region has no worker of that pid any more. */
bool guard_worker_command(const struct guard *guard, int pid, char out[16]);

enum guard_order {
	GUARD_RESET,
	GUARD_FORCE_OPEN,
	GUARD_DISABLE,
	GUARD_ENABLE,
	GUARD_METRICS_ONLY,
	GUARD_OPEN_FOR,
};

/* `duration_us` is for GUARD_OPEN_FOR. BW_EACCES: the region may only be looked at. */
BW_MUST_USE enum bw_status guard_command(struct guard *guard, enum guard_order order,
					 int64_t duration_us);

#endif
