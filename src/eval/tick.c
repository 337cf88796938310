/* tick.c - walks the JSON of one line along the shape of the reference's input.
 *
 * A `struct node` is a value together with its way from the root, linked through the callers'
 * frames, so that a complaint can name the place without any path being built before.
 * A node whose value is NULL stands for a missing object: every read from it gives the default.
 */
#include "eval/tick.h"

#include <jansson.h>
#include <string.h>

#include "base/text.h"

enum { PLACE_MAX = 256, KEY_SHOWN_MAX = 64, INDEX_TEXT_MAX = 24 };

struct node {
	const struct node *parent; /* NULL: the root */
	const char *key;
	const json_t *value;
	struct bw_error *err;
};

/* Foreign text goes to a terminal: no control characters. */
static void disarm(char *text)
{
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
}

static void put_place(const struct node *node, char *out, size_t size)
{
	char key[KEY_SHOWN_MAX], parent[PLACE_MAX];

	bw_text_format(key, sizeof(key), "%s", node->key);
	disarm(key);
	if (!node->parent || !node->parent->key) {
		bw_text_format(out, size, "%s", key);
		return;
	}
	put_place(node->parent, parent, sizeof(parent));
	bw_text_format(out, size, "%s.%s", parent, key);
}

static const char *kind_text(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "text";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	default:
		return "null";
	}
}

static enum bw_status complain(const struct node *node, const char *expected)
{
	char place[PLACE_MAX];

	if (!node->key)
		return bw_fail(node->err, BW_EPARSE, "%s expected, not %s", expected,
			       kind_text(node->value));
	put_place(node, place, sizeof(place));
	if (!node->value)
		return bw_fail(node->err, BW_EPARSE, "%s: missing; %s expected", place, expected);
	return bw_fail(node->err, BW_EPARSE, "%s: %s expected, not %s", place, expected,
		       kind_text(node->value));
}

static enum bw_status complain_of_text(const struct node *node, const char *why)
{
	char place[PLACE_MAX];

	put_place(node, place, sizeof(place));
	return bw_fail(node->err, BW_EPARSE, "%s: %s", place, why);
}

static struct node child(const struct node *object, const char *key)
{
	return (struct node){
		.parent = object,
		.key = key,
		.value = json_object_get(object->value, key),
		.err = object->err,
	};
}

static enum bw_status number_of(const struct node *node, struct bw_number *out)
{
	if (json_is_integer(node->value))
		*out = bw_number_from_int(json_integer_value(node->value));
	else if (json_is_real(node->value))
		*out = bw_number_from_double(json_real_value(node->value));
	else
		return complain(node, "a number");
	return BW_OK;
}

/* Missing: 0, which is the reference's default for every number. */
static enum bw_status read_number(const struct node *object, const char *key, struct bw_number *out)
{
	struct node node = child(object, key);

	if (node.value)
		return number_of(&node, out);
	*out = bw_number_from_int(0);
	return BW_OK;
}

/* Missing: *out stays what it is. */
static enum bw_status read_text(const struct node *object, const char *key, const char **out)
{
	struct node node = child(object, key);

	if (!node.value)
		return BW_OK;
	if (!json_is_string(node.value))
		return complain(&node, "text");
	*out = json_string_value(node.value);
	return BW_OK;
}

/* As read_text(), and null is NULL. */
static enum bw_status read_text_or_null(const struct node *object, const char *key,
					const char **out)
{
	struct node node = child(object, key);

	*out = NULL;
	if (!node.value || json_is_null(node.value))
		return BW_OK;
	if (!json_is_string(node.value))
		return complain(&node, "text or null");
	*out = json_string_value(node.value);
	return BW_OK;
}

/* A missing object reads as an empty one. */
static enum bw_status read_object(const struct node *object, const char *key, struct node *out)
{
	*out = child(object, key);
	if (out->value && !json_is_object(out->value))
		return complain(out, "an object");
	return BW_OK;
}

struct number_field {
	const char *key;
	struct bw_number *out;
};

