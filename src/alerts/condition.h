/* condition.h - the language of rules: typed conditions over the fields of facts.h.
 *
 *   component.response_time > 2s and component.group == "vendors"
 *   breaker.failure_rate >= 20% or breaker.state == open
 *   not (resource.cpu <= 90%) and score < 60
 *
 * Comparisons, and, or, not, parentheses, `in (a, b)`, `=~ "regex"`; numbers with units. A
 * condition speaks of one kind of subject; resource and system fields may stand beside it. Every
 * mistake is found when it is compiled: unknown fields and words (with a guess), types and units
 * that do not go together, each with its column. Limits: CONDITION_TEXT_MAX bytes,
 * CONDITION_DEPTH_MAX levels. Logic with what is unknown is Kleene's: `false and unknown` is
 * false, else unknown stays unknown.
 *
 * Owns:    a condition owns its code. Threads: one at a time: a match needs memory of its own.
 */
#ifndef BW_ALERTS_CONDITION_H
#define BW_ALERTS_CONDITION_H

#include "alerts/facts.h"
#include "base/status.h"

enum { CONDITION_TEXT_MAX = 4096, CONDITION_DEPTH_MAX = 32 };

struct condition;

struct condition_error {
	size_t column;  /* from 1, in bytes of the text */
	size_t len;     /* of the token that is wrong; 0: the end */
	char text[256]; /* "`component.respnse_time` is no field; did you mean ..." */
};

enum condition_verdict { CONDITION_FALSE, CONDITION_TRUE, CONDITION_UNKNOWN, CONDITION_ERROR };

BW_MUST_USE enum bw_status condition_compile(const char *text, struct condition **out,
					     struct condition_error *err);
/* Hysteresis: the way back of a condition that is one comparison of a number (`X > limit`): true
 * when X has come back beyond `limit` ("70%", "1s"). BW_EINVAL: it is not of that form, the unit is
 * another, or the limit lies on the wrong side. */
BW_MUST_USE enum bw_status condition_clear_below(const struct condition *condition,
						 const char *limit, struct condition **out,
						 struct condition_error *err);
void condition_destroy(struct condition *condition);
const char *condition_text(const struct condition *condition);
enum alert_subject_kind condition_subject(const struct condition *condition);
/* Does it ask for this field? */
bool condition_asks(const struct condition *condition, int field);
enum condition_verdict condition_judge(const struct condition *condition,
				       const struct alert_subject *subject,
				       const struct fact_source *facts);

#endif
