/* guard.h - the breakers around checks, by name: the seam behind which they may move to shared
 * memory.
 *
 * Owns:    every guard of the registry. A guard lives until a configuration no longer names it.
 * Threads: the loop's. The time is read from the loop.
 */
#ifndef BW_DAEMON_GUARD_H
#define BW_DAEMON_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include <bellwether/breaker.h>

#include "base/status.h"
#include "io/loop.h"

struct guards;
struct guard;

/* Told of every change of state, after it. */
typedef void guard_change(void *arg, struct guard *guard, enum bw_breaker_state from,
			  enum bw_breaker_state to);

struct guards *guards_create(struct io_loop *loop, guard_change *change, void *arg);
void guards_destroy(struct guards *guards);
size_t guards_count(const struct guards *guards);
/* Start with *cursor = 0; NULL at the end. In the order they were first named. */
struct guard *guards_next(const struct guards *guards, size_t *cursor);
struct guard *guards_find(const struct guards *guards, const char *name);

/* A new configuration: begin, name every guard it has with guards_configure(), end. What was not
 * named in between is destroyed by the end; what stays keeps its state. */
void guards_begin(struct guards *guards);
struct guard *guards_configure(struct guards *guards, const char *name,
			       const struct bw_breaker_config *config);
/* `gone` (may be NULL) is told each name before its guard is destroyed. */
void guards_end(struct guards *guards, void (*gone)(void *arg, const char *name), void *arg);

const char *guard_name(const struct guard *guard);
const struct bw_breaker_config *guard_config(const struct guard *guard);
struct bw_breaker_ticket guard_acquire(struct guard *guard);
void guard_record(struct guard *guard, const struct bw_breaker_ticket *ticket,
		  enum bw_breaker_outcome outcome, int64_t duration_us);
void guard_snapshot(const struct guard *guard, struct bw_breaker_snapshot *out);
/* Since when it is not closed, probes in between included; 0: it is closed. */
struct bw_wall guard_left_closed(const struct guard *guard);

enum guard_order { GUARD_RESET, GUARD_FORCE_OPEN, GUARD_DISABLE, GUARD_ENABLE };

void guard_command(struct guard *guard, enum guard_order order);

#endif
