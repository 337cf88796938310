/* text.h - formatted text in a field of fixed size, cut where people can see it; clean lines;
 * digits.
 *
 * Threads: any.
 */
#ifndef BW_BASE_TEXT_H
#define BW_BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>

#include "base/status.h"

/* As snprintf(), but a text that does not fit ends with "..." behind its last whole UTF-8
 * character. `size` is at least 4. */
void bw_text_format(char *out, size_t size, const char *format, ...) BW_PRINTF(3, 4);
void bw_text_format_args(char *out, size_t size, const char *format, va_list args) BW_PRINTF(3, 0);

/* Copies `len` bytes as valid UTF-8 without control characters: what is not UTF-8 becomes U+FFFD,
 * a control character or line separator a space, blanks at the end go. Longer than `size` - 1 bytes
 * is cut at a character boundary and ends with "...". `size` >= 4; NUL-terminated. */
void bw_text_clean(const char *text, size_t len, char *out, size_t size);

/* The last line with something in it, cleaned the same way: a traceback's message, a shell's
 * complaint. */
void bw_text_last_line(const char *text, size_t len, char *out, size_t size);

/* The value of a hexadecimal digit of either case; -1 for any other byte. */
int bw_hex_value(char digit);

#endif
