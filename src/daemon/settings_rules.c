/* settings_rules.c - built-in rules with what the configuration changes of them, then its own.
 *
 * A member that is written wins over the built-in rule's, which wins over the defaults of `alerts`.
 */
#include <string.h>

#include "alerts/builtin.h"
#include "base/assert.h"
#include "base/xalloc.h"
#include "config/guess.h"
#include "daemon/settings_hold.h"
#include "daemon/settings_owned.h"
#include "daemon/settings_source.h"

/* What is known of one rule while it is put together. */
struct making {
	struct daemon_settings *settings;
	struct settings_source *source;
	const struct builtin_rule *builtin; /* NULL: a rule of one's own */
	const struct raw_rule *raw;         /* what is written; all NULL when nothing is */
	const struct config_node *node;     /* NULL: nothing is */
	struct alert_hold hold, recover;    /* where the rule says nothing */
};

static const char *const subject_names[ALERT_SUBJECT_KINDS] = {
	[ALERT_SUBJECT_COMPONENT] = "{component.name}",
	[ALERT_SUBJECT_BREAKER] = "{breaker.name}",
	[ALERT_SUBJECT_JOB] = "{job.name}",
};

/* At the wrong word of the text of a member, where that can be found in the file. */
static void complain_in(const struct making *making, const char *member, const char *text,
			const struct condition_error *error)
{
	const struct config_node *node = config_node_get(making->node, member);
	struct config_part_of_text part = { error->column > 0 ? error->column - 1 : 0, error->len };

	if (node)
		config_complain_within(making->source->complaints, node, text, part, "%s",
				       error->text);
	else
		config_complain(making->source->complaints, making->node, "`%s`: %s", member,
				error->text);
}

static const char *builtin_guess(const char *name)
{
	struct config_guess guess;

	config_guess_init(&guess, name);
	for (const struct builtin_rule *rule = builtin_rules; rule->name; rule++)
		config_guess_add(&guess, rule->name);
	return guess.best;
}

static void complain_no_condition(const struct making *making)
{
	const char *best = builtin_guess(making->raw->name);

	if (best)
		config_complain(making->source->complaints, making->node,
				"`when` is missing, and there is no built-in rule `%s`; did you "
				"mean `%s`?",
				making->raw->name, best);
	else
		config_complain(making->source->complaints, making->node,
				"`when` is missing; write `when: component.response_time > 2s`, or "
				"the name of a built-in rule to change that one");
}

static bool compile_condition(const struct making *making, struct alert_rule *rule)
{
	const char *text = making->raw->when;
	struct condition_error error;
	struct condition *when, *clear;

	if (!text && making->builtin)
		text = making->builtin->when;
	if (!text) {
		complain_no_condition(making);
		return false;
	}
	if (condition_compile(text, &when, &error) != BW_OK) {
		complain_in(making, "when", text, &error);
		return false;
	}
	settings_own_condition(making->settings, when);
	rule->when = when;
	rule->subject = condition_subject(when);
	if (!making->raw->clear_below)
		return true;
	if (condition_clear_below(when, making->raw->clear_below, &clear, &error) != BW_OK) {
		complain_in(making, "clear_below", making->raw->clear_below, &error);
		return true;
	}
	settings_own_condition(making->settings, clear);
	rule->clear = clear;
	return true;
}

/* "slow-vendor" is "Slow vendor: {component.name}". */
static const char *title_of_name(struct bw_arena *arena, const char *name,
				 enum alert_subject_kind subject)
{
	const char *behind = subject_names[subject];
	struct bw_buf buf;
	const char *title;

	bw_buf_init(&buf, 0);
	for (const char *at = name; *at; at++)
		bw_buf_byte(&buf, *at == '-' || *at == '_' ? ' ' : *at);
	if (buf.len > 0 && *buf.data >= 'a' && *buf.data <= 'z')
		*buf.data = (char)(*buf.data - 'a' + 'A');
	if (behind)
		bw_buf_format(&buf, ": %s", behind);
	title = xarena_text(arena, buf.len > 0 ? buf.data : "");
	bw_buf_finish(&buf);
	return title;
}

/* The text of a condition as a pattern: braces in it are braces. */
static const char *message_of_condition(struct bw_arena *arena, const char *condition)
{
	struct bw_buf buf;
	const char *message;

	bw_buf_init(&buf, 0);
	for (const char *at = condition; *at; at++) {
		bw_buf_byte(&buf, *at);
		if (*at == '{' || *at == '}')
			bw_buf_byte(&buf, *at);
	}
	message = xarena_text(arena, buf.len > 0 ? buf.data : "");
	bw_buf_finish(&buf);
	return message;
}

static const struct alert_pattern *compile_pattern(const struct making *making, const char *member,
						   const char *text,
						   enum alert_subject_kind subject)
{
	struct condition_error error;
	struct alert_pattern *pattern;

	if (pattern_compile(text, subject, &pattern, &error) == BW_OK) {
		settings_own_pattern(making->settings, pattern);
		return pattern;
	}
	complain_in(making, member, text, &error);
	return NULL;
}

