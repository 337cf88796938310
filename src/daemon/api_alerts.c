/* api_alerts.c - what is firing, what was, and how many. */
#include <stdlib.h>
#include <string.h>

#include "daemon/api.h"

static void write_state(const struct bw_alert_book *book, enum bw_alert_state state,
			struct bw_json *json)
{
	const struct bw_alert_entry *entry;
	size_t cursor = 0;

	while ((entry = bw_alert_book_next(book, state, &cursor)) != NULL)
		bw_alert_entry_write(entry, json);
}

void api_alerts(struct http_request *request, void *arg)
{
	const struct api *api = arg;
	const struct bw_alert_book *book = engine_alerts(api->engine);
	const char *state = http_request_query(request, "state");
	struct bw_buf buf;
	struct bw_json json;

	if (state != NULL && strcmp(state, "firing") != 0 && strcmp(state, "resolved") != 0 &&
	    strcmp(state, "pending") != 0) {
		http_respond_problem(
			request, 400,
			"query parameter state: firing, pending or resolved is wanted");
		return;
	}
	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	bw_json_key(&json, "alerts");
	bw_json_array_begin(&json);
	if (state == NULL || strcmp(state, "firing") == 0)
		write_state(book, BW_ALERT_FIRING, &json);
	if (state != NULL && strcmp(state, "pending") == 0)
		write_state(book, BW_ALERT_PENDING, &json);
	if (state == NULL || strcmp(state, "resolved") == 0)
		write_state(book, BW_ALERT_RESOLVED, &json);
	bw_json_array_end(&json);
	bw_json_object_end(&json);
	api_respond_json(request, 200, &buf);
}

void api_alert_summary(struct http_request *request, void *arg)
{
	const struct api *api = arg;
	struct bw_buf buf;
	struct bw_json json;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_alert_book_write_summary(engine_alerts(api->engine),
				    io_loop_wall(engine_loop(api->engine)), &json);
	api_respond_json(request, 200, &buf);
}

void api_alert(struct http_request *request, void *arg)
{
	const struct api *api = arg;
	const char *text = http_request_part(request, 0);
	const struct bw_alert_entry *entry = NULL;
	struct bw_buf buf;
	struct bw_json json;
	char *end = NULL;

	if (text[0] == 'a' && text[1] >= '0' && text[1] <= '9')
		entry = bw_alert_book_get(engine_alerts(api->engine), strtoull(text + 1, &end, 10));
	if (entry == NULL || *end != '\0') {
		http_respond_problem(request, 404,
				     "there is no alert of that id; /api/v1/alerts lists them");
		return;
	}
	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_alert_entry_write(entry, &json);
	api_respond_json(request, 200, &buf);
}
