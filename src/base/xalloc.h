/* xalloc.h - allocation for the daemon side, where running out of memory ends the process.
 *
 * Not part of libbellwether: base/, core/ and shm/ never include it (tools/check-deps sees to it).
 * On failure: the handler runs once (the daemon's flushes what the store has acknowledged), a line
 * goes to standard error, the process exits with 71 (EX_OSERR).
 * Threads: any; set the handler before the second thread starts.
 */
#ifndef BW_BASE_XALLOC_H
#define BW_BASE_XALLOC_H

#include <stddef.h>

#include "base/arena.h"

void xalloc_set_handler(void (*handler)(void *arg), void *arg);
/* For callers of base/ and core/ that were answered BW_ENOMEM. */
_Noreturn void xalloc_die(void);
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *block, size_t size);
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t len);
struct bw_arena *xarena_create(void); /* without a limit */
void *xarena_alloc(struct bw_arena *arena, size_t size);
char *xarena_text(struct bw_arena *arena, const char *text);

#endif