static enum bw_status read_numbers(const struct node *object, const struct number_field *fields,
				   size_t count)
{
	enum bw_status status = BW_OK;

	for (size_t i = 0; i < count && status == BW_OK; i++)
		status = read_number(object, fields[i].key, fields[i].out);
	return status;
}

static enum bw_status read_load(const struct node *resources, struct bw_resources_view *out)
{
	struct node list = child(resources, "load_average");
	size_t count = json_array_size(list.value);

	if (list.value && !json_is_array(list.value))
		return complain(&list, "a list of numbers");
	if (count > BW_LOAD_AVERAGES_MAX)
		return complain_of_text(&list, "more than 16 numbers");
	for (size_t i = 0; i < count; i++) {
		char index[INDEX_TEXT_MAX];
		struct node item = { &list, index, json_array_get(list.value, i), list.err };
		enum bw_status status;

		bw_text_format(index, sizeof(index), "%zu", i);
		status = number_of(&item, &out->load_average[i]);
		if (status != BW_OK)
			return status;
	}
	out->load_averages = (int)count;
	return BW_OK;
}

static enum bw_status apply_resources(const struct node *health, struct bw_dashboard *dashboard)
{
	struct bw_resources_view view = { .known = true };
	const struct number_field fields[] = {
		{ "cpu_percent", &view.cpu_percent },
		{ "memory_percent", &view.memory_percent },
		{ "disk_percent", &view.disk_percent },
		{ "memory_used_mb", &view.memory_used_mb },
		{ "memory_total_mb", &view.memory_total_mb },
		{ "disk_used_gb", &view.disk_used_gb },
		{ "disk_total_gb", &view.disk_total_gb },
	};
	struct node resources;
	enum bw_status status = read_object(health, "resource_usage", &resources);

	if (status == BW_OK)
		status = read_numbers(&resources, fields, sizeof(fields) / sizeof(fields[0]));
	if (status == BW_OK)
		status = read_load(&resources, &view);
	if (status == BW_OK)
		status = bw_dashboard_set_resources(dashboard, &view);
	return status;
}

static enum bw_status apply_overview(const struct node *health, struct bw_dashboard *dashboard)
{
	struct bw_overview_view view = { .status = "unknown", .version = "unknown" };
	const struct number_field fields[] = {
		{ "healthy", &view.healthy },
		{ "degraded", &view.degraded },
		{ "unhealthy", &view.unhealthy },
	};
	struct node summary;
	enum bw_status status = read_text(health, "status", &view.status);

	if (status == BW_OK)
		status = read_text(health, "version", &view.version);
	if (status == BW_OK)
		status = read_number(health, "uptime_seconds", &view.uptime_seconds);
	if (status == BW_OK)
		status = read_object(health, "checks_summary", &summary);
	if (status == BW_OK)
		status = read_numbers(&summary, fields, sizeof(fields) / sizeof(fields[0]));
	if (status == BW_OK)
		status = bw_dashboard_set_overview(dashboard, &view);
	return status;
}

static enum bw_status apply_component(const struct node *component, struct bw_dashboard *dashboard)
{
	struct bw_component_view view = { 0 };
	struct node state = child(component, "status");
	struct node response = child(component, "response_time_ms");
	enum bw_status status;

	if (!json_is_object(component->value))
		return complain(component, "an object");
	if (strlen(component->key) > TICK_COMPONENT_NAME_MAX)
		return complain_of_text(component, "a name of more than 4096 bytes");
	if (!json_is_string(state.value))
		return complain(&state, "text");
	view.status = json_string_value(state.value);
	view.has_response_time = response.value && !json_is_null(response.value);
	if (view.has_response_time && number_of(&response, &view.response_time_ms) != BW_OK)
		return complain(&response, "a number or null");
	status = read_text_or_null(component, "last_check", &view.last_check);
	if (status == BW_OK)
		status = read_text_or_null(component, "error", &view.error);
	if (status == BW_OK)
		status = bw_dashboard_set_component(dashboard, component->key, &view);
	return status;
}

