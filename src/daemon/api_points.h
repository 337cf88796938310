/* api_points.h - an api_series as objects: a point each, values as exact as they were kept.
 *
 * Threads: any; `view` only within its work.
 */
#ifndef BW_DAEMON_API_POINTS_H
#define BW_DAEMON_API_POINTS_H

#include "base/json_write.h"
#include "daemon/api_series.h"

/* from, to, found, cut, resolution_seconds and data. `view` knows the texts of errors; NULL where
 * the kind has none. */
void api_points_write(const struct api_series *series, struct store_view *view,
		      struct bw_json *json);

#endif
