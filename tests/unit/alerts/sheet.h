/* sheet.h - a source of facts for tests: a sheet on which one writes what is known. */
#ifndef BW_TESTS_ALERTS_SHEET_H
#define BW_TESTS_ALERTS_SHEET_H

#include <string.h>

#include "alerts/facts.h"

enum { SHEET_FIELDS_MAX = 128 };

struct sheet {
	struct fact facts[SHEET_FIELDS_MAX]; /* by the field's number; at first nothing is known */
};

static inline struct fact *sheet_at(struct sheet *sheet, const char *field)
{
	int number = fact_field_find(field);

	assert_in_range(number, 0, SHEET_FIELDS_MAX - 1);
	return &sheet->facts[number];
}

static inline void sheet_number(struct sheet *sheet, const char *field, double number)
{
	*sheet_at(sheet, field) = (struct fact){ .type = FACT_NUMBER, .number = number };
}

static inline void sheet_int(struct sheet *sheet, const char *field, int number)
{
	*sheet_at(sheet, field) =
		(struct fact){ .type = FACT_NUMBER, .is_int = true, .number = number };
}

static inline void sheet_text(struct sheet *sheet, const char *field, const char *text)
{
	*sheet_at(sheet, field) = (struct fact){ .type = FACT_TEXT, .text = text };
}

static inline void sheet_bool(struct sheet *sheet, const char *field, bool boolean)
{
	*sheet_at(sheet, field) = (struct fact){ .type = FACT_BOOL, .boolean = boolean };
}

static inline void sheet_read(void *arg, const struct alert_subject *subject, int field,
			      struct fact *out)
{
	const struct sheet *sheet = arg;

	(void)subject;
	*out = sheet->facts[field];
}

#endif
