/* cmd_config.c - `bellwether config check|show|explain|schema|test-rule`. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/xalloc.h"
#include "cli/command.h"
#include "cli/load.h"
#include "cli/print.h"
#include "cli/rule_dictionary.h"
#include "cli/test_rule.h"
#include "config/guess.h"
#include "config/manual.h"
#include "config/schema.h"
#include "daemon/settings.h"

static const struct cli_option config_options[] = {
	CLI_OPTION_CONFIG,
	{ "url", 'u', "URL", "test-rule: the daemon, http://... or unix:/PATH",
	  offsetof(struct cli_options, url) },
	{ "history", 0, "FILE", "test-rule: samples from JSON lines; - is stdin",
	  offsetof(struct cli_options, history) },
	{ "since", 0, "TIME", "test-rule: the last 6h, 7d; 24h of a daemon",
	  offsetof(struct cli_options, since) },
	{ "from", 0, "TIME", "test-rule: begin at 2026-03-02T14:30:00Z",
	  offsetof(struct cli_options, from) },
	{ "to", 0, "TIME", "test-rule: end there; else now", offsetof(struct cli_options, to) },
	{ "json", 0, NULL, "test-rule: print JSON instead of text",
	  offsetof(struct cli_options, json) },
	{ 0 },
};

/* The path is a word or --config's. */
static const char *path_of(const struct cli_options *options)
{
	const char *path = options->word_count > 1 ? options->words[1] : options->config;

	if (!path)
		cli_fail("config %s: no configuration was named; write bellwether config %s PATH",
			 options->words[0], options->words[0]);
	return path;
}

static int config_check(const struct cli_options *options)
{
	const char *path = path_of(options);
	struct daemon_settings *settings;
	int status = EX_USAGE;

	if (path)
		status = cli_load(path, !options->quiet, &settings);
	if (status != EX_OK)
		return status;
	if (!options->quiet)
		(void)printf("%s: no errors, %zu components\n", path, settings->component_count);
	daemon_settings_destroy(settings);
	return EX_OK;
}

static int config_show_run(const struct cli_options *options)
{
	const char *path = path_of(options);
	struct daemon_settings *settings;
	struct bw_buf buf;
	int status = EX_USAGE;

	if (path)
		status = cli_load(path, false, &settings);
	if (status != EX_OK)
		return status;
	bw_buf_init(&buf, 0);
	daemon_settings_show(settings, &buf);
	cli_out(&buf);
	daemon_settings_destroy(settings);
	return EX_OK;
}

static int config_explain_run(const struct cli_options *options)
{
	struct bw_arena *arena = xarena_create();
	const char *path = options->word_count > 1 ? options->words[1] : "";
	struct bw_error err;
	struct bw_buf buf;
	int status = EX_OK;

	bw_buf_init(&buf, 0);
	if (config_explain(&buf, daemon_settings_table(arena), path, &err) != BW_OK) {
		cli_fail("config explain: %s", err.text);
		status = EX_USAGE;
	}
	cli_out(&buf);
	bw_arena_destroy(arena);
	return status;
}

/* For tools/gen-docs. */
static int print_table(const struct cli_options *options,
		       void (*print)(struct bw_buf *buf, const struct config_field *fields))
{
	struct bw_arena *arena = xarena_create();
	const char *path = options->word_count > 1 ? options->words[1] : "";
	const struct config_field *fields;
	struct bw_error err;
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	fields = config_fields_at(daemon_settings_table(arena), path, &err);
	if (fields)
		print(&buf, fields);
	else
		cli_fail("config %s: %s", options->words[0], err.text);
	cli_out(&buf);
	bw_arena_destroy(arena);
	return fields ? EX_OK : EX_USAGE;
}

static int config_markdown_run(const struct cli_options *options)
{
	return print_table(options, config_markdown);
}

static int config_man_run(const struct cli_options *options)
{
	return print_table(options, config_man);
}

static int print_dictionary(void (*print)(struct bw_buf *out))
{
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	print(&buf);
	cli_out(&buf);
	return EX_OK;
}

static int config_fields_run(const struct cli_options *options)
{
	(void)options;
	return print_dictionary(rule_dictionary_fields);
}

static int config_rules_run(const struct cli_options *options)
{
	(void)options;
	return print_dictionary(rule_dictionary_builtin);
}

static int config_schema_run(const struct cli_options *options)
{
	struct bw_arena *arena = xarena_create();
	struct bw_buf buf;

	(void)options;
	bw_buf_init(&buf, 0);
	config_schema(&buf, daemon_settings_table(arena), "Bellwether configuration");
	bw_buf_byte(&buf, '\n');
	cli_out(&buf);
	bw_arena_destroy(arena);
	return EX_OK;
}

static const struct {
	const char *name;
	int (*run)(const struct cli_options *options);
	size_t words; /* at most, its own name among them */
	bool hidden;  /* not told of: for tools */
} actions[] = {
	{ "fields", config_fields_run, 1, true },
	{ "rules", config_rules_run, 1, true },
	{ "check", config_check, 2 },
	{ "explain", config_explain_run, 2 },
	{ "man", config_man_run, 2, true },
	{ "markdown", config_markdown_run, 2, true },
	{ "schema", config_schema_run, 1 },
	{ "show", config_show_run, 2 },
	{ "test-rule", cli_test_rule, SIZE_MAX },
};

static int complain_action(const char *word)
{
	struct config_guess guess;

	config_guess_init(&guess, word);
	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
		if (!actions[i].hidden)
			config_guess_add(&guess, actions[i].name);
	cli_fail("config: there is no `config %s`; %s%s%s", word,
		 guess.best ? "did you mean `config "
			    : "there are check, explain, schema, show and test-rule",
		 guess.best ? guess.best : "", guess.best ? "`?" : "");
	return EX_USAGE;
}

/* Most options are test-rule's alone. */
static bool check_options(const struct cli_options *options)
{
	if (!options->url && !options->history && !options->since && !options->from &&
	    !options->to && !options->json)
		return true;
	cli_fail("config %s: it takes no option but --config; --url, --history, --since, --from, "
		 "--to and --json are for config test-rule",
		 options->words[0]);
	return false;
}

static int config_run(const struct cli_options *options)
{
	if (options->word_count == 0) {
		cli_fail("config: what shall be done? write config check, explain, schema, show or "
			 "test-rule");
		return EX_USAGE;
	}
	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
		if (strcmp(actions[i].name, options->words[0]) != 0)
			continue;
		if (actions[i].run != cli_test_rule && !check_options(options))
			return EX_USAGE;
		if (options->word_count <= actions[i].words)
			return actions[i].run(options);
		cli_fail("config %s: `%s` is one word too many", actions[i].name,
			 options->words[actions[i].words]);
		return EX_USAGE;
	}
	return complain_action(options->words[0]);
}

const struct cli_command cli_command_config = {
	.name = "config",
	.words = "check|show|explain|... [PATH|SETTING|RULE]",
	.summary = "checks, shows and explains configurations",
	.help = "  config check PATH       every error at once, with its line; status 78 if any\n"
		"  config show PATH        what is in effect, defaults included, no secrets\n"
		"  config explain SETTING  the manual of one setting: components.http.expect;\n"
		"                          without one, all of the top\n"
		"  config schema           a JSON schema for editors\n"
		"  config test-rule RULE [NAME...]\n"
		"                          when the rule would have fired for these subjects\n"
		"                          (all), by what a daemon or a file has kept\n"
		"\nPATH is a file, or a folder whose *.yaml and *.yml files are one "
		"configuration.\n",
	.options = config_options,
	.run = config_run,
};
