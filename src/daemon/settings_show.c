/* settings_show.c - the configuration in effect, as YAML that means the same when read again. */
#include <string.h>

#include "base/assert.h"
#include "config/show.h"
#include "daemon/settings_source.h"
#include "notify/channel.h"

enum { ROWS_MAX = 32 };

/* The component's rows without those that its kind has taken for itself. */
static void own_rows(const struct check_kind *kind, struct config_field rows[ROWS_MAX])
{
	size_t count = 0;

	for (const struct config_field *row = settings_component_fields; row->name; row++) {
		if (row != settings_component_fields && kind &&
		    config_field_find(kind->fields, row->name, strlen(row->name)))
			continue;
		bw_assert(count < ROWS_MAX - 1);
		rows[count++] = *row;
	}
	rows[count] = (struct config_field){ 0 };
}

/* A map of which nothing is behind its key at `after` but the end of the line. */
static void show_empty(struct bw_buf *out, size_t after)
{
	if (out->status != BW_OK || out->len != after + 1)
		return;
	out->len = after;
	bw_buf_text(out, " {}\n");
}

static void show_component(struct bw_buf *out, const struct component_settings *component,
			   const struct raw_component *raw)
{
	const struct config_node *nodes[] = { component->node, component->kind_node, NULL };
	const struct config_node *kind_nodes[] = { component->kind_node, NULL };
	struct raw_component shown = *raw;
	struct config_field rows[ROWS_MAX];
	size_t begin = out->len, after;

	own_rows(component->kind, rows);
	shown.breaker_given = component->has_breaker;
	config_show(out, 4, rows, &shown, nodes);
	if (out->status == BW_OK && out->len > begin)
		out->data[begin + 2] = '-';
	if (component->breaker_name)
		bw_buf_format(out, "    breaker: %s\n", component->breaker_name);
	if (!component->kind)
		return;
	bw_buf_format(out, "    %s:", component->kind->name);
	after = out->len;
	bw_buf_byte(out, '\n');
	config_show(out, 6, component->kind->fields, component->settings, kind_nodes);
	show_empty(out, after);
}

static void show_channel(struct bw_buf *out, const struct settings_channel *channel)
{
	const struct config_node *nodes[] = { channel->node, NULL };
	const struct config_node *kind_nodes[] = { channel->kind_node, NULL };
	size_t begin = out->len, after;

	config_show(out, 4, settings_channel_fields, &channel->raw, nodes);
	if (out->status == BW_OK && out->len > begin)
		out->data[begin + 2] = '-';
	bw_buf_format(out, "    %s:", channel->kind->name);
	after = out->len;
	bw_buf_byte(out, '\n');
	config_show(out, 6, channel->kind->fields, channel->target, kind_nodes);
	show_empty(out, after);
}

void daemon_settings_show(const struct daemon_settings *settings, struct bw_buf *out)
{
	const struct settings_source *source = settings->source;
	const struct config_node *nodes[] = { config_document_root(source->document), NULL };

	config_show(out, 0, settings_top_table(source->arena), &source->raw, nodes);
	if (settings->component_count > 0)
		bw_buf_text(out, "components:\n");
	for (size_t i = 0; i < settings->component_count; i++)
		show_component(out, &settings->components[i], &source->raw_components[i]);
	if (settings->channel_count > 0)
		bw_buf_text(out, "notify:\n");
	for (size_t i = 0; i < settings->channel_count; i++)
		show_channel(out, &source->channels[i]);
}
