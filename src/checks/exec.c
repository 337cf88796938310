/* exec.c - runs a program and reads its answer as a Nagios plugin's, or only its exit code.
 *
 * The arguments and the environment are put together once per configuration. Nothing of our own
 * environment is passed on but PATH, HOME and LANG: what a check sees should not depend on the
 * shell that started the program, and secrets in it are nobody's business.
 */
#include "checks/kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "checks/nagios.h"
#include "io/child.h"
#include "io/environment.h"

enum {
	ARGUMENTS_MAX = 256,
	VARIABLES_MAX = 256,
	OUTPUT_MAX = 64 * 1024,
	TEXT_MAX = 800,
	DETAIL_TEXT_MAX = 512,
	METRICS_MAX = 24,
	CODE_CANNOT_RUN = 126, /* what shells and env(1) answer for a program they cannot start */
	CODE_NOT_FOUND = 127,
};

enum exec_codes { CODES_NAGIOS, CODES_PLAIN };

struct exec_settings {
	struct config_list command;
	bool shell;
	int codes;
	struct config_list environment;
	const char *directory;
	int64_t max_output_bytes;
};

struct exec_state {
	const char **argv;
	struct io_environment environment;
};

struct exec_run {
	struct io_child *child;
};

static const char *const codes_words[] = { "nagios", "plain", NULL };

static const struct config_field exec_fields[] = {
	{ .name = "command",
	  .type = CONFIG_TEXT_LIST,
	  .offset = offsetof(struct exec_settings, command),
	  .min = 1,
	  .max = ARGUMENTS_MAX,
	  .required = true,
	  .help = "the program and its arguments; with `shell: true` one text for /bin/sh",
	  .example = "[/usr/lib/nagios/plugins/check_load, -w, \"4,3,2\", -c, \"8,6,4\"]" },
	{ .name = "shell",
	  .type = CONFIG_BOOL,
	  .offset = offsetof(struct exec_settings, shell),
	  .help = "give the command, a single text, to `/bin/sh -c`" },
	{ .name = "codes",
	  .type = CONFIG_WORD,
	  .offset = offsetof(struct exec_settings, codes),
	  .standard = "nagios",
	  .words = codes_words,
	  .help = "`nagios`: exit code 0 is healthy, 1 degraded, 2 unhealthy, 3 unknown; `plain`: "
		  "0 "
		  "is healthy, every other unhealthy" },
	{ .name = "env",
	  .type = CONFIG_TEXT_MAP,
	  .offset = offsetof(struct exec_settings, environment),
	  .max = VARIABLES_MAX,
	  .help = "environment variables; beside them the program sees PATH, HOME and LANG only",
	  .example = "{ PGPASSWORD: \"${PGPASSWORD}\" }" },
	{ .name = "directory",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct exec_settings, directory),
	  .standard = "/",
	  .help = "where the program runs" },
	{ .name = "max_output",
	  .type = CONFIG_SIZE,
	  .offset = offsetof(struct exec_settings, max_output_bytes),
	  .standard = "64KiB",
	  .min = 1024,
	  .max = OUTPUT_MAX,
	  .help = "as much of the output and of the errors is kept; the rest is read and dropped" },
	{ 0 },
};

static void build_arguments(const struct exec_settings *settings, struct exec_state *state)
{
	const char *const *words = settings->command.items;
	size_t i, count = settings->command.count;

	state->argv = xcalloc(count + 4, sizeof(*state->argv));
	if (settings->shell) {
		state->argv[0] = "/bin/sh";
		state->argv[1] = "-c";
		state->argv[2] = words[0];
		return;
	}
	for (i = 0; i < count; i++)
		state->argv[i] = words[i];
}

static void build_environment(const struct exec_settings *settings, struct exec_state *state)
{
	const struct config_pair *pairs = settings->environment.items;

	io_environment_init(&state->environment);
	for (size_t i = 0; i < settings->environment.count; i++)
		io_environment_set(&state->environment, pairs[i].name, pairs[i].value);
}

static void exec_prepare(const void *settings_arg, void *state_arg,
			 struct config_complaints *complaints, const struct config_node *node)
{
	const struct exec_settings *settings = settings_arg;
	const char *const *words = settings->command.items;

