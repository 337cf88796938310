/* match.h - a pattern in a setting, and whether foreign text fits it.
 *
 *     some text      the text occurs, byte for byte
 *     /regex/        a regular expression (PCRE2) fits somewhere; /regex/i ignores case
 *     regex a+b      the same without the slashes
 *     text /etc/     plain text after all, where it would look like one of the others
 *
 * Owns:    the compiled pattern; immutable after create but for what one match needs.
 * Limits:  a match that takes too many steps is given up: foreign text must not stop the loop.
 * Threads: one at a time.
 */
#ifndef BW_CHECKS_MATCH_H
#define BW_CHECKS_MATCH_H

#include <stddef.h>

#include "base/status.h"

enum check_match_result { CHECK_MATCH_NO, CHECK_MATCH_YES, CHECK_MATCH_TOO_COSTLY };

struct check_match;

/* Copies `pattern`. NULL and the reason in `err` for a broken regular expression. */
struct check_match *check_match_create(const char *pattern, struct bw_error *err);
/* NULL is allowed. */
void check_match_destroy(struct check_match *match);
enum check_match_result check_match_test(struct check_match *match, const char *text, size_t len);
/* As written, for messages. */
const char *check_match_pattern(const struct check_match *match);

#endif
