/* error_document.c - the document of a moment when health could not be collected at all. */
#include "core/dashboard.h"

#define EMPTY_PARTS "\"components\":{},\"circuit_breakers\":{},\"resources\":{},\"metrics\":{}"
#define EMPTY_HISTORY "\"historical\":{\"data\":[],\"summary\":{\"points\":0,\"timespan_hours\":0}}"

static void member_string(struct bw_json *json, const char *key, const char *text)
{
	bw_json_key(json, key);
	bw_json_string(json, text);
}

/* Takes its texts as they are: struct bw_alert would cut a long message. */
static void write_alert(const char *message, struct bw_wall now, struct bw_json *json)
{
	bw_json_object_begin(json);
	member_string(json, "severity", "critical");
	member_string(json, "type", "dashboard_error");
	member_string(json, "title", "Dashboard Error");
	member_string(json, "message", message);
	bw_json_key(json, "timestamp");
	bw_json_wall(json, now);
	bw_json_object_end(json);
}

static void write_metadata(struct bw_wall now, struct bw_json *json)
{
	bw_json_object_begin(json);
	bw_json_key(json, "last_updated");
	bw_json_wall(json, now);
	member_string(json, "dashboard_version", "1.0.0");
	bw_json_key(json, "error");
	bw_json_bool(json, true);
	bw_json_object_end(json);
}

void bw_dashboard_write_error(const char *message, struct bw_wall now, struct bw_buf *out)
{
	struct bw_buf text;
	struct bw_json json;

	bw_buf_init(&text, 0);
	bw_buf_text(&text, "Failed to generate dashboard data: ");
	bw_buf_text(&text, message);
	bw_json_init(&json, out);
	bw_json_object_begin(&json);
	bw_json_key(&json, "overview");
	bw_json_object_begin(&json);
	member_string(&json, "overall_status", "error");
	bw_json_key(&json, "health_percentage");
	bw_json_int(&json, 0);
	member_string(&json, "error", message);
	bw_json_object_end(&json);
	bw_json_raw_members(&json, EMPTY_PARTS, sizeof(EMPTY_PARTS) - 1);
	bw_json_key(&json, "alerts");
	bw_json_array_begin(&json);
	write_alert(text.data, now, &json);
	bw_json_array_end(&json);
	bw_json_raw_members(&json, EMPTY_HISTORY, sizeof(EMPTY_HISTORY) - 1);
	bw_json_key(&json, "metadata");
	write_metadata(now, &json);
	bw_json_object_end(&json);
	if (text.status != BW_OK)
		out->status = text.status;
	bw_buf_finish(&text);
}
