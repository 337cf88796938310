/* tls.h - how a peer is trusted, as a configuration says it: the rows below every `tls:`.
 *
 * Owns:    nothing; texts live in the configuration's arena.
 * Threads: any; the table is constant.
 */
#ifndef BW_CONFIG_TLS_H
#define BW_CONFIG_TLS_H

#include <stdbool.h>

#include "config/field.h"

struct config_tls {
	bool verify;
	const char *server_name, *ca_file, *certificate_file, *key_file;
};

extern const struct config_field config_tls_fields[];

#endif
