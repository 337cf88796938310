/* breaker_watch.h - `breaker watch`: a line for each change, until a signal or a closed pipe.
 *
 * The region is read ten times a second, a daemon asked once a second. It waits for a region, and
 * for breakers, that are not there yet.
 *
 * Errors:  the exit status, EX_OK for SIGINT, SIGTERM and a reader that went away; what went wrong
 *          was printed.
 * Threads: main's only.
 */
#ifndef BW_CLI_BREAKER_WATCH_H
#define BW_CLI_BREAKER_WATCH_H

#include "cli/options.h"

int breaker_watch_run(const struct cli_options *options);

#endif
