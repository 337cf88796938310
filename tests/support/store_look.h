/* store_look.h - what the tables of a test's store hold, whatever the store would show of it. */
#ifndef BW_TESTS_STORE_LOOK_H
#define BW_TESTS_STORE_LOOK_H

#include "support/store_builder.h"

/* The first number of the answer. {w} stands at the beginning of each condition, as in
 * src/storage/statements.h. */
int store_look_number(const struct store_bed *bed, const char *sql);

#endif
