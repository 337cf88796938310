/* script.c - line by line: a line at the margin begins something, an indented one goes on with it.
 *
 * Below `check` and `config` indented lines are YAML and stay as they are; below `at` they continue
 * the step.
 */
#include "scenarios/script.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "base/xalloc.h"

enum { CONFIG_INDENT = 4 };

enum part { PART_NONE, PART_CHECK, PART_CONFIG, PART_STEP };

struct reader {
	struct script *script;
	struct script_story *story;
	enum part part;
	int line;
	bool failed;
	bool has_components, has_settings;
	struct script_word words[SCRIPT_WORDS_MAX];
	size_t count;
};

BW_PRINTF(2, 3)
static void complain(struct reader *reader, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: ", reader->script->path, reader->line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	reader->failed = true;
}

bool script_is(const struct script_word *word, const char *text)
{
	return !word->quoted && strcmp(word->text, text) == 0;
}

bool script_time(const char *text, int64_t *us)
{
	static const struct {
		const char *name;
		int64_t us;
	} units[] = { { "us", 1 },
		      { "ms", 1000 },
		      { "s", BW_SECOND_US },
		      { "m", 60 * BW_SECOND_US },
		      { "h", 3600 * BW_SECOND_US },
		      { "d", 86400 * BW_SECOND_US } };
	char *end;
	double value = strtod(text, &end);

	if (end == text)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].name) != 0)
			continue;
		*us = (int64_t)(value * (double)units[i].us);
		return true;
	}
	return false;
}

static int hex(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* One character behind a backslash; moves *text past it. */
static char unescape(const char **text)
{
	char c = *(*text)++;

	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case '0':
		return '\0';
	case 'x':
		if (isxdigit((unsigned char)(*text)[0]) && isxdigit((unsigned char)(*text)[1])) {
			c = (char)(hex((*text)[0]) * 16 + hex((*text)[1]));
			*text += 2;
		}
		return c;
	default:
		return c;
	}
}

static const char *read_quoted(struct reader *reader, const char *text, struct script_word *word)
{
	char value[SCRIPT_LINE_MAX];

	word->quoted = true;
	text++;
	while (*text && *text != '"') {
		char c = *text++;

		value[word->len++] = c == '\\' && *text ? unescape(&text) : c;
	}
	if (*text != '"')
		complain(reader, "a quotation mark is missing");
	else
		text++;
	word->text = bw_arena_text_len(reader->script->arena, value, word->len);
	return text;
}

static void read_words(struct reader *reader, const char *text)
{
	while (*text) {
		struct script_word word = { 0 };
		size_t len = strcspn(text, " \t,\"#");

		if (*text == ' ' || *text == '\t') {
			text++;
			continue;
		}
		if (*text == '#')
			return;
		if (reader->count == SCRIPT_WORDS_MAX) {
			complain(reader, "more than %d words", SCRIPT_WORDS_MAX);
			return;
		}
		if (*text == '"') {
			text = read_quoted(reader, text, &word);
		} else {
			word.len = len > 0 ? len : 1;
			word.text = bw_arena_text_len(reader->script->arena, text, word.len);
			text += word.len;
		}
		reader->words[reader->count++] = word;
	}
}

static void end_check(struct reader *reader)
{
	if (reader->part == PART_CHECK && !reader->has_settings)
		bw_buf_text(&reader->story->config, " {}\n");
	reader->part = PART_NONE;
}

static void begin_story(struct reader *reader, const char *name)
{
	struct script *script = reader->script;

	if (script->story_count == SCRIPT_STORIES_MAX) {
		complain(reader, "more than %d stories", SCRIPT_STORIES_MAX);
		return;
	}
	reader->story = &script->stories[script->story_count++];
	reader->story->name = bw_arena_text(script->arena, name);
	reader->story->line = reader->line;
	bw_buf_init(&reader->story->config, 0);
	reader->has_components = false;
}

/* "interval" is what people say, `every` the setting's name; "down-after" is down_after. */
static void add_option(struct bw_buf *config, const struct script_word *name,
		       const struct script_word *value)
{
	bw_buf_text(config, "    ");
	if (script_is(name, "interval"))
		bw_buf_text(config, "every");
	else
		for (const char *c = name->text; *c; c++)
			bw_buf_byte(config, *c == '-' ? '_' : *c);
	bw_buf_format(config, ": %s\n", value->text);
}

