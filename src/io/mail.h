/* mail.h - one message to one mail server: SMTP over a stream of its own.
 *
 * Owns:    the transfer, until io_mail_stop(), which every started one needs, after its callback
 *          too, or in it; options are copied.
 * TLS:     smtps:// from the first byte, smtp:// by STARTTLS; a server that does not offer it is a
 *          failure unless `plain` says that this is meant. Never falls back.
 * Limits:  MAIL_MESSAGE_MAX bytes of message; lines of a reply up to MAIL_LINE_MAX.
 * Callback: exactly once after start succeeded, never before it returns, never after _stop().
 * Threads: the loop's.
 */
#ifndef BW_IO_MAIL_H
#define BW_IO_MAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "io/failure.h"
#include "io/loop.h"
#include "io/stream.h"

enum { MAIL_MESSAGE_MAX = 512 << 10, MAIL_LINE_MAX = 4096 };

struct io_mail_options {
	const char *url; /* smtps://host[:465], smtp://host[:587] */
	const char *user, *password;
	const char *from;      /* the bare address of the envelope */
	const char *const *to; /* bare addresses, ended by NULL */
	const char *message;   /* headers and body, lines ended by CR LF; dots need no care */
	size_t message_len;
	bool plain; /* smtp:// without TLS */
	struct io_tls_options tls;
};

struct io_mail_result {
	struct io_error error; /* IO_OK: the server answered, whatever it said */
	int code;              /* its last one: 250, 451, 550 */
	const char *reply;     /* the last line of it, "550 5.1.1 no such user"; borrowed */
	int refused; /* recipients that the server did not take, while it took the message for the
			others */
};

struct io_mail;

typedef void io_mail_callback(void *arg, const struct io_mail_result *result);

/* BW_EINVAL when the URL or a file of `tls` is of no use; BW_ELIMIT for a longer message. */
BW_MUST_USE enum bw_status io_mail_start(struct io_loop *loop,
					 const struct io_mail_options *options,
					 io_mail_callback *callback, void *arg,
					 struct io_mail **out, struct bw_error *err);
/* NULL is allowed. */
void io_mail_stop(struct io_mail *mail);
/* Whether io_mail_start() will take it. Never repeats a password. */
BW_MUST_USE enum bw_status io_mail_check_url(const char *url, struct bw_error *err);

#endif
