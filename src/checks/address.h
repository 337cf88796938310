/* address.h - URLs and TLS options as the settings of a kind give them.
 *
 * Threads: any; the field table is constant.
 */
#ifndef BW_CHECKS_ADDRESS_H
#define BW_CHECKS_ADDRESS_H

#include <stdbool.h>

#include "base/status.h"
#include "config/tls.h"
#include "io/stream.h"

enum { CHECK_HOST_MAX = 256, CHECK_USER_MAX = 256, CHECK_PATH_MAX = 1024 };

/* scheme://[user[:password]@]host[:port][/path], percent-decoded but for the path. */
struct check_url {
	char scheme[16];
	char user[CHECK_USER_MAX], password[CHECK_USER_MAX];
	char host[CHECK_HOST_MAX]; /* IPv6 without brackets */
	int port;                  /* 0: none written */
	char path[CHECK_PATH_MAX]; /* with its first '/'; "" */
};

/* BW_EPARSE with what is wrong; never quotes a password. */
BW_MUST_USE enum bw_status check_url_parse(const char *url, struct check_url *out,
					   struct bw_error *err);
/* "127.0.0.1:6379", "[::1]:6379", "/run/redis.sock"; cut to `size`. */
void check_address_text(const char *host, int port, char *out, size_t size);

void check_tls_options(const struct config_tls *settings, bool enabled, struct io_tls_options *out);

#endif
