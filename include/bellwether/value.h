/* value.h - two small values of the model: a number as Python has it, and a time of day.
 *
 * Owns:    nothing; both are passed by value.
 * Threads: any.
 */
#ifndef BELLWETHER_VALUE_H
#define BELLWETHER_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include <bellwether/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A number that remembers whether it came as an int, because texts show the difference
 * ("81%" and "81.0%"). NaN and infinities are written as null. */
struct bw_number {
	double value;
	int64_t integer; /* exact, when is_integer */
	bool is_integer;
};

BW_PUBLIC struct bw_number bw_number_from_int(int64_t value);
BW_PUBLIC struct bw_number bw_number_from_double(double value);

/* Microseconds since 1970-01-01 UTC. */
struct bw_wall {
	int64_t us;
};

#ifdef __cplusplus
}
#endif
#endif
