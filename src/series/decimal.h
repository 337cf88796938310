/* decimal.h - real numbers as whole ones over a power of ten, where that gives back the same bits.
 *
 * Private to src/series.
 * Threads: any.
 */
#ifndef BW_SERIES_DECIMAL_H
#define BW_SERIES_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

enum { DECIMAL_DIGITS_MAX = 9 };

/* whole / 10^digits is `real`, bit by bit: a quotient of two exact doubles is rounded correctly, so
 * that every decimal of up to 15 digits is met. */
bool decimal_fits(double real, int digits, int64_t *whole);
double decimal_real(int64_t whole, int digits);

#endif
