/* settings_notify.c - `notify`: each channel is what all channels have, and the map of one kind;
 * `watchdog` and `self_watch`.
 */
#include <string.h>

#include "base/xalloc.h"
#include "config/guess.h"
#include "daemon/settings_owned.h"
#include "daemon/settings_source.h"

struct reading {
	struct daemon_settings *settings;
	struct settings_source *source;
	const struct config_field *kinds;
};

/* Whatever stands in a map that is not read may be an address with a token in it. */
static void hide_texts(const struct config_node *node)
{
	if (node->kind == CONFIG_NODE_SCALAR)
		config_file_hide(node->file, (struct config_span){ node->begin, node->end });
	for (const struct config_node *child = node->first; child; child = child->next)
		hide_texts(child);
}

static void hide_unread(const struct config_node *node, const char *kind)
{
	for (const struct config_node *child = node->first; child; child = child->next)
		if (child->key && (!kind || strcmp(child->key, kind) != 0) &&
		    !config_field_find(settings_channel_fields, child->key, strlen(child->key)))
			hide_texts(child);
}

/* The one kind of the channel; a second one is an error. */
static size_t find_kind(const struct reading *reading, const struct config_node *node)
{
	const struct config_field *found = NULL;

	for (const struct config_node *child = node->first; child; child = child->next) {
		const struct config_field *row =
			config_field_find(reading->kinds, child->key, strlen(child->key));

		if (!row)
			continue;
		if (found)
			config_complain_key(reading->source->complaints, child,
					    "`%s` stands beside `%s`, and a channel has one kind; "
					    "make it two channels",
					    child->key, found->name);
		else
			found = row;
	}
	return found ? (size_t)(found - reading->kinds) : SIZE_MAX;
}

static void complain_no_kind(const struct reading *reading, const struct config_node *node)
{
	struct bw_buf names;

	bw_buf_init(&names, 400);
	for (const struct config_field *row = reading->kinds; row->name; row++)
		bw_buf_format(&names, "%s%s", names.len > 0 ? ", " : "", row->name);
	config_complain(reading->source->complaints, node,
			"the channel reaches nobody; give it one of %s",
			names.len > 0 ? names.data : "the kinds");
	bw_buf_finish(&names);
}

static void read_kind(const struct reading *reading, size_t nth, const struct config_node *node,
		      struct settings_channel *shown)
{
	const struct channel_kind *kind = channel_kinds[nth];
	void *target = xarena_alloc(reading->settings->arena, kind->settings_size);
	int errors = config_error_count(reading->source->complaints);
	struct config_field row = reading->kinds[nth];

	row.offset = 0;
	shown->kind = kind;
	shown->kind_node = node;
	shown->target = target;
	config_decode_object(&reading->source->decoder, &row, node, target);
	if (config_error_count(reading->source->complaints) > errors)
		return;
	if (kind->prepare)
		kind->prepare(target, reading->source->complaints, node);
	settings_own_channel(reading->settings, kind, target);
}

static void read_channel(const struct reading *reading, const struct config_node *node,
			 struct settings_channel *shown)
{
	const struct config_node *kind_nodes[SETTINGS_KINDS_MAX] = { NULL };
	struct config_part parts[] = {
		{ .fields = settings_channel_fields, .target = &shown->raw },
		{ .fields = reading->kinds, .target = kind_nodes },
	};
	int errors = config_error_count(reading->source->complaints);
	size_t kind = SIZE_MAX;

	shown->node = node;
	config_decode(&reading->source->decoder, node, parts, 2);
	if (node->kind == CONFIG_NODE_MAP)
		kind = find_kind(reading, node);
	hide_unread(node, kind != SIZE_MAX ? reading->kinds[kind].name : NULL);
	if (kind != SIZE_MAX)
		read_kind(reading, kind, kind_nodes[kind], shown);
	else if (config_error_count(reading->source->complaints) == errors)
		complain_no_kind(reading, node); /* not if its key was misspelt */
}

