/* matcher.c - `label=value` and its kin, compiled once.
 *
 * The label is split off at the first sign that is one of the four; what follows is the value as it
 * stands, in quotes or not.
 */
#include "alerts/matcher.h"

#include <stdlib.h>
#include <string.h>

#include "alerts/regex.h"
#include "base/xalloc.h"
#include "config/guess.h"

enum { LABEL_MAX = 32 };

struct matcher {
	char *text, *value;
	enum matcher_label label;
	bool negated;
	struct alert_regex *regex; /* NULL: the value itself */
};

struct matchers {
	struct matcher items[MATCHERS_MAX];
	size_t count;
};

static const char *const labels[] = {
	[MATCHER_RULE] = "rule",           [MATCHER_TYPE] = "type",
	[MATCHER_SEVERITY] = "severity",   [MATCHER_SUBJECT] = "subject",
	[MATCHER_COMPONENT] = "component", [MATCHER_BREAKER] = "breaker",
	[MATCHER_RESOURCE] = "resource",   [MATCHER_JOB] = "job",
	[MATCHER_GROUP] = "group",         [MATCHER_KIND] = "kind",
	[MATCHER_CRITICAL] = "critical",
};

const char *matcher_label_text(enum matcher_label label)
{
	return labels[label];
}

int matcher_label_find(const char *name, size_t len)
{
	for (int i = 0; i < MATCHER_LABELS; i++) {
		if (strlen(labels[i]) == len && strncmp(labels[i], name, len) == 0)
			return i;
	}
	return -1;
}

static enum bw_status refuse_label(const char *text, size_t len, struct bw_error *err)
{
	char name[LABEL_MAX];
	struct config_guess guess;

	if (len == 0 || len >= sizeof(name))
		return bw_fail(err, BW_EINVAL,
			       "`%.64s`: a label is wanted before the sign, as in `component=db`",
			       text);
	memcpy(name, text, len);
	name[len] = '\0';
	config_guess_init(&guess, name);
	for (int i = 0; i < MATCHER_LABELS; i++)
		config_guess_add(&guess, labels[i]);
	if (guess.best != NULL)
		return bw_fail(err, BW_EINVAL,
			       "`%.64s`: there is no label `%s`; did you mean `%s`?", text, name,
			       guess.best);
	return bw_fail(err, BW_EINVAL,
		       "`%.64s`: there is no label `%s`; there are rule, type, severity, subject, "
		       "component, breaker, resource, job, group, kind and critical",
		       text, name);
}

/* The value without the quotes around it. */
static char *copy_value(const char *value)
{
	size_t len = strlen(value);

	if (len >= 2 && value[0] == '"' && value[len - 1] == '"')
		return xstrndup(value + 1, len - 2);
	return xstrdup(value);
}

static bool is_blank(const char *text)
{
	return text[strspn(text, " \t")] == '\0';
}

/* No name has one, and a list of silences is written to terminals. */
static bool has_control(const char *text)
{
	while (*text != '\0' && (unsigned char)*text >= ' ' && *text != 0x7f)
		text++;
	return *text != '\0';
}

static enum bw_status parse_one(const char *text, struct matcher *out, struct bw_error *err)
{
	size_t len = strcspn(text, "=!"), sign_len;
	struct bw_error why = { 0 };
	bool is_regex;
	int label;

	if (strlen(text) > MATCHER_TEXT_MAX)
		return bw_fail(err, BW_EINVAL, "`%.64s...`: longer than %d bytes", text,
			       (int)MATCHER_TEXT_MAX);
	if (is_blank(text) || text[len] == '\0' ||
	    (text[len] == '!' && strchr("=~", text[len + 1]) == NULL) ||
	    (text[len] == '!' && text[len + 1] == '\0'))
		return bw_fail(err, BW_EINVAL,
			       "`%.64s` is no matcher; write `component=db`, `group!=storage`, "
			       "`component=~\"db-.*\"` or `rule!~...`",
			       text);
	if (has_control(text))
		return bw_fail(err, BW_EINVAL,
			       "a matcher is one line of text without control characters");
	label = matcher_label_find(text, len);
	if (label < 0)
		return refuse_label(text, len, err);
	out->negated = text[len] == '!';
	is_regex = text[len + 1] == '~';
	sign_len = out->negated || is_regex ? 2 : 1;
	if (!out->negated && text[len + 1] == '=')
		sign_len = 2; /* `==`, as the conditions have it */
	out->label = (enum matcher_label)label;
	out->text = xstrdup(text);
	out->value = copy_value(text + len + sign_len);
	if (!is_regex)
		return BW_OK;
	out->regex = alert_regex_create(out->value, &why);
	return out->regex != NULL ? BW_OK : bw_fail(err, BW_EINVAL, "`%.64s`: %s", text, why.text);
}

enum bw_status matchers_parse(const char *const *texts, size_t count, struct matchers **out,
			      struct bw_error *err)
{
	struct matchers *matchers;

	if (count == 0)
		return bw_fail(err, BW_EINVAL,
			       "no matcher: an empty list would match nothing; write at least one, "
			       "like `component=db`");
	if (count > MATCHERS_MAX)
		return bw_fail(err, BW_EINVAL, "%zu matchers; at most %d", count,
			       (int)MATCHERS_MAX);
	matchers = xcalloc(1, sizeof(*matchers));
	for (size_t i = 0; i < count; i++) {
		matchers->count++;
		if (parse_one(texts[i], &matchers->items[i], err) != BW_OK) {
			matchers_destroy(matchers);
			return BW_EINVAL;
		}
	}
	*out = matchers;
	return BW_OK;
}

void matchers_destroy(struct matchers *matchers)
{
	if (matchers == NULL)
		return;
	for (size_t i = 0; i < matchers->count; i++) {
		free(matchers->items[i].text);
		free(matchers->items[i].value);
		alert_regex_destroy(matchers->items[i].regex);
	}
	free(matchers);
}

size_t matchers_count(const struct matchers *matchers)
{
	return matchers->count;
}

const char *matchers_text(const struct matchers *matchers, size_t nth)
{
	return matchers->items[nth].text;
}

typedef enum alert_regex_result regex_test(const struct alert_regex *regex, const char *text);

static enum alert_regex_result match(const struct matchers *matchers, const struct alert_labels *of,
				     regex_test *test)
{
	for (size_t i = 0; i < matchers->count; i++) {
		const struct matcher *matcher = &matchers->items[i];
		const char *value = of->values[matcher->label];
		bool fits;

		if (value == NULL)
			value = "";
		if (matcher->regex != NULL) {
			enum alert_regex_result result = test(matcher->regex, value);

			if (result == ALERT_REGEX_TOO_COSTLY)
				return result;
			fits = result == ALERT_REGEX_YES;
		} else {
			fits = strcmp(matcher->value, value) == 0;
		}
		if (fits == matcher->negated)
			return ALERT_REGEX_NO;
	}
	return ALERT_REGEX_YES;
}

bool matchers_match(const struct matchers *matchers, const struct alert_labels *of)
{
	/* An expression that costs too much fits nothing, in either sense: what cannot be judged is
	 * not kept quiet. */
	return match(matchers, of, alert_regex_test) == ALERT_REGEX_YES;
}

enum alert_regex_result matchers_match_briefly(const struct matchers *matchers,
					       const struct alert_labels *of)
{
	return match(matchers, of, alert_regex_test_briefly);
}
