/* ring.h - a list through its members: whoever is in one leaves it without knowing which. Private
 * to src/alerts.
 *
 * Owns:    nothing. A member that is in no ring is zeroed, or alone.
 * Cost:    O(1).
 * Threads: one at a time.
 */
#ifndef BW_ALERTS_RING_H
#define BW_ALERTS_RING_H

#include <stdbool.h>
#include <stddef.h>

struct ring {
	struct ring *before, *after;
};

#define RING_OWNER(ring, type, member) ((type *)(void *)((char *)(ring)-offsetof(type, member)))

static inline void ring_init(struct ring *ring)
{
	ring->before = ring->after = ring;
}

static inline bool ring_is_empty(const struct ring *head)
{
	return head->after == head;
}

static inline void ring_leave(struct ring *member)
{
	/* The analyzer does not see that a member has left its ring before it was freed. */
	if (member->after == NULL) /* NOLINT(clang-analyzer-unix.Malloc) */
		return;
	member->before->after = member->after;
	member->after->before = member->before;
	*member = (struct ring){ 0 };
}

/* As the last one; it was in no other. */
static inline void ring_join(struct ring *head, struct ring *member)
{
	member->before = head->before;
	member->after = head;
	head->before->after = member;
	head->before = member;
}

#endif
