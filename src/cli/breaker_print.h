/* breaker_print.h - breakers for people: a table, one in full, one line an event.
 *
 * What is shown is read from JSON as breaker_document.h or a daemon writes it; a member that is
 * missing shows as a dash or not at all.
 *
 * Owns:    nothing. Lines as overview.h has them.
 * Threads: one at a time.
 */
#ifndef BW_CLI_BREAKER_PRINT_H
#define BW_CLI_BREAKER_PRINT_H

#include <jansson.h>

#include "cli/overview.h"

/* A head and a line for each member of {"breakers": {...}}, those that are not closed first. */
void breaker_print_table(struct cli_lines *lines, const json_t *document);
/* All of {"name", "breaker", ...}. */
void breaker_print_full(struct cli_lines *lines, const json_t *document);
/* One line of {"at", "name", "from", "to", "reason", "failures", "pid"}. */
void breaker_print_event(struct cli_lines *lines, const json_t *event);

#endif
