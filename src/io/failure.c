/* failure.c - one table from errno to a class, one sentence for each class. */
#include "io/failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "io/failure_internal.h"

struct errno_row {
	int error_number;
	enum io_failure failure;
};

static const struct errno_row errno_rows[] = {
	{ ECONNREFUSED, IO_REFUSED },
	{ ENOENT, IO_REFUSED }, /* a Unix socket that is not there */
	{ ENETUNREACH, IO_UNREACHABLE },
	{ EHOSTUNREACH, IO_UNREACHABLE },
	{ EHOSTDOWN, IO_UNREACHABLE },
	{ ENETDOWN, IO_UNREACHABLE },
	{ EAFNOSUPPORT, IO_UNREACHABLE },
	{ ECONNRESET, IO_RESET },
	{ ECONNABORTED, IO_RESET },
	{ EPIPE, IO_CLOSED },
	{ ETIMEDOUT, IO_TIMED_OUT },
	{ EMFILE, IO_NO_RESOURCES },
	{ ENFILE, IO_NO_RESOURCES },
	{ ENOBUFS, IO_NO_RESOURCES },
	{ ENOMEM, IO_NO_RESOURCES },
	{ EADDRNOTAVAIL, IO_NO_RESOURCES },
	{ EADDRINUSE, IO_NO_RESOURCES },
	{ EAGAIN, IO_NO_RESOURCES },
	{ ENOSPC, IO_NO_RESOURCES },
	{ EACCES, IO_BAD_REQUEST },
	{ EPERM, IO_BAD_REQUEST },
	{ EINVAL, IO_BAD_REQUEST },
	{ ENAMETOOLONG, IO_BAD_REQUEST },
	{ EPROTOTYPE, IO_PROTOCOL }, /* a Unix socket of another type */
};

bool io_failure_is_ours(enum io_failure failure)
{
	return failure >= IO_NO_RESOLVER;
}

enum io_failure io_failure_from_errno(int error_number)
{
	for (size_t i = 0; i < sizeof(errno_rows) / sizeof(errno_rows[0]); i++)
		if (errno_rows[i].error_number == error_number)
			return errno_rows[i].failure;
	return IO_RESET;
}

void io_error_set(struct io_error *error, enum io_failure failure, const char *format, ...)
{
	va_list args;

	error->failure = failure;
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	for (char *at = error->text; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
}

static void set_no_resources(struct io_error *error, int error_number, const char *peer)
{
	const char *why = strerrordesc_np(error_number);

	if (error_number == EADDRNOTAVAIL || error_number == EAGAIN)
		why = "no free local port";
	else if (error_number == EMFILE)
		why = "this process has no file descriptors left (raise its limit)";
	else if (error_number == ENFILE)
		why = "this machine has no file descriptors left";
	io_error_set(error, IO_NO_RESOURCES, "could not connect to %s: %s", peer, why);
}

void io_error_set_errno(struct io_error *error, int error_number, const char *peer)
{
	enum io_failure failure = io_failure_from_errno(error_number);
	const char *why = strerrordesc_np(error_number);

	if (error_number == ENOENT)
		io_error_set(error, failure, "connection refused: there is no socket %s", peer);
	else if (failure == IO_REFUSED)
		io_error_set(error, failure, "connection refused by %s", peer);
	else if (failure == IO_RESET && error_number == ECONNRESET)
		io_error_set(error, failure, "connection reset by %s", peer);
	else if (failure == IO_CLOSED)
		io_error_set(error, failure, "%s closed the connection", peer);
	else if (failure == IO_TIMED_OUT)
		io_error_set(error, failure, "connection to %s timed out", peer);
	else if (failure == IO_UNREACHABLE)
		io_error_set(error, failure, "%s cannot be reached: %s", peer, why);
	else if (failure == IO_NO_RESOURCES)
		set_no_resources(error, error_number, peer);
	else
		io_error_set(error, failure, "connection to %s failed: %s", peer,
			     why ? why : "unknown error");
}
