/* exec.c - a program of one's own: the notice as JSON on its input, the main things in variables.
 *
 * Variables and input are data, never part of the command, so no text can become one. The program
 * sees PATH, HOME, LANG, what `env` says and BELLWETHER_...; nothing else of our environment.
 * Exit codes: 0 is sent, 75 (EX_TEMPFAIL) is tried again, as is the end by a signal; any other
 * refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "io/child.h"
#include "io/environment.h"
#include "notify/channel.h"
#include "notify/document.h"
#include "notify/message.h"

enum {
	ARGUMENTS_MAX = 256,
	VARIABLES_MAX = 256,
	VALUE_MAX = 4096,
	OUTPUT_MAX = 4096,
	LINE_MAX_BYTES = 160,
	CODE_AGAIN = 75,
};

struct exec_settings {
	struct config_list command;
	struct config_list environment; /* of struct config_pair */
	const char *directory;
	const char **argv; /* `command`, ended by NULL */
};

struct exec_attempt {
	struct io_child *child;
	struct io_environment environment;
};

static const struct config_field fields[] = {
	{ .name = "command",
	  .type = CONFIG_TEXT_LIST,
	  .offset = offsetof(struct exec_settings, command),
	  .min = 1,
	  .max = ARGUMENTS_MAX,
	  .required = true,
	  .help = "The program and its arguments",
	  .example = "[/usr/local/bin/page-me, --urgent]" },
	{ .name = "env",
	  .type = CONFIG_TEXT_MAP,
	  .offset = offsetof(struct exec_settings, environment),
	  .max = VARIABLES_MAX,
	  .help = "Environment variables; beside them the program sees PATH, HOME, LANG and "
		  "BELLWETHER_... only",
	  .example = "{ PAGER_TOKEN: \"${PAGER_TOKEN}\" }" },
	{ .name = "directory",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct exec_settings, directory),
	  .standard = "/",
	  .help = "Where the program runs" },
	{ 0 },
};

/* Environment */

/* One clean line, so that a script may print it. */
static void set_text(struct io_environment *environment, const char *name, const char *value)
{
	char clean[VALUE_MAX];

	bw_text_clean(value, strlen(value), clean, sizeof(clean));
	io_environment_set(environment, name, clean);
}

static void add_alert(struct io_environment *environment, const struct notice_alert *alert)
{
	char id[24];

	snprintf(id, sizeof(id), "a%llu", (unsigned long long)alert->id);
	io_environment_set(environment, "BELLWETHER_ALERT", id);
	set_text(environment, "BELLWETHER_RULE", alert->rule);
	set_text(environment, "BELLWETHER_SUBJECT", alert->subject);
	set_text(environment, "BELLWETHER_TITLE", alert->title);
	set_text(environment, "BELLWETHER_MESSAGE", alert->message);
}

static void build_environment(struct channel_attempt *attempt, struct io_environment *environment)
{
	const struct exec_settings *settings = channel_settings(attempt);
	const struct notice *notice = channel_notice(attempt);
	const struct config_pair *pairs = settings->environment.items;
	char headline[MESSAGE_HEADLINE_MAX], count[24];

	io_environment_init(environment);
	for (size_t i = 0; i < settings->environment.count; i++)
		io_environment_set(environment, pairs[i].name, pairs[i].value);
	message_headline(notice, headline);
	snprintf(count, sizeof(count), "%zu", notice->count + notice->more);
	io_environment_set(environment, "BELLWETHER_KIND", notice_kind_text(notice->kind));
	io_environment_set(environment, "BELLWETHER_SEVERITY",
			   bw_severity_text(notice_severity(notice)));
	io_environment_set(environment, "BELLWETHER_KEY", notice->key);
	set_text(environment, "BELLWETHER_CHANNEL", notice->channel);
	io_environment_set(environment, "BELLWETHER_HEADLINE", headline);
	io_environment_set(environment, "BELLWETHER_COUNT", count);
	set_text(environment, "BELLWETHER_PAGE", channel_page_url(attempt));
	if (notice->count > 0)
		add_alert(environment, &notice->alerts[0]);
}

