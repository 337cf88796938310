/* failure_internal.h - how the files of io/ fill a struct io_error. */
#ifndef BW_IO_FAILURE_INTERNAL_H
#define BW_IO_FAILURE_INTERNAL_H

#include "base/status.h"
#include "io/failure.h"

/* `error` may not be NULL. Control characters of foreign text become '?'. */
void io_error_set(struct io_error *error, enum io_failure failure, const char *format, ...)
	BW_PRINTF(3, 4);
/* What a connect, read or write on a socket to `peer` answered: "connection refused by PEER". */
void io_error_set_errno(struct io_error *error, int error_number, const char *peer);

#endif
