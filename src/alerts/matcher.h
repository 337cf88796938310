/* matcher.h - the labels of an alert, and whether matchers fit them. Private to src/alerts, but
 * for the names of labels, which the configuration knows too; people see matchers in silence.h.
 *
 * Owns:    labels borrow their texts. Threads: one at a time.
 */
#ifndef BW_ALERTS_MATCHER_H
#define BW_ALERTS_MATCHER_H

#include <stdbool.h>
#include <stddef.h>

#include "alerts/alerts.h"
#include "alerts/regex.h"
#include "alerts/silence.h"

enum matcher_label {
	MATCHER_RULE,
	MATCHER_TYPE,
	MATCHER_SEVERITY,
	MATCHER_SUBJECT,
	MATCHER_COMPONENT,
	MATCHER_BREAKER,
	MATCHER_RESOURCE,
	MATCHER_JOB,
	MATCHER_GROUP,
	MATCHER_KIND,
	MATCHER_CRITICAL,
	MATCHER_LABELS,
};

/* NULL is "". */
struct alert_labels {
	const char *values[MATCHER_LABELS];
};

const char *matcher_label_text(enum matcher_label label);
/* -1: there is none of that name. */
int matcher_label_find(const char *name, size_t len);
void alert_labels_read(const struct alert *alert, const struct alert_relations *relations,
		       struct alert_labels *out);
/* Of a subject without an alert: rule, type and severity are empty. */
void subject_labels_read(const struct alert_subject *subject,
			 const struct alert_relations *relations, struct alert_labels *out);
bool matchers_match(const struct matchers *matchers, const struct alert_labels *of);
/* The same with little patience, for a question about all alerts in one go. */
enum alert_regex_result matchers_match_briefly(const struct matchers *matchers,
					       const struct alert_labels *of);

#endif
