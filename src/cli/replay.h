/* replay.h - `breaker replay`: one private breaker on a fake clock, driven by JSON lines.
 *
 * Lines as replay_read.h; one answer a step, written and flushed before the next line is read. The
 * same input always gives the same output: the jitter's numbers are drawn from a fixed seed.
 *
 * Limits:  a line has at most 64 KiB, 100,000 calls may be open at once; `at` stays within 100 days
 *          before and 1,000 days after the first one.
 * Threads: any, one a call.
 */
#ifndef BW_CLI_REPLAY_H
#define BW_CLI_REPLAY_H

#include <stdio.h>

enum { REPLAY_LINE_MAX = 64 * 1024, REPLAY_OPEN_MAX = 100 * 1000 };

/* Returns the exit status: EX_OK; EX_DATAERR after "line N: why" on `err`; EX_OSERR; EX_IOERR. */
int replay_run(FILE *in, FILE *out, FILE *err);

#endif
