/* rule.h - one alert rule as configured: its condition, how long it must hold, and its words.
 *
 * Owns:    nothing; everything pointed to lives as long as the settings it came with. Conditions
 *          and texts are compiled by whoever reads the configuration (alerts/condition.h).
 * Threads: any; read-only once made.
 */
#ifndef BW_ALERTS_RULE_H
#define BW_ALERTS_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bellwether/dashboard.h>

#include "alerts/facts.h"

struct condition;     /* alerts/condition.h */
struct alert_pattern; /* alerts/pattern.h: a text with {fields} */

enum { ALERT_SAMPLES_MAX = 64 }; /* n of "m of n", and the largest count */

/* How long something must be so before it is believed: both parts must be met. */
struct alert_hold {
	int64_t time_us; /* since the first such sample; 0: at once */
	int m, n;        /* at least m of the latest n samples; 1 of 1: the latest; n <=
	             ALERT_SAMPLES_MAX */
};

/* What to do when the condition cannot be judged. */
enum alert_lack {
	ALERT_LACK_ALERTS, /* a state of its own, which fires after the rule's hold */
	ALERT_LACK_OK,     /* taken as false */
	ALERT_LACK_KEEPS,  /* stays what it was */
};

struct alert_rule {
	const char *name; /* unique; of a built-in rule its fixed one */
	const char *type; /* "resource_usage", ...; of a rule of one's own "rule" */
	bool builtin, enabled;
	enum alert_subject_kind subject;
	enum bw_severity severity;
	bool severity_follows_component; /* critical for a component marked so, else `severity` */
	const struct condition *when;
	const struct condition
		*clear;            /* hysteresis: recovers only when this is true; NULL: !when */
	struct alert_hold hold;    /* `for` */
	struct alert_hold recover; /* `recover_for` */
	enum alert_lack no_data;   /* no sample in time, or a field is unknown */
	enum alert_lack error;     /* the look itself failed (bad type at run time, limit) */
	bool detects_flapping;
	const struct alert_pattern *title, *message;
};

struct alert_rules {
	const struct alert_rule *items;
	size_t count;
};

#endif
