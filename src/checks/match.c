/* match.c - PCRE2 without its compiler (no writable code pages), with a budget of steps.
 *
 * PCRE2's own match limit starts anew at every position of the text, so a megabyte of chosen text
 * could still take minutes. Automatic callouts count every step of the whole call instead; the cost
 * is the same for any pattern.
 */
#include "checks/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/assert.h"
#include "base/xalloc.h"

enum {
	STEPS_MAX = 5000000, /* of one test; a few hundred milliseconds at the very most */
	DEPTH_MAX = 5000,
	HEAP_MAX_KIB = 4096,
	PATTERN_MAX_BYTES = 4096,
};

struct check_match {
	char *pattern;
	const char *text; /* of a plain one; into `pattern` */
	size_t text_len;
	pcre2_code *code;
	pcre2_match_context *context;
	pcre2_match_data *data;
	int steps;
};

static int count_step(pcre2_callout_block *block, void *arg)
{
	struct check_match *match = arg;

	(void)block;
	return ++match->steps > STEPS_MAX ? PCRE2_ERROR_CALLOUT : 0;
}

static enum bw_status compile(struct check_match *match, const char *regex, size_t len,
			      uint32_t options, struct bw_error *err)
{
	char text[128];
	PCRE2_SIZE offset;
	int error;

	if (len > PATTERN_MAX_BYTES)
		return bw_fail(err, BW_ELIMIT, "the regular expression is longer than %d bytes",
			       PATTERN_MAX_BYTES);
	options |=
		PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT;
	match->code = pcre2_compile((PCRE2_SPTR)regex, len, options, &error, &offset, NULL);
	if (!match->code) {
		pcre2_get_error_message(error, (PCRE2_UCHAR *)text, sizeof(text));
		return bw_fail(err, BW_EPARSE,
			       "the regular expression is broken at its character %zu: %s",
			       offset + 1, text);
	}
	match->context = pcre2_match_context_create(NULL);
	match->data = pcre2_match_data_create(1, NULL);
	bw_assert(match->context && match->data);
	pcre2_set_callout(match->context, count_step, match);
	pcre2_set_match_limit(match->context, STEPS_MAX);
	pcre2_set_depth_limit(match->context, DEPTH_MAX);
	pcre2_set_heap_limit(match->context, HEAP_MAX_KIB);
	return BW_OK;
}

/* "/regex/" or "/regex/flags": where the last slash is; 0: not of this form. */
static size_t closing_slash(const char *pattern)
{
	const char *slash = strrchr(pattern, '/');

	if (pattern[0] != '/' || slash == pattern)
		return 0;
	return slash[1 + strspn(slash + 1, "ims")] == '\0' ? (size_t)(slash - pattern) : 0;
}

static uint32_t read_flags(const char *flags)
{
	uint32_t options = 0;

	for (; *flags; flags++) {
		if (*flags == 'i')
			options |= PCRE2_CASELESS;
		else if (*flags == 'm')
			options |= PCRE2_MULTILINE;
		else if (*flags == 's')
			options |= PCRE2_DOTALL;
	}
	return options;
}

static enum bw_status read_pattern(struct check_match *match, struct bw_error *err)
{
	const char *pattern = match->pattern;
	size_t close = closing_slash(pattern);

	if (close > 0)
		return compile(match, pattern + 1, close - 1, read_flags(pattern + close + 1), err);
	if (strncmp(pattern, "regex ", 6) == 0)
		return compile(match, pattern + 6, strlen(pattern + 6), 0, err);
	match->text = strncmp(pattern, "text ", 5) == 0 ? pattern + 5 : pattern;
	match->text_len = strlen(match->text);
	return BW_OK;
}

struct check_match *check_match_create(const char *pattern, struct bw_error *err)
{
	struct check_match *match = xcalloc(1, sizeof(*match));

	match->pattern = xstrdup(pattern);
	if (read_pattern(match, err) == BW_OK)
		return match;
	check_match_destroy(match);
	return NULL;
}

void check_match_destroy(struct check_match *match)
{
	if (!match)
		return;
	pcre2_match_data_free(match->data);
	pcre2_match_context_free(match->context);
	pcre2_code_free(match->code);
	free(match->pattern);
	free(match);
}

enum check_match_result check_match_test(struct check_match *match, const char *text, size_t len)
{
	int rc;

	if (!match->code)
		return memmem(text, len, match->text, match->text_len) ? CHECK_MATCH_YES
								       : CHECK_MATCH_NO;
	match->steps = 0;
	rc = pcre2_match(match->code, (PCRE2_SPTR)(text ? text : ""), len, 0, 0, match->data,
			 match->context);
	if (rc >= 0)
		return CHECK_MATCH_YES;
	return rc == PCRE2_ERROR_NOMATCH ? CHECK_MATCH_NO : CHECK_MATCH_TOO_COSTLY;
}

const char *check_match_pattern(const struct check_match *match)
{
	return match->pattern;
}
