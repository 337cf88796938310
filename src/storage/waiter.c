/* waiter.c - a plain list; who waits is told outside of every lock, by the store. */
#include "storage/waiter.h"

#include <stdlib.h>

#include "base/xalloc.h"

struct store_waiter *store_waiter_create(void (*done)(void *arg, enum bw_status status), void *arg)
{
	struct store_waiter *waiter = xcalloc(1, sizeof(*waiter));

	waiter->done = done;
	waiter->arg = arg;
	waiter->status = BW_EIO;
	return waiter;
}

void store_waiters_push(struct store_waiters *waiters, struct store_waiter *waiter)
{
	waiter->next = NULL;
	if (waiters->tail != NULL)
		waiters->tail->next = waiter;
	else
		waiters->head = waiter;
	waiters->tail = waiter;
}

struct store_waiter *store_waiters_pop(struct store_waiters *waiters)
{
	struct store_waiter *waiter = waiters->head;

	if (waiter == NULL)
		return NULL;
	waiters->head = waiter->next;
	if (waiters->head == NULL)
		waiters->tail = NULL;
	return waiter;
}

void store_waiters_settle(struct store_waiters *waiters, enum bw_status status,
			  struct store_waiters *settled)
{
	struct store_waiter *waiter;

	while ((waiter = store_waiters_pop(waiters)) != NULL) {
		waiter->status = status;
		store_waiters_push(settled, waiter);
	}
}

void store_waiters_destroy(struct store_waiters *waiters)
{
	struct store_waiter *waiter;

	while ((waiter = store_waiters_pop(waiters)) != NULL)
		free(waiter);
}
