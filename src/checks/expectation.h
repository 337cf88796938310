/* expectation.h - "42", "> 10", "!= broken": what a single value should be.
 *
 * Without an operator the text must be equal. < <= > >= compare numbers; = and != compare numbers
 * when both sides are, texts otherwise.
 * Threads: any.
 */
#ifndef BW_CHECKS_EXPECTATION_H
#define BW_CHECKS_EXPECTATION_H

#include <stdbool.h>

enum expectation_operator {
	EXPECT_TEXT,
	EXPECT_EQUAL,
	EXPECT_NOT_EQUAL,
	EXPECT_LESS,
	EXPECT_LESS_OR_EQUAL,
	EXPECT_GREATER,
	EXPECT_GREATER_OR_EQUAL,
};

struct expectation {
	enum expectation_operator operation;
	const char *text; /* the operand; borrowed from what was parsed */
	bool is_number;
	double number;
};

/* False: an operator that needs a number has none. */
bool expectation_parse(const char *text, struct expectation *out);
bool expectation_holds(const struct expectation *expectation, const char *value);

#endif
