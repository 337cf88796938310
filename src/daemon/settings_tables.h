/* settings_tables.h - the rows of a configuration and the structs they fill. Private to
 * settings*.c; explain and the schema ask daemon_settings_table().
 */
#ifndef BW_DAEMON_SETTINGS_TABLES_H
#define BW_DAEMON_SETTINGS_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "config/field.h"
#include "config/tls.h"

enum { SETTINGS_KINDS_MAX = 64 };

struct raw_breaker {
	const char *name;
	int strategy;
	int64_t failure_threshold, timeout_threshold_us, recovery_timeout_us, success_threshold;
	int64_t window_us, minimum_calls, max_probes;
	int64_t max_open_us, lump_us, min_failing_workers, slow_threshold_us;
	double failure_rate_threshold, retry_multiplier, retry_jitter;
	bool slow_success_counts;
};

struct raw_component {
	bool sound; /* its kind's settings are whole, so that the kind may judge them */
	const char *name, *group, *description, *runbook;
	bool critical, enabled, degraded_if_down;
	bool jitter_given, timeout_given, breaker_given;
	int64_t every_us, jitter_us, timeout_us, within_us, down_after, up_after;
	struct raw_breaker breaker;
	struct config_list depends_on;
};

/* One of `alerts.rules`; what is not written is NULL or not given. */
struct raw_rule {
	const char *name, *when, *clear_below, *hold, *recover, *title, *message;
	int severity, no_data, error;
	bool enabled, flapping;
	bool severity_given, no_data_given, error_given, enabled_given, flapping_given;
};

struct raw_inhibition {
	struct config_list when, hides, same;
};

struct raw_window {
	const char *name, *reason, *schedule, *timezone, *from, *until;
	struct config_list match;
	int64_t duration_us;
};

/* One of `notify`, without the map of its kind. */
struct raw_channel {
	const char *name;
	int severity;
	struct config_list match;
	int64_t after_us, rate, per_us;
	bool resolved, reminders, flapping;
};

struct raw_alerts {
	const char *hold, *recover;
	int64_t reminders_us, reminder_max_us;
	double reminder_factor;
	struct {
		bool enabled;
		double high, low;
	} flapping;
	struct {
		struct config_list by;
		int64_t wait_us, most, within_us;
	} group;
	struct config_list uplink, rules, inhibit; /* texts, struct raw_rule, raw_inhibition */
};

/* One of `remote_write`. */
struct raw_remote {
	const char *url, *name, *user, *password, *bearer, *proxy;
	struct config_list labels, headers; /* of struct config_pair */
	struct config_tls tls;
	int64_t every_us, timeout_us, samples, backfill_us;
};

struct raw_settings {
	struct {
		struct config_list listen, allowed_hosts;
		const char *public_url;
	} server;
	struct {
		const char *path, *url, *instance;
		int64_t history_us, rollups_us, limit;
	} storage;
	struct {
		bool shared, group;
		const char *path;
	} region;
	struct {
		double cpu_usage, memory_usage, disk_usage, failure_rate;
		int64_t response_time_us;
	} thresholds;
	int response_curve;
	int64_t refresh_us;
	const struct config_node *components;
	struct config_list breakers; /* of struct raw_breaker */
	struct raw_alerts alerts;
	struct config_list maintenance;   /* of struct raw_window */
	const struct config_node *notify; /* each a struct raw_channel and the map of its kind */
	struct {
		bool given;
		const char *url;
		int64_t every_us;
	} watchdog;
	bool self_watch, self_watch_given;
	struct {
		bool enabled, errors, response_times;
		const char *title;
		struct config_list components;
	} status_page;
	struct config_list remote_write; /* of struct raw_remote */
	struct config_list jobs;         /* checked, not acted on */
};

/* The component's own options; the first row is the name, all others are allowed inside the map of
 * the kind as well. */
extern const struct config_field settings_component_fields[];
extern const struct config_field settings_component_breaker_fields[];
extern const struct config_field settings_breaker_fields[];
extern const struct config_field settings_storage_fields[];
extern const struct config_field settings_remote_fields[];
extern const struct config_field settings_region_fields[];
extern const struct config_field settings_alert_fields[];
extern const struct config_field settings_window_fields[];
extern const struct config_field settings_channel_fields[]; /* those that every kind has */
extern const struct config_field settings_watchdog_fields[];

/* One raw row a kind: the node of the kind number n goes to the n-th pointer of the target. The
 * rows' `fields` are the kind's own and the component's options behind them. In `arena`. */
const struct config_field *settings_kind_table(struct bw_arena *arena);
/* The same for the kinds of channels; a row's `fields` are the kind's own. */
const struct config_field *settings_channel_kind_table(struct bw_arena *arena);
/* The top of a configuration; `components` is raw, its rows are the component's and the kinds'. */
const struct config_field *settings_top_table(struct bw_arena *arena);

#endif
