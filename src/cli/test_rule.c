/* test_rule.c - a rule of the configuration, samples from a file or a daemon, and what would have
 * been.
 */
#include "cli/test_rule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "alerts/condition.h"
#include "base/xalloc.h"
#include "cli/ask.h"
#include "cli/load.h"
#include "cli/print.h"
#include "cli/rule_read.h"
#include "cli/rule_replay.h"
#include "cli/test_rule_print.h"
#include "config/guess.h"
#include "config/units.h"

#define STANDARD_SINCE_US (24 * 3600 * BW_SECOND_US)

/* --- what was asked for --- */

static bool read_time(const char *option, const char *text, struct bw_wall *out)
{
	if (!text || bw_wall_parse(text, out) == BW_OK)
		return true;
	cli_fail("config test-rule: --%s `%s` is no time; write it like 2026-03-02T14:30:00Z",
		 option, text);
	return false;
}

static struct bw_wall now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_REALTIME, &time);
	return (struct bw_wall){ time.tv_sec * BW_SECOND_US + time.tv_nsec / 1000 };
}

/* Of a file everything, of a daemon the last 24 hours, unless something else is said. */
static bool read_range(const struct cli_options *options, struct rule_range *out)
{
	int64_t since_us = options->history ? 0 : STANDARD_SINCE_US;

	out->to = options->history && !options->since ? BW_WALL_NEVER : now();
	out->from = (struct bw_wall){ INT64_MIN };
	if (!read_time("to", options->to, &out->to))
		return false;
	if (options->from && options->since) {
		cli_fail("config test-rule: --from and --since both say when to begin; write one");
		return false;
	}
	if (options->since &&
	    (config_duration_parse(options->since, &since_us) != BW_OK || since_us <= 0)) {
		cli_fail("config test-rule: --since `%s` is no time span; write it like 30m, 6h or "
			 "7d",
			 options->since);
		return false;
	}
	if (since_us > 0)
		out->from.us = out->to.us - since_us;
	if (!read_time("from", options->from, &out->from))
		return false;
	if (out->from.us <= out->to.us)
		return true;
	cli_fail("config test-rule: the time asked for ends before it begins; --from must be "
		 "earlier than --to");
	return false;
}

static const struct alert_rule *find_rule(const struct daemon_settings *settings, const char *name)
{
	const struct alert_rules *rules = &settings->alerts.rules;
	struct config_guess guess;

	config_guess_init(&guess, name);
	for (size_t i = 0; i < rules->count; i++) {
		if (strcmp(rules->items[i].name, name) == 0)
			return &rules->items[i];
		config_guess_add(&guess, rules->items[i].name);
	}
	cli_fail("config test-rule: there is no rule `%s`%s%s%s", name,
		 guess.best ? "; did you mean `" : "; a rule of your own needs --config PATH",
		 guess.best ? guess.best : "", guess.best ? "`?" : "");
	return NULL;
}

/* What is in effect without a configuration. */
static int load_standard(struct daemon_settings **out)
{
	char *report = NULL;

	if (daemon_settings_parse("standard", "", 0, out, &report) == BW_OK)
		return EX_OK;
	cli_report(report ? report : "");
	free(report);
	return EX_SOFTWARE;
}

/* --- samples --- */

/* What the configuration says of a component, where a file of samples does not. */
static void describe(const struct daemon_settings *settings, struct rule_history *history)
{
	for (size_t i = 0; i < settings->component_count; i++) {
		const struct component_settings *component = &settings->components[i];
		const size_t *number = bw_strmap_get(history->index, component->name);
		struct rule_subject *subject;

		if (!number)
			continue;
		subject = &history->subjects[*number];
		subject->group = component->group ? component->group : "";
		subject->kind = component->kind ? component->kind->name : "";
		subject->knows_critical = true;
		subject->critical = component->critical;
	}
}

static int read_file(const struct cli_options *options, const struct alert_rule *rule,
		     const struct rule_range *range, struct rule_history *history)
{
	bool is_stdin = strcmp(options->history, "-") == 0;
	const char *name = is_stdin ? "standard input" : options->history;
	FILE *in = is_stdin ? stdin : fopen(options->history, "re");
	int status;

	if (!in) {
		cli_fail("config test-rule: %s cannot be opened: %s; name a file of JSON lines",
			 name, strerror(errno));
		return EX_NOINPUT;
	}
	status = rule_read_file(in, name, rule, range, history);
	if (!is_stdin)
		(void)fclose(in);
	return status;
}

