/* failing_allocator.h - lets one chosen allocation fail, so that a test can walk through all.
 *
 * Use:     for (long nth = 0; ; nth++) { failing_allocator_arm(nth); ...the call...;
 *          if (!failing_allocator_disarm()) break; } - the last round is the one in which nothing
 *          failed.
 * Needs:   the link arguments of tests/support/meson.build: malloc, calloc, realloc and strdup of
 *          the program under test come here; those inside shared libraries do not.
 * Threads: one at a time.
 */
#ifndef BW_TESTS_FAILING_ALLOCATOR_H
#define BW_TESTS_FAILING_ALLOCATOR_H

#include <stdbool.h>

/* The allocation after `nth` others fails, and only that one. */
void failing_allocator_arm(long nth);
/* Back to normal; true if the chosen allocation came and failed. */
bool failing_allocator_disarm(void);

#endif
