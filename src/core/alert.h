/* alert.h - one alert: what a rule found, or what is firing.
 *
 * Texts:   the reference's, to the letter, for its six rules; ours for the rest.
 * Threads: any; a plain struct.
 */
#ifndef BW_CORE_ALERT_H
#define BW_CORE_ALERT_H

#include <stddef.h>

#include "base/json_write.h"
#include "base/time.h"

enum bw_severity { BW_SEVERITY_INFO, BW_SEVERITY_WARNING, BW_SEVERITY_CRITICAL };

enum { BW_ALERT_TITLE_MAX = 320, BW_ALERT_MESSAGE_MAX = 512, BW_ALERTS_MAX = 50000 };

struct bw_alert {
	enum bw_severity severity;
	const char *type; /* static: "system_health", "resource_usage", "performance",
			     "circuit_breaker", "failure_rate", "storage" */
	char title[BW_ALERT_TITLE_MAX];
	char message[BW_ALERT_MESSAGE_MAX];
	struct bw_wall
		time; /* when the rule found it; in the daemon, since when it has been firing */
};

/* A growing list with a maximum. */
struct bw_alert_list {
	struct bw_alert *items;
	size_t count, cap;
};

/* "info", "warning", "critical". */
const char *bw_severity_text(enum bw_severity severity);
void bw_alert_list_finish(struct bw_alert_list *list);
/* The next free item, zeroed; NULL when there is no memory or BW_ALERTS_MAX are there. */
struct bw_alert *bw_alert_list_add(struct bw_alert_list *list);
/* The five members the reference has, as one object. */
void bw_alert_write(const struct bw_alert *alert, struct bw_json *json);

#endif
