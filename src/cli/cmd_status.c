/* cmd_status.c - `bellwether status`: the dashboard of a running daemon on one screen. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <jansson.h>

#include "cli/ask.h"
#include "cli/command.h"
#include "cli/print.h"

enum { SHOWN_MAX = 8, NAME_COLUMNS = 26, WORD_COLUMNS = 11 };

static const struct cli_option status_options[] = {
	{ "url", 'u', "URL", "the daemon; http://127.0.0.1:8090, or unix:/PATH",
	  offsetof(struct cli_options, url) },
	CLI_OPTION_JSON,
	{ 0 },
};

/* "" when it is no text. */
static const char *text_at(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static double number_at(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static void print_duration(struct bw_buf *buf, double seconds)
{
	long long total = seconds > 0 && seconds < 1e12 ? (long long)seconds : 0;

	if (total >= 86400)
		bw_buf_format(buf, "%lld d %lld h", total / 86400, total / 3600 % 24);
	else if (total >= 3600)
		bw_buf_format(buf, "%lld h %lld m", total / 3600, total / 60 % 60);
	else
		bw_buf_format(buf, "%lld m %lld s", total / 60, total % 60);
}

static int count_health(const json_t *components, const char *word)
{
	const char *name;
	json_t *component;
	int count = 0;

	json_object_foreach((json_t *)components, name, component) count +=
		strcmp(text_at(component, "status"), word) == 0;
	return count;
}

static void print_verdict(struct bw_buf *buf, const json_t *document, bool color)
{
	const json_t *overview = json_object_get(document, "overview");
	const json_t *metrics = json_object_get(document, "metrics");
	const json_t *resources = json_object_get(document, "resources");
	const json_t *components = json_object_get(document, "components");
	const char *word = text_at(overview, "overall_status");

	cli_health(buf, word, strlen(word), color);
	bw_buf_format(buf, "  score %.1f  up ", number_at(metrics, "system_health_score"));
	print_duration(buf, number_at(overview, "uptime_seconds"));
	bw_buf_format(buf, "\n%zu components: %d healthy, %d degraded, %d unhealthy, %d unknown\n",
		      json_object_size(components), count_health(components, "healthy"),
		      count_health(components, "degraded"), count_health(components, "unhealthy"),
		      count_health(components, "unknown"));
	bw_buf_format(buf,
		      "cpu %.0f %%  memory %.0f %%  disk %.0f %%  available %.1f %%  "
		      "average response %.1f ms\n",
		      number_at(resources, "cpu_percent"), number_at(resources, "memory_percent"),
		      number_at(resources, "disk_percent"),
		      number_at(metrics, "availability_percentage"),
		      number_at(metrics, "average_response_time_ms"));
}

static void print_rest(struct bw_buf *buf, size_t count)
{
	if (count > SHOWN_MAX)
		bw_buf_format(buf, "  ... and %zu more\n", count - SHOWN_MAX);
}

static void print_alert(struct bw_buf *buf, const json_t *alert)
{
	struct bw_buf line;

	bw_buf_init(&line, 0);
	bw_buf_format(&line, "%s: %s", text_at(alert, "title"), text_at(alert, "message"));
	bw_buf_text(buf, "  ");
	cli_cell(buf, text_at(alert, "severity"), WORD_COLUMNS);
	cli_wrap(buf, 2 + WORD_COLUMNS, line.data);
	bw_buf_finish(&line);
}

static void print_alerts(struct bw_buf *buf, const json_t *alerts)
{
	const json_t *alert;
	size_t nth;

	if (json_array_size(alerts) > 0)
		bw_buf_format(buf, "\nALERTS (%zu)\n", json_array_size(alerts));
	json_array_foreach(alerts, nth, alert) if (nth < SHOWN_MAX) print_alert(buf, alert);
	print_rest(buf, json_array_size(alerts));
}

static void print_component(struct bw_buf *buf, const char *name, const json_t *component,
			    bool color)
{
	bw_buf_text(buf, "  ");
	cli_cell(buf, name, NAME_COLUMNS);
	bw_buf_text(buf, "  ");
	cli_health(buf, text_at(component, "status"), WORD_COLUMNS, color);
	cli_wrap(buf, 4 + NAME_COLUMNS + WORD_COLUMNS, text_at(component, "error_message"));
}

/* What deviates; a healthy component has nothing to say. */
static void print_components(struct bw_buf *buf, const json_t *components, bool color)
{
	static const char *const order[] = { "unhealthy", "degraded", "unknown" };
	size_t shown = 0;

	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		const char *name;
		json_t *component;

		json_object_foreach((json_t *)components, name, component)
		{
			if (strcmp(text_at(component, "status"), order[i]) != 0)
				continue;
			if (shown == 0)
				bw_buf_text(buf, "\nNOT HEALTHY\n");
			if (shown++ < SHOWN_MAX)
				print_component(buf, name, component, color);
		}
	}
	print_rest(buf, shown);
}

static void print_breakers(struct bw_buf *buf, const json_t *breakers)
{
	const char *name;
	json_t *breaker;
	size_t shown = 0;

	json_object_foreach((json_t *)breakers, name, breaker)
	{
		const char *state = text_at(breaker, "state");

		if (strcmp(state, "closed") == 0)
			continue;
		if (shown == 0)
			bw_buf_text(buf, "\nBREAKERS NOT CLOSED\n");
		if (shown++ >= SHOWN_MAX)
			continue;
		bw_buf_text(buf, "  ");
		cli_cell(buf, name, NAME_COLUMNS);
		bw_buf_text(buf, "  ");
		cli_wrap(buf, 4 + NAME_COLUMNS, state);
	}
	print_rest(buf, shown);
}

static int print_document(const struct bw_buf *body, const struct cli_options *options)
{
	json_t *document = json_loadb(body->data ? body->data : "", body->len, 0, NULL);
	const json_t *overview = json_object_get(document, "overview");
	const json_t *components = json_object_get(document, "components");
	bool color = cli_has_color(stdout);
	struct bw_buf buf;
	int status;

	if (!json_is_object(overview)) {
		cli_fail("the answer is no dashboard document; name a daemon with --url");
		json_decref(document);
		return EX_PROTOCOL;
	}
	status = cli_health_exit(text_at(overview, "overall_status"));
	bw_buf_init(&buf, 0);
	if (options->json) {
		bw_buf_append(&buf, body->data, body->len);
		bw_buf_byte(&buf, '\n');
	} else {
		print_verdict(&buf, document, color);
	}
	if (!options->json && !options->quiet) {
		print_alerts(&buf, json_object_get(document, "alerts"));
		print_components(&buf, components, color);
		print_breakers(&buf, json_object_get(json_object_get(document, "circuit_breakers"),
						     "breakers"));
	}
	cli_out(&buf);
	json_decref(document);
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
	.help = "Asks a running daemon and prints its verdict, alerts, and what is not healthy.\n"
		"The exit status is 0 healthy, 1 degraded, 2 unhealthy, 3 unknown; 69 when no\n"
		"daemon answers.\n",
	.options = status_options,
	.run = status_run,
};
