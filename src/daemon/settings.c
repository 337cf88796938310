/* settings.c - from a text to struct daemon_settings, in three steps: tables decode each section
 * alone, then components are put together with their kinds, then names are looked up.
 *
 * Later steps run even if earlier ones complained, so that a person sees every mistake at once.
 */
#include "daemon/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/strmap.h"
#include "base/xalloc.h"
#include "daemon/settings_owned.h"
#include "daemon/settings_source.h"

static bool is_port(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= 5 && strspn(text, "0123456789") == len &&
	       strtol(text, NULL, 10) <= 65535;
}

/* The syntax only; whether it can be bound is found out by binding. */
static void check_listen(const struct settings_source *source, const char *listen,
			 const struct config_node *node)
{
	const char *colon = strrchr(listen, ':');

	if (strncmp(listen, "unix:/", 6) == 0)
		return;
	if (is_port(listen))
		config_complain(source->decoder.complaints, node,
				"`%s` names no address; write 127.0.0.1:%s, or 0.0.0.0:%s for all",
				listen, listen, listen);
	else if (colon == listen && is_port(listen + 1))
		config_complain(source->decoder.complaints, node,
				"`%s` names no address; write 127.0.0.1%s, or 0.0.0.0%s for all",
				listen, listen, listen);
	else if (!colon || !is_port(colon + 1))
		config_complain(source->decoder.complaints, node,
				"`%s` is no address with a port; write one such as 127.0.0.1:8090, "
				"[::1]:8090 or unix:/run/bellwether.sock",
				listen);
	else if (memchr(listen, ':', (size_t)(colon - listen)) && colon[-1] != ']')
		config_complain(source->decoder.complaints, node,
				"an IPv6 address stands in brackets; write [%.*s]%s",
				(int)(colon - listen), listen, colon);
}

static void read_server(struct daemon_settings *settings, const struct settings_source *source)
{
	const struct config_node *root = config_document_root(source->document);
	const struct config_node *node = config_node_get(config_node_get(root, "server"), "listen");
	const struct config_node *item =
		node && node->kind == CONFIG_NODE_LIST ? node->first : node;
	const char *const *listen = source->raw.server.listen.items;

	settings->server.listen = source->raw.server.listen;
	settings->server.allowed_hosts = source->raw.server.allowed_hosts;
	for (size_t i = 0; item && i < settings->server.listen.count; i++, item = item->next)
		check_listen(source, listen[i], item);
}

static void read_breaker_list(struct daemon_settings *settings,
			      const struct settings_source *source)
{
	const struct raw_breaker *raw = source->raw.breakers.items;

	settings->breaker_count = source->raw.breakers.count;
	settings->breakers =
		xarena_alloc(settings->arena, settings->breaker_count * sizeof *settings->breakers);
	for (size_t i = 0; i < settings->breaker_count; i++) {
		settings->breakers[i].name = raw[i].name ? raw[i].name : "";
		settings_breaker_config(&raw[i], &settings->breakers[i].config);
	}
}

void settings_breaker_config(const struct raw_breaker *raw, struct bw_breaker_config *out)
{
	*out = bw_breaker_config_default;
	out->strategy = (enum bw_breaker_strategy)raw->strategy;
	out->failure_threshold = (int)raw->failure_threshold;
	out->failure_rate_threshold = raw->failure_rate_threshold;
	out->timeout_threshold_us = raw->timeout_threshold_us;
	out->recovery_timeout_us = raw->recovery_timeout_us;
	out->success_threshold = (int)raw->success_threshold;
	out->window_us = raw->window_us;
	out->minimum_calls = (int)raw->minimum_calls;
	out->max_probes = (int)raw->max_probes;
	out->retry_multiplier = raw->retry_multiplier;
	out->retry_jitter = raw->retry_jitter;
	out->max_open_us = raw->max_open_us;
	out->lump_us = raw->lump_us;
	out->min_failing_workers = (int)raw->min_failing_workers;
	out->slow_success_counts = raw->slow_success_counts;
	out->slow_threshold_us = raw->slow_threshold_us;
}

/* What is accepted but not acted on must not look as if it were. */
static void warn_of_sections(const struct settings_source *source)
{
	const struct config_node *root = config_document_root(source->document);
	const struct config_node *node;

	node = config_node_get(root, "jobs");
	if (node && node->count > 0)
		config_warn(source->complaints, node,
			    "jobs: this version watches no jobs; the section is only checked for "
			    "mistakes");
}

static void keep_warnings(struct daemon_settings *settings, const struct settings_source *source)
{
	settings->warning_count = config_warning_count(source->complaints);
	settings->warnings =
		xarena_alloc(settings->arena, settings->warning_count * sizeof *settings->warnings);
	for (size_t i = 0; i < settings->warning_count; i++) {
		char *text = config_warning_text(source->complaints, i);

		settings->warnings[i] = xarena_text(settings->arena, text);
		free(text);
	}
}

