/* api_history.c - the history of the system, a component, a breaker, the host.
 *
 * The last 24 hours of the system come from memory, so that they are there even while the store is
 * not; everything else is read and written by the store's reading thread.
 *
 * A name that the configuration does not have is answered as long as something of it is kept.
 */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "daemon/api_ask.h"
#include "daemon/api_columns.h"
#include "daemon/api_csv.h"
#include "daemon/api_points.h"
#include "daemon/api_range.h"
#include "daemon/api_ribbon.h"
#include "daemon/api_series.h"
#include "daemon/api_timeline.h"

enum { POINTS_STANDARD = 500, COLUMNS_STANDARD = 4000, CSV_STANDARD = 20000 };

enum format { FORMAT_POINTS, FORMAT_COLUMNS, FORMAT_CSV };

static bool read_format(struct http_request *request, enum format *out)
{
	static const char *const words[] = { "points", "columns", "csv" };
	const char *format = http_request_query(request, "format");

	*out = FORMAT_POINTS;
	if (format == NULL)
		return true;
	for (int i = 0; i < 3; i++)
		if (strcmp(format, words[i]) == 0) {
			*out = (enum format)i;
			return true;
		}
	http_respond_problem(request, 400,
			     "query parameter format: points, columns or csv is wanted");
	return false;
}

static bool read_wanted(struct api *api, struct http_request *request, enum format *format,
			struct api_series_wanted *wanted)
{
	static const int64_t points[] = { POINTS_STANDARD, COLUMNS_STANDARD, CSV_STANDARD };

	if (!read_format(request, format) ||
	    !api_read_range(api, request, points[*format], &wanted->range))
		return false;
	if (*format == FORMAT_COLUMNS) {
		wanted->form = API_SERIES_BUCKETS;
		wanted->fields = api_columns_fields(wanted->kind);
	} else {
		wanted->form = *format == FORMAT_CSV && !wanted->range.has_points ? API_SERIES_ALL
										  : API_SERIES_THIN;
	}
	return true;
}

static void write_times(const struct api_range *range, struct bw_json *json)
{
	api_write_ms(json, "from", range->from);
	api_write_ms(json, "to", range->to);
	api_write_ms(json, "now", range->now);
}

/* What of the system's columns is known to the loop alone. */
static void write_settings(struct api *api, const struct api_range *range, struct bw_json *json)
{
	bw_json_member_int(json, "interval_ms", engine_settings(api->engine)->refresh_us / 1000);
	api_ribbon_maintenance(api, range, json);
}

/* --- from memory --- */

static struct series_cell cell_of(double value)
{
	if (value != value)
		return (struct series_cell){ .type = SERIES_ABSENT };
	return (struct series_cell){ SERIES_REAL, { .real = value } };
}

static struct series_cell cell_of_number(struct bw_number number)
{
	if (number.is_integer)
		return (struct series_cell){ SERIES_INTEGER, { .integer = number.integer } };
	return cell_of(number.value);
}

static void add_point(const struct bw_history_point *point, struct series_rows *rows)
{
	struct series_cell cells[SERIES_SYSTEM_FIELDS] = {
		[SERIES_SYSTEM_HOLD] = { SERIES_INTEGER, { .integer = 1 } },
		[SERIES_SYSTEM_HEALTH_SCORE] = cell_of(point->health_score),
		[SERIES_SYSTEM_AVAILABILITY] = cell_of(point->availability),
		[SERIES_SYSTEM_RESPONSE_TIME] = cell_of(point->response_time),
		[SERIES_SYSTEM_CIRCUIT_BREAKER_HEALTH] = cell_of(point->circuit_breaker_health),
		[SERIES_SYSTEM_CPU_USAGE] = cell_of_number(point->cpu_usage),
		[SERIES_SYSTEM_MEMORY_USAGE] = cell_of_number(point->memory_usage),
	};

	xalloc_must(series_rows_add(rows, point->time.us, cells));
}

static void rows_of_memory(const struct bw_history *history, const struct api_range *range,
			   struct series_rows *rows)
{
	size_t count = bw_history_count(history);

	series_rows_init(rows, SERIES_SYSTEM_FIELDS);
	for (size_t i = 0; i < count; i++) {
		const struct bw_history_point *point = bw_history_get(history, i);

		if (point->time.us >= range->from.us && point->time.us <= range->to.us)
			add_point(point, rows);
	}
}

static void write_columns_of_memory(struct api *api, const struct api_series_wanted *wanted,
				    const struct api_series *series, struct bw_json *json)
{
	write_times(&wanted->range, json);
	write_settings(api, &wanted->range, json);
	api_columns_write(series, json);
	api_ribbon_of_journal(api, &wanted->range, json);
}

static void respond_from_memory(struct api *api, struct http_request *request, enum format format,
				const struct api_series_wanted *wanted)
{
	struct api_series series = { 0 };
	struct series_rows rows;
	struct bw_error err;
	struct bw_buf buf;
	struct bw_json json;

	rows_of_memory(bw_dashboard_history(engine_dashboard(api->engine)), &wanted->range, &rows);
	xalloc_must(api_series_of_rows(wanted, &rows, &series, &err));
	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	if (format == FORMAT_COLUMNS)
		write_columns_of_memory(api, wanted, &series, &json);
	else
		api_points_write(&series, NULL, &json);
	bw_json_object_end(&json);
	api_series_finish(&series);
	api_respond_json(request, 200, &buf);
}

/* --- from the store --- */

