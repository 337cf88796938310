/* api_channels.c - who is told, what is on its way to them, and what has arrived. */
#include <string.h>

#include "daemon/alert_views.h"
#include "daemon/alerting.h"
#include "daemon/api_body.h"

enum { LIMIT_STANDARD = 100 };

void api_channels(struct http_request *request, void *arg)
{
	struct api *api = arg;
	const struct outbox *outbox = engine_outbox(api->engine);
	struct bw_buf buf;
	struct bw_json json;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	alert_view_write_channels(api->engine, &json);
	bw_json_key(&json, "outbox");
	bw_json_object_begin(&json);
	bw_json_member_int(&json, "depth", (int64_t)outbox_depth(outbox));
	alert_view_write_time(&json, "oldest", outbox_oldest(outbox));
	bw_json_member_string(&json, "trouble",
			      outbox_trouble(outbox)[0] == '\0' ? NULL : outbox_trouble(outbox));
	bw_json_object_end(&json);
	bw_json_object_end(&json);
	api_respond_json(request, 200, &buf);
}

static bool has_channel(const struct outbox *outbox, const char *name)
{
	struct outbox_channel_state state;

	for (size_t i = 0; i < outbox_channel_count(outbox); i++) {
		outbox_channel_state(outbox, i, &state);
		if (strcmp(state.name, name) == 0)
			return true;
	}
	return false;
}

static void respond_deliveries(struct http_request *request, const struct outbox *outbox,
			       const char *channel, int64_t limit)
{
	struct bw_buf buf;
	struct bw_json json;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	bw_json_key(&json, "deliveries");
	outbox_write_log(outbox, channel, (size_t)limit, &json);
	bw_json_object_end(&json);
	api_respond_json(request, 200, &buf);
}

void api_deliveries(struct http_request *request, void *arg)
{
	struct api *api = arg;
	const struct outbox *outbox = engine_outbox(api->engine);
	const char *channel = http_request_query(request, "channel");
	int64_t limit;

	if (!api_query_int(request, "limit", 1, OUTBOX_LOG_MAX, LIMIT_STANDARD, &limit))
		return;
	if (channel != NULL && !has_channel(outbox, channel))
		http_respond_problem(request, 400,
				     "query parameter channel: there is no channel of that name; "
				     "/api/v1/channels lists them");
	else
		respond_deliveries(request, outbox, channel, limit);
}

/* The one row of an array of one. */
static void write_row(const struct outbox *outbox, const char *channel, struct bw_json *json)
{
	struct bw_buf rows;
	struct bw_json array;

	bw_buf_init(&rows, 0);
	bw_json_init(&array, &rows);
	outbox_write_log(outbox, channel, 1, &array);
	if (rows.len > 2)
		bw_json_raw(json, rows.data + 1, rows.len - 2);
	else
		bw_json_null(json);
	bw_buf_finish(&rows);
}

void api_channel_test(struct http_request *request, void *arg)
{
	struct api *api = arg;
	const char *name = http_request_part(request, 0);
	struct bw_error err = { "" };
	struct bw_buf buf;
	struct bw_json json;

	if (alerting_test_channel(engine_alerting(api->engine), name, &err) != BW_OK) {
		http_respond_problem(request, 404, "%s", err.text);
		return;
	}
	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	write_row(engine_outbox(api->engine), name, &json);
	api_respond_json(request, 202, &buf);
}
