/* procfs.h - bounded reading of the small text files of /proc and /sys.
 *
 * Owns:    nothing; texts are cut apart in place in the caller's buffer.
 * Paths:   `root` stands before every path ("" or "/" is this system), so that tests and a host's
 *          tree mounted elsewhere read the same way.
 * Threads: any.
 */
#ifndef BW_CHECKS_PROCFS_H
#define BW_CHECKS_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { PROCFS_PATH_MAX = 1024 };

/* root + path without a double slash; false when it is longer than PROCFS_PATH_MAX. */
bool procfs_path(const char *root, const char *path, char out[PROCFS_PATH_MAX]);
/* Replaces the content of `out` by the file's first `limit` bytes. False, with errno, when there is
 * no such file or no memory. */
bool procfs_read(const char *root, const char *path, size_t limit, struct bw_buf *out);

/* The next line of a text, NUL-terminated in place; NULL at the end. */
char *procfs_next_line(char **cursor);
/* The next word between blanks; NULL at the end. */
char *procfs_next_word(char **cursor);
/* A whole decimal number; false for anything else. */
bool procfs_int(const char *text, int64_t *out);
bool procfs_double(const char *text, double *out);
/* The number behind "key:" or "key " at the beginning of a line of `text`. */
bool procfs_value(const char *text, const char *key, int64_t *out);

#endif
