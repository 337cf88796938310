/* reference.h - ${NAME} and file:/path: values that stand somewhere else.
 *
 * Errors:  the text names the variable or the file, never what it holds.
 * Limits:  64 KiB a value, before and after.
 * Threads: one at a time; reads the process's environment.
 */
#ifndef BW_CONFIG_REFERENCE_H
#define BW_CONFIG_REFERENCE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/status.h"

enum { CONFIG_VALUE_MAX = 64 << 10 };

/* `text` with every ${NAME} and ${NAME:-default} replaced and every $${ made ${, in `arena`. */
BW_MUST_USE enum bw_status config_expand(struct bw_arena *arena, const char *text, const char **out,
					 struct bw_error *err);
/* The content of a file without the newline at its end. `exposed`: everybody may read the file. */
BW_MUST_USE enum bw_status config_read_secret(struct bw_arena *arena, const char *path,
					      const char **out, bool *exposed,
					      struct bw_error *err);

#endif
