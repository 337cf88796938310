/* alert.c - a list that doubles, and the JSON of one alert. */
#include "core/alert.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAP = 8 };

const char *bw_severity_text(enum bw_severity severity)
{
	static const char *const texts[] = {
		[BW_SEVERITY_INFO] = "info",
		[BW_SEVERITY_WARNING] = "warning",
		[BW_SEVERITY_CRITICAL] = "critical",
	};

	return (unsigned)severity <= BW_SEVERITY_CRITICAL ? texts[severity] : "unknown";
}

void bw_alert_list_finish(struct bw_alert_list *list)
{
	free(list->items);
	*list = (struct bw_alert_list){ 0 };
}

struct bw_alert *bw_alert_list_add(struct bw_alert_list *list)
{
	struct bw_alert *alert;

	if (list->count == BW_ALERTS_MAX)
		return NULL;
	if (list->count == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : FIRST_CAP;
		struct bw_alert *items = realloc(list->items, cap * sizeof(*items));

		if (!items)
			return NULL;
		list->items = items;
		list->cap = cap;
	}
	alert = &list->items[list->count++];
	memset(alert, 0, sizeof(*alert));
	return alert;
}

void bw_alert_write(const struct bw_alert *alert, struct bw_json *json)
{
	bw_json_object_begin(json);
	bw_json_key(json, "severity");
	bw_json_string(json, bw_severity_text(alert->severity));
	bw_json_key(json, "type");
	bw_json_string(json, alert->type);
	bw_json_key(json, "title");
	bw_json_string(json, alert->title);
	bw_json_key(json, "message");
	bw_json_string(json, alert->message);
	bw_json_key(json, "timestamp");
	bw_json_wall(json, alert->time);
	bw_json_object_end(json);
}
