/* display.h - foreign text made safe and measurable for a terminal or a log line.
 *
 * Owns:    nothing.
 * Units:   columns of a terminal: 0 for combining marks, 2 for wide characters, 1 for the rest.
 * Threads: any; no locale is read.
 */
#ifndef BW_BASE_DISPLAY_H
#define BW_BASE_DISPLAY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Reads the character at `text` (len > 0) and returns its bytes. What is not UTF-8 is one byte and
 * gives U+FFFD. */
size_t bw_utf8_next(const char *text, size_t len, uint32_t *character);

/* Columns the character takes once bw_display_append() has written it. */
int bw_display_columns(uint32_t character);
size_t bw_display_width(const char *text, size_t len);

/* Appends `text` with control characters and direction overrides as \x1b or \u202e and bytes that
 * are not UTF-8 as U+FFFD, so that no escape sequence of a peer reaches a terminal. */
void bw_display_append(struct bw_buf *buf, const char *text, size_t len);

#endif
