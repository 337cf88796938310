/* settings_windows.c - `maintenance`: times that come once, and times that come again. */
#include <string.h>

#include "base/xalloc.h"
#include "daemon/settings_owned.h"
#include "daemon/settings_source.h"
#include "time/cron.h"

#define MINUTE_US (60 * BW_SECOND_US)

/* A leap year begins: within eight years every date comes. */
static const struct bw_wall some_time = { 1704067200 * BW_SECOND_US };

struct reading {
	struct daemon_settings *settings;
	const struct settings_source *source;
	const struct raw_window *raw;
	const struct config_node *node;
	struct maintenance_window *window;
};

static void complain(const struct reading *reading, const char *member, const struct bw_error *err)
{
	config_complain_at(reading->source->complaints, reading->node, member, "%s", err->text);
}

static const struct zone *read_zone(const struct reading *reading)
{
	struct bw_error err;
	struct zone *zone;

	if (zone_open(reading->raw->timezone, &zone, &err) != BW_OK) {
		complain(reading, "timezone", &err);
		return NULL;
	}
	settings_own_zone(reading->settings, zone);
	return zone;
}

/* "Z" or an offset behind the time of day. */
static bool names_zone(const char *text)
{
	const char *time = strpbrk(text, "Tt ");

	return time && strpbrk(time, "Zz+-");
}

static void read_time(const struct reading *reading, const char *member, const char *text,
		      int64_t *out_us)
{
	struct zone_time local;
	struct bw_wall time;
	struct zone *utc;

	if (bw_wall_parse(text, &time) != BW_OK) {
		config_complain_at(reading->source->complaints, reading->node, member,
				   "`%.40s` is no time; one is 2026-12-01T22:00:00Z, or "
				   "2026-12-01T22:00:00 in the zone of `timezone`",
				   text);
		return;
	}
	*out_us = time.us;
	if (names_zone(text) || !reading->window->zone || zone_open("UTC", &utc, NULL) != BW_OK)
		return;
	zone_local(utc, time, &local);
	zone_close(utc);
	*out_us = zone_moment(reading->window->zone, &local).us;
}

static void read_once(const struct reading *reading)
{
	const struct raw_window *raw = reading->raw;
	struct maintenance_window *window = reading->window;

	if (!raw->from || !raw->until) {
		config_complain(reading->source->complaints, reading->node,
				"`%s` is missing; a window has `from` and `until`, or `schedule` "
				"and `duration`",
				raw->from ? "until" : "from");
		return;
	}
	if (raw->duration_us > 0)
		config_complain_at(reading->source->complaints, reading->node, "duration",
				   "`duration` goes with `schedule`; this window has `until`");
	read_time(reading, "from", raw->from, &window->from_us);
	read_time(reading, "until", raw->until, &window->until_us);
	if (window->from_us != 0 && window->until_us != 0 && window->until_us <= window->from_us)
		config_complain_at(reading->source->complaints, reading->node, "until",
				   "`until` is not behind `from`, so the window would never be "
				   "open");
}

/* The first two times tell whether it ever comes, and whether it ends before it comes again. */
static void check_schedule(const struct reading *reading, const struct cron *cron)
{
	const struct maintenance_window *window = reading->window;
	struct bw_wall first, second;

	if (!window->zone)
		return;
	if (!cron_next(cron, window->zone, some_time, &first))
		config_complain_at(reading->source->complaints, reading->node, "schedule",
				   "there is no such day; the window would never be open");
	else if (cron_next(cron, window->zone, first, &second) &&
		 second.us - first.us <= window->duration_us)
		config_warn(reading->source->complaints, config_node_get(reading->node, "duration"),
			    "maintenance: `%s` lasts until it begins again, so it never ends",
			    window->name);
}

static void read_schedule(const struct reading *reading)
{
	const struct raw_window *raw = reading->raw;
	struct cron *cron = xarena_alloc(reading->settings->arena, sizeof *cron);
	struct bw_error err;

	if (raw->from || raw->until)
		config_complain_at(reading->source->complaints, reading->node,
				   raw->from ? "from" : "until",
				   "a window comes again, with `schedule` and `duration`, or once, "
				   "with `from` and `until`; make it two");
	if (raw->duration_us < MINUTE_US) {
		config_complain_at(reading->source->complaints, reading->node, "duration",
				   raw->duration_us > 0
					   ? "`duration` is at least 1m"
					   : "`duration` is missing; write `duration: 2h`");
		return;
	}
	reading->window->duration_us = raw->duration_us;
	if (cron_parse(raw->schedule, cron, &err) != BW_OK) {
		complain(reading, "schedule", &err);
		return;
	}
	reading->window->schedule = cron;
	check_schedule(reading, cron);
}

static void read_window(const struct reading *reading)
{
	const struct raw_window *raw = reading->raw;

	*reading->window = (struct maintenance_window){
		.name = raw->name ? raw->name : "",
		.reason = raw->reason ? raw->reason : "",
		.matchers = settings_matchers(reading->settings, reading->source, &raw->match,
					      config_node_get(reading->node, "match")),
		.zone = read_zone(reading),
	};
	if (raw->schedule)
		read_schedule(reading);
	else
		read_once(reading);
}

static bool is_taken(const struct maintenance_window *windows, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(windows[i].name, name) == 0)
			return true;
	return false;
}

void settings_read_windows(struct daemon_settings *settings, struct settings_source *source)
{
	const struct config_node *list =
		config_node_get(config_document_root(source->document), "maintenance");
	const struct config_node *node = list ? list->first : NULL;
	const struct raw_window *raw = source->raw.maintenance.items;
	size_t count = source->raw.maintenance.count;
	struct maintenance_window *windows = xarena_alloc(settings->arena, count * sizeof *windows);

	for (size_t i = 0; i < count && node; i++, node = node->next) {
		const struct reading reading = { settings, source, &raw[i], node, &windows[i] };

		read_window(&reading);
		if (raw[i].name && is_taken(windows, i, raw[i].name))
			config_complain_at(source->complaints, node, "name",
					   "there is a window `%s` already; give this one another "
					   "name",
					   raw[i].name);
	}
	settings->alerts.windows = windows;
	settings->alerts.window_count = count;
}
