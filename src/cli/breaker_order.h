/* breaker_order.h - `breaker reset` and the other orders, to the region or to a daemon.
 *
 * Errors:  the exit status; what went wrong was printed.
 * Threads: main's only.
 */
#ifndef BW_CLI_BREAKER_ORDER_H
#define BW_CLI_BREAKER_ORDER_H

#include "cli/options.h"

/* The order is the first word. */
int breaker_order_run(const struct cli_options *options);

#endif
