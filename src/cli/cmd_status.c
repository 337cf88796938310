/* cmd_status.c - `bellwether status`: the dashboard of a running daemon on one screen. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sysexits.h>

#include "cli/ask.h"
#include "cli/command.h"
#include "cli/overview.h"
#include "cli/print.h"

static const struct cli_option status_options[] = {
	CLI_OPTION_DAEMON,
	CLI_OPTION_JSON,
	CLI_OPTION_NO_COLOR,
	{ 0 },
};

/* How many rows of each list fit beside the head in 24 lines, blank lines and titles counted. */
enum { ALERTS_SHOWN = 3, COMPONENTS_SHOWN = 6, BREAKERS_SHOWN = 2 };

typedef void row_writer(struct cli_lines *lines, const struct cli_entry *entry);

struct section {
	const char *title;
	const struct cli_entry *entries;
	size_t count, shown, beyond; /* beyond: further ones that the document only counts */
	row_writer *write;
};

static void print_section(struct cli_lines *lines, const struct section *section)
{
	size_t from = lines->buf->len;

	if (section->count == 0)
		return;
	bw_buf_format(lines->buf, "%s (%zu%s", section->title, section->count + section->beyond,
		      section->count > section->shown ? "" : ")");
	if (section->count > section->shown)
		bw_buf_format(lines->buf, ", %zu more with --verbose)",
			      section->count - section->shown);
	cli_line_end(lines, from);
	for (size_t i = 0; i < section->count && i < section->shown; i++) {
		from = lines->buf->len;
		bw_buf_text(lines->buf, "  ");
		section->write(lines, &section->entries[i]);
		cli_line_end(lines, from);
	}
}

static void print_overview(struct cli_lines *lines, const struct cli_overview *overview,
			   const struct cli_options *options)
{
	const struct section sections[] = {
		{ "ALERTS", overview->alerts, overview->alert_count,
		  options->verbose ? SIZE_MAX : ALERTS_SHOWN, overview->more_alerts,
		  cli_overview_alert },
		{ "NOT HEALTHY", overview->components, overview->trouble_count,
		  options->verbose ? SIZE_MAX : COMPONENTS_SHOWN, 0, cli_overview_component },
		{ "BREAKERS NOT CLOSED", overview->breakers, overview->open_count,
		  options->verbose ? SIZE_MAX : BREAKERS_SHOWN, 0, cli_overview_breaker },
	};

	if (options->quiet)
		cli_overview_verdict(lines, overview);
	else
		cli_overview_head(lines, overview);
	for (size_t i = 0; !options->quiet && i < sizeof sections / sizeof sections[0]; i++)
		print_section(lines, &sections[i]);
}

static int print_document(const struct bw_buf *body, const struct cli_options *options)
{
	struct cli_overview overview;
	struct bw_buf buf;
	struct cli_lines lines = { .buf = &buf,
				   .columns = options->verbose ? SIZE_MAX : CLI_COLUMNS };
	int status;

	if (cli_overview_init(&overview, body->data ? body->data : "", body->len) != BW_OK) {
		cli_fail("the answer is no dashboard document; name a daemon with --url");
		return EX_PROTOCOL;
	}
	lines.now = lines.made = overview.made;
	lines.ascii = !cli_is_utf8();
	status = cli_health_exit(cli_overview_word(&overview));
	bw_buf_init(&buf, 0);
	if (options->json) {
		bw_buf_append(&buf, body->data, body->len);
		bw_buf_byte(&buf, '\n');
		cli_out(&buf);
	} else {
		print_overview(&lines, &overview, options);
		cli_lines_print(&buf, cli_has_color(stdout) && !options->no_color);
		bw_buf_finish(&buf);
	}
	cli_overview_finish(&overview);
	return status;
}

static int status_run(const struct cli_options *options)
{
	struct bw_buf body;
	int status;

	if (options->word_count > 0) {
		cli_fail("status: takes no words, but got `%s`; the daemon is named with --url",
			 options->words[0]);
		return EX_USAGE;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	bw_buf_init(&body, 0);
	status =
		cli_ask(options->url ? options->url : CLI_STANDARD_URL, "/api/v1/dashboard", &body);
	if (status == EX_OK)
		status = print_document(&body, options);
	bw_buf_finish(&body);
	return status;
}

const struct cli_command cli_command_status = {
	.name = "status",
	.words = "",
	.summary = "what a running daemon says, on one screen",
	.help = "Asks a running daemon and prints its verdict, score, alerts, and what is not\n"
		"healthy, on 24 lines of 80 columns; --verbose shows all of it.\n"
		"The exit status is 0 healthy, 1 degraded, 2 unhealthy, 3 unknown; 69 when no\n"
		"daemon answers.\n",
	.options = status_options,
	.run = status_run,
};
