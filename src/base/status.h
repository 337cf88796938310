/* status.h - bellwether/status.h for the inside: the one call that fills an error.
 *
 * Threads: any.
 */
#ifndef BW_BASE_STATUS_H
#define BW_BASE_STATUS_H

#include <bellwether/status.h>

#define BW_PRINTF(text, first) __attribute__((format(printf, text, first)))

/* Fills `err` if it is not NULL and returns `status`, so that a failure is one line. */
enum bw_status bw_fail(struct bw_error *err, enum bw_status status, const char *format, ...)
	BW_PRINTF(3, 4);

#endif
