/* units.h - durations and sizes as people write them.
 *
 * Units:   microseconds and bytes.
 * Errors:  BW_EPARSE for text that is none; BW_ELIMIT beyond 100 years or 8 EiB.
 * Threads: any.
 */
#ifndef BW_CONFIG_UNITS_H
#define BW_CONFIG_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { CONFIG_UNIT_TEXT_MAX = 48 };

/* "500ms", "1.5s", "1h30m", "7d"; units ms s m h d, the larger first. "0" needs no unit. */
BW_MUST_USE enum bw_status config_duration_parse(const char *text, int64_t *out_us);
/* "64MiB", "10kB", "1.5GiB", "512" or "512B": B kB MB GB TB and KiB MiB GiB TiB. */
BW_MUST_USE enum bw_status config_size_parse(const char *text, int64_t *out_bytes);
/* The shortest exact text that config_duration_parse() reads back; below 1 ms as a fraction. */
void config_duration_format(int64_t us, char out[CONFIG_UNIT_TEXT_MAX]);
void config_size_format(int64_t bytes, char out[CONFIG_UNIT_TEXT_MAX]);

#endif
