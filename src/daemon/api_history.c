/* api_history.c - the system series from memory, a component's results from the store.
 *
 * Both are thinned the same way (api_range.h). A component's rows come from the store's
 * thread: the request is held in a small job until the answer is there.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "core/downsample.h"
#include "daemon/api.h"
#include "daemon/api_range.h"

enum { POINTS_STANDARD = 500 };

static void write_range(const struct api_range *range, size_t found, struct bw_json *json)
{
	bw_json_key(json, "from");
	bw_json_wall(json, range->from);
	bw_json_key(json, "to");
	bw_json_wall(json, range->to);
	bw_json_key(json, "found");
	bw_json_int(json, (int64_t)found);
}

static void write_points(const struct bw_history *history, const struct api_range *range,
			 struct bw_json *json)
{
	struct api_thinning thinning;

	api_thin_points(history, range, &thinning);
	write_range(range, thinning.found, json);
	bw_json_key(json, "data");
	bw_json_array_begin(json);
	for (size_t i = 0; i < thinning.count; i++)
		bw_history_write_point(bw_history_get(history, thinning.first + thinning.kept[i]),
				       json);
	bw_json_array_end(json);
	api_thinning_finish(&thinning);
}

void api_history(struct http_request *request, void *arg)
{
	struct api *api = arg;
	const char *format = http_request_query(request, "format");
	struct api_range range;
	struct bw_buf buf;
	struct bw_json json;

	if (format != NULL && strcmp(format, "columns") == 0) {
		api_history_columns(request, api);
		return;
	}
	if (format != NULL && strcmp(format, "points") != 0) {
		http_respond_problem(request, 400,
				     "query parameter format: points or columns is wanted");
		return;
	}
	if (!api_read_range(api, request, POINTS_STANDARD, &range))
		return;
	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	write_points(bw_dashboard_history(engine_dashboard(api->engine)), &range, &json);
	bw_json_object_end(&json);
	api_respond_json(request, 200, &buf);
}

struct history_job {
	struct http_request *request;
	struct api_range range;
	char *name;
};

static void job_destroy(struct history_job *job)
{
	free(job->name);
	free(job);
}

static void write_row(const struct store_history_row *row, struct bw_json *json)
{
	bw_json_object_begin(json);
	bw_json_key(json, "timestamp");
	bw_json_wall(json, row->time);
	bw_json_key(json, "status");
	bw_json_string(json, bw_health_text(row->health));
	bw_json_key(json, "response_time_ms");
	bw_json_double(json, row->has_response ? (double)row->response_us / 1000.0 : NAN);
	if (row->error != NULL) {
		bw_json_key(json, "error_message");
		bw_json_string(json, row->error);
	}
	bw_json_object_end(json);
}

static void write_rows(const struct history_job *job, const struct store_history *history,
		       struct bw_json *json)
{
	struct api_thinning thinning;

	api_thinning_init(&thinning, history->count, (size_t)job->range.points);
	for (size_t i = 0; i < history->count; i++) {
		const struct store_history_row *row = &history->rows[i];

		thinning.times[i] = (double)row->time.us;
		thinning.values[i] = row->has_response ? (double)row->response_us : NAN;
	}
	if (history->count > 0)
		thinning.count =
			bw_downsample(job->range.method, thinning.times, thinning.values,
				      history->count, (size_t)job->range.points, thinning.kept);
	bw_json_key(json, "component");
	bw_json_string(json, job->name);
	write_range(&job->range, history->count, json);
	bw_json_key(json, "cut");
	bw_json_bool(json, history->cut);
	bw_json_key(json, "data");
	bw_json_array_begin(json);
	for (size_t i = 0; i < thinning.count; i++)
		write_row(&history->rows[thinning.kept[i]], json);
	bw_json_array_end(json);
	api_thinning_finish(&thinning);
}

static void on_rows(void *arg, const struct store_history *history, const struct bw_error *error)
{
	struct history_job *job = arg;
	struct bw_buf buf;
	struct bw_json json;

	if (error != NULL) {
		http_respond_problem(job->request, 503, "%s", error->text);
		job_destroy(job);
		return;
	}
	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	write_rows(job, history, &json);
	bw_json_object_end(&json);
	api_respond_json(job->request, 200, &buf);
	job_destroy(job);
}

void api_component_history(struct http_request *request, void *arg)
{
	struct api *api = arg;
	struct component *component = api_find_component(api, request);
	struct api_range range;
	struct history_job *job;

	if (component == NULL || !api_read_range(api, request, POINTS_STANDARD, &range))
		return;
	job = xcalloc(1, sizeof(*job));
	job->request = request;
	job->range = range;
	job->name = xstrdup(component_name(component));
	if (store_query_results(engine_store(api->engine), job->name, range.from, range.to,
				STORE_ROWS_MAX, on_rows, job) == BW_OK)
		return;
	http_respond_problem(request, 503, "too many history queries are waiting; try again");
	job_destroy(job);
}
