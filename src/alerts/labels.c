/* labels.c - what matchers, silences and grouping see of an alert. */
#include "alerts/matcher.h"

#include "core/alert.h"

void subject_labels_read(const struct alert_subject *subject,
			 const struct alert_relations *relations, struct alert_labels *out)
{
	static const enum matcher_label own[] = {
		[ALERT_SUBJECT_COMPONENT] = MATCHER_COMPONENT,
		[ALERT_SUBJECT_BREAKER] = MATCHER_BREAKER,
		[ALERT_SUBJECT_JOB] = MATCHER_JOB,
	};
	static const enum matcher_label asked[] = { MATCHER_GROUP, MATCHER_KIND, MATCHER_CRITICAL };

	*out = (struct alert_labels){ 0 };
	if (subject->kind == ALERT_SUBJECT_RESOURCE)
		out->values[MATCHER_RESOURCE] = "host";
	else if (subject->kind != ALERT_SUBJECT_SYSTEM)
		out->values[own[subject->kind]] = subject->name;
	out->values[MATCHER_SUBJECT] = alert_subject_text(subject->kind);
	for (size_t i = 0; relations->label && i < sizeof(asked) / sizeof(asked[0]); i++)
		out->values[asked[i]] =
			relations->label(relations->arg, subject, matcher_label_text(asked[i]));
}

void alert_labels_read(const struct alert *alert, const struct alert_relations *relations,
		       struct alert_labels *out)
{
	const struct alert_subject subject = { alert->subject_kind, alert->subject };

	subject_labels_read(&subject, relations, out);
	out->values[MATCHER_RULE] = alert->rule_name;
	out->values[MATCHER_TYPE] = alert->type;
	out->values[MATCHER_SEVERITY] = bw_severity_text(alert->severity);
}
