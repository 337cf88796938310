/* api_range.c - see api_range.h. */
#include "daemon/api_range.h"

#include <stdlib.h>

#include "base/xalloc.h"

enum { POINTS_MIN = 3, POINTS_MAX = 20000 };

bool api_read_times(struct api *api, struct http_request *request, struct api_range *out)
{
	const struct bw_wall now = io_loop_wall(engine_loop(api->engine));
	const struct bw_wall day_ago = { now.us - 86400 * BW_SECOND_US };

	out->now = now;
	if (!api_query_time(request, "from", day_ago, &out->from) ||
	    !api_query_time(request, "to", now, &out->to))
		return false;
	if (out->from.us > out->to.us) {
		http_respond_problem(request, 400,
				     "query parameters from and to: from is later than to");
		return false;
	}
	return true;
}

bool api_read_range(struct api *api, struct http_request *request, int64_t points,
		    struct api_range *out)
{
	const char *method = http_request_query(request, "method");

	if (!api_read_times(api, request, out) ||
	    !api_query_int(request, "points", POINTS_MIN, POINTS_MAX, points, &out->points))
		return false;
	if (bw_downsample_parse(method == NULL ? "minmax" : method, &out->method) != BW_OK) {
		http_respond_problem(request, 400,
				     "query parameter method: minmax, lttb or stride is wanted");
		return false;
	}
	return true;
}

void api_thinning_init(struct api_thinning *thinning, size_t len, size_t points)
{
	size_t room = len < 2 * points ? len : 2 * points;

	*thinning = (struct api_thinning){ 0 };
	thinning->times = xcalloc(len + 1, sizeof(double));
	thinning->values = xcalloc(len + 1, sizeof(double));
	thinning->kept = xcalloc(room + points + 1, sizeof(size_t));
}

void api_thinning_finish(struct api_thinning *thinning)
{
	free(thinning->times);
	free(thinning->values);
	free(thinning->kept);
}

static size_t first_after(const struct bw_history *history, struct bw_wall from)
{
	size_t nth = 0;

	while (nth < bw_history_count(history) && bw_history_get(history, nth)->time.us < from.us)
		nth++;
	return nth;
}

void api_thin_points(const struct bw_history *history, const struct api_range *range,
		     struct api_thinning *out)
{
	size_t count = bw_history_count(history);
	size_t first = first_after(history, range->from), len = 0;

	api_thinning_init(out, count - first, (size_t)range->points);
	while (first + len < count) {
		const struct bw_history_point *point = bw_history_get(history, first + len);

		if (point->time.us > range->to.us)
			break;
		out->times[len] = (double)point->time.us;
		out->values[len++] = point->health_score;
	}
	out->first = first;
	out->found = len;
	if (len > 0)
		out->count = bw_downsample(range->method, out->times, out->values, len,
					   (size_t)range->points, out->kept);
}
