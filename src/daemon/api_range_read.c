/* api_range_read.c - see api_range.h: what a query says. */
#include "daemon/api_range.h"

enum { POINTS_MIN = 3, POINTS_MAX = 20000 };

static bool read_span(struct http_request *request, const char *text, struct api_range *out)
{
	int64_t us;

	if (http_request_query(request, "from") != NULL ||
	    http_request_query(request, "to") != NULL) {
		http_respond_problem(
			request, 400,
			"query parameter range: it says from and to; both are too much");
		return false;
	}
	if (api_range_parse(text, &us) != BW_OK) {
		http_respond_problem(request, 400,
				     "query parameter range: 24h, 7d, 90d, 1y or another duration "
				     "from 1s to 100y is wanted");
		return false;
	}
	out->to = out->now;
	out->from.us = out->now.us - us > 0 ? out->now.us - us : 0;
	return true;
}

bool api_read_times(struct api *api, struct http_request *request, struct api_range *out)
{
	const struct bw_wall now = io_loop_wall(engine_loop(api->engine));
	const char *span = http_request_query(request, "range");

	out->now = now;
	if (span != NULL)
		return read_span(request, span, out);
	if (!api_query_time(request, "from", (struct bw_wall){ now.us - API_DAY_US }, &out->from) ||
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
	out->has_points = http_request_query(request, "points") != NULL;
	if (bw_downsample_parse(method == NULL ? "minmax" : method, &out->method) != BW_OK) {
		http_respond_problem(request, 400,
				     "query parameter method: minmax, lttb or stride is wanted");
		return false;
	}
	return true;
}
