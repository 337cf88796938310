/* api_history.c - the system series from memory, a component's results from the store.
 *
 * Both are thinned the same way (core/downsample.h). A component's rows come from the store's
 * thread: the request is held in a small job until the answer is there.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "core/downsample.h"
#include "daemon/api.h"

enum { POINTS_STANDARD = 500, POINTS_MIN = 3, POINTS_MAX = 20000 };

struct history_query {
	struct bw_wall from, to;
	int64_t points;
	enum bw_downsample method;
};

static bool read_query(struct api *api, struct http_request *request, struct history_query *query)
{
	const struct bw_wall now = io_loop_wall(engine_loop(api->engine));
	const struct bw_wall day_ago = { now.us - 86400 * BW_SECOND_US };
	const char *method = http_request_query(request, "method");

	if (!api_query_time(request, "from", day_ago, &query->from) ||
	    !api_query_time(request, "to", now, &query->to) ||
	    !api_query_int(request, "points", POINTS_MIN, POINTS_MAX, POINTS_STANDARD,
			   &query->points))
		return false;
	if (bw_downsample_parse(method == NULL ? "minmax" : method, &query->method) != BW_OK) {
		http_respond_problem(request, 400,
				     "query parameter method: minmax, lttb or stride is wanted");
		return false;
	}
	if (query->from.us > query->to.us) {
		http_respond_problem(request, 400,
				     "query parameters from and to: from is later than to");
		return false;
	}
	return true;
}

/* The points of a series that are to be shown. */
struct thinning {
	double *times, *values;
	size_t *kept;
	size_t count;
};

static void thinning_init(struct thinning *thinning, size_t len, size_t points)
{
	size_t room = len < 2 * points ? len : 2 * points;

	thinning->times = xcalloc(len + 1, sizeof(double));
	thinning->values = xcalloc(len + 1, sizeof(double));
	thinning->kept = xcalloc(room + points + 1, sizeof(size_t));
	thinning->count = 0;
}

static void thinning_finish(struct thinning *thinning)
{
	free(thinning->times);
	free(thinning->values);
	free(thinning->kept);
}

static void write_range(const struct history_query *query, size_t found, struct bw_json *json)
{
	bw_json_key(json, "from");
	bw_json_wall(json, query->from);
	bw_json_key(json, "to");
	bw_json_wall(json, query->to);
	bw_json_key(json, "found");
	bw_json_int(json, (int64_t)found);
}

static size_t first_after(const struct bw_history *history, struct bw_wall from)
{
	size_t nth = 0;

	while (nth < bw_history_count(history) && bw_history_get(history, nth)->time.us < from.us)
		nth++;
	return nth;
}

static void write_points(const struct bw_history *history, const struct history_query *query,
			 struct bw_json *json)
{
	size_t first = first_after(history, query->from), len = 0;
	struct thinning thinning;

	thinning_init(&thinning, bw_history_count(history) - first, (size_t)query->points);
	while (first + len < bw_history_count(history)) {
		const struct bw_history_point *point = bw_history_get(history, first + len);

		if (point->time.us > query->to.us)
			break;
		thinning.times[len] = (double)point->time.us;
		thinning.values[len++] = point->health_score;
	}
	if (len > 0)
		thinning.count = bw_downsample(query->method, thinning.times, thinning.values, len,
					       (size_t)query->points, thinning.kept);
	write_range(query, len, json);
	bw_json_key(json, "data");
	bw_json_array_begin(json);
	for (size_t i = 0; i < thinning.count; i++)
		bw_history_write_point(bw_history_get(history, first + thinning.kept[i]), json);
	bw_json_array_end(json);
	thinning_finish(&thinning);
}

void api_history(struct http_request *request, void *arg)
{
	struct api *api = arg;
	struct history_query query;
	struct bw_buf buf;
	struct bw_json json;

	if (!read_query(api, request, &query))
		return;
	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	write_points(bw_dashboard_history(engine_dashboard(api->engine)), &query, &json);
	bw_json_object_end(&json);
	api_respond_json(request, 200, &buf);
}

struct history_job {
	struct http_request *request;
	struct history_query query;
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
	struct thinning thinning;

	thinning_init(&thinning, history->count, (size_t)job->query.points);
	for (size_t i = 0; i < history->count; i++) {
		const struct store_history_row *row = &history->rows[i];

		thinning.times[i] = (double)row->time.us;
		thinning.values[i] = row->has_response ? (double)row->response_us : NAN;
	}
	if (history->count > 0)
		thinning.count =
			bw_downsample(job->query.method, thinning.times, thinning.values,
				      history->count, (size_t)job->query.points, thinning.kept);
	bw_json_key(json, "component");
	bw_json_string(json, job->name);
	write_range(&job->query, history->count, json);
	bw_json_key(json, "cut");
	bw_json_bool(json, history->cut);
	bw_json_key(json, "data");
	bw_json_array_begin(json);
	for (size_t i = 0; i < thinning.count; i++)
		write_row(&history->rows[thinning.kept[i]], json);
	bw_json_array_end(json);
	thinning_finish(&thinning);
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
	struct history_query query;
	struct history_job *job;

	if (component == NULL || !read_query(api, request, &query))
		return;
	job = xcalloc(1, sizeof(*job));
	job->request = request;
	job->query = query;
	job->name = xstrdup(component_name(component));
	if (store_query_results(engine_store(api->engine), job->name, query.from, query.to,
				STORE_ROWS_MAX, on_rows, job) == BW_OK)
		return;
	http_respond_problem(request, 503, "too many history queries are waiting; try again");
	job_destroy(job);
}
