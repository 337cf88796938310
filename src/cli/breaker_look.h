/* breaker_look.h - `breaker list` and `breaker show`, from the region or from a daemon.
 *
 * Errors:  the exit status; what went wrong was printed.
 * Threads: main's only.
 */
#ifndef BW_CLI_BREAKER_LOOK_H
#define BW_CLI_BREAKER_LOOK_H

#include "cli/options.h"

int breaker_list_run(const struct cli_options *options);
int breaker_show_run(const struct cli_options *options);

#endif
