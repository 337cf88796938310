/* cmd_silence.c - `bellwether silence add|list|expire`: what nobody wants to hear of. */
#include <signal.h>
#include <string.h>
#include <sysexits.h>

#include "cli/alert_print.h"
#include "cli/alert_remote.h"
#include "cli/command.h"
#include "cli/print.h"
#include "cli/top_source.h"
#include "config/guess.h"

#define SILENCES_PATH "/api/v1/silences"

enum { ID_MAX = 32, NAMED_MAX = 5 };

static const struct cli_option silence_options[] = {
	CLI_OPTION_BY,
	{ "reason", 0, "TEXT", "with add: why, for those who come later",
	  offsetof(struct cli_options, reason) },
	{ "for", 0, "TIME", "with add: for so long, such as 2h",
	  offsetof(struct cli_options, duration) },
	{ "until", 0, "TIME", "with add: until then, such as 2026-12-01T22:00Z",
	  offsetof(struct cli_options, until) },
	{ "until-resolved", 0, NULL, "with add: until nothing it matches fires",
	  offsetof(struct cli_options, until_resolved) },
	{ "from", 0, "TIME", "with add: from then on, not now",
	  offsetof(struct cli_options, from) },
	{ "dry-run", 0, NULL, "with add: only say what it would hide",
	  offsetof(struct cli_options, dry_run) },
	{ "all", 0, NULL, "with list: those that are over too", offsetof(struct cli_options, all) },
	CLI_OPTION_DAEMON,
	CLI_OPTION_JSON,
	CLI_OPTION_NO_COLOR,
	{ 0 },
};

static void print_list(const struct cli_options *options, const json_t *silences,
		       const char *when_empty)
{
	struct cli_lines lines;
	struct bw_buf buf;

	alert_print_begin(&lines, &buf, options);
	silence_print_table(&lines, silences);
	if (buf.len == 0 && !options->quiet)
		bw_buf_text(&buf, when_empty);
	alert_print_end(&lines, options);
}

/* --- list --- */

static int ask_list(const struct cli_options *options, bool with_expired, json_t **answer)
{
	const struct cli_request request = {
		.method = "GET",
		.path = with_expired ? SILENCES_PATH "?expired=1" : SILENCES_PATH,
	};

	return alert_remote_ask(options, &request, NULL, answer);
}

static int list(const struct cli_options *options)
{
	json_t *answer;
	int status = ask_list(options, options->all, &answer);

	if (status != EX_OK)
		return status;
	if (options->json)
		alert_remote_print_json(answer);
	else
		print_list(options, json_object_get(answer, "silences"), "nothing is silenced\n");
	json_decref(answer);
	return EX_OK;
}

/* --- add --- */

static bool write_from(const struct cli_options *options, struct bw_json *json)
{
	struct bw_wall from;

	if (!options->from)
		return true;
	if (!alert_remote_time("silence add", "from", options->from, &from))
		return false;
	bw_json_key(json, "from");
	bw_json_wall(json, from);
	return true;
}

static bool write_order(const struct cli_options *options, const char *person, struct bw_buf *buf)
{
	struct bw_json json;
	bool is_whole;

	bw_json_init(&json, buf);
	bw_json_object_begin(&json);
	bw_json_key(&json, "match");
	bw_json_array_begin(&json);
	for (size_t i = 1; i < options->word_count; i++)
		bw_json_string(&json, options->words[i]);
	bw_json_array_end(&json);
	bw_json_member_string(&json, "by", person);
	bw_json_member_string(&json, "reason", options->reason);
	bw_json_member_bool(&json, "until_resolved", options->until_resolved);
	is_whole = alert_remote_end(options, "silence add", &json) && write_from(options, &json);
	bw_json_object_end(&json);
	return is_whole;
}

static int give(const struct cli_options *options, const char *order)
{
	const struct cli_request request = {
		.method = "POST",
		.path = options->dry_run ? SILENCES_PATH "?dry_run=1" : SILENCES_PATH,
		.json = order,
	};
	json_t *answer, *silences;
	int status = alert_remote_ask(options, &request, NULL, &answer);

	if (status != EX_OK)
		return status;
	if (options->json) {
		alert_remote_print_json(answer);
	} else if (options->dry_run) {
		struct bw_buf buf;

		bw_buf_init(&buf, 0);
		bw_buf_format(&buf, "it would hide %lld of the alerts that are there now\n",
			      (long long)json_integer_value(json_object_get(answer, "hides")));
		cli_out(&buf);
	} else if (!options->quiet) {
		silences = json_pack("[O]", answer);
		print_list(options, silences, "");
		json_decref(silences);
	}
	json_decref(answer);
	return EX_OK;
}

static int add(const struct cli_options *options)
{
	const char *person;
	struct bw_buf order;
	int status = EX_USAGE;

	if (!options->reason || !*options->reason) {
		cli_fail("silence add: --reason is missing; say why, for those who come later");
		return EX_USAGE;
	}
	if (!options->duration && !options->until && !options->until_resolved) {
		cli_fail("silence add: no silence lasts for ever; write --for=2h, --until=TIME or "
			 "--until-resolved");
		return EX_USAGE;
	}
	person = alert_remote_person(options);
	if (!*person)
		return EX_USAGE;
	bw_buf_init(&order, 0);
	if (write_order(options, person, &order))
		status = give(options, order.data);
	bw_buf_finish(&order);
	return status;
}

