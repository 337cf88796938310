/* api_columns.h - an api_series as columns: what the page draws.
 *
 * Numbers are rounded to what can be shown. docs/internals/history.md says what each member means.
 *
 * Threads: any.
 */
#ifndef BW_DAEMON_API_COLUMNS_H
#define BW_DAEMON_API_COLUMNS_H

#include "base/json_write.h"
#include "daemon/api_series.h"

/* The fields that are told of this kind: a bit each. */
uint32_t api_columns_fields(enum series_kind kind);
/* resolution_s, found, cut, step_s, values, bands and quantiles. */
void api_columns_write(const struct api_series *series, struct bw_json *json);

#endif
