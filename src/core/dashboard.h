/* dashboard.h - bellwether/dashboard.h for the inside: the document in parts, without copies, and
 * with members of the daemon's (docs/internals/document.md).
 *
 * Owns:    everything it is given, as copies.
 * Cost:    a component's JSON is kept and rebuilt only when it changed; a document is the fixed
 *          parts and one copy of those fragments: what changed, plus one memcpy().
 * Errors:  BW_ENOMEM, BW_EINVAL, BW_ELIMIT; a failed call leaves the model as it was.
 * Threads: one at a time. No clock is read: the time is an argument.
 */
#ifndef BW_CORE_DASHBOARD_H
#define BW_CORE_DASHBOARD_H

#include <stdbool.h>
#include <stddef.h>

#include <bellwether/dashboard.h>

#include "base/json_write.h"
#include "base/number.h"
#include "base/status.h"
#include "base/time.h"
#include "core/alert.h"
#include "core/health.h"
#include "core/history.h"
#include "core/score.h"

/* Members beside the reference's at the end of "overview" or "metrics", as JSON (`"a":1,"b":2`);
 * NULL or "": none. */
enum bw_dashboard_part { BW_PART_METRICS, BW_PART_OVERVIEW, BW_PART_MAX };
BW_MUST_USE enum bw_status bw_dashboard_set_members(struct bw_dashboard *dashboard,
						    enum bw_dashboard_part part,
						    const char *members);
/* Components by state, as set_component() was told. */
void bw_dashboard_tally(const struct bw_dashboard *dashboard, struct bw_health_tally *out);

/* Appends what the rules find at `now`, in the reference's order. BW_ELIMIT: they find more than
 * BW_ALERTS_MAX, and the list holds the first of them. */
BW_MUST_USE enum bw_status bw_dashboard_find_alerts(const struct bw_dashboard *dashboard,
						    const struct bw_metrics *metrics,
						    struct bw_wall now, struct bw_alert_list *out);

struct bw_history *bw_dashboard_history(struct bw_dashboard *dashboard); /* borrowed */

/* The document of this moment. `extra_members` (or NULL) goes to the end of the outer object;
 * `metadata_members` (or NULL) to the end of "metadata". */
struct bw_document_options {
	struct bw_wall now;
	const struct bw_alert_list *alerts;
	/* The array "alerts" as JSON already (with its brackets), instead of `alerts`; or NULL. */
	const char *alerts_json;
	const char *extra_members, *metadata_members;
};
void bw_dashboard_write(struct bw_dashboard *dashboard, const struct bw_document_options *options,
			struct bw_buf *out);
/* The reference's error document. */
void bw_dashboard_write_error(const char *message, struct bw_wall now, struct bw_buf *out);
/* The single parts, each one JSON value, for the endpoints and the event stream. The component
 * fragment is its object without the name; false when there is no such component. */
bool bw_dashboard_component_fragment(const struct bw_dashboard *dashboard, const char *name,
				     const char **json, size_t *len);
bool bw_dashboard_breaker_fragment(const struct bw_dashboard *dashboard, const char *name,
				   const char **json, size_t *len);
void bw_dashboard_write_overview(const struct bw_dashboard *dashboard, struct bw_json *json);
/* Without uptime_seconds, which alone is another one at every moment. */
void bw_dashboard_write_steady_overview(const struct bw_dashboard *dashboard, struct bw_json *json);
/* The members total_breakers and states of the breakers' object. */
void bw_dashboard_write_breaker_states(const struct bw_dashboard *dashboard, struct bw_json *json);
void bw_dashboard_write_breakers(const struct bw_dashboard *dashboard, struct bw_json *json);
void bw_dashboard_write_resources(const struct bw_dashboard *dashboard, struct bw_json *json);
void bw_dashboard_write_metrics(const struct bw_dashboard *dashboard,
				const struct bw_metrics *metrics, struct bw_json *json);
/* Python's get_dashboard_metadata(): version, last_updated (null before the first document),
 * uptime_seconds, refresh_interval, retention_hours; `extra_members` or NULL. */
void bw_dashboard_write_metadata(const struct bw_dashboard *dashboard, struct bw_wall now,
				 const char *extra_members, struct bw_json *json);

#endif
