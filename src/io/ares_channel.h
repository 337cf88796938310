/* ares_channel.h - one c-ares channel on the loop. Internal to io/.
 *
 * Owns:    the channel, the watches of its sockets and its timer.
 * Callbacks: c-ares calls back from inside its own functions; a user must not destroy the channel
 *          there, and defers (loop_internal.h) what it tells others.
 * Threads: the loop's; c-ares starts none.
 */
#ifndef BW_IO_ARES_CHANNEL_H
#define BW_IO_ARES_CHANNEL_H

#include <ares.h>

#include "base/status.h"
#include "io/failure.h"
#include "io/loop.h"

/* Two sends to each server, one and two seconds: a silent resolver is reported after three, within
 * the usual time limit of a check. */
enum { IO_ARES_TIMEOUT_MS = 1000, IO_ARES_TRIES = 2 };

struct io_ares_channel;

/* `options` and `mask` as for ares_init_options(); the socket callback, time limit and tries are
 * added. */
BW_MUST_USE enum bw_status io_ares_channel_create(struct io_loop *loop,
						  struct ares_options *options, int mask,
						  struct io_ares_channel **out,
						  struct io_error *error);
/* Every question still open is called back with ARES_EDESTRUCTION. NULL is allowed. */
void io_ares_channel_destroy(struct io_ares_channel *channel);
ares_channel io_ares_channel_get(struct io_ares_channel *channel);
/* After every question asked: sets the timer anew. */
void io_ares_channel_update(struct io_ares_channel *channel);
/* What c-ares answered about `name`, when it was no success. */
void io_ares_explain(int status, const char *name, struct io_error *error);

#endif
