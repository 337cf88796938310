/* schema.c - the kinds of series and their fields, as they are on disk and in every text. */
#include <string.h>

#include "core/health.h"
#include "series/series.h"

static const char *const health_words[SERIES_STATES_MAX] = {
	[BW_HEALTH_UNKNOWN] = "unknown",
	[BW_HEALTH_HEALTHY] = "healthy",
	[BW_HEALTH_DEGRADED] = "degraded",
	[BW_HEALTH_UNHEALTHY] = "unhealthy",
	[SERIES_NONE] = "none",
};

/* Those of bw_breaker_state_text(), each one further. */
static const char *const breaker_words[SERIES_STATES_MAX] = {
	"unknown",     "closed",   "open",         "half_open",
	"forced_open", "disabled", "metrics_only", [SERIES_NONE] = "none",
};

static const char *const host_words[SERIES_STATES_MAX] = {
	"unknown",
	"known",
	[SERIES_NONE] = "none",
};

static const struct series_field system_fields[SERIES_SYSTEM_FIELDS] = {
	[SERIES_SYSTEM_STATUS] = { "status", "", SERIES_STATE },
	[SERIES_SYSTEM_HOLD] = { "hold", "s", SERIES_HOLD },
	[SERIES_SYSTEM_HEALTH_SCORE] = { "health_score", "score", SERIES_GAUGE },
	[SERIES_SYSTEM_AVAILABILITY] = { "availability", "percent", SERIES_GAUGE },
	[SERIES_SYSTEM_RESPONSE_TIME] = { "response_time", "ms", SERIES_GAUGE },
	[SERIES_SYSTEM_CIRCUIT_BREAKER_HEALTH] = { "circuit_breaker_health", "percent",
						   SERIES_GAUGE },
	[SERIES_SYSTEM_CPU_USAGE] = { "cpu_usage", "percent", SERIES_GAUGE },
	[SERIES_SYSTEM_MEMORY_USAGE] = { "memory_usage", "percent", SERIES_GAUGE },
	[SERIES_SYSTEM_AVAILABILITY_POINTS] = { "availability_points", "score", SERIES_GAUGE },
	[SERIES_SYSTEM_BREAKER_POINTS] = { "breaker_points", "score", SERIES_GAUGE },
	[SERIES_SYSTEM_CPU_POINTS] = { "cpu_points", "score", SERIES_GAUGE },
	[SERIES_SYSTEM_MEMORY_POINTS] = { "memory_points", "score", SERIES_GAUGE },
	[SERIES_SYSTEM_RESPONSE_POINTS] = { "response_points", "score", SERIES_GAUGE },
};

static const struct series_field component_fields[SERIES_COMPONENT_FIELDS] = {
	[SERIES_COMPONENT_STATUS] = { "status", "", SERIES_STATE },
	[SERIES_COMPONENT_HOLD] = { "hold", "s", SERIES_HOLD },
	[SERIES_COMPONENT_MAINTENANCE] = { "maintenance", "", SERIES_FLAG },
	[SERIES_COMPONENT_ERROR] = { "error", "", SERIES_TEXT },
	[SERIES_COMPONENT_RESPONSE] = { "response_us", "us", SERIES_GAUGE },
};

static const struct series_field breaker_fields[SERIES_BREAKER_FIELDS] = {
	[SERIES_BREAKER_STATE] = { "state", "", SERIES_STATE },
	[SERIES_BREAKER_HOLD] = { "hold", "s", SERIES_HOLD },
	[SERIES_BREAKER_CALLS] = { "calls", "count", SERIES_GAUGE },
	[SERIES_BREAKER_FAILURE_RATE] = { "failure_rate", "ratio", SERIES_GAUGE },
	[SERIES_BREAKER_TIMEOUT_RATE] = { "timeout_rate", "ratio", SERIES_GAUGE },
	[SERIES_BREAKER_RESPONSE] = { "avg_response_us", "us", SERIES_GAUGE },
	[SERIES_BREAKER_REJECTED] = { "rejected", "count", SERIES_GAUGE },
};

static const struct series_field host_fields[SERIES_HOST_FIELDS] = {
	[SERIES_HOST_STATE] = { "state", "", SERIES_STATE },
	[SERIES_HOST_HOLD] = { "hold", "s", SERIES_HOLD },
	[SERIES_HOST_CPU_USAGE] = { "cpu_usage", "percent", SERIES_GAUGE },
	[SERIES_HOST_MEMORY_USAGE] = { "memory_usage", "percent", SERIES_GAUGE },
	[SERIES_HOST_DISK_USAGE] = { "disk_usage", "percent", SERIES_GAUGE },
	[SERIES_HOST_LOAD_1] = { "load_1", "load", SERIES_GAUGE },
	[SERIES_HOST_LOAD_5] = { "load_5", "load", SERIES_GAUGE },
	[SERIES_HOST_LOAD_15] = { "load_15", "load", SERIES_GAUGE },
	[SERIES_HOST_SWAP_USED] = { "swap_used", "bytes", SERIES_GAUGE },
};

static const struct series_schema schemas[SERIES_KINDS] = {
	[SERIES_SYSTEM] = { SERIES_SYSTEM, "system", SERIES_SYSTEM_FIELDS, system_fields,
			    health_words, SERIES_STATES_MAX },
	[SERIES_COMPONENT] = { SERIES_COMPONENT, "component", SERIES_COMPONENT_FIELDS,
			       component_fields, health_words, SERIES_STATES_MAX },
	[SERIES_BREAKER] = { SERIES_BREAKER, "breaker", SERIES_BREAKER_FIELDS, breaker_fields,
			     breaker_words, SERIES_STATES_MAX },
	[SERIES_HOST] = { SERIES_HOST, "host", SERIES_HOST_FIELDS, host_fields, host_words,
			  SERIES_STATES_MAX },
};

const struct series_schema *series_schema(enum series_kind kind)
{
	return &schemas[kind];
}

enum bw_status series_kind_parse(const char *text, enum series_kind *out)
{
	for (int kind = 0; kind < SERIES_KINDS; kind++) {
		if (strcmp(schemas[kind].name, text) == 0) {
			*out = (enum series_kind)kind;
			return BW_OK;
		}
	}
	return BW_EPARSE;
}

const char *series_state_word(enum series_kind kind, int state)
{
	const char *word = NULL;

	if (state >= 0 && state < SERIES_STATES_MAX)
		word = schemas[kind].states[state];
	return word != NULL ? word : "unknown";
}

int series_field_find(const struct series_schema *schema, const char *name)
{
	for (size_t field = 0; field < schema->field_count; field++)
		if (strcmp(schema->fields[field].name, name) == 0)
			return (int)field;
	return -1;
}
