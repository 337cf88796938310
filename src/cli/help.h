/* help.h - the help of the program and of each command. */
#ifndef BW_CLI_HELP_H
#define BW_CLI_HELP_H

#include "base/buf.h"
#include "cli/command.h"

void cli_help_program(struct bw_buf *buf);
/* The same for `help COMMAND` and `COMMAND --help`. */
void cli_help_command(struct bw_buf *buf, const struct cli_command *command);
/* "no such command" with a guess, on standard error; returns EX_USAGE. */
int cli_help_unknown(const char *word);

#endif
