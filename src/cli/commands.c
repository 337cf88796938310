/* commands.c - every command there is; a new one is one row here and one cmd_<name>.c. */
#include "cli/command.h"

#include <string.h>

#include "config/guess.h"

extern const struct cli_command cli_command_ack;
extern const struct cli_command cli_command_breaker;
extern const struct cli_command cli_command_check;
extern const struct cli_command cli_command_config;
extern const struct cli_command cli_command_eval;
extern const struct cli_command cli_command_help;
extern const struct cli_command cli_command_history;
extern const struct cli_command cli_command_notify;
extern const struct cli_command cli_command_serve;
extern const struct cli_command cli_command_silence;
extern const struct cli_command cli_command_status;
extern const struct cli_command cli_command_top;
extern const struct cli_command cli_command_version;

const struct cli_command *const cli_commands[] = {
	&cli_command_ack,     &cli_command_breaker,
	&cli_command_check,   &cli_command_config,
	&cli_command_eval,    &cli_command_help,
	&cli_command_history, &cli_command_notify,
	&cli_command_serve,   &cli_command_silence,
	&cli_command_status,  &cli_command_top,
	&cli_command_version, NULL,
};

const struct cli_command *cli_command_find(const char *name)
{
	for (const struct cli_command *const *row = cli_commands; *row; row++)
		if (strcmp((*row)->name, name) == 0)
			return *row;
	return NULL;
}

const char *cli_command_guess(const char *word)
{
	struct config_guess guess;

	config_guess_init(&guess, word);
	for (const struct cli_command *const *row = cli_commands; *row; row++)
		config_guess_add(&guess, (*row)->name);
	return guess.best;
}
