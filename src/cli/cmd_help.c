/* cmd_help.c - `bellwether help [COMMAND]`. */
#include <sysexits.h>

#include "cli/command.h"
#include "cli/help.h"
#include "cli/print.h"

static int help_run(const struct cli_options *options)
{
	const struct cli_command *command = NULL;
	struct bw_buf buf;

	if (options->word_count > 1) {
		cli_fail("help: one command at a time");
		return EX_USAGE;
	}
	if (options->word_count == 1) {
		command = cli_command_find(options->words[0]);
		if (!command)
			return cli_help_unknown(options->words[0]);
	}
	bw_buf_init(&buf, 0);
	if (command)
		cli_help_command(&buf, command);
	else
		cli_help_program(&buf);
	cli_out(&buf);
	return EX_OK;
}

const struct cli_command cli_command_help = {
	.name = "help",
	.words = "[COMMAND]",
	.summary = "what there is, or the help of one command",
	.help = "",
	.run = help_run,
};
