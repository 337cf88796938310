/* condition.h - a jq program over a JSON text that must come out true.
 *
 * The first result counts; false, null and no result at all are failures. A program sees nothing
 * but the text: no environment, no further input, no files.
 *
 * Owns:    the compiled program (about 120 KB; compiling takes about 30 ms).
 * Limits:  the text's size is the caller's; a program cannot be interrupted.
 * Threads: one at a time.
 */
#ifndef BW_CHECKS_CONDITION_H
#define BW_CHECKS_CONDITION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

enum { CHECK_CONDITION_MAX_BYTES = 4096 };

struct check_condition;

/* NULL and the reason in `err`. */
struct check_condition *check_condition_create(const char *program, struct bw_error *err);
/* NULL is allowed. */
void check_condition_destroy(struct check_condition *condition);
/* false: `err` says what the value was, why there is none, or why the text is no JSON. */
bool check_condition_test(struct check_condition *condition, const char *json, size_t len,
			  struct bw_error *err);

#endif
