/* authority.h - which Host a request may name, and whether an Origin is this server itself.
 *
 * A page on a foreign name can point that name at a loopback address (DNS rebinding) and then read
 * everything here as its own origin; it cannot change the Host that the browser sends. So a Host
 * that is neither an address listened on, nor localhost, nor a configured name is refused.
 *
 * Owns:    copies of all names.
 * Threads: made by one, then read by any.
 */
#ifndef BW_HTTP_AUTHORITY_H
#define BW_HTTP_AUTHORITY_H

#include <stdbool.h>
#include <stddef.h>

struct http_authorities;

/* `names` as in http_server_config.allowed_hosts; NULL: none. */
struct http_authorities *http_authorities_create(const char *const *names);
void http_authorities_destroy(struct http_authorities *authorities);
/* An address listened on, with its port: "127.0.0.1:8090", "[::1]:80", "unix:/path". With a
 * wildcard address every numeric address is allowed: it cannot be rebound. */
void http_authorities_listen(struct http_authorities *authorities, const char *address);
/* `host`: name or address with or without a port. */
bool http_authority_is_allowed(const struct http_authorities *authorities, const char *host,
			       size_t len);
/* `origin` is the same server as `host`, or one of the configured names. */
bool http_origin_is_own(const struct http_authorities *authorities, const char *origin,
			size_t origin_len, const char *host, size_t host_len);

#endif
