/* api_silences.c - what people do not want to hear of for a while, and what is maintained when. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/alert_views.h"
#include "daemon/alerting.h"
#include "daemon/api_body.h"

/* A silence of the list, or one that may be. */
static void respond_silence(struct api *api, struct http_request *request, int status,
			    const struct silence *silence)
{
	struct bw_buf buf;
	struct bw_json json;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	alert_view_write_silence(silence, io_loop_wall(engine_loop(api->engine)), &json);
	api_respond_json(request, status, &buf);
}

void api_silences(struct http_request *request, void *arg)
{
	struct api *api = arg;
	const struct bw_wall now = io_loop_wall(engine_loop(api->engine));
	const struct silence *silence;
	struct bw_buf buf;
	struct bw_json json;
	size_t cursor = 0;
	bool with_expired;

	if (!api_query_flag(request, "expired", &with_expired))
		return;
	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	bw_json_key(&json, "silences");
	bw_json_array_begin(&json);
	while ((silence = alerts_next_silence(engine_alerts(api->engine), &cursor)) != NULL) {
		if (with_expired || !alert_view_silence_is_over(silence, now))
			alert_view_write_silence(silence, now, &json);
	}
	bw_json_array_end(&json);
	bw_json_object_end(&json);
	api_respond_json(request, 200, &buf);
}

static const struct silence *find_silence(struct api *api, struct http_request *request)
{
	const struct silence *silence = NULL;
	uint64_t id;

	if (api_read_id(http_request_part(request, 0), 's', &id))
		silence = alerts_get_silence(engine_alerts(api->engine), id);
	if (silence == NULL)
		http_respond_problem(request, 404,
				     "there is no silence of that id; /api/v1/silences lists them, "
				     "with ?expired=1 those that are over too");
	return silence;
}

void api_silence(struct http_request *request, void *arg)
{
	const struct silence *silence = find_silence(arg, request);

	if (silence != NULL)
		respond_silence(arg, request, 200, silence);
}

void api_silence_end(struct http_request *request, void *arg)
{
	struct api *api = arg;
	const struct silence *silence = find_silence(api, request);
	struct bw_error err = { "" };
	const char *by;
	uint64_t id;

	if (silence == NULL || !api_query_person(request, &by))
		return;
	id = silence->id;
	enum bw_status status = alerting_expire_silence(engine_alerting(api->engine), id,
							by == NULL ? "somebody" : by, &err);
	if (status != BW_OK)
		http_respond_problem(request, status == BW_EEXIST ? 409 : 400, "%s", err.text);
	else
		respond_silence(api, request, 200,
				alerts_get_silence(engine_alerts(api->engine), id));
}

/* --- a new one --- */

static bool read_match(struct http_request *request, const json_t *object, struct matchers **out)
{
	const json_t *list = json_object_get(object, "match");
	const char *texts[MATCHERS_MAX];
	struct bw_error err = { "" };
	size_t count = json_array_size(list);

	if (count == 0 || count > MATCHERS_MAX) {
		http_respond_problem(request, 400,
				     "member `match`: a list of 1 to %d matchers is wanted, such "
				     "as [\"component=database\"]",
				     MATCHERS_MAX);
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		texts[i] = json_string_value(json_array_get(list, i));
		if (texts[i] != NULL)
			continue;
		http_respond_problem(request, 400,
				     "member `match`: item %zu: text such as "
				     "\"component=database\" is wanted",
				     i + 1);
		return false;
	}
	if (matchers_parse(texts, count, out, &err) == BW_OK)
		return true;
	http_respond_problem(request, 400, "member `match`: %s", err.text);
	return false;
}

/* From, until and until_resolved; one of the last two is wanted. */
static bool read_times(struct http_request *request, const json_t *object, struct bw_wall now,
		       struct silence *silence)
{
	silence->created = now;
	if (!api_body_time(request, object, "from", &silence->from))
		return false;
	if (silence->from.us < now.us)
		silence->from = now;
	if (!api_body_end(request, object, silence->from, &silence->until) ||
	    !api_body_bool(request, object, "until_resolved", &silence->until_resolved))
		return false;
	if (silence->until.us == 0 && !silence->until_resolved)
		http_respond_problem(
			request, 400,
			"one of the members `for` (\"1h\"), `until` (a time) and "
			"`until_resolved` (true) is wanted: no silence lasts for ever");
	else if (silence->until.us != 0 && silence->until.us <= silence->from.us)
		http_respond_problem(request, 400,
				     "member `until`: it is over before the silence begins");
	else
		return true;
	return false;
}

static bool read_silence(struct http_request *request, const json_t *object, struct bw_wall now,
			 struct silence *silence)
{
	const char *by, *reason;

	if (!api_body_need(request, object, "by", sizeof(silence->by) - 1,
			   "who wants the silence is wanted", &by) ||
	    !api_body_need(request, object, "reason", sizeof(silence->reason) - 1,
			   "why it is wanted, for those who come later", &reason) ||
	    !read_times(request, object, now, silence))
		return false;
	snprintf(silence->by, sizeof(silence->by), "%s", by);
	snprintf(silence->reason, sizeof(silence->reason), "%s", reason);
	return read_match(request, object, &silence->matchers);
}

static void add_silence(struct api *api, struct http_request *request, struct silence *silence)
{
	struct bw_error err = { "" };
	char location[64];
	enum bw_status status = alerting_silence(engine_alerting(api->engine), silence, &err);

	if (status != BW_OK) {
		silence_finish(silence);
		http_respond_problem(request, status == BW_ELIMIT ? 409 : 400, "%s", err.text);
		return;
	}
	snprintf(location, sizeof(location), "/api/v1/silences/s%" PRIu64, silence->id);
	http_response_header(request, "Location", location);
	respond_silence(api, request, 201,
			alerts_get_silence(engine_alerts(api->engine), silence->id));
	silence_finish(silence); /* a copy is kept */
}

/* What it would hide, and nothing is kept. */
static void try_silence(struct api *api, struct http_request *request, struct silence *silence)
{
	silence->hides = alerts_count_matching(engine_alerts(api->engine), silence->matchers);
	if (silence->hides == SIZE_MAX)
		http_respond_problem(request, 400,
				     "match: an expression takes too many steps on the names that "
				     "there are; write a simpler one, without repetitions of "
				     "repetitions");
	else
		respond_silence(api, request, 200, silence);
	silence_finish(silence);
}

void api_silence_add(struct http_request *request, void *arg)
{
	static const char *const members[] = { "match", "by",   "reason",         "for",
					       "until", "from", "until_resolved", NULL };
	struct api *api = arg;
	const struct bw_wall now = io_loop_wall(engine_loop(api->engine));
	struct silence silence = { 0 };
	bool is_dry;
	json_t *object;

	if (!api_query_flag(request, "dry_run", &is_dry))
		return;
	object = api_body_object(request, members);
	if (object == NULL)
		return;
	if (read_silence(request, object, now, &silence)) {
		if (is_dry)
			try_silence(api, request, &silence);
		else
			add_silence(api, request, &silence);
	}
	json_decref(object);
}

/* --- maintenance --- */

void api_maintenance(struct http_request *request, void *arg)
{
	struct api *api = arg;
	struct bw_buf buf;
	struct bw_json json;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	alert_view_write_windows(api->engine, SIZE_MAX, &json);
	bw_json_object_end(&json);
	api_respond_json(request, 200, &buf);
}
