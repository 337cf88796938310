/* cmd_notify.c - `bellwether notify list|test NAME`: the channels of a configuration, and a try of
 * one of them; daemon/notify_once.h does it, this prints. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/display.h"
#include "base/json_write.h"
#include "cli/command.h"
#include "cli/load.h"
#include "cli/print.h"
#include "config/guess.h"
#include "daemon/notify_once.h"
#include "daemon/settings.h"

enum { NAME_MIN = 9, NAME_MAX = 28, KIND_COLUMNS = 14, SEVERITY_COLUMNS = 10 };
enum { EXIT_NOT_SENT = 1, EXIT_INTERRUPTED = 128 + SIGINT };

static const struct cli_option notify_options[] = {
	CLI_OPTION_CONFIG,
	CLI_OPTION_JSON,
	{ 0 },
};

/* list */

static void write_list(struct bw_buf *buf, const struct daemon_settings *settings)
{
	struct bw_json json;

	bw_json_init(&json, buf);
	bw_json_object_begin(&json);
	bw_json_key(&json, "channels");
	bw_json_array_begin(&json);
	for (size_t i = 0; i < notify_once_count(settings); i++) {
		struct notify_once_channel channel;

		notify_once_channel(settings, i, &channel);
		bw_json_object_begin(&json);
		bw_json_member_string(&json, "name", channel.name);
		bw_json_member_string(&json, "kind", channel.kind);
		bw_json_member_string(&json, "severity", channel.severity);
		bw_json_member_string(&json, "to", channel.target);
		bw_json_object_end(&json);
	}
	bw_json_array_end(&json);
	bw_json_object_end(&json);
	bw_buf_byte(buf, '\n');
}

static void print_list(struct bw_buf *buf, const struct daemon_settings *settings)
{
	struct notify_once_channel channel;
	size_t columns = NAME_MIN;

	if (notify_once_count(settings) == 0) {
		bw_buf_text(buf, "There is no channel: the configuration has none under notify.\n");
		return;
	}
	for (size_t i = 0; i < notify_once_count(settings); i++) {
		notify_once_channel(settings, i, &channel);
		if (strlen(channel.name) > columns)
			columns = strlen(channel.name);
	}
	columns = columns < NAME_MAX ? columns : NAME_MAX;
	bw_buf_format(buf, "%-*s  %-*s%-*s%s\n", (int)columns, "CHANNEL", KIND_COLUMNS, "KIND",
		      SEVERITY_COLUMNS, "FROM", "TO");
	for (size_t i = 0; i < notify_once_count(settings); i++) {
		notify_once_channel(settings, i, &channel);
		cli_cell(buf, channel.name, columns);
		bw_buf_text(buf, "  ");
		cli_cell(buf, channel.kind, KIND_COLUMNS);
		cli_cell(buf, channel.severity, SEVERITY_COLUMNS);
		cli_wrap(buf, columns + 2 + KIND_COLUMNS + SEVERITY_COLUMNS, channel.target);
	}
}

static int notify_list(const struct daemon_settings *settings, const struct cli_options *options)
{
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	if (options->json)
		write_list(&buf, settings);
	else
		print_list(&buf, settings);
	cli_out(&buf);
	return EX_OK;
}

/* test */

static const char *outcome_of(const struct notify_once_result *result)
{
	return result->sent ? "sent" : result->again ? "failed" : "refused";
}

static void write_result(struct bw_buf *buf, const struct notify_once_channel *channel,
			 const struct notify_once_result *result)
{
	struct bw_json json;

	bw_json_init(&json, buf);
	bw_json_object_begin(&json);
	bw_json_member_string(&json, "channel", channel->name);
	bw_json_member_string(&json, "kind", channel->kind);
	bw_json_member_string(&json, "to", channel->target);
	bw_json_member_string(&json, "outcome", outcome_of(result));
	bw_json_member_string(&json, "answer", result->text);
	bw_json_member_double(&json, "took_ms", bw_round((double)result->took_us / 1e3, 3));
	bw_json_object_end(&json);
	bw_buf_byte(buf, '\n');
}