static void use_channel(const struct reading *reading, const struct settings_channel *shown,
			struct channel *channel, struct alert_route *route)
{
	const struct raw_channel *raw = &shown->raw;

	*channel = (struct channel){
		.name = raw->name ? raw->name : "",
		.kind = shown->kind,
		.settings = shown->target,
		.page_url = reading->settings->server.public_url,
		.rate_max = raw->rate,
		.rate_us = raw->per_us,
	};
	*route = (struct alert_route){
		.channel = channel->name,
		.severity = (enum bw_severity)raw->severity,
		.matchers = settings_matchers(reading->settings, reading->source, &raw->match,
					      config_node_get(shown->node, "match")),
		.after_us = raw->after_us,
		.resolved = raw->resolved,
		.reminders = raw->reminders,
		.flapping = raw->flapping,
	};
}

static bool is_taken(const struct channel *channels, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(channels[i].name, name) == 0)
			return true;
	return false;
}

static size_t count_channels(const struct settings_source *source)
{
	const struct config_node *list = source->raw.notify;

	if (!list || list->kind == CONFIG_NODE_EMPTY)
		return 0;
	if (list->kind != CONFIG_NODE_LIST) {
		config_complain(source->complaints, list, "a list of channels expected, not %s",
				config_node_kind_text(list));
		return 0;
	}
	if (list->count > ALERT_CHANNELS_MAX) {
		config_complain_key(source->complaints, list,
				    "there are %u channels; %d are the most", list->count,
				    ALERT_CHANNELS_MAX);
		return 0;
	}
	return list->count;
}

static void read_channels(struct daemon_settings *settings, struct settings_source *source)
{
	const struct reading reading = { settings, source,
					 settings_channel_kind_table(source->arena) };
	size_t count = count_channels(source);
	const struct config_node *node = count > 0 ? source->raw.notify->first : NULL;
	struct alert_route *routes = xarena_alloc(settings->arena, count * sizeof *routes);

	settings->channels = xarena_alloc(settings->arena, count * sizeof *settings->channels);
	source->channels = xarena_alloc(source->arena, count * sizeof *source->channels);
	for (size_t i = 0; i < count; i++, node = node->next) {
		read_channel(&reading, node, &source->channels[i]);
		use_channel(&reading, &source->channels[i], &settings->channels[i], &routes[i]);
		if (is_taken(settings->channels, i, settings->channels[i].name) &&
		    *settings->channels[i].name)
			config_complain_at(source->complaints, node, "name",
					   "there is a channel `%s` already; give this one another "
					   "name",
					   settings->channels[i].name);
	}
	settings->channel_count = count;
	settings->alerts.routes = routes;
	settings->alerts.route_count = count;
}

static bool is_web(const char *url)
{
	return strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
}

/* The address is a secret: no message shows it. */
static void read_watchdog(struct daemon_settings *settings, const struct settings_source *source)
{
	const char *url = source->raw.watchdog.url;

	if (!source->raw.watchdog.given || !url)
		return;
	settings->watchdog.url = url;
	settings->watchdog.every_us = source->raw.watchdog.every_us;
	if (!is_web(url))
		config_complain_at(source->complaints, config_document_root(source->document),
				   "watchdog.url",
				   "`url` begins with neither http:// nor https://");
}

static void read_public_url(struct daemon_settings *settings, const struct settings_source *source)
{
	const char *url = source->raw.server.public_url;

	settings->server.public_url = url ? url : "";
	if (url && !is_web(url))
		config_complain_at(source->complaints, config_document_root(source->document),
				   "server.public_url",
				   "`public_url` begins with neither http:// nor https://");
}

void settings_read_notify(struct daemon_settings *settings, struct settings_source *source)
{
	read_public_url(settings, source);
	read_channels(settings, source);
	read_watchdog(settings, source);
	settings->self_watch =
		source->raw.self_watch_given ? source->raw.self_watch : settings->channel_count > 0;
}
