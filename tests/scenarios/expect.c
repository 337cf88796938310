/* expect.c - what a story may expect, asked of the engine as an endpoint would ask it. */
#include "scenarios/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/fake_io.h"

static bool health_from_word(const char *word, enum bw_health *out)
{
	static const struct {
		const char *word;
		enum bw_health health;
	} rows[] = { { "up", BW_HEALTH_HEALTHY },
		     { "degraded", BW_HEALTH_DEGRADED },
		     { "down", BW_HEALTH_UNHEALTHY },
		     { "unknown", BW_HEALTH_UNKNOWN } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(word, rows[i].word) != 0)
			continue;
		*out = rows[i].health;
		return true;
	}
	return false;
}

static bool expect_health(struct stage *stage, const struct component *component, const char *word,
			  const char *error)
{
	enum bw_health wanted, is = component_health(component);

	if (!health_from_word(word, &wanted))
		return stage_fail(stage, "a component is up, degraded, down or unknown, not `%s`",
				  word);
	return is == wanted || stage_fail(stage, "expected %s, is %s: %s", bw_health_text(wanted),
					  bw_health_text(is), error ? error : "no error");
}

static bool expect_took(struct stage *stage, const struct bw_component_view *view, const char *word)
{
	int64_t us;
	double ms = view->response_time_ms.value;

	if (strcmp(word, "nothing") == 0)
		return !view->has_response_time || stage_fail(stage, "took %g ms", ms);
	if (!script_time(word, &us))
		return stage_fail(stage, "took what?");
	return (view->has_response_time && ms * 1000 > (double)us - 500 &&
		ms * 1000 < (double)us + 500) ||
	       stage_fail(stage, "expected %s, took %g ms", word, ms);
}

static bool expect_text(struct stage *stage, const struct script_word *wanted, const char *text)
{
	if (!text)
		text = "";
	if (!wanted->quoted && strcmp(wanted->text, "nothing") == 0)
		return text[0] == '\0' || stage_fail(stage, "says \"%s\"", text);
	return strstr(text, wanted->text) != NULL ||
	       stage_fail(stage, "expected \"%s\" in \"%.1500s\"", wanted->text, text);
}

/* NAME is WORD | says "..." | tells "..." | took TIME */
static bool expect_component(struct stage *stage, const struct script_word *words, size_t count)
{
	const struct component *component = engine_find(stage->engine, words[0].text);
	struct component_text text;
	bool good;

	if (!component || count != 3)
		return stage_fail(stage, "not understood: `%s`", words[0].text);
	component_view(component, &text);
	if (script_is(&words[1], "is"))
		good = expect_health(stage, component, words[2].text, text.view.error);
	else if (script_is(&words[1], "says"))
		good = expect_text(stage, &words[2], text.view.error);
	else if (script_is(&words[1], "tells"))
		good = expect_text(stage, &words[2], component_details(component));
	else if (script_is(&words[1], "took"))
		good = expect_took(stage, &text.view, words[2].text);
	else
		good = stage_fail(stage, "not understood: `%s`", words[1].text);
	component_text_finish(&text);
	return good;
}

static int firing_alerts(const struct stage *stage)
{
	const unsigned firing = 1U << ALERT_FIRING | 1U << ALERT_RECOVERING;
	size_t cursor = 0;
	int count = 0;

	while (alerts_next(engine_alerts(stage->engine), firing, &cursor))
		count++;
	return count;
}

/* N alerts|connections|children; "one" and "no" are numbers too. */
static bool expect_count(struct stage *stage, const struct script_word *words)
{
	const char *what = words[1].text;
	long wanted = strtol(words[0].text, NULL, 10), is;

	if (script_is(&words[0], "one"))
		wanted = 1;
	if (strncmp(what, "alert", 5) == 0)
		is = firing_alerts(stage);
	else if (strncmp(what, "connection", 10) == 0)
		is = fake_connection_count(stage->loop);
	else if (strncmp(what, "child", 5) == 0)
		is = fake_child_count(stage->loop);
	else
		return stage_fail(stage, "not understood: `%s`", what);
	return is == wanted ||
	       stage_fail(stage, "expected %ld %s, there are %ld", wanted, what, is);
}

/* breaker NAME is STATE */
static bool expect_breaker(struct stage *stage, const struct script_word *words, size_t count)
{
	struct bw_breaker_snapshot snapshot;
	struct guard *guard;
	const char *is;

	if (count != 4)
		return stage_fail(stage, "breaker NAME is STATE");
	guard = guards_find(engine_guards(stage->engine), words[1].text);
	if (!guard)
		return stage_fail(stage, "there is no breaker `%s`", words[1].text);
	guard_snapshot(guard, &snapshot);
	is = bw_breaker_state_text(snapshot.state);
	return strcmp(is, words[3].text) == 0 ||
	       stage_fail(stage, "expected breaker %s, is %s", words[3].text, is);
}

bool stage_expect(struct stage *stage, const struct script_clause *clause)
{
	const struct script_word *words = clause->words;

	if (!stage->engine)
		return stage_fail(stage, "nothing can be expected after `stop`");
	if (script_is(&words[0], "breaker"))
		return expect_breaker(stage, words, clause->count);
	if (clause->count == 2)
		return expect_count(stage, words);
	return expect_component(stage, words, clause->count);
}
