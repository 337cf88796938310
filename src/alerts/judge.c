/* judge.c - from a verdict to good, bad or neither, and from fields to words.
 *
 * Between the condition and the way back (hysteresis) a sample is neither good nor bad. A lack is
 * what the rule says it is, and never more than a warning: nobody knows that anything is broken.
 * But a trouble that was known before and is not seen any more keeps its severity.
 */
#include "alerts/judge.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/condition.h"
#include "alerts/pattern.h"
#include "base/text.h"
#include "base/xalloc.h"

static void lack(enum alert_lack what, enum alert_reason reason, struct life_sample *out)
{
	out->bad = what == ALERT_LACK_ALERTS;
	out->good = what == ALERT_LACK_OK;
	out->keeps = what == ALERT_LACK_KEEPS;
	out->reason = reason;
}

static bool is_way_back(const struct alert_rule *rule, const struct alert_subject *subject,
			const struct fact_source *facts)
{
	return !rule->clear || condition_judge(rule->clear, subject, facts) == CONDITION_TRUE;
}

void judge_sample(const struct alert_rule *rule, const struct alert_subject *subject,
		  enum judge_cause cause, const struct fact_source *facts, struct life_sample *out)
{
	enum condition_verdict verdict = CONDITION_UNKNOWN;

	*out = (struct life_sample){ .missing = cause == JUDGE_MISSING };
	if (cause == JUDGE_SAMPLE)
		verdict = condition_judge(rule->when, subject, facts);
	else if (cause == JUDGE_ERROR)
		verdict = CONDITION_ERROR;
	switch (verdict) {
	case CONDITION_TRUE:
		out->bad = true;
		break;
	case CONDITION_FALSE:
		out->good = is_way_back(rule, subject, facts);
		break;
	case CONDITION_UNKNOWN:
		lack(rule->no_data, ALERT_BY_NO_DATA, out);
		break;
	case CONDITION_ERROR:
		lack(rule->error, ALERT_BY_ERROR, out);
		break;
	}
}

static enum bw_severity severity_of(const struct alert *alert, const struct alerts_options *options)
{
	const struct alert_rule *rule = alert->rule;
	const struct alert_relations *relations = &options->relations;
	struct alert_subject subject = { alert->subject_kind, alert->subject };
	const char *critical = NULL;

	if (alert->reason != ALERT_BY_CONDITION) {
		enum bw_severity most =
			rule->severity < BW_SEVERITY_WARNING ? rule->severity : BW_SEVERITY_WARNING;

		return alert_is_hard_firing(alert) && alert->severity > most ? alert->severity
									     : most;
	}
	if (rule->severity_follows_component && relations->label)
		critical = relations->label(relations->arg, &subject, "critical");
	return critical && strcmp(critical, "true") == 0 ? BW_SEVERITY_CRITICAL : rule->severity;
}

static bool set_text(char **text, const char *to)
{
	if (*text && strcmp(*text, to) == 0)
		return false;
	free(*text);
	*text = xstrdup(to);
	return true;
}

static void lack_title(const struct alert *alert, char *out, size_t size)
{
	const char *what = alert->reason == ALERT_BY_NO_DATA ? "No Data" : "Cannot Be Judged";

	bw_text_format(out, size, "%s: %s", what,
		       alert->subject[0] != '\0' ? alert->subject : alert->rule_name);
}

static void lack_message(const struct alert *alert, const char *why, char *out, size_t size)
{
	char since[BW_WALL_TEXT_MAX];

	bw_wall_format(alert->samples.latest, since);
	if (alert->reason == ALERT_BY_ERROR)
		bw_text_format(out, size, "Rule %s: %s", alert->rule_name,
			       why ? why : "its condition could not be worked out");
	else if (!alert->samples.missing)
		bw_text_format(out, size, "Rule %s: what it asks for is not known",
			       alert->rule_name);
	else if (alert->samples.latest.us == 0)
		bw_text_format(out, size, "Rule %s: no sample has come yet", alert->rule_name);
	else
		bw_text_format(out, size, "Rule %s: no sample has come since %s", alert->rule_name,
			       since);
}

bool judge_words(struct alert *alert, const struct alerts_options *options, const char *why)
{
	struct alert_subject subject = { alert->subject_kind, alert->subject };
	char title[BW_ALERT_TITLE_MAX], message[BW_ALERT_MESSAGE_MAX];
	enum bw_severity severity = severity_of(alert, options);
	bool changed = severity != alert->severity;

	alert->severity = severity;
	if (alert->reason == ALERT_BY_CONDITION) {
		pattern_write(alert->rule->title, &subject, &options->facts, title, sizeof(title));
		pattern_write(alert->rule->message, &subject, &options->facts, message,
			      sizeof(message));
	} else {
		lack_title(alert, title, sizeof(title));
		lack_message(alert, why, message, sizeof(message));
	}
	changed = set_text(&alert->title, title) || changed;
	return set_text(&alert->message, message) || changed;
}
