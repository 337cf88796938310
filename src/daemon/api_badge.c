/* api_badge.c - GET /badge/{file} and /badge/{component}/{file}.
 *
 * Only what the status page shows has a badge; a component that is hidden is one that is not there.
 */
#include <stdio.h>
#include <string.h>

#include "base/xalloc.h"
#include "daemon/api.h"
#include "daemon/badge.h"
#include "daemon/status_history.h"

enum { MESSAGE_MAX = 64 };

static enum badge_tone tone_of(enum bw_health health)
{
	switch (health) {
	case BW_HEALTH_HEALTHY:
		return BADGE_GOOD;
	case BW_HEALTH_DEGRADED:
		return BADGE_WARN;
	case BW_HEALTH_UNHEALTHY:
		return BADGE_BAD;
	default:
		return BADGE_UNKNOWN;
	}
}

static void respond(struct http_request *request, const struct badge *badge, bool as_json)
{
	struct bw_buf out;

	bw_buf_init(&out, 0);
	if (as_json)
		badge_write_json(badge, &out);
	else
		badge_write_svg(badge, &out);
	http_response_header(request, "Cache-Control", "public, max-age=60");
	http_response_header(request, "Cross-Origin-Resource-Policy", "cross-origin");
	api_respond_text(request, badge->is_error ? 404 : 200,
			 as_json ? "application/json" : "image/svg+xml", &out);
}

static void describe_uptime(const struct api *api, const struct component *component,
			    char message[MESSAGE_MAX], struct badge *badge)
{
	const struct bw_journal *journal = engine_journal(api->engine);
	struct bw_wall now = io_loop_wall(engine_loop(api->engine));
	struct status_history history;
	struct bw_gap_list gaps = { 0 };
	char text[STATUS_UPTIME_TEXT_MAX];

	xalloc_must(bw_journal_gaps(journal, status_history_start(now), now, &gaps));
	status_history_of(journal, component_name(component), &gaps, now, &history);
	bw_gap_list_finish(&gaps);
	status_uptime_text(&history, text);
	snprintf(message, MESSAGE_MAX, "%s", text);
	badge->label = "uptime 24 h";
	badge->tone = history.known_us == 0                              ? BADGE_UNKNOWN
		      : history.usable_us >= history.known_us / 100 * 99 ? BADGE_GOOD
		      : history.usable_us >= history.known_us / 100 * 95 ? BADGE_WARN
									 : BADGE_BAD;
}

static void describe_response(const struct component *component, char message[MESSAGE_MAX],
			      struct badge *badge)
{
	struct store_state state;

	component_state(component, &state);
	if (state.has_response)
		status_response_text(state.response_us, message);
	else
		snprintf(message, MESSAGE_MAX, "–");
	badge->label = "response";
	badge->tone = state.has_response ? tone_of(state.health) : BADGE_UNKNOWN;
}

/* false: there is no such badge. */
static bool describe(const struct api *api, const struct component *component, const char *what,
		     char message[MESSAGE_MAX], struct badge *badge)
{
	const struct daemon_settings *settings = engine_settings(api->engine);

	if (strcmp(what, "status") == 0) {
		snprintf(message, MESSAGE_MAX, "%s", bw_health_text(component_health(component)));
		badge->label = component_name(component);
		badge->tone = tone_of(component_health(component));
	} else if (strcmp(what, "uptime") == 0) {
		describe_uptime(api, component, message, badge);
	} else if (strcmp(what, "response-time") == 0 && settings->status_page.response_times) {
		describe_response(component, message, badge);
	} else {
		return false;
	}
	return true;
}

void api_badge(struct http_request *request, void *arg)
{
	struct api *api = arg;
	const struct daemon_settings *settings = engine_settings(api->engine);
	const struct component *component = engine_find(api->engine, http_request_part(request, 0));
	char what[BADGE_WHAT_MAX] = "", message[MESSAGE_MAX] = "no such badge";
	struct badge badge = { .message = message, .label = "badge", .tone = BADGE_UNKNOWN };
	bool as_json = false, is_known = badge_parse(http_request_part(request, 1), what, &as_json);

	if (component != NULL &&
	    (!settings->status_page.enabled || !component_settings(component)->is_public))
		component = NULL;
	if (component == NULL)
		snprintf(message, sizeof(message), "no such component");
	badge.is_error =
		component == NULL || !is_known || !describe(api, component, what, message, &badge);
	respond(request, &badge, as_json);
}

void api_badge_of_all(struct http_request *request, void *arg)
{
	struct api *api = arg;
	char what[BADGE_WHAT_MAX] = "";
	struct bw_health_tally tally;
	bool as_json = false, is_known = badge_parse(http_request_part(request, 0), what, &as_json);

	status_tally(api->engine, &tally);
	enum bw_health health = bw_health_overall(&tally);
	struct badge badge = { "status", bw_health_text(health), tone_of(health), false };
	if (!is_known || strcmp(what, "status") != 0 ||
	    !engine_settings(api->engine)->status_page.enabled)
		badge = (struct badge){ "badge", "no such badge", BADGE_UNKNOWN, true };
	respond(request, &badge, as_json);
}
