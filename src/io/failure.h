/* failure.h - why a conversation with a peer did not happen, and whose fault that is.
 *
 * A sick target is a result; "we could not look" is a third thing. io_failure_is_ours() tells them
 * apart, so that a check answers UNKNOWN, not UNHEALTHY, when this machine has no descriptors left.
 */
#ifndef BW_IO_FAILURE_H
#define BW_IO_FAILURE_H

#include <stdbool.h>

enum io_failure {
	IO_OK = 0,
	IO_REFUSED,     /* nobody listens there */
	IO_UNREACHABLE, /* no route, host down */
	IO_RESET,       /* the peer cut the connection with a reset */
	IO_CLOSED,      /* the peer closed too early */
	IO_TIMED_OUT,
	IO_NO_SUCH_NAME, /* the resolver says the name does not exist */
	IO_TLS,          /* handshake or certificate */
	IO_PROTOCOL,     /* the peer does not speak the protocol */
	IO_TOO_LARGE,    /* a stated maximum would be passed */
	IO_NO_RESOLVER,  /* ours: no name server answered */
	IO_NO_RESOURCES, /* ours: descriptors, ports, memory, processes */
	IO_BAD_REQUEST,  /* ours: the settings make no sense for this peer, or a file is missing */
};

enum { IO_ERROR_TEXT_MAX = 256 };

/* What happened, for a person: "connection refused by 127.0.0.1:5432". */
struct io_error {
	enum io_failure failure;
	char text[IO_ERROR_TEXT_MAX];
};

bool io_failure_is_ours(enum io_failure failure);
/* errno of a socket or process call. */
enum io_failure io_failure_from_errno(int error_number);

#endif
