/* cmd_history.c - `bellwether history export|import`: which database is meant, and in which format.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/xalloc.h"
#include "cli/command.h"
#include "cli/history.h"
#include "cli/load.h"
#include "cli/print.h"
#include "config/guess.h"

static const struct cli_option history_options[] = {
	CLI_OPTION_CONFIG,
	{ "data", 'd', "FOLDER", "the daemon's data folder, as serve takes it",
	  offsetof(struct cli_options, data) },
	{ "store", 0, "WHERE", "a database file or postgresql:// URL instead",
	  offsetof(struct cli_options, store) },
	{ "format", 'f', "FORMAT", "csv (standard), jsonl or openmetrics",
	  offsetof(struct cli_options, format) },
	{ "kind", 0, "KIND", "export: system, component, breaker or host",
	  offsetof(struct cli_options, kind) },
	{ "from", 0, "TIME", "export: 2026-03-02T14:30:00Z, or 7d for days ago",
	  offsetof(struct cli_options, from) },
	{ "to", 0, "TIME", "export: end there", offsetof(struct cli_options, to) },
	{ 0 },
};

static const struct {
	const char *name;
	int (*run)(const struct history_command *command);
} actions[] = {
	{ "export", history_export },
	{ "import", history_import },
};

static int complain_action(const char *word)
{
	struct config_guess guess;

	config_guess_init(&guess, word);
	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
		config_guess_add(&guess, actions[i].name);
	cli_fail("history: there is no `history %s`; %s%s%s", word,
		 guess.best ? "did you mean `history " : "there are export and import",
		 guess.best ? guess.best : "", guess.best ? "`?" : "");
	return EX_USAGE;
}

static int load_settings(const struct cli_options *options, struct daemon_settings **out)
{
	char *report = NULL;

	if (options->config != NULL)
		return cli_load(options->config, options->verbose, out);
	if (daemon_settings_parse("standard", "", 0, out, &report) == BW_OK)
		return EX_OK;
	cli_report(report);
	free(report);
	return EX_SOFTWARE;
}

static int find_place(const struct cli_options *options, const struct daemon_settings *settings,
		      struct store_place *out)
{
	struct bw_error err = { .text = "" };
	enum bw_status status = store_place_find(settings, options->data, out, &err);

	if (options->store != NULL) {
		free(out->where);
		out->where = xstrdup(options->store);
		return EX_OK;
	}
	if (status != BW_OK)
		cli_fail("history: %s", err.text);
	else if (out->where == NULL)
		cli_fail("history: this configuration keeps its history in memory only "
			 "(storage.path: none)");
	return out->where != NULL ? EX_OK : EX_NOINPUT;
}

static int run_action(size_t action, const struct cli_options *options, enum transfer_format format)
{
	struct daemon_settings *settings = NULL;
	struct store_place place = { .where = NULL };
	int status = load_settings(options, &settings);

	if (status != EX_OK)
		return status;
	status = find_place(options, settings, &place);
	if (status == EX_OK) {
		const struct history_command command = { options, settings, &place, format };

		status = actions[action].run(&command);
	}
	free(place.where);
	daemon_settings_destroy(settings);
	return status;
}

static int history_run(const struct cli_options *options)
{
	enum transfer_format format = TRANSFER_CSV;

	(void)signal(SIGPIPE, SIG_IGN);
	if (options->word_count == 0) {
		cli_fail("history: what shall be done? write history export or history import");
		return EX_USAGE;
	}
	if (options->format != NULL && transfer_format_parse(options->format, &format) != BW_OK) {
		cli_fail("history: --format: `%s` is none; csv, jsonl and openmetrics are",
			 options->format);
		return EX_USAGE;
	}
	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
		if (strcmp(actions[i].name, options->words[0]) == 0)
			return run_action(i, options, format);
	return complain_action(options->words[0]);
}

const struct cli_command cli_command_history = {
	.name = "history",
	.words = "export|import [NAME|FILE...]",
	.summary = "the kept history as text, out and in",
	.help = "  history export [NAME...]  every row that is kept, or those of these components\n"
		"                            and breakers, on standard output; beside a running\n"
		"                            daemon, too\n"
		"  history import [FILE...]  rows of such files, or of standard input, into the\n"
		"                            history; not while a daemon has it open\n"
		"\nEvery value comes back as it was. What is there already of the same time is\n"
		"replaced. A file with a mistake in it changes nothing.\n"
		"The exit status is 66 when there is nothing to read, 65 when a file cannot be\n"
		"understood or a part of the history is damaged, 69 when the history is in use.\n",
	.options = history_options,
	.run = history_run,
};
