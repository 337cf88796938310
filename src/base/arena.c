/* arena.c - blocks cut from chunks that double; a block too large for a chunk gets its own.
 *
 * Invariants: `used` is the sum of all rounded block sizes and never passes the limit. Chunks are
 * zeroed when they are made and no byte is given out twice, so blocks need no clearing.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = alignof(max_align_t), FIRST_CHUNK = 1024, LARGEST_CHUNK = 64 * 1024 };

struct chunk {
	struct chunk *next;
	size_t size, used;
	alignas(max_align_t) char bytes[];
};

struct bw_arena {
	struct chunk *chunks; /* the first is the one being cut */
	size_t limit, used, next_size;
};

struct bw_arena *bw_arena_create(size_t limit)
{
	struct bw_arena *arena = calloc(1, sizeof(*arena));

	if (!arena)
		return NULL;
	arena->limit = limit ? limit : SIZE_MAX / 2;
	arena->next_size = FIRST_CHUNK;
	return arena;
}

void bw_arena_destroy(struct bw_arena *arena)
{
	if (!arena)
		return;
	while (arena->chunks) {
		struct chunk *next = arena->chunks->next;

		free(arena->chunks);
		arena->chunks = next;
	}
	free(arena);
}

static struct chunk *add_chunk(struct bw_arena *arena, size_t size)
{
	bool is_own = size > arena->next_size / 2;
	size_t chunk_size = is_own ? size : arena->next_size;
	struct chunk *chunk = calloc(1, sizeof(*chunk) + chunk_size);

	if (!chunk)
		return NULL;
	chunk->size = chunk_size;
	if (is_own && arena->chunks) {
		chunk->next = arena->chunks->next;
		arena->chunks->next = chunk;
	} else {
		chunk->next = arena->chunks;
		arena->chunks = chunk;
	}
	if (!is_own && arena->next_size < LARGEST_CHUNK)
		arena->next_size *= 2;
	return chunk;
}

void *bw_arena_alloc(struct bw_arena *arena, size_t size)
{
	struct chunk *chunk = arena->chunks;
	size_t rounded;
	void *block;

	if (size > SIZE_MAX / 4)
		return NULL;
	rounded = size ? (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT : ALIGNMENT;
	if (rounded > arena->limit - arena->used)
		return NULL;
	if (!chunk || chunk->size - chunk->used < rounded)
		chunk = add_chunk(arena, rounded);
	if (!chunk)
		return NULL;
	block = chunk->bytes + chunk->used;
	chunk->used += rounded;
	arena->used += rounded;
	return block;
}

char *bw_arena_text(struct bw_arena *arena, const char *text)
{
	return bw_arena_text_len(arena, text, strlen(text));
}

char *bw_arena_text_len(struct bw_arena *arena, const char *text, size_t len)
{
	char *copy;

	if (len >= SIZE_MAX / 4)
		return NULL;
	copy = bw_arena_alloc(arena, len + 1);
	if (copy && len > 0)
		memcpy(copy, text, len);
	return copy;
}