struct history_ask {
	struct api_ask ask;
	struct api_series_wanted wanted; /* its name is `name` */
	char *name;
	enum format format;
	bool is_listed;         /* the configuration or the page has it, kept or not */
	struct bw_buf settings; /* members of write_settings() */
};

static void destroy(struct api_ask *ask)
{
	struct history_ask *history = (struct history_ask *)ask;

	bw_buf_finish(&history->settings);
	free(history->name);
	free(history);
}

static enum bw_status write_columns(struct history_ask *history, struct store_view *view,
				    const struct api_series *series, struct bw_error *err)
{
	const struct api_timeline timeline = { series->kind, &series->timeline, series->from.us,
					       api_series_end_us(series) };
	enum bw_status status = BW_OK;
	struct bw_gap_list gaps = { 0 };
	struct bw_json json;

	bw_json_init(&json, &history->ask.answer);
	bw_json_object_begin(&json);
	if (series->kind != SERIES_SYSTEM)
		bw_json_member_string(&json, series_schema(series->kind)->name, history->name);
	write_times(&history->wanted.range, &json);
	if (series->kind == SERIES_SYSTEM)
		bw_json_raw_members(&json, history->settings.data, history->settings.len);
	api_columns_write(series, &json);
	if (series->kind == SERIES_SYSTEM) {
		status = api_ribbon_of_store(view, series, &json, err);
	} else {
		bw_json_key(&json, "strip");
		api_timeline_write_states(&timeline, &json);
		api_timeline_gaps(&timeline, &gaps);
		api_write_gaps(&gaps, series->from, false, &json);
		bw_json_key(&json, "maintenance");
		api_timeline_write_maintenance(&timeline, &json);
		bw_gap_list_finish(&gaps);
	}
	bw_json_object_end(&json);
	return status;
}

static void write_points(struct history_ask *history, struct store_view *view,
			 const struct api_series *series)
{
	struct bw_json json;

	bw_json_init(&json, &history->ask.answer);
	bw_json_object_begin(&json);
	if (series->kind != SERIES_SYSTEM)
		bw_json_member_string(&json, series_schema(series->kind)->name, history->name);
	api_points_write(series, view, &json);
	bw_json_object_end(&json);
}

static enum bw_status write_answer(struct history_ask *history, struct store_view *view,
				   const struct api_series *series, struct bw_error *err)
{
	if (!series->is_known && !history->is_listed)
		return bw_fail(err, BW_ENOTFOUND,
			       "there is no %s of that name, and nothing is kept of one",
			       series_schema(series->kind)->name);
	if (history->format == FORMAT_COLUMNS)
		return write_columns(history, view, series, err);
	if (history->format == FORMAT_CSV)
		api_csv_write(series, view, &history->ask.answer);
	else
		write_points(history, view, series);
	return BW_OK;
}

static enum bw_status work(struct api_ask *ask, struct store_view *view, struct bw_error *err)
{
	struct history_ask *history = (struct history_ask *)ask;
	struct api_series series = { 0 };
	enum bw_status status = api_series_read(view, &history->wanted, &series, err);

	if (status == BW_OK)
		status = write_answer(history, view, &series, err);
	api_series_finish(&series);
	return status;
}

static void respond_from_store(struct api *api, struct http_request *request, enum format format,
			       const struct api_series_wanted *wanted, bool is_listed)
{
	struct history_ask *history = xcalloc(1, sizeof(*history));
	struct bw_json json;

	history->ask = (struct api_ask){ .request = request, .work = work, .destroy = destroy };
	if (format == FORMAT_CSV)
		history->ask.type = API_CSV_TYPE;
	history->wanted = *wanted;
	history->name = xstrdup(wanted->name);
	history->wanted.name = history->name;
	history->format = format;
	history->is_listed = is_listed;
	bw_buf_init(&history->settings, 0);
	if (wanted->kind == SERIES_SYSTEM && format == FORMAT_COLUMNS) {
		bw_json_init(&json, &history->settings);
		write_settings(api, &wanted->range, &json);
	}
	api_ask_start(api, &history->ask);
}

void api_history(struct http_request *request, void *arg)
{
	struct api *api = arg;
	struct api_series_wanted wanted = { .kind = SERIES_SYSTEM, .name = "" };
	enum format format;

	if (!read_wanted(api, request, &format, &wanted))
		return;
	if (format != FORMAT_CSV && api_range_is_recent(&wanted.range))
		respond_from_memory(api, request, format, &wanted);
	else
		respond_from_store(api, request, format, &wanted, true);
}

static void respond_named(struct api *api, struct http_request *request, enum series_kind kind,
			  bool is_listed)
{
	struct api_series_wanted wanted = { .kind = kind, .name = http_request_part(request, 0) };
	enum format format;

	if (read_wanted(api, request, &format, &wanted))
		respond_from_store(api, request, format, &wanted, is_listed);
}

void api_component_history(struct http_request *request, void *arg)
{
	struct api *api = arg;

	respond_named(api, request, SERIES_COMPONENT,
		      engine_find(api->engine, http_request_part(request, 0)) != NULL);
}

void api_breaker_history(struct http_request *request, void *arg)
{
	struct api *api = arg;

	respond_named(api, request, SERIES_BREAKER,
		      guards_find(engine_guards(api->engine), http_request_part(request, 0)) !=
			      NULL);
}

void api_host_history(struct http_request *request, void *arg)
{
	/* The path has no name: the host's series is "". */
	respond_named(arg, request, SERIES_HOST, true);
}
