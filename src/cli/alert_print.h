/* alert_print.h - alerts and silences as lines of a terminal.
 *
 * Threads: main's only; no clock is read.
 */
#ifndef BW_CLI_ALERT_PRINT_H
#define BW_CLI_ALERT_PRINT_H

#include <jansson.h>

#include "cli/options.h"
#include "cli/overview.h"

/* A head and a line for each of the array; nothing when it is empty. */
void alert_print_table(struct cli_lines *lines, const json_t *alerts);
/* Two lines for each: who wanted it and why, and what it matches. */
void silence_print_table(struct cli_lines *lines, const json_t *silences);
/* Lines for the terminal that this process has, counted from now. */
void alert_print_begin(struct cli_lines *lines, struct bw_buf *buf,
		       const struct cli_options *options);
/* To standard output; finishes the buffer. */
void alert_print_end(struct cli_lines *lines, const struct cli_options *options);

#endif
