/* states.h - the set of states that an explorer has met, in the order it met them.
 *
 * Owns:    its memory; states are copied in. At most `max` states of `bytes` each.
 * Errors:  out of memory ends the program, as this is a test's.
 */
#ifndef TESTS_MODEL_STATES_H
#define TESTS_MODEL_STATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct states {
	size_t bytes, max, count, slots;
	uint8_t *items;   /* count x bytes */
	uint32_t *parent; /* from which state it was met; its own number: the first */
	uint32_t *table;  /* number + 1; 0: empty */
};

void states_init(struct states *states, size_t bytes, size_t max);
void states_finish(struct states *states);
void states_clear(struct states *states);
/* false: it is known already. Too many states end the program. */
bool states_add(struct states *states, const void *item, uint32_t parent);
const void *states_get(const struct states *states, uint32_t number);

#endif
