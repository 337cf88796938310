/* api_health.c - the small documents that load balancers, orchestrators and people's scripts ask
 * for.
 *
 * /health/live answers 200 as long as the engine's loop turns: the handler runs on it.
 * /health/ready answers 503 while a critical component is unhealthy or was never looked at.
 */
#include <string.h>

#include "daemon/api.h"

static enum bw_health overall(struct api *api)
{
	struct bw_health_tally tally;

	bw_dashboard_tally(engine_dashboard(api->engine), &tally);
	return bw_health_overall(&tally);
}

static void begin_answer(struct api *api, struct bw_buf *buf, struct bw_json *json)
{
	bw_buf_init(buf, 0);
	bw_json_init(json, buf);
	bw_json_object_begin(json);
	bw_json_key(json, "status");
	bw_json_string(json, bw_health_text(overall(api)));
	bw_json_key(json, "version");
	bw_json_string(json, BW_VERSION);
	bw_json_key(json, "timestamp");
	bw_json_wall(json, io_loop_wall(engine_loop(api->engine)));
}

void api_health(struct http_request *request, void *arg)
{
	struct api *api = arg;
	struct bw_buf buf;
	struct bw_json json;

	begin_answer(api, &buf, &json);
	bw_json_key(&json, "overview");
	bw_dashboard_write_overview(engine_dashboard(api->engine), &json);
	bw_json_object_end(&json);
	api_respond_json(request, 200, &buf);
}

static void write_components(struct api *api, struct bw_json *json)
{
	const char *fragment;
	size_t len;

	bw_json_key(json, "components");
	bw_json_object_begin(json);
	for (size_t i = 0; i < engine_component_count(api->engine); i++) {
		const char *name = component_name(engine_component(api->engine, i));

		if (!bw_dashboard_component_fragment(engine_dashboard(api->engine), name, &fragment,
						     &len))
			continue;
		bw_json_key(json, name);
		bw_json_raw(json, fragment, len);
	}
	bw_json_object_end(json);
}

void api_health_detailed(struct http_request *request, void *arg)
{
	struct api *api = arg;
	struct bw_dashboard *dashboard = engine_dashboard(api->engine);
	struct bw_buf buf;
	struct bw_json json;

	begin_answer(api, &buf, &json);
	bw_json_key(&json, "overview");
	bw_dashboard_write_overview(dashboard, &json);
	write_components(api, &json);
	bw_json_key(&json, "circuit_breakers");
	bw_dashboard_write_breakers(dashboard, &json);
	bw_json_key(&json, "resource_usage");
	bw_dashboard_write_resources(dashboard, &json);
	bw_json_object_end(&json);
	api_respond_json(request, 200, &buf);
}

void api_health_live(struct http_request *request, void *arg)
{
	struct api *api = arg;
	struct bw_buf buf;
	struct bw_json json;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	bw_json_key(&json, "status");
	bw_json_string(&json, "alive");
	bw_json_key(&json, "timestamp");
	bw_json_wall(&json, io_loop_wall(engine_loop(api->engine)));
	bw_json_object_end(&json);
	api_respond_json(request, 200, &buf);
}

void api_health_ready(struct http_request *request, void *arg)
{
	struct api *api = arg;
	const struct component *missing = engine_not_ready(api->engine);
	struct bw_buf buf;
	struct bw_json json;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	bw_json_key(&json, "status");
	bw_json_string(&json, missing == NULL ? "ready" : "not_ready");
	if (missing != NULL) {
		bw_json_key(&json, "component");
		bw_json_string(&json, component_name(missing));
		bw_json_key(&json, "component_status");
		bw_json_string(&json, bw_health_text(component_health(missing)));
	}
	bw_json_object_end(&json);
	api_respond_json(request, missing == NULL ? 200 : 503, &buf);
}

void api_metadata(struct http_request *request, void *arg)
{
	struct api *api = arg;
	struct bw_buf buf;
	struct bw_json json;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_dashboard_write_metadata(engine_dashboard(api->engine),
				    io_loop_wall(engine_loop(api->engine)), NULL, &json);
	api_respond_json(request, 200, &buf);
}
