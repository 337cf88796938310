/* component_view.c - what others see of a component. */
#include "daemon/component_impl.h"

#include "base/json_write.h"
#include "base/xalloc.h"

bool component_is_passive(const struct component *component)
{
	return component->settings->kind != NULL && component->settings->kind->passive;
}

const struct component_settings *component_settings(const struct component *component)
{
	return component->settings;
}

const char *component_name(const struct component *component)
{
	return component->settings->name;
}

struct guard *component_guard(const struct component *component)
{
	return component->guard;
}

enum bw_health component_health(const struct component *component)
{
	return component->health;
}

bool component_is_settled(const struct component *component)
{
	return component->settled;
}

bool component_is_running(const struct component *component)
{
	return component->check != NULL && check_is_running(component->check);
}

int64_t component_late_us(const struct component *component)
{
	struct bw_mono now = io_loop_mono(component->loop);
	int64_t late_us = 0;

	if (component_is_running(component))
		late_us = bw_mono_since(now, component->run_started) -
			  component->settings->common.timeout_us;
	else if (component->has_due)
		late_us = bw_mono_since(now, component->due);
	return late_us > 0 ? late_us : 0;
}

bool component_response(const struct component *component, int64_t *out_us)
{
	if (component->has_response)
		*out_us = component->response_us;
	return component->has_response;
}

const char *component_error(const struct component *component)
{
	return component->error;
}

struct bw_wall component_since(const struct component *component)
{
	return component->since;
}

struct bw_wall component_last_check(const struct component *component)
{
	return component->last_check;
}

const char *component_details(const struct component *component)
{
	return component->details == NULL ? "" : component->details;
}

static void write_extra(const struct component *component, struct bw_buf *out)
{
	const struct component_settings *settings = component->settings;
	struct bw_json json;

	bw_json_init(&json, out);
	bw_json_key(&json, "kind");
	bw_json_string(&json, settings->kind == NULL ? "breaker" : settings->kind->name);
	if (settings->group != NULL) {
		bw_json_key(&json, "group");
		bw_json_string(&json, settings->group);
	}
	if (settings->critical) {
		bw_json_key(&json, "critical");
		bw_json_bool(&json, true);
	}
	bw_json_key(&json, "since");
	bw_json_wall(&json, component->since);
	bw_json_key(&json, "every_seconds");
	bw_json_double(&json, (double)settings->every_us / 1e6);
}

void component_view(const struct component *component, struct component_text *out)
{
	struct bw_component_view *view = &out->view;

	*view = (struct bw_component_view){
		.status = bw_health_text(component->health),
		.has_response_time = component->has_response,
		.response_time_ms = bw_number_from_double((double)component->response_us / 1000.0),
		.error = component->error,
		.critical = component->settings->critical,
	};
	if (component->last_check.us != 0) {
		bw_wall_format(component->last_check, out->last_check);
		view->last_check = out->last_check;
	}
	bw_buf_init(&out->extra, 16384);
	write_extra(component, &out->extra);
	xalloc_must(out->extra.status);
	view->extra_members = out->extra.data;
}

void component_text_finish(struct component_text *text)
{
	bw_buf_finish(&text->extra);
}

/* By the wall clock as it is now; 0: there was no report. */
static struct bw_wall report_time(const struct component *component)
{
	int64_t age_us = bw_mono_since(io_loop_mono(component->loop), component->heard.at);

	return (struct bw_wall){ component->heard.any ? io_loop_wall(component->loop).us - age_us
						      : 0 };
}

void component_state(const struct component *component, struct store_state *out)
{
	*out = (struct store_state){
		.component = (char *)component->settings->name,
		.health = component->health,
		.since = component->since,
		.last_check = component->last_check,
		.has_response = component->has_response,
		.response_us = component->response_us,
		.error = component->error,
	};
	if (component_is_passive(component))
		out->last_check = report_time(component);
}

bool component_maintain(struct component *component, bool maintained)
{
	bool was = component->maintained;

	component->maintained = maintained;
	return was;
}

bool component_is_maintained(const struct component *component)
{
	return component->maintained;
}

bool component_mark(struct component *component, bool marked)
{
	bool was = component->marked;

	component->marked = marked;
	return was;
}
