/* fake_io.h - all of src/io over a scripted clock and scripted peers.
 *
 * A test links fake_io's sources instead of the real folder and includes the same headers; this one
 * adds what the script says. Nothing happens by itself: fake_advance() moves the clock from event
 * to event. The monotonic and the wall clock can be set apart. Peers are looked up by the address
 * as the check writes it ("127.0.0.1:6379", "/run/redis.sock"); an address without a peer of its
 * own meets the default one, which refuses until told otherwise.
 *
 * Owns:    everything is copied into the loop. io_loop_destroy() asserts that no stream, fetch,
 *          child, timer, watch or question is left: what a check forgot to free is a failure.
 */
#ifndef BW_SUPPORT_FAKE_IO_H
#define BW_SUPPORT_FAKE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/certificate.h"
#include "io/child.h"
#include "io/failure.h"
#include "io/loop.h"
#include "io/resolver.h"

/* The wall clock at creation: 2026-03-02T14:30:00+00:00, a Monday. */
#define FAKE_WALL_START_US INT64_C(1772461800000000)

/* Runs everything that is due in the next `us` microseconds, in order, and leaves the clock there.
 */
void fake_advance(struct io_loop *loop, int64_t us);
/* Moves the wall clock alone, by +-us. */
void fake_shift_wall(struct io_loop *loop, int64_t us);
/* Since creation. */
int64_t fake_elapsed_us(const struct io_loop *loop);
/* Connections tried since creation (streams and fetches), and children started. */
int fake_connection_count(const struct io_loop *loop);
int fake_child_count(const struct io_loop *loop);

enum fake_action {
	FAKE_SEND,  /* `bytes` */
	FAKE_AWAIT, /* goes on when the other side has sent `bytes` since the last await */
	FAKE_WAIT,  /* `us` */
	FAKE_END,   /* closes in order */
	FAKE_RESET,
};

struct fake_step {
	enum fake_action action;
	const char *bytes;
	size_t len;
	int64_t us;
};

/* What happens to connections opened from now on. After the last step the peer stays silent. */
struct fake_peer {
	enum io_failure connect; /* IO_OK: accepts */
	bool mute;               /* the attempt to connect gets no answer at all */
	int64_t connect_us;
	size_t piece; /* bytes arrive in pieces of this size; 0: whole */
	const struct fake_step *steps;
	size_t step_count;
	bool plain;                        /* does not speak TLS when asked to */
	struct io_certificate certificate; /* shown when `present`; else a good one for 90 days */
};

/* `address` NULL: the default peer. */
void fake_peer_set(struct io_loop *loop, const char *address, const struct fake_peer *peer);

/* Back to the default peer that refuses; only while no connection is open. */
void fake_peers_forget(struct io_loop *loop);

/* Names resolve to 127.0.0.1 unless said otherwise; `name` NULL: all names. IO_OK makes it good. */
void fake_name_fails(struct io_loop *loop, const char *name, enum io_failure failure);
/* What io_dns_start() hears: an answer, or a failure where it is not IO_OK (IO_TIMED_OUT: silence).
 */
void fake_dns_set(struct io_loop *loop, const struct io_dns_answer *answer, enum io_failure failure,
		  int64_t delay_us);

struct fake_child {
	enum bw_status start; /* BW_OK: starts */
	bool endless;
	int64_t runs_us;
	int exit_code; /* -1 with `signal` */
	int signal;
	const char *output, *errors;
	size_t output_len, errors_len;
};

void fake_child_set(struct io_loop *loop, const struct fake_child *child);
/* The arguments of the last child, joined by blanks; "" before the first. */
const char *fake_child_command(const struct io_loop *loop);
/* Its environment, one variable a line, and its input; "" before the first. */
const char *fake_child_environment(const struct io_loop *loop);
const char *fake_child_input(const struct io_loop *loop);

/* The last request as it was asked for, "POST http://127.0.0.1/path" and a line for each header,
 * "user: password" or "bearer: token" among them; and its body. "" before the first. */
const char *fake_fetch_asked(const struct io_loop *loop);
const char *fake_fetch_body(const struct io_loop *loop);

/* What mail servers answer from now on. */
struct fake_mail {
	enum io_failure failure; /* IO_OK: they answer */
	int code;                /* 0: 250 */
	const char *reply;       /* static; NULL: "250 taken" */
	int refused;
};

void fake_mail_set(struct io_loop *loop, const struct fake_mail *mail);
/* The last mail: lines "server: ...", "from: ...", "to: ...", "plain" where it is, an empty line,
 * the message. "" before the first. */
const char *fake_mail_sent(const struct io_loop *loop);

/* A watched descriptor becomes ready (IO_READABLE, IO_WRITABLE, 0); it stays so until set again.
 * The watch is called once for each setting and each io_watch_set() that meet. */
void fake_fd_ready(struct io_loop *loop, int fd, unsigned events);
/* As if the signal had come. */
void fake_signal(struct io_loop *loop, int signal);

#endif
