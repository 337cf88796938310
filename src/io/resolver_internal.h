/* resolver_internal.h - where the resolver finds its servers. Internal to io/ and its tests. */
#ifndef BW_IO_RESOLVER_INTERNAL_H
#define BW_IO_RESOLVER_INTERNAL_H

#include <stdint.h>

#include <ares.h>

#include "io/loop.h"

/* Instead of /etc/resolv.conf and port 53. `path` is borrowed for the life of the loop. */
void io_resolver_set_source(struct io_loop *loop, const char *path, uint16_t port);

/* Adds that source to the options of a channel; returns the bits for the mask. */
int io_resolver_options(struct io_loop *loop, struct ares_options *options);

#endif
