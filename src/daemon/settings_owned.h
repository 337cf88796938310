/* settings_owned.h - what settings hold beyond their arena, freed with them. Private to
 * settings*.c.
 */
#ifndef BW_DAEMON_SETTINGS_OWNED_H
#define BW_DAEMON_SETTINGS_OWNED_H

#include "alerts/pattern.h"
#include "alerts/silence.h"
#include "daemon/settings.h"
#include "time/zone.h"

/* Each is the settings' from now on. */
void settings_own_condition(struct daemon_settings *settings, struct condition *condition);
void settings_own_pattern(struct daemon_settings *settings, struct alert_pattern *pattern);
void settings_own_matchers(struct daemon_settings *settings, struct matchers *matchers);
void settings_own_zone(struct daemon_settings *settings, struct zone *zone);
/* The kind has prepared these settings of a channel. */
void settings_own_channel(struct daemon_settings *settings, const struct channel_kind *kind,
			  void *channel);
void settings_release(struct daemon_settings *settings);

#endif
