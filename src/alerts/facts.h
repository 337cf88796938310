/* facts.h - what a rule can ask of the watched world: subjects, their fields, and where values
 * come from.
 *
 * A subject is one component, breaker or job by its name, or the one host ("resource") or the whole
 * ("system"). A field belongs to one kind of subject and has one type and unit; the table of all
 * fields is the language's dictionary (docs/alerts/conditions.md is made from it).
 *
 * Owns:    nothing; texts of a fact are borrowed until the next question.
 * Threads: any; a source answers on its owner's.
 */
#ifndef BW_ALERTS_FACTS_H
#define BW_ALERTS_FACTS_H

#include <stdbool.h>
#include <stddef.h>

enum alert_subject_kind {
	ALERT_SUBJECT_SYSTEM,   /* one; name "" */
	ALERT_SUBJECT_RESOURCE, /* one: the host; name "" */
	ALERT_SUBJECT_COMPONENT,
	ALERT_SUBJECT_BREAKER,
	ALERT_SUBJECT_JOB,
	ALERT_SUBJECT_KINDS,
};

struct alert_subject {
	enum alert_subject_kind kind;
	const char *name;
};

enum fact_type { FACT_UNKNOWN, FACT_BOOL, FACT_NUMBER, FACT_TEXT };

/* What a number counts; a literal of another unit in a comparison is an error. */
enum fact_unit { FACT_PLAIN, FACT_MILLISECONDS, FACT_PERCENT, FACT_BYTES };

struct fact {
	enum fact_type type; /* FACT_UNKNOWN: could not be looked at; never 0 instead */
	bool is_int;         /* of a number that was an integer: prints without ".0" */
	union {
		bool boolean;
		double number;    /* ms, percent (0..100), bytes, or a plain number */
		const char *text; /* UTF-8 */
	};
};

struct fact_field {
	const char *name; /* "component.response_time" */
	enum alert_subject_kind subject;
	enum fact_type type;
	enum fact_unit unit;
	const char *const *words; /* of a text that is one of these, ended by NULL; NULL: any */
	const char *help;
};

/* The dictionary; the end is a row without a name. Its order is the field's number. */
extern const struct fact_field fact_fields[];

/* The field's number, or -1. */
int fact_field_find(const char *name);

struct fact_source {
	/* The value now of a field of this subject; out->type FACT_UNKNOWN when nobody knows. */
	void (*read)(void *arg, const struct alert_subject *subject, int field, struct fact *out);
	void *arg;
};

#endif
