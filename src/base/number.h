/* number.h - numbers as Python has them: int or float, rounded and printed alike.
 *
 * Threads: any. No locale: the decimal point is always '.'.
 */
#ifndef BW_BASE_NUMBER_H
#define BW_BASE_NUMBER_H

#include <bellwether/value.h>

enum { BW_NUMBER_TEXT_MAX = 32 };

/* Python's round(value, digits): correctly rounded from the binary value, ties to even.
 * digits 0..15. NaN and infinities come back as they are. */
double bw_round(double value, int digits);

/* Shortest text that reads back as the same double, as Python's repr(): "1e-05", "0.1", "100.0".
 * Returns its length. NaN and infinities give "null" (JSON has no other word for them). */
int bw_double_text(double value, char out[BW_NUMBER_TEXT_MAX]);
int bw_number_text(struct bw_number number, char out[BW_NUMBER_TEXT_MAX]);

#endif
