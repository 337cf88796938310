/* script.h - a scenario file as stories: what is configured, what happens when, what is expected.
 *
 * The language is on one page: docs/internals/scenarios.md.
 *
 * Owns:    everything, until script_close().
 */
#ifndef BW_SCENARIOS_SCRIPT_H
#define BW_SCENARIOS_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

enum {
	SCRIPT_WORDS_MAX = 128,
	SCRIPT_STEPS_MAX = 64,
	SCRIPT_STORIES_MAX = 64,
	SCRIPT_LINE_MAX = 16 << 10,
};

struct script_word {
	const char *text;
	size_t len; /* a quoted word may hold NUL */
	bool quoted;
};

/* Words up to a comma, the word `expect`, or the end of the step. */
struct script_clause {
	const struct script_word *words;
	size_t count;
};

struct script_step {
	int line;
	int64_t at_us;
	struct script_word *words; /* behind the time, commas included */
	size_t count;
};

struct script_story {
	const char *name;
	int line;
	struct bw_buf config; /* YAML */
	const char *refused;  /* the configuration must be refused with this in the text; or NULL */
	struct script_step steps[SCRIPT_STEPS_MAX];
	size_t step_count;
};

struct script {
	const char *path;
	struct bw_arena *arena;
	struct script_story stories[SCRIPT_STORIES_MAX];
	size_t story_count;
};

/* NULL when the file is no script; says why on standard error. */
struct script *script_open(const char *path);
void script_close(struct script *script);
/* "300ms", "10s", "5m", "1h", "9d", with a sign. false: no time. */
bool script_time(const char *text, int64_t *us);
bool script_is(const struct script_word *word, const char *text);

#endif
