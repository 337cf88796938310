/* command.h - what a command of the program is: a row in commands.c and a run function.
 *
 * Threads: main's only.
 */
#ifndef BW_CLI_COMMAND_H
#define BW_CLI_COMMAND_H

#include "cli/options.h"

struct cli_command {
	const char *name;
	const char *words;   /* what follows the options on the command line: "[NAME...]" */
	const char *summary; /* one line */
	const char *help;    /* the rest of its --help; lines of at most 80 columns */
	const struct cli_option
		*options; /* beside the common ones; ended by a row without a name */
	/* Returns the exit status (sysexits.h from 64 on). What went wrong was printed. */
	int (*run)(const struct cli_options *options);
};

/* Sorted by name, ended by NULL. */
extern const struct cli_command *const cli_commands[];

/* NULL when there is no such command. */
const struct cli_command *cli_command_find(const char *name);
/* The name nearest to `word`, or NULL. */
const char *cli_command_guess(const char *word);

#endif
