/* turn.h - turns a loop until something has happened, or fails the test after ten seconds. */
#ifndef BW_TESTS_IO_TURN_H
#define BW_TESTS_IO_TURN_H

#include <stdbool.h>

#include "io/loop.h"

/* Until turn_done() is called; false when it never was. */
bool turn_until_done(struct io_loop *loop);
/* What is done already: everything due now, without waiting. */
void turn_once(struct io_loop *loop);
void turn_done(struct io_loop *loop);

#endif