static void compile_texts(const struct making *making, struct alert_rule *rule)
{
	struct bw_arena *arena = making->settings->arena;
	const char *title = making->raw->title, *message = making->raw->message;

	if (!title)
		title = making->builtin ? making->builtin->title
					: title_of_name(arena, rule->name, rule->subject);
	if (!message)
		message = making->builtin ? making->builtin->message
					  : message_of_condition(arena, condition_text(rule->when));
	rule->title = compile_pattern(making, "title", title, rule->subject);
	rule->message = compile_pattern(making, "message", message, rule->subject);
}

static void set_hold(const struct making *making, const char *member, const char *text,
		     struct alert_hold *hold)
{
	struct bw_error err;

	if (text && settings_hold_parse(text, hold, &err) != BW_OK)
		config_complain_at(making->source->complaints, making->node, member, "%s",
				   err.text);
}

static void set_members(const struct making *making, struct alert_rule *rule)
{
	const struct raw_rule *raw = making->raw;

	if (raw->severity_given) {
		rule->severity = (enum bw_severity)raw->severity;
		rule->severity_follows_component = false;
	}
	if (raw->no_data_given)
		rule->no_data = (enum alert_lack)raw->no_data;
	if (raw->error_given)
		rule->error = (enum alert_lack)raw->error;
	if (raw->enabled_given)
		rule->enabled = raw->enabled;
	if (raw->flapping_given)
		rule->detects_flapping = raw->flapping;
	set_hold(making, "for", raw->hold, &rule->hold);
	set_hold(making, "recover_for", raw->recover, &rule->recover);
}

static struct alert_rule rule_of_ones_own(const char *name)
{
	return (struct alert_rule){
		.name = name,
		.type = "rule",
		.enabled = true,
		.severity = BW_SEVERITY_WARNING,
		.detects_flapping = true,
	};
}

static struct alert_rule rule_of_builtin(const struct builtin_rule *builtin)
{
	struct alert_rule rule = rule_of_ones_own(builtin->name);

	rule.builtin = true;
	rule.type = builtin->type;
	rule.severity = builtin->severity;
	rule.severity_follows_component = builtin->severity_follows_component;
	rule.no_data = rule.error = builtin->no_data;
	return rule;
}

static void make_rule(const struct making *making, struct alert_rule *rule)
{
	*rule = making->builtin ? rule_of_builtin(making->builtin)
				: rule_of_ones_own(making->raw->name);
	rule->hold = making->hold;
	rule->recover = making->recover;
	set_members(making, rule);
	if (compile_condition(making, rule))
		compile_texts(making, rule);
}

static bool is_builtin(const char *name)
{
	for (const struct builtin_rule *rule = builtin_rules; rule->name; rule++)
		if (strcmp(rule->name, name) == 0)
			return true;
	return false;
}

/* The first raw rule of each name; others are complained about. */
static struct bw_strmap *index_rules(const struct settings_source *source,
				     const struct config_node *list)
{
	const struct raw_rule *raw = source->raw.alerts.rules.items;
	const struct config_node *node = list ? list->first : NULL;
	struct bw_strmap *rules = bw_strmap_create();

	if (!rules)
		xalloc_die();
	for (size_t i = 0; node && i < source->raw.alerts.rules.count; i++, node = node->next) {
		if (!raw[i].name)
			continue;
		if (bw_strmap_get(rules, raw[i].name))
			config_complain_at(source->complaints, node, "name",
					   "there is a rule `%s` already; give this one another "
					   "name",
					   raw[i].name);
		else
			xalloc_must(bw_strmap_put(rules, raw[i].name, (void *)&raw[i]));
	}
	return rules;
}

static size_t count_builtin(void)
{
	size_t count = 0;

	while (builtin_rules[count].name)
		count++;
	return count;
}

static void make_builtin(struct making *making, const struct bw_strmap *index,
			 const struct config_node *list, struct alert_rule *rule)
{
	static const struct raw_rule nothing = { 0 };
	const struct raw_rule *raws = making->source->raw.alerts.rules.items;
	const struct raw_rule *raw = bw_strmap_get(index, making->builtin->name);

	making->raw = raw ? raw : &nothing;
	making->node = raw ? settings_nth_item(list, (size_t)(raw - raws)) : NULL;
	make_rule(making, rule);
}

void settings_read_rules(struct daemon_settings *settings, struct settings_source *source,
			 const struct alert_hold *hold, const struct alert_hold *recover)
{
	const struct config_node *list = config_node_get(
		config_node_get(config_document_root(source->document), "alerts"), "rules");
	const struct config_node *node = list ? list->first : NULL;
	const struct raw_rule *raw = source->raw.alerts.rules.items;
	size_t raw_count = source->raw.alerts.rules.count, builtin_count = count_builtin();
	struct alert_rule *rules =
		xarena_alloc(settings->arena, (builtin_count + raw_count) * sizeof *rules);
	struct bw_strmap *index = index_rules(source, list);
	struct making making = {
		.settings = settings, .source = source, .hold = *hold, .recover = *recover
	};
	size_t count = 0;

	for (; count < builtin_count; count++) {
		making.builtin = &builtin_rules[count];
		make_builtin(&making, index, list, &rules[count]);
	}
	making.builtin = NULL;
	for (size_t i = 0; node && i < raw_count; i++, node = node->next) {
		if (!raw[i].name || is_builtin(raw[i].name))
			continue;
		making.raw = &raw[i];
		making.node = node;
		make_rule(&making, &rules[count++]);
	}
	bw_strmap_destroy(index);
	settings->alerts.rules = (struct alert_rules){ .items = rules, .count = count };
}
