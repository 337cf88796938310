/* states.c - an array of states and an open-addressed table of their numbers. */
#include "model/states.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void states_init(struct states *states, size_t bytes, size_t max)
{
	*states = (struct states){ .bytes = bytes, .max = max, .slots = 1024 };
	while (states->slots < max * 2)
		states->slots *= 2;
	states->items = malloc(max * bytes);
	states->parent = malloc(max * sizeof(*states->parent));
	states->table = calloc(states->slots, sizeof(*states->table));
	if (!states->items || !states->parent || !states->table) {
		fprintf(stderr, "out of memory\n");
		exit(1);
	}
}

void states_finish(struct states *states)
{
	free(states->items);
	free(states->parent);
	free(states->table);
}

void states_clear(struct states *states)
{
	memset(states->table, 0, states->slots * sizeof(*states->table));
	states->count = 0;
}

static uint64_t hash(const uint8_t *bytes, size_t count)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < count; i++)
		sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
	return sum ^ sum >> 29;
}

bool states_add(struct states *states, const void *item, uint32_t parent)
{
	size_t slot = hash(item, states->bytes) & (states->slots - 1);

	for (; states->table[slot]; slot = (slot + 1) & (states->slots - 1))
		if (!memcmp(states_get(states, states->table[slot] - 1), item, states->bytes))
			return false;
	if (states->count == states->max) {
		fprintf(stderr, "more than %zu states\n", states->max);
		exit(1);
	}
	memcpy(states->items + states->count * states->bytes, item, states->bytes);
	states->parent[states->count] = parent;
	states->table[slot] = (uint32_t)++states->count;
	return true;
}

const void *states_get(const struct states *states, uint32_t number)
{
	return states->items + number * states->bytes;
}
