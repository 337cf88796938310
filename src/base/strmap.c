/* strmap.c - entries in an array in insertion order, and an index of slots that point into it.
 *
 * A removed entry stays in the array as a hole (key NULL), so that a cursor keeps its meaning;
 * holes go when a later put finds the array full. The index is open-addressed with linear steps; a
 * slot of a removed entry stays DELETED until the index is built anew, which happens together with
 * the array. Keys are hashed by SipHash-1-3 under a random seed: names may come from outside, and
 * nobody shall be able to choose names that fall into one slot.
 *
 * Invariants: the index has at least twice as many slots as the array has places, so a search ends
 * at an EMPTY slot; count is the number of entries that are no holes.
 */
#include "base/strmap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { FIRST_PLACES = 8, PLACES_MAX = 1 << 30 };

#define EMPTY UINT32_MAX
#define DELETED (UINT32_MAX - 1)

struct entry {
	char *key; /* NULL: a hole */
	void *value;
	uint64_t hash;
};

struct bw_strmap {
	struct entry *entries;
	uint32_t *slots; /* 2 * places of them, a power of two */
	size_t places, used, count;
	uint64_t seed[2];
};

static uint64_t rotate(uint64_t value, int bits)
{
	return value << bits | value >> (64 - bits);
}

static void mix(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

static uint64_t hash_key(const struct bw_strmap *map, const char *key)
{
	size_t len = strlen(key), at = 0;
	uint64_t last = (uint64_t)len << 56;
	uint64_t v[4] = {
		map->seed[0] ^ UINT64_C(0x736f6d6570736575),
		map->seed[1] ^ UINT64_C(0x646f72616e646f6d),
		map->seed[0] ^ UINT64_C(0x6c7967656e657261),
		map->seed[1] ^ UINT64_C(0x7465646279746573),
	};

	for (; at + 8 <= len; at += 8) {
		uint64_t word;

		memcpy(&word, key + at, sizeof(word));
		v[3] ^= word;
		mix(v);
		v[0] ^= word;
	}
	for (size_t i = at; i < len; i++)
		last |= (uint64_t)(unsigned char)key[i] << (8 * (i - at));
	v[3] ^= last;
	mix(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	mix(v);
	mix(v);
	mix(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct bw_strmap *bw_strmap_create(void)
{
	struct bw_strmap *map = calloc(1, sizeof(*map));

	if (!map)
		return NULL;
	if (getrandom(map->seed, sizeof(map->seed), GRND_NONBLOCK) != (ssize_t)sizeof(map->seed)) {
		/* Early in the machine's life: the address is at least not known outside. */
		map->seed[0] = (uint64_t)(uintptr_t)map;
		map->seed[1] = ~map->seed[0];
	}
	return map;
}

void bw_strmap_destroy(struct bw_strmap *map)
{
	if (!map)
		return;
	bw_strmap_clear(map);
	free(map->entries);
	free(map->slots);
	free(map);
}

size_t bw_strmap_count(const struct bw_strmap *map)
{
	return map->count;
}

/* The slot that points to `key`; NULL when there is none. */
static uint32_t *find_slot(const struct bw_strmap *map, const char *key, uint64_t hash)
{
	size_t mask = map->places * 2 - 1;

	if (map->count == 0)
		return NULL;
	for (size_t at = hash & mask; map->slots[at] != EMPTY; at = (at + 1) & mask) {
		const struct entry *entry;

		if (map->slots[at] == DELETED)
			continue;
		entry = &map->entries[map->slots[at]];
		if (entry->hash == hash && strcmp(entry->key, key) == 0)
			return &map->slots[at];
	}
	return NULL;
}

static void add_slot(uint32_t *slots, size_t places, uint64_t hash, size_t position)
{
	size_t mask = places * 2 - 1;
	size_t at = hash & mask;

	while (slots[at] != EMPTY)
		at = (at + 1) & mask;
	slots[at] = (uint32_t)position;
}

/* A new array without holes and a new index. */
static enum bw_status rebuild(struct bw_strmap *map, size_t places)
{
	struct entry *entries = malloc(places * sizeof(*entries));
	uint32_t *slots = malloc(places * 2 * sizeof(*slots));
	size_t used = 0;

	if (!entries || !slots) {
		free(entries);
		free(slots);
		return BW_ENOMEM;
	}
	memset(slots, 0xff, places * 2 * sizeof(*slots));
	for (size_t i = 0; i < map->used; i++) {
		if (!map->entries[i].key)
			continue;
		add_slot(slots, places, map->entries[i].hash, used);
		entries[used++] = map->entries[i];
	}
	free(map->entries);
	free(map->slots);
	map->entries = entries;
	map->slots = slots;
	map->places = places;
	map->used = used;
	return BW_OK;
}

static enum bw_status make_place(struct bw_strmap *map)
{
	size_t places = map->places ? map->places : FIRST_PLACES;

	if (map->used < map->places)
		return BW_OK;
	if (map->count > places / 2)
		places *= 2;
	if (places > PLACES_MAX)
		return BW_ENOMEM;
	return rebuild(map, places);
}

void *bw_strmap_get(const struct bw_strmap *map, const char *key)
{
	const uint32_t *slot = find_slot(map, key, hash_key(map, key));

	return slot ? map->entries[*slot].value : NULL;
}

enum bw_status bw_strmap_put(struct bw_strmap *map, const char *key, void *value)
{
	uint64_t hash = hash_key(map, key);
	const uint32_t *slot = find_slot(map, key, hash);
	char *copy;

	if (slot) {
		map->entries[*slot].value = value;
		return BW_OK;
	}
	copy = strdup(key);
	if (!copy)
		return BW_ENOMEM;
	if (make_place(map) != BW_OK) {
		free(copy);
		return BW_ENOMEM;
	}
	add_slot(map->slots, map->places, hash, map->used);
	map->entries[map->used++] = (struct entry){ copy, value, hash };
	map->count++;
	return BW_OK;
}

void *bw_strmap_remove(struct bw_strmap *map, const char *key)
{
	uint32_t *slot = find_slot(map, key, hash_key(map, key));
	struct entry *entry;

	if (!slot)
		return NULL;
	entry = &map->entries[*slot];
	*slot = DELETED;
	free(entry->key);
	entry->key = NULL;
	map->count--;
	return entry->value;
}

void bw_strmap_clear(struct bw_strmap *map)
{
	for (size_t i = 0; i < map->used; i++)
		free(map->entries[i].key);
	if (map->slots)
		memset(map->slots, 0xff, map->places * 2 * sizeof(*map->slots));
	map->used = 0;
	map->count = 0;
}

bool bw_strmap_next(const struct bw_strmap *map, size_t *cursor, struct bw_strmap_entry *out)
{
	while (*cursor < map->used) {
		const struct entry *entry = &map->entries[(*cursor)++];

		if (!entry->key)
			continue;
		*out = (struct bw_strmap_entry){ entry->key, entry->value };
		return true;
	}
	return false;
}
