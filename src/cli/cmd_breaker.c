/* cmd_breaker.c - `bellwether breaker ...`: what stands on the command line, and who does it. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/breaker_look.h"
#include "cli/breaker_order.h"
#include "cli/breaker_watch.h"
#include "cli/command.h"
#include "cli/print.h"
#include "cli/replay.h"
#include "config/guess.h"

static const struct cli_option breaker_options[] = {
	{ "all", 0, NULL, "with reset: every breaker", offsetof(struct cli_options, all) },
	CLI_OPTION_JSON,
	CLI_OPTION_NO_COLOR,
	{ "region", 0, "PATH", "the file of the breakers, if not this user's",
	  offsetof(struct cli_options, region) },
	{ "url", 'u', "URL", "ask a daemon instead: http://HOST:PORT or unix:/PATH",
	  offsetof(struct cli_options, url) },
	{ 0 },
};

static int replay(const struct cli_options *options)
{
	const char *path = options->word_count > 1 ? options->words[1] : "-";
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *in = is_stdin ? stdin : fopen(path, "re");
	int status;

	if (!in) {
		cli_fail("breaker replay: %s cannot be opened: %s; name a file of JSON lines", path,
			 strerror(errno));
		return EX_NOINPUT;
	}
	status = replay_run(in, stdout, stderr);
	if (!is_stdin)
		(void)fclose(in);
	return status;
}

static const struct action {
	const char *name, *words;
	size_t least, most; /* words after the name */
	int (*run)(const struct cli_options *options);
} actions[] = {
	{ "disable", "NAME", 1, 1, breaker_order_run },
	{ "enable", "NAME", 1, 1, breaker_order_run },
	{ "force-open", "NAME", 1, 1, breaker_order_run },
	{ "list", "", 0, 0, breaker_list_run },
	{ "metrics-only", "NAME", 1, 1, breaker_order_run },
	{ "open-for", "NAME DURATION", 2, 2, breaker_order_run },
	{ "replay", "[FILE]", 0, 1, replay },
	{ "reset", "NAME, or --all", 0, 1, breaker_order_run },
	{ "show", "NAME", 1, 1, breaker_show_run },
	{ "watch", "[NAME]", 0, 1, breaker_watch_run },
};

enum { ACTIONS = sizeof actions / sizeof actions[0] };

static int complain_of_action(const char *word)
{
	struct config_guess guess;

	config_guess_init(&guess, word);
	for (size_t i = 0; i < ACTIONS; i++)
		config_guess_add(&guess, actions[i].name);
	if (guess.best)
		cli_fail("breaker: there is no `breaker %s`; did you mean `breaker %s`?", word,
			 guess.best);
	else
		cli_fail("breaker: there is no `breaker %s`; `bellwether help breaker` lists them",
			 word);
	return EX_USAGE;
}

static int run_action(const struct action *action, const struct cli_options *options)
{
	size_t words = options->word_count - 1;

	if (words < action->least || words > action->most) {
		cli_fail("breaker %s: %s; write breaker %s%s%s", action->name,
			 words < action->least ? "a word is missing" : "there is a word too many",
			 action->name, *action->words ? " " : "", action->words);
		return EX_USAGE;
	}
	return action->run(options);
}

static int breaker_run(const struct cli_options *options)
{
	if (options->word_count == 0) {
		cli_fail("breaker: what shall be done? write breaker list, show, watch, reset, "
			 "...; `bellwether help breaker` lists all");
		return EX_USAGE;
	}
	/* The switch that makes all breakers of a process admit all is not meant for this one. */
	(void)unsetenv("BELLWETHER_BREAKERS");
	for (size_t i = 0; i < ACTIONS; i++)
		if (strcmp(actions[i].name, options->words[0]) == 0)
			return run_action(&actions[i], options);
	return complain_of_action(options->words[0]);
}

const struct cli_command cli_command_breaker = {
	.name = "breaker",
	.words = "list|show|watch|reset|replay|... [NAME]",
	.summary = "the circuit breakers that processes of this host share",
	.help = "  breaker list                every breaker, those that are not closed first\n"
		"  breaker show NAME           one with its configuration, workers and events\n"
		"  breaker watch [NAME]        a line for each change, until Ctrl-C\n"
		"  breaker reset NAME|--all    closed, with an empty window\n"
		"  breaker force-open NAME     reject every call until enabled or reset\n"
		"  breaker disable NAME        admit every call until enabled or reset\n"
		"  breaker metrics-only NAME   admit every call, but keep counting\n"
		"  breaker enable NAME         end any of these three\n"
		"  breaker open-for NAME 30s   reject for so long, then probe\n"
		"  breaker replay [FILE]       JSON lines in, what a breaker does out\n"
		"\nNo daemon is needed. The exit status is 66 when there is no such breaker, 77\n"
		"when its region is another user's, 69 when no daemon answers at --url.\n",
	.options = breaker_options,
	.run = breaker_run,
};
