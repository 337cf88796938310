/* cmd_check.c - `bellwether check [NAME...]`: daemon/once.h runs the checks, this prints them. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/display.h"
#include "base/json_write.h"
#include "cli/command.h"
#include "cli/load.h"
#include "cli/print.h"
#include "daemon/once.h"
#include "daemon/settings.h"

enum { NAME_MIN = 9, NAME_MAX = 28, HEALTH_COLUMNS = 11, TIME_COLUMNS = 11 };
enum { EXIT_INTERRUPTED = 128 + SIGINT };

static const struct cli_option check_options[] = {
	CLI_OPTION_CONFIG,
	CLI_OPTION_JSON,
	{ 0 },
};

static void time_text(const struct once_result *result, char *out, size_t size)
{
	if (!result->has_response)
		snprintf(out, size, "-");
	else if (result->response_us < 10 * BW_SECOND_US)
		snprintf(out, size, "%.1f ms", (double)result->response_us / 1e3);
	else
		snprintf(out, size, "%.1f s", (double)result->response_us / 1e6);
}

static void print_row(struct bw_buf *buf, const struct once_result *result, size_t name_columns,
		      bool color)
{
	const char *text = result->skipped ? result->skipped : result->error;
	char time[32];

	time_text(result, time, sizeof time);
	cli_cell(buf, result->name, name_columns);
	bw_buf_text(buf, "  ");
	if (result->skipped)
		cli_cell(buf, "-", HEALTH_COLUMNS);
	else
		cli_health(buf, result->health, HEALTH_COLUMNS, color);
	cli_cell(buf, result->skipped ? "-" : time, TIME_COLUMNS);
	cli_wrap(buf, name_columns + 2 + HEALTH_COLUMNS + TIME_COLUMNS, text ? text : "");
}

static void print_table(struct bw_buf *buf, const struct once *once, bool only_bad)
{
	size_t columns = NAME_MIN;
	bool color = cli_has_color(stdout);

	for (size_t i = 0; i < once_count(once); i++) {
		size_t width = strlen(once_result(once, i).name);

		columns = width > columns ? width : columns;
	}
	columns = columns < NAME_MAX ? columns : NAME_MAX;
	bw_buf_format(buf, "%-*s  %-*s%-*s%s\n", (int)columns, "COMPONENT", HEALTH_COLUMNS, "STATE",
		      TIME_COLUMNS, "TIME", "WHAT");
	for (size_t i = 0; i < once_count(once); i++) {
		struct once_result result = once_result(once, i);

		if (!only_bad || (!result.skipped && strcmp(result.health, "healthy") != 0))
			print_row(buf, &result, columns, color);
	}
}

static void print_summary(struct bw_buf *buf, const struct once *once)
{
	static const char *const words[] = { "healthy", "degraded", "unhealthy", "unknown" };

	bw_buf_format(buf, "\n%s:", once_verdict(once));
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		bw_buf_format(buf, "%s %d %s", i > 0 ? "," : "", once_tally(once, words[i]),
			      words[i]);
	bw_buf_byte(buf, '\n');
}

/* The members of a component as the dashboard document has them. */
static void write_result(struct bw_json *json, const struct once_result *result)
{
	bw_json_key(json, result->name);
	bw_json_object_begin(json);
	bw_json_key(json, "status");
	bw_json_string(json, result->skipped ? "skipped" : result->health);
	bw_json_key(json, "response_time_ms");
	if (result->has_response)
		bw_json_double(json, bw_round((double)result->response_us / 1e3, 3));
	else
		bw_json_null(json);
	bw_json_key(json, "has_error");
	bw_json_bool(json, !result->skipped && result->error);
	bw_json_key(json, "error_message");
	bw_json_string(json, result->skipped ? result->skipped : result->error);
	bw_json_key(json, "kind");
	bw_json_string(json, result->kind);
	bw_json_key(json, "critical");
	bw_json_bool(json, result->critical);
	bw_json_key(json, "details");
	bw_json_object_begin(json);
	if (result->details)
		bw_json_raw_members(json, result->details, strlen(result->details));
	bw_json_object_end(json);
	bw_json_object_end(json);
}

static void write_json(struct bw_buf *buf, const struct once *once)
{
	struct bw_json json;

	bw_json_init(&json, buf);
	bw_json_object_begin(&json);
	bw_json_key(&json, "status");
	bw_json_string(&json, once_verdict(once));
	bw_json_key(&json, "components");
	bw_json_object_begin(&json);
	for (size_t i = 0; i < once_count(once); i++) {
		struct once_result result = once_result(once, i);

		write_result(&json, &result);
	}
	bw_json_object_end(&json);
	bw_json_object_end(&json);
	bw_buf_byte(buf, '\n');
}

static int run_and_print(struct once *once, const struct cli_options *options)
{
	struct bw_buf buf;

	if (!once_run(once)) {
		cli_fail("check: interrupted: the checks were stopped, nothing is known");
		return EXIT_INTERRUPTED;
	}
	bw_buf_init(&buf, 0);
	if (options->json) {
		write_json(&buf, once);
	} else {
		print_table(&buf, once, options->quiet);
		print_summary(&buf, once);
	}
	cli_out(&buf);
	return cli_health_exit(once_verdict(once));
}

static int create_and_run(struct daemon_settings *settings, const struct cli_options *options)
{
	struct once *once;
	struct bw_error err;
	char *report;
	int status;

	switch (once_create(settings, options->words, options->word_count, &once, &err)) {
	case BW_OK:
		status = run_and_print(once, options);
		once_destroy(once);
		return status;
	case BW_ENOTFOUND:
		cli_fail("check: %s", err.text);
		return EX_USAGE;
	default:
		report = daemon_settings_report(settings);
		cli_report(report ? report : "");
		free(report);
		return EX_CONFIG;
	}
}

static int check_run(const struct cli_options *options)
{
	struct daemon_settings *settings;
	int status;

	if (!options->config) {
		cli_fail("check: no configuration was named; write --config=PATH");
		return EX_USAGE;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	status = cli_load(options->config, options->verbose, &settings);
	if (status != EX_OK)
		return status;
	status = create_and_run(settings, options);
	daemon_settings_destroy(settings);
	return status;
}

const struct cli_command cli_command_check = {
	.name = "check",
	.words = "[NAME...]",
	.summary = "runs the configured checks once",
	.help = "Runs every check of the configuration, or those named, once and prints what came\n"
		"out. The exit status is 0 healthy, 1 degraded, 2 unhealthy, 3 unknown: of the\n"
		"whole, where only a critical component can make it unhealthy, or of the worst\n"
		"one when names are given. Nothing to look at is unknown.\n",
	.options = check_options,
	.run = check_run,
};
