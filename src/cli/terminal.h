/* terminal.h - what the terminal's description says of it.
 *
 * Threads: one at a time.
 */
#ifndef BW_CLI_TERMINAL_H
#define BW_CLI_TERMINAL_H

#include <stdbool.h>

/* Is the terminal of `fd`, named by TERM, known, and can it move its cursor? To be asked before
 * newterm(), which never gives back what it took for a terminal that it does not know. */
bool terminal_moves(int fd);

#endif
