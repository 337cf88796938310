#include "series/decimal.h"

#include <math.h>
#include <string.h>

#define WHOLE_MAX 9007199254740992.0 /* 2^53: every whole number up to it is a double */

static const double powers[DECIMAL_DIGITS_MAX + 1] = { 1e0, 1e1, 1e2, 1e3, 1e4,
						       1e5, 1e6, 1e7, 1e8, 1e9 };

double decimal_real(int64_t whole, int digits)
{
	return (double)whole / powers[digits];
}

bool decimal_fits(double real, int digits, int64_t *whole)
{
	const double scaled = real * powers[digits];
	double back;
	uint64_t bits, bits_back;

	if (!(fabs(scaled) < WHOLE_MAX))
		return false;
	*whole = llrint(scaled);
	back = decimal_real(*whole, digits);
	/* Not by ==, to which -0.0 is 0.0. */
	memcpy(&bits, &real, sizeof(bits));
	memcpy(&bits_back, &back, sizeof(bits_back));
	return bits == bits_back;
}
