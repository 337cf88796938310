/* breaker_remote.h - one breaker through a daemon's API.
 *
 * Errors:  the exit status; what went wrong was printed.
 * Threads: main's only.
 */
#ifndef BW_CLI_BREAKER_REMOTE_H
#define BW_CLI_BREAKER_REMOTE_H

#include "base/buf.h"
#include "cli/options.h"

/* `method` of /api/v1/breakers/{name}`rest`; appends the answer's body. EX_NOINPUT with a guess
 * when the daemon has no such breaker. */
int breaker_remote(const struct cli_options *options, const char *method, const char *name,
		   const char *rest, struct bw_buf *body);

#endif
