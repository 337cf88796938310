/* rules.c - what is wrong at this moment: the reference's six rules in its order, then ours.
 *
 * Texts are the reference's to the letter, numbers printed as Python prints them, so that an int
 * stays "81%" and a float is "81.0%".
 */
#include "core/dashboard_impl.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { DECIMAL_TEXT_MAX = 400 };

/* One run of the rules. The first failure stops it. */
struct finding {
	const struct bw_dashboard *dashboard;
	struct bw_wall now;
	struct bw_alert_list *list;
	enum bw_status status;
};

/* The next alert, without its message; NULL after a failure. */
static struct bw_alert *find(struct finding *finding, enum bw_severity severity, const char *type)
{
	struct bw_alert *alert;

	if (finding->status != BW_OK)
		return NULL;
	alert = bw_alert_list_add(finding->list);
	if (!alert) {
		finding->status = finding->list->count == BW_ALERTS_MAX ? BW_ELIMIT : BW_ENOMEM;
		return NULL;
	}
	alert->severity = severity;
	alert->type = type;
	alert->time = finding->now;
	return alert;
}

static void title(struct bw_alert *alert, const char *text, const char *name)
{
	bw_text_format(alert->title, sizeof(alert->title), "%s%s", text, name);
}

static void look_at_system(struct finding *finding)
{
	const char *status = finding->dashboard->overview.status;
	bool unhealthy = strcmp(status, "unhealthy") == 0;
	struct bw_alert *alert;

	if (!unhealthy && strcmp(status, "degraded") != 0)
		return;
	alert = find(finding, unhealthy ? BW_SEVERITY_CRITICAL : BW_SEVERITY_WARNING,
		     "system_health");
	if (!alert)
		return;
	title(alert, unhealthy ? "System Unhealthy" : "System Degraded", "");
	bw_text_format(alert->message, sizeof(alert->message), "%s",
		       unhealthy ? "One or more critical components are unhealthy"
				 : "System is operating with reduced functionality");
}

struct usage_rule {
	enum bw_severity severity;
	const char *word;
	struct bw_number used;
	double threshold;
};

static void look_at_usage(struct finding *finding, const struct usage_rule *rule)
{
	char used[BW_NUMBER_TEXT_MAX], threshold[BW_NUMBER_TEXT_MAX];
	struct bw_alert *alert;

	if (!(rule->used.value > rule->threshold))
		return;
	alert = find(finding, rule->severity, "resource_usage");
	if (!alert)
		return;
	bw_number_text(rule->used, used);
	bw_double_text(rule->threshold, threshold);
	bw_text_format(alert->title, sizeof(alert->title), "High %s Usage", rule->word);
	bw_text_format(alert->message, sizeof(alert->message),
		       "%s usage is %s%%, above threshold of %s%%", rule->word, used, threshold);
}

static void look_at_resources(struct finding *finding)
{
	const struct bw_resources_view *resources = &finding->dashboard->resources;
	const struct bw_thresholds *limits = &finding->dashboard->config.thresholds;
	const struct usage_rule rules[] = {
		{ BW_SEVERITY_WARNING, "CPU", resources->cpu_percent, limits->cpu_usage },
		{ BW_SEVERITY_WARNING, "Memory", resources->memory_percent, limits->memory_usage },
		{ BW_SEVERITY_CRITICAL, "Disk", resources->disk_percent, limits->disk_usage },
	};

	if (!resources->known)
		return;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		look_at_usage(finding, &rules[i]);
}

/* Python's f"{value:.1f}", with a point whatever the locale says. */
static void one_decimal(double value, char out[DECIMAL_TEXT_MAX])
{
	int length = snprintf(out, DECIMAL_TEXT_MAX, "%.1f", value);
	char last = out[length - 1];
	int end = length - 1;

	while (end > 0 && (out[end - 1] < '0' || out[end - 1] > '9'))
		end--;
	out[end] = '.';
	out[end + 1] = last;
	out[end + 2] = '\0';
}

static void look_at_response(struct finding *finding, const struct bw_metrics *metrics)
{
	double threshold = finding->dashboard->config.thresholds.response_time_ms;
	char average[DECIMAL_TEXT_MAX], limit[BW_NUMBER_TEXT_MAX];
	struct bw_alert *alert;

	if (!(metrics->average_response_ms > threshold))
		return;
	alert = find(finding, BW_SEVERITY_WARNING, "performance");
	if (!alert)
		return;
	one_decimal(metrics->average_response_ms, average);
	bw_double_text(threshold, limit);
	title(alert, "Slow Response Times", "");
	bw_text_format(alert->message, sizeof(alert->message),
		       "Average response time is %sms, above threshold of %sms", average, limit);
}

static void look_at_state(struct finding *finding, const char *name,
			  const struct bw_breaker_row *row)
{
	bool open = row->word == BW_WORD_OPEN;
	struct bw_alert *alert;

	if (!open && row->word != BW_WORD_HALF_OPEN)
		return;
	alert = find(finding, open ? BW_SEVERITY_CRITICAL : BW_SEVERITY_INFO, "circuit_breaker");
	if (!alert)
		return;
	title(alert, open ? "Circuit Breaker Open: " : "Circuit Breaker Testing: ", name);
	bw_text_format(alert->message, sizeof(alert->message), "Circuit breaker for %s is %s", name,
		       open ? "open due to failures" : "testing recovery");
}

static void look_at_failure_rate(struct finding *finding, const char *name,
				 const struct bw_breaker_row *row)
{
	double limit = finding->dashboard->config.thresholds.failure_rate;
	char rate_text[BW_NUMBER_TEXT_MAX], limit_text[BW_NUMBER_TEXT_MAX];
	struct bw_alert *alert;

	if (!row->has_failure_rate || !(row->failure_rate > limit))
		return;
	alert = find(finding, BW_SEVERITY_WARNING, "failure_rate");
	if (!alert)
		return;
	bw_double_text(bw_round(row->failure_rate * 100, 1), rate_text);
	bw_double_text(bw_round(limit * 100, 1), limit_text);
	title(alert, "High Failure Rate: ", name);
	bw_text_format(alert->message, sizeof(alert->message),
		       "Failure rate of %s is %s%%, above threshold of %s%%", name, rate_text,
		       limit_text);
}

typedef void look(struct finding *finding, const char *name, const struct bw_breaker_row *row);

static void look_at_breakers(struct finding *finding, look *look_at)
{
	struct bw_strmap_entry entry;
	size_t cursor = 0;

	while (bw_strmap_next(finding->dashboard->breakers, &cursor, &entry))
		look_at(finding, entry.key, entry.value);
}

enum bw_status bw_dashboard_find_alerts(const struct bw_dashboard *dashboard,
					const struct bw_metrics *metrics, struct bw_wall now,
					struct bw_alert_list *out)
{
	struct finding finding = { .dashboard = dashboard, .now = now, .list = out };
	size_t count = out->count;

	look_at_system(&finding);
	look_at_resources(&finding);
	look_at_response(&finding, metrics);
	look_at_breakers(&finding, look_at_state);
	if (!dashboard->config.reference_rules)
		look_at_breakers(&finding, look_at_failure_rate);
	if (finding.status == BW_ENOMEM)
		out->count = count;
	return finding.status;
}