/* A rule whose field is never known would say nothing, and that would look like peace. */
static int check_known(const struct cli_options *options, const struct alert_rule *rule,
		       const struct rule_history *history)
{
	for (int i = 0; fact_fields[i].name; i++) {
		bool is_threshold = strncmp(fact_fields[i].name, "threshold.", 10) == 0;

		if (!condition_asks(rule->when, i) || is_threshold ||
		    rule_history_knows(history, i))
			continue;
		cli_fail("config test-rule: %s never says `%s`, for which rule `%s` asks; nothing "
			 "can be said of it",
			 options->history ? options->history : "the history", fact_fields[i].name,
			 rule->name);
		return options->history ? EX_DATAERR : EX_UNAVAILABLE;
	}
	return EX_OK;
}

static int check_subjects(const struct cli_options *options, const struct rule_history *history)
{
	for (size_t i = 2; i < options->word_count; i++) {
		if (bw_strmap_get(history->index, options->words[i]))
			continue;
		cli_fail("config test-rule: there is no sample of `%s` in that time",
			 options->words[i]);
		return EX_NOINPUT;
	}
	return EX_OK;
}

/* Leaves out what the subjects of the command line do not name. */
static void keep_only(const struct cli_options *options, struct rule_history *history)
{
	size_t kept = 0;

	for (size_t i = 0; i < history->sample_count; i++) {
		const struct rule_sample *sample = &history->samples[i];
		bool is_named = sample->subject == RULE_WHOLE || options->word_count == 2;

		for (size_t nth = 2; nth < options->word_count; nth++)
			is_named = is_named || strcmp(options->words[nth],
						      history->subjects[sample->subject].name) == 0;
		if (is_named)
			history->samples[kept++] = *sample;
	}
	history->sample_count = kept;
}

static int read_samples(const struct cli_options *options, const struct daemon_settings *settings,
			const struct alert_rule *rule, const struct rule_range *range,
			struct rule_history *history)
{
	const struct rule_ask ask = {
		.url = options->url ? options->url : CLI_STANDARD_URL,
		.only = options->words + 2,
		.only_count = options->word_count - 2,
	};
	int status = options->history ? read_file(options, rule, range, history)
				      : rule_read_daemon(&ask, rule, range, history);

	if (status == EX_OK)
		status = check_subjects(options, history);
	if (status != EX_OK)
		return status;
	keep_only(options, history);
	rule_history_sort(history);
	if (options->history)
		describe(settings, history);
	if (history->sample_count == 0) {
		cli_fail(
			"config test-rule: there is no sample in that time; take a longer one with "
			"--since");
		return options->history ? EX_DATAERR : EX_UNAVAILABLE;
	}
	return check_known(options, rule, history);
}

static int test(const struct cli_options *options, const struct daemon_settings *settings,
		const struct alert_rule *rule, const struct rule_range *range)
{
	struct rule_history history;
	struct rule_replay replay;
	int status;

	rule_history_init(&history);
	status = read_samples(options, settings, rule, range, &history);
	if (status == EX_OK) {
		rule_replay_run(settings, rule, &history, &replay);
		if (options->json)
			test_rule_print_json(rule, &history, &replay);
		else
			test_rule_print(rule, &history, &replay, options->quiet);
		rule_replay_finish(&replay);
		status = cli_flush();
	}
	rule_history_finish(&history);
	return status;
}

static bool check_options(const struct cli_options *options)
{
	if (options->word_count < 2) {
		cli_fail("config test-rule: which rule? write bellwether config test-rule NAME; "
			 "`cpu_usage` is one");
		return false;
	}
	if (options->url && options->history) {
		cli_fail("config test-rule: --url and --history both say where samples come from; "
			 "write one");
		return false;
	}
	return true;
}

int cli_test_rule(const struct cli_options *options)
{
	struct daemon_settings *settings = NULL;
	const struct alert_rule *rule;
	struct rule_range range;
	int status;

	if (!check_options(options) || !read_range(options, &range))
		return EX_USAGE;
	status = options->config ? cli_load(options->config, false, &settings)
				 : load_standard(&settings);
	if (status != EX_OK)
		return status;
	rule = find_rule(settings, options->words[1]);
	status = rule ? test(options, settings, rule, &range) : EX_USAGE;
	daemon_settings_destroy(settings);
	return status;
}
