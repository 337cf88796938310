/* api_alerts.c - what is firing, what was, and how many; and who has taken an alert. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "daemon/alert_views.h"
#include "daemon/alerting.h"
#include "daemon/api_body.h"

enum { LIMIT_STANDARD = 1000, LIMIT_MAX = 20000, DELIVERIES_MAX = 50 };

/* What a query asks for. An alert is shown when one of `wanted` is true of it. */
struct wanted {
	bool pending, firing, acked, silenced, resolved;
	bool has_severity;
	enum bw_severity severity;
	struct matchers *matchers; /* NULL: any */
	int64_t limit;
};

static bool want_state(struct wanted *wanted, const char *word, size_t len)
{
	const struct {
		const char *word;
		bool *flag;
	} states[] = {
		{ "pending", &wanted->pending },   { "firing", &wanted->firing },
		{ "acked", &wanted->acked },       { "silenced", &wanted->silenced },
		{ "resolved", &wanted->resolved },
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (strlen(states[i].word) == len && strncmp(states[i].word, word, len) == 0) {
			*states[i].flag = true;
			return true;
		}
	}
	return false;
}

static bool read_states(struct http_request *request, struct wanted *wanted)
{
	const char *at = http_request_query(request, "state");

	if (at == NULL) {
		wanted->firing = wanted->resolved = true;
		return true;
	}
	for (;;) {
		size_t len = strcspn(at, ",");

		if (!want_state(wanted, at, len)) {
			http_respond_problem(request, 400,
					     "query parameter state: pending, firing, acked, "
					     "silenced or resolved is wanted, or several of them "
					     "with commas between them");
			return false;
		}
		if (at[len] == '\0')
			return true;
		at += len + 1;
	}
}

static bool read_severity(struct http_request *request, struct wanted *wanted)
{
	const char *text = http_request_query(request, "severity");

	for (int severity = 0; text != NULL && severity <= BW_SEVERITY_CRITICAL; severity++) {
		if (strcmp(text, bw_severity_text((enum bw_severity)severity)) == 0) {
			wanted->has_severity = true;
			wanted->severity = (enum bw_severity)severity;
		}
	}
	if (text == NULL || wanted->has_severity)
		return true;
	http_respond_problem(request, 400,
			     "query parameter severity: info, warning or critical is wanted");
	return false;
}

static bool read_matchers(struct http_request *request, struct wanted *wanted)
{
	const char *texts[MATCHERS_MAX + 1];
	struct bw_error err = { "" };
	size_t count = 0;

	while (count <= MATCHERS_MAX &&
	       (texts[count] = http_request_query_nth(request, "match", (int)count)) != NULL)
		count++;
	if (count == 0)
		return true;
	if (count <= MATCHERS_MAX && matchers_parse(texts, count, &wanted->matchers, &err) == BW_OK)
		return true;
	if (count > MATCHERS_MAX)
		http_respond_problem(request, 400, "query parameter match: at most %d are allowed",
				     MATCHERS_MAX);
	else
		http_respond_problem(request, 400, "query parameter match: %s", err.text);
	return false;
}

static bool fires(const struct alert *alert)
{
	return alert->state == ALERT_FIRING || alert->state == ALERT_RECOVERING;
}

static bool is_wanted(const struct alerts *alerts, const struct wanted *wanted,
		      const struct alert *alert)
{
	bool state = (fires(alert) && (wanted->firing || (wanted->acked && alert->ack != NULL) ||
				       (wanted->silenced && alert->quiet.kind != ALERT_LOUD))) ||
		     (wanted->pending && alert->state == ALERT_PENDING) ||
		     (wanted->resolved && alert->state == ALERT_RESOLVED);

	return state && (!wanted->has_severity || alert->severity == wanted->severity) &&
	       (wanted->matchers == NULL || alerts_match(alerts, wanted->matchers, alert));
}

/* How many were left out for the limit. */
static size_t write_alerts(const struct engine *engine, const struct wanted *wanted,
			   struct bw_json *json)
{
	const struct alerts *alerts = engine_alerts(engine);
	const unsigned order[] = { ALERT_RANK_FIRING, 1U << ALERT_PENDING, 1U << ALERT_RESOLVED };
	const struct alert *alert;
	int64_t count = 0;

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		size_t cursor = 0;

		while ((alert = alerts_next(alerts, order[i], &cursor)) != NULL) {
			if (is_wanted(alerts, wanted, alert) && count++ < wanted->limit)
				alert_view_write(engine, alert, json);
		}
	}
	return count > wanted->limit ? (size_t)(count - wanted->limit) : 0;
}

static void respond_alerts(struct http_request *request, const struct engine *engine,
			   const struct wanted *wanted)
{
	struct bw_buf buf;
	struct bw_json json;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	bw_json_key(&json, "alerts");
	bw_json_array_begin(&json);
	size_t more = write_alerts(engine, wanted, &json);
	bw_json_array_end(&json);
	bw_json_member_int(&json, "more", (int64_t)more);
	bw_json_object_end(&json);
	api_respond_json(request, 200, &buf);
}

