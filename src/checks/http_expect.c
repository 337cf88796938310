/* http_expect.c - the cheapest question first: status, then headers, then body. */
#include "checks/http_expect.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"

enum { SHOWN_BYTES = 80, STATUS_MIN = 100, STATUS_MAX = 599 };

const struct config_field http_expect_fields[] = {
	{ .name = "status",
	  .type = CONFIG_TEXT_LIST,
	  .offset = offsetof(struct http_expect_settings, status),
	  .standard = "2xx",
	  .max = HTTP_STATUS_RANGES_MAX,
	  .help = "Codes that are good: a number, a class or a range; or a list of them",
	  .example = "[200, 301-303, 4xx]" },
	{ .name = "body",
	  .type = CONFIG_TEXT_LIST,
	  .offset = offsetof(struct http_expect_settings, body),
	  .max = HTTP_EXPECT_PARTS_MAX,
	  .help = "A jq condition when it begins with `.` or `jq `, a regular expression as /.../, "
		  "else a text that must occur; or a list of them, all of which must hold",
	  .example = ".status == \"ok\"" },
	{ .name = "headers",
	  .type = CONFIG_TEXT_MAP,
	  .offset = offsetof(struct http_expect_settings, headers),
	  .max = HTTP_EXPECT_PARTS_MAX,
	  .help = "Headers that must be there, each with a text or /regular expression/",
	  .example = "{ Content-Type: application/json }" },
	{ .name = "within",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct http_expect_settings, within_us),
	  .help = "A slower answer is degraded; the same as the component's `within`",
	  .example = "2s" },
	{ 0 },
};

static const char *text_at(const struct config_list *list, size_t nth)
{
	return ((const char *const *)list->items)[nth];
}

static bool read_code(const char **text, int *out)
{
	const char *at = *text;

	for (int i = 0; i < 3; i++)
		if (!isdigit((unsigned char)at[i]))
			return false;
	*out = (at[0] - '0') * 100 + (at[1] - '0') * 10 + (at[2] - '0');
	*text += 3;
	return *out >= STATUS_MIN && *out <= STATUS_MAX;
}

static bool read_range(const char *text, struct http_status_range *out)
{
	if (text[0] >= '1' && text[0] <= '5' && strcasecmp(text + 1, "xx") == 0) {
		out->from = (text[0] - '0') * 100;
		out->to = out->from + 99;
		return true;
	}
	if (!read_code(&text, &out->from))
		return false;
	out->to = out->from;
	if (*text == '-') {
		text++;
		if (!read_code(&text, &out->to))
			return false;
	}
	return *text == '\0' && out->from <= out->to;
}

/* ".a == 1" or "jq ...": the program; otherwise NULL. */
static const char *condition_of(const char *text)
{
	if (text[0] == '.')
		return text;
	return strncmp(text, "jq ", 3) == 0 ? text + 3 : NULL;
}

static void prepare_body(struct http_expect *expect, const char *text,
			 struct config_complaints *complaints, const struct config_node *node)
{
	const char *program = condition_of(text);
	struct bw_error err;
	bool good;

	if (program)
		good = (expect->bodies[expect->body_count].condition =
				check_condition_create(program, &err)) != NULL;
	else
		good = (expect->bodies[expect->body_count].match =
				check_match_create(text, &err)) != NULL;
	if (good)
		expect->body_count++;
	else
		config_complain_at(complaints, node, "expect.body", "%s", err.text);
}

static void prepare_header(struct http_expect *expect, const struct config_pair *pair,
			   struct config_complaints *complaints, const struct config_node *node)
{
	struct check_match *match;
	struct bw_error err;

	match = check_match_create(pair->value ? pair->value : "", &err);
	if (match)
		expect->headers[expect->header_count++] = match;
	else
		config_complain_at(complaints, node, "expect.headers", "%s: %s", pair->name,
				   err.text);
}

static void *make_room(size_t count, size_t size)
{
	return count > 0 ? xcalloc(count, size) : NULL;
}

void http_expect_prepare(struct http_expect *expect, const struct http_expect_settings *settings,
			 struct config_complaints *complaints, const struct config_node *node)
{
	const struct config_pair *pairs = settings->headers.items;

	expect->settings = settings;
	if (settings->status.count > HTTP_STATUS_RANGES_MAX ||
	    settings->body.count > HTTP_EXPECT_PARTS_MAX ||
	    settings->headers.count > HTTP_EXPECT_PARTS_MAX) {
		config_complain_at(complaints, node, "expect", "has a list that is too long");
		return;
	}
	expect->statuses = make_room(settings->status.count, sizeof(*expect->statuses));
	expect->bodies = make_room(settings->body.count, sizeof(*expect->bodies));
	expect->headers = make_room(settings->headers.count, sizeof(*expect->headers));
	for (size_t i = 0; i < settings->status.count; i++) {
		const char *text = text_at(&settings->status, i);

		if (!read_range(text, &expect->statuses[expect->status_count++]))
			config_complain_at(complaints, node, "expect.status",
					   "`%s` is no code such as 200, class such as 2xx, or "
					   "range such as 200-299",
					   text);
	}
	for (size_t i = 0; i < settings->body.count; i++)
		prepare_body(expect, text_at(&settings->body, i), complaints, node);
	for (size_t i = 0; i < settings->headers.count; i++)
		prepare_header(expect, &pairs[i], complaints, node);
}

