/* dashboard.h - the model behind the dashboard document.
 *
 * Feed it components, breakers, resources and the overall state; ask it for the document, the
 * score, the alerts and the history. With bw_dashboard_config_default the answers are the
 * reference's to the letter: keys, order, rounding, texts; keys of our own stand beside them.
 *
 * Owns:    everything it is given, as copies; bw_dashboard_create() gives a dashboard to be ended
 *          with bw_dashboard_destroy().
 * Text:    UTF-8, NUL-terminated, borrowed for the call; what is no UTF-8 becomes U+FFFD.
 * Errors:  BW_ENOMEM, BW_EINVAL, BW_ELIMIT; a failed call leaves the dashboard as it was.
 * Threads: one at a time for each dashboard. No clock is read: the time is an argument.
 */
#ifndef BELLWETHER_DASHBOARD_H
#define BELLWETHER_DASHBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bellwether/status.h>
#include <bellwether/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the dashboard ---- */

enum {
	BW_DASHBOARD_NAME_MAX = 4096, /* bytes of a component's or breaker's name; 0 is allowed */
	BW_LOAD_AVERAGES_MAX = 16,
	BW_ALERT_TITLE_MAX = 320, /* longer texts are cut */
	BW_ALERT_MESSAGE_MAX = 512,
	BW_ALERTS_MAX = 50000,
};

struct bw_thresholds {
	double cpu_usage, memory_usage, disk_usage; /* percent: 80, 85, 90 */
	double response_time_ms;                    /* 5000 */
	double failure_rate; /* 0..1: 0.1; not used by the reference's rules */
};

enum bw_response_curve {
	BW_RESPONSE_CONTINUOUS, /* 100 up to 100 ms, 80 at 1,000 ms, 0 from 5,000 ms, straight
				   between */
	BW_RESPONSE_REFERENCE,  /* the reference's, with its jump just above 1,000 ms */
};

struct bw_dashboard_config {
	struct bw_thresholds thresholds;
	enum bw_response_curve response_curve;
	/* true: the reference and nothing else, its six rules, its history list, unknown resources
	 * counted as 0; false: our rules too, "known" and "unknown" beside its keys. */
	bool reference_rules;
	int refresh_interval_s; /* 30 */
	int retention_hours;    /* 24 */
	struct bw_wall start;   /* metadata.uptime_seconds counts from here */
};

/* The reference's: its thresholds, rules and curve; set `start` in a copy. */
BW_PUBLIC extern const struct bw_dashboard_config bw_dashboard_config_default;

struct bw_dashboard;

BW_PUBLIC BW_MUST_USE enum bw_status bw_dashboard_create(const struct bw_dashboard_config *config,
							 struct bw_dashboard **out);
BW_PUBLIC void bw_dashboard_destroy(struct bw_dashboard *dashboard);
/* New thresholds, curve and intervals; the history and `start` stay. */
BW_PUBLIC BW_MUST_USE enum bw_status bw_dashboard_configure(
	struct bw_dashboard *dashboard, const struct bw_dashboard_config *config);

/* ---- feeding ---- */

struct bw_component_view {
	const char *status; /* any word; "healthy", "degraded", "unhealthy" and "unknown" count */
	bool has_response_time;
	struct bw_number response_time_ms; /* when has_response_time; otherwise null */
	const char *last_check;            /* ISO 8601, or NULL for never */
	const char *error;                 /* or NULL */
	bool critical;
	/* Further members of the component's object as JSON (`"kind":"redis","group":"storage"`),
	 * put in as they are; or NULL. */
	const char *extra_members;
};

struct bw_breaker_view {
	const char *state; /* "closed", "open", "half_open", ...; anything else counts nowhere */
	struct bw_number consecutive_failures, success_rate, avg_response_time, total_calls;
	bool has_failure_rate;     /* false: the failure-rate rule passes over it */
	double failure_rate;       /* 0..1 over the window */
	const char *extra_members; /* as above */
};

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

/* Adds or replaces; a new name goes to the end. */
BW_PUBLIC BW_MUST_USE enum bw_status bw_dashboard_set_component(
	struct bw_dashboard *dashboard, const char *name, const struct bw_component_view *view);
BW_PUBLIC void bw_dashboard_remove_component(struct bw_dashboard *dashboard, const char *name);
BW_PUBLIC void bw_dashboard_clear_components(struct bw_dashboard *dashboard);
BW_PUBLIC BW_MUST_USE enum bw_status bw_dashboard_set_breaker(struct bw_dashboard *dashboard,
							      const char *name,
							      const struct bw_breaker_view *view);
