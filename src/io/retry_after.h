/* retry_after.h - how long the other side of HTTP asks to be left alone.
 *
 * Limits:  IO_RETRY_MAX_US: nobody makes us wait longer.
 * Threads: any.
 */
#ifndef BW_IO_RETRY_AFTER_H
#define BW_IO_RETRY_AFTER_H

#include "base/time.h"
#include "io/fetch.h"

#define IO_RETRY_MAX_US (3600 * BW_SECOND_US)

/* By the answer's header Retry-After, seconds or a date, at the time `now`; 0: it does not say. */
int64_t io_retry_after_us(const struct io_fetch_result *result, struct bw_wall now);
/* Seconds from anywhere else; 0 for what makes no sense. */
int64_t io_retry_seconds_us(double seconds);

#endif
