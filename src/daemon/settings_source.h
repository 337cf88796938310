/* settings_source.h - what the files of settings*.c share while they build. Private to them. */
#ifndef BW_DAEMON_SETTINGS_SOURCE_H
#define BW_DAEMON_SETTINGS_SOURCE_H

#include "base/strmap.h"
#include "config/decode.h"
#include "config/document.h"
#include "config/report.h"
#include "daemon/settings.h"
#include "daemon/settings_tables.h"

/* One entry of `notify` as it was written. */
struct settings_channel {
	struct raw_channel raw;
	const struct config_node *node, *kind_node;
	const struct channel_kind *kind; /* NULL: it has none, which was complained about */
	const void *target;              /* the kind's settings */
};

/* Lives as long as the settings, or until daemon_settings_forget_source(). */
struct settings_source {
	struct config_document *document;
	struct config_complaints *complaints;
	struct bw_arena *arena; /* tables and whatever only the building needs */
	struct raw_settings raw;
	struct raw_component *raw_components; /* one for each of settings->components */
	struct settings_channel *channels;    /* one for each of settings->channels */
	struct config_decoder decoder;        /* values go to the settings' arena */
	const struct config_field *kinds;
};

/* Fills components, each alone. */
void settings_read_components(struct daemon_settings *settings, struct settings_source *source);
/* `storage`. */
void settings_read_storage(struct daemon_settings *settings, struct settings_source *source);
/* `remote_write`; after `storage`. */
void settings_read_remote(struct daemon_settings *settings, struct settings_source *source);
/* `alerts`, then `maintenance`, then `server.public_url`, `notify`, `watchdog` and `self_watch`. */
void settings_read_alerts(struct daemon_settings *settings, struct settings_source *source);
void settings_read_windows(struct daemon_settings *settings, struct settings_source *source);
void settings_read_notify(struct daemon_settings *settings, struct settings_source *source);
/* `alerts.rules`; the holds are for rules that say nothing. */
void settings_read_rules(struct daemon_settings *settings, struct settings_source *source,
			 const struct alert_hold *hold, const struct alert_hold *recover);
/* The matchers of a list that stands at `node`; NULL: it is empty, or wrong and told so. */
const struct matchers *settings_matchers(struct daemon_settings *settings,
					 const struct settings_source *source,
					 const struct config_list *list,
					 const struct config_node *node);
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
