/* api_ribbon.h - what stands beside the lanes of the system's history: the overall state, gaps and
 * why, marks, planned maintenance.
 *
 * Threads: the loop's; api_ribbon_of_store() within the work of a question.
 */
#ifndef BW_DAEMON_API_RIBBON_H
#define BW_DAEMON_API_RIBBON_H

#include "daemon/api_series.h"

/* status, gaps and marks of the last hours, from the journal. */
void api_ribbon_of_journal(struct api *api, const struct api_range *range, struct bw_json *json);
/* The same from what is kept: `series` has the timeline. */
enum bw_status api_ribbon_of_store(struct store_view *view, const struct api_series *series,
				   struct bw_json *json, struct bw_error *err);
/* maintenance: the openings of the configured windows. */
void api_ribbon_maintenance(struct api *api, const struct api_range *range, struct bw_json *json);
/* [[s, word], ...] and gaps: [[from_s, to_s, why], ...] (without why: two of them). */
void api_write_strip(const struct bw_strip *strip, struct bw_wall from, struct bw_json *json);
void api_write_gaps(const struct bw_gap_list *gaps, struct bw_wall from, bool with_why,
		    struct bw_json *json);

#endif