/* The end */

static void on_end(void *arg, const struct io_child_result *result)
{
	struct channel_attempt *attempt = arg;
	char said[LINE_MAX_BYTES];

	bw_text_last_line(result->errors, result->errors_len, said, sizeof(said));
	if (!said[0])
		bw_text_last_line(result->output, result->output_len, said, sizeof(said));
	if (result->signal)
		channel_done(attempt, CHANNEL_RETRY, 0, "ended by signal %d (%s)%s%s",
			     result->signal, strsignal(result->signal), said[0] ? ": " : "", said);
	else if (result->exit_code == 0)
		channel_done(attempt, CHANNEL_SENT, 0, "exit code 0");
	else
		channel_done(attempt,
			     result->exit_code == CODE_AGAIN ? CHANNEL_RETRY : CHANNEL_REFUSED, 0,
			     "exit code %d%s%s", result->exit_code, said[0] ? ": " : "", said);
}

static void exec_start(struct channel_attempt *attempt)
{
	const struct exec_settings *settings = channel_settings(attempt);
	struct exec_attempt *exec = channel_data(attempt);
	struct bw_buf input;
	struct bw_json json;
	struct bw_error err;
	struct io_child_options options = {
		.argv = settings->argv,
		.directory = settings->directory,
		.max_output_bytes = OUTPUT_MAX,
	};
	enum bw_status status;

	bw_buf_init(&input, 0);
	bw_json_init(&json, &input);
	document_write(channel_notice(attempt), channel_page_url(attempt), &json);
	bw_buf_byte(&input, '\n');
	build_environment(attempt, &exec->environment);
	options.environment = (const char *const *)exec->environment.items;
	options.input = input.data;
	status = io_child_start(channel_loop(attempt), &options, on_end, attempt, &exec->child,
				&err);
	bw_buf_finish(&input);
	if (status == BW_OK)
		return;
	exec->child = NULL;
	channel_done(attempt, status == BW_ENOTFOUND ? CHANNEL_REFUSED : CHANNEL_RETRY, 0, "%s",
		     err.text);
}

static void exec_stop(struct channel_attempt *attempt)
{
	struct exec_attempt *exec = channel_data(attempt);

	io_child_stop(exec->child);
	exec->child = NULL;
	io_environment_finish(&exec->environment);
}

/* Once per configuration */

static bool is_variable_name(const char *name)
{
	return name[0] && !strchr(name, '=');
}

static void exec_prepare(void *settings_arg, struct config_complaints *complaints,
			 const struct config_node *node)
{
	struct exec_settings *settings = settings_arg;
	const char *const *words = settings->command.items;
	const struct config_pair *pairs = settings->environment.items;

	if (settings->command.count == 0 || !words[0][0]) {
		config_complain_at(complaints, node, "command", "there is no program to run");
		return;
	}
	if (settings->command.count == 1 && strchr(words[0], ' '))
		config_warn(
			complaints, node,
			"the program's name has blanks in it: write a list, [program, argument]");
	if (settings->directory && settings->directory[0] != '/')
		config_complain_at(complaints, node, "directory", "\"%s\" is no absolute path",
				   settings->directory);
	for (size_t i = 0; i < settings->environment.count; i++)
		if (!is_variable_name(pairs[i].name))
			config_complain_at(complaints, node, "env", "`%s` is no variable",
					   pairs[i].name);
	settings->argv = xcalloc(settings->command.count + 1, sizeof(*settings->argv));
	for (size_t i = 0; i < settings->command.count; i++)
		settings->argv[i] = words[i];
}

static void exec_release(void *settings_arg)
{
	struct exec_settings *settings = settings_arg;

	free(settings->argv);
	settings->argv = NULL;
}

const struct channel_kind channel_kind_exec = {
	.name = "exec",
	.summary = "a program of one's own",
	.fields = fields,
	.settings_size = sizeof(struct exec_settings),
	.attempt_size = sizeof(struct exec_attempt),
	.prepare = exec_prepare,
	.release = exec_release,
	.start = exec_start,
	.stop = exec_stop,
};
