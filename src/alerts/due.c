/* due.c - a binary heap whose nodes know their place, so that any of them can move.
 *
 * Invariant: items[i]->place == i + 1, and no item is earlier than its parent.
 */
#include "alerts/due.h"

#include <stdlib.h>

#include "base/xalloc.h"

enum { FIRST_CAP = 64 };

static void put(struct due_heap *heap, size_t place, struct due *due)
{
	heap->items[place - 1] = due;
	due->place = place;
}

static struct due *get(const struct due_heap *heap, size_t place)
{
	return heap->items[place - 1];
}

static void rise(struct due_heap *heap, struct due *due)
{
	size_t place = due->place;

	while (place > 1 && get(heap, place / 2)->at.us > due->at.us) {
		put(heap, place, get(heap, place / 2));
		place /= 2;
	}
	put(heap, place, due);
}

static void sink(struct due_heap *heap, struct due *due)
{
	size_t place = due->place;

	while (place * 2 <= heap->count) {
		size_t child = place * 2;

		if (child < heap->count && get(heap, child + 1)->at.us < get(heap, child)->at.us)
			child++;
		if (get(heap, child)->at.us >= due->at.us)
			break;
		put(heap, place, get(heap, child));
		place = child;
	}
	put(heap, place, due);
}

static void settle(struct due_heap *heap, struct due *due)
{
	rise(heap, due);
	sink(heap, due);
}

static void take_out(struct due_heap *heap, struct due *due)
{
	struct due *last = get(heap, heap->count);

	heap->count--;
	if (last != due) {
		last->place = due->place;
		settle(heap, last);
	}
	due->place = 0;
}

static void add(struct due_heap *heap, struct due *due)
{
	if (heap->count == heap->cap) {
		heap->cap = heap->cap ? heap->cap * 2 : FIRST_CAP;
		heap->items = xrealloc(heap->items, heap->cap * sizeof(struct due *));
	}
	heap->count++;
	due->place = heap->count;
	rise(heap, due);
}

void due_heap_finish(struct due_heap *heap)
{
	free(heap->items);
	*heap = (struct due_heap){ 0 };
}

void due_set(struct due_heap *heap, struct due *due, struct bw_wall at)
{
	due->at = at;
	if (at.us == BW_WALL_NEVER.us) {
		if (due->place != 0)
			take_out(heap, due);
	} else if (due->place == 0) {
		add(heap, due);
	} else {
		settle(heap, due);
	}
}

struct due *due_first(const struct due_heap *heap)
{
	return heap->count > 0 ? heap->items[0] : NULL;
}

void due_shift(struct due_heap *heap, int64_t step_us)
{
	for (size_t i = 0; i < heap->count; i++) {
		if (heap->items[i]->at.us != DUE_AT_ONCE.us)
			heap->items[i]->at.us += step_us;
	}
}
