/* xalloc.h - allocation for the daemon side, where running out of memory ends the process.
 *
 * Not part of libbellwether: base/, core/ and shm/ never include it (tools/check-deps sees to it).
 * Errors:  none comes back: a line goes to standard error, the process exits with 71 (EX_OSERR).
 *          Nothing is flushed before: the thread that finds no memory may be the store's own, or
 *          hold its lock. What the store has committed is safe, as after a kill -9.
 * Threads: any.
 */
#ifndef BW_BASE_XALLOC_H
#define BW_BASE_XALLOC_H

#include <stddef.h>

#include "base/arena.h"
#include "base/status.h"

/* For callers of base/ and core/ that were answered BW_ENOMEM. */
_Noreturn void xalloc_die(void);
/* What base/ or core/ answered to a call that only memory can make fail: BW_OK returns, BW_ENOMEM
 * ends the process as above, anything else is a broken contract. */
void xalloc_must(enum bw_status status);
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *block, size_t size);
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t len);
struct bw_arena *xarena_create(void); /* without a limit */
void *xarena_alloc(struct bw_arena *arena, size_t size);
char *xarena_text(struct bw_arena *arena, const char *text);

#endif
