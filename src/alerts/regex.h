/* regex.h - a regular expression (PCRE2) for foreign and own texts, with limits.
 *
 * Owns:    the compiled expression. Threads: one at a time: a match needs memory of its own.
 * Limits:  a match that takes too many steps (100,000, about a millisecond) is given up; a brief
 *          one after 2,000, for whoever asks about ten thousand texts in one go.
 */
#ifndef BW_ALERTS_REGEX_H
#define BW_ALERTS_REGEX_H

#include "base/status.h"

enum alert_regex_result { ALERT_REGEX_NO, ALERT_REGEX_YES, ALERT_REGEX_TOO_COSTLY };

struct alert_regex;

/* It must fit the whole text. NULL and the reason in `err` for a broken one. */
struct alert_regex *alert_regex_create(const char *pattern, struct bw_error *err);
/* NULL is allowed. */
void alert_regex_destroy(struct alert_regex *regex);
enum alert_regex_result alert_regex_test(const struct alert_regex *regex, const char *text);
enum alert_regex_result alert_regex_test_briefly(const struct alert_regex *regex, const char *text);

#endif
