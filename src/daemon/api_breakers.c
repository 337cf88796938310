/* api_breakers.c - breakers and the orders one can give them. */
#include "daemon/api.h"

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
	bw_json_object_end(&json);
	api_respond_json(request, 200, &buf);
}

static void give_order(struct http_request *request, struct api *api, enum guard_order order)
{
	struct guard *guard = find_guard(api, request);

	if (guard == NULL)
		return;
	engine_guard_command(api->engine, guard, order);
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

void api_breaker_reset(struct http_request *request, void *arg)
{
	give_order(request, arg, GUARD_RESET);
}

void api_breakers_reset_all(struct http_request *request, void *arg)
{
	struct api *api = arg;
	struct guard *guard;
	size_t cursor = 0;

	while ((guard = guards_next(engine_guards(api->engine), &cursor)) != NULL)
		engine_guard_command(api->engine, guard, GUARD_RESET);
	write_breakers(api, request);
}
