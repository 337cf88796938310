/* silence.h - what people do not want to hear of for a while, and matchers that say which alerts.
 *
 * A matcher is `label=value`, `label!=value`, `label=~regex` or `label!~regex` (PCRE2, the whole
 * value). Labels: rule, type, severity, subject, component, breaker, resource, job, group, kind,
 * critical. A label that an alert has not is "". All matchers of a list must match.
 *
 * Owns:    a silence owns its matchers' texts.
 * Threads: one at a time.
 */
#ifndef BW_ALERTS_SILENCE_H
#define BW_ALERTS_SILENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerts/alert.h"
#include "base/buf.h"
#include "base/status.h"
#include "base/time.h"

enum { SILENCES_MAX = 1000, MATCHERS_MAX = 16, MATCHER_TEXT_MAX = 512 };

struct matchers; /* compiled */

/* `texts` as written by people; BW_EINVAL names the one that is wrong, what is wrong with it and
 * what a right one looks like. An empty list matches nothing and is refused. */
BW_MUST_USE enum bw_status matchers_parse(const char *const *texts, size_t count,
					  struct matchers **out, struct bw_error *err);
void matchers_destroy(struct matchers *matchers);
size_t matchers_count(const struct matchers *matchers);
const char *matchers_text(const struct matchers *matchers, size_t nth);

struct silence {
	uint64_t id; /* "s<id>" outside */
	struct matchers *matchers;
	struct bw_wall created, from, until;
	bool until_resolved;    /* also ends when nothing it matches fires any more */
	struct bw_wall expired; /* when somebody or something ended it; 0: not yet */
	char by[ALERT_PERSON_MAX], reason[ALERT_COMMENT_MAX], expired_by[ALERT_PERSON_MAX];
	size_t hides; /* alerts it keeps quiet now; not stored */
};

void silence_finish(struct silence *silence);
bool silence_is_active(const struct silence *silence, struct bw_wall now);
/* For the store. */
void silence_encode(const struct silence *silence, struct bw_buf *out);
BW_MUST_USE enum bw_status silence_decode(const char *text, struct silence *out,
					  struct bw_error *err);

#endif
