/* child.h - one child process: posix_spawn and a pidfd on the loop, never fork.
 *
 * Owns:    the process and its group: both get SIGKILL on io_child_stop() while the process runs.
 *          Every child that started needs one io_child_stop(), after its callback too, or in it.
 * Secrets: the child sees only the environment given here; every other descriptor is close-on-exec.
 * Limits:  output and errors are kept up to max_output_bytes each; the rest is read and dropped.
 * Callback: exactly once after start succeeded, never before it returns, never after _stop(). It
 *          comes when the process has ended; pipes that grandchildren hold open do not delay it.
 * Threads: the loop's.
 */
#ifndef BW_IO_CHILD_H
#define BW_IO_CHILD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "io/loop.h"

struct io_child_options {
	const char *const *argv;        /* argv[0] is looked up in PATH of `environment` */
	const char *const *environment; /* "NAME=value", ended by NULL */
	const char *directory;          /* NULL: "/" */
	const char *input;              /* standard input; NULL: /dev/null */
	size_t max_output_bytes;        /* 0: 64 KiB */
};

struct io_child_result {
	int exit_code;               /* 0..255, -1 when ended by a signal */
	int signal;                  /* 0 when it exited */
	const char *output, *errors; /* borrowed, NUL-terminated; may hold any bytes before that */
	size_t output_len, errors_len;
	bool cut;        /* one of them was longer */
	long max_rss_kb; /* of the process, or -1 */
	int64_t user_us, system_us;
};

struct io_child;

typedef void io_child_callback(void *arg, const struct io_child_result *result);

/* BW_ENOTFOUND: no such program; BW_EIO: the system refused (both with their text). */
BW_MUST_USE enum bw_status io_child_start(struct io_loop *loop,
					  const struct io_child_options *options,
					  io_child_callback *callback, void *arg,
					  struct io_child **out, struct bw_error *err);
/* NULL is allowed. */
void io_child_stop(struct io_child *child);

#endif
