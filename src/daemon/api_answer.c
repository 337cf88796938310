/* api_answer.c - what all endpoints share: answers, and reading the query. */
#include <stdlib.h>
#include <string.h>

#include "daemon/api.h"

void api_respond_text(struct http_request *request, int status, const char *type,
		      struct bw_buf *buf)
{
	size_t len;
	char *data;

	if (buf->status != BW_OK) {
		http_respond_problem(request, 500, "the answer could not be built: %s",
				     bw_status_text(buf->status));
		bw_buf_finish(buf);
		return;
	}
	data = bw_buf_take(buf, &len);
	struct http_body *body = http_body_create(data, len, type);
	http_respond(request, status, body);
	http_body_release(body);
}

void api_respond_json(struct http_request *request, int status, struct bw_buf *buf)
{
	api_respond_text(request, status, "application/json", buf);
}

bool api_query_int(struct http_request *request, const char *name, int64_t min, int64_t max,
		   int64_t standard, int64_t *out)
{
	const char *text = http_request_query(request, name);
	char *end;
	long long value;

	if (text == NULL) {
		*out = standard;
		return true;
	}
	value = strtoll(text, &end, 10);
	if (end == text || *end != '\0' || value < min || value > max) {
		http_respond_problem(
			request, 400,
			"query parameter %s: a whole number from %lld to %lld is wanted", name,
			(long long)min, (long long)max);
		return false;
	}
	*out = value;
	return true;
}

bool api_query_flag(struct http_request *request, const char *name, bool *out)
{
	const char *text = http_request_query(request, name);

	*out = text != NULL && (strcmp(text, "1") == 0 || strcmp(text, "true") == 0);
	if (text == NULL || *out || strcmp(text, "0") == 0 || strcmp(text, "false") == 0)
		return true;
	http_respond_problem(request, 400, "query parameter %s: 1 or 0 is wanted", name);
	return false;
}

bool api_query_person(struct http_request *request, const char **out)
{
	const char *text = http_request_query(request, "by");

	*out = text;
	if (text == NULL)
		return true;
	bool is_clean = text[0] != '\0' && strlen(text) < ALERT_PERSON_MAX;
	for (const char *at = text; *at != '\0'; at++)
		is_clean = is_clean && (unsigned char)*at >= ' ' && *at != 0x7f;
	if (!is_clean)
		http_respond_problem(request, 400,
				     "query parameter by: a name of at most %d bytes without "
				     "control characters is wanted",
				     ALERT_PERSON_MAX - 1);
	return is_clean;
}

bool api_read_id(const char *text, char prefix, uint64_t *out)
{
	char *end;

	if (text[0] != prefix || text[1] < '1' || text[1] > '9' || strlen(text) > 20)
		return false;
	*out = strtoull(text + 1, &end, 10);
	return *end == '\0';
}

/* Seconds since 1970, up to the year 9999. */
static bool parse_seconds(const char *text, struct bw_wall *out)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end != '\0' || !(seconds >= 0 && seconds < 253402300800.0))
		return false;
	out->us = (int64_t)(seconds * 1e6);
	return true;
}

bool api_query_time(struct http_request *request, const char *name, struct bw_wall standard,
		    struct bw_wall *out)
{
	const char *text = http_request_query(request, name);

	if (text == NULL) {
		*out = standard;
		return true;
	}
	if (bw_wall_parse(text, out) == BW_OK || parse_seconds(text, out))
		return true;
	http_respond_problem(request, 400,
			     "query parameter %s: a time such as 2026-03-02T14:30:00Z (a + must be "
			     "written %%2B) or seconds since 1970 is wanted",
			     name);
	return false;
}

struct component *api_find_component(struct api *api, struct http_request *request)
{
	struct component *component = engine_find(api->engine, http_request_part(request, 0));

	if (component == NULL)
		http_respond_problem(request, 404,
				     "there is no component of that name; /api/v1/components lists "
				     "them");
	return component;
}

void api_write_ms(struct bw_json *json, const char *key, struct bw_wall time)
{
	bw_json_key(json, key);
	bw_json_int(json, time.us / 1000);
}
