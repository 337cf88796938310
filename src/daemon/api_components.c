/* api_components.c - the list with its filters, one component, "check now" and reports.
 *
 * A list is made of the model's own fragments: nothing is rendered twice. "Check now" starts a run
 * and answers 202 at once; the result comes by the event stream or the next GET.
 */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "base/xalloc.h"
#include "daemon/api.h"

enum { LIMIT_MAX = DAEMON_COMPONENTS_MAX };

enum order_key { ORDER_NONE, ORDER_NAME, ORDER_STATUS, ORDER_SINCE };

struct component_filter {
	const char *status, *group, *kind, *text;
	enum order_key order;
	bool descending;
	int64_t offset, limit;
};

static bool read_order(struct http_request *request, struct component_filter *filter)
{
	static const char *const words[] = { "", "name", "status", "since" };
	const char *order = http_request_query(request, "sort");

	if (order != NULL && order[0] == '-') {
		filter->descending = true;
		order++;
	}
	for (int i = 0; i < 4; i++)
		if (strcmp(order == NULL ? "" : order, words[i]) == 0) {
			filter->order = (enum order_key)i;
			return true;
		}
	http_respond_problem(
		request, 400,
		"query parameter sort: name, status or since is wanted, with a - before "
		"it for descending order");
	return false;
}

static bool read_filter(struct http_request *request, struct component_filter *filter)
{
	enum bw_health health;

	*filter = (struct component_filter){
		.status = http_request_query(request, "status"),
		.group = http_request_query(request, "group"),
		.kind = http_request_query(request, "kind"),
		.text = http_request_query(request, "q"),
	};
	if (filter->status != NULL && bw_health_parse(filter->status, &health) != BW_OK) {
		http_respond_problem(
			request, 400,
			"query parameter status: healthy, degraded, unhealthy or unknown "
			"is wanted");
		return false;
	}
	return read_order(request, filter) &&
	       api_query_int(request, "offset", 0, LIMIT_MAX, 0, &filter->offset) &&
	       api_query_int(request, "limit", 0, LIMIT_MAX, LIMIT_MAX, &filter->limit);
}

static bool is_wanted(const struct component_filter *filter, const struct component *component)
{
	const struct component_settings *settings = component_settings(component);
	const char *kind = settings->kind == NULL ? "breaker" : settings->kind->name;

	if (filter->status != NULL &&
	    strcmp(filter->status, bw_health_text(component_health(component))) != 0)
		return false;
	if (filter->group != NULL &&
	    (settings->group == NULL || strcmp(filter->group, settings->group) != 0))
		return false;
	if (filter->kind != NULL && strcmp(filter->kind, kind) != 0)
		return false;
	return filter->text == NULL || strcasestr(settings->name, filter->text) != NULL;
}

/* Worst first: the order in which one wants to read. */
static int status_rank(const struct component *component)
{
	static const int ranks[BW_HEALTH_MAX] = {
		[BW_HEALTH_UNHEALTHY] = 0,
		[BW_HEALTH_DEGRADED] = 1,
		[BW_HEALTH_UNKNOWN] = 2,
		[BW_HEALTH_HEALTHY] = 3,
	};

	return ranks[component_health(component)];
}

static int compare(const void *left, const void *right, void *arg)
{
	const struct component *a = *(struct component *const *)left;
	const struct component *b = *(struct component *const *)right;
	const struct component_filter *filter = arg;
	int64_t order = 0;

	if (filter->order == ORDER_STATUS)
		order = status_rank(a) - status_rank(b);
	else if (filter->order == ORDER_SINCE)
		order = component_since(a).us - component_since(b).us;
	if (order == 0)
		order = strcmp(component_name(a), component_name(b));
	if (filter->descending)
		order = -order;
	return order < 0 ? -1 : order > 0;
}

static void write_component(struct api *api, const struct component *component,
			    struct bw_json *json)
{
	const char *fragment;
	size_t len;

	bw_json_key(json, "name");
	bw_json_string(json, component_name(component));
	if (bw_dashboard_component_fragment(engine_dashboard(api->engine),
					    component_name(component), &fragment, &len))
		bw_json_raw_members(json, fragment + 1, len - 2);
}

static void write_list(struct api *api, struct component **found, size_t count,
		       const struct component_filter *filter, struct bw_json *json)
{
	bw_json_object_begin(json);
	bw_json_key(json, "total");
	bw_json_int(json, (int64_t)count);
	bw_json_key(json, "offset");
	bw_json_int(json, filter->offset);
	bw_json_key(json, "components");
	bw_json_array_begin(json);
	for (size_t i = (size_t)filter->offset;
	     i < count && i - (size_t)filter->offset < (size_t)filter->limit; i++) {
		bw_json_object_begin(json);
		write_component(api, found[i], json);
		bw_json_object_end(json);
	}
	bw_json_array_end(json);
	bw_json_object_end(json);
}

void api_components(struct http_request *request, void *arg)
{
	struct api *api = arg;
	struct component_filter filter;
	struct component **found;
	struct bw_buf buf;
	struct bw_json json;
	size_t count = 0;

	if (!read_filter(request, &filter))
		return;
	found = xcalloc(engine_component_count(api->engine) + 1, sizeof(struct component *));
	for (size_t i = 0; i < engine_component_count(api->engine); i++) {
		struct component *component = engine_component(api->engine, i);

		if (is_wanted(&filter, component))
			found[count++] = component;
	}
	if (filter.order != ORDER_NONE)
		qsort_r((void *)found, count, sizeof(struct component *), compare, &filter);
	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	write_list(api, found, count, &filter, &json);
	free((void *)found);
	api_respond_json(request, 200, &buf);
}