/* --- expire --- */

/* "there are s3 (component=db), s5" */
static void name_silences(const json_t *silences, struct bw_buf *out)
{
	json_t *silence;
	size_t nth;

	json_array_foreach(silences, nth, silence) if (nth < NAMED_MAX)
		bw_buf_format(out, "%s%s (%s)", nth > 0 ? ", " : "", cli_text_at(silence, "id"),
			      cli_text_at(silence, "reason"));
	if (json_array_size(silences) > NAMED_MAX)
		bw_buf_text(out, ", ...");
}

static void complain_of_id(const struct cli_options *options)
{
	struct bw_buf known;
	json_t *answer = NULL;

	bw_buf_init(&known, 0);
	if (ask_list(options, false, &answer) == EX_OK)
		name_silences(json_object_get(answer, "silences"), &known);
	cli_fail("%s has no silence `%s`; %s%s", alert_remote_url(options), options->words[1],
		 known.len > 0 ? "there are " : "nothing is silenced",
		 known.len > 0 ? known.data : "");
	json_decref(answer);
	bw_buf_finish(&known);
}

static int expire(const struct cli_options *options)
{
	struct cli_request request = { .method = "DELETE" };
	const char *person = alert_remote_person(options);
	char id[ID_MAX];
	struct bw_buf path;
	json_t *answer;
	int status;

	if (!alert_remote_id(options->words[1], 's', id, sizeof id)) {
		cli_fail("silence expire: `%s` is no id of a silence; one is s3, and `bellwether "
			 "silence list` shows them",
			 options->words[1]);
		return EX_USAGE;
	}
	if (!*person)
		return EX_USAGE;
	bw_buf_init(&path, 0);
	bw_buf_format(&path, SILENCES_PATH "/%s?by=", id);
	top_source_encode(&path, person);
	request.path = path.data;
	status = alert_remote_ask(options, &request, complain_of_id, &answer);
	bw_buf_finish(&path);
	if (status != EX_OK)
		return status;
	if (options->json) {
		alert_remote_print_json(answer);
	} else if (!options->quiet) {
		bw_buf_init(&path, 0);
		bw_buf_format(&path, "%s has ended\n", id);
		cli_out(&path);
	}
	json_decref(answer);
	return EX_OK;
}

/* --- */

static const struct action {
	const char *name, *words;
	size_t least, most; /* words after the name */
	int (*run)(const struct cli_options *options);
} actions[] = {
	{ "add", "MATCHER... --reason=TEXT --for=TIME", 1, 16, add },
	{ "expire", "ID", 1, 1, expire },
	{ "list", "", 0, 0, list },
};

enum { ACTIONS = sizeof actions / sizeof actions[0] };

static int complain_of_action(const char *word)
{
	struct config_guess guess;

	config_guess_init(&guess, word);
	for (size_t i = 0; i < ACTIONS; i++)
		config_guess_add(&guess, actions[i].name);
	if (guess.best)
		cli_fail("silence: there is no `silence %s`; did you mean `silence %s`?", word,
			 guess.best);
	else
		cli_fail("silence: there is no `silence %s`; write silence add, list or expire",
			 word);
	return EX_USAGE;
}

static int silence_run(const struct cli_options *options)
{
	const struct action *action = NULL;

	(void)signal(SIGPIPE, SIG_IGN);
	if (options->word_count == 0)
		return list(options);
	for (size_t i = 0; i < ACTIONS; i++)
		if (strcmp(actions[i].name, options->words[0]) == 0)
			action = &actions[i];
	if (!action)
		return complain_of_action(options->words[0]);
	if (options->word_count - 1 < action->least || options->word_count - 1 > action->most) {
		cli_fail("silence %s: %s; write silence %s%s%s", action->name,
			 options->word_count - 1 < action->least ? "a word is missing"
								 : "there is a word too many",
			 action->name, *action->words ? " " : "", action->words);
		return EX_USAGE;
	}
	return action->run(options);
}

const struct cli_command cli_command_silence = {
	.name = "silence",
	.words = "add|list|expire [MATCHER...|ID]",
	.summary = "keep alerts quiet for a while, with a reason and an end",
	.help = "  silence add MATCHER...   nobody is told of what all of them match\n"
		"  silence list             active ones and those that are to come\n"
		"  silence expire ID        it ends now\n"
		"\nA matcher is label=value, label!=value, label=~regex or label!~regex; labels\n"
		"are rule, type, severity, subject, component, breaker, resource, job, group,\n"
		"kind and critical. Checks go on, and what was told is still resolved. When a\n"
		"silence ends with the alert still firing, that is told.\n"
		"The exit status is 66 when there is no such silence, 65 when the daemon\n"
		"refuses, 69 when no daemon answers.\n",
	.options = silence_options,
	.run = silence_run,
};
