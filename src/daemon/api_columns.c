/* api_columns.c - the page's history in one answer: lanes as columns, the ribbon, gaps and marks.
 *
 * Numbers are rounded to what the page can show, and whole ones have no fraction: a day of a point
 * every 30 seconds must fit into 25 KB. docs/internals/live.md says what is what.
 */
#include <math.h>

#include "alerts/maintenance.h"
#include "base/number.h"
#include "base/xalloc.h"
#include "daemon/api.h"
#include "daemon/api_range.h"

enum { POINTS_STANDARD = 4000, MARKS_MAX = 200, WINDOWS_MAX = 200 };

void api_write_ms(struct bw_json *json, const char *key, struct bw_wall time)
{
	bw_json_key(json, key);
	bw_json_int(json, time.us / 1000);
}

/* Whole seconds behind `from`. */
static void write_s(struct bw_json *json, struct bw_wall time, struct bw_wall from)
{
	bw_json_int(json, (time.us - from.us) / BW_SECOND_US);
}

static void write_rounded(struct bw_json *json, double value, int digits)
{
	double rounded = bw_round(value, digits);

	if (rounded == floor(rounded) && fabs(rounded) < 1e15)
		bw_json_int(json, (int64_t)rounded);
	else
		bw_json_double(json, rounded);
}

/* Three digits say enough of a response time. */
static int digits_of_ms(double value)
{
	return value >= 100 ? 0 : value >= 10 ? 1 : 2;
}

static double lane_score(const struct bw_history_point *point)
{
	return point->health_score;
}

static double lane_availability(const struct bw_history_point *point)
{
	return point->availability;
}

static double lane_response(const struct bw_history_point *point)
{
	return point->response_time;
}

static double lane_cpu(const struct bw_history_point *point)
{
	return point->cpu_usage.value;
}

static double lane_memory(const struct bw_history_point *point)
{
	return point->memory_usage.value;
}

static double lane_breakers(const struct bw_history_point *point)
{
	return point->circuit_breaker_health;
}

static const struct lane {
	const char *name;
	double (*value)(const struct bw_history_point *point);
	int digits; /* -1: as many as a time needs */
} lanes[] = {
	{ "health_score", lane_score, 1 },      { "availability", lane_availability, 2 },
	{ "response_time", lane_response, -1 }, { "cpu_usage", lane_cpu, 1 },
	{ "memory_usage", lane_memory, 1 },     { "circuit_breaker_health", lane_breakers, 1 },
};

static void write_lane(const struct bw_history *history, const struct api_thinning *thinning,
		       const struct lane *lane, struct bw_json *json)
{
	bw_json_key(json, lane->name);
	bw_json_array_begin(json);
	for (size_t i = 0; i < thinning->count; i++) {
		double value =
			lane->value(bw_history_get(history, thinning->first + thinning->kept[i]));

		write_rounded(json, value, lane->digits < 0 ? digits_of_ms(value) : lane->digits);
	}
	bw_json_array_end(json);
}

/* Steps, because a day of times would be a third of the answer. */
static void write_steps(const struct bw_history *history, const struct api_thinning *thinning,
			struct bw_wall from, struct bw_json *json)
{
	int64_t before_s = 0;

	bw_json_key(json, "step_s");
	bw_json_array_begin(json);
	for (size_t i = 0; i < thinning->count; i++) {
		const struct bw_history_point *point =
			bw_history_get(history, thinning->first + thinning->kept[i]);
		int64_t at_s = (point->time.us - from.us) / BW_SECOND_US;

		bw_json_int(json, at_s - before_s);
		before_s = at_s;
	}
	bw_json_array_end(json);
}

static void write_points(const struct bw_history *history, const struct api_range *range,
			 struct bw_json *json)
{
	struct api_thinning thinning;

	api_thin_points(history, range, &thinning);
	bw_json_key(json, "found");
	bw_json_int(json, (int64_t)thinning.found);
	bw_json_key(json, "cut");
	bw_json_bool(json, thinning.count < thinning.found);
	write_steps(history, &thinning, range->from, json);
	bw_json_key(json, "values");
	bw_json_object_begin(json);
	for (size_t i = 0; i < sizeof(lanes) / sizeof(lanes[0]); i++)
		write_lane(history, &thinning, &lanes[i], json);
	bw_json_object_end(json);
	api_thinning_finish(&thinning);
}

void api_write_strip(const struct bw_strip *strip, struct bw_wall from, struct bw_json *json)
{
	bw_json_array_begin(json);
	for (size_t i = 0; i < strip->count; i++) {
		bw_json_array_begin(json);
		write_s(json, strip->items[i].at, from);
		bw_json_string(json, strip->items[i].word);
		bw_json_array_end(json);
	}
	bw_json_array_end(json);
}