/* check NAME kind KIND [option value]... */
static void begin_check(struct reader *reader)
{
	struct bw_buf *config = &reader->story->config;
	const struct script_word *words = reader->words;
	const char *kind = NULL;
	bool has_jitter = false;

	if (reader->count < 2 || reader->count % 2 != 0) {
		complain(reader, "a check is: check NAME kind KIND [option value]...");
		return;
	}
	if (!reader->has_components)
		bw_buf_text(config, "components:\n");
	reader->has_components = true;
	bw_buf_format(config, "  - name: %s\n", words[1].text);
	for (size_t i = 2; i + 1 < reader->count; i += 2) {
		has_jitter = has_jitter || script_is(&words[i], "jitter");
		if (script_is(&words[i], "kind"))
			kind = words[i + 1].text;
		else
			add_option(config, &words[i], &words[i + 1]);
	}
	if (!has_jitter)
		bw_buf_text(config, "    jitter: 0s\n");
	if (kind)
		bw_buf_format(config, "    %s:", kind);
	reader->part = kind ? PART_CHECK : PART_NONE;
	reader->has_settings = false;
}

static void begin_step(struct reader *reader)
{
	struct script_story *story = reader->story;
	struct script_step *step = &story->steps[story->step_count];

	if (story->step_count == SCRIPT_STEPS_MAX) {
		complain(reader, "more than %d steps", SCRIPT_STEPS_MAX);
		return;
	}
	step->line = reader->line;
	if (reader->count < 3 || !script_time(reader->words[1].text, &step->at_us))
		complain(reader, "a step is: at TIME what happens [expect ...]");
	else if (story->step_count > 0 && step[-1].at_us >= step->at_us)
		complain(reader, "time must go on from step to step");
	story->step_count++;
	reader->part = PART_STEP;
}

static void keep_step(struct reader *reader)
{
	struct script_step *step = &reader->story->steps[reader->story->step_count - 1];
	size_t bytes = (reader->count - 2) * sizeof(*step->words);

	step->words = xarena_alloc(reader->script->arena, bytes);
	step->count = reader->count - 2;
	memcpy(step->words, reader->words + 2, bytes);
}

static void continue_part(struct reader *reader, const char *text)
{
	struct bw_buf *config = &reader->story->config;
	size_t blanks = strspn(text, " ");

	if (reader->part == PART_STEP) {
		read_words(reader, text);
		keep_step(reader);
	} else if (reader->part == PART_CHECK) {
		if (!reader->has_settings)
			bw_buf_byte(config, '\n');
		reader->has_settings = true;
		bw_buf_format(config, "    %s\n", text);
	} else if (reader->part == PART_CONFIG) {
		bw_buf_format(config, "%s\n",
			      text + (blanks < CONFIG_INDENT ? blanks : CONFIG_INDENT));
	} else {
		complain(reader, "an indented line that continues nothing");
	}
}

static void begin(struct reader *reader, const char *text)
{
	end_check(reader);
	reader->count = 0;
	if (strncmp(text, "story ", 6) == 0) {
		begin_story(reader, text + 6);
		return;
	}
	if (!reader->story) {
		complain(reader, "a script begins with: story WHAT IT IS ABOUT");
		return;
	}
	read_words(reader, text);
	if (reader->failed || reader->count == 0)
		return;
	if (script_is(&reader->words[0], "check")) {
		begin_check(reader);
	} else if (script_is(&reader->words[0], "config")) {
		reader->part = PART_CONFIG;
	} else if (script_is(&reader->words[0], "refused") && reader->count == 2) {
		reader->story->refused = reader->words[1].text;
	} else if (script_is(&reader->words[0], "at")) {
		begin_step(reader);
		if (!reader->failed)
			keep_step(reader);
	} else {
		complain(reader, "unknown verb `%s`", reader->words[0].text);
	}
}

static void read_line(struct reader *reader, char *text)
{
	reader->line++;
	text[strcspn(text, "\n")] = '\0';
	if (text[strspn(text, " \t")] == '\0' || text[0] == '#')
		return;
	if (text[0] == ' ' || text[0] == '\t') {
		if (reader->story)
			continue_part(reader, text);
		return;
	}
	begin(reader, text);
}

struct script *script_open(const char *path)
{
	char line[SCRIPT_LINE_MAX];
	FILE *file = fopen(path, "re");
	struct reader *reader;
	struct script *script;
	bool failed;

	if (!file) {
		perror(path);
		return NULL;
	}
	script = xcalloc(1, sizeof(*script));
	reader = xcalloc(1, sizeof(*reader));
	script->path = path;
	script->arena = bw_arena_create(0);
	reader->script = script;
	while (!reader->failed && fgets(line, sizeof(line), file))
		read_line(reader, line);
	end_check(reader);
	fclose(file);
	failed = reader->failed;
	free(reader);
	if (!failed)
		return script;
	script_close(script);
	return NULL;
}

void script_close(struct script *script)
{
	if (!script)
		return;
	for (size_t i = 0; i < script->story_count; i++)
		bw_buf_finish(&script->stories[i].config);
	bw_arena_destroy(script->arena);
	free(script);
}
