/* builtin.h - the rules that stand without a configuration: the reference's six, the failure rate,
 * components, the store, and Bellwether itself. Written in the language itself, with the
 * reference's texts; a test holds them beside core/rules.
 *
 * Owns:    nothing: static. Threads: any.
 */
#ifndef BW_ALERTS_BUILTIN_H
#define BW_ALERTS_BUILTIN_H

#include "alerts/rule.h"

/* As one would write it in the configuration; a rule there of the same name changes single
 * members. */
struct builtin_rule {
	const char *name, *type, *when, *title, *message;
	enum bw_severity severity;
	bool severity_follows_component;
	enum alert_lack no_data;
	const char *help;
};

/* Ended by a row without a name, in the order of the document's alerts. */
extern const struct builtin_rule builtin_rules[];

#endif