void api_alerts(struct http_request *request, void *arg)
{
	const struct api *api = arg;
	struct wanted wanted = { .limit = 0 };

	if (read_states(request, &wanted) && read_severity(request, &wanted) &&
	    api_query_int(request, "limit", 1, LIMIT_MAX, LIMIT_STANDARD, &wanted.limit) &&
	    read_matchers(request, &wanted))
		respond_alerts(request, api->engine, &wanted);
	matchers_destroy(wanted.matchers);
}

void api_alert_summary(struct http_request *request, void *arg)
{
	const struct api *api = arg;
	struct bw_buf buf;
	struct bw_json json;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	alert_view_write_summary(engine_alerts(api->engine), io_loop_wall(engine_loop(api->engine)),
				 &json);
	api_respond_json(request, 200, &buf);
}

/* The alert of the path's {id}; NULL: 404 was sent. */
static const struct alert *find_alert(struct api *api, struct http_request *request)
{
	const struct alert *alert = NULL;
	uint64_t id;

	if (api_read_id(http_request_part(request, 0), 'a', &id))
		alert = alerts_get(engine_alerts(api->engine), id);
	if (alert == NULL || alert->state == ALERT_OK) {
		http_respond_problem(request, 404,
				     "there is no alert of that id; /api/v1/alerts lists them");
		return NULL;
	}
	return alert;
}

/* alert_write() with two members more. */
static void respond_alert(struct api *api, struct http_request *request, const struct alert *alert)
{
	struct bw_buf buf, members;
	struct bw_json json;

	bw_buf_init(&members, 0);
	bw_json_init(&json, &members);
	alert_view_write(api->engine, alert, &json);
	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	if (members.len > 2) /* without its braces */
		bw_json_raw_members(&json, members.data + 1, members.len - 2);
	bw_json_key(&json, "told");
	alert_write_told(alert, &json);
	bw_json_key(&json, "deliveries");
	outbox_write_alert_log(engine_outbox(api->engine), alert->id, DELIVERIES_MAX, &json);
	bw_json_object_end(&json);
	bw_buf_finish(&members);
	api_respond_json(request, 200, &buf);
}

void api_alert(struct http_request *request, void *arg)
{
	const struct alert *alert = find_alert(arg, request);

	if (alert != NULL)
		respond_alert(arg, request, alert);
}

/* --- acknowledge --- */

/* 409 for what is not so now, 404 for what is not there, else 400. */
static void refuse(struct http_request *request, enum bw_status status, const struct bw_error *err)
{
	int code = status == BW_EEXIST ? 409 : status == BW_ENOTFOUND ? 404 : 400;

	http_respond_problem(request, code, "%s", err->text);
}

static bool read_ack(struct http_request *request, const json_t *object, struct bw_wall now,
		     struct alert_ack *ack)
{
	const char *by, *comment;

	*ack = (struct alert_ack){ .at = now };
	if (!api_body_need(request, object, "by", ALERT_PERSON_MAX - 1,
			   "who takes the alert is wanted", &by) ||
	    !api_body_text(request, object, "comment", ALERT_COMMENT_MAX - 1, &comment) ||
	    !api_body_bool(request, object, "sticky", &ack->sticky) ||
	    !api_body_end(request, object, now, &ack->until))
		return false;
	ack->by = (char *)by;
	ack->comment = (char *)(comment == NULL ? "" : comment);
	return true;
}

static void acknowledge(struct api *api, struct http_request *request, uint64_t id,
			const json_t *object)
{
	const struct bw_wall now = io_loop_wall(engine_loop(api->engine));
	struct bw_error err = { "" };
	struct alert_ack ack;

	if (!read_ack(request, object, now, &ack))
		return;
	enum bw_status status = alerting_ack(engine_alerting(api->engine), id, &ack, &err);
	if (status != BW_OK)
		refuse(request, status, &err);
	else
		respond_alert(api, request, alerts_get(engine_alerts(api->engine), id));
}

void api_alert_ack(struct http_request *request, void *arg)
{
	static const char *const members[] = { "by", "comment", "sticky", "for", "until", NULL };
	struct api *api = arg;
	const struct alert *alert = find_alert(api, request);
	json_t *object = alert == NULL ? NULL : api_body_object(request, members);

	if (object != NULL)
		acknowledge(api, request, alert->id, object);
	json_decref(object);
}

void api_alert_unack(struct http_request *request, void *arg)
{
	struct api *api = arg;
	const struct alert *alert = find_alert(api, request);
	struct bw_error err = { "" };
	const char *by;
	uint64_t id;

	if (alert == NULL || !api_query_person(request, &by))
		return;
	id = alert->id;
	enum bw_status status = alerting_unack(engine_alerting(api->engine), id, by, &err);
	if (status != BW_OK)
		refuse(request, status, &err);
	else
		respond_alert(api, request, alerts_get(engine_alerts(api->engine), id));
}
