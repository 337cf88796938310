/* api_live.c - GET /api/v1/live/snapshot. */
#include "daemon/api.h"

void api_live_snapshot(struct http_request *request, void *arg)
{
	struct api *api = arg;
	struct http_body *body = live_snapshot(api->live);

	http_response_header(request, "Cache-Control", "no-cache");
	http_respond(request, 200, body);
	http_body_release(body);
}
