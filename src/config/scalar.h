/* scalar.h - one text into one value of a field's type. Private to config/. */
#ifndef BW_CONFIG_SCALAR_H
#define BW_CONFIG_SCALAR_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/status.h"
#include "config/field.h"

/* Stores the value of `text` at `target`. Texts are stored as they are, not copied. On BW_EPARSE
 * `err` says what is wrong; no message shows what a reference stood for: `written` is what stands
 * in the file. */
BW_MUST_USE enum bw_status config_scalar(const struct config_field *field, const char *text,
					 const char *written, void *target, struct bw_error *err);
/* "30s", "64MiB", "0.5": a limit of the field, in its unit. */
void config_limit_text(const struct config_field *field, double value, char *out, size_t size);
/* True when the field limits its numbers or the length of its list. */
bool config_has_range(const struct config_field *field);
/* "between 1s and 1h", "at least 1". */
void config_range_text(const struct config_field *field, char *out, size_t size);

#endif