static enum bw_status apply_breaker(const struct node *breaker, struct bw_dashboard *dashboard)
{
	struct bw_breaker_view view = { .state = "unknown" };
	const struct number_field fields[] = {
		{ "success_rate", &view.success_rate },
		{ "avg_response_time", &view.avg_response_time },
		{ "total_calls", &view.total_calls },
	};
	struct node metrics;
	enum bw_status status;

	if (!json_is_object(breaker->value))
		return complain(breaker, "an object");
	if (strlen(breaker->key) > TICK_BREAKER_NAME_MAX)
		return complain_of_text(breaker, "a name of more than 280 bytes");
	status = read_text(breaker, "state", &view.state);
	if (status == BW_OK)
		status = read_number(breaker, "consecutive_failures", &view.consecutive_failures);
	if (status == BW_OK)
		status = read_object(breaker, "metrics", &metrics);
	if (status == BW_OK)
		status = read_numbers(&metrics, fields, sizeof(fields) / sizeof(fields[0]));
	if (status == BW_OK)
		status = bw_dashboard_set_breaker(dashboard, breaker->key, &view);
	return status;
}

typedef enum bw_status apply(const struct node *member, struct bw_dashboard *dashboard);

static enum bw_status apply_each(const struct node *parent, const char *key,
				 struct bw_dashboard *dashboard, apply *apply_member)
{
	struct node object;
	enum bw_status status = read_object(parent, key, &object);
	void *at;

	if (status != BW_OK)
		return status;
	/* The cast: jansson's iterator takes no const object, but does not change it either. */
	for (at = json_object_iter((json_t *)object.value); at && status == BW_OK;
	     at = json_object_iter_next((json_t *)object.value, at)) {
		struct node member = { &object, json_object_iter_key(at),
				       json_object_iter_value(at), parent->err };

		status = apply_member(&member, dashboard);
	}
	return status;
}

enum bw_status tick_apply(const struct tick *tick, struct bw_dashboard *dashboard,
			  struct bw_error *err)
{
	const struct node root = { .value = tick->root, .err = err };
	struct node health = child(&root, "health");
	enum bw_status status;

	bw_dashboard_clear_components(dashboard);
	bw_dashboard_clear_breakers(dashboard);
	status = apply_overview(&health, dashboard);
	if (status == BW_OK)
		status = apply_each(&health, "components", dashboard, apply_component);
	if (status == BW_OK)
		status = apply_resources(&health, dashboard);
	if (status == BW_OK)
		status = apply_each(&root, "breakers", dashboard, apply_breaker);
	if (status == BW_ENOMEM)
		return bw_fail(err, status, "no memory");
	return status;
}

static enum bw_status read_root(const struct node *root, struct tick *out)
{
	struct node now = child(root, "now");
	struct node error = child(root, "error");
	struct node health = child(root, "health");

	if (!json_is_object(root->value))
		return complain(root, "an object");
	if (!json_is_string(now.value))
		return complain(&now, "a time as text");
	if (bw_wall_parse(json_string_value(now.value), &out->now) != BW_OK)
		return complain_of_text(
			&now, "not a time; ISO 8601 expected, as 2026-03-02T14:30:00+00:00");
	if (error.value && !json_is_string(error.value))
		return complain(&error, "text");
	if (!error.value && !json_is_object(health.value))
		return complain(&health, "an object");
	out->error = json_string_value(error.value);
	return BW_OK;
}

enum bw_status tick_read(const char *line, size_t len, struct tick *out, struct bw_error *err)
{
	json_error_t error;
	struct tick tick = { .root = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error) };
	struct node root = { .value = tick.root, .err = err };
	enum bw_status status;

	if (!tick.root) {
		if (json_error_code(&error) == json_error_out_of_memory)
			return bw_fail(err, BW_ENOMEM, "no memory");
		disarm(error.text);
		return bw_fail(err, BW_EPARSE, "not JSON at column %d: %s", error.column,
			       error.text);
	}
	status = read_root(&root, &tick);
	if (status == BW_OK)
		*out = tick;
	else
		tick_finish(&tick);
	return status;
}

void tick_finish(struct tick *tick)
{
	json_decref(tick->root);
	tick->root = NULL;
}
