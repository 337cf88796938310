/* settings_alerts.c - `alerts`, `maintenance`: what of an alert is believed, and what is told.
 *
 * Everything is compiled here, so that a mistake in a matcher, a schedule or a zone is found where
 * it is written.
 */
#include <string.h>

#include "alerts/matcher.h"
#include "alerts/silence.h"
#include "base/xalloc.h"
#include "config/guess.h"
#include "daemon/settings_hold.h"
#include "daemon/settings_owned.h"
#include "daemon/settings_source.h"

/* Marks a word that is no label, with a guess. */
static void complain_label(const struct settings_source *source, const char *word,
			   const struct config_node *node)
{
	struct config_guess guess;
	struct bw_buf known;

	config_guess_init(&guess, word);
	bw_buf_init(&known, 0);
	for (int i = 0; i < MATCHER_LABELS; i++) {
		const char *label = matcher_label_text((enum matcher_label)i);

		config_guess_add(&guess, label);
		bw_buf_format(&known, "%s%s", i > 0 ? ", " : "", label);
	}
	if (guess.best)
		config_complain(source->complaints, node,
				"alerts have no label `%.40s`; did you mean `%s`?", word,
				guess.best);
	else
		config_complain(source->complaints, node,
				"alerts have no label `%.40s`; they have %s", word, known.data);
	bw_buf_finish(&known);
}

/* The labels of a list, ended by NULL; NULL: the list is empty. */
static const char *const *read_labels(const struct daemon_settings *settings,
				      const struct settings_source *source,
				      const struct config_list *list,
				      const struct config_node *node)
{
	const char *const *words = list->items;
	const char **out = xarena_alloc(settings->arena, (list->count + 1) * sizeof *out);

	for (size_t i = 0; i < list->count; i++) {
		if (matcher_label_find(words[i], strlen(words[i])) < 0)
			complain_label(source, words[i], settings_nth_item(node, i));
		out[i] = words[i];
	}
	out[list->count] = NULL;
	return list->count > 0 ? out : NULL;
}

/* The node of the matcher that is wrong: of the first that is refused alone. */
static const struct config_node *wrong_matcher(const struct config_list *list,
					       const struct config_node *node)
{
	const char *const *texts = list->items;

	for (size_t i = 0; i < list->count; i++) {
		struct matchers *alone;

		if (matchers_parse(&texts[i], 1, &alone, NULL) != BW_OK)
			return settings_nth_item(node, i);
		matchers_destroy(alone);
	}
	return node;
}

const struct matchers *settings_matchers(struct daemon_settings *settings,
					 const struct settings_source *source,
					 const struct config_list *list,
					 const struct config_node *node)
{
	struct matchers *matchers;
	struct bw_error err;

	if (list->count == 0)
		return NULL;
	if (matchers_parse(list->items, list->count, &matchers, &err) != BW_OK) {
		config_complain(source->complaints, wrong_matcher(list, node), "%s", err.text);
		return NULL;
	}
	settings_own_matchers(settings, matchers);
	return matchers;
}

static const struct config_node *section(const struct settings_source *source, const char *name)
{
	return config_node_get(config_document_root(source->document), name);
}

static void read_inhibitions(struct daemon_settings *settings, struct settings_source *source)
{
	const struct config_node *list = config_node_get(section(source, "alerts"), "inhibit");
	const struct config_node *node = list ? list->first : NULL;
	const struct raw_inhibition *raw = source->raw.alerts.inhibit.items;
	size_t count = source->raw.alerts.inhibit.count;
	struct inhibition *out = xarena_alloc(settings->arena, count * sizeof *out);

	for (size_t i = 0; i < count && node; i++, node = node->next)
		out[i] = (struct inhibition){
			.when = settings_matchers(settings, source, &raw[i].when,
						  config_node_get(node, "when")),
			.hides = settings_matchers(settings, source, &raw[i].hides,
						   config_node_get(node, "hides")),
			.same = read_labels(settings, source, &raw[i].same,
					    config_node_get(node, "same")),
		};
	settings->alerts.inhibitions = out;
	settings->alerts.inhibition_count = count;
}

static struct alert_hold read_hold(const struct settings_source *source, const char *member,
				   const char *text)
{
	struct alert_hold hold = { .m = 1, .n = 1 };
	struct bw_error err;

	if (settings_hold_parse(text, &hold, &err) != BW_OK)
		config_complain_at(source->complaints, section(source, "alerts"), member, "%s",
				   err.text);
	return hold;
}

static void read_flapping(struct daemon_settings *settings, const struct settings_source *source)
{
	const struct raw_alerts *raw = &source->raw.alerts;

	settings->alerts.flapping.enabled = raw->flapping.enabled;
	settings->alerts.flapping.high = raw->flapping.high;
	settings->alerts.flapping.low = raw->flapping.low;
	if (raw->flapping.low >= raw->flapping.high)
		config_complain_at(source->complaints, section(source, "alerts"), "flapping.low",
				   "`low` is not below `high`, so flapping would end as it begins; "
				   "make it smaller");
}

static void read_noise(struct daemon_settings *settings, const struct settings_source *source)
{
	const struct raw_alerts *raw = &source->raw.alerts;
	const struct config_node *group = config_node_get(section(source, "alerts"), "group");

	settings->alerts.reminders.every_us = raw->reminders_us;
	settings->alerts.reminders.max_us = raw->reminder_max_us;
	settings->alerts.reminders.factor = raw->reminder_factor;
	if (raw->reminders_us > raw->reminder_max_us)
		settings->alerts.reminders.max_us = raw->reminders_us;
	read_flapping(settings, source);
	settings->alerts.group.by =
		read_labels(settings, source, &raw->group.by, config_node_get(group, "by"));
	settings->alerts.group.wait_us = raw->group.wait_us;
	settings->alerts.group.most = raw->group.most;
	settings->alerts.group.within_us = raw->group.within_us;
	settings->alerts.uplink = raw->uplink.items;
	settings->alerts.uplink_count = raw->uplink.count;
}

void settings_read_alerts(struct daemon_settings *settings, struct settings_source *source)
{
	struct alert_hold hold = read_hold(source, "for", source->raw.alerts.hold);
	struct alert_hold recover = read_hold(source, "recover_for", source->raw.alerts.recover);

	settings_read_rules(settings, source, &hold, &recover);
	read_noise(settings, source);
	read_inhibitions(settings, source);
}