	if (settings->command.count == 0 || !words[0][0]) {
		config_complain_at(complaints, node, "command", "there is no program to run");
		return;
	}
	if (settings->shell && settings->command.count > 1)
		config_complain_at(complaints, node, "command",
				   "with `shell: true` the command is one text, not a list of %zu",
				   settings->command.count);
	if (!settings->shell && settings->command.count == 1 && strchr(words[0], ' '))
		config_warn(complaints, node,
			    "the program's name has blanks in it: write a list ([program, "
			    "argument]) or add `shell: true` if it is a whole command");
	if (settings->directory && settings->directory[0] != '/')
		config_complain_at(complaints, node, "directory", "\"%s\" is no absolute path",
				   settings->directory);
	build_arguments(settings, state_arg);
	build_environment(settings, state_arg);
}

static void exec_release(void *state_arg)
{
	struct exec_state *state = state_arg;

	io_environment_finish(&state->environment);
	free(state->argv);
}

static void write_text(struct bw_json *json, const char *key, const struct bw_buf *text)
{
	char clean[DETAIL_TEXT_MAX];

	if (text->len == 0)
		return;
	bw_text_clean(text->data, text->len, clean, sizeof(clean));
	bw_json_key(json, key);
	bw_json_string(json, clean);
}

static void write_limit(struct bw_json *json, const char *key, bool has, double value)
{
	if (!has)
		return;
	bw_json_key(json, key);
	bw_json_double(json, value);
}

static void write_metric(struct bw_json *json, const struct nagios_metric *metric)
{
	bw_json_object_begin(json);
	bw_json_key(json, "label");
	bw_json_string(json, metric->label);
	bw_json_key(json, "value");
	if (metric->has_value)
		bw_json_double(json, metric->value);
	else
		bw_json_null(json);
	if (metric->unit[0]) {
		bw_json_key(json, "unit");
		bw_json_string(json, metric->unit);
	}
	if (metric->warn[0]) {
		bw_json_key(json, "warn");
		bw_json_string(json, metric->warn);
	}
	if (metric->critical[0]) {
		bw_json_key(json, "critical");
		bw_json_string(json, metric->critical);
	}
	write_limit(json, "min", metric->has_min, metric->min);
	write_limit(json, "max", metric->has_max, metric->max);
	bw_json_object_end(json);
}

static void write_count(struct bw_json *json, const char *key, int64_t count)
{
	if (count == 0)
		return;
	bw_json_key(json, key);
	bw_json_int(json, count);
}

static void write_performance(struct bw_json *json, const struct nagios_output *output)
{
	const char *cursor = output->data.data;
	struct nagios_metric metric;
	enum nagios_next next;
	int written = 0, broken = 0, left_out = 0;

	if (!cursor)
		return;
	bw_json_key(json, "performance");
	bw_json_array_begin(json);
	while ((next = nagios_metric_next(&cursor, &metric)) != NAGIOS_END) {
		if (next == NAGIOS_BROKEN) {
			broken++;
		} else if (written == METRICS_MAX) {
			left_out++;
		} else {
			write_metric(json, &metric);
			written++;
		}
	}
	bw_json_array_end(json);
	write_count(json, "performance_broken", broken);
	write_count(json, "performance_left_out", left_out);
}

static void write_details(struct check_run *run, const struct io_child_result *result,
			  const struct nagios_output *output)
{
	struct bw_json *json = check_details(run);
	char line[DETAIL_TEXT_MAX];

	bw_json_key(json, result->signal ? "signal" : "exit_code");
	bw_json_int(json, result->signal ? result->signal : result->exit_code);
	write_text(json, "output", &output->text);
	write_text(json, "more_output", &output->more);
	bw_text_last_line(result->errors, result->errors_len, line, sizeof(line));
	if (line[0]) {
		bw_json_key(json, "errors");
		bw_json_string(json, line);
	}
	write_performance(json, output);
	if (result->max_rss_kb > 0)
		write_count(json, "peak_memory_bytes", (int64_t)result->max_rss_kb * 1024);
	bw_json_key(json, "cpu_ms");
	bw_json_double(json, (double)(result->user_us + result->system_us) / 1000);
	if (result->cut) {
		bw_json_key(json, "output_cut");
		bw_json_bool(json, true);
	}
}

