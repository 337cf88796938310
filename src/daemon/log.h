/* log.h - the daemon's log: one event, one line, on standard error.
 *
 * Levels:  error (someone must act), warning (ends with what happens now), info (a state changed),
 *          debug (only with -v). Under systemd the lines carry its priority prefix and no time.
 * Foreign text goes through log_quote(). A line that repeats within LOG_REPEAT_US is counted, not
 * written; the count is told with the next one.
 * Threads: the loop's only.
 */
#ifndef BW_DAEMON_LOG_H
#define BW_DAEMON_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/time.h"

#define LOG_REPEAT_US (10 * BW_SECOND_US)

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

struct log;

/* `fd` stays the caller's. */
struct log *log_create(int fd, enum log_level most);
void log_destroy(struct log *log);
/* `log` NULL writes nothing. */
void log_write(struct log *log, enum log_level level, const char *format, ...) BW_PRINTF(3, 4);

enum { LOG_QUOTE_MAX = 256 };

/* Foreign text made safe for one line: control characters and quotes escaped, cut with "...". */
const char *log_quote(const char *text, char out[LOG_QUOTE_MAX]);

#endif
