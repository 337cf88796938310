/* api_body.c - see api_body.h. */
#include "daemon/api_body.h"

#include <string.h>

#include "base/text.h"
#include "config/guess.h"
#include "config/units.h"

static bool is_one_of(const char *name, const char *const *members)
{
	for (size_t i = 0; members[i] != NULL; i++)
		if (strcmp(members[i], name) == 0)
			return true;
	return false;
}

static void refuse_member(struct http_request *request, const char *name,
			  const char *const *members)
{
	struct config_guess guess;
	char all[256] = "";
	size_t len = 0;

	config_guess_init(&guess, name);
	for (size_t i = 0; members[i] != NULL; i++) {
		config_guess_add(&guess, members[i]);
		bw_text_format(all + len, sizeof(all) - len, "%s%s", i == 0 ? "" : ", ",
			       members[i]);
		len = strlen(all);
	}
	if (guess.best != NULL)
		http_respond_problem(request, 400,
				     "the body: there is no member `%.100s`; did you mean `%s`?",
				     name, guess.best);
	else if (all[0] == '\0')
		http_respond_problem(request, 400,
				     "the body: there is no member `%.100s`; none is wanted", name);
	else
		http_respond_problem(request, 400,
				     "the body: there is no member `%.100s`; it may have %s", name,
				     all);
}

static bool has_only(struct http_request *request, json_t *object, const char *const *members)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		if (is_one_of(name, members))
			continue;
		refuse_member(request, name, members);
		return false;
	}
	return true;
}

json_t *api_body_object(struct http_request *request, const char *const *members)
{
	json_error_t error;
	size_t len;
	const char *body = http_request_body(request, &len);
	json_t *object = json_loadb(body == NULL ? "" : body, len, JSON_REJECT_DUPLICATES, &error);

	if (object == NULL)
		http_respond_problem(request, 400, "the body is no JSON: line %d, column %d: %s",
				     error.line, error.column, error.text);
	else if (!json_is_object(object))
		http_respond_problem(request, 400, "the body: a JSON object is wanted");
	else if (has_only(request, object, members))
		return object;
	json_decref(object);
	return NULL;
}

static bool is_absent(const json_t *value)
{
	return value == NULL || json_is_null(value);
}

/* Foreign text that people will read in one line. */
static bool is_clean(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

bool api_body_text(struct http_request *request, const json_t *object, const char *name, size_t max,
		   const char **out)
{
	const json_t *value = json_object_get(object, name);

	*out = NULL;
	if (is_absent(value))
		return true;
	if (!json_is_string(value))
		http_respond_problem(request, 400, "member `%s`: text is wanted", name);
	else if (json_string_length(value) > max)
		http_respond_problem(request, 400,
				     "member `%s`: it has %zu bytes; at most %zu are kept", name,
				     json_string_length(value), max);
	else if (!is_clean(json_string_value(value)))
		http_respond_problem(request, 400,
				     "member `%s`: one line is wanted, without control characters",
				     name);
	else
		*out = json_string_value(value);
	return *out != NULL;
}

bool api_body_need(struct http_request *request, const json_t *object, const char *name, size_t max,
		   const char *why, const char **out)
{
	if (!api_body_text(request, object, name, max, out))
		return false;
	if (*out != NULL && (*out)[strspn(*out, " ")] != '\0')
		return true;
	http_respond_problem(request, 400, "member `%s` is missing: %s", name, why);
	return false;
}

bool api_body_bool(struct http_request *request, const json_t *object, const char *name, bool *out)
{
	const json_t *value = json_object_get(object, name);

	*out = json_is_true(value);
	if (is_absent(value) || json_is_boolean(value))
		return true;
	http_respond_problem(request, 400, "member `%s`: true or false is wanted", name);
	return false;
}

bool api_body_time(struct http_request *request, const json_t *object, const char *name,
		   struct bw_wall *out)
{
	const json_t *value = json_object_get(object, name);

	out->us = 0;
	if (is_absent(value))
		return true;
	if (json_is_string(value) && bw_wall_parse(json_string_value(value), out) == BW_OK)
		return true;
	http_respond_problem(request, 400,
			     "member `%s`: a time such as \"2026-03-02T14:30:00Z\" is wanted",
			     name);
	return false;
}

static bool read_duration(struct http_request *request, const json_t *value, int64_t *out_us)
{
	if (json_is_string(value) &&
	    config_duration_parse(json_string_value(value), out_us) == BW_OK && *out_us > 0)
		return true;
	http_respond_problem(request, 400,
			     "member `for`: a duration such as \"30m\", \"2h\" or \"1h30m\" is "
			     "wanted, above 0");
	return false;
}

bool api_body_end(struct http_request *request, const json_t *object, struct bw_wall from,
		  struct bw_wall *out)
{
	const json_t *duration = json_object_get(object, "for");
	int64_t duration_us;

	if (is_absent(duration))
		return api_body_time(request, object, "until", out);
	if (!is_absent(json_object_get(object, "until"))) {
		http_respond_problem(request, 400,
				     "members `for` and `until`: only one of them is wanted");
		return false;
	}
	if (!read_duration(request, duration, &duration_us))
		return false;
	out->us = from.us + duration_us;
	return true;
}
