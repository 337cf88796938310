/* uptime_windows.c - see uptime_windows.h. */
#include "daemon/uptime_windows.h"

#include <math.h>
#include <string.h>

#define DAY_US (86400 * BW_SECOND_US)

const struct uptime_window uptime_windows[UPTIME_WINDOWS] = {
	{ "24h", "24 h", DAY_US },      { "7d", "7 d", 7 * DAY_US },
	{ "30d", "30 d", 30 * DAY_US }, { "90d", "90 d", 90 * DAY_US },
	{ "1y", "1 y", 365 * DAY_US },
};

int uptime_window_find(const char *name)
{
	for (int i = 0; i < UPTIME_WINDOWS; i++)
		if (strcmp(name, uptime_windows[i].name) == 0)
			return i;
	return -1;
}

static void add(struct uptime *sum, const struct uptime *part)
{
	sum->up_us += part->up_us;
	sum->down_us += part->down_us;
	sum->maintenance_us += part->maintenance_us;
	sum->unknown_us += part->unknown_us;
}

enum bw_status uptime_windows_read(struct store_view *view, const char *component,
				   struct bw_wall now, int count, struct uptime *out,
				   struct bw_error *err)
{
	struct view_wanted wanted = { .kind = SERIES_COMPONENT,
				      .name = component,
				      .to_us = now.us,
				      .fields = 7, /* what a timeline is made of */
				      .with_before = true };
	struct uptime sum = { 0 };

	for (int i = 0; i < count; i++) {
		struct uptime part = { 0 };
		enum bw_status status;

		wanted.from_us = now.us - uptime_windows[i].us;
		status = store_view_uptime(view, &wanted, &part, err);
		if (status != BW_OK)
			return status;
		add(&sum, &part);
		out[i] = sum;
		wanted.to_us = wanted.from_us;
	}
	return BW_OK;
}

double uptime_percent(const struct uptime *uptime)
{
	const int64_t known_us = uptime->up_us + uptime->down_us;

	if (known_us <= 0)
		return NAN;
	if (uptime->down_us == 0)
		return 100;
	/* The longest window is a year, 3.2e13 us: no overflow. */
	const int64_t hundredths = uptime->up_us * 10000 / known_us;

	return (double)hundredths / 100;
}
