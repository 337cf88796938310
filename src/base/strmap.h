/* strmap.h - a map from text keys to pointers that remembers insertion order.
 *
 * Owns:    copies of the keys; the values stay the caller's.
 * Errors:  BW_ENOMEM from bw_strmap_put().
 * Cost:    get and put O(1) on average (seeded hash); iteration in insertion order; removal O(1)
 *          plus a compaction now and then.
 * Threads: one at a time. Removing the entry just visited while iterating is allowed.
 */
#ifndef BW_BASE_STRMAP_H
#define BW_BASE_STRMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

struct bw_strmap;

struct bw_strmap_entry {
	const char *key;
	void *value;
};

struct bw_strmap *bw_strmap_create(void);
/* Values are not touched. NULL is allowed. */
void bw_strmap_destroy(struct bw_strmap *map);
size_t bw_strmap_count(const struct bw_strmap *map);
void *bw_strmap_get(const struct bw_strmap *map, const char *key);
/* Inserts, or replaces the value in place; the position of an existing key stays. */
BW_MUST_USE enum bw_status bw_strmap_put(struct bw_strmap *map, const char *key, void *value);
/* The value that was there, or NULL. */
void *bw_strmap_remove(struct bw_strmap *map, const char *key);
void bw_strmap_clear(struct bw_strmap *map);
/* Start with *cursor = 0; false at the end. */
bool bw_strmap_next(const struct bw_strmap *map, size_t *cursor, struct bw_strmap_entry *out);

#endif
