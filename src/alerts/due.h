/* due.h - what is due first: a heap of times inside their owners. Private to src/alerts.
 *
 * Owns:    its array; the nodes are their owners', zeroed before first use and taken out before
 *          they go.
 * Cost:    first O(1), set O(log n).
 * Threads: one at a time.
 */
#ifndef BW_ALERTS_DUE_H
#define BW_ALERTS_DUE_H

#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

struct due {
	struct bw_wall at;
	size_t place; /* in the heap, from 1; 0: not in it */
	int kind;     /* the owner's */
};

struct due_heap {
	struct due **items;
	size_t count, cap;
};

void due_heap_finish(struct due_heap *heap);
/* BW_WALL_NEVER takes it out. */
void due_set(struct due_heap *heap, struct due *due, struct bw_wall at);
/* The earliest, or NULL. */
struct due *due_first(const struct due_heap *heap);
/* All but those at DUE_AT_ONCE move by as much, which keeps their order. */
void due_shift(struct due_heap *heap, int64_t step_us);

/* Before every time there is. */
#define DUE_AT_ONCE ((struct bw_wall){ INT64_MIN })

#endif
