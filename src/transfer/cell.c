/* cell.c - a real number always shows that it is one: by a point, an exponent or "inf". */
#include "transfer/cell.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

void cell_format_number(const struct series_cell *cell, char out[CELL_TEXT_MAX])
{
	char text[BW_NUMBER_TEXT_MAX];

	out[0] = '\0';
	if (cell->type == SERIES_INTEGER) {
		snprintf(out, CELL_TEXT_MAX, "%" PRId64, cell->value.integer);
	} else if (cell->type == SERIES_REAL && isinf(cell->value.real)) {
		snprintf(out, CELL_TEXT_MAX, "%s", cell->value.real < 0 ? "-inf" : "inf");
	} else if (cell->type == SERIES_REAL) {
		bw_double_text(cell->value.real, text);
		snprintf(out, CELL_TEXT_MAX, "%s", text);
	}
}

static bool has_word(const struct series_schema *schema, size_t field, int64_t state)
{
	return schema->fields[field].type == SERIES_STATE && state >= 0 &&
	       (size_t)state < schema->state_count && schema->states[state] != NULL;
}

void cell_format(const struct series_schema *schema, size_t field, const struct series_cell *cell,
		 char out[CELL_TEXT_MAX])
{
	if (cell->type == SERIES_INTEGER && has_word(schema, field, cell->value.integer))
		snprintf(out, CELL_TEXT_MAX, "%s", schema->states[cell->value.integer]);
	else
		cell_format_number(cell, out);
}

static bool find_word(const struct series_schema *schema, size_t field, const char *text,
		      struct series_cell *out)
{
	for (size_t state = 0; state < schema->state_count; state++) {
		if (!has_word(schema, field, (int64_t)state) ||
		    strcmp(schema->states[state], text) != 0)
			continue;
		*out = (struct series_cell){ SERIES_INTEGER, { .integer = (int64_t)state } };
		return true;
	}
	return false;
}

static enum bw_status parse_real(const char *text, struct series_cell *out)
{
	char *end;
	double value = strtod(text, &end);

	if (*end != '\0' || isnan(value))
		return BW_EPARSE;
	*out = (struct series_cell){ SERIES_REAL, { .real = value } };
	return BW_OK;
}

static enum bw_status parse_integer(const char *text, struct series_cell *out)
{
	char *end;

	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (*end != '\0' || errno != 0)
		return BW_EPARSE;
	*out = (struct series_cell){ SERIES_INTEGER, { .integer = value } };
	return BW_OK;
}

enum bw_status cell_parse(const struct series_schema *schema, size_t field, const char *text,
			  struct series_cell *out)
{
	bool is_infinite = strcmp(text, "inf") == 0 || strcmp(text, "-inf") == 0;

	if (text[0] == '\0') {
		*out = (struct series_cell){ .type = SERIES_ABSENT };
		return BW_OK;
	}
	if (find_word(schema, field, text, out))
		return BW_OK;
	/* strtod() would also take spaces, hexadecimal and names. */
	if (!is_infinite && strspn(text, "0123456789+-.eE") != strlen(text))
		return BW_EPARSE;
	return is_infinite || strpbrk(text, ".eE") != NULL ? parse_real(text, out)
							   : parse_integer(text, out);
}