static void read_sections(struct daemon_settings *settings, struct settings_source *source)
{
	const struct raw_settings *raw = &source->raw;

	config_decode_fields(&source->decoder, config_document_root(source->document),
			     settings_top_table(source->arena), &source->raw);
	read_server(settings, source);
	settings_read_storage(settings, source);
	settings_read_remote(settings, source);
	settings->region = (struct region_settings){
		.shared = raw->region.shared,
		.group = raw->region.group,
		.path = raw->region.path != NULL && *raw->region.path != '\0' ? raw->region.path
									      : NULL,
	};
	settings->thresholds = (struct bw_thresholds){
		.cpu_usage = raw->thresholds.cpu_usage,
		.memory_usage = raw->thresholds.memory_usage,
		.disk_usage = raw->thresholds.disk_usage,
		.response_time_ms = (double)raw->thresholds.response_time_us / 1000,
		.failure_rate = raw->thresholds.failure_rate,
	};
	settings->score.response_curve = (enum bw_response_curve)raw->response_curve;
	settings->refresh_us = raw->refresh_us;
	settings->status_page.enabled = raw->status_page.enabled;
	settings->status_page.errors = raw->status_page.errors;
	settings->status_page.response_times = raw->status_page.response_times;
	settings->status_page.title = raw->status_page.title;
	settings->status_page.components = raw->status_page.components;
	read_breaker_list(settings, source);
}

static void prepare_once(const struct component_settings *component,
			 struct config_complaints *complaints)
{
	const struct check_kind *kind = component->kind;
	void *state;

	if (!kind || !kind->prepare)
		return;
	state = xcalloc(1, kind->state_size);
	kind->prepare(component->settings, state, complaints, component->kind_node);
	if (kind->release)
		kind->release(state);
	free(state);
}

/* What the kinds have to say is told with the rest, so that one look at the report is enough. */
static char *report_all(struct daemon_settings *settings, const struct settings_source *source)
{
	for (size_t i = 0; i < settings->component_count; i++)
		if (source->raw_components[i].sound)
			prepare_once(&settings->components[i], source->complaints);
	return config_complaints_report(source->complaints);
}

static enum bw_status build(struct settings_source *source, struct daemon_settings **out,
			    char **report)
{
	struct daemon_settings *settings = xcalloc(1, sizeof *settings);

	settings->arena = xarena_create();
	settings->source = source;
	source->decoder = (struct config_decoder){ settings->arena, source->complaints };
	read_sections(settings, source);
	settings_read_alerts(settings, source);
	settings_read_windows(settings, source);
	settings_read_notify(settings, source);
	settings_read_components(settings, source);
	settings_check_links(settings, source);
	warn_of_sections(source);
	if (config_error_count(source->complaints) > 0) {
		*report = report_all(settings, source);
		daemon_settings_destroy(settings);
		return BW_EPARSE;
	}
	keep_warnings(settings, source);
	*out = settings;
	return BW_OK;
}

static struct settings_source *source_create(const char *name)
{
	struct settings_source *source = xcalloc(1, sizeof *source);

	source->complaints = config_complaints_create(name);
	source->arena = xarena_create();
	return source;
}

static void source_destroy(struct settings_source *source)
{
	if (!source)
		return;
	config_complaints_destroy(source->complaints);
	config_document_destroy(source->document);
	bw_arena_destroy(source->arena);
	free(source);
}

enum bw_status daemon_settings_load(const char *path, struct daemon_settings **out, char **report)
{
	struct settings_source *source = source_create(path);
	enum bw_status status;

	status = config_document_load(path, source->complaints, &source->document);
	if (status == BW_OK)
		return build(source, out, report);
	*report = config_complaints_report(source->complaints);
	source_destroy(source);
	return status;
}

enum bw_status daemon_settings_parse(const char *name, const char *text, size_t len,
				     struct daemon_settings **out, char **report)
{
	struct settings_source *source = source_create(name);

	source->document = config_document_parse(name, text, len, source->complaints);
	return build(source, out, report);
}

struct config_complaints *daemon_settings_complaints(struct daemon_settings *settings)
{
	struct settings_source *source = settings->source;

	return source ? source->complaints : NULL;
}

char *daemon_settings_report(struct daemon_settings *settings)
{
	struct settings_source *source = settings->source;

	if (!source || config_error_count(source->complaints) == 0)
		return NULL;
	return config_complaints_report(source->complaints);
}

enum bw_status daemon_settings_check_kinds(struct daemon_settings *settings, char **report)
{
	for (size_t i = 0; i < settings->component_count; i++)
		prepare_once(&settings->components[i], daemon_settings_complaints(settings));
	*report = daemon_settings_report(settings);
	return *report ? BW_EPARSE : BW_OK;
}

void daemon_settings_forget_source(struct daemon_settings *settings)
{
	source_destroy(settings->source);
	settings->source = NULL;
	for (size_t i = 0; i < settings->component_count; i++)
		settings->components[i].node = settings->components[i].kind_node = NULL;
}

void daemon_settings_destroy(struct daemon_settings *settings)
{
	if (!settings)
		return;
	settings_release(settings);
	source_destroy(settings->source);
	bw_arena_destroy(settings->arena);
	free(settings);
}
