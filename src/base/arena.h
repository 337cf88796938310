/* arena.h - memory that is freed all at once: one arena per configuration, request or check run.
 *
 * Owns:    every block it gave out, until bw_arena_destroy().
 * Errors:  BW_ENOMEM and BW_ELIMIT as NULL; callers in the daemon use xalloc.h's wrappers.
 * Threads: one at a time.
 */
#ifndef BW_BASE_ARENA_H
#define BW_BASE_ARENA_H

#include <stddef.h>

#include "base/status.h"

struct bw_arena;

/* `limit` bytes at most; 0 means no limit but the machine's. NULL when there is no memory. */
struct bw_arena *bw_arena_create(size_t limit);
void bw_arena_destroy(struct bw_arena *arena);
/* Zeroed, aligned for any type; NULL on failure. A size of 0 gives a unique pointer. */
void *bw_arena_alloc(struct bw_arena *arena, size_t size);
/* NUL-terminated copies. */
char *bw_arena_text(struct bw_arena *arena, const char *text);
char *bw_arena_text_len(struct bw_arena *arena, const char *text, size_t len);

#endif
