/* eval.h - `bellwether eval`: snapshots in, dashboard documents out, and nothing else.
 *
 * One JSON object a line (tick.h), one document a line. State (history, start time) is carried from
 * line to line, no clock is read: the same input always gives the same output. Only the reference's
 * rules and its response curve.
 * Limits:  EVAL_LINE_MAX bytes a line. Empty lines are skipped; CRLF is accepted.
 * Threads: one call at a time on the same files.
 */
#ifndef BW_EVAL_EVAL_H
#define BW_EVAL_EVAL_H

#include <stdbool.h>
#include <stdio.h>

enum { EVAL_LINE_MAX = 16 * 1024 * 1024 };

/* The exit status: 0; 65 after bad input, with `line N: why` on `err` and the documents of the
 * lines before it written and flushed; 71 without memory; 74 when reading or writing fails. With
 * `only_last` the last good document alone is written. */
int eval_run(FILE *in, FILE *out, FILE *err, bool only_last);

#endif