static void write_text(struct bw_json *json, const char *key, const char *text)
{
	if (text == NULL)
		return;
	bw_json_key(json, key);
	bw_json_string(json, text);
}

static void write_settings(const struct component_settings *settings, struct bw_json *json)
{
	const char *const *parents = settings->depends_on.items;

	write_text(json, "description", settings->description);
	write_text(json, "runbook", settings->runbook);
	write_text(json, "breaker",
		   settings->has_breaker ? settings->name : settings->breaker_name);
	bw_json_key(json, "enabled");
	bw_json_bool(json, settings->enabled);
	bw_json_key(json, "timeout_seconds");
	bw_json_double(json, (double)settings->common.timeout_us / 1e6);
	bw_json_key(json, "depends_on");
	bw_json_array_begin(json);
	for (size_t i = 0; i < settings->depends_on.count; i++)
		bw_json_string(json, parents[i]);
	bw_json_array_end(json);
}

static void respond_component(struct api *api, struct http_request *request, int status,
			      const struct component *component)
{
	struct bw_buf buf;
	struct bw_json json;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	write_component(api, component, &json);
	write_settings(component_settings(component), &json);
	bw_json_key(&json, "running");
	bw_json_bool(&json, component_is_running(component));
	bw_json_key(&json, "details");
	bw_json_object_begin(&json);
	bw_json_raw_members(&json, component_details(component),
			    strlen(component_details(component)));
	bw_json_object_end(&json);
	bw_json_object_end(&json);
	api_respond_json(request, status, &buf);
}

void api_component(struct http_request *request, void *arg)
{
	struct component *component = api_find_component(arg, request);

	if (component != NULL)
		respond_component(arg, request, 200, component);
}

void api_component_check(struct http_request *request, void *arg)
{
	struct component *component = api_find_component(arg, request);

	if (component == NULL)
		return;
	if (!component_settings(component)->enabled) {
		http_respond_problem(request, 409, "component %s is disabled by the configuration",
				     component_name(component));
		return;
	}
	/* One that runs already will do, and so will one just now: nobody hammers a target. */
	if (!component_ran_just_now(component)) {
		enum bw_status started = component_check_now(component);
		(void)started;
	}
	respond_component(arg, request, 202, component);
}

/* A member of a report that must be text when it is there. */
static bool read_text(struct http_request *request, const json_t *object, const char *key,
		      const char **out)
{
	const json_t *value = json_object_get(object, key);

	*out = NULL;
	if (value == NULL || json_is_null(value))
		return true;
	*out = json_string_value(value);
	if (*out == NULL)
		http_respond_problem(request, 400, "%s: text is wanted", key);
	return *out != NULL;
}

static bool read_response_time(struct http_request *request, const json_t *object,
			       struct check_report *report)
{
	const json_t *value = json_object_get(object, "response_time_ms");
	double ms = json_number_value(value);

	if (value == NULL || json_is_null(value))
		return true;
	if (!json_is_number(value) || !(ms >= 0 && ms <= 1e12)) {
		http_respond_problem(
			request, 400,
			"response_time_ms: a number of milliseconds, 0 or more, is wanted");
		return false;
	}
	report->has_response = true;
	report->response_us = llround(ms * 1000.0);
	return true;
}

static bool has_only_known_members(struct http_request *request, json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		if (strcmp(key, "status") == 0 || strcmp(key, "error") == 0 ||
		    strcmp(key, "response_time_ms") == 0)
			continue;
		http_respond_problem(request, 400,
				     "%.100s: no such member; a report has status, error and "
				     "response_time_ms",
				     key);
		return false;
	}
	return true;
}

static bool read_report(struct http_request *request, json_t *object, struct check_report *report)
{
	const char *status;

	if (!has_only_known_members(request, object) ||
	    !read_text(request, object, "status", &status) ||
	    !read_text(request, object, "error", &report->error))
		return false;
	if (status == NULL || bw_health_parse(status, &report->health) != BW_OK) {
		http_respond_problem(request, 400,
				     "status: healthy, degraded, unhealthy or unknown is wanted");
		return false;
	}
	return read_response_time(request, object, report);
}

static void take_report(struct api *api, struct http_request *request, struct component *component,
			json_t *object)
{
	struct check_report report = { 0 };
	struct bw_error err;

	if (!read_report(request, object, &report))
		return;
	if (component_report(component, &report, &err) != BW_OK) {
		http_respond_problem(request, 409, "%s", err.text);
		return;
	}
	respond_component(api, request, 202, component);
}

void api_component_report(struct http_request *request, void *arg)
{
	struct component *component = api_find_component(arg, request);
	json_error_t error;
	const char *body;
	json_t *object;
	size_t len;

	if (component == NULL)
		return;
	body = http_request_body(request, &len);
	object = json_loadb(body == NULL ? "" : body, len, JSON_REJECT_DUPLICATES, &error);
	if (json_is_object(object))
		take_report(arg, request, component, object);
	else if (object != NULL)
		http_respond_problem(request, 400, "the body: a JSON object is wanted");
	else
		http_respond_problem(request, 400, "the body is no JSON: line %d, column %d: %s",
				     error.line, error.column, error.text);
	json_decref(object);
}
