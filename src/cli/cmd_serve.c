/* cmd_serve.c - `bellwether serve`: the daemon does the rest. */
#include <sysexits.h>

#include "cli/command.h"
#include "cli/print.h"
#include "daemon/daemon.h"

static const struct cli_option serve_options[] = {
	CLI_OPTION_CONFIG,
	{ "listen", 'l', "ADDRESS", "address:port or unix:/path, over server.listen",
	  offsetof(struct cli_options, listen) },
	{ "data", 'd', "FOLDER", "where history and states are kept",
	  offsetof(struct cli_options, data) },
	{ 0 },
};

static int serve_run(const struct cli_options *options)
{
	struct daemon_options daemon = {
		.config_path = options->config,
		.listen = options->listen,
		.data_dir = options->data,
		.verbosity = options->quiet ? -1 : options->verbose,
	};

	if (options->word_count > 0) {
		cli_fail("serve: takes no words, but got `%s`; the configuration is given with "
			 "--config",
			 options->words[0]);
		return EX_USAGE;
	}
	return daemon_serve(&daemon);
}

const struct cli_command cli_command_serve = {
	.name = "serve",
	.words = "",
	.summary = "the daemon: runs the checks and serves the page",
	.help = "Without a configuration it watches this machine, itself, and whatever of\n"
		"PostgreSQL, Redis and nginx answers here, on http://127.0.0.1:8090. SIGHUP reads\n"
		"the configuration again; SIGTERM and SIGINT stop it.\n",
	.options = serve_options,
	.run = serve_run,
};
