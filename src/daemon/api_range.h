/* api_range.h - what the history endpoints share: which time is asked for, and how many points may
 * stand for it.
 *
 * Threads: the loop's; api_range_parse() and api_range_width_us() any.
 */
#ifndef BW_DAEMON_API_RANGE_H
#define BW_DAEMON_API_RANGE_H

#include "core/downsample.h"
#include "daemon/api.h"

#define API_DAY_US (86400 * BW_SECOND_US)
#define API_YEAR_US (365 * API_DAY_US)

struct api_range {
	struct bw_wall from, to, now;
	int64_t points; /* at most about so many */
	bool has_points;
	enum bw_downsample method;
};

/* "24h", "7d", "1h30m", "2w", "1y" (365 days): 1 s to 100 years. */
BW_MUST_USE enum bw_status api_range_parse(const char *text, int64_t *out_us);
/* from and to, or range, of the query; the last 24 hours where nothing is said. false: a problem
 * was sent. */
bool api_read_times(struct api *api, struct http_request *request, struct api_range *out);
/* The same with points and method. */
bool api_read_range(struct api *api, struct http_request *request, int64_t points,
		    struct api_range *out);
/* Does it begin within the last 24 hours, which the daemon has in memory? */
bool api_range_is_recent(const struct api_range *range);
/* The shortest usual width, `least_us` or longer, of which at most `points` make up the range:
 * 1 s, 30 s, 5 min, 3 h, whole days. */
int64_t api_range_width_us(const struct api_range *range, int64_t least_us);

#endif
