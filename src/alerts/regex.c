/* regex.c - PCRE2 with anchors at both ends and limits on steps and depth. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "alerts/regex.h"

#include <pcre2.h>
#include <stdlib.h>

#include "base/xalloc.h"

enum { STEPS_MAX = 100000, STEPS_BRIEF = 2000, DEPTH_MAX = 1000 };

struct alert_regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits, *brief;
};

struct alert_regex *alert_regex_create(const char *pattern, struct bw_error *err)
{
	struct alert_regex *regex;
	PCRE2_UCHAR why[128];
	PCRE2_SIZE at;
	int code;
	pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
					     PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_ANCHORED |
						     PCRE2_ENDANCHORED,
					     &code, &at, NULL);

	if (compiled == NULL) {
		pcre2_get_error_message(code, why, sizeof(why));
		(void)bw_fail(err, BW_EINVAL, "%s at character %zu of the expression",
			      (const char *)why, at + 1);
		return NULL;
	}
	regex = xcalloc(1, sizeof(*regex));
	regex->code = compiled;
	regex->data = pcre2_match_data_create_from_pattern(compiled, NULL);
	regex->limits = pcre2_match_context_create(NULL);
	regex->brief = pcre2_match_context_create(NULL);
	if (regex->data == NULL || regex->limits == NULL || regex->brief == NULL)
		xalloc_die();
	pcre2_set_match_limit(regex->limits, STEPS_MAX);
	pcre2_set_depth_limit(regex->limits, DEPTH_MAX);
	pcre2_set_match_limit(regex->brief, STEPS_BRIEF);
	pcre2_set_depth_limit(regex->brief, DEPTH_MAX);
	return regex;
}

void alert_regex_destroy(struct alert_regex *regex)
{
	if (regex == NULL)
		return;
	pcre2_match_context_free(regex->brief);
	pcre2_match_context_free(regex->limits);
	pcre2_match_data_free(regex->data);
	pcre2_code_free(regex->code);
	free(regex);
}

static enum alert_regex_result test(const struct alert_regex *regex, const char *text,
				    pcre2_match_context *limits)
{
	int found = pcre2_match(regex->code, (PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, 0, 0,
				regex->data, limits);

	if (found >= 0)
		return ALERT_REGEX_YES;
	if (found == PCRE2_ERROR_MATCHLIMIT || found == PCRE2_ERROR_DEPTHLIMIT ||
	    found == PCRE2_ERROR_HEAPLIMIT)
		return ALERT_REGEX_TOO_COSTLY;
	return ALERT_REGEX_NO;
}

enum alert_regex_result alert_regex_test(const struct alert_regex *regex, const char *text)
{
	return test(regex, text, regex->limits);
}

enum alert_regex_result alert_regex_test_briefly(const struct alert_regex *regex, const char *text)
{
	return test(regex, text, regex->brief);
}