static void print_result(struct bw_buf *buf, const struct notify_once_channel *channel,
			 const struct notify_once_result *result)
{
	bw_buf_format(buf, "%s (%s, %s): ", channel->name, channel->kind, channel->target);
	bw_buf_text(buf, result->sent ? "sent; " : result->again ? "not sent; " : "refused; ");
	bw_display_append(buf, result->text, strlen(result->text));
	bw_buf_format(buf, " (%.1f ms)\n", (double)result->took_us / 1e3);
	if (!result->sent && result->again)
		bw_buf_text(buf, "A daemon would try again until it is delivered.\n");
}

static int notify_test(const struct daemon_settings *settings, const struct cli_options *options)
{
	struct notify_once_channel channel;
	struct notify_once_result result;
	struct bw_error err;
	struct bw_buf buf;
	size_t nth;

	if (notify_once_find(settings, options->words[1], &nth, &err) != BW_OK) {
		cli_fail("notify: %s", err.text);
		return EX_NOINPUT;
	}
	notify_once_channel(settings, nth, &channel);
	if (!notify_once_run(settings, nth, &result)) {
		cli_fail("notify: interrupted: whether the message arrived is not known");
		return EXIT_INTERRUPTED;
	}
	bw_buf_init(&buf, 0);
	if (options->json)
		write_result(&buf, &channel, &result);
	else
		print_result(&buf, &channel, &result);
	cli_out(&buf);
	return result.sent ? EX_OK : EXIT_NOT_SENT;
}

static const struct {
	const char *name;
	int (*run)(const struct daemon_settings *settings, const struct cli_options *options);
	size_t words; /* exactly, its own name among them */
	const char *usage;
} actions[] = {
	{ "list", notify_list, 1, "notify list --config=PATH" },
	{ "test", notify_test, 2, "notify test NAME --config=PATH" },
};

static int complain_action(const char *word)
{
	struct config_guess guess;

	config_guess_init(&guess, word);
	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
		config_guess_add(&guess, actions[i].name);
	cli_fail("notify: there is no `notify %s`; %s%s%s", word,
		 guess.best ? "did you mean `notify " : "there are list and test",
		 guess.best ? guess.best : "", guess.best ? "`?" : "");
	return EX_USAGE;
}

static int load_and_run(size_t action, const struct cli_options *options)
{
	struct daemon_settings *settings;
	int status;

	if (options->word_count != actions[action].words) {
		cli_fail("notify: write %s", actions[action].usage);
		return EX_USAGE;
	}
	if (!options->config) {
		cli_fail("notify: no configuration was named; write --config=PATH");
		return EX_USAGE;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	status = cli_load(options->config, options->verbose, &settings);
	if (status != EX_OK)
		return status;
	status = actions[action].run(settings, options);
	daemon_settings_destroy(settings);
	return status;
}

static int notify_run(const struct cli_options *options)
{
	if (options->word_count == 0) {
		cli_fail("notify: what shall be done? write notify list or notify test NAME");
		return EX_USAGE;
	}
	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
		if (strcmp(actions[i].name, options->words[0]) == 0)
			return load_and_run(i, options);
	return complain_action(options->words[0]);
}

const struct cli_command cli_command_notify = {
	.name = "notify",
	.words = "list|test [NAME]",
	.summary = "lists the channels of a configuration and tries one",
	.help = "  notify list             every channel: its kind, from which severity, to whom\n"
		"  notify test NAME        sends a test message to one channel, without a daemon,\n"
		"                          and prints the answer\n"
		"\nThe exit status of a test is 0 sent, 1 refused or not reachable, 66 when there "
		"is\n"
		"no channel of that name. Addresses with tokens in them and passwords are never\n"
		"shown.\n",
	.options = notify_options,
	.run = notify_run,
};
