/* api_uptime.c - GET /api/v1/uptime: how much of the known time components could be used.
 *
 * The windows end at the same moment, so each is the sum of the parts between their beginnings: a
 * year is read once and not five times.
 */
#include <math.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "daemon/api_ask.h"
#include "daemon/api_names.h"
#include "daemon/uptime_windows.h"

struct uptime_ask {
	struct api_ask ask;
	struct bw_wall now;
	struct api_names names;
};

static void destroy(struct api_ask *ask)
{
	struct uptime_ask *uptime = (struct uptime_ask *)ask;

	api_names_finish(&uptime->names);
	free(uptime);
}

static bool is_kept(const struct uptime *longest)
{
	return longest->up_us + longest->down_us + longest->maintenance_us > 0;
}

static void write_window(const struct uptime *uptime, struct bw_json *json)
{
	char text[UPTIME_TEXT_MAX];

	uptime_text(uptime, text);
	bw_json_object_begin(json);
	bw_json_member_double(json, "percent", uptime_percent(uptime));
	bw_json_member_string(json, "text", text);
	bw_json_member_int(json, "up_s", uptime->up_us / BW_SECOND_US);
	bw_json_member_int(json, "down_s", uptime->down_us / BW_SECOND_US);
	bw_json_member_int(json, "maintenance_s", uptime->maintenance_us / BW_SECOND_US);
	bw_json_member_int(json, "unknown_s", uptime->unknown_us / BW_SECOND_US);
	bw_json_object_end(json);
}

static void write_component(const char *name, const struct uptime *windows, struct bw_json *json)
{
	bw_json_key(json, name);
	bw_json_object_begin(json);
	for (int i = 0; i < UPTIME_WINDOWS; i++) {
		bw_json_key(json, uptime_windows[i].name);
		write_window(&windows[i], json);
	}
	bw_json_object_end(json);
}

static enum bw_status write_components(const struct uptime_ask *uptime, struct store_view *view,
				       struct bw_json *json, struct bw_error *err)
{
	enum bw_status status = BW_OK;

	for (size_t i = 0; i < uptime->names.count; i++) {
		struct uptime windows[UPTIME_WINDOWS];
		const char *name = uptime->names.items[i].name;

		status = uptime_windows_read(view, name, uptime->now, UPTIME_WINDOWS, windows, err);
		if (status != BW_OK)
			return status;
		if (uptime->names.items[i].is_listed || is_kept(&windows[UPTIME_WINDOWS - 1]))
			write_component(name, windows, json);
	}
	return status;
}

static enum bw_status work(struct api_ask *ask, struct store_view *view, struct bw_error *err)
{
	struct uptime_ask *uptime = (struct uptime_ask *)ask;
	enum bw_status status;
	struct bw_json json;

	bw_json_init(&json, &ask->answer);
	bw_json_object_begin(&json);
	api_write_ms(&json, "now", uptime->now);
	bw_json_key(&json, "windows");
	bw_json_array_begin(&json);
	for (int i = 0; i < UPTIME_WINDOWS; i++)
		bw_json_string(&json, uptime_windows[i].name);
	bw_json_array_end(&json);
	bw_json_key(&json, "uptime");
	bw_json_object_begin(&json);
	status = write_components(uptime, view, &json, err);
	bw_json_object_end(&json);
	bw_json_object_end(&json);
	return status;
}

void api_uptime(struct http_request *request, void *arg)
{
	struct api *api = arg;
	struct api_names names;
	struct uptime_ask *uptime;

	if (!api_names_read(api, request, &names))
		return;
	uptime = xcalloc(1, sizeof(*uptime));
	uptime->ask = (struct api_ask){ .request = request, .work = work, .destroy = destroy };
	uptime->now = io_loop_wall(engine_loop(api->engine));
	uptime->names = names;
	api_ask_start(api, &uptime->ask);
}