BW_PUBLIC void bw_dashboard_remove_breaker(struct bw_dashboard *dashboard, const char *name);
BW_PUBLIC void bw_dashboard_clear_breakers(struct bw_dashboard *dashboard);
BW_PUBLIC BW_MUST_USE enum bw_status bw_dashboard_set_resources(
	struct bw_dashboard *dashboard, const struct bw_resources_view *view);
BW_PUBLIC BW_MUST_USE enum bw_status bw_dashboard_set_overview(struct bw_dashboard *dashboard,
							       const struct bw_overview_view *view);

/* ---- the score ---- */

enum bw_score_factor {
	BW_FACTOR_AVAILABILITY,
	BW_FACTOR_BREAKERS,
	BW_FACTOR_CPU,
	BW_FACTOR_MEMORY,
	BW_FACTOR_RESPONSE,
	BW_FACTOR_MAX,
};

/* "availability", "breaker_health", "cpu_performance", "memory_performance", "response_time";
 * "unknown" for anything else. */
BW_PUBLIC const char *bw_score_factor_text(enum bw_score_factor factor);

struct bw_score {
	double total; /* 0..100, not rounded */
	struct {
		double weight;      /* 0..1; all five add up to 1 */
		double score;       /* 0..100 */
		double points_lost; /* weight * (100 - score) */
		bool known;         /* false: nothing was measured, score is 0 */
	} factor[BW_FACTOR_MAX];
};

/* The reference's metrics, unrounded where it rounds only on output. */
struct bw_metrics {
	double availability_pct, average_response_ms,
		breaker_health_pct; /* rounded to 2 as shown */
	double health_score;        /* rounded to 1 as shown */
	struct bw_score score;      /* with its arithmetic */
	int total_components, available_components, response_times, breakers_closed, breakers_total;
};

BW_PUBLIC void bw_dashboard_metrics(const struct bw_dashboard *dashboard, struct bw_metrics *out);

/* ---- alerts ---- */

enum bw_severity { BW_SEVERITY_INFO, BW_SEVERITY_WARNING, BW_SEVERITY_CRITICAL };

/* "info", "warning", "critical"; "unknown" for anything else. */
BW_PUBLIC const char *bw_severity_text(enum bw_severity severity);

struct bw_alert {
	enum bw_severity severity;
	const char *type; /* static: "system_health", "resource_usage", "performance",
			     "circuit_breaker", "failure_rate", "storage" */
	char title[BW_ALERT_TITLE_MAX];
	char message[BW_ALERT_MESSAGE_MAX];
	struct bw_wall time; /* when the rule found it */
};

/* What the rules find at `now`, in the reference's order: the first `room` of them, and in *count
 * how many there are. BW_ELIMIT: more than BW_ALERTS_MAX. */
BW_PUBLIC BW_MUST_USE enum bw_status bw_dashboard_alerts(const struct bw_dashboard *dashboard,
							 struct bw_wall now, struct bw_alert *out,
							 size_t room, size_t *count);

/* ---- history ---- */

struct bw_history_point {
	struct bw_wall time;
	double health_score, availability, response_time, circuit_breaker_health; /* NaN: unknown */
	struct bw_number cpu_usage, memory_usage;
};

/* Adds a point of the present state, and forgets those that are not strictly newer than `now` -
 * retention; `point` (may be NULL) receives a copy. */
BW_PUBLIC BW_MUST_USE enum bw_status bw_dashboard_sample(struct bw_dashboard *dashboard,
							 struct bw_wall now,
							 struct bw_history_point *point);
/* Adds a point that was kept elsewhere, as sample() does; oldest first. */
BW_PUBLIC BW_MUST_USE enum bw_status bw_dashboard_restore(struct bw_dashboard *dashboard,
							  const struct bw_history_point *point);
BW_PUBLIC size_t bw_dashboard_points(const struct bw_dashboard *dashboard);
/* nth 0 is the oldest; false behind the newest. */
BW_PUBLIC bool bw_dashboard_point(const struct bw_dashboard *dashboard, size_t nth,
				  struct bw_history_point *out);

/* ---- the document ---- */

/* The document of this moment, with what the rules find, as JSON in malloc()ed memory: free() it.
 * `len` may be NULL; the text is NUL-terminated too. The reference's get_dashboard_data() is this
 * and then bw_dashboard_sample() at the same time: with its rules, `historical` of a document shows
 * the point of its own moment too, once there is one before it. */
BW_PUBLIC BW_MUST_USE enum bw_status bw_dashboard_document(struct bw_dashboard *dashboard,
							   struct bw_wall now, char **out,
							   size_t *len, struct bw_error *err);
/* The reference's document of a moment when health could not be collected. */
BW_PUBLIC BW_MUST_USE enum bw_status bw_dashboard_error_document(const char *message,
								 struct bw_wall now, char **out,
								 size_t *len);

#ifdef __cplusplus
}
#endif
#endif
