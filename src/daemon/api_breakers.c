/* api_breakers.c - breakers and the orders one can give them. */
#include "daemon/api.h"

#include <math.h>
#include <string.h>

#include <jansson.h>

#include "daemon/breaker_detail.h"

#define OPEN_FOR_MAX_S 31536000.0 /* a year, as all times of a breaker */

static void write_breakers(struct api *api, struct http_request *request)
{
	struct bw_buf buf;
	struct bw_json json;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_dashboard_write_breakers(engine_dashboard(api->engine), &json);
	api_respond_json(request, 200, &buf);
}

static struct guard *find_guard(struct api *api, struct http_request *request)
{
	struct guard *guard =
		guards_find(engine_guards(api->engine), http_request_part(request, 0));

	if (guard == NULL)
		http_respond_problem(request, 404,
				     "there is no breaker of that name; /api/v1/breakers lists "
				     "them");
	return guard;
}

static void write_breaker(struct api *api, struct http_request *request, const struct guard *guard)
{
	const char *fragment;
	struct bw_buf buf;
	struct bw_json json;
	size_t len;

	if (!bw_dashboard_breaker_fragment(engine_dashboard(api->engine), guard_name(guard),
					   &fragment, &len)) {
		http_respond_problem(request, 503, "the breaker is not measured yet; try again");
		return;
	}
	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	bw_json_key(&json, "name");
	bw_json_string(&json, guard_name(guard));
	bw_json_key(&json, "breaker");
	bw_json_raw(&json, fragment, len);
	breaker_detail_write(guard, io_loop_wall(engine_loop(api->engine)), &json);
	bw_json_object_end(&json);
	api_respond_json(request, 200, &buf);
}

/* false: a problem was sent. */
static bool command(struct api *api, struct http_request *request, struct guard *guard,
		    enum guard_order order, int64_t duration_us)
{
	enum bw_status status = engine_guard_command(api->engine, guard, order, duration_us);

	if (status == BW_EACCES)
		http_respond_problem(request, 403,
				     "breaker %s belongs to another user: the daemon may look at "
				     "it, but not give it orders",
				     guard_name(guard));
	else if (status != BW_OK)
		http_respond_problem(request, 503, "breaker %s took no order: %s",
				     guard_name(guard), bw_status_text(status));
	return status == BW_OK;
}

static void give_order(struct http_request *request, struct api *api, enum guard_order order)
{
	struct guard *guard = find_guard(api, request);

	if (guard != NULL && command(api, request, guard, order, 0))
		write_breaker(api, request, guard);
}

void api_breakers(struct http_request *request, void *arg)
{
	write_breakers(arg, request);
}

void api_health_breakers(struct http_request *request, void *arg)
{
	write_breakers(arg, request);
}

void api_breaker(struct http_request *request, void *arg)
{
	struct guard *guard = find_guard(arg, request);

	if (guard != NULL)
		write_breaker(arg, request, guard);
}

void api_breaker_disable(struct http_request *request, void *arg)
{
	give_order(request, arg, GUARD_DISABLE);
}

void api_breaker_enable(struct http_request *request, void *arg)
{
	give_order(request, arg, GUARD_ENABLE);
}

void api_breaker_force_open(struct http_request *request, void *arg)
{
	give_order(request, arg, GUARD_FORCE_OPEN);
}

void api_breaker_metrics_only(struct http_request *request, void *arg)
{
	give_order(request, arg, GUARD_METRICS_ONLY);
}

void api_breaker_reset(struct http_request *request, void *arg)
{
	give_order(request, arg, GUARD_RESET);
}

/* {"seconds": 30} and nothing else; false: a problem was sent. */
static bool read_seconds(struct http_request *request, int64_t *out_us)
{
	json_error_t error;
	size_t len;
	const char *body = http_request_body(request, &len);
	json_t *object = json_loadb(body == NULL ? "" : body, len, JSON_REJECT_DUPLICATES, &error);
	const json_t *value = json_object_get(object, "seconds");
	double seconds = json_number_value(value);
	bool good = json_object_size(object) == 1 && json_is_number(value) && seconds > 0 &&
		    seconds <= OPEN_FOR_MAX_S;

	if (good)
		*out_us = llround(seconds * 1e6);
	else
		http_respond_problem(request, 400,
				     "the body: {\"seconds\": N} is wanted, N above 0 and at most "
				     "a year");
	json_decref(object);
	return good;
}

void api_breaker_open_for(struct http_request *request, void *arg)
{
	struct api *api = arg;
	struct guard *guard = find_guard(api, request);
	int64_t duration_us;

	if (guard == NULL || !read_seconds(request, &duration_us))
		return;
	if (command(api, request, guard, GUARD_OPEN_FOR, duration_us))
		write_breaker(api, request, guard);
}

void api_breakers_reset_all(struct http_request *request, void *arg)
{
	struct api *api = arg;
	struct guard *guard;
	size_t cursor = 0;

	while ((guard = guards_next(engine_guards(api->engine), &cursor)) != NULL) {
		if (!command(api, request, guard, GUARD_RESET, 0))
			return;
	}
	write_breakers(api, request);
}

static const char *region_word(const struct shared_region *region)
{
	if (!shared_region_is_wanted(region))
		return "private";
	if (shared_region_get(region) == NULL)
		return "unusable";
	return shared_region_is_writable(region) ? "shared" : "read_only";
}

static void write_region_counts(const struct shared_region *region, struct bw_json *json)
{
	struct bw_region_info info = { 0 };

	if (shared_region_get(region) != NULL)
		bw_region_info(shared_region_get(region), &info);
	bw_json_key(json, "breakers");
	bw_json_int(json, info.breakers);
	bw_json_key(json, "breakers_max");
	bw_json_int(json, info.breakers_max);
	bw_json_key(json, "workers");
	bw_json_int(json, info.workers);
	bw_json_key(json, "workers_max");
	bw_json_int(json, info.workers_max);
	bw_json_key(json, "corrupt");
	bw_json_int(json, (int64_t)info.corrupt);
}

void api_region(struct http_request *request, void *arg)
{
	struct api *api = arg;
	const struct guards *guards = engine_guards(api->engine);
	const struct shared_region *region = guards_region(guards);
	const char *notice = engine_breaker_notice(api->engine);
	struct bw_buf buf;
	struct bw_json json;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	bw_json_key(&json, "state");
	bw_json_string(&json, region_word(region));
	bw_json_key(&json, "path");
	bw_json_string(&json, shared_region_is_wanted(region) ? shared_region_path(region) : NULL);
	write_region_counts(region, &json);
	bw_json_key(&json, "left_out");
	bw_json_int(&json, (int64_t)guards_left_out(guards));
	bw_json_key(&json, "notice");
	bw_json_string(&json, notice[0] == '\0' ? NULL : notice);
	bw_json_object_end(&json);
	api_respond_json(request, 200, &buf);
}
