/* api_badge.c - GET /badge/{file} and /badge/{component}/{file}.
 *
 * Only what the status page shows has a badge; a component that is hidden is one that is not there.
 *
 * The uptime of 24 hours comes from memory; that of longer times is read by the store's thread and
 * kept in the book of uptimes, so that a badge on a busy page costs a reading in five minutes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "daemon/api_ask.h"
#include "daemon/badge.h"
#include "daemon/status_history.h"
#include "daemon/uptime_book.h"

enum { MESSAGE_MAX = 64, LABEL_MAX = 32 };

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

static void respond_with(struct http_request *request, int status, const struct badge *badge,
			 bool as_json)
{
	struct bw_buf out;

	bw_buf_init(&out, 0);
	if (as_json)
		badge_write_json(badge, &out);
	else
		badge_write_svg(badge, &out);
	http_response_header(request, "Cache-Control", "public, max-age=60");
	http_response_header(request, "Cross-Origin-Resource-Policy", "cross-origin");
	api_respond_text(request, status, as_json ? "application/json" : "image/svg+xml", &out);
}

static void respond(struct http_request *request, const struct badge *badge, bool as_json)
{
	respond_with(request, badge->is_error ? 404 : 200, badge, as_json);
}

static enum badge_tone tone_of_share(int64_t usable_us, int64_t known_us)
{
	if (known_us == 0)
		return BADGE_UNKNOWN;
	if (usable_us >= known_us / 100 * 99)
		return BADGE_GOOD;
	return usable_us >= known_us / 100 * 95 ? BADGE_WARN : BADGE_BAD;
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
	badge->tone = tone_of_share(history.usable_us, history.known_us);
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
	} else if (strcmp(what, "uptime") == 0 || strcmp(what, "uptime-24h") == 0) {
		describe_uptime(api, component, message, badge);
	} else if (strcmp(what, "response-time") == 0 && settings->status_page.response_times) {
		describe_response(component, message, badge);
	} else {
		return false;
	}
	return true;
}

/* --- uptime of longer times --- */

struct uptime_ask {
	struct api_ask ask;
	char *name;
	struct bw_wall now;
	int window;
	bool as_json;
	struct uptime windows[UPTIME_WINDOWS];
};

static void destroy(struct api_ask *ask)
{
	struct uptime_ask *uptime = (struct uptime_ask *)ask;

	free(uptime->name);
	free(uptime);
}

static enum bw_status work(struct api_ask *ask, struct store_view *view, struct bw_error *err)
{
	struct uptime_ask *uptime = (struct uptime_ask *)ask;

	return uptime_windows_read(view, uptime->name, uptime->now, uptime->window + 1,
				   uptime->windows, err);
}

/* NULL: it could not be read. */
static void respond_uptime(struct http_request *request, int window, const struct uptime *known,
			   bool as_json)
{
	struct uptime uptime = { 0 };
	char text[UPTIME_TEXT_MAX], label[LABEL_MAX];

	if (known != NULL)
		uptime = *known;
	uptime_text(&uptime, text);
	snprintf(label, sizeof(label), "uptime %s", uptime_windows[window].text);
	const struct badge badge = { label, text,
				     tone_of_share(uptime.up_us, uptime.up_us + uptime.down_us),
				     false };
	respond_with(request, known != NULL ? 200 : 503, &badge, as_json);
}

static void finish(struct api_ask *ask, enum bw_status status, const struct bw_error *error)
{
	struct uptime_ask *uptime = (struct uptime_ask *)ask;
	struct api *api = ask->api;

	api->badges_asked--;
	if (status == BW_OK && api->uptimes != NULL)
		uptime_book_put(api->uptimes, uptime->name, uptime->windows, uptime->window + 1,
				io_loop_mono(engine_loop(api->engine)));
	respond_uptime(ask->request, uptime->window,
		       status == BW_OK ? &uptime->windows[uptime->window] : NULL, uptime->as_json);
}

static void ask_uptime(struct api *api, struct http_request *request, const char *name, int window,
		       bool as_json)
{
	struct uptime_ask *uptime = xcalloc(1, sizeof(*uptime));

	uptime->ask = (struct api_ask){
		.request = request, .work = work, .finish = finish, .destroy = destroy
	};
	uptime->name = xstrdup(name);
	uptime->now = io_loop_wall(engine_loop(api->engine));
	uptime->window = window;
	uptime->as_json = as_json;
	api->badges_asked++;
	api_ask_start(api, &uptime->ask);
}

static void respond_long_uptime(struct api *api, struct http_request *request, const char *name,
				int window, bool as_json)
{
	struct uptime known;
	bool is_fresh, is_known;

	is_known = uptime_book_get(api->uptimes, name, window,
				   io_loop_mono(engine_loop(api->engine)), &known, &is_fresh);
	/* Many at once get what is known: the page's own questions must not wait behind them. */
	if (is_fresh || api->badges_asked >= BADGES_ASKED_MAX)
		respond_uptime(request, window, is_known ? &known : NULL, as_json);
	else
		ask_uptime(api, request, name, window, as_json);
}

/* "uptime-7d": its position among the windows; -1: another badge. */
static int long_window_of(const char *what)
{
	static const char prefix[] = "uptime-";
	const size_t len = sizeof(prefix) - 1;
	int window = strncmp(what, prefix, len) == 0 ? uptime_window_find(what + len) : -1;

	return window > 0 ? window : -1;
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
	if (component != NULL && long_window_of(what) > 0) {
		respond_long_uptime(api, request, component_name(component), long_window_of(what),
				    as_json);
		return;
	}
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
