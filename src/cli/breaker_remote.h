/* breaker_remote.h - one breaker through a daemon's API.
 *
 * Errors:  the exit status; what went wrong was printed.
 * Threads: main's only.
 */
#ifndef BW_CLI_BREAKER_REMOTE_H
#define BW_CLI_BREAKER_REMOTE_H

#include "base/buf.h"
#include "cli/options.h"

/* What the daemon has of the breaker. EX_NOINPUT with a guess when it has none of that name. */
int breaker_remote_get(const struct cli_options *options, const char *name, struct bw_buf *body);
/* The same after an order: "reset", "open-for", ... `json` is what belongs to it, or NULL. */
int breaker_remote_order(const struct cli_options *options, const char *order, const char *json,
			 struct bw_buf *body);

#endif
