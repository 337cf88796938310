/* settings_owned.c - a list in the arena of what is not. */
#include "daemon/settings_owned.h"

#include "base/xalloc.h"

struct settings_owned {
	struct settings_owned *next;
	struct condition *condition;
	struct alert_pattern *pattern;
	struct matchers *matchers;
	struct zone *zone;
	const struct channel_kind *kind;
	void *channel;
};

static struct settings_owned *add(struct daemon_settings *settings)
{
	struct settings_owned *owned = xarena_alloc(settings->arena, sizeof *owned);

	*owned = (struct settings_owned){ .next = settings->owned };
	settings->owned = owned;
	return owned;
}

void settings_own_condition(struct daemon_settings *settings, struct condition *condition)
{
	add(settings)->condition = condition;
}

void settings_own_pattern(struct daemon_settings *settings, struct alert_pattern *pattern)
{
	add(settings)->pattern = pattern;
}

void settings_own_matchers(struct daemon_settings *settings, struct matchers *matchers)
{
	add(settings)->matchers = matchers;
}

void settings_own_zone(struct daemon_settings *settings, struct zone *zone)
{
	add(settings)->zone = zone;
}

void settings_own_channel(struct daemon_settings *settings, const struct channel_kind *kind,
			  void *channel)
{
	struct settings_owned *owned = add(settings);

	owned->kind = kind;
	owned->channel = channel;
}

void settings_release(struct daemon_settings *settings)
{
	for (struct settings_owned *owned = settings->owned; owned; owned = owned->next) {
		condition_destroy(owned->condition);
		pattern_destroy(owned->pattern);
		matchers_destroy(owned->matchers);
		zone_close(owned->zone);
		if (owned->kind && owned->kind->release)
			owned->kind->release(owned->channel);
	}
	settings->owned = NULL;
}
