/* help.c - help texts from the tables that also drive the parsing. */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cli/print.h"

enum { NAME_COLUMNS = 22 };

void cli_help_program(struct bw_buf *buf)
{
	bw_buf_text(buf, "bellwether - watches what backtests stand on, and shows its health\n\n"
			 "Usage: bellwether COMMAND [OPTION...] [WORD...]\n\nCommands:\n");
	for (const struct cli_command *const *row = cli_commands; *row; row++)
		bw_buf_format(buf, "  %-10s%s\n", (*row)->name, (*row)->summary);
	bw_buf_text(buf,
		    "\n`bellwether help COMMAND` tells more of one. Without any configuration\n"
		    "`bellwether serve` watches this machine on http://127.0.0.1:8090.\n");
}

static void print_options(struct bw_buf *buf, const struct cli_option *options)
{
	for (; options && options->name; options++) {
		char name[64], letter[8] = "    ";

		if (options->letter)
			snprintf(letter, sizeof letter, "-%c, ", options->letter);
		snprintf(name, sizeof name, "--%s%s%s", options->name, options->value ? "=" : "",
			 options->value ? options->value : "");
		bw_buf_format(buf, "  %s%-*s%s\n", letter, NAME_COLUMNS, name, options->help);
	}
}

void cli_help_command(struct bw_buf *buf, const struct cli_command *command)
{
	bw_buf_format(buf, "bellwether %s - %s\n\nUsage: bellwether %s [OPTION...]%s%s\n",
		      command->name, command->summary, command->name, *command->words ? " " : "",
		      command->words);
	if (*command->help)
		bw_buf_format(buf, "\n%s", command->help);
	bw_buf_text(buf, "\nOptions:\n");
	print_options(buf, command->options);
	print_options(buf, cli_common_options);
}

int cli_help_unknown(const char *word)
{
	const char *guess = cli_command_guess(word);

	if (guess)
		cli_fail("there is no command `%s`; did you mean `%s`?", word, guess);
	else
		cli_fail("there is no command `%s`; `bellwether help` lists them", word);
	return EX_USAGE;
}
