/* number.c - Python's rounding and its shortest float text, on top of the C library's exact printf.
 *
 * Rounding prints the exact binary value with the wanted digits (glibc rounds that decimal
 * correctly, ties to even) and reads it back; arithmetic such as floor(x * 100 + 0.5) would not.
 *
 * Shortest text, three ways:
 *  - Few decimals, which is nearly every number a monitor shows: scale by a power of ten to an
 *    integer below 1e15. Integer and power are exact, so `integer / power == value` proves that
 *    the text reads back as the value; below 1e15 no two such texts share a double, so it is the
 *    only one of its length, and the fewest decimals come first.
 *  - Otherwise 15, 16, 17 digits until the text reads back. One trap: above a power of two the
 *    doubles are twice as far apart as below, and then the nearest 16 digits may fail while the
 *    next decimal above reads back; it is tried as well.
 *  - Subnormals have few bits and may need a single digit, so all lengths are tried.
 */
#include "base/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DECIMALS_FAST = 6, DIGITS_MAX = 17, PRINTED_MAX = 64 };

/* A decimal: 0.d1d2d3... times 10 to the `point`. */
struct decimal {
	char digits[DIGITS_MAX + 1];
	int count, point;
};

struct bw_number bw_number_from_int(int64_t value)
{
	return (struct bw_number){ .value = (double)value, .integer = value, .is_integer = true };
}

struct bw_number bw_number_from_double(double value)
{
	return (struct bw_number){ .value = value };
}

double bw_round(double value, int digits)
{
	char text[PRINTED_MAX];

	/* From 2^52 on every double is an integer. */
	if (!isfinite(value) || fabs(value) >= 0x1p52)
		return value;
	(void)snprintf(text, sizeof(text), "%.*f", digits, value);
	return strtod(text, NULL);
}

static int put_integer(char *out, uint64_t value)
{
	char reversed[20];
	int count = 0;

	do {
		reversed[count++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	for (int i = 0; i < count; i++)
		out[i] = reversed[count - 1 - i];
	return count;
}

/* `scaled` / 10^decimals with exactly that many decimals. */
static int put_scaled(char *out, uint64_t scaled, int decimals)
{
	uint64_t power = 1;
	int length;

	for (int i = 0; i < decimals; i++)
		power *= 10;
	length = put_integer(out, scaled / power);
	out[length++] = '.';
	scaled %= power;
	for (int i = decimals - 1; i >= 0; i--) {
		out[length + i] = (char)('0' + scaled % 10);
		scaled /= 10;
	}
	return length + decimals;
}

/* `value` > 0. Returns 0 when it has more decimals than this way can show. */
static int put_few_decimals(char *out, double value)
{
	static const double powers[] = { 1, 10, 100, 1e3, 1e4, 1e5, 1e6 };

	if (value >= 1e15 || value < 1e-4)
		return 0;
	for (int decimals = 0; decimals <= DECIMALS_FAST; decimals++) {
		double scaled = nearbyint(value * powers[decimals]);

		if (scaled >= 1e15)
			return 0;
		if (scaled / powers[decimals] == value)
			return decimals ? put_scaled(out, (uint64_t)scaled, decimals)
					: put_scaled(out, (uint64_t)scaled * 10, 1);
	}
	return 0;
}

/* Takes "d.ddde+xx" apart, whatever the locale's decimal point is. */
static void split(const char *printed, struct decimal *out)
{
	const char *exponent = strchr(printed, 'e');

	out->count = 0;
	for (const char *c = printed; c < exponent; c++)
		if (*c >= '0' && *c <= '9' && out->count < DIGITS_MAX)
			out->digits[out->count++] = *c;
	out->point = (int)strtol(exponent + 1, NULL, 10) + 1;
	while (out->count > 1 && out->digits[out->count - 1] == '0')
		out->count--;
}

static bool reads_back(const char *printed, double value)
{
	return strtod(printed, NULL) == value;
}

/* Adds one to the last digit of "d.ddde+xx"; false when a carry would run through all of them. */
static bool step_up(char *printed)
{
	char *c = strchr(printed, 'e');

	while (c-- > printed) {
		if (*c < '0' || *c > '9')
			continue;
		if (*c < '9') {
			(*c)++;
			return true;
		}
		*c = '0';
	}
	return false;
}

static void find_shortest(double value, struct decimal *out)
{
	char printed[PRINTED_MAX];
	int digits = value < DBL_MIN ? 1 : DBL_DIG;

	for (; digits <= DIGITS_MAX; digits++) {
		(void)snprintf(printed, sizeof(printed), "%.*e", digits - 1, value);
		if (reads_back(printed, value))
			break;
		if (digits == DIGITS_MAX - 1 && step_up(printed) && reads_back(printed, value))
			break;
	}
	split(printed, out);
}

static int put_digits(char *out, const struct decimal *decimal, int from, int to)
{
	for (int i = from; i < to; i++)
		out[i - from] = i >= 0 && i < decimal->count ? decimal->digits[i] : '0';
	return to > from ? to - from : 0;
}

static int put_fixed(char *out, const struct decimal *decimal)
{
	int end = decimal->count > decimal->point ? decimal->count : decimal->point + 1;
	int length = 0;

	if (decimal->point > 0)
		length = put_digits(out, decimal, 0, decimal->point);
	else
		out[length++] = '0';
	out[length++] = '.';
	return length + put_digits(out + length, decimal, decimal->point, end);
}

static int put_exponent(char *out, const struct decimal *decimal)
{
	int length = put_digits(out, decimal, 0, 1);

	if (decimal->count > 1) {
		out[length++] = '.';
		length += put_digits(out + length, decimal, 1, decimal->count);
	}
	return length + snprintf(out + length, 8, "e%+03d", decimal->point - 1);
}

int bw_double_text(double value, char out[BW_NUMBER_TEXT_MAX])
{
	struct decimal decimal;
	int sign = 0, length;

	if (!isfinite(value)) {
		memcpy(out, "null", 5);
		return 4;
	}
	if (signbit(value)) {
		out[sign++] = '-';
		value = -value;
	}
	if (value == 0) {
		memcpy(out + sign, "0.0", 4);
		return sign + 3;
	}
	length = put_few_decimals(out + sign, value);
	if (length == 0) {
		find_shortest(value, &decimal);
		length = decimal.point > -4 && decimal.point <= 16
				 ? put_fixed(out + sign, &decimal)
				 : put_exponent(out + sign, &decimal);
	}
	out[sign + length] = '\0';
	return sign + length;
}

int bw_number_text(struct bw_number number, char out[BW_NUMBER_TEXT_MAX])
{
	int sign = number.integer < 0, length;

	if (!number.is_integer)
		return bw_double_text(number.value, out);
	if (sign)
		out[0] = '-';
	length = put_integer(out + sign,
			     sign ? 0 - (uint64_t)number.integer : (uint64_t)number.integer);
	out[sign + length] = '\0';
	return sign + length;
}
