/* settings_source.h - what the files of settings*.c share while they build. Private to them. */
#ifndef BW_DAEMON_SETTINGS_SOURCE_H
#define BW_DAEMON_SETTINGS_SOURCE_H

#include "base/strmap.h"
#include "config/decode.h"
#include "config/document.h"
#include "config/report.h"
#include "daemon/settings.h"
#include "daemon/settings_tables.h"

/* Lives as long as the settings, or until daemon_settings_forget_source(). */
struct settings_source {
	struct config_document *document;
	struct config_complaints *complaints;
	struct bw_arena *arena; /* tables and whatever only the building needs */
	struct raw_settings raw;
	struct raw_component *raw_components; /* one for each of settings->components */
	struct config_decoder decoder;        /* values go to the settings' arena */
	const struct config_field *kinds;
};

/* Fills components, each alone. */
void settings_read_components(struct daemon_settings *settings, struct settings_source *source);
/* Splits `depends_on` into edges. */
void settings_read_dependencies(const struct settings_source *source,
				struct component_settings *component);
/* Then what they say of each other: names, breakers, dependencies. */
void settings_check_links(struct daemon_settings *settings, struct settings_source *source);
void settings_breaker_config(const struct raw_breaker *raw, struct bw_breaker_config *out);
/* Where an option of the component stands, in it or in the map of its kind; NULL: nowhere. */
const struct config_node *settings_option_node(const struct component_settings *component,
					       const char *name);
/* The nth item of a list, or whatever stands in its place. */
const struct config_node *settings_nth_item(const struct config_node *list, size_t nth);

#endif
