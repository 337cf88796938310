/* cmd_ack.c - `bellwether ack`: somebody has taken an alert. Without an id, what there is to take.
 */
#include <signal.h>
#include <string.h>
#include <sysexits.h>

#include "base/display.h"
#include "cli/alert_print.h"
#include "cli/alert_remote.h"
#include "cli/command.h"
#include "cli/print.h"
#include "cli/top_source.h"

#define FIRING_PATH "/api/v1/alerts?state=firing&limit=1000"

enum { ID_MAX = 32, NAMED_MAX = 5 };

static const struct cli_option ack_options[] = {
	CLI_OPTION_BY,
	{ "comment", 0, "TEXT", "what you are going to do about it",
	  offsetof(struct cli_options, comment) },
	{ "sticky", 0, NULL, "stays when the alert gets worse",
	  offsetof(struct cli_options, sticky) },
	{ "for", 0, "TIME", "for so long, such as 2h; otherwise until it is over",
	  offsetof(struct cli_options, duration) },
	{ "until", 0, "TIME", "until then, such as 2026-12-01T22:00:00Z",
	  offsetof(struct cli_options, until) },
	{ "undo", 0, NULL, "nobody has taken it any more", offsetof(struct cli_options, undo) },
	CLI_OPTION_DAEMON,
	CLI_OPTION_JSON,
	CLI_OPTION_NO_COLOR,
	{ 0 },
};

static int ask_firing(const struct cli_options *options, json_t **answer)
{
	const struct cli_request request = { .method = "GET", .path = FIRING_PATH };

	return alert_remote_ask(options, &request, NULL, answer);
}

static int list(const struct cli_options *options)
{
	struct cli_lines lines;
	struct bw_buf buf;
	json_t *answer;
	int status = ask_firing(options, &answer);

	if (status != EX_OK)
		return status;
	if (options->json) {
		alert_remote_print_json(answer);
	} else {
		alert_print_begin(&lines, &buf, options);
		alert_print_table(&lines, json_object_get(answer, "alerts"));
		if (buf.len == 0 && !options->quiet)
			bw_buf_text(&buf, "nothing is firing\n");
		alert_print_end(&lines, options);
	}
	json_decref(answer);
	return EX_OK;
}

/* "firing are a3 (Component Unhealthy: database), a5 (...)" */
static void complain_of_id(const struct cli_options *options)
{
	const char *word = options->words[0];
	struct bw_buf known;
	json_t *answer = NULL, *alert;
	size_t nth;

	bw_buf_init(&known, 0);
	if (ask_firing(options, &answer) == EX_OK)
		json_array_foreach(json_object_get(answer, "alerts"), nth,
				   alert) if (nth < NAMED_MAX)
			bw_buf_format(&known, "%s%s (%s)", nth > 0 ? ", " : "",
				      cli_text_at(alert, "id"), cli_text_at(alert, "title"));
	cli_fail("%s has no alert `%s`; %s%s%s", alert_remote_url(options), word,
		 known.len > 0 ? "firing are " : "nothing is firing",
		 known.len > 0 ? known.data : "",
		 json_array_size(json_object_get(answer, "alerts")) > NAMED_MAX
			 ? ", ...; `bellwether ack` lists all"
			 : "");
	json_decref(answer);
	bw_buf_finish(&known);
}

/* "a17 is taken by ada: Component Unhealthy: database" */
static void print_answer(const json_t *answer, const struct cli_options *options)
{
	const json_t *ack = json_object_get(answer, "ack");
	const char *by = cli_text_at(ack, "by"), *until = cli_text_at(ack, "until");
	const char *title = cli_text_at(answer, "title");
	struct bw_buf buf;

	if (options->json) {
		alert_remote_print_json(answer);
		return;
	}
	if (options->quiet)
		return;
	bw_buf_init(&buf, 0);
	bw_buf_text(&buf, cli_text_at(answer, "id"));
	bw_buf_text(&buf, json_is_object(ack) ? ": acknowledged by " : ": not acknowledged");
	bw_display_append(&buf, by, strlen(by));
	if (*until)
		bw_buf_format(&buf, " until %s", until);
	if (json_is_true(json_object_get(ack, "sticky")))
		bw_buf_text(&buf, ", also when it gets worse");
	bw_buf_text(&buf, ": ");
	bw_display_append(&buf, title, strlen(title));
	bw_buf_byte(&buf, '\n');
	cli_out(&buf);
}

static int give(const struct cli_options *options, const char *id, const char *json)
{
	struct cli_request request = {
		.method = options->undo ? "DELETE" : "POST",
		.json = options->undo ? NULL : json,
	};
	struct bw_buf path;
	json_t *answer;
	int status;

	bw_buf_init(&path, 0);
	bw_buf_format(&path, "/api/v1/alerts/%s/ack", id);
	if (options->undo) {
		bw_buf_text(&path, "?by=");
		top_source_encode(&path, alert_remote_person(options));
	}
	request.path = path.data;
	status = alert_remote_ask(options, &request, complain_of_id, &answer);
	bw_buf_finish(&path);
	if (status != EX_OK)
		return status;
	print_answer(answer, options);
	json_decref(answer);
	return EX_OK;
}

static bool write_order(const struct cli_options *options, struct bw_buf *buf)
{
	const char *person = alert_remote_person(options);
	struct bw_json json;
	bool is_whole;

	if (!*person)
		return false;
	bw_json_init(&json, buf);
	bw_json_object_begin(&json);
	bw_json_member_string(&json, "by", person);
	if (options->comment)
		bw_json_member_string(&json, "comment", options->comment);
	bw_json_member_bool(&json, "sticky", options->sticky);
	is_whole = alert_remote_end(options, "ack", &json);
	bw_json_object_end(&json);
	return is_whole;
}

static int acknowledge(const struct cli_options *options)
{
	char id[ID_MAX];
	struct bw_buf order;
	int status = EX_USAGE;

	if (!alert_remote_id(options->words[0], 'a', id, sizeof id)) {
		cli_fail("ack: `%s` is no id of an alert; one is a17, and `bellwether ack` lists "
			 "them",
			 options->words[0]);
		return EX_USAGE;
	}
	if (options->undo &&
	    (options->sticky || options->comment || options->duration || options->until)) {
		cli_fail("ack: --undo stands alone; --comment, --sticky, --for and --until are for "
			 "acknowledging");
		return EX_USAGE;
	}
	bw_buf_init(&order, 0);
	if (write_order(options, &order))
		status = give(options, id, order.data);
	bw_buf_finish(&order);
	return status;
}

static int ack_run(const struct cli_options *options)
{
	(void)signal(SIGPIPE, SIG_IGN);
	if (options->word_count > 1) {
		cli_fail("ack: one alert at a time, but got `%s` too; several are silenced with "
			 "`bellwether silence add`",
			 options->words[1]);
		return EX_USAGE;
	}
	if (options->word_count == 0 && options->undo) {
		cli_fail("ack: which one? write bellwether ack ID --undo");
		return EX_USAGE;
	}
	return options->word_count == 0 ? list(options) : acknowledge(options);
}

const struct cli_command cli_command_ack = {
	.name = "ack",
	.words = "[ID]",
	.summary = "say that you have taken an alert, or list what fires",
	.help = "An acknowledged alert is not reminded of and not escalated. Its recovery ends\n"
		"the acknowledgement; so does a higher severity, but for --sticky. Without an\n"
		"ID what is firing is listed.\n"
		"The exit status is 66 when there is no such alert, 65 when the daemon refuses,\n"
		"69 when no daemon answers.\n",
	.options = ack_options,
	.run = ack_run,
};