void api_write_gaps(const struct bw_gap_list *gaps, struct bw_wall from, bool with_why,
		    struct bw_json *json)
{
	bw_json_key(json, "gaps");
	bw_json_array_begin(json);
	for (size_t i = 0; i < gaps->count; i++) {
		bw_json_array_begin(json);
		write_s(json, gaps->items[i].from, from);
		write_s(json, gaps->items[i].to, from);
		if (with_why)
			bw_json_string(json, gaps->items[i].why);
		bw_json_array_end(json);
	}
	bw_json_array_end(json);
}

static void write_ribbon(const struct api *api, const struct api_range *range, struct bw_json *json)
{
	const struct bw_history *history = bw_dashboard_history(engine_dashboard(api->engine));
	const struct bw_journal *journal = engine_journal(api->engine);
	const struct bw_wall to = range->to.us < range->now.us ? range->to : range->now;
	struct bw_gap_list gaps = { 0 };
	struct bw_strip strip = { 0 };
	const struct bw_strip_wanted wanted = { BW_CHANGE_OVERALL, "", range->from, to, &gaps };

	xalloc_must(bw_journal_gaps(journal, range->from, to, &gaps));
	xalloc_must(bw_gap_list_spare(&gaps, history));
	xalloc_must(bw_journal_strip(journal, &wanted, &strip));
	bw_json_key(json, "status");
	api_write_strip(&strip, range->from, json);
	api_write_gaps(&gaps, range->from, true, json);
	bw_strip_finish(&strip);
	bw_gap_list_finish(&gaps);
}

static void write_mark(const struct bw_change *change, struct bw_wall from, struct bw_json *json)
{
	bw_json_array_begin(json);
	write_s(json, change->at, from);
	bw_json_string(json, bw_change_kind_text(change->kind));
	bw_json_string(json, change->name);
	bw_json_string(json, change->from);
	bw_json_string(json, change->to);
	bw_json_string(json, change->text);
	bw_json_array_end(json);
}

static void write_marks(const struct bw_journal *journal, const struct api_range *range,
			struct bw_json *json)
{
	const struct bw_journal_filter filter = { .from = range->from, .to = range->to };
	struct bw_change marks[MARKS_MAX];
	uint64_t cursor = 0;
	int count = 0;

	while (count < MARKS_MAX && bw_journal_next(journal, &filter, &cursor, &marks[count]))
		count += bw_change_is_mark(&marks[count]);
	bw_json_key(json, "marks");
	bw_json_array_begin(json);
	while (count > 0)
		write_mark(&marks[--count], range->from, json);
	bw_json_array_end(json);
}

static void write_window(const struct maintenance_window *window, const struct api_range *range,
			 int *room, struct bw_json *json)
{
	struct bw_wall after = range->from, from, until;

	while (*room > 0 && maintenance_next(window, after, range->to, &from, &until)) {
		bw_json_array_begin(json);
		write_s(json, from.us < range->from.us ? range->from : from, range->from);
		write_s(json, until.us > range->to.us ? range->to : until, range->from);
		bw_json_string(json, window->reason);
		bw_json_array_end(json);
		after = until;
		--*room;
	}
}

static void write_maintenance(const struct alerts_settings *settings, const struct api_range *range,
			      struct bw_json *json)
{
	int room = WINDOWS_MAX;

	bw_json_key(json, "maintenance");
	bw_json_array_begin(json);
	for (size_t i = 0; i < settings->window_count; i++)
		write_window(&settings->windows[i], range, &room, json);
	bw_json_array_end(json);
}

void api_history_columns(struct http_request *request, struct api *api)
{
	const struct bw_journal *journal = engine_journal(api->engine);
	struct api_range range;
	struct bw_buf buf;
	struct bw_json json;

	if (!api_read_range(api, request, POINTS_STANDARD, &range))
		return;
	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	api_write_ms(&json, "from", range.from);
	api_write_ms(&json, "to", range.to);
	api_write_ms(&json, "now", range.now);
	bw_json_key(&json, "interval_ms");
	bw_json_int(&json, engine_settings(api->engine)->refresh_us / 1000);
	write_points(bw_dashboard_history(engine_dashboard(api->engine)), &range, &json);
	write_ribbon(api, &range, &json);
	write_maintenance(&engine_settings(api->engine)->alerts, &range, &json);
	write_marks(journal, &range, &json);
	bw_json_object_end(&json);
	api_respond_json(request, 200, &buf);
}
