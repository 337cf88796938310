/* judge.h - what a rule says of a subject, and the words for it. Private to src/alerts.
 *
 * Owns:    nothing. Threads: one at a time.
 */
#ifndef BW_ALERTS_JUDGE_H
#define BW_ALERTS_JUDGE_H

#include "alerts/alerts.h"
#include "alerts/life.h"

/* What brings the rule to look. */
enum judge_cause {
	JUDGE_SAMPLE,  /* a sample has come */
	JUDGE_ERROR,   /* the look itself failed */
	JUDGE_MISSING, /* no sample came in time */
};

void judge_sample(const struct alert_rule *rule, const struct alert_subject *subject,
		  enum judge_cause cause, const struct fact_source *facts, struct life_sample *out);
/* Severity, title and message of an alert whose latest sample was bad. `why`: of JUDGE_ERROR, or
 * NULL. Returns whether one of them changed. */
bool judge_words(struct alert *alert, const struct alerts_options *options, const char *why);

#endif
