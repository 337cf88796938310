/* waiter.h - somebody who waits for a commit, and lists of them.
 *
 * Private to src/storage.
 * Owns:    a list owns its waiters.
 * Threads: a list is guarded by its holder.
 */
#ifndef BW_STORAGE_WAITER_H
#define BW_STORAGE_WAITER_H

#include "base/status.h"

struct store_waiter {
	struct store_waiter *next;
	void (*done)(void *arg, enum bw_status status);
	void *arg;
	enum bw_status status; /* BW_EIO until it is known better */
};

/* First in, first out. */
struct store_waiters {
	struct store_waiter *head, *tail;
};

struct store_waiter *store_waiter_create(void (*done)(void *arg, enum bw_status status), void *arg);
void store_waiters_push(struct store_waiters *waiters, struct store_waiter *waiter);
/* NULL when the list is empty. */
struct store_waiter *store_waiters_pop(struct store_waiters *waiters);
/* All of them get this status and go over to `settled`. */
void store_waiters_settle(struct store_waiters *waiters, enum bw_status status,
			  struct store_waiters *settled);
void store_waiters_destroy(struct store_waiters *waiters);

#endif