void http_expect_release(struct http_expect *expect)
{
	for (size_t i = 0; i < expect->body_count; i++) {
		check_condition_destroy(expect->bodies[i].condition);
		check_match_destroy(expect->bodies[i].match);
	}
	for (size_t i = 0; i < expect->header_count; i++)
		check_match_destroy(expect->headers[i]);
	free(expect->statuses);
	free(expect->bodies);
	free((void *)expect->headers);
}

static bool status_fits(const struct http_expect *expect, int status)
{
	for (size_t i = 0; i < expect->status_count; i++)
		if (status >= expect->statuses[i].from && status <= expect->statuses[i].to)
			return true;
	return false;
}

static enum bw_health wrong_status(const struct http_expect *expect, int status,
				   struct bw_error *why)
{
	char wanted[256] = "";
	size_t used = 0;

	for (size_t i = 0; i < expect->status_count && used < sizeof(wanted); i++)
		used += (size_t)snprintf(wanted + used, sizeof(wanted) - used, "%s%s",
					 i > 0 ? ", " : "", text_at(&expect->settings->status, i));
	bw_fail(why, BW_EINVAL, "status %d, expected %s", status, wanted);
	return BW_HEALTH_UNHEALTHY;
}

/* The value of the first header of that name; false: there is none. */
static bool find_header(const struct io_fetch_result *result, const char *name, const char **value,
			size_t *len)
{
	const char *at = result->headers, *end = at + result->headers_len;
	size_t name_len = strlen(name);

	while (at && at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		const char *next = stop ? stop + 1 : end;

		stop = stop ? stop : end;
		if ((size_t)(stop - at) > name_len && at[name_len] == ':' &&
		    strncasecmp(at, name, name_len) == 0) {
			at += name_len + 1;
			while (at < stop && (*at == ' ' || *at == '\t'))
				at++;
			while (stop > at && isspace((unsigned char)stop[-1]))
				stop--;
			*value = at;
			*len = (size_t)(stop - at);
			return true;
		}
		at = next;
	}
	return false;
}

static enum bw_health too_costly(const char *what, const struct check_match *match,
				 struct bw_error *why)
{
	bw_fail(why, BW_ELIMIT, "the regular expression %s takes too long on this %s",
		check_match_pattern(match), what);
	return BW_HEALTH_UNKNOWN;
}

static enum bw_health judge_header(struct check_match *match, const char *name,
				   const struct io_fetch_result *result, struct bw_error *why)
{
	enum check_match_result fits;
	const char *value;
	size_t len;

	if (!find_header(result, name, &value, &len)) {
		bw_fail(why, BW_ENOTFOUND, "header %s is missing", name);
		return BW_HEALTH_UNHEALTHY;
	}
	fits = check_match_test(match, value, len);
	if (fits == CHECK_MATCH_YES)
		return BW_HEALTH_HEALTHY;
	if (fits == CHECK_MATCH_TOO_COSTLY)
		return too_costly("header", match, why);
	bw_fail(why, BW_EINVAL, "header %s is \"%.*s\"%s, expected \"%s\"", name,
		len > SHOWN_BYTES ? SHOWN_BYTES : (int)len, value, len > SHOWN_BYTES ? "..." : "",
		check_match_pattern(match));
	return BW_HEALTH_UNHEALTHY;
}

static enum bw_health judge_match(struct check_match *match, const struct io_fetch_result *result,
				  struct bw_error *why)
{
	size_t len = result->body_len;

	switch (check_match_test(match, result->body, len)) {
	case CHECK_MATCH_YES:
		return BW_HEALTH_HEALTHY;
	case CHECK_MATCH_TOO_COSTLY:
		return too_costly("body", match, why);
	case CHECK_MATCH_NO:
		break;
	}
	if (len == 0)
		bw_fail(why, BW_EINVAL, "the body is empty, expected \"%s\" in it",
			check_match_pattern(match));
	else
		bw_fail(why, BW_EINVAL, "no \"%s\" in the %s of the body, which begins \"%.*s\"%s",
			check_match_pattern(match), result->cut ? "part read" : "whole",
			len > SHOWN_BYTES ? SHOWN_BYTES : (int)len, result->body,
			len > SHOWN_BYTES ? "..." : "");
	return BW_HEALTH_UNHEALTHY;
}

static enum bw_health judge_body(struct http_expect *expect, size_t nth,
				 const struct io_fetch_result *result, struct bw_error *why)
{
	if (expect->bodies[nth].match)
		return judge_match(expect->bodies[nth].match, result, why);
	if (result->cut) {
		bw_fail(why, BW_ELIMIT,
			"the body is longer than %zu bytes, too long for a condition (body_limit)",
			result->body_len);
		return BW_HEALTH_UNHEALTHY;
	}
	return check_condition_test(expect->bodies[nth].condition, result->body, result->body_len,
				    why)
		       ? BW_HEALTH_HEALTHY
		       : BW_HEALTH_UNHEALTHY;
}

enum bw_health http_expect_judge(struct http_expect *expect, const struct io_fetch_result *result,
				 struct bw_error *why)
{
	const struct config_pair *pairs = expect->settings->headers.items;
	enum bw_health health = BW_HEALTH_HEALTHY;

	if (!status_fits(expect, result->status))
		return wrong_status(expect, result->status, why);
	for (size_t i = 0; i < expect->header_count && health == BW_HEALTH_HEALTHY; i++)
		health = judge_header(expect->headers[i], pairs[i].name, result, why);
	for (size_t i = 0; i < expect->body_count && health == BW_HEALTH_HEALTHY; i++)
		health = judge_body(expect, i, result, why);
	return health;
}
