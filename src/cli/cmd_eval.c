/* cmd_eval.c - `bellwether eval [--last] [FILE]`: opens the file; src/eval does the rest. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cli/command.h"
#include "cli/print.h"
#include "eval/eval.h"

static const struct cli_option eval_options[] = {
	{ "last", 0, NULL, "print the last document only", offsetof(struct cli_options, last) },
	{ 0 },
};

static int eval_command_run(const struct cli_options *options)
{
	const char *path = options->word_count > 0 ? options->words[0] : "-";
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *in;
	int status;

	if (options->word_count > 1) {
		cli_fail("eval: one file at a time, but got `%s` too", options->words[1]);
		return EX_USAGE;
	}
	in = is_stdin ? stdin : fopen(path, "re");
	if (!in) {
		cli_fail("eval: %s cannot be opened: %s; name a file of JSON lines", path,
			 strerror(errno));
		return EX_NOINPUT;
	}
	status = eval_run(in, stdout, stderr, options->last);
	if (!is_stdin)
		(void)fclose(in);
	return status;
}

const struct cli_command cli_command_eval = {
	.name = "eval",
	.words = "[FILE]",
	.summary = "snapshots in, dashboard documents out",
	.help = "Reads one snapshot a line (JSON) from the file or standard input and prints one\n"
		"dashboard document a line. Nothing else goes in: the same input always gives\n"
		"the same output. Bad input ends it with status 65 and `line N: why`.\n",
	.options = eval_options,
	.run = eval_command_run,
};
