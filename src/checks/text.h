/* text.h - foreign bytes and durations as one line a person can read.
 *
 * Threads: any; nothing is kept.
 */
#ifndef BW_CHECKS_TEXT_H
#define BW_CHECKS_TEXT_H

#include <stddef.h>
#include <stdint.h>

enum { CHECK_DURATION_MAX = 32 };

/* Copies `len` bytes as valid UTF-8 without control characters: what is not UTF-8 becomes U+FFFD,
 * a control character or line separator a space, blanks at the end go. Longer than `size` - 1 bytes
 * is cut at a character boundary and ends with "...". `size` >= 4; NUL-terminated. */
void check_text_clean(const char *text, size_t len, char *out, size_t size);
/* "0.4 ms", "884 ms", "5 s", "12.3 s", "90 days". Negative counts as 0. */
void check_text_duration(int64_t us, char out[CHECK_DURATION_MAX]);
/* For ages and limits people set: "45 s", "5 min", "3 h 20 min", "4 days". Negative counts as 0. */
void check_text_age(int64_t us, char out[CHECK_DURATION_MAX]);
/* "512 bytes", "1.5 KiB", "20 GiB". Negative counts as 0. */
void check_text_size(int64_t bytes, char out[CHECK_DURATION_MAX]);

#endif
