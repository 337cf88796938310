/* expectation.c - the operator in front decides; the longer ones are looked for first. */
#include "checks/expectation.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *sign;
	enum expectation_operator operation;
} operators[] = {
	{ "<=", EXPECT_LESS_OR_EQUAL }, { ">=", EXPECT_GREATER_OR_EQUAL },
	{ "!=", EXPECT_NOT_EQUAL },     { "==", EXPECT_EQUAL },
	{ "<", EXPECT_LESS },           { ">", EXPECT_GREATER },
	{ "=", EXPECT_EQUAL },
};

/* The whole text, blanks around it aside; "nan" compares with nothing and is no number here. */
static bool read_number(const char *text, double *out)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || isnan(value))
		return false;
	end += strspn(end, " \t\r\n");
	if (*end != '\0')
		return false;
	*out = value;
	return true;
}

bool expectation_parse(const char *text, struct expectation *out)
{
	size_t i;

	*out = (struct expectation){ .operation = EXPECT_TEXT, .text = text };
	for (i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (strncmp(text, operators[i].sign, strlen(operators[i].sign)) == 0) {
			out->operation = operators[i].operation;
			out->text = text + strlen(operators[i].sign);
			out->text += strspn(out->text, " \t");
			break;
		}
	out->is_number = read_number(out->text, &out->number);
	return out->is_number || out->operation <= EXPECT_NOT_EQUAL;
}

bool expectation_holds(const struct expectation *expectation, const char *value)
{
	bool equal = strcmp(expectation->text, value) == 0;
	double number = 0;
	bool is_number = read_number(value, &number);

	if (expectation->is_number && is_number && expectation->operation != EXPECT_TEXT)
		equal = number >= expectation->number && number <= expectation->number;
	switch (expectation->operation) {
	case EXPECT_TEXT:
	case EXPECT_EQUAL:
		return equal;
	case EXPECT_NOT_EQUAL:
		return !equal;
	case EXPECT_LESS:
		return is_number && number < expectation->number;
	case EXPECT_LESS_OR_EQUAL:
		return is_number && number <= expectation->number;
	case EXPECT_GREATER:
		return is_number && number > expectation->number;
	case EXPECT_GREATER_OR_EQUAL:
		return is_number && number >= expectation->number;
	}
	return false;
}
