/* text.h - durations and sizes as a person reads them.
 *
 * Threads: any; nothing is kept.
 */
#ifndef BW_CHECKS_TEXT_H
#define BW_CHECKS_TEXT_H

#include <stdint.h>

enum { CHECK_DURATION_MAX = 32 };

/* "0.4 ms", "884 ms", "5 s", "12.3 s", "90 days". Negative counts as 0. */
void check_text_duration(int64_t us, char out[CHECK_DURATION_MAX]);
/* For ages and limits people set: "45 s", "5 min", "3 h 20 min", "4 days". Negative counts as 0. */
void check_text_age(int64_t us, char out[CHECK_DURATION_MAX]);
/* "512 bytes", "1.5 KiB", "20 GiB". Negative counts as 0. */
void check_text_size(int64_t bytes, char out[CHECK_DURATION_MAX]);

#endif
