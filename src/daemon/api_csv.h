/* api_csv.h - an api_series as CSV: rows exactly as they were kept, or buckets.
 *
 * Threads: within the work of a question.
 */
#ifndef BW_DAEMON_API_CSV_H
#define BW_DAEMON_API_CSV_H

#include "base/buf.h"
#include "daemon/api_series.h"

#define API_CSV_TYPE "text/csv; charset=utf-8"

void api_csv_write(const struct api_series *series, struct store_view *view, struct bw_buf *out);

#endif
