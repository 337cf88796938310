/* rule_read_daemon.c - the system series and each component's results, whole.
 *
 * The daemon thins a series that has more than POINTS_MAX points. Such a time is asked for again in
 * two halves, so that no sample is left out; what two halves have both is dropped when samples are
 * sorted.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <jansson.h>

#include "alerts/condition.h"
#include "base/xalloc.h"
#include "cli/ask.h"
#include "cli/overview.h"
#include "cli/print.h"
#include "cli/rule_read.h"
#include "cli/top_source.h"
#include "config/guess.h"

enum { POINTS_MAX = 20000, RANGES_MAX = 64 };

/* A member of a point, and the field it is. */
struct member {
	const char *key, *field;
};

static const struct member whole_members[] = {
	{ "health_score", "score" },
	{ "availability", "availability" },
	{ "response_time", "system.response_time" },
	{ "cpu_usage", "resource.cpu" },
	{ "memory_usage", "resource.memory" },
	{ 0 },
};

static const struct member component_members[] = {
	{ "status", "component.status" },
	{ "response_time_ms", "component.response_time" },
	{ "error_message", "component.error" },
	{ 0 },
};

/* Known of every component without its history. */
static const char *const known_fields[] = { "component.name", "component.group", "component.kind",
					    "component.critical" };

struct asking {
	const char *url;
	struct rule_history *history;
};

struct series {
	const char *path; /* without its query */
	const struct member *members;
	size_t subject;
};

static int ask_json(const struct asking *asking, const char *path, json_t **out)
{
	struct bw_buf body;
	int status;

	bw_buf_init(&body, 0);
	status = cli_ask(asking->url, path, &body);
	if (status == EX_OK) {
		*out = json_loadb(body.data ? body.data : "", body.len, 0, NULL);
		if (!json_is_object(*out)) {
			cli_fail("%s answers with no JSON object; name a daemon with --url",
				 asking->url);
			json_decref(*out);
			status = EX_PROTOCOL;
		}
	}
	bw_buf_finish(&body);
	return status;
}

static void add_member(struct rule_history *history, int field, const json_t *value)
{
	struct fact fact = { .type = FACT_UNKNOWN };
	const char *text = json_string_value(value);

	if (json_is_number(value))
		fact = (struct fact){ .type = FACT_NUMBER,
				      .is_int = json_is_integer(value),
				      .number = json_number_value(value) };
	else if (text && (!fact_fields[field].words || strcmp(text, "unknown") != 0))
		fact = (struct fact){ .type = FACT_TEXT, .text = text };
	rule_history_add(history, field, &fact);
}

static int add_point(const struct asking *asking, const struct series *series, const json_t *point)
{
	struct bw_wall at;

	if (bw_wall_parse(cli_text_at(point, "timestamp"), &at) != BW_OK) {
		cli_fail("%s answers with a point without its time; name a daemon with --url",
			 asking->url);
		return EX_PROTOCOL;
	}
	if (rule_history_begin(asking->history, series->subject, at) != BW_OK) {
		cli_fail(
			"config test-rule: more than %d samples; take a shorter time with --since, "
			"or name single components",
			(int)RULE_SAMPLES_MAX);
		return EX_DATAERR;
	}
	for (const struct member *member = series->members; member->key; member++) {
		const json_t *value = json_object_get(point, member->key);
		int field = fact_field_find(member->field);

		/* A result without an error has an empty one. */
		if (!value && strcmp(member->key, "error_message") == 0)
			rule_history_add(asking->history, field,
					 &(struct fact){ .type = FACT_TEXT, .text = "" });
		else
			add_member(asking->history, field, value);
	}
	return EX_OK;
}

static char *path_of(const struct series *series, const struct rule_range *range)
{
	char from[BW_WALL_TEXT_MAX], to[BW_WALL_TEXT_MAX];
	struct bw_buf path;

	bw_wall_format(range->from, from);
	bw_wall_format(range->to, to);
	bw_buf_init(&path, 0);
	bw_buf_format(&path, "%s?method=stride&points=%d&from=", series->path, (int)POINTS_MAX);
	top_source_encode(&path, from);
	bw_buf_text(&path, "&to=");
	top_source_encode(&path, to);
	xalloc_must(path.status);
	return bw_buf_take(&path, NULL);
}

/* `whole`: false when points of the range were left out, and none is taken. */
static int read_range(const struct asking *asking, const struct series *series,
		      const struct rule_range *range, bool *whole)
{
	char *path = path_of(series, range);
	json_t *answer, *data;
	int status = ask_json(asking, path, &answer);

	free(path);
	if (status != EX_OK)
		return status;
	data = json_object_get(answer, "data");
	*whole = !json_is_true(json_object_get(answer, "cut")) &&
		 json_integer_value(json_object_get(answer, "found")) <=
			 (json_int_t)json_array_size(data);
	if (range->to.us - range->from.us < BW_SECOND_US)
		*whole = true; /* more than that in a second is nothing that anybody watches */
	for (size_t i = 0; *whole && status == EX_OK && i < json_array_size(data); i++)
		status = add_point(asking, series, json_array_get(data, i));
	json_decref(answer);
	return status;
}

