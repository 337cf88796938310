/* api_range.h - what the history endpoints share: the time asked for, and which points stand for
 * it.
 *
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_API_RANGE_H
#define BW_DAEMON_API_RANGE_H

#include "core/downsample.h"
#include "core/history.h"
#include "daemon/api.h"

struct api_range {
	struct bw_wall from, to, now;
	int64_t points; /* at most about so many */
	enum bw_downsample method;
};

/* from, to, points and method of the query; the last 24 hours where nothing is said. false: a
 * problem was sent. */
bool api_read_range(struct api *api, struct http_request *request, int64_t points,
		    struct api_range *out);
/* from and to alone. */
bool api_read_times(struct api *api, struct http_request *request, struct api_range *out);

/* The points of a series that are to be shown. */
struct api_thinning {
	double *times, *values;
	size_t *kept; /* positions counted from `first` */
	size_t count, first, found;
};

void api_thinning_init(struct api_thinning *thinning, size_t len, size_t points);
void api_thinning_finish(struct api_thinning *thinning);
/* Inits, then chooses from the system series by its health score. */
void api_thin_points(const struct bw_history *history, const struct api_range *range,
		     struct api_thinning *out);

#endif
