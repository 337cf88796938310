/* clock.h - the system's clocks and random numbers as a struct bw_clock; where and when we are.
 *
 * Units:   microseconds.
 * Threads: any.
 */
#ifndef BW_SHM_CLOCK_H
#define BW_SHM_CLOCK_H

#include <stdbool.h>

#include <bellwether/breaker.h>

#include "shm/segment.h"

/* CLOCK_MONOTONIC and its coarse sister, CLOCK_REALTIME, getrandom(). */
void bw_clock_system(struct bw_clock *out);
/* A copy of `given` in which nothing is NULL; of NULL: the system's. */
void bw_clock_complete(const struct bw_clock *given, struct bw_clock *out);
/* Are its two clocks for decisions the system's? Then they may be read without it. */
bool bw_clock_is_system(const struct bw_clock *clock);
/* Boot, time namespace and the two clocks. What the system does not tell is zero. */
void bw_clock_origin(const struct bw_clock *clock, struct segment_origin *out);
/* Never 0 and never 1. */
uint64_t bw_clock_identity(void);

#endif
