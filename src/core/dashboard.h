/* dashboard.h - the model behind the dashboard document.
 *
 * Feed it components, breakers, resources and the overall state; ask it for metrics, score, alerts
 * and the dashboard document (docs/internals/document.md). Exactly the reference's keys, meanings,
 * rounding and order; keys of our own stand beside them.
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

#include "base/json_write.h"
#include "base/number.h"
#include "base/status.h"
#include "base/time.h"
#include "core/alert.h"
#include "core/health.h"
#include "core/history.h"
#include "core/score.h"

struct bw_thresholds {
	double cpu_usage, memory_usage, disk_usage; /* percent: 80, 85, 90 */
	double response_time_ms;                    /* 5000 */
	double failure_rate; /* 0..1: 0.1; not used by the reference's rules */
};

extern const struct bw_thresholds bw_thresholds_default;

struct bw_dashboard_config {
	struct bw_thresholds thresholds;
	enum bw_response_curve response_curve;
	/* true (eval): the reference and nothing else, its six rules, its history list, unknown
	 * resources counted as 0; false: our rules too, "known" and "unknown" beside its keys. */
	bool reference_rules;
	int refresh_interval_s; /* 30 */
	int retention_hours;    /* 24 */
	struct bw_wall start;   /* metadata.uptime_seconds counts from here */
};

/* A component as the document shows it. Texts are UTF-8, borrowed for the call. */
struct bw_component_view {
	const char *status; /* any word; the four of health.h have meaning */
	bool has_response_time;
	struct bw_number response_time_ms; /* when has_response_time; otherwise null */
	const char *last_check;            /* ISO 8601, or NULL for never */
	const char *error;                 /* or NULL */
	bool critical;
	/* Further members of the component's object as JSON (`"kind":"redis","group":"storage"`),
	 * or NULL: what the daemon shows beside the reference's keys. */
	const char *extra_members;
};

struct bw_breaker_view {
	const char *state; /* "closed", "open", "half_open", ...; anything else counts nowhere */
	struct bw_number consecutive_failures, success_rate, avg_response_time, total_calls;
	bool has_failure_rate; /* false for eval's breakers: the failure-rate rule passes over them
				*/
	double failure_rate;   /* 0..1 over the window */
	const char *extra_members; /* as above */
};

enum { BW_LOAD_AVERAGES_MAX = 16 };

struct bw_resources_view {
	struct bw_number cpu_percent, memory_percent, disk_percent;
	struct bw_number memory_used_mb, memory_total_mb, disk_used_gb, disk_total_gb;
	struct bw_number load_average[BW_LOAD_AVERAGES_MAX];
	int load_averages;
	bool known; /* false: nothing measured yet; zeros as the reference, no alerts */
	const char *extra_members; /* as above */
};

/* What the reference takes ready-made from its health collection. */
struct bw_overview_view {
	const char *status;  /* NULL: "unknown" */
	const char *version; /* NULL: "unknown" */
	struct bw_number uptime_seconds, healthy, degraded, unhealthy;
};

/* The reference's metrics, unrounded where it rounds only on output. */
struct bw_metrics {
	double availability_pct, average_response_ms,
		breaker_health_pct; /* rounded to 2 as shown */
	double health_score;        /* rounded to 1 as shown */
	struct bw_score score;      /* with its arithmetic */
	int total_components, available_components, response_times, breakers_closed, breakers_total;
};

struct bw_dashboard;

BW_MUST_USE enum bw_status bw_dashboard_create(const struct bw_dashboard_config *config,
					       struct bw_dashboard **out);
void bw_dashboard_destroy(struct bw_dashboard *dashboard);
/* New thresholds, curve and intervals after a reload; the history stays. */
BW_MUST_USE enum bw_status bw_dashboard_configure(struct bw_dashboard *dashboard,
						  const struct bw_dashboard_config *config);

/* Adds or replaces; a new name goes to the end. Names are any UTF-8 text up to 4096 bytes. */
BW_MUST_USE enum bw_status bw_dashboard_set_component(struct bw_dashboard *dashboard,
						      const char *name,
						      const struct bw_component_view *view);
void bw_dashboard_remove_component(struct bw_dashboard *dashboard, const char *name);
void bw_dashboard_clear_components(struct bw_dashboard *dashboard);
BW_MUST_USE enum bw_status bw_dashboard_set_breaker(struct bw_dashboard *dashboard,
						    const char *name,
						    const struct bw_breaker_view *view);
void bw_dashboard_remove_breaker(struct bw_dashboard *dashboard, const char *name);
void bw_dashboard_clear_breakers(struct bw_dashboard *dashboard);
BW_MUST_USE enum bw_status bw_dashboard_set_resources(struct bw_dashboard *dashboard,
						      const struct bw_resources_view *view);
BW_MUST_USE enum bw_status bw_dashboard_set_overview(struct bw_dashboard *dashboard,
						     const struct bw_overview_view *view);
/* Members beside the reference's at the end of "overview" or "metrics", as JSON (`"a":1,"b":2`);
 * NULL or "": none. */
enum bw_dashboard_part { BW_PART_METRICS, BW_PART_OVERVIEW, BW_PART_MAX };
BW_MUST_USE enum bw_status bw_dashboard_set_members(struct bw_dashboard *dashboard,
						    enum bw_dashboard_part part,
						    const char *members);
/* Components by state, as set_component() was told. */
void bw_dashboard_tally(const struct bw_dashboard *dashboard, struct bw_health_tally *out);

void bw_dashboard_metrics(const struct bw_dashboard *dashboard, struct bw_metrics *out);
/* Appends what the rules find at `now`, in the reference's order. BW_ELIMIT: they find more than
 * BW_ALERTS_MAX, and the list holds the first of them. */
BW_MUST_USE enum bw_status bw_dashboard_find_alerts(const struct bw_dashboard *dashboard,
						    const struct bw_metrics *metrics,
						    struct bw_wall now, struct bw_alert_list *out);

struct bw_history *bw_dashboard_history(struct bw_dashboard *dashboard); /* borrowed */
/* One history point of the present state; `point` (may be NULL) receives a copy. */
BW_MUST_USE enum bw_status bw_dashboard_sample(struct bw_dashboard *dashboard, struct bw_wall now,
					       struct bw_history_point *point);

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