static int read_series(const struct asking *asking, const struct series *series,
		       const struct rule_range *range)
{
	struct rule_range waiting[RANGES_MAX] = { *range };
	size_t count = 1;
	int status = EX_OK;

	while (count > 0 && status == EX_OK) {
		struct rule_range next = waiting[--count];
		int64_t middle = next.from.us + (next.to.us - next.from.us) / 2;
		bool whole = true;

		status = read_range(asking, series, &next, &whole);
		if (status != EX_OK || whole)
			continue;
		/* Halved at most 45 times from ten thousand years to a second: there is room. */
		waiting[count++] = (struct rule_range){ { middle }, next.to };
		waiting[count++] = (struct rule_range){ next.from, { middle } };
	}
	return status;
}

/* --- components --- */

static bool is_wanted(const struct rule_ask *ask, const char *name)
{
	for (size_t i = 0; i < ask->only_count; i++)
		if (strcmp(ask->only[i], name) == 0)
			return true;
	return ask->only_count == 0;
}

static void describe(struct rule_history *history, size_t number, const json_t *component)
{
	struct rule_subject *subject = &history->subjects[number];
	const json_t *critical = json_object_get(component, "critical");

	subject->group = xarena_text(history->arena, cli_text_at(component, "group"));
	subject->kind = xarena_text(history->arena, cli_text_at(component, "kind"));
	subject->knows_critical = json_is_boolean(critical);
	subject->critical = json_is_true(critical);
}

static int read_component(const struct asking *asking, const json_t *component,
			  const struct rule_range *range)
{
	const char *name = cli_text_at(component, "name");
	struct series series = { .members = component_members,
				 .subject = rule_history_subject(asking->history, name) };
	struct bw_buf path;
	int status;

	describe(asking->history, series.subject, component);
	bw_buf_init(&path, 0);
	bw_buf_text(&path, "/api/v1/components/");
	top_source_encode(&path, name);
	bw_buf_text(&path, "/history");
	xalloc_must(path.status);
	series.path = path.data;
	status = read_series(asking, &series, range);
	bw_buf_finish(&path);
	return status;
}

/* Each name of `only` must be there. */
static int check_names(const struct rule_ask *ask, const json_t *components)
{
	for (size_t i = 0; i < ask->only_count; i++) {
		struct config_guess guess;
		bool found = false;

		config_guess_init(&guess, ask->only[i]);
		for (size_t nth = 0; nth < json_array_size(components); nth++) {
			const char *name = cli_text_at(json_array_get(components, nth), "name");

			found = found || strcmp(name, ask->only[i]) == 0;
			config_guess_add(&guess, name);
		}
		if (found)
			continue;
		cli_fail("%s has no component `%s`%s%s%s", ask->url, ask->only[i],
			 guess.best ? "; did you mean `" : "; `bellwether status` shows them",
			 guess.best ? guess.best : "", guess.best ? "`?" : "");
		return EX_NOINPUT;
	}
	return EX_OK;
}

static int read_components(const struct asking *asking, const struct rule_ask *ask,
			   const struct rule_range *range)
{
	json_t *answer, *components;
	int status = ask_json(asking, "/api/v1/components", &answer);

	if (status != EX_OK)
		return status;
	components = json_object_get(answer, "components");
	status = check_names(ask, components);
	for (size_t i = 0; status == EX_OK && i < json_array_size(components); i++) {
		const json_t *component = json_array_get(components, i);

		if (is_wanted(ask, cli_text_at(component, "name")))
			status = read_component(asking, component, range);
	}
	json_decref(answer);
	return status;
}

/* --- what is kept --- */

static bool is_member(const struct member *members, const char *field)
{
	for (; members->key; members++)
		if (strcmp(members->field, field) == 0)
			return true;
	return false;
}

static bool is_kept(const char *field)
{
	for (size_t i = 0; i < sizeof(known_fields) / sizeof(known_fields[0]); i++)
		if (strcmp(known_fields[i], field) == 0)
			return true;
	return strncmp(field, "threshold.", strlen("threshold.")) == 0 ||
	       is_member(whole_members, field) || is_member(component_members, field);
}

static int check_kept(const struct alert_rule *rule, bool *needs_whole)
{
	*needs_whole = rule->subject != ALERT_SUBJECT_COMPONENT;
	for (int i = 0; fact_fields[i].name; i++) {
		if (!condition_asks(rule->when, i))
			continue;
		if (!is_kept(fact_fields[i].name)) {
			cli_fail("config test-rule: rule `%s` asks for `%s`, of which a daemon "
				 "keeps "
				 "no history; name a file of samples with --history",
				 rule->name, fact_fields[i].name);
			return EX_UNAVAILABLE;
		}
		*needs_whole = *needs_whole || is_member(whole_members, fact_fields[i].name);
	}
	return EX_OK;
}

int rule_read_daemon(const struct rule_ask *ask, const struct alert_rule *rule,
		     const struct rule_range *range, struct rule_history *history)
{
	static const struct series whole = { "/api/v1/history", whole_members, RULE_WHOLE };
	const struct asking asking = { ask->url, history };
	bool needs_whole;
	int status = check_kept(rule, &needs_whole);

	if (status == EX_OK && needs_whole)
		status = read_series(&asking, &whole, range);
	if (status == EX_OK && rule->subject == ALERT_SUBJECT_COMPONENT)
		status = read_components(&asking, ask, range);
	return status;
}
