/* api_status.c - GET /status.
 *
 * The page renews itself by a header, which readers can do without (?still): a page that reloads
 * under a screen reader must be able to stop.
 */
#include "daemon/api.h"

void api_status(struct http_request *request, void *arg)
{
	struct api *api = arg;

	if (!engine_settings(api->engine)->status_page.enabled) {
		http_respond_problem(request, 404, "there is nothing at this path");
		return;
	}
	bool is_still = http_request_query(request, "still") != NULL;
	struct http_body *body =
		status_page_body(api->status_page, api->engine, api->uptimes, is_still);
	if (!is_still)
		http_response_header(request, "Refresh", "60");
	http_response_header(request, "Cache-Control", "public, max-age=5");
	http_respond(request, 200, body);
	http_body_release(body);
}
