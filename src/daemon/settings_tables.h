/* settings_tables.h - the rows of a configuration and the structs they fill. Private to
 * settings*.c; explain and the schema ask daemon_settings_table().
 */
#ifndef BW_DAEMON_SETTINGS_TABLES_H
#define BW_DAEMON_SETTINGS_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "config/field.h"

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

struct raw_settings {
	struct {
		struct config_list listen, allowed_hosts;
	} server;
	struct {
		const char *path;
		int64_t history_us, rollups_us;
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
	struct {
		int64_t for_us, reminders_us;
		bool reminders_given;
	} alerts;
	struct {
		bool enabled, errors, response_times;
		const char *title;
		struct config_list components;
	} status_page;
	struct config_list jobs, notify; /* checked, not acted on */
};

/* The component's own options; the first row is the name, all others are allowed inside the map of
 * the kind as well. */
extern const struct config_field settings_component_fields[];
extern const struct config_field settings_component_breaker_fields[];
extern const struct config_field settings_breaker_fields[];
extern const struct config_field settings_region_fields[];

/* One raw row a kind: the node of the kind number n goes to the n-th pointer of the target. The
 * rows' `fields` are the kind's own and the component's options behind them. In `arena`. */
const struct config_field *settings_kind_table(struct bw_arena *arena);
/* The top of a configuration; `components` is raw, its rows are the component's and the kinds'. */
const struct config_field *settings_top_table(struct bw_arena *arena);

#endif
