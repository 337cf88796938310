/* main.c - finds the command and hands it its options. */
#include <string.h>
#include <sysexits.h>

#include "cli/command.h"
#include "cli/help.h"
#include "cli/print.h"

/* Debian's libcurl brings GnuTLS along for protocols that are never spoken here. GnuTLS asks this
 * function, by this name, whether to set itself up when it is loaded; that is 0.7 MB and half a
 * millisecond of every start. */
__attribute__((visibility("default"))) int _gnutls_global_init_skip(void);
int _gnutls_global_init_skip(void)
{
	return 1;
}

/* What people type out of habit. */
static const char *command_name(const char *word)
{
	static const char *const habits[][2] = {
		{ "--help", "help" },
		{ "-h", "help" },
		{ "--version", "version" },
		{ "-V", "version" },
	};

	for (size_t i = 0; i < sizeof habits / sizeof habits[0]; i++)
		if (strcmp(word, habits[i][0]) == 0)
			return habits[i][1];
	return word;
}

static int run(const struct cli_command *command, int count, char *const *words)
{
	struct cli_options options;
	struct bw_error err;
	int status = EX_USAGE;

	if (cli_options_parse(command->options, count, words, &options, &err) != BW_OK) {
		cli_fail("%s: %s", command->name, err.text);
	} else if (options.help) {
		struct bw_buf buf;

		bw_buf_init(&buf, 0);
		cli_help_command(&buf, command);
		cli_out(&buf);
		status = EX_OK;
	} else {
		status = command->run(&options);
	}
	cli_options_finish(&options);
	return status;
}

int main(int argc, char **argv)
{
	const struct cli_command *command;
	int status, flushed;

	if (argc < 2) {
		struct bw_buf buf;

		bw_buf_init(&buf, 0);
		cli_help_program(&buf);
		cli_report(buf.data);
		bw_buf_finish(&buf);
		return EX_USAGE;
	}
	command = cli_command_find(command_name(argv[1]));
	if (!command)
		return cli_help_unknown(argv[1]);
	status = run(command, argc - 2, argv + 2);
	flushed = cli_flush();
	return flushed != EX_OK ? flushed : status;
}