static enum bw_health health_of(const struct exec_settings *settings, int code)
{
	static const enum bw_health nagios[] = {
		BW_HEALTH_HEALTHY,
		BW_HEALTH_DEGRADED,
		BW_HEALTH_UNHEALTHY,
		BW_HEALTH_UNKNOWN,
	};

	if (code == CODE_CANNOT_RUN || code == CODE_NOT_FOUND)
		return BW_HEALTH_UNKNOWN;
	if (settings->codes == CODES_PLAIN)
		return code == 0 ? BW_HEALTH_HEALTHY : BW_HEALTH_UNHEALTHY;
	return code >= 0 && code <= 3 ? nagios[code] : BW_HEALTH_UNHEALTHY;
}

/* A plugin explains itself on its output; anything else most likely on its errors. */
static void explain(const struct exec_settings *settings, const struct io_child_result *result,
		    const struct nagios_output *output, char *out, size_t size)
{
	char said[TEXT_MAX - 64], complained[TEXT_MAX - 64];
	bool is_plugin = settings->codes == CODES_NAGIOS && result->exit_code <= 3;

	bw_text_clean(output->text.data ? output->text.data : "", output->text.len, said,
		      sizeof(said));
	bw_text_last_line(result->errors, result->errors_len, complained, sizeof(complained));
	if (is_plugin && said[0])
		snprintf(out, size, "%s", said);
	else if (complained[0] || said[0])
		snprintf(out, size, "exit code %d: %s", result->exit_code,
			 complained[0] ? complained : said);
	else
		snprintf(out, size, "exit code %d without a word", result->exit_code);
}

static void on_end(void *arg, const struct io_child_result *result)
{
	struct check_run *run = arg;
	const struct exec_settings *settings = check_settings(run);
	struct nagios_output output;
	enum bw_health health = health_of(settings, result->exit_code);
	char text[TEXT_MAX], complained[TEXT_MAX - 64];

	nagios_output_init(&output, result->output, result->output_len);
	write_details(run, result, &output);
	explain(settings, result, &output, text, sizeof(text));
	nagios_output_finish(&output);
	if (result->signal) {
		bw_text_last_line(result->errors, result->errors_len, complained,
				  sizeof(complained));
		check_finish(run, BW_HEALTH_UNHEALTHY, "ended by signal %d (%s)%s%s",
			     result->signal, strsignal(result->signal), complained[0] ? ": " : "",
			     complained);
		return;
	}
	check_finish(run, health, health == BW_HEALTH_HEALTHY ? NULL : "%s", text);
}

static void exec_start(struct check_run *run)
{
	const struct exec_settings *settings = check_settings(run);
	const struct exec_state *state = check_state(run);
	struct exec_run *exec = check_data(run);
	struct io_child_options options = {
		.argv = state->argv,
		.environment = (const char *const *)state->environment.items,
		.directory = settings->directory,
		.max_output_bytes = (size_t)settings->max_output_bytes,
	};
	struct bw_error err;

	check_phase(run, "running %s", state->argv[0]);
	if (io_child_start(check_loop(run), &options, on_end, run, &exec->child, &err) == BW_OK)
		return;
	exec->child = NULL;
	check_finish(run, BW_HEALTH_UNKNOWN, "%s", err.text);
}

static void exec_stop(struct check_run *run)
{
	struct exec_run *exec = check_data(run);

	if (exec->child)
		io_child_stop(exec->child);
}

const struct check_kind check_kind_exec = {
	.name = "exec",
	.summary = "a program of your own or a Nagios plugin",
	.fields = exec_fields,
	.settings_size = sizeof(struct exec_settings),
	.state_size = sizeof(struct exec_state),
	.run_size = sizeof(struct exec_run),
	.prepare = exec_prepare,
	.release = exec_release,
	.start = exec_start,
	.stop = exec_stop,
};
