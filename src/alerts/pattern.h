/* pattern.h - a text with fields in it: "CPU usage is {resource.cpu}%, above {threshold.cpu}%".
 *
 * `{field}` as it is; `{field:human}` with its unit ("184 ms", "87.6 GiB"); `{{` and `}}` are
 * braces. Numbers print as Python prints them, as the reference's texts demand. Unknown is
 * "unknown".
 *
 * Owns:    a pattern owns its parts. Threads: any; writing changes nothing.
 */
#ifndef BW_ALERTS_PATTERN_H
#define BW_ALERTS_PATTERN_H

#include "alerts/condition.h"

struct alert_pattern;

/* `subject` is that of the rule's condition: fields of others are an error. */
BW_MUST_USE enum bw_status pattern_compile(const char *text, enum alert_subject_kind subject,
					   struct alert_pattern **out, struct condition_error *err);
void pattern_destroy(struct alert_pattern *pattern);
/* Cut at a whole character, always ended. */
void pattern_write(const struct alert_pattern *pattern, const struct alert_subject *subject,
		   const struct fact_source *facts, char *out, size_t size);

#endif
