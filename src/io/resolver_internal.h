/* resolver_internal.h - where the resolver finds its servers; for tests of it. */
#ifndef BW_IO_RESOLVER_INTERNAL_H
#define BW_IO_RESOLVER_INTERNAL_H

#include <stdint.h>

#include "io/loop.h"

/* Instead of /etc/resolv.conf and port 53. `path` is borrowed for the life of the loop. */
void io_resolver_set_source(struct io_loop *loop, const char *path, uint16_t port);

#endif
