/* settings_breakers.c - the settings of breakers and of the region they lie in. */
#include <stddef.h>

#include "daemon/settings_tables.h"

#define DAY_US 86400e6

static const char *const strategies[] = { "combined", "consecutive", "failure_rate", "timeout_rate",
					  NULL };

const struct config_field settings_region_fields[] = {
	{ .name = "shared",
	  .type = CONFIG_BOOL,
	  .offset = offsetof(struct raw_settings, region.shared),
	  .standard = "true",
	  .help = "Breakers lie in a file that all processes of this machine see; false: they are "
		  "the daemon's alone, and those of other processes are not shown" },
	{ .name = "path",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct raw_settings, region.path),
	  .help = "That file, best on tmpfs. Without it $BELLWETHER_REGION, or "
		  "/dev/shm/bellwether-<uid>/breakers.v1 as the workers of the same user have it",
	  .example = "/dev/shm/backtests/breakers.v1" },
	{ .name = "group",
	  .type = CONFIG_BOOL,
	  .offset = offsetof(struct raw_settings, region.group),
	  .standard = "false",
	  .help = "When the daemon makes the file, the group of its folder may write too. Whoever "
		  "may write it can open and close every breaker" },
	{ 0 },
};

/* The options of a breaker, for the two tables that have them. */
#define BREAKER_ROWS                                                                               \
	{ .name = "failure_threshold",                                                             \
	  .type = CONFIG_INT,                                                                      \
	  .offset = offsetof(struct raw_breaker, failure_threshold),                               \
	  .standard = "5",                                                                         \
	  .min = 1,                                                                                \
	  .max = 1000000,                                                                          \
	  .help = "Failures in a row that open it" },                                              \
		{ .name = "failure_rate_threshold",                                                \
		  .type = CONFIG_NUMBER,                                                           \
		  .offset = offsetof(struct raw_breaker, failure_rate_threshold),                  \
		  .standard = "0.5",                                                               \
		  .min = 0.0001,                                                                   \
		  .max = 1,                                                                        \
		  .help = "Share of failed, or of timed-out, calls in the window that opens it" }, \
		{ .name = "timeout_threshold",                                                     \
		  .type = CONFIG_DURATION,                                                         \
		  .offset = offsetof(struct raw_breaker, timeout_threshold_us),                    \
		  .standard = "10s",                                                               \
		  .min = 1e3,                                                                      \
		  .max = 3600e6,                                                                   \
		  .help = "A failed call that took this long counts as a time-out" },              \
		{ .name = "recovery_timeout",                                                      \
		  .type = CONFIG_DURATION,                                                         \
		  .offset = offsetof(struct raw_breaker, recovery_timeout_us),                     \
		  .standard = "60s",                                                               \
		  .max = DAY_US,                                                                   \
		  .help = "How long it stays open before probes are let through" },                \
		{ .name = "success_threshold",                                                     \
		  .type = CONFIG_INT,                                                              \
		  .offset = offsetof(struct raw_breaker, success_threshold),                       \
		  .standard = "3",                                                                 \
		  .min = 1,                                                                        \
		  .max = 1000000,                                                                  \
		  .help = "Successful probes that close it" },                                     \
		{ .name = "window",                                                                \
		  .type = CONFIG_DURATION,                                                         \
		  .offset = offsetof(struct raw_breaker, window_us),                               \
		  .standard = "60s",                                                               \
		  .min = 1e6,                                                                      \
		  .max = DAY_US,                                                                   \
		  .help = "The time the rates look back" },                                        \
		{ .name = "minimum_calls",                                                         \
		  .type = CONFIG_INT,                                                              \
		  .offset = offsetof(struct raw_breaker, minimum_calls),                           \
		  .standard = "5",                                                                 \
		  .min = 1,                                                                        \
		  .max = 1000000,                                                                  \
		  .help = "Calls in the window before its rates count" },                          \
		{ .name = "max_probes",                                                            \
		  .type = CONFIG_INT,                                                              \
		  .offset = offsetof(struct raw_breaker, max_probes),                              \
		  .min = 0,                                                                        \
		  .max = 8,                                                                        \
		  .help = "Probes at one time; 0 means success_threshold, at most 8" },            \
		{ .name = "strategy",                                                              \
		  .type = CONFIG_WORD,                                                             \
		  .offset = offsetof(struct raw_breaker, strategy),                                \
		  .standard = "combined",                                                          \
		  .words = strategies,                                                             \
		  .help = "What opens it: failures in a row, a rate, or any of them" },            \
		{ .name = "retry_multiplier",                                                      \
		  .type = CONFIG_NUMBER,                                                           \
		  .offset = offsetof(struct raw_breaker, retry_multiplier),                        \
		  .standard = "1",                                                                 \
		  .min = 1,                                                                        \
		  .max = 1000,                                                                     \
		  .help = "Each opening after a failed probe lasts this many times longer" },      \
		{ .name = "retry_jitter",                                                          \
		  .type = CONFIG_NUMBER,                                                           \
		  .offset = offsetof(struct raw_breaker, retry_jitter),                            \
		  .standard = "0",                                                                 \
		  .max = 1,                                                                        \
		  .help = "How much the open period is drawn by chance: 0.1 is a tenth either "    \
			  "way" },                                                                 \
		{ .name = "max_open",                                                              \
		  .type = CONFIG_DURATION,                                                         \
		  .offset = offsetof(struct raw_breaker, max_open_us),                             \
		  .max = DAY_US,                                                                   \
		  .help = "The longest open period; 0: no limit" },                                \
		{ .name = "lump",                                                                  \
		  .type = CONFIG_DURATION,                                                         \
		  .offset = offsetof(struct raw_breaker, lump_us),                                 \
		  .max = DAY_US,                                                                   \
		  .help = "Failures within this time of one another count once" },                 \
		{ .name = "min_failing_workers",                                                   \
		  .type = CONFIG_INT,                                                              \
		  .offset = offsetof(struct raw_breaker, min_failing_workers),                     \
		  .standard = "1",                                                                 \
		  .min = 1,                                                                        \
		  .max = 64,                                                                       \
		  .help = "Processes that must have met a failure before it opens" },              \
		{ .name = "slow_success_counts",                                                   \
		  .type = CONFIG_BOOL,                                                             \
		  .offset = offsetof(struct raw_breaker, slow_success_counts),                     \
		  .standard = "false",                                                             \
		  .help = "A success that took slow_threshold counts as a time-out in the "        \
			  "rates" },                                                               \
		{ .name = "slow_threshold",                                                        \
		  .type = CONFIG_DURATION,                                                         \
		  .offset = offsetof(struct raw_breaker, slow_threshold_us),                       \
		  .max = DAY_US,                                                                   \
		  .help = "What a slow success is; 0: timeout_threshold" },                        \
	{                                                                                          \
		0                                                                                  \
	}

const struct config_field settings_component_breaker_fields[] = {
	{ .name = "name",
	  .type = CONFIG_NAME,
	  .offset = offsetof(struct raw_breaker, name),
	  .help = "One of `breakers`, instead of one of its own; `breaker: NAME` is the same",
	  .example = "tiingo" },
	BREAKER_ROWS,
};

const struct config_field settings_breaker_fields[] = {
	{ .name = "name",
	  .type = CONFIG_NAME,
	  .offset = offsetof(struct raw_breaker, name),
	  .required = true,
	  .help = "What components call it by",
	  .example = "tiingo" },
	BREAKER_ROWS,
};
