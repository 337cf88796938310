/* settings_show.c - the configuration in effect, as YAML that means the same when read again. */
#include <string.h>

#include "base/assert.h"
#include "config/show.h"
#include "daemon/settings_source.h"

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
	if (out->status == BW_OK && out->len == after + 1) {
		out->len = after;
		bw_buf_text(out, " {}\n");
	}
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
}
