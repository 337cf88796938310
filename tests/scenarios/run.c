/* run.c - plays scenario files with the real engine on the scripted loop.
 *
 *     run_scenarios FILE.scn...
 *
 * A step lasts from its time to just before the next one (the last: one longest interval more);
 * what happens is applied at its start, what is expected is asked at its end.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ftw.h>

#include "daemon/settings.h"
#include "scenarios/script.h"
#include "scenarios/stage.h"
#include "support/fake_io.h"
#include "support/fake_pq.h"

#define JUST_BEFORE_US INT64_C(1)

bool stage_fail(struct stage *stage, const char *format, ...)
{
	va_list args;

	if (stage->why[0] == '\0') {
		va_start(args, format);
		vsnprintf(stage->why, sizeof(stage->why), format, args);
		va_end(args);
	}
	return false;
}

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *walk)
{
	(void)stat;
	(void)type;
	(void)walk;
	return remove(path);
}

static bool open_folder(struct stage *stage)
{
	const char *base = getenv("TMPDIR");

	snprintf(stage->folder, sizeof(stage->folder), "%s/bellwether-story-XXXXXX",
		 base ? base : "/tmp");
	if (!mkdtemp(stage->folder))
		return stage_fail(stage, "cannot make %s", stage->folder);
	setenv("FOLDER", stage->folder, 1);
	return true;
}

/* The seam to the daemon: a configuration becomes an engine. */
static bool start_engine(struct stage *stage)
{
	const struct script_story *story = stage->story;
	struct engine_options options = { .loop = stage->loop, .host_root = stage->folder };
	char *report = NULL;
	enum bw_status status;

	status = daemon_settings_parse(stage->script->path, story->config.data, story->config.len,
				       &options.settings, &report);
	if (status == BW_OK)
		status = engine_create(&options, &stage->engine, &report);
	if (status != BW_OK && options.settings)
		daemon_settings_destroy(options.settings);
	if (story->refused) {
		if (status == BW_OK)
			stage_fail(stage, "the configuration was not refused");
		else if (!report || !strstr(report, story->refused))
			stage_fail(stage, "expected \"%s\" in:\n%s", story->refused, report);
	} else if (status != BW_OK) {
		stage_fail(stage, "the configuration is refused:\n%s", report ? report : "");
	}
	free(report);
	if (stage->engine)
		engine_start(stage->engine);
	return stage->why[0] == '\0';
}

static int64_t longest_interval(const struct stage *stage)
{
	const struct daemon_settings *settings;
	int64_t longest = 0;

	if (!stage->engine)
		return BW_SECOND_US;
	settings = engine_settings(stage->engine);
	for (size_t i = 0; i < settings->component_count; i++)
		if (settings->components[i].every_us > longest)
			longest = settings->components[i].every_us;
	return longest;
}

/* The next clause of a step: words up to a comma or `expect`. A peer keeps its commas. */
static struct script_clause next_clause(const struct script_step *step, size_t *cursor,
					bool expecting)
{
	struct script_clause clause = { .words = &step->words[*cursor] };
	bool keeps_commas =
		!expecting && (script_is(clause.words, "peer") || script_is(clause.words, "child"));

	while (*cursor < step->count && !script_is(&step->words[*cursor], "expect")) {
		if (!keeps_commas && script_is(&step->words[*cursor], ","))
			break;
		if (keeps_commas && script_is(&step->words[*cursor], "and"))
			break;
		clause.count++;
		(*cursor)++;
	}
	return clause;
}

static bool is_separator(const struct script_word *word)
{
	return script_is(word, ",") || script_is(word, "and");
}

static bool play_clauses(struct stage *stage, const struct script_step *step, bool expecting)
{
	size_t cursor = 0;
	bool in_expectations = false;

	while (cursor < step->count) {
		struct script_clause clause;

		if (script_is(&step->words[cursor], "expect")) {
			in_expectations = true;
			cursor++;
			continue;
		}
		if (is_separator(&step->words[cursor])) {
			cursor++;
			continue;
		}
		clause = next_clause(step, &cursor, in_expectations);
		if (in_expectations != expecting)
			continue;
		if (!(expecting ? stage_expect(stage, &clause) : stage_act(stage, &clause)))
			return false;
	}
	return true;
}

static void advance_to(struct stage *stage, int64_t at_us)
{
	int64_t now_us = fake_elapsed_us(stage->loop);

	if (at_us > now_us)
		fake_advance(stage->loop, at_us - now_us);
}

static int64_t end_of_step(const struct stage *stage, size_t nth)
{
	const struct script_story *story = stage->story;

	if (nth + 1 < story->step_count)
		return story->steps[nth + 1].at_us;
	return story->steps[nth].at_us + longest_interval(stage);
}

/* The line of the step that went wrong, or 0. The engine starts in a world as the first step has
 * made it. */
static int play_steps(struct stage *stage)
{
	const struct script_story *story = stage->story;

	for (size_t i = 0; i < story->step_count; i++) {
		const struct script_step *step = &story->steps[i];

		advance_to(stage, step->at_us);
		if (!play_clauses(stage, step, false))
			return step->line;
		if (i == 0 && !start_engine(stage))
			return story->line;
		advance_to(stage, end_of_step(stage, i) - JUST_BEFORE_US);
		if (!play_clauses(stage, step, true))
			return step->line;
	}
	if (story->step_count == 0 && !start_engine(stage))
		return story->line;
	return 0;
}

static bool play_story(const struct script *script, const struct script_story *story)
{
	struct stage stage = { .script = script, .story = story };
	int line = story->line;

	stage.loop = io_loop_create();
	fake_pq_use(stage.loop);
	if (open_folder(&stage))
		line = play_steps(&stage);
	engine_destroy(stage.engine);
	io_loop_destroy(stage.loop);
	if (stage.folder[0])
		nftw(stage.folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	if (line == 0)
		printf("ok      %s: %s\n", script->path, story->name);
	else
		printf("FAILED  %s:%d: %s: %s\n", script->path, line, story->name, stage.why);
	return line == 0;
}

int main(int argc, char **argv)
{
	int failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		struct script *script = script_open(argv[i]);

		if (!script || script->story_count == 0)
			failed++;
		for (size_t s = 0; script && s < script->story_count; s++)
			failed += !play_story(script, &script->stories[s]);
		script_close(script);
	}
	return failed == 0 && argc > 1 ? 0 : 1;
}
