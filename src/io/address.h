/* address.h - numeric socket addresses and their texts. Internal to io/.
 *
 * Owns:    nothing. No name is looked up here.
 * Threads: any.
 */
#ifndef BW_IO_ADDRESS_H
#define BW_IO_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/status.h"

enum { IO_PEER_TEXT_MAX = 128 };

struct io_address {
	struct sockaddr_storage storage;
	socklen_t len;
};

/* "1.2.3.4", "::1", "fe80::1%eth0"; BW_EPARSE for anything else. */
BW_MUST_USE enum bw_status io_address_parse(const char *text, int port, struct io_address *out);
/* BW_ELIMIT for a path longer than a Unix address can hold. */
BW_MUST_USE enum bw_status io_address_from_path(const char *path, struct io_address *out);
/* "1.2.3.4:80", "[::1]:80", "/run/x.sock". */
void io_address_text(const struct io_address *address, char *out, size_t size);

#endif
