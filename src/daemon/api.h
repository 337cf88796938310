/* api.h - the endpoints. One file a subject, one table of routes (api_routes.c).
 *
 * Handlers run on the engine's loop; each answers its request exactly once. What they need is in
 * struct api.
 */
#ifndef BW_DAEMON_API_H
#define BW_DAEMON_API_H

#include "base/buf.h"
#include "base/json_write.h"
#include "daemon/durations.h"
#include "daemon/engine.h"
#include "daemon/live.h"
#include "daemon/publish.h"
#include "daemon/status_page.h"
#include "daemon/uptime_book.h"
#include "http/server.h"
#include "remote/remote.h"

enum { BADGES_ASKED_MAX = 16 };

struct api {
	struct engine *engine;
	struct http_server *server;
	struct publisher *publisher;
	struct live *live;
	struct status_page *status_page;
	struct remote *remote;
	struct uptime_book *uptimes;
	/* Reads the configuration anew; false: it was refused and `report` (malloc()ed) says why.
	 */
	bool (*reload)(void *arg, char **report);
	void *arg;
	struct bw_mono reload_rests_until; /* POST /-/reload answers 429 before */
	bool reload_failed;                /* the latest reload changed nothing */
	int badges_asked;                  /* questions of badges under way: BADGES_ASKED_MAX */
	struct durations questions;        /* about the history, until they were answered */
	uint64_t questions_failed;         /* of them: refused, or the store could not answer */
};

/* Sorted by pattern, ended by a row without one. The argument of every handler is struct api. */
extern const struct http_route api_routes[];

/* Ends the answer: the buffer's bytes (taken) as JSON, or 500 when the buffer failed. */
void api_respond_json(struct http_request *request, int status, struct bw_buf *buf);
void api_respond_text(struct http_request *request, int status, const char *type,
		      struct bw_buf *buf);

/* A whole number in a query, `standard` when absent. false: a problem was sent already. */
bool api_query_int(struct http_request *request, const char *name, int64_t min, int64_t max,
		   int64_t standard, int64_t *out);
/* A time in a query: ISO 8601 or seconds since 1970. */
bool api_query_time(struct http_request *request, const char *name, struct bw_wall standard,
		    struct bw_wall *out);
/* "1" or "true", "0" or "false"; false when absent. */
bool api_query_flag(struct http_request *request, const char *name, bool *out);
/* `by` of the query: who orders it; NULL when nobody says. */
bool api_query_person(struct http_request *request, const char **out);
/* "a17" with the prefix 'a'; no problem is sent. */
bool api_read_id(const char *text, char prefix, uint64_t *out);
/* For the page: milliseconds since 1970. */
void api_write_ms(struct bw_json *json, const char *key, struct bw_wall time);
/* The component of the path's first {name}; NULL: 404 was sent, with a hint at the list. */
struct component *api_find_component(struct api *api, struct http_request *request);

void api_alert(struct http_request *request, void *arg);
void api_alert_ack(struct http_request *request, void *arg);
void api_alert_unack(struct http_request *request, void *arg);
void api_alert_summary(struct http_request *request, void *arg);
void api_alerts(struct http_request *request, void *arg);
void api_badge(struct http_request *request, void *arg);
void api_badge_of_all(struct http_request *request, void *arg);
void api_breaker(struct http_request *request, void *arg);
void api_breaker_disable(struct http_request *request, void *arg);
void api_breaker_enable(struct http_request *request, void *arg);
void api_breaker_force_open(struct http_request *request, void *arg);
void api_breaker_metrics_only(struct http_request *request, void *arg);
void api_breaker_open_for(struct http_request *request, void *arg);
void api_breaker_reset(struct http_request *request, void *arg);
void api_breaker_history(struct http_request *request, void *arg);
void api_breakers(struct http_request *request, void *arg);
void api_breakers_reset_all(struct http_request *request, void *arg);
void api_channel_test(struct http_request *request, void *arg);
void api_channels(struct http_request *request, void *arg);
void api_changes(struct http_request *request, void *arg);
void api_component(struct http_request *request, void *arg);
void api_component_check(struct http_request *request, void *arg);
void api_component_history(struct http_request *request, void *arg);
void api_component_report(struct http_request *request, void *arg);
void api_components(struct http_request *request, void *arg);
void api_deliveries(struct http_request *request, void *arg);
void api_extent(struct http_request *request, void *arg);
void api_health(struct http_request *request, void *arg);
void api_health_breakers(struct http_request *request, void *arg);
void api_health_detailed(struct http_request *request, void *arg);
void api_health_live(struct http_request *request, void *arg);
void api_health_ready(struct http_request *request, void *arg);
void api_history(struct http_request *request, void *arg);
void api_host_history(struct http_request *request, void *arg);
void api_live_snapshot(struct http_request *request, void *arg);
void api_maintenance(struct http_request *request, void *arg);
void api_metadata(struct http_request *request, void *arg);
void api_metrics(struct http_request *request, void *arg);
void api_region(struct http_request *request, void *arg);
void api_reload(struct http_request *request, void *arg);
void api_remote_write(struct http_request *request, void *arg);
void api_silence(struct http_request *request, void *arg);
void api_silence_add(struct http_request *request, void *arg);
void api_silence_end(struct http_request *request, void *arg);
void api_silences(struct http_request *request, void *arg);
void api_status(struct http_request *request, void *arg);
void api_strips(struct http_request *request, void *arg);
void api_uptime(struct http_request *request, void *arg);

#endif
