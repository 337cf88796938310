/* facts.c - the dictionary. A new field is one row here and one answer of each source. */
#include "alerts/facts.h"

#include <string.h>

static const char *const health_words[] = { "healthy", "degraded", "unhealthy", NULL };
static const char *const breaker_words[] = { "closed",   "open",         "half_open", "forced_open",
					     "disabled", "metrics_only", NULL };
static const char *const store_words[] = { "ok", "limited", "damaged", "not_kept", NULL };
static const char *const job_words[] = { "ok",     "running", "late", "stalled",
					 "failed", "unknown", NULL };

#define SYSTEM ALERT_SUBJECT_SYSTEM
#define HOST ALERT_SUBJECT_RESOURCE
#define COMPONENT ALERT_SUBJECT_COMPONENT
#define BREAKER ALERT_SUBJECT_BREAKER
#define JOB ALERT_SUBJECT_JOB

const struct fact_field fact_fields[] = {
	{ "score", SYSTEM, FACT_NUMBER, FACT_PLAIN, NULL, "The health score, 0 to 100" },
	{ "availability", SYSTEM, FACT_NUMBER, FACT_PERCENT, NULL,
	  "Healthy and degraded components, of all" },
	{ "system.status", SYSTEM, FACT_TEXT, FACT_PLAIN, health_words, "The overall state" },
	{ "system.response_time", SYSTEM, FACT_NUMBER, FACT_MILLISECONDS, NULL,
	  "Average over the components that answered" },
	{ "system.components", SYSTEM, FACT_NUMBER, FACT_PLAIN, NULL, "How many are watched" },
	{ "system.healthy", SYSTEM, FACT_NUMBER, FACT_PLAIN, NULL, "Components that are healthy" },
	{ "system.degraded", SYSTEM, FACT_NUMBER, FACT_PLAIN, NULL,
	  "Components that are degraded" },
	{ "system.unhealthy", SYSTEM, FACT_NUMBER, FACT_PLAIN, NULL,
	  "Components that are unhealthy" },
	{ "system.unknown", SYSTEM, FACT_NUMBER, FACT_PLAIN, NULL,
	  "Components that nothing is known of" },
	{ "system.breakers_open", SYSTEM, FACT_NUMBER, FACT_PLAIN, NULL,
	  "Breakers that let nothing through" },
	{ "system.store", SYSTEM, FACT_TEXT, FACT_PLAIN, store_words, "How the history is kept" },
	{ "system.store_trouble", SYSTEM, FACT_TEXT, FACT_PLAIN, NULL,
	  "What is wrong with the store; empty when nothing is" },

	{ "threshold.cpu_usage", SYSTEM, FACT_NUMBER, FACT_PERCENT, NULL,
	  "`thresholds.cpu_usage`" },
	{ "threshold.memory_usage", SYSTEM, FACT_NUMBER, FACT_PERCENT, NULL,
	  "`thresholds.memory_usage`" },
	{ "threshold.disk_usage", SYSTEM, FACT_NUMBER, FACT_PERCENT, NULL,
	  "`thresholds.disk_usage`" },
	{ "threshold.response_time", SYSTEM, FACT_NUMBER, FACT_MILLISECONDS, NULL,
	  "`thresholds.response_time`" },
	{ "threshold.failure_rate", SYSTEM, FACT_NUMBER, FACT_PERCENT, NULL,
	  "`thresholds.failure_rate`, in percent" },

	{ "resource.cpu", HOST, FACT_NUMBER, FACT_PERCENT, NULL, "CPU in use" },
	{ "resource.memory", HOST, FACT_NUMBER, FACT_PERCENT, NULL, "Memory in use" },
	{ "resource.disk", HOST, FACT_NUMBER, FACT_PERCENT, NULL, "Disk in use, the fullest" },
	{ "resource.memory_used", HOST, FACT_NUMBER, FACT_BYTES, NULL, "Memory in use" },
	{ "resource.memory_total", HOST, FACT_NUMBER, FACT_BYTES, NULL, "Memory there is" },
	{ "resource.disk_used", HOST, FACT_NUMBER, FACT_BYTES, NULL, "Disk in use" },
	{ "resource.disk_total", HOST, FACT_NUMBER, FACT_BYTES, NULL, "Disk there is" },
	{ "resource.load_1", HOST, FACT_NUMBER, FACT_PLAIN, NULL, "Load average of a minute" },
	{ "resource.load_5", HOST, FACT_NUMBER, FACT_PLAIN, NULL, "Load average of 5 minutes" },
	{ "resource.load_15", HOST, FACT_NUMBER, FACT_PLAIN, NULL, "Load average of 15 minutes" },
	{ "resource.cores", HOST, FACT_NUMBER, FACT_PLAIN, NULL, "CPU cores there are" },

	{ "component.name", COMPONENT, FACT_TEXT, FACT_PLAIN, NULL, "Its name" },
	{ "component.group", COMPONENT, FACT_TEXT, FACT_PLAIN, NULL, "Its group; empty for none" },
	{ "component.kind", COMPONENT, FACT_TEXT, FACT_PLAIN, NULL,
	  "The kind of its check: \"http\"; empty when it only shows its breaker" },
	{ "component.status", COMPONENT, FACT_TEXT, FACT_PLAIN, health_words,
	  "Its state, as shown. A component that nothing is known of has none: the rule's "
	  "`no_data` says what that means" },
	{ "component.error", COMPONENT, FACT_TEXT, FACT_PLAIN, NULL,
	  "The error of the latest result; empty for none" },
	{ "component.critical", COMPONENT, FACT_BOOL, FACT_PLAIN, NULL, "Readiness depends on it" },
	{ "component.response_time", COMPONENT, FACT_NUMBER, FACT_MILLISECONDS, NULL,
	  "Of the latest result" },
	{ "component.age", COMPONENT, FACT_NUMBER, FACT_MILLISECONDS, NULL,
	  "Since it was last looked at" },
	{ "component.in_state", COMPONENT, FACT_NUMBER, FACT_MILLISECONDS, NULL,
	  "How long it has had its state" },

	{ "breaker.name", BREAKER, FACT_TEXT, FACT_PLAIN, NULL, "Its name" },
	{ "breaker.state", BREAKER, FACT_TEXT, FACT_PLAIN, breaker_words, "Its state" },
	{ "breaker.shared", BREAKER, FACT_BOOL, FACT_PLAIN, NULL, "Other processes use it too" },
	{ "breaker.failure_rate", BREAKER, FACT_NUMBER, FACT_PERCENT, NULL,
	  "Failed calls of its window; unknown below `minimum_calls`" },
	{ "breaker.timeout_rate", BREAKER, FACT_NUMBER, FACT_PERCENT, NULL,
	  "Timed-out calls of its window; unknown below `minimum_calls`" },
	{ "breaker.consecutive_failures", BREAKER, FACT_NUMBER, FACT_PLAIN, NULL,
	  "Failures in a row" },
	{ "breaker.calls", BREAKER, FACT_NUMBER, FACT_PLAIN, NULL, "Calls of its window" },
	{ "breaker.response_time", BREAKER, FACT_NUMBER, FACT_MILLISECONDS, NULL,
	  "Average over its window" },
	{ "breaker.workers", BREAKER, FACT_NUMBER, FACT_PLAIN, NULL, "Live processes that use it" },
	{ "breaker.workers_failing", BREAKER, FACT_NUMBER, FACT_PLAIN, NULL,
	  "Of those, how many met a failure within its window" },
	{ "breaker.workers_dead", BREAKER, FACT_NUMBER, FACT_PLAIN, NULL,
	  "Processes that are gone with calls that never ended" },
	{ "breaker.overdue", BREAKER, FACT_NUMBER, FACT_PLAIN, NULL,
	  "Calls in flight for longer than its time-out" },

	{ "job.name", JOB, FACT_TEXT, FACT_PLAIN, NULL, "Its name" },
	{ "job.status", JOB, FACT_TEXT, FACT_PLAIN, job_words, "Its state" },
	{ "job.duration", JOB, FACT_NUMBER, FACT_MILLISECONDS, NULL, "Of the latest run" },
	{ "job.age", JOB, FACT_NUMBER, FACT_MILLISECONDS, NULL, "Since its latest run ended" },
	{ "job.exit_code", JOB, FACT_NUMBER, FACT_PLAIN, NULL, "Of the latest run" },
	{ "job.memory", JOB, FACT_NUMBER, FACT_BYTES, NULL, "Most memory of the latest run" },
	{ 0 },
};

int fact_field_find(const char *name)
{
	for (int i = 0; fact_fields[i].name != NULL; i++) {
		if (strcmp(fact_fields[i].name, name) == 0)
			return i;
	}
	return -1;
}
